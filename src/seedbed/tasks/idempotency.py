"""Idempotency: the same key and the same request are the same task, for 24 hours.

A key is looked up and kept in the transaction that records the task, so of any number of equal
requests, at once or across a restart, exactly one makes a task and reserves credits.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from seedbed.contract.errors import Conflict
from seedbed.storage.schema import idempotency_keys

KEPT_SECONDS = 86_400.0
_columns = idempotency_keys.c


def fingerprint(body: Mapping[str, Any]) -> str:
    """Tell requests apart by what they ask, not by the order or the spacing of their JSON."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def find(tx: Connection, application_id: str, key: str, asked: str) -> str | None:
    """Give the task that the key stands for; None when it is free.

    Raises `Conflict` when the key was used for another request.
    """
    row = tx.execute(
        select(_columns.fingerprint, _columns.task_id, _columns.created_at).where(
            _columns.application_id == application_id, _columns.key == key
        )
    ).first()
    if row is None or row.created_at <= time.time() - KEPT_SECONDS:
        return None
    if row.fingerprint != asked:
        raise Conflict(
            "This Idempotency-Key was used for another request within the last 24 hours; "
            "send that very request again, or this one under a new key."
        )
    return str(row.task_id)


def keep(tx: Connection, application_id: str, key: str, asked: str, task_id: str) -> None:
    """Let the key stand for a task from now on."""
    tx.execute(
        delete(idempotency_keys).where(
            _columns.application_id == application_id, _columns.key == key
        )
    )
    tx.execute(
        insert(idempotency_keys).values(
            application_id=application_id,
            key=key,
            fingerprint=asked,
            task_id=task_id,
            created_at=time.time(),
        )
    )


def forget_old(tx: Connection) -> None:
    """Remove the keys that stand for nothing any more."""
    tx.execute(delete(idempotency_keys).where(_columns.created_at <= time.time() - KEPT_SECONDS))
