"""The platform's own API over real HTTP, by the SDK that others wrote and by hand."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx
import pytest
from acedatacloud import AceDataCloud
from acedatacloud._runtime.errors import APIError, AuthenticationError, ValidationError
from PIL import Image

from tests.acceptance.server import Server
from tests.acceptance.test_console import Person, closed  # noqa: F401  (a fixture)

SMALL = {"prompt": "a cat", "model": "doubao-seedream-3.0-t2i", "size": "512x512"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"login_limit": "100000", "workers": "1"}
    server = Server(tmp_path_factory.mktemp("platform") / "data", settings).start()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log


@dataclass
class Owner:
    """A user who manages keys by program."""

    token: str
    client: httpx.Client
    sdk: AceDataCloud
    application_id: str = ""

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.client.request(method, path, **options)

    def key(self, **fields: Any) -> dict[str, Any]:
        made = self.send(
            "POST", "/api/v1/credentials/", json={"application_id": self.application_id} | fields
        )
        assert made.status_code == 201, made.text
        return dict(made.json())


def make(server: Server) -> Owner:
    person = Person(server)
    person.register()
    made = server.run("users", "token", person.email)
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    client = httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
    sdk = AceDataCloud(token, base_url=server.url, platform_base_url=server.url, max_retries=0)
    return Owner(token, client, sdk)


@pytest.fixture
def ada(server: Server) -> Iterator[Owner]:
    owner = make(server)
    owner.application_id = owner.send("POST", "/api/v1/applications/", json={}).json()["id"]
    yield owner
    owner.client.close()
    owner.sdk.close()


@pytest.fixture
def bob(server: Server) -> Iterator[Owner]:
    owner = make(server)
    owner.application_id = owner.send("POST", "/api/v1/applications/", json={}).json()["id"]
    yield owner
    owner.client.close()
    owner.sdk.close()


def draws(server: Server, key: str) -> httpx.Response:
    with server.client(key) as client:
        return client.post("/seedream/images", json=SMALL)


def test_the_sdk_of_the_platform_manages_keys(server: Server) -> None:
    owner = make(server)
    platform = owner.sdk.platform
    try:
        service = owner.send("GET", "/api/v1/services/seedream").json()
        application = platform.applications.create(service_id=service["id"])
        assert application["remaining_amount"] == service["free_amount"] == 100
        assert platform.applications.list(user_id="me")["count"] == 1
        assert platform.applications.get(application["id"])["id"] == application["id"]
        made = platform.credentials.create(application_id=application["id"], name="paint shop")
        assert draws(server, made["token"]).status_code == 200
        (listed,) = platform.credentials.list()["items"]
        assert (listed["name"], listed["used_amount"]) == ("paint shop", 1)
        assert made["token"] not in str(listed)
        rotated = platform.credentials.rotate(made["id"])
        assert draws(server, made["token"]).status_code == 401
        assert draws(server, rotated["token"]).status_code == 200
        assert platform.credentials.delete(made["id"])["deleted"] is True
        assert draws(server, rotated["token"]).status_code == 401
        assert platform.credentials.list()["count"] == 0
        shown = platform.applications.get(application["id"])
        assert (shown["remaining_amount"], shown["used_amount"]) == (98, 2)
        assert len(platform.models.list()["data"]) == 7
        assert platform.config.get()["features"]["registration"] is True
        with pytest.raises(ValidationError) as again:
            platform.applications.create(service_id=service["id"])
        assert again.value.body["code"] == "duplication"
    finally:
        owner.client.close()
        owner.sdk.close()


def test_a_file_is_uploaded_with_either_kind_of_key(ada: Owner, server: Server) -> None:
    file = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    assert ada.sdk.files.upload(file.getvalue(), filename="a.png")["mime"] == "image/png"
    with server.client(ada.key()["token"]) as client:
        assert client.post("/api/v1/files/", files={"file": file.getvalue()}).status_code == 200


def test_neither_kind_of_key_does_what_the_other_does(ada: Owner, server: Server) -> None:
    wrong = draws(server, ada.token)
    assert wrong.status_code == 401
    assert "API key" in wrong.json()["error"]["message"]
    with server.client(ada.key()["token"]) as client:
        refused = client.get("/api/v1/credentials/")
    assert refused.status_code == 401
    assert refused.json()["code"] == "not_authenticated"
    assert "platform-v1-" in refused.json()["detail"]
    stranger = AceDataCloud("platform-v1-" + "0" * 64, platform_base_url=server.url, max_retries=0)
    with pytest.raises(AuthenticationError):
        stranger.platform.applications.list()
    stranger.close()


def test_a_key_has_the_limits_that_it_was_given(ada: Owner, server: Server) -> None:
    images = "86ad30f3-0bc8-4b9b-b019-b9fa5b05672e"
    made = ada.key(limited_amount=1.5, allowed_api_ids=[images], expired_at=time.time() + 3600)
    assert (made["limited_amount"], made["allowed_api_ids"]) == (1.5, [images])
    assert draws(server, made["token"]).status_code == 200
    used_up = draws(server, made["token"])
    assert used_up.status_code == 403
    assert used_up.json()["error"]["code"] == "used_up"
    shown = ada.send("GET", f"/api/v1/applications/{ada.application_id}").json()
    assert (shown["remaining_amount"], shown["reserved_amount"]) == (99, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "a\x00b"},
        {"name": "\ud800"},
        {"name": 5},
        {"limited_amount": 0},
        {"limited_amount": -1},
        {"limited_amount": 1e300},
        {"limited_amount": 0.00000001},
        {"limited_amount": True},
        {"expired_at": 1},
        {"expired_at": 1e300},
        {"expired_at": "tomorrow"},
        {"expired_at": "9999-12-31T23:59:59-23:00"},
        {"allowed_api_ids": ["other/api"]},
        {"allowed_api_ids": "seedream/images"},
        {"allowed_api_ids": ["\x00"]},
        {"application_id": None},
    ],
    ids=str,
)
def test_a_key_that_cannot_be_is_told_why(ada: Owner, fields: dict[str, Any]) -> None:
    body = json.dumps({"application_id": ada.application_id} | fields)
    answer = ada.send(
        "POST",
        "/api/v1/credentials/",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400, answer.text
    said = answer.json()
    assert said["code"] == "invalid"
    assert said["detail"] == said["error"]["message"]
    assert ada.send("GET", "/api/v1/credentials/").json()["count"] == 0


def test_nothing_of_another_user_is_there(ada: Owner, bob: Owner, server: Server) -> None:
    key = ada.key(name="hers")
    mine = ada.send("POST", "/api/v1/platform-tokens/").json()
    for method, path, body in [
        ("GET", f"/api/v1/applications/{ada.application_id}/", None),
        ("POST", "/api/v1/credentials/", {"application_id": ada.application_id}),
        ("POST", f"/api/v1/credentials/{key['id']}/rotate/", {}),
        ("DELETE", f"/api/v1/credentials/{key['id']}/", None),
        ("DELETE", f"/api/v1/platform-tokens/{mine['id']}/", None),
        ("DELETE", f"/api/v1/credentials/{uuid.uuid4()}", None),
    ]:
        answer = bob.send(method, path, **({} if body is None else {"json": body}))
        assert answer.status_code == 404, (method, path)
    for path in ("applications/", "credentials/", "platform-tokens/", "me/"):
        listed = bob.send("GET", f"/api/v1/{path}").text
        assert "hers" not in listed
        assert ada.application_id not in listed
    other = bob.send("GET", "/api/v1/credentials/", params={"user_id": str(uuid.uuid4())})
    assert other.status_code == 403
    listed = bob.send("GET", f"/api/v1/credentials/?application_id={ada.application_id}")
    assert listed.json() == {"count": 0, "items": []}
    assert draws(server, key["token"]).status_code == 200


def test_tokens_are_made_and_deleted(ada: Owner, server: Server) -> None:
    made = ada.send("POST", "/api/v1/platform-tokens/").json()
    assert len(made["token"]) == 76
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert httpx.get(f"{server.url}/api/v1/me/", headers=headers).status_code == 200
    assert made["token"] not in ada.send("GET", "/api/v1/platform-tokens/").text
    gone = ada.send("DELETE", f"/api/v1/platform-tokens/{made['id']}/")
    assert (gone.status_code, gone.content) == (204, b"")
    assert httpx.get(f"{server.url}/api/v1/me/", headers=headers).status_code == 401
    for _ in range(60):
        last = ada.send("POST", "/api/v1/platform-tokens/")
    assert last.status_code == 403


def test_the_platform_speaks_in_its_own_words(ada: Owner, server: Server) -> None:
    nobody = httpx.get(f"{server.url}/api/v1/me/")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_authenticated")
    wrong = ada.send("PUT", "/api/v1/me/")
    assert wrong.status_code == 405
    lost = ada.send("GET", "/api/v1/nothing/")
    assert (lost.status_code, lost.json()["code"]) == (404, "not_found")
    with pytest.raises(APIError) as refused:
        ada.sdk.platform.applications.list(limit=1000)
    assert "limit" in refused.value.message
