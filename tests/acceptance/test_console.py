"""The console over real HTTP: logging in, changes that are one's own, and nobody else's things."""

from __future__ import annotations

import html
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import httpx
import pytest

from tests.acceptance.server import Server

PASSWORD = "a long good password"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{ 7 * 7 }} {% raw %}",
    "javascript:alert(1)",
    "</title><svg onload=alert(1)>",
    "\u202ereversed",
    "&lt;b&gt; & \" '",
    "`${alert(1)}`",
    "</pre><script>",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"login_limit": "100000", "rate_limit": "100000", "workers": "1"}
    server = Server(tmp_path_factory.mktemp("console") / "data", settings).start()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close every browser that a test has opened."""
    yield
    while Person.browsers:
        Person.browsers.pop().close()


@dataclass
class Person:
    """Somebody with a browser."""

    browsers: ClassVar[list[httpx.Client]] = []

    server: Server
    email: str = field(default_factory=lambda: f"{uuid.uuid4().hex[:12]}@example.com")

    def __post_init__(self) -> None:
        self.web = httpx.Client(
            base_url=self.server.url, headers={"Accept": "text/html"}, timeout=60
        )
        self.browsers.append(self.web)

    def form_token(self, path: str = "/") -> str:
        page = self.web.get(path)
        found = re.search(r'name="form-token" content="(\w+)"', page.text)
        assert found, page.text[:500]
        return found[1]

    def post(self, path: str, **fields: object) -> httpx.Response:
        return self.web.post(path, data={"form_token": self.form_token()} | fields)

    def register(self, **fields: str) -> httpx.Response:
        known = {"email": self.email, "password": PASSWORD}
        return self.post("/register", **(known | fields))

    def acquire(self) -> str:
        page = self.post("/acquire")
        found = re.search(r'id="token">(\w{32})<', page.text)
        assert found, page.text[:500]
        return found[1]

    def run(self, **fields: object) -> httpx.Response:
        body = {"prompt": "a cat", "model": "doubao-seedream-3.0-t2i", "size": "512x512"} | fields
        headers = {"X-Form-Token": self.form_token()}
        return self.web.post("/console/run", json=body, headers=headers)

    def finished(self, task_id: str) -> dict[str, object]:
        with self.web.stream("GET", f"/console/tasks/{task_id}/live") as answer:
            assert answer.status_code == 200
            told = [json.loads(line[6:]) for line in answer.iter_lines() if line]
        return dict(told[-1])


@pytest.fixture
def ada(server: Server) -> Person:
    person = Person(server)
    assert person.register().status_code == 303
    return person


@pytest.fixture
def bob(server: Server) -> Person:
    person = Person(server)
    assert person.register().status_code == 303
    return person


def test_a_stranger_becomes_a_user_with_a_key_that_works(server: Server) -> None:
    person = Person(server)
    asked = person.post("/acquire")
    assert asked.headers["Location"] == "/login?next=%2F%3Facquire%3D1"
    assert person.register(next="/?acquire=1").headers["Location"] == "/?acquire=1"
    key = person.acquire()
    with server.client(key) as client:
        drawn = client.post("/seedream/images", json={"prompt": "a cat", "size": "1K"})
    assert drawn.status_code == 200
    assert "<strong>99</strong>" in person.web.get("/").text
    assert person.post("/acquire").headers["Location"] == "/#playground", "a quota once a user"


def test_what_the_playground_runs_is_followed_to_its_pictures(ada: Person) -> None:
    ada.acquire()
    task_id = ada.run().json()["task_id"]
    record = ada.finished(task_id)
    assert record["state"] == "succeeded"
    (url,) = record["pictures"]
    assert httpx.get(url).headers["Content-Type"] == "image/jpeg"
    assert f'href="/tasks/{task_id}"' in ada.web.get("/tasks").text
    assert task_id in ada.web.get(f"/tasks/{task_id}").text
    assert "doubao-seedream-3.0-t2i" in ada.web.get(f"/?again={task_id}").text


def test_a_wrong_request_names_its_field(ada: Person) -> None:
    ada.acquire()
    refused = ada.run(size="9K")
    assert refused.status_code == 400
    assert refused.headers["X-Seedbed-Field"] == "size"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"password": "short"}, "10 to 200 characters"),
        ({"password": "password123"}, "first that anybody would try"),
        ({"password": "aaaaaaaaaaaaaa"}, "first that anybody would try"),
        ({"email": "nobody"}, "no e-mail address"),
        ({"email": "a@b@c.de"}, "no e-mail address"),
    ],
)
def test_what_cannot_be_registered_is_told(
    server: Server, fields: dict[str, str], says: str
) -> None:
    answer = Person(server).register(**fields)
    assert answer.status_code == 400
    assert says in html.unescape(answer.text)


def test_a_login_needs_the_password_and_tells_nothing_else(server: Server, ada: Person) -> None:
    stranger = Person(server)
    wrong = stranger.post("/login", email=ada.email, password="not the password")
    nobody = stranger.post("/login", email="nobody@example.com", password="not the password")
    assert wrong.status_code == nobody.status_code == 400
    assert wrong.text.replace(ada.email, "") == nobody.text.replace("nobody@example.com", "")
    known = stranger.post("/login", email=ada.email.upper(), password=PASSWORD, next="/keys")
    assert known.headers["Location"] == "/keys"
    assert stranger.web.get("/keys").status_code == 200


def test_logging_out_ends_the_session_for_good(ada: Person) -> None:
    cookies = dict(ada.web.cookies)
    ada.post("/logout")
    ada.web.cookies.update(cookies)
    assert ada.web.get("/keys").headers["Location"].startswith("/login")


def test_a_login_gives_a_session_that_nobody_planted(server: Server, ada: Person) -> None:
    person = Person(server)
    person.web.get("/")
    planted = person.web.cookies["seedbed_session"]
    person.post("/login", email=ada.email, password=PASSWORD)
    assert person.web.cookies["seedbed_session"] != planted
    thief = Person(server)
    thief.web.cookies.set("seedbed_session", planted)
    assert thief.web.get("/keys").status_code == 303


def test_a_cookie_is_signed_and_out_of_reach_of_scripts(ada: Person) -> None:
    person = Person(ada.server)
    header = person.web.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=lax" in header
    token, _, signature = ada.web.cookies["seedbed_session"].rpartition(".")
    ada.web.cookies.clear()
    ada.web.cookies.set("seedbed_session", f"{token}.{'0' * len(signature)}")
    assert ada.web.get("/keys").status_code == 303


@pytest.mark.parametrize(
    "path",
    ["/login", "/register", "/logout", "/acquire", "/keys", "/language", "/account/password",
     "/console/run", "/reset/x", "/tasks/x/cancel", "/keys/x/revoke", "/keys/x/rotate"],
)  # fmt: skip
def test_a_change_needs_the_form_of_this_very_page(ada: Person, path: str) -> None:
    fields = {"email": "a@b.de", "password": PASSWORD, "name": "x", "language": "zh"}
    for token in (None, "", "0" * 64):
        form = fields if token is None else fields | {"form_token": token}
        assert ada.web.post(path, data=form).status_code == 403
    right = fields | {"form_token": ada.form_token()}
    other = {"Sec-Fetch-Site": "cross-site"}
    assert ada.web.post(path, data=right, headers=other).status_code == 403


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)",
     "http:evil.example", "/\n/evil.example", "", "keys"],
)  # fmt: skip
def test_nobody_is_sent_away_from_this_site(server: Server, ada: Person, onward: str) -> None:
    person = Person(server)
    answer = person.post("/login", email=ada.email, password=PASSWORD, next=onward)
    assert answer.headers["Location"] == "/"


def test_what_a_user_says_is_never_markup(ada: Person) -> None:
    ada.acquire()
    for text in HOSTILE:
        task_id = ada.run(prompt=text).json()["task_id"]
        ada.finished(task_id)
        ada.post("/keys", name=text[:80])
        pages = ["/tasks", "/tasks?view=table", f"/tasks/{task_id}", f"/?again={task_id}", "/keys"]
        for path in pages:
            page = ada.web.get(path)
            assert page.status_code == 200, path
            assert "<script>alert" not in page.text
            assert "onerror=alert(1)>" not in page.text
            assert "<svg onload" not in page.text
            assert "script-src 'self'" in page.headers["Content-Security-Policy"]
            assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_a_key_is_rotated_and_revoked_by_its_owner_alone(
    server: Server, ada: Person, bob: Person
) -> None:
    key = ada.acquire()
    bob.acquire()
    (key_id,) = re.findall(r'action="/keys/([\w-]+)/rotate"', ada.web.get("/keys").text)
    for act in ("rotate", "revoke"):
        assert bob.post(f"/keys/{key_id}/{act}").status_code == 404
    assert works(server, key)
    rotated = re.search(r'id="token">(\w{32})<', ada.post(f"/keys/{key_id}/rotate").text)
    assert rotated
    assert not works(server, key)
    assert works(server, rotated[1])
    ada.post(f"/keys/{key_id}/revoke")
    assert not works(server, rotated[1])


def works(server: Server, key: str) -> bool:
    with server.client(key) as client:
        return client.get("/seedream/tasks/none").status_code == 404


def test_nobody_sees_what_is_anothers(ada: Person, bob: Person) -> None:
    ada.acquire()
    bob.acquire()
    task_id = ada.run(prompt="a secret of ada's").json()["task_id"]
    ada.finished(task_id)
    for path in (f"/tasks/{task_id}", f"/console/tasks/{task_id}/live"):
        assert bob.web.get(path).status_code == 404
    assert bob.post(f"/tasks/{task_id}/cancel").status_code == 404
    for path in ("/", "/tasks", "/tasks?view=table", "/keys", "/account", f"/?again={task_id}"):
        page = bob.web.get(path).text
        assert "secret" not in page
        assert ada.email not in page
        assert task_id not in page.replace(f"again={task_id}", "")


def test_every_page_is_for_who_has_logged_in_or_says_so(server: Server) -> None:
    person = Person(server)
    for path in ("/tasks", "/tasks/x", "/keys", "/account"):
        assert person.web.get(path).headers["Location"].startswith("/login?next=%2F")
    assert person.web.get("/console/tasks/x/live").status_code == 401
    for path in ("/", "/login", "/register"):
        assert person.web.get(path).status_code == 200


def test_a_forgotten_password_is_set_anew_by_a_link(server: Server, ada: Person) -> None:
    made = server.run("users", "reset", ada.email)
    assert made.returncode == 0, made.stderr
    path = "/reset/" + made.stdout.strip().rpartition("/")[2]
    stranger = Person(server)
    assert stranger.web.get(path).status_code == 200
    assert stranger.post(path, password="short").status_code == 400
    assert stranger.post(path, password="another good password").headers["Location"] == "/login"
    assert stranger.post(path, password="a third good password").status_code == 400
    assert ada.web.get("/keys").status_code == 303, "every session has ended"
    entered = stranger.post("/login", email=ada.email, password="another good password")
    assert entered.status_code == 303
    assert "nobody has registered" in server.run("users", "reset", "x@example.com").stderr


def test_a_changed_password_ends_other_sessions(server: Server, ada: Person) -> None:
    other = Person(server)
    other.post("/login", email=ada.email, password=PASSWORD)
    wrong = ada.post("/account/password", current="wrong one", password="another good password")
    assert "current password is wrong" in wrong.text
    done = ada.post("/account/password", current=PASSWORD, password="another good password")
    assert done.status_code == 303
    assert ada.web.get("/account").status_code == 200
    assert other.web.get("/account").status_code == 303


def test_the_language_is_the_browsers_or_the_one_chosen(server: Server) -> None:
    person = Person(server)
    assert 'lang="en"' in person.web.get("/").text
    chinese = person.web.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert 'lang="zh-CN"' in chinese.text
    person.post("/language", language="zh", next="/login")
    assert "登录" in person.web.get("/login").text


def test_a_program_is_told_where_to_go(server: Server) -> None:
    answer = httpx.get(server.url + "/")
    assert answer.json()["docs"] == "/docs"


def test_the_first_page_is_small(server: Server) -> None:
    person = Person(server)
    page = person.web.get("/")
    parts = [page, *(person.web.get(path) for path in re.findall(r'"(/static/[\w.]+)"', page.text))]
    parts += [person.web.get(f"/static/{name}") for name in ("copy.js", "snippets.js")]
    assert all(part.status_code == 200 for part in parts)
    assert sum(len(part.content) for part in parts) < 100_000
