"""The console's working pages over real HTTP: tasks, callbacks, usage, administration."""

from __future__ import annotations

import csv
import html
import io
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.acceptance.mailbox import Mailbox
from tests.acceptance.receiver import Receiver, Reply
from tests.acceptance.server import Server
from tests.acceptance.test_console import Person, closed  # noqa: F401  (a fixture)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "login_limit": "100000",
        "rate_limit": "100000",
        "workers": "1",
        "callback_retries": "[0.2, 0.2]",
    }
    server = Server(tmp_path_factory.mktemp("pages") / "data", settings).start()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log


@pytest.fixture(scope="module")
def root(server: Server) -> Iterator[Person]:
    """The first to register, who is the administrator."""
    person = Person(server)
    Person.browsers.remove(person.web)
    person.register()
    person.acquire()
    yield person
    person.web.close()


@pytest.fixture
def ada(server: Server, root: Person) -> Person:
    person = Person(server)
    person.register()
    person.acquire()
    return person


@pytest.fixture
def bob(server: Server, root: Person) -> Person:
    person = Person(server)
    person.register()
    person.acquire()
    return person


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    """Run a server with settings of its own."""
    server = Server(folder / "data", settings).start()
    try:
        yield server
    finally:
        server.stop()


def shown(person: Person, path: str) -> str:
    page = person.web.get(path)
    assert page.status_code == 200, page.text
    return html.unescape(page.text)


def drawn(person: Person, **fields: object) -> str:
    task_id = str(person.run(**fields).json()["task_id"])
    person.finished(task_id)
    return task_id


def test_tasks_are_found_by_model_state_and_day(ada: Person) -> None:
    cat = drawn(ada, prompt="a cat")
    dog = drawn(ada, prompt="a dog", model="doubao-seedream-4.0", size="1K")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    for query, found in [
        ("model=doubao-seedream-4-0-250828", {dog}),
        ("model=doubao-seedream-3-0-t2i-250415&state=succeeded", {cat}),
        ("state=failed", set()),
        (f"since={today}&until={today}", {cat, dog}),
        ("until=2020-01-01", set()),
        ("since=tomorrow", {cat, dog}),
        ("key=nobodys", set()),
        ("page=2", set()),
        ("page=999999999", set()),
        ("state=%00&since=9999-12-31&until=9999-12-31", set()),
    ]:
        for view in ("grid", "table"):
            page = shown(ada, f"/tasks?view={view}&{query}")
            assert {task for task in (cat, dog) if task in page} == found, query


def test_a_task_tells_its_story_and_is_run_again(ada: Person, receiver: Receiver) -> None:
    task_id = drawn(ada, prompt="a cat", seed=7, callback_url=receiver.url + "/")
    receiver.wait("/", 1)
    page = shown(ada, f"/tasks/{task_id}")
    for text in ("Queued", "Started", "Picture 1", "succeeded", "Callback 200", '"seed": 7'):
        assert text in page
    again = ada.post(f"/tasks/{task_id}/again").headers["Location"]
    assert again != f"/tasks/{task_id}"
    ada.finished(again.rpartition("/")[2])
    assert '"seed": 7' in shown(ada, again)
    receiver.wait("/", 2)


def test_an_edit_is_run_again_with_its_picture(ada: Person) -> None:
    first = drawn(ada, prompt="a cat")
    (url,) = ada.finished(first)["pictures"]  # type: ignore[misc]
    edit = drawn(ada, prompt="make it night", model="doubao-seedream-4.0", size="1K", image=url)
    assert shown(ada, f"/tasks/{edit}").count("<figcaption>") == 2
    again = ada.post(f"/tasks/{edit}/again").headers["Location"].rpartition("/")[2]
    assert ada.finished(again)["state"] == "succeeded"


def test_layers_lie_on_their_base(ada: Person) -> None:
    first = drawn(ada, prompt="a red apple on a table", size="1024x1024")
    (url,) = ada.finished(first)["pictures"]  # type: ignore[misc]
    task = drawn(
        ada, model="doubao-seedream-5.0-pro", prompt="", size="auto", image=url,
        layer_decomposition=True,
    )  # fmt: skip
    page = shown(ada, f"/tasks/{task}")
    assert page.count("data-layer=") == page.count("data-toggle=") >= 2


def test_a_callback_is_looked_after(ada: Person, bob: Person, receiver: Receiver) -> None:
    receiver.reply = lambda call, before: Reply(500)
    task_id = drawn(ada, callback_url=receiver.url + "/")
    receiver.wait("/", 3)
    deadline = time.monotonic() + 10
    while "given_up" not in shown(ada, "/callbacks?state=given_up").split("<tbody>")[-1]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (delivery,) = set(re.findall(r'href="/callbacks/(msg_\w+)"', shown(ada, "/callbacks")))
    page = shown(ada, f"/callbacks/{delivery}")
    assert page.count("<td>500</td>") + page.count(">500<") >= 3
    assert task_id in page
    assert delivery not in shown(ada, "/callbacks?state=delivered")
    for path in (f"/callbacks/{delivery}", "/callbacks?state=x&page=0"):
        assert delivery not in bob.web.get(path).text.replace(path, "")
    assert bob.post(f"/callbacks/{delivery}/resend").status_code == 404
    receiver.reply = lambda call, before: Reply()
    assert ada.post(f"/callbacks/{delivery}/resend").status_code == 303
    receiver.wait("/", 4)
    deadline = time.monotonic() + 10
    while delivery not in shown(ada, "/callbacks?state=delivered"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_receiver_is_tested_with_a_signed_message(ada: Person, receiver: Receiver) -> None:
    secret = re.findall(r'id="secret-1">(whsec_[^<]+)<', shown(ada, "/callbacks"))[0]
    page = ada.post("/callbacks/test", url=receiver.url + "/hook")
    assert "200" in page.text
    (got,) = receiver.wait("/hook")
    assert Webhook(secret).verify(got.body, got.headers)["test"] is True
    ada.post("/callbacks/secret")
    both = re.findall(r'id="secret-\d">(whsec_[^<]+)<', shown(ada, "/callbacks"))
    assert both[1] == secret
    assert both[0] != secret


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://10.0.0.1/", "ftp://x.example/", "nothing", ""]
)
def test_a_test_goes_nowhere_inside(ada: Person, url: str) -> None:
    answer = ada.post("/callbacks/test", url=url)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": " "}, "A name has"),
        ({"name": "x" * 81}, "A name has"),
        ({"name": "a\x00b"}, "A name has"),
        ({"name": "x", "days": "0"}, "A key expires"),
        ({"name": "x", "days": "9999"}, "A key expires"),
        ({"name": "x", "days": "\u0665"}, "A key expires"),
        ({"name": "x", "days": "-1"}, "A key expires"),
        ({"name": "x", "limit": "0"}, "A spend limit"),
        ({"name": "x", "limit": "nan"}, "A spend limit"),
        ({"name": "x", "limit": "1e400"}, "A spend limit"),
        ({"name": "x", "limit": "0.0000001"}, "A spend limit"),
        ({"name": "x", "limit": "much"}, "A spend limit"),
    ],
)
def test_a_key_that_cannot_be_is_told_why(ada: Person, fields: dict[str, str], rule: str) -> None:
    answer = ada.post("/keys", **fields)
    if fields.get("days") != "\u0665":  # a five, in the digits of Arabic
        assert answer.status_code == 400
        assert rule in answer.text


def test_a_key_spends_up_to_its_limit(ada: Person, server: Server) -> None:
    page = ada.post("/keys", name="two pictures", limit="2", days="30").text
    token = re.findall(r'id="token">(\w{32})<', page)[0]
    request = {"prompt": "a cat", "size": "512x512", "model": "doubao-seedream-3.0-t2i"}
    with server.client(token) as client:
        answers = [client.post("/seedream/images", json=request) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert answers[2].json()["error"]["code"] == "used_up"
    assert "This key may use 2 credits" in answers[2].json()["error"]["message"]
    assert "2 / 2" in shown(ada, "/keys")
    assert "two pictures" in shown(ada, "/usage")
    assert "<strong>98</strong>" in shown(ada, "/")


def test_usage_adds_up(ada: Person) -> None:
    drawn(ada, prompt="a cat")
    drawn(ada, prompt="a dog")
    page = shown(ada, "/usage?days=7")
    assert page.count('class="big">2<') == 2, "credits and pictures"
    assert "doubao-seedream-3-0-t2i-250415" in page
    assert shown(ada, "/usage?days=-1&page=-3")
    answer = ada.web.get("/usage/ledger.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["kind"] for row in rows] == ["grant", "reserve", "settle", "reserve", "settle"]
    assert sum(float(row["available"]) for row in rows) == 98


def test_administration_is_for_administrators(root: Person, ada: Person, server: Server) -> None:
    assert ada.web.get("/admin").status_code == 404
    (user,) = re.findall(rf"{ada.email}.*?/admin/users/([\w-]+)/grant", shown(root, "/admin"), re.S)
    for act in ("grant", "disable", "enable", "promote", "demote"):
        assert ada.post(f"/admin/users/{user}/{act}", credits="5").status_code == 404
    assert "/admin" not in shown(ada, "/")
    assert "sketch" in shown(root, "/admin")


def test_an_administrator_grants_and_disables(root: Person, ada: Person, server: Server) -> None:
    (user,) = re.findall(rf"{ada.email}.*?/admin/users/([\w-]+)/grant", shown(root, "/admin"), re.S)
    assert root.post(f"/admin/users/{user}/grant", credits="2.5").status_code == 303
    assert "<strong>102.5</strong>" in shown(ada, "/")
    for wrong in ("-1", "0", "nan", "1e99", "many", "0.0000001", ""):
        assert root.post(f"/admin/users/{user}/grant", credits=wrong).status_code == 400
    key = ada.post("/keys", name="second")
    token = re.findall(r'id="token">(\w{32})<', key.text)[0]
    root.post(f"/admin/users/{user}/disable")
    assert ada.web.get("/keys").status_code == 303
    with server.client(token) as client:
        assert client.get("/seedream/tasks/x").json()["error"]["code"] == "disabled"
    assert ada.post("/login", email=ada.email, password="a long good password").status_code == 400
    root.post(f"/admin/users/{user}/enable")
    assert ada.post("/login", email=ada.email, password="a long good password").status_code == 303
    with server.client(token) as client:
        assert client.get("/seedream/tasks/x").json()["error"]["code"] == "not_found"


def test_an_administrator_is_always_left(root: Person, ada: Person, server: Server) -> None:
    page = shown(root, "/admin")
    (user,) = re.findall(rf"{ada.email}.*?/admin/users/([\w-]+)/promote", page, re.S)
    root.post(f"/admin/users/{user}/promote")
    assert ada.web.get("/admin").status_code == 200
    root.post(f"/admin/users/{user}/demote")
    assert ada.web.get("/admin").status_code == 404
    with closing(sqlite3.connect(server.data_dir / "seedbed.db")) as database:
        ((own,),) = database.execute("SELECT id FROM users WHERE email = ?", [root.email])
    for act in ("disable", "demote"):
        assert root.post(f"/admin/users/{own}/{act}").status_code == 409
    assert root.web.get("/admin").status_code == 200


def test_a_reset_link_comes_by_mail_and_tells_nobody_who_is_registered(tmp_path: Path) -> None:
    settings = {"public_url": "http://draw.example"}
    with Mailbox() as mailbox, serving(tmp_path, smtp_url=mailbox.url, **settings) as server:
        ada, stranger = Person(server), Person(server)
        ada.register()
        host = {"Host": "evil.example"}
        known = {"form_token": stranger.form_token(), "email": ada.email.upper()}
        sent = stranger.web.post("/forgot", data=known, headers=host)
        nobody = stranger.post("/forgot", email="nobody@example.com")
        assert sent.status_code == nobody.status_code == 200
        assert sent.text == nobody.text
        (mail,) = mailbox.wait()
        assert mail["To"] == ada.email
        link = re.findall(r"http://draw\.example(/reset/\S+)", mail.get_content())[0]
        assert "evil" not in mail.as_string()
        assert stranger.post(link, password="another good password").status_code == 303
        assert stranger.post("/login", email=ada.email, password="another good password")
        time.sleep(0.3)
        assert len(mailbox.messages) == 1
        assert "Traceback" not in server.log


def test_a_dead_mail_server_changes_nothing_for_who_asks(tmp_path: Path) -> None:
    with serving(tmp_path, smtp_url="smtp://127.0.0.1:9") as server:
        ada = Person(server)
        ada.register()
        assert ada.post("/forgot", email=ada.email).status_code == 200
        deadline = time.monotonic() + 10
        while "mail failed" not in server.log:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_without_a_mail_server_nothing_is_promised(ada: Person) -> None:
    assert ada.post("/forgot", email=ada.email).status_code == 403
    assert "seedbed users reset" in shown(Person(ada.server), "/login")


def test_attempts_are_limited_by_where_they_come_from_and_at_whom(tmp_path: Path) -> None:
    with Mailbox() as mailbox, serving(tmp_path, login_limit="6", smtp_url=mailbox.url) as server:
        ada, stranger = Person(server), Person(server)
        ada.register()
        for _ in range(2):
            assert stranger.post("/forgot", email=ada.email).status_code == 200
        answers = [stranger.post("/login", email=ada.email, password="x" * 10) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [400, 400, 400, 429, 429]
        assert "Too many attempts" in answers[-1].text
        mailbox.wait()
        time.sleep(0.3)
        assert len(mailbox.messages) == 1, "one link a minute"
