"""The ledger: every movement of credits, and the only code that moves any.

An application has two amounts: *available*, which a new task may use, and *reserved*, which
unfinished tasks hold. Both are the sums of its entries, kept beside them so that a submit need
not add up a history. Entries of a task are unique by kind and image, so whatever is repeated
after a crash, nothing can be charged or given back twice.

    grant    available +              credits are given to the application
    reserve  available -  reserved +  a task is accepted; refused when too little is available
    settle                reserved -  one picture was delivered: this is the charge
    release  available +  reserved -  the task ended; what it did not use goes back

A task may draw on a credential with a limit of its own: what that has used, or holds, counts
towards its limit. Entries remember the credential and the model, so that spending can be told by
them for as long as the ledger is kept, which is longer than tasks are.

Call these inside the transaction that moves the task, so that both happen or neither does.
Amounts are micro-credits.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from seedbed.accounts.credits import to_credits
from seedbed.contract.errors import UsedUp
from seedbed.storage.schema import applications, credentials, ledger_entries

Kind = Literal["grant", "reserve", "settle", "release"]
WHOLE_TASK = -1
"""The image index of an entry that belongs to no single picture."""

# Built once, since building a statement takes longer than running it.
_HAVE = (
    update(applications)
    .where(
        applications.c.id == bindparam("of_application"),
        applications.c.available + bindparam("of_available") >= 0,
        applications.c.reserved + bindparam("of_reserved") >= 0,
    )
    .values(
        available=applications.c.available + bindparam("of_available"),
        reserved=applications.c.reserved + bindparam("of_reserved"),
    )
)
_ENTER = insert(ledger_entries)
_BOOKED = select(
    func.coalesce(func.sum(ledger_entries.c.reserved), 0),
    func.max(ledger_entries.c.credential_id),
    func.max(ledger_entries.c.model),
).where(ledger_entries.c.task_id == bindparam("of_task"))
_USE = (
    update(credentials)
    .where(
        credentials.c.id == bindparam("of_credential"),
        or_(
            credentials.c.spend_limit.is_(None),
            credentials.c.used + bindparam("of_amount") <= credentials.c.spend_limit,
        ),
    )
    .values(used=credentials.c.used + bindparam("of_amount"), last_used_at=bindparam("of_moment"))
)


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
    credential_id: str | None
    model: str | None
    created_at: float


@dataclass(frozen=True, slots=True)
class _Purpose:
    """What credits move for."""

    task_id: str | None = None
    credential_id: str | None = None
    model: str | None = None


_NOTHING = _Purpose()


def grant(tx: Connection, application_id: str, amount: int) -> None:
    """Give an application credits."""
    if amount < 0:
        raise ValueError("a grant cannot be negative")
    _move(tx, application_id, "grant", _NOTHING, WHOLE_TASK, available=amount, reserved=0)


def reserve(
    tx: Connection,
    application_id: str,
    task_id: str,
    amount: int,
    credential_id: str | None = None,
    model: str | None = None,
) -> None:
    """Set aside what a task may cost.

    Raises `UsedUp` when that much is not available, or is more than the credential may still use.
    """
    if amount < 0:
        raise ValueError("a reservation cannot be negative")
    purpose = _Purpose(task_id, credential_id, model)
    _move(tx, application_id, "reserve", purpose, WHOLE_TASK, available=-amount, reserved=amount)
    if credential_id is not None:
        _use(tx, credential_id, amount)


def settle(
    tx: Connection, application_id: str, task_id: str, image_index: int, amount: int
) -> None:
    """Charge one delivered picture to what the task holds reserved, and to nothing else."""
    rest, purpose = _booked(tx, task_id)
    if not 0 <= amount <= rest:
        raise LedgerError(f"picture {image_index} of task {task_id} costs more than it reserved")
    _move(tx, application_id, "settle", purpose, image_index, available=0, reserved=-amount)


def release(tx: Connection, application_id: str, task_id: str) -> int:
    """Give back what a task reserved and did not use; return that amount."""
    rest, purpose = _booked(tx, task_id)
    if rest:
        _move(tx, application_id, "release", purpose, WHOLE_TASK, available=rest, reserved=-rest)
        if purpose.credential_id is not None:
            _give_back(tx, purpose.credential_id, rest)
    return rest


def held(tx: Connection, task_id: str) -> int:
    """Tell how much a task still holds reserved."""
    return _booked(tx, task_id)[0]


def charged(tx: Connection, task_id: str) -> int:
    """Tell how much a task has been charged."""
    entries = ledger_entries.c
    total = select(func.coalesce(func.sum(-entries.reserved), 0)).where(
        entries.task_id == task_id, entries.kind == "settle"
    )
    return int(tx.scalar(total) or 0)


def spent(tx: Connection, application_id: str) -> int:
    """Tell how much an application has been charged in all."""
    total = select(func.coalesce(func.sum(-ledger_entries.c.reserved), 0)).where(
        ledger_entries.c.application_id == application_id, ledger_entries.c.kind == "settle"
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
            columns.credential_id,
            columns.model,
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
    purpose: _Purpose,
    image_index: int,
    *,
    available: int,
    reserved: int,
) -> None:
    moved = tx.execute(
        _HAVE,
        {
            "of_application": application_id,
            "of_available": available,
            "of_reserved": reserved,
        },
    )
    if moved.rowcount != 1:
        raise _refusal(application_id, kind, purpose.task_id)
    entry = {
        "application_id": application_id,
        "task_id": purpose.task_id,
        "credential_id": purpose.credential_id,
        "model": purpose.model,
        "kind": kind,
        "image_index": image_index,
        "available": available,
        "reserved": reserved,
        "created_at": time.time(),
    }
    tx.execute(_ENTER, entry)


def _booked(tx: Connection, task_id: str) -> tuple[int, _Purpose]:
    """Tell what a task still holds, and what that was reserved for."""
    rest, credential_id, model = tx.execute(_BOOKED, {"of_task": task_id}).one()
    return int(rest), _Purpose(task_id, credential_id, model)


def _use(tx: Connection, credential_id: str, amount: int) -> None:
    """Count an amount towards what a credential may use; raise `UsedUp` above its limit."""
    columns = credentials.c
    used = tx.execute(
        _USE,
        {"of_credential": credential_id, "of_amount": amount, "of_moment": time.time()},
    )
    if used.rowcount != 1:
        limit, before = tx.execute(
            select(columns.spend_limit, columns.used).where(columns.id == credential_id)
        ).one()
        raise UsedUp(
            f"This key may use {to_credits(limit)} credits and has used {to_credits(before)}; "
            f"this request needs {to_credits(amount)}."
        )


def _give_back(tx: Connection, credential_id: str, amount: int) -> None:
    columns = credentials.c
    tx.execute(
        update(credentials).where(columns.id == credential_id).values(used=columns.used - amount)
    )


def _refusal(application_id: str, kind: Kind, task_id: str | None) -> Exception:
    if kind == "reserve":
        return UsedUp()
    return LedgerError(f"{kind} of task {task_id} does not fit application {application_id}")


class LedgerError(Exception):
    """A movement that the ledger cannot hold: a defect of the caller, never of a request."""
