"""The rows of deliveries: each is one callback to be made, at least once, until a 2xx.

A delivery is recorded with its task, becomes ready in the transaction that ends the task, and is
open until it was delivered or given up. Like a task it belongs to a process, the only one that
makes attempts at it; when that process dies, another adopts it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)

from seedbed.storage.schema import deliveries, delivery_attempts, tasks


class DeliveryState(StrEnum):
    """Where a delivery is; the last two are final until somebody resends it."""

    WAITING = "waiting"  # its task has not ended
    READY = "ready"  # to be made now, or again at `next_at`
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback; times are Unix seconds."""

    id: str
    """Also its `webhook-id`: the same at every attempt, so that a receiver can tell repeats."""
    task_id: str
    application_id: str
    owner: str
    url: str
    base_url: str
    """Where the caller reached the service: the base of the picture URLs inside."""
    state: DeliveryState
    attempts: int
    tries: int
    """Attempts since it became ready or was resent: its place in the schedule."""
    reason: str | None
    """Why it was given up."""
    created_at: float
    ready_at: float | None
    next_at: float | None
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One try of a delivery: an answer with a status, or an error."""

    number: int
    started_at: float
    seconds: float
    status: int | None = None
    error: str | None = None
    answer: str | None = None
    """The first bytes of the receiver's answer, as text."""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose next attempt is known."""

    id: str
    application_id: str
    url: str
    next_at: float


_MAKE_READY = (
    update(deliveries)
    .where(
        deliveries.c.task_id == bindparam("of_task"),
        deliveries.c.state == DeliveryState.WAITING,
    )
    .values(state=DeliveryState.READY)
)


def plan(
    tx: Connection,
    *,
    task_id: str,
    application_id: str,
    owner: str,
    url: str,
    base_url: str,
    withheld: str | None = None,
) -> None:
    """Record the callback of a new task; one that is `withheld`, for a reason, is never made."""
    now = time.time()
    tx.execute(
        insert(deliveries).values(
            id=f"msg_{uuid.uuid4().hex}",
            task_id=task_id,
            application_id=application_id,
            owner=owner,
            url=url,
            base_url=base_url,
            state=DeliveryState.WAITING if withheld is None else DeliveryState.GIVEN_UP,
            reason=withheld,
            created_at=now,
            ended_at=None if withheld is None else now,
        )
    )


def make_ready(tx: Connection, task_id: str) -> None:
    """Have the callback of a task that ends be made, if it has one."""
    now = time.time()
    tx.execute(_MAKE_READY, {"of_task": task_id, "ready_at": now, "next_at": now})


def get(tx: Connection, delivery_id: str) -> Delivery | None:
    """Read a delivery."""
    return _one(tx, select(deliveries).where(deliveries.c.id == delivery_id))


def of_task(tx: Connection, task_id: str) -> Delivery | None:
    """Read the delivery of a task, if it has one."""
    return _one(tx, select(deliveries).where(deliveries.c.task_id == task_id))


def attempts_of(tx: Connection, delivery_id: str) -> Sequence[DeliveryAttempt]:
    """List the attempts at a delivery, oldest first."""
    columns = delivery_attempts.c
    rows = tx.execute(
        select(
            columns.number,
            columns.started_at,
            columns.seconds,
            columns.status,
            columns.error,
            columns.answer,
        )
        .where(columns.delivery_id == delivery_id)
        .order_by(columns.number)
    )
    return [DeliveryAttempt(*row) for row in rows]


def record_attempt(
    tx: Connection,
    delivery: Delivery,
    attempt: DeliveryAttempt,
    *,
    state: DeliveryState,
    next_at: float | None = None,
    reason: str | None = None,
) -> bool:
    """Record an attempt and what follows from it.

    Returns False when nothing follows: another process has the delivery, or somebody asked for it
    to be resent while the attempt was being made.
    """
    columns = deliveries.c
    same = (columns.id == delivery.id, columns.owner == delivery.owner)
    counted = tx.execute(
        update(deliveries)
        .where(*same, columns.attempts == delivery.attempts)
        .values(attempts=attempt.number)
    )
    if counted.rowcount != 1:
        return False
    tx.execute(
        insert(delivery_attempts).values(
            delivery_id=delivery.id,
            number=attempt.number,
            started_at=attempt.started_at,
            seconds=attempt.seconds,
            status=attempt.status,
            error=attempt.error,
            answer=attempt.answer,
        )
    )
    ended = state in (DeliveryState.DELIVERED, DeliveryState.GIVEN_UP)
    followed = tx.execute(
        update(deliveries)
        .where(*same, columns.tries == delivery.tries, columns.next_at == delivery.next_at)
        .values(
            state=state,
            tries=columns.tries + 1,
            next_at=next_at,
            reason=reason,
            ended_at=time.time() if ended else None,
        )
    )
    return followed.rowcount == 1


def resend(tx: Connection, delivery_id: str) -> Delivery:
    """Have a delivery made once more, now, by the whole schedule; whatever became of it before.

    Raises LookupError when there is none, or its task has not ended.
    """
    delivery = get(tx, delivery_id)
    if delivery is None:
        raise LookupError(f"there is no delivery {delivery_id!r}")
    ended = select(tasks.c.finished_at).where(tasks.c.id == delivery.task_id)
    if tx.scalar(ended) is None:
        raise LookupError("its task has not ended; its callback is made when it has")
    now = time.time()
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(
            state=DeliveryState.READY,
            tries=0,
            reason=None,
            ready_at=now if delivery.ready_at is None else deliveries.c.ready_at,
            next_at=now,
            ended_at=None,
        )
    )
    return delivery


def recent(
    tx: Connection,
    *,
    application_id: str | None = None,
    state: DeliveryState | None = None,
    limit: int = 20,
    offset: int = 0,
) -> Sequence[Delivery]:
    """List deliveries, newest first."""
    newest_first = select(deliveries).order_by(deliveries.c.created_at.desc(), deliveries.c.id)
    query = newest_first.limit(limit).offset(offset)
    if application_id is not None:
        query = query.where(deliveries.c.application_id == application_id)
    if state is not None:
        query = query.where(deliveries.c.state == state)
    return [_delivery(row) for row in tx.execute(query)]


def failing(tx: Connection, limit: int) -> Sequence[Delivery]:
    """List open deliveries of which an attempt has failed, those tried most often first."""
    columns = deliveries.c
    rows = tx.execute(
        select(deliveries)
        .where(columns.ended_at.is_(None), columns.tries > 0)
        .order_by(columns.tries.desc(), columns.id)
        .limit(limit)
    )
    return [_delivery(row) for row in rows]


def ready_since(
    tx: Connection, application_id: str, since: float, limit: int
) -> Sequence[Delivery]:
    """List an application's deliveries that became ready at a time or later, oldest first."""
    columns = deliveries.c
    rows = tx.execute(
        select(deliveries)
        .where(columns.application_id == application_id, columns.ready_at >= since)
        .order_by(columns.ready_at, columns.id)
        .limit(limit)
    )
    return [_delivery(row) for row in rows]


def open_of(tx: Connection, owner: str, until: float | None = None) -> Sequence[Due]:
    """List what a process is to deliver, up to a time if one is given, soonest first."""
    columns = deliveries.c
    query = select(columns.id, columns.application_id, columns.url, columns.next_at).where(
        columns.ended_at.is_(None), columns.owner == owner, columns.next_at.is_not(None)
    )
    if until is not None:
        query = query.where(columns.next_at <= until)
    return [Due(*row) for row in tx.execute(query.order_by(columns.next_at))]


def owners_of_open(tx: Connection) -> frozenset[str]:
    """Name every process that open deliveries belong to."""
    return frozenset(
        tx.scalars(select(deliveries.c.owner).where(deliveries.c.ended_at.is_(None)).distinct())
    )


def adopt(tx: Connection, dead: Collection[str], owner: str) -> None:
    """Take over the open deliveries of dead processes."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.ended_at.is_(None), deliveries.c.owner.in_(dead))
        .values(owner=owner)
    )


def is_open_for(task_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Hold for tasks whose callback is still to be made: a condition of a query."""
    return exists().where(deliveries.c.task_id == task_id, deliveries.c.ended_at.is_(None))


def remove(tx: Connection, task_ids: Collection[str]) -> None:
    """Remove the deliveries of tasks, with their attempts."""
    which = deliveries.c.task_id.in_(task_ids)
    tx.execute(
        delete(delivery_attempts).where(
            delivery_attempts.c.delivery_id.in_(select(deliveries.c.id).where(which))
        )
    )
    tx.execute(delete(deliveries).where(which))


def _one(tx: Connection, query: Select[Any]) -> Delivery | None:
    row = tx.execute(query).first()
    return _delivery(row) if row else None


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        task_id=row.task_id,
        application_id=row.application_id,
        owner=row.owner,
        url=row.url,
        base_url=row.base_url,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        tries=row.tries,
        reason=row.reason,
        created_at=row.created_at,
        ready_at=row.ready_at,
        next_at=row.next_at,
        ended_at=row.ended_at,
    )
