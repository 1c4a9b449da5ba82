"""Login through a provider: what it vouches for lets in, and nothing else does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.acceptance.provider import Provider
from tests.acceptance.server import Server
from tests.acceptance.test_console import Person, closed  # noqa: F401  (a fixture)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "oidc_issuer": provider.url + "/",
        "oidc_client_id": "seedbed",
        "oidc_client_secret": "a secret",
        "oidc_name": "Acme",
        "login_limit": "100000",
        "workers": "1",
    }
    server = Server(tmp_path_factory.mktemp("oidc") / "data", settings).start()
    Person(server).register()  # the administrator, who came before
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log


@pytest.fixture(autouse=True)
def says(provider: Provider) -> Iterator[None]:
    """Have the provider vouch for Ada."""
    provider.claims = {"email": "ada@acme.example", "email_verified": True}
    yield
    provider.signing = provider.key


def log_in(person: Person, provider: Provider, **changed: str) -> Any:
    left = person.web.get("/login/oidc", params={"next": "/keys"})
    assert left.status_code == 303, left.text
    assert left.headers["Location"].startswith(provider.url)
    query = provider.consent(left.headers["Location"])
    return person.web.get("/login/oidc/back", params=query | changed)


def test_who_the_provider_vouches_for_is_let_in_and_known_again(
    server: Server, provider: Provider
) -> None:
    first, later = Person(server), Person(server)
    assert "Log in with Acme" in first.web.get("/login").text
    assert log_in(first, provider).headers["Location"] == "/keys"
    assert "ada@acme.example" in first.web.get("/account").text
    first.acquire()
    provider.claims["email"] = "renamed@acme.example"
    assert log_in(later, provider).status_code == 303
    assert "ada@acme.example" in later.web.get("/account").text
    empty = Person(server).post("/login", email="ada@acme.example", password="")
    assert empty.status_code in (400, 422)


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": "nobody"},
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody else"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
    ids=str,
)
def test_what_the_token_must_say(server: Server, provider: Provider, claims: Any) -> None:
    provider.claims |= claims
    person = Person(server)
    answer = log_in(person, provider)
    assert answer.status_code in (403, 500)
    assert person.web.get("/account").status_code == 303
    assert "Traceback" not in answer.text


def test_a_token_of_another_key_is_worth_nothing(server: Server, provider: Provider) -> None:
    provider.signing = RSAKey.generate_key(2048, {"kid": "one"})
    person = Person(server)
    assert log_in(person, provider).status_code == 500
    assert person.web.get("/account").status_code == 303


@pytest.mark.parametrize("changed", [{"state": "x"}, {"state": ""}, {"code": "x"}, {"code": ""}])
def test_a_login_that_did_not_begin_here_ends_here(
    server: Server, provider: Provider, changed: dict[str, str]
) -> None:
    person = Person(server)
    assert log_in(person, provider, **changed).status_code in (403, 500)
    assert person.web.get("/account").status_code == 303


def test_nobody_is_logged_in_with_the_cookie_of_another(server: Server, provider: Provider) -> None:
    thief, victim = Person(server), Person(server)
    left = thief.web.get("/login/oidc")
    query = provider.consent(left.headers["Location"])
    assert victim.web.get("/login/oidc/back", params=query).status_code == 403
    text, _, signature = thief.web.cookies["seedbed_oidc"].rpartition(".")
    victim.web.cookies.set("seedbed_oidc", f"{text}.{'0' * len(signature)}", path="/login/oidc")
    assert victim.web.get("/login/oidc/back", params=query).status_code == 403


def test_a_password_and_the_provider_become_one_only_with_the_session(
    server: Server, provider: Provider
) -> None:
    squatter, owner = Person(server, "eve@acme.example"), Person(server)
    squatter.register()
    provider.claims |= {"sub": "eve", "email": "eve@acme.example"}
    refused = log_in(owner, provider)
    assert refused.status_code == 403
    assert "connect the two" in refused.text
    assert "Connect with Acme" in squatter.web.get("/account").text
    assert log_in(squatter, provider).status_code == 303
    assert log_in(owner, provider).status_code == 303
    assert "eve@acme.example" in owner.web.get("/account").text


def test_without_a_provider_there_is_no_such_login(fresh: Server) -> None:
    fresh.start()
    assert Person(fresh).web.get("/login/oidc").status_code == 404


def test_a_provider_that_is_away_is_told_of(fresh: Server) -> None:
    fresh.settings |= {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "x"}
    fresh.start()
    began = time.monotonic()
    answer = Person(fresh).web.get("/login/oidc")
    assert answer.status_code == 500
    assert "provider" in answer.text
    assert time.monotonic() - began < 20
