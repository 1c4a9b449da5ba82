"""The ledger: every movement of credits, and the only code that moves any.

An application has two amounts: *available*, which a new task may use, and *reserved*, which
unfinished tasks hold. Both are the sums of its entries, kept beside them so that a submit need
not add up a history. Entries of a task are unique by kind and image, so whatever is repeated
after a crash, nothing can be charged or given back twice.

    grant    available +              credits are given to the application
    reserve  available -  reserved +  a task is accepted; refused when too little is available
    settle                reserved -  one picture was delivered: this is the charge
    release  available +  reserved -  the task ended; what it did not use goes back

Call these inside the transaction that moves the task, so that both happen or neither does.
Amounts are micro-credits.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, func, insert, select, update

from seedbed.contract.errors import UsedUp
from seedbed.storage.schema import applications, ledger_entries

Kind = Literal["grant", "reserve", "settle", "release"]
WHOLE_TASK = -1
"""The image index of an entry that belongs to no single picture."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What an application has, in micro-credits."""

    available: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of credits, in micro-credits."""

    kind: Kind
    task_id: str | None
    image_index: int
    available: int
    reserved: int
    created_at: float


def grant(tx: Connection, application_id: str, amount: int) -> None:
    """Give an application credits."""
    if amount < 0:
        raise ValueError("a grant cannot be negative")
    _move(tx, application_id, "grant", None, WHOLE_TASK, available=amount, reserved=0)


def reserve(tx: Connection, application_id: str, task_id: str, amount: int) -> None:
    """Set aside what a task may cost; raise `UsedUp` when that much is not available."""
    if amount < 0:
        raise ValueError("a reservation cannot be negative")
    _move(tx, application_id, "reserve", task_id, WHOLE_TASK, available=-amount, reserved=amount)


def settle(
    tx: Connection, application_id: str, task_id: str, image_index: int, amount: int
) -> None:
    """Charge one delivered picture to what the task holds reserved, and to nothing else."""
    if not 0 <= amount <= held(tx, task_id):
        raise LedgerError(f"picture {image_index} of task {task_id} costs more than it reserved")
    _move(tx, application_id, "settle", task_id, image_index, available=0, reserved=-amount)


def release(tx: Connection, application_id: str, task_id: str) -> int:
    """Give back what a task reserved and did not use; return that amount."""
    rest = held(tx, task_id)
    if rest:
        _move(tx, application_id, "release", task_id, WHOLE_TASK, available=rest, reserved=-rest)
    return rest


def held(tx: Connection, task_id: str) -> int:
    """Tell how much a task still holds reserved."""
    entries = ledger_entries.c
    return int(
        tx.scalar(
            select(func.coalesce(func.sum(entries.reserved), 0)).where(entries.task_id == task_id)
        )
        or 0
    )


def charged(tx: Connection, task_id: str) -> int:
    """Tell how much a task has been charged."""
    entries = ledger_entries.c
    total = select(func.coalesce(func.sum(-entries.reserved), 0)).where(
        entries.task_id == task_id, entries.kind == "settle"
    )
    return int(tx.scalar(total) or 0)


def balance(tx: Connection, application_id: str) -> Balance:
    """Read what an application has."""
    row = tx.execute(
        select(applications.c.available, applications.c.reserved).where(
            applications.c.id == application_id
        )
    ).one()
    return Balance(row.available, row.reserved)


def entries_of(tx: Connection, application_id: str) -> Sequence[Entry]:
    """List every movement of an application, oldest first."""
    columns = ledger_entries.c
    rows = tx.execute(
        select(
            columns.kind,
            columns.task_id,
            columns.image_index,
            columns.available,
            columns.reserved,
            columns.created_at,
        )
        .where(columns.application_id == application_id)
        .order_by(columns.id)
    )
    return [Entry(*row) for row in rows]


def _move(
    tx: Connection,
    application_id: str,
    kind: Kind,
    task_id: str | None,
    image_index: int,
    *,
    available: int,
    reserved: int,
) -> None:
    moved = tx.execute(
        update(applications)
        .where(
            applications.c.id == application_id,
            applications.c.available + available >= 0,
            applications.c.reserved + reserved >= 0,
        )
        .values(
            available=applications.c.available + available,
            reserved=applications.c.reserved + reserved,
        )
    )
    if moved.rowcount != 1:
        raise _refusal(tx, application_id, kind, task_id)
    tx.execute(
        insert(ledger_entries).values(
            application_id=application_id,
            task_id=task_id,
            kind=kind,
            image_index=image_index,
            available=available,
            reserved=reserved,
            created_at=time.time(),
        )
    )


def _refusal(tx: Connection, application_id: str, kind: Kind, task_id: str | None) -> Exception:
    if kind == "reserve":
        return UsedUp()
    return LedgerError(f"{kind} of task {task_id} does not fit application {application_id}")


class LedgerError(Exception):
    """A movement that the ledger cannot hold: a defect of the caller, never of a request."""
