"""Idempotency keys: what they stand for, and for how long."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import update

from seedbed.contract.errors import Conflict
from seedbed.storage.database import Database
from seedbed.storage.schema import idempotency_keys
from seedbed.tasks import idempotency
from seedbed.tasks.idempotency import KEPT_SECONDS, find, fingerprint, forget_old, keep
from tests.tasks import record

ASKED = fingerprint({"prompt": "a cat"})


def test_a_request_is_known_by_what_it_asks() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": "1"})
    assert fingerprint({"a": "\ud800"}) != fingerprint({"a": "é"})


def test_a_key_stands_for_its_task_within_its_application(database: Database) -> None:
    task, other = record(database), record(database)
    application = task.application_id
    assert database.read_now(find, application, "key", ASKED) is None
    database.write_now(keep, application, "key", ASKED, task.id)
    assert database.read_now(find, application, "key", ASKED) == task.id
    assert database.read_now(find, other.application_id, "key", ASKED) is None
    with pytest.raises(Conflict, match="another request"):
        database.read_now(find, application, "key", fingerprint({"prompt": "a dog"}))


def test_after_a_day_it_is_free_again(database: Database) -> None:
    task, later = record(database), record(database)
    application = task.application_id
    database.write_now(keep, application, "key", ASKED, task.id)
    old = time.time() - KEPT_SECONDS - 1
    database.write_now(lambda tx: tx.execute(update(idempotency_keys).values(created_at=old)))
    assert database.read_now(find, application, "key", fingerprint({})) is None
    database.write_now(keep, application, "key", ASKED, later.id)
    assert database.read_now(find, application, "key", ASKED) == later.id
    database.write_now(lambda tx: tx.execute(update(idempotency_keys).values(created_at=old)))
    database.write_now(forget_old)
    assert database.read_now(lambda tx: tx.execute(idempotency_keys.select()).all()) == []
    assert idempotency.KEPT_SECONDS == 24 * 3600
