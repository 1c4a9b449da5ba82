"""Signing secrets: one valid, two while a rotation is under way."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook

from seedbed.accounts import applications, secrets
from seedbed.storage.database import Database
from seedbed.storage.schema import signing_secrets


@pytest.fixture
def application(database: Database) -> str:
    return database.write_now(applications.create, "tenant", 0).id


def test_an_application_has_one_secret_from_the_start(database: Database, application: str) -> None:
    other = database.write_now(applications.create, "other", 0).id
    (secret,) = database.read_now(secrets.valid, application)
    assert secret.startswith("whsec_")
    Webhook(secret)
    assert database.read_now(secrets.valid, other) != [secret]


def test_rotated_both_are_valid_for_a_while_the_newest_first(
    database: Database, application: str
) -> None:
    (old,) = database.read_now(secrets.valid, application)
    new = database.write_now(secrets.rotate, application, 60)
    assert database.read_now(secrets.valid, application) == [new, old]
    newest = database.write_now(secrets.rotate, application, 60)
    assert database.read_now(secrets.valid, application) == [newest, new]
    past = time.time() - 1
    database.write_now(
        lambda tx: tx.execute(
            update(signing_secrets)
            .where(signing_secrets.c.expires_at.is_not(None))
            .values(expires_at=past)
        )
    )
    assert database.read_now(secrets.valid, application) == [newest]


def test_without_an_overlap_the_old_one_ends_at_once(database: Database, application: str) -> None:
    new = database.write_now(secrets.rotate, application, 0)
    assert database.read_now(secrets.valid, application) == [new]
