"""The service: submit a request as a task, wait for it, follow it, find it, cancel it.

Every dialect, the command line and the console come through here, so that each rule about
tasks and credits stands once.
"""

from __future__ import annotations

import asyncio
import secrets
import time
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import Connection

from seedbed.accounts.credentials import Caller
from seedbed.accounts.credits import to_micros
from seedbed.contract.errors import (
    BadRequest,
    Canceled,
    Conflict,
    NotFound,
    NotImplementedYet,
    TooManyRequests,
)
from seedbed.contract.fields import known_fields
from seedbed.contract.request import ImageRequest, asks_of_engine, parse_request, sized
from seedbed.contract.sources import INLINE, is_remote
from seedbed.contract.tasks import TASK_TYPE, Listing
from seedbed.engines.registry import Engines
from seedbed.outbound import Refused, check_url
from seedbed.service.answers import Outlook, Record
from seedbed.service.inputs import Inputs
from seedbed.settings import Settings
from seedbed.storage.database import Database
from seedbed.tasks import deliveries, drills, idempotency, store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.dispatcher import LocalDispatcher
from seedbed.tasks.pace import Pace
from seedbed.tasks.states import State
from seedbed.tasks.task import Attempt, Input, Task, TaskError, TaskView

log = structlog.get_logger()

RECHECK_SECONDS = 5.0
"""How often a waiter looks by itself, for a task that another process runs or ends."""

MAX_SEED = 2**31 - 1
CANCELLED = TaskError(Canceled.code, "The task was cancelled on request.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a dialect hands it over."""

    body: Mapping[str, Any]
    caller: Caller
    trace_id: str
    base_url: str = ""
    """Where the caller reached the service: what URLs inside a callback start with."""
    idempotency_key: str | None = None
    drill: str | None = None
    """What the header `X-Seedbed-Drill` says."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A recorded task, and the request's fields that nobody knows."""

    task: Task
    ignored: tuple[str, ...]
    replayed: bool = False
    """Whether the task is that of an earlier request with the same idempotency key."""


@dataclass(frozen=True, slots=True)
class ImageService:
    """Turns requests into tasks and tasks into answers."""

    database: Database
    dispatcher: LocalDispatcher
    announcer: Announcer
    pace: Pace
    settings: Settings
    owner: str
    engines: Engines
    inputs: Inputs

    async def submit(self, asked: Asked) -> Submitted:
        """Validate, bring in pictures, reserve and record; the task then runs, whoever waits.

        Raises `BadRequest` or `NotImplementedYet` for what cannot be asked, `Conflict` for an
        idempotency key of another request, `UsedUp` when the credits do not suffice and
        `TooManyRequests` when too many tasks are unfinished.
        """
        asked = replace(asked, body=self.by_its_name(asked.body))
        parsed = parse_request(asked.body)
        request = parsed.request
        self._refuse_what_is_not_offered(request)
        self._check_callback(request)
        drill = None
        if self.settings.drills:
            drill = drills.asked(asked.drill, request.prompt)
            drills.refuse(drill)
        inputs: tuple[Input, ...] = ()
        if request.images:
            known = await self.database.read(_known, asked)
            if known is not None:  # whose pictures may be gone by now
                return Submitted(known, parsed.ignored, replayed=True)
            inputs = await self.inputs.gather(request, asked.caller.application_id)
        task = self._task(request, inputs, asked, drill)
        # A caller that goes away in this instant must not keep a recorded task from its runner.
        recorded = await asyncio.shield(asyncio.ensure_future(self._accept(task, asked)))
        return Submitted(recorded, parsed.ignored, replayed=recorded.id != task.id)

    def cost(self, body: Mapping[str, Any]) -> int:
        """Say what a request may cost at most, in micro-credits: as much as `submit` reserves.

        Raises `BadRequest` for what cannot be asked.
        """
        request = parse_request(self.by_its_name(body)).request
        return self._price(request) * self._most_pictures(request)

    async def wait(self, task_id: str, timeout: float) -> TaskView:
        """Wait until the task has ended, or for `timeout` seconds, and give it as it is then.

        A process that is about to stop waits no longer.
        """
        deadline = time.monotonic() + timeout
        with self.announcer.watch(task_id) as changed:
            while True:
                changed.clear()
                view = await self._view(task_id)
                left = deadline - time.monotonic()
                if view.task.state.is_final or left <= 0 or self.announcer.stopping:
                    return view
                await _wait(changed, min(left, RECHECK_SECONDS))

    async def follow(self, task_id: str, idle: float) -> AsyncGenerator[TaskView, None]:
        """Give the task now, whenever it has changed and after `idle` seconds, until it ends.

        Ends sooner when the process is about to stop.
        """
        with self.announcer.watch(task_id) as changed:
            while True:
                changed.clear()
                view = await self._view(task_id)
                yield view
                if view.task.state.is_final or self.announcer.stopping:
                    return
                await _wait(changed, idle)

    async def find(self, caller: Caller, ids: Sequence[str]) -> list[Record]:
        """Give the caller's own tasks of these ids, in their order; no other task exists."""
        return await self.database.read(self._records, ids, caller.application_id)

    async def find_one(self, caller: Caller, task_id: str) -> Record:
        """Give one of the caller's own tasks; raise `NotFound` when there is none of this id."""
        found = await self.find(caller, [task_id])
        if not found:
            raise NotFound(f"There is no task {task_id[:80]!r}.")
        return found[0]

    async def find_by_trace(self, caller: Caller, traces: Sequence[str]) -> list[Record]:
        """Give the caller's own tasks that these requests made, in their order."""
        ids = await self.database.read(store.ids_of_traces, traces, caller.application_id)
        return await self.find(caller, ids)

    async def id_of_trace(self, caller: Caller, trace_id: str) -> str:
        """Name the caller's task that a request made; raise `NotFound` when there is none."""
        ids = await self.database.read(store.ids_of_traces, [trace_id], caller.application_id)
        if not ids:
            raise NotFound(f"There is no task of the trace {trace_id[:80]!r}.")
        return ids[0]

    async def recent(self, caller: Caller, listing: Listing) -> list[Record]:
        """List the caller's own tasks, newest first; another's are no part of any list."""
        if (
            listing.type not in (None, TASK_TYPE)
            or listing.application_id not in (None, caller.application_id)
            or listing.user_id not in (None, caller.user_id)
        ):
            return []
        ids = await self.database.read(
            store.recent_ids,
            caller.application_id,
            limit=listing.limit,
            offset=listing.offset,
            created_after=listing.created_at_min,
            created_before=listing.created_at_max,
            model=listing.model,
            credential_id=listing.credential_id,
            states=listing.states,
        )
        return await self.find(caller, ids)

    async def cancel(self, caller: Caller, task_id: str) -> Record:
        """End one of the caller's tasks and release what it holds; again changes nothing.

        Raises `NotFound`, or `Conflict` when the task has ended otherwise before.
        """
        record = await self.find_one(caller, task_id)
        if not record.view.task.state.is_final:
            await self.abandon(task_id)
            record = await self.find_one(caller, task_id)
        if record.view.task.state is not State.CANCELLED:
            raise Conflict(f"The task {task_id} has {record.view.task.state} already.")
        return record

    async def abandon(self, task_id: str) -> None:
        """End a task that nobody wants any more, if it has not ended before."""
        if await self.database.write(store.cancel, task_id, CANCELLED):
            log.info("task cancelled", task_id=task_id)
            self.dispatcher.stop(task_id)
            self.announcer.announce_end(task_id)

    async def abandon_own(self) -> None:
        """End every task of this process that has not ended, for nobody is left to ask for it."""
        for one in await self.database.read(store.unfinished_of, self.owner):
            await self.abandon(one.task_id)

    async def _view(self, task_id: str) -> TaskView:
        view = self.database.peek(store.view, task_id)
        if view is None:
            raise LookupError(task_id)
        return view

    async def _accept(self, task: Task, asked: Asked) -> Task:
        fingerprint = ""
        if asked.idempotency_key:  # over megabytes, when pictures are inside the body
            fingerprint = await asyncio.to_thread(idempotency.fingerprint, asked.body)
        lane = self.engines.first(task.model).name
        billing = self.engines.billing if self.dispatcher.claim(task.id, lane) else None
        recorded: Task | Attempt | None = None
        try:
            recorded = await self.database.write(
                _record, task, asked, fingerprint, self.settings.max_unfinished_tasks, billing
            )
        finally:
            if billing is not None and not isinstance(recorded, Attempt):
                self.dispatcher.let_go(task.id, lane)
        if isinstance(recorded, Task):
            return recorded
        log.info("task submitted", task_id=task.id, model=task.model, size=str(task.size))
        self.dispatcher.enqueue(task.id, lane, recorded)
        return task

    def by_its_name(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Name the model that an alias stands for."""
        asked = body.get("model") if isinstance(body, Mapping) else None
        if not isinstance(asked, str):
            return body
        model = self.settings.model_aliases.get(asked.strip().lower())
        return body if model is None else {**body, "model": model}

    def _refuse_what_is_not_offered(self, request: ImageRequest) -> None:
        """Refuse what this service, or the first engine of the model, does not do."""
        engine = self.engines.first(request.model.id).description
        missing = asks_of_engine(request) - engine.features
        if "tools" in missing:
            raise NotImplementedYet(
                "tools: no web search is configured on this server; leave the field out."
            )
        if missing:
            raise NotImplementedYet(
                f"Not offered by this server: {', '.join(sorted(missing))}. "
                f"{request.model.id} is served by the engine {engine.name!r}, which does not."
            )

    def _check_callback(self, request: ImageRequest) -> None:
        """Refuse at once what no callback could reach; names are resolved when it is made."""
        if request.callback_url is None:
            return
        try:
            check_url(request.callback_url, allow_loopback=self.settings.allows_loopback)
        except Refused as refused:
            raise BadRequest(f"callback_url: {refused}", param="callback_url") from refused

    def _records(self, tx: Connection, ids: Sequence[str], application_id: str) -> list[Record]:
        views = (store.view(tx, task_id, application_id) for task_id in ids)
        return [
            Record(view, deliveries.of_task(tx, view.task.id), self._outlook(tx, view))
            for view in views
            if view is not None
        ]

    def _outlook(self, tx: Connection, view: TaskView) -> Outlook | None:
        """Reckon how long an unfinished task still takes."""
        if view.task.state.is_final:
            return None
        waiting, pictures = 0, 0
        if view.task.state is State.QUEUED:
            models = self.engines.first(view.task.model).models
            waiting, pictures = store.pictures_before(tx, view.task, models)
        seconds = self.pace.seconds_a_picture
        if seconds is None:
            return Outlook(waiting, None)
        missing = view.task.image_count - len(view.images)
        at_once = self.engines.lanes[self.engines.first(view.task.model).name]
        return Outlook(waiting, seconds * (missing + pictures / at_once))

    def _most_pictures(self, request: ImageRequest) -> int:
        """Say how many pictures a task may have: of a group, as many as its engine may choose."""
        if request.max_images is None:
            return request.image_count
        chooses = self.engines.first(request.model.id).description.chooses_count
        return request.max_images if chooses else request.image_count

    def _price(self, request: ImageRequest) -> int:
        """Say what one picture costs, in micro-credits."""
        return to_micros(self.settings.price_of(request.model.id))

    def _task(
        self, request: ImageRequest, inputs: tuple[Input, ...], asked: Asked, drill: str | None
    ) -> Task:
        # To the millisecond, as it is shown: what a list says of a task also finds it.
        now = round(time.time(), 3)
        model = request.model.id
        return Task(
            id=str(uuid.uuid4()),
            application_id=asked.caller.application_id,
            credential_id=asked.caller.credential_id,
            user_id=asked.caller.user_id,
            trace_id=asked.trace_id,
            state=State.QUEUED,
            attempt=0,
            owner=self.owner,
            model=model,
            body=_body(asked.body, request),
            inputs=inputs,
            size=sized(request, [one.size for one in inputs if not one.is_mask]),
            image_count=self._most_pictures(request),
            seed=_seed(request),
            price=self._price(request),
            drill=drill,
            progress=0.0,
            note=None,
            error=None,
            created_at=now,
            deadline_at=now + self.settings.task_timeout,
            started_at=None,
            finished_at=None,
        )


def _body(body: Mapping[str, Any], request: ImageRequest) -> dict[str, Any]:
    """Give what is stored of a body: a picture inside it is kept elsewhere, by its content."""
    kept = known_fields(body)
    if request.images:
        kept["image"] = [entry if is_remote(entry) else INLINE for entry in request.images]
    if request.mask is not None:
        kept["mask"] = request.mask if is_remote(request.mask) else INLINE
    return kept


def _known(tx: Connection, asked: Asked) -> Task | None:
    """Find the task that the request's idempotency key stands for."""
    if asked.idempotency_key is None:
        return None
    fingerprint = idempotency.fingerprint(asked.body)
    application_id = asked.caller.application_id
    known = idempotency.find(tx, application_id, asked.idempotency_key, fingerprint)
    return None if known is None else store.get(tx, known)


def _record(
    tx: Connection,
    task: Task,
    asked: Asked,
    fingerprint: str,
    max_unfinished: int,
    billing: frozenset[str] | None,
) -> Task | Attempt | None:
    """Record a new task; or give the one that the request's idempotency key stands for.

    With `billing`, the models that may cost somebody something, a runner is free for it: its first
    attempt begins with it, and is what is given back.
    """
    key = asked.idempotency_key
    if key is not None:
        known = idempotency.find(tx, task.application_id, key, fingerprint)
        if known is not None:
            return store.get(tx, known)
    unfinished = store.count_unfinished(tx, task.application_id)
    if unfinished >= max_unfinished:
        raise TooManyRequests(
            f"{unfinished} tasks of this application are unfinished; at most "
            f"{max_unfinished} may be. Wait until some have ended.",
            retry_after=5,
        )
    attempt = None
    if billing is None:
        store.create(tx, task)
    else:
        attempt = store.create_begun(tx, task, billing)
    if key is not None:
        idempotency.keep(tx, task.application_id, key, fingerprint, task.id)
    if task.request.callback_url is not None:
        deliveries.plan(
            tx,
            task_id=task.id,
            application_id=task.application_id,
            owner=task.owner,
            url=task.request.callback_url,
            base_url=asked.base_url,
            withheld=drills.withheld(task.drill),
        )
    return attempt


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
