"""The rows of tasks: every read and every move, each a part of a unit of work.

A move is a compare-and-set on the state and the attempt number: who has lost the task, because
its process was thought dead or its deadline passed, gets `LostAttempt` and changes nothing.
Credits move, and its callback becomes ready, in the same transaction.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    tuple_,
    update,
)

from seedbed.accounts import ledger
from seedbed.contract.sizes import Size
from seedbed.engines.engine import UpstreamFault
from seedbed.storage.schema import idempotency_keys, images, tasks
from seedbed.tasks import deliveries
from seedbed.tasks.states import State, check_transition
from seedbed.tasks.task import Attempt, Image, Input, LayerPlace, Task, TaskError, TaskView

PERHAPS_BILLED = TaskError(
    "api_error",
    "The service stopped while an upstream worked on this task. It may have been billed for there, "
    "so it is not sent again.",
)
NOTHING_DRAWN = TaskError("api_error", "The engine drew nothing.")

# What every task says to the database is built once: SQLAlchemy takes ten times longer to build a
# statement than to run it. Parameters that are no column's begin with `of_`.
_GET = select(tasks).where(tasks.c.id == bindparam("of_task"))
_IMAGES = (
    select(images).where(images.c.task_id == bindparam("of_task")).order_by(images.c.image_index)
)
_CREATE = insert(tasks)
_ADD_IMAGE = insert(images)
_UNFINISHED = (
    select(func.count())
    .select_from(tasks)
    .where(tasks.c.application_id == bindparam("of_application"), tasks.c.finished_at.is_(None))
)
_BEGIN = (
    update(tasks)
    .where(
        tasks.c.id == bindparam("of_task"),
        tasks.c.owner == bindparam("of_owner"),
        tasks.c.state == State.QUEUED,
    )
    .values(
        state=State.RUNNING,
        attempt=tasks.c.attempt + 1,
        billing=tasks.c.model.in_(bindparam("of_billing", expanding=True)),
        started_at=func.coalesce(tasks.c.started_at, bindparam("of_moment")),
    )
    .returning(tasks)
)
_MOVE = update(tasks).where(
    tasks.c.id == bindparam("of_task"),
    tasks.c.state == bindparam("of_state"),
    tasks.c.attempt == bindparam("of_attempt"),
)


class LostAttempt(Exception):
    """The task is no longer this attempt's to write to."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task that is to be run."""

    task_id: str
    model: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Where an unfinished task was when it was looked at."""

    task_id: str
    application_id: str
    model: str
    state: State
    attempt: int
    image_count: int
    billing: bool = False
    """Whether somebody may be billed for the attempt that runs."""

    @property
    def waiting(self) -> Waiting:
        """What a dispatcher needs to know of it."""
        return Waiting(self.task_id, self.model)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What became of tasks that had lost their runner."""

    queued: tuple[Waiting, ...]
    ended: tuple[str, ...]


def create_begun(tx: Connection, task: Task, billing: Collection[str] = ()) -> Attempt:
    """Record a new task whose first attempt begins at once; otherwise as `create` and `begin`."""
    begun = replace(task, state=State.RUNNING, attempt=1, started_at=time.time())
    create(tx, begun, billing=task.model in billing)
    return Attempt(begun, begun.attempt, frozenset())


def create(tx: Connection, task: Task, *, billing: bool = False) -> None:
    """Record a new task and reserve what it may cost; raise `UsedUp` when it cannot."""
    row = {
        "id": task.id,
        "application_id": task.application_id,
        "credential_id": task.credential_id,
        "user_id": task.user_id,
        "trace_id": task.trace_id,
        "state": task.state,
        "attempt": task.attempt,
        "billing": billing,
        "started_at": task.started_at,
        "owner": task.owner,
        "model": task.model,
        "request": dict(task.body),
        "inputs": [_shelved(one) for one in task.inputs],
        "width": task.size.width,
        "height": task.size.height,
        "image_count": task.image_count,
        "seed": task.seed,
        "price": task.price,
        "drill": task.drill,
        "created_at": task.created_at,
        "deadline_at": task.deadline_at,
    }
    tx.execute(_CREATE, row)
    cost = task.price * task.image_count
    ledger.reserve(tx, task.application_id, task.id, cost, task.credential_id, task.model)


def get(tx: Connection, task_id: str) -> Task | None:
    """Read a task."""
    row = tx.execute(_GET, {"of_task": task_id}).first()
    return _task(row) if row else None


def view(tx: Connection, task_id: str, application_id: str | None = None) -> TaskView | None:
    """Read a task with its pictures; another application's task does not exist."""
    task = get(tx, task_id)
    if task is None or application_id not in (None, task.application_id):
        return None
    return TaskView(task, images_of(tx, task_id))


def images_of(tx: Connection, task_id: str) -> tuple[Image, ...]:
    """Read the pictures of a task, in their order."""
    return tuple(_image(row) for row in tx.execute(_IMAGES, {"of_task": task_id}))


def ids_of_traces(tx: Connection, traces: Sequence[str], application_id: str) -> Sequence[str]:
    """Name the tasks of an application that these requests made, in their order."""
    mine = select(tasks.c.trace_id, tasks.c.id).where(
        tasks.c.application_id == application_id, tasks.c.trace_id.in_(traces)
    )
    by_trace = {row.trace_id: row.id for row in tx.execute(mine)}
    return [by_trace[trace] for trace in traces if trace in by_trace]


def recent_ids(
    tx: Connection,
    application_id: str,
    *,
    limit: int,
    offset: int = 0,
    created_after: float | None = None,
    created_before: float | None = None,
    model: str | None = None,
    credential_id: str | None = None,
    states: Collection[str] | None = None,
) -> Sequence[str]:
    """Name an application's tasks of a span of time, both ends included, newest first."""
    columns = tasks.c
    query = select(columns.id).where(columns.application_id == application_id)
    if created_after is not None:
        query = query.where(columns.created_at >= created_after)
    if created_before is not None:
        query = query.where(columns.created_at <= created_before)
    if model is not None:
        query = query.where(columns.model == model)
    if credential_id is not None:
        query = query.where(columns.credential_id == credential_id)
    if states is not None:
        query = query.where(columns.state.in_(states))
    newest_first = query.order_by(columns.created_at.desc(), columns.id.desc())
    return tx.scalars(newest_first.limit(limit).offset(offset)).all()


def pictures_before(tx: Connection, task: Task, models: Collection[str]) -> tuple[int, int]:
    """Count the tasks of these models that are queued before this one, and their pictures."""
    columns = tasks.c
    row = tx.execute(
        select(func.count(), func.coalesce(func.sum(columns.image_count), 0)).where(
            columns.finished_at.is_(None),
            columns.owner == task.owner,
            columns.state == State.QUEUED,
            columns.model.in_(models),
            tuple_(columns.created_at, columns.id) < tuple_(task.created_at, task.id),
        )
    ).one()
    return int(row[0]), int(row[1])


def count_unfinished(tx: Connection, application_id: str) -> int:
    """Count the tasks of an application that are waiting or running."""
    return int(tx.scalar(_UNFINISHED, {"of_application": application_id}) or 0)


def begin(
    tx: Connection, task_id: str, owner: str, billing: Collection[str] = ()
) -> Attempt | None:
    """Begin the next attempt at a queued task; None when it is not to be run here any more.

    Of the `billing` models somebody may be billed from now on, so that no attempt follows one
    whose process died.
    """
    row = tx.execute(
        _BEGIN,
        {
            "of_task": task_id,
            "of_owner": owner,
            "of_billing": list(billing),
            "of_moment": time.time(),
        },
    ).first()
    if row is None:
        return None
    # Only another attempt can have settled pictures before this one.
    settled = images_of(tx, task_id) if row.attempt > 1 else ()
    return Attempt(_task(row), row.attempt, frozenset(image.index for image in settled))


def add_image(
    tx: Connection,
    attempt: Attempt,
    image: Image,
    note: str | None = None,
    engine: str | None = None,
) -> None:
    """Record a picture of an engine; one that was delivered is charged.

    A picture that is recorded already stays as it is and costs nothing more.
    """
    task = attempt.task
    _write(tx, attempt, engine=engine, **({} if note is None else {"note": note}))
    settled = images_of(tx, task.id)
    if any(known.index == image.index for known in settled):
        return
    _insert_image(tx, task.id, image, ordinal=len(settled) + 1)
    if image.blob_key is not None:
        ledger.settle(tx, task.application_id, task.id, image.index, task.price)


def add_last_image(
    tx: Connection,
    attempt: Attempt,
    image: Image,
    note: str | None = None,
    engine: str | None = None,
) -> State:
    """Record the last picture that a task lacked, and end it, both or neither."""
    add_image(tx, attempt, image, note, engine)
    return end(tx, attempt, None)


def add_layers(
    tx: Connection,
    attempt: Attempt,
    layers: Sequence[Image],
    note: str | None = None,
    engine: str | None = None,
) -> None:
    """Record all pictures of a decomposition at once, and charge each: it is these and no more.

    What was held for layers that there are not is given back.
    """
    task = attempt.task
    _write(tx, attempt, note=note, engine=engine, image_count=len(layers))
    for ordinal, image in enumerate(layers, 1):
        _insert_image(tx, task.id, image, ordinal)
        ledger.settle(tx, task.application_id, task.id, image.index, task.price)
    ledger.release(tx, task.application_id, task.id)


def summarize(
    tx: Connection, attempt: Attempt, image_count: int, tool_usage: Mapping[str, int] | None = None
) -> None:
    """Record how many pictures a group has after all, and what tools were used for it.

    Never fewer than are settled, nor more than was reserved for.
    """
    settled = images_of(tx, attempt.task.id)
    least = max((image.index + 1 for image in settled), default=1)
    count = max(least, min(image_count, attempt.task.image_count))
    _write(tx, attempt, image_count=count, tool_usage=dict(tool_usage) if tool_usage else None)


def set_engine(tx: Connection, attempt: Attempt, engine: str) -> None:
    """Record which engine a job is about to be given to, before it is."""
    _write(tx, attempt, engine=engine)


def set_progress(tx: Connection, attempt: Attempt, fraction: float) -> None:
    """Record how far a running task is, from 0 to 1."""
    _write(tx, attempt, progress=fraction)


def end(tx: Connection, attempt: Attempt, error: TaskError | None) -> State:
    """End a running task as its pictures say and give back what it did not use.

    `error` is what cut the attempt short; it counts when no picture was delivered.
    """
    task = get(tx, attempt.task.id) or attempt.task  # which may have got another image_count
    running = Unfinished(
        task.id, task.application_id, task.model, State.RUNNING, attempt.number, task.image_count
    )
    return _end(tx, running, error)


def cancel(tx: Connection, task_id: str, error: TaskError) -> bool:
    """End a task that nobody wants any more; False when it has ended before.

    Pictures that were delivered until now stay, and stay charged.
    """
    found = _unfinished(tx, tasks.c.id == task_id)
    for one in found:
        _close(tx, one, State.CANCELLED, error)
    return bool(found)


def remove_finished(tx: Connection, before: float, limit: int) -> int:
    """Remove tasks that ended before a time, with all that is about them but the ledger.

    One whose callback is still to be made stays, and one that an idempotency key stands for.
    """
    columns = tasks.c
    gone = tx.scalars(
        select(columns.id)
        .where(
            columns.finished_at < before,
            ~deliveries.is_open_for(columns.id),
            ~exists().where(idempotency_keys.c.task_id == columns.id),
        )
        .order_by(columns.finished_at)
        .limit(limit)
    ).all()
    if gone:
        deliveries.remove(tx, gone)
        tx.execute(delete(images).where(images.c.task_id.in_(gone)))
        tx.execute(delete(tasks).where(columns.id.in_(gone)))
    return len(gone)


def any_overdue(tx: Connection, now: float) -> bool:
    """Tell whether some unfinished task's deadline has passed."""
    overdue = select(tasks.c.id).where(tasks.c.finished_at.is_(None), tasks.c.deadline_at <= now)
    return tx.execute(overdue.limit(1)).first() is not None


def end_overdue(tx: Connection, now: float, error: TaskError) -> Sequence[str]:
    """End every unfinished task whose deadline has passed, whoever holds it."""
    overdue = _unfinished(tx, tasks.c.deadline_at <= now)
    for one in overdue:
        _end(tx, one, error)
    return [one.task_id for one in overdue]


def owners_of_unfinished(tx: Connection) -> frozenset[str]:
    """Name every process that unfinished tasks belong to."""
    return frozenset(
        tx.scalars(select(tasks.c.owner).where(tasks.c.finished_at.is_(None)).distinct())
    )


def unfinished_of(tx: Connection, owner: str) -> Sequence[Unfinished]:
    """List the unfinished tasks of a process, oldest first."""
    return _unfinished(tx, tasks.c.owner == owner)


def adopt(
    tx: Connection, dead: Collection[str], owner: str, max_attempts: int, error: TaskError
) -> Resumed:
    """Take over the unfinished tasks of dead processes, oldest first.

    One that has used up its attempts, because each of them died with its process, ends; and so
    does one that somebody may have been billed for.
    """
    return _resume(tx, _unfinished(tx, tasks.c.owner.in_(dead)), owner, max_attempts, error)


def requeue(
    tx: Connection, lost: Collection[Unfinished], owner: str, max_attempts: int, error: TaskError
) -> Resumed:
    """Queue again the running tasks whose runner is gone although its process lives.

    Only those that are still where they were seen; the limit of `adopt` holds too.
    """
    still = [one for one in unfinished_of(tx, owner) if one in lost]
    return _resume(tx, still, owner, max_attempts, error)


def _unfinished(tx: Connection, which: ColumnElement[bool]) -> Sequence[Unfinished]:
    columns = tasks.c
    rows = tx.execute(
        select(
            columns.id,
            columns.application_id,
            columns.model,
            columns.state,
            columns.attempt,
            columns.image_count,
            columns.billing,
        )
        .where(columns.finished_at.is_(None), which)
        .order_by(columns.created_at, columns.id)
    )
    return [Unfinished(*row[:3], State(row[3]), *row[4:]) for row in rows]


def _resume(
    tx: Connection,
    found: Sequence[Unfinished],
    owner: str,
    max_attempts: int,
    error: TaskError,
) -> Resumed:
    running = [one for one in found if one.state is State.RUNNING]
    billed = [one for one in running if one.billing]
    worn_out = [one for one in running if not one.billing and one.attempt >= max_attempts]
    for one in billed:
        _end(tx, one, PERHAPS_BILLED)
    for one in worn_out:
        _end(tx, one, error)
    ended = {one.task_id for one in (*billed, *worn_out)}
    queued = tuple(one.waiting for one in found if one.task_id not in ended)
    again = update(tasks).where(tasks.c.id == bindparam("task"))
    if queued:
        again = again.values(owner=owner, state=State.QUEUED)
        tx.execute(again, [{"task": one.task_id} for one in queued])
    return Resumed(queued, tuple(ended))


def _end(tx: Connection, one: Unfinished, error: TaskError | None) -> State:
    """Close a task: with a picture that was delivered, and charged, it has succeeded.

    What such a task still lacks is then a failed picture of it.
    """
    pictures = images_of(tx, one.task_id)
    if any(image.blob_key is not None for image in pictures):
        missing = set(range(one.image_count)) - {image.index for image in pictures}
        for ordinal, index in enumerate(sorted(missing), len(pictures) + 1):
            _insert_image(tx, one.task_id, Image(index, error=error or NOTHING_DRAWN), ordinal)
        return _close(tx, one, State.SUCCEEDED, None)
    failures = (image.error for image in pictures if image.error is not None)
    return _close(tx, one, State.FAILED, error or next(failures, NOTHING_DRAWN))


def _insert_image(tx: Connection, task_id: str, image: Image, ordinal: int) -> None:
    row = {
        "task_id": task_id,
        "image_index": image.index,
        "ordinal": ordinal,
        "blob_key": image.blob_key,
        "media_type": image.media_type,
        "width": image.size.width if image.size else None,
        "height": image.size.height if image.size else None,
        "prompt": image.prompt,
        "layer": asdict(image.layer) if image.layer else None,
        "created_at": time.time(),
    }
    tx.execute(_ADD_IMAGE, row | _failure(image.error))


def _close(tx: Connection, one: Unfinished, state: State, error: TaskError | None) -> State:
    check_transition(one.state, state)
    values = {"state": state, "finished_at": time.time()} | _failure(error)
    if state is State.SUCCEEDED:
        values["progress"] = 1.0
    _move(tx, one.task_id, one.state, one.attempt, values)
    ledger.release(tx, one.application_id, one.task_id)
    deliveries.make_ready(tx, one.task_id)
    return state


def _write(tx: Connection, attempt: Attempt, **values: Any) -> None:
    """Write to a task while its attempt is the current one, or raise `LostAttempt`."""
    _move(tx, attempt.task.id, State.RUNNING, attempt.number, values)


def _move(
    tx: Connection, task_id: str, state: State, attempt: int, values: Mapping[str, Any]
) -> None:
    """Write to a task that is still where it was seen, or raise `LostAttempt`."""
    seen = {"of_task": task_id, "of_state": state, "of_attempt": attempt}
    if tx.execute(_MOVE, {**seen, **values}).rowcount != 1:
        raise LostAttempt(task_id)


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
        inputs=tuple(_input(one) for one in row.inputs),
        size=Size(row.width, row.height),
        image_count=row.image_count,
        seed=row.seed,
        price=row.price,
        drill=row.drill,
        progress=row.progress,
        note=row.note,
        error=_error(row),
        created_at=row.created_at,
        deadline_at=row.deadline_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        engine=row.engine,
        tool_usage=row.tool_usage,
    )


def _image(row: Row[Any]) -> Image:
    return Image(
        index=row.image_index,
        blob_key=row.blob_key,
        media_type=row.media_type,
        size=Size(row.width, row.height) if row.width else None,
        error=_error(row),
        prompt=row.prompt,
        layer=_layer(row.layer) if row.layer else None,
        ordinal=row.ordinal,
        settled_at=row.created_at,
    )


def _failure(error: TaskError | None) -> dict[str, Any]:
    return {
        "error_code": error.code if error else None,
        "error_message": error.message if error else None,
        "error_fault": asdict(error.fault) if error and error.fault else None,
    }


def _error(row: Row[Any]) -> TaskError | None:
    if not row.error_code:
        return None
    fault = UpstreamFault(**row.error_fault) if row.error_fault else None
    return TaskError(row.error_code, row.error_message, fault)


def _shelved(one: Input) -> dict[str, Any]:
    return asdict(one) | {"size": str(one.size)}


def _input(found: Mapping[str, Any]) -> Input:
    return Input(**(dict(found) | {"size": Size.parse(found["size"])}))


def _layer(found: Mapping[str, Any]) -> LayerPlace:
    box = found["box"]
    return LayerPlace(**(dict(found) | {"box": tuple(box) if box else None}))
