"""Every route of the service, tried by one user with all that belongs to another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from seedbed.app import create_app
from seedbed.settings import Settings
from tests.acceptance.receiver import Receiver
from tests.acceptance.server import Server
from tests.acceptance.test_console import Person, closed  # noqa: F401  (a fixture)

SECRET = "a cat that is nobody else's business"
FREE = {
    "model": "doubao-seedream-4.0",
    "token": "nothing",
    "key": "ab/cd/none.jpg",
    "name": "quick-start",
    "service": "seedream",
}
"""Parameters that are no id of anybody's thing."""
ROUTES = sorted(
    (method, found.path)
    for found in iter_route_contexts(create_app(Settings()).routes)
    if found.path and found.methods
    for method in found.methods - {"HEAD"}
)


@dataclass
class Tenant:
    """Somebody with a session, a key and a platform token, and what is theirs by its kind."""

    person: Person
    key: str
    platform_token: str
    things: dict[str, str]


def tenant(server: Server, receiver: Receiver) -> Tenant:
    person = Person(server)
    Person.browsers.remove(person.web)
    person.register()
    key = person.acquire()
    platform_token = server.run("users", "token", person.email).stdout.strip()
    task_id = person.run(prompt=SECRET, callback_url=receiver.url + "/").json()["task_id"]
    person.finished(task_id)
    bearer = {"Authorization": f"Bearer {platform_token}"}
    base = f"{server.url}/api/v1"
    application = httpx.get(f"{base}/applications/", headers=bearer).json()["items"][0]
    tokens = httpx.get(f"{base}/platform-tokens/", headers=bearer).json()["items"]
    me = httpx.get(f"{base}/me/", headers=bearer).json()
    key_id = application["credentials"][0]["id"]
    page = person.web.get("/callbacks").text
    things = {
        "task_id": task_id,
        "key_id": key_id,
        "credential_id": key_id,
        "application_id": application["id"],
        "user_id": me["id"],
        "token_id": tokens[0]["id"],
        "delivery_id": re.findall(r"/callbacks/(msg_\w+)", page)[0],
    }
    return Tenant(person, key, platform_token, things)


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tenant, Tenant]]:
    settings = {"login_limit": "100000", "rate_limit": "100000", "workers": "1"}
    server = Server(tmp_path_factory.mktemp("tenancy") / "data", settings).start()
    with Receiver() as receiver:
        admin, ada, bob = (tenant(server, receiver) for _ in range(3))
        yield ada, bob
        for one in (admin, ada, bob):
            one.person.web.close()
    assert server.stop() == 0
    assert "Traceback" not in server.log


def sent(
    caller: Tenant, way: str, method: str, path: str, things: dict[str, str]
) -> httpx.Response:
    """Send a request as somebody, the other's ids also in the query and the body."""
    fields = {"id": things["task_id"], "ids": [things["task_id"]], "action": "cancel"} | things
    web = caller.person.web
    headers = {"Accept": "text/html"}
    if way == "session":
        token = caller.person.form_token()
        options: dict[str, Any] = {"params": things}
        if method != "GET":
            data = {**things, "form_token": token, "name": "x", "email": "a@b.de", "credits": "1"}
            options["data"] = data | {"password": "x", "current": "x", "url": "http://10.0.0.1/"}
        return web.request(method, path, headers=headers, **options)
    key = caller.key if way == "key" else caller.platform_token
    bearer = {"Authorization": f"Bearer {key}", "Accept": "*/*"}
    options = {"params": things} if method in ("GET", "DELETE") else {"json": fields}
    with httpx.Client(base_url=str(web.base_url), headers=bearer, timeout=20) as client:
        if path == "/seedream/callbacks":  # which has no end
            with client.stream(method, path, params=things) as answer:
                return httpx.Response(answer.status_code, text="")
        return client.request(method, path, **options)


@pytest.mark.parametrize("way", ["session", "key", "platform"])
@pytest.mark.parametrize(("method", "route"), ROUTES, ids=str)
def test_nobody_gets_what_is_anothers(
    tenants: tuple[Tenant, Tenant], method: str, route: str, way: str
) -> None:
    ada, bob = tenants
    names = re.findall(r"{(\w+)(?::path)?}", route)
    unknown = set(names) - ada.things.keys() - FREE.keys()
    assert not unknown, f"teach this test what {unknown} is"
    values = ada.things | FREE
    path = re.sub(r"{(\w+)(?::path)?}", lambda found: values[found[1]], route)
    if route == "/logout":
        return
    answer = sent(bob, way, method, path, ada.things)
    if set(names) & ada.things.keys():
        led_away = answer.headers.get("Location", "").startswith("/login?")
        assert led_away or answer.status_code in (400, 401, 403, 404, 405), answer.text
    assert answer.status_code < 500
    text = answer.text
    for mine in (SECRET, ada.person.email, ada.key, ada.platform_token):
        assert mine not in text
    if answer.status_code < 300:
        shown = text.replace(path, "")
        for name, value in ada.things.items():
            assert value not in shown, name


def test_the_matrix_is_whole() -> None:
    assert len(ROUTES) > 60
    assert {("POST", "/callbacks/{delivery_id}/resend"), ("POST", "/seedream/tasks")} <= set(ROUTES)


def test_and_everything_is_as_it_was(tenants: tuple[Tenant, Tenant]) -> None:
    ada, _ = tenants
    bearer = {"Authorization": f"Bearer {ada.key}"}
    base = str(ada.person.web.base_url).rstrip("/")
    record = httpx.get(f"{base}/seedream/tasks/{ada.things['task_id']}", headers=bearer).json()
    assert record["state"] == "succeeded"
    assert record["callback"]["attempts"] == 1
    bearer = {"Authorization": f"Bearer {ada.platform_token}"}
    application = httpx.get(f"{base}/api/v1/applications/", headers=bearer).json()["items"][0]
    assert application["remaining_amount"] == 99
    assert len(application["credentials"]) == 1
    assert ada.person.web.get("/account").status_code == 200
