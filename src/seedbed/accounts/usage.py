"""What an application has spent, told from its ledger: by day, by model, by key.

Charges alone count, not what unfinished tasks hold. Days are days of UTC; amounts are
micro-credits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, cast, func, select

from seedbed.storage.schema import ledger_entries

DAY_SECONDS = 86_400
_columns = ledger_entries.c


@dataclass(frozen=True, slots=True)
class Spent:
    """What was charged for one day, model or key."""

    of: str
    """The day's beginning in Unix seconds, the model's id or the key's id; empty for none."""
    pictures: int
    amount: int


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of the ledger, as its owner reads it."""

    id: int
    created_at: float
    kind: str
    task_id: str | None
    model: str | None
    credential_id: str | None
    available: int
    reserved: int


def by_day(tx: Connection, application_id: str, since: float) -> list[Spent]:
    """Tell what was spent on each day on which anything was, the first day first."""
    day = cast(_columns.created_at, BigInteger) // DAY_SECONDS * DAY_SECONDS
    return _spent(tx, application_id, since, day)


def by_model(tx: Connection, application_id: str, since: float) -> list[Spent]:
    """Tell what was spent on each model, the most first."""
    return _most_first(_spent(tx, application_id, since, _columns.model))


def by_key(tx: Connection, application_id: str, since: float) -> list[Spent]:
    """Tell what was spent with each key, the most first; the console's own runs have none."""
    return _most_first(_spent(tx, application_id, since, _columns.credential_id))


def movements(
    tx: Connection, application_id: str, *, limit: int, offset: int = 0
) -> Sequence[Movement]:
    """List the newest entries of the ledger."""
    newest_first = _movements(application_id).order_by(_columns.id.desc())
    return [Movement(*row) for row in tx.execute(newest_first.limit(limit).offset(offset))]


def movements_after(
    tx: Connection, application_id: str, after: int, limit: int
) -> Sequence[Movement]:
    """List the entries of the ledger that follow one, oldest first."""
    following = _movements(application_id).where(_columns.id > after).order_by(_columns.id)
    return [Movement(*row) for row in tx.execute(following.limit(limit))]


def _movements(application_id: str) -> Select[Any]:
    return select(
        _columns.id,
        _columns.created_at,
        _columns.kind,
        _columns.task_id,
        _columns.model,
        _columns.credential_id,
        _columns.available,
        _columns.reserved,
    ).where(_columns.application_id == application_id)


def _spent(tx: Connection, application_id: str, since: float, by: Any) -> list[Spent]:
    rows = tx.execute(
        select(by, func.count(), func.sum(-_columns.reserved))
        .where(
            _columns.application_id == application_id,
            _columns.kind == "settle",
            _columns.created_at >= since,
        )
        .group_by(by)
        .order_by(by)
    )
    return [Spent("" if row[0] is None else str(row[0]), int(row[1]), int(row[2])) for row in rows]


def _most_first(spent: list[Spent]) -> list[Spent]:
    return sorted(spent, key=lambda one: -one.amount)
