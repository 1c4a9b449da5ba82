"""A key's own limit: what its tasks use or hold counts, and what they give back does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seedbed.accounts import applications, credentials, ledger
from seedbed.contract.errors import UsedUp
from seedbed.storage.database import Database
from tests.unit.accounts.test_ledger import empty_database


@pytest.fixture
def database() -> Iterator[Database]:
    with empty_database() as database:
        yield database


def key_of(database: Database, limit: int | None) -> tuple[str, str]:
    application = database.write_now(applications.create, "tenant", 100).id
    made = database.write_now(credentials.create, application, "key", spend_limit=limit)
    return application, made[0].id


def used(database: Database, application: str) -> int:
    return database.read_now(credentials.list_of, application)[0].used


def test_a_key_uses_no_more_than_its_limit(database: Database) -> None:
    application, key = key_of(database, 10)
    database.write_now(ledger.reserve, application, "a", 7, key, "m")
    with pytest.raises(UsedUp, match=r"may use 0.00001 credits and has used 0.000007"):
        database.write_now(ledger.reserve, application, "b", 4, key, "m")
    assert database.read_now(ledger.balance, application) == ledger.Balance(93, 7)
    database.write_now(ledger.settle, application, "a", 0, 2)
    database.write_now(ledger.release, application, "a")
    assert used(database, application) == 2
    database.write_now(ledger.reserve, application, "b", 8, key, "m")
    assert used(database, application) == 10


def test_a_key_without_a_limit_is_counted_too(database: Database) -> None:
    application, key = key_of(database, None)
    database.write_now(ledger.reserve, application, "a", 70, key, "m")
    assert used(database, application) == 70
    assert database.read_now(credentials.list_of, application)[0].last_used_at is not None


def test_entries_tell_key_and_model_for_as_long_as_they_are_kept(database: Database) -> None:
    application, key = key_of(database, None)
    database.write_now(ledger.reserve, application, "a", 9, key, "m")
    database.write_now(ledger.settle, application, "a", 0, 5)
    database.write_now(ledger.release, application, "a")
    entries = database.read_now(ledger.entries_of, application)
    told = [(entry.kind, entry.credential_id, entry.model) for entry in entries]
    assert told == [
        ("grant", None, None),
        *((k, key, "m") for k in ("reserve", "settle", "release")),
    ]
