"""Keys: who may come in, and with what error others are sent away."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from seedbed.accounts import applications, credentials
from seedbed.contract.errors import Disabled, InvalidToken, TokenExpired, TokenMismatched
from seedbed.storage.database import Database


@pytest.fixture
def application(database: Database) -> str:
    return database.write_now(applications.create, "tenant", 1).id


def test_a_key_admits_its_application(database: Database, application: str) -> None:
    credential, token = database.write_now(credentials.create, application, "key")
    caller = database.read_now(credentials.authenticate, token, "seedream/images")
    assert (caller.application_id, caller.credential_id) == (application, credential.id)


def test_only_a_hash_of_the_token_is_stored(database: Database, application: str) -> None:
    _, token = database.write_now(credentials.create, application, "key")
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM credentials")).all()
    assert len(token) == 32
    assert not any(token in str(value) for row in rows for value in row)


@pytest.mark.parametrize("token", ["", "x", "0" * 32, "é", "\ud800", "a" * 10_000])
def test_an_unknown_token_is_invalid(database: Database, application: str, token: str) -> None:
    with pytest.raises(InvalidToken):
        database.read_now(credentials.authenticate, token, "seedream/images")


def test_an_expired_key_says_so(database: Database, application: str) -> None:
    _, token = database.write_now(
        credentials.create, application, "key", expires_at=time.time() - 1
    )
    with pytest.raises(TokenExpired):
        database.read_now(credentials.authenticate, token, "seedream/images")


def test_a_key_for_another_api_does_not_match(database: Database, application: str) -> None:
    _, token = database.write_now(
        credentials.create, application, "key", allowed_apis=["seedream/tasks"]
    )
    with pytest.raises(TokenMismatched):
        database.read_now(credentials.authenticate, token, "seedream/images")


def test_a_key_that_may_call_nothing_may_call_nothing(database: Database, application: str) -> None:
    _, token = database.write_now(credentials.create, application, "key", allowed_apis=[])
    with pytest.raises(TokenMismatched):
        database.read_now(credentials.authenticate, token, "seedream/images")


def test_a_disabled_application_is_told(database: Database, application: str) -> None:
    _, token = database.write_now(credentials.create, application, "key")
    database.write_now(applications.disable, application)
    with pytest.raises(Disabled):
        database.read_now(credentials.authenticate, token, "seedream/images")


def test_a_revoked_key_is_invalid_at_once(database: Database, application: str) -> None:
    credential, token = database.write_now(credentials.create, application, "key")
    database.write_now(credentials.revoke, "key")
    with pytest.raises(InvalidToken):
        database.read_now(credentials.authenticate, token, "seedream/images")
    (listed,) = database.read_now(credentials.list_all)
    assert listed.id == credential.id
    assert listed.revoked_at is not None


def test_revoking_an_ambiguous_name_asks_for_the_id(database: Database, application: str) -> None:
    for _ in range(2):
        database.write_now(credentials.create, application, "twin")
    with pytest.raises(LookupError, match="give the id"):
        database.write_now(credentials.revoke, "twin")


def test_an_unknown_api_cannot_be_allowed(database: Database, application: str) -> None:
    with pytest.raises(ValueError, match="known are"):
        database.write_now(credentials.create, application, "key", allowed_apis=["nope"])
