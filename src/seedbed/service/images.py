"""The service: submit a request as a task, and wait for it.

Every dialect, the command line and the console come through here, so that each rule about
tasks and credits stands once.
"""

from __future__ import annotations

import asyncio
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from seedbed.accounts.credentials import Caller
from seedbed.accounts.credits import to_micros
from seedbed.contract.errors import NotImplementedYet, TaskTimeout, TooManyRequests
from seedbed.contract.request import ImageRequest, features, parse_request
from seedbed.contract.sizes import Size
from seedbed.settings import Settings
from seedbed.storage.database import Database
from seedbed.tasks import store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.dispatcher import Dispatcher
from seedbed.tasks.states import State
from seedbed.tasks.task import Task, TaskError, TaskView

log = structlog.get_logger()

OFFERED: frozenset[str] = frozenset()
"""Features of the contract, beyond one picture from words, that this build offers."""

RECHECK_SECONDS = 5.0
"""How often a waiter looks by itself, for a task that another process runs or ends."""

MAX_SEED = 2**31 - 1
CANCELLED = TaskError("api_error", "The task was cancelled.")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A recorded task, and the request's fields that nobody knows."""

    task: Task
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImageService:
    """Turns requests into tasks and tasks into answers."""

    database: Database
    dispatcher: Dispatcher
    announcer: Announcer
    settings: Settings
    owner: str

    async def submit(self, body: Mapping[str, Any], caller: Caller, trace_id: str) -> Submitted:
        """Validate, reserve and record; the task runs from here on, whoever waits for it.

        Raises `BadRequest` or `NotImplementedYet` for what cannot be asked, `UsedUp` when the
        credits do not suffice and `TooManyRequests` when too many tasks are unfinished.
        """
        parsed = parse_request(body)
        _refuse_what_is_not_offered(parsed.request)
        known = {name: value for name, value in body.items() if name not in parsed.ignored}
        task = self._task(parsed.request, known, caller, trace_id)
        # A caller that goes away in this instant must not keep a recorded task from its runner.
        await asyncio.shield(asyncio.ensure_future(self._accept(task)))
        return Submitted(task, parsed.ignored)

    async def wait(self, task_id: str, timeout: float) -> TaskView:
        """Wait until the task has ended; raise `TaskTimeout` after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self.announcer.watch(task_id) as changed:
            while True:
                changed.clear()
                view = await self.database.read(store.view, task_id)
                if view is None:
                    raise LookupError(task_id)
                if view.task.state.is_final:
                    return view
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TaskTimeout(
                        f"The task {task_id} was not finished within {timeout:g} seconds; "
                        "it goes on."
                    )
                await _wait(changed, min(left, RECHECK_SECONDS))

    async def cancel(self, task_id: str) -> bool:
        """End a task that nobody wants any more; False when it has ended before."""
        cancelled = await self.database.write(store.cancel, task_id, CANCELLED)
        self.announcer.announce(task_id)
        return cancelled

    async def _accept(self, task: Task) -> None:
        await self.database.write(_record, task, self.settings.max_unfinished_tasks)
        log.info("task submitted", task_id=task.id, model=task.model, size=str(task.size))
        self.dispatcher.enqueue(task.id)

    def _task(
        self, request: ImageRequest, body: Mapping[str, Any], caller: Caller, trace_id: str
    ) -> Task:
        now = time.time()
        model = request.model.id
        return Task(
            id=str(uuid.uuid4()),
            application_id=caller.application_id,
            credential_id=caller.credential_id,
            user_id=caller.user_id,
            trace_id=trace_id,
            state=State.QUEUED,
            attempt=0,
            owner=self.owner,
            model=model,
            body=body,
            size=_known_size(request),
            image_count=1,
            seed=_seed(request),
            price=to_micros(self.settings.price_of(model)),
            progress=0.0,
            note=None,
            error=None,
            created_at=now,
            deadline_at=now + self.settings.task_timeout,
            started_at=None,
            finished_at=None,
        )


def _record(tx: Connection, task: Task, max_unfinished: int) -> None:
    unfinished = store.count_unfinished(tx, task.application_id)
    if unfinished >= max_unfinished:
        raise TooManyRequests(
            f"{unfinished} tasks of this application are unfinished; at most "
            f"{max_unfinished} may be. Wait until some have ended.",
            retry_after=5,
        )
    store.create(tx, task)


def _refuse_what_is_not_offered(request: ImageRequest) -> None:
    missing = features(request) - OFFERED
    if missing:
        raise NotImplementedYet(
            f"Not offered by this version: {', '.join(sorted(missing))}. "
            "It draws one picture from a prompt and answers when it is finished."
        )


def _known_size(request: ImageRequest) -> Size:
    assert request.size is not None, "only a request with an input picture has no size yet"
    return request.size


def _seed(request: ImageRequest) -> int:
    """The seed asked for, or a fresh one, kept with the task so that every attempt agrees."""
    if request.seed is None or request.seed < 0:
        return secrets.randbelow(MAX_SEED + 1)
    return request.seed


async def _wait(event: asyncio.Event, timeout: float) -> None:
    try:
        async with asyncio.timeout(timeout):
            await event.wait()
    except TimeoutError:
        pass
