"""The rows of tasks: every read and every move, each a part of a unit of work.

A move is a compare-and-set on the state and the attempt number: who has lost the task, because
its process was thought dead or its deadline passed, gets `LostAttempt` and changes nothing.
Credits move in the same transaction.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from seedbed.accounts import ledger
from seedbed.contract.sizes import Size
from seedbed.storage.schema import images, tasks
from seedbed.tasks.states import State, check_transition
from seedbed.tasks.task import Attempt, Image, Task, TaskError, TaskView


class LostAttempt(Exception):
    """The task is no longer this attempt's to write to."""


def create(tx: Connection, task: Task) -> None:
    """Record a new task and reserve what it may cost; raise `UsedUp` when it cannot."""
    tx.execute(
        insert(tasks).values(
            id=task.id,
            application_id=task.application_id,
            credential_id=task.credential_id,
            user_id=task.user_id,
            trace_id=task.trace_id,
            state=task.state,
            owner=task.owner,
            model=task.model,
            request=dict(task.body),
            width=task.size.width,
            height=task.size.height,
            image_count=task.image_count,
            seed=task.seed,
            price=task.price,
            created_at=task.created_at,
            deadline_at=task.deadline_at,
        )
    )
    ledger.reserve(tx, task.application_id, task.id, task.price * task.image_count)


def get(tx: Connection, task_id: str) -> Task | None:
    """Read a task."""
    row = tx.execute(select(tasks).where(tasks.c.id == task_id)).first()
    return _task(row) if row else None


def view(tx: Connection, task_id: str, application_id: str | None = None) -> TaskView | None:
    """Read a task with its pictures; another application's task does not exist."""
    task = get(tx, task_id)
    if task is None or application_id not in (None, task.application_id):
        return None
    return TaskView(task, images_of(tx, task_id))


def images_of(tx: Connection, task_id: str) -> tuple[Image, ...]:
    """Read the pictures of a task, in their order."""
    rows = tx.execute(
        select(images).where(images.c.task_id == task_id).order_by(images.c.image_index)
    )
    return tuple(_image(row) for row in rows)


def count_unfinished(tx: Connection, application_id: str) -> int:
    """Count the tasks of an application that are waiting or running."""
    return int(
        tx.scalar(
            select(func.count())
            .select_from(tasks)
            .where(tasks.c.application_id == application_id, tasks.c.finished_at.is_(None))
        )
        or 0
    )


def begin(tx: Connection, task_id: str, owner: str) -> Attempt | None:
    """Begin the next attempt at a queued task; None when it is not to be run here any more."""
    row = tx.execute(
        update(tasks)
        .where(tasks.c.id == task_id, tasks.c.owner == owner, tasks.c.state == State.QUEUED)
        .values(
            state=State.RUNNING,
            attempt=tasks.c.attempt + 1,
            started_at=func.coalesce(tasks.c.started_at, time.time()),
        )
        .returning(tasks)
    ).first()
    if row is None:
        return None
    done = frozenset(image.index for image in images_of(tx, task_id))
    return Attempt(_task(row), row.attempt, done)


def add_image(tx: Connection, attempt: Attempt, image: Image, note: str | None = None) -> None:
    """Record a picture; one that was delivered is charged."""
    task = attempt.task
    _write(tx, attempt, note=note or task.note)
    tx.execute(
        insert(images).values(
            task_id=task.id,
            image_index=image.index,
            blob_key=image.blob_key,
            media_type=image.media_type,
            width=image.size.width if image.size else None,
            height=image.size.height if image.size else None,
            error_code=image.error.code if image.error else None,
            error_message=image.error.message if image.error else None,
            created_at=time.time(),
        )
    )
    if image.blob_key is not None:
        ledger.settle(tx, task.application_id, task.id, image.index, task.price)


def set_progress(tx: Connection, attempt: Attempt, fraction: float) -> None:
    """Record how far a running task is, from 0 to 1."""
    _write(tx, attempt, progress=fraction)


def finish(tx: Connection, attempt: Attempt, state: State, error: TaskError | None = None) -> None:
    """End a running task and give back what it did not use."""
    check_transition(State.RUNNING, state)
    _write(tx, attempt, **_final(state, error))
    ledger.release(tx, attempt.task.application_id, attempt.task.id)


def any_overdue(tx: Connection, now: float) -> bool:
    """Tell whether some unfinished task's deadline has passed."""
    overdue = select(tasks.c.id).where(tasks.c.finished_at.is_(None), tasks.c.deadline_at <= now)
    return tx.execute(overdue.limit(1)).first() is not None


def fail_overdue(tx: Connection, now: float, error: TaskError) -> Sequence[str]:
    """Fail every unfinished task whose deadline has passed, whoever holds it."""
    overdue = tx.execute(
        update(tasks)
        .where(tasks.c.finished_at.is_(None), tasks.c.deadline_at <= now)
        .values(**_final(State.FAILED, error))
        .returning(tasks.c.id, tasks.c.application_id)
    ).all()
    for task_id, application_id in overdue:
        ledger.release(tx, application_id, task_id)
    return [task_id for task_id, _ in overdue]


def owners_of_unfinished(tx: Connection) -> frozenset[str]:
    """Name every process that unfinished tasks belong to."""
    return frozenset(
        tx.scalars(select(tasks.c.owner).where(tasks.c.finished_at.is_(None)).distinct())
    )


def adopt(
    tx: Connection, dead: Collection[str], owner: str, max_attempts: int, error: TaskError
) -> Sequence[str]:
    """Take over the unfinished tasks of dead processes, oldest first.

    One that has used up its attempts, because each of them died with its process, is failed.
    """
    worn_out = tx.execute(
        update(tasks)
        .where(
            tasks.c.finished_at.is_(None),
            tasks.c.owner.in_(dead),
            tasks.c.state == State.RUNNING,
            tasks.c.attempt >= max_attempts,
        )
        .values(**_final(State.FAILED, error))
        .returning(tasks.c.id, tasks.c.application_id)
    ).all()
    for task_id, application_id in worn_out:
        ledger.release(tx, application_id, task_id)
    adopted = tx.execute(
        update(tasks)
        .where(tasks.c.finished_at.is_(None), tasks.c.owner.in_(dead))
        .values(owner=owner, state=State.QUEUED)
        .returning(tasks.c.created_at, tasks.c.id)
    ).all()
    return [task_id for _, task_id in sorted(map(tuple, adopted))]


def _final(state: State, error: TaskError | None) -> dict[str, Any]:
    return {
        "state": state,
        "finished_at": time.time(),
        "error_code": error.code if error else None,
        "error_message": error.message if error else None,
    } | ({"progress": 1.0} if state is State.SUCCEEDED else {})


def _write(tx: Connection, attempt: Attempt, **values: Any) -> None:
    written = tx.execute(
        update(tasks)
        .where(
            tasks.c.id == attempt.task.id,
            tasks.c.state == State.RUNNING,
            tasks.c.attempt == attempt.number,
        )
        .values(**values)
    )
    if written.rowcount != 1:
        raise LostAttempt(attempt.task.id)


def _task(row: Row[Any]) -> Task:
    return Task(
        id=row.id,
        application_id=row.application_id,
        credential_id=row.credential_id,
        user_id=row.user_id,
        trace_id=row.trace_id,
        state=State(row.state),
        attempt=row.attempt,
        owner=row.owner,
        model=row.model,
        body=row.request,
        size=Size(row.width, row.height),
        image_count=row.image_count,
        seed=row.seed,
        price=row.price,
        progress=row.progress,
        note=row.note,
        error=TaskError(row.error_code, row.error_message) if row.error_code else None,
        created_at=row.created_at,
        deadline_at=row.deadline_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _image(row: Row[Any]) -> Image:
    return Image(
        index=row.image_index,
        blob_key=row.blob_key,
        media_type=row.media_type,
        size=Size(row.width, row.height) if row.width else None,
        error=TaskError(row.error_code, row.error_message) if row.error_code else None,
    )
