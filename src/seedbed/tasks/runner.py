"""The runner: one attempt at a task, from its row to its pictures and back to its row.

begin -> an engine draws, or the next one where it is unavailable -> each picture is recorded
(`tasks.recorder`) -> end.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from seedbed.contract.errors import ApiError, BadRequest, Forbidden, NotFound, NotImplementedYet
from seedbed.contract.request import asks_of_engine
from seedbed.engines.engine import (
    EncodedImage,
    EngineContext,
    EngineError,
    EngineEvent,
    Failure,
    Job,
    Parts,
    Preview,
    Progress,
    Summary,
    Unavailable,
)
from seedbed.engines.registry import Engines, Seat
from seedbed.storage.blobs import BlobNotFound, BlobStore
from seedbed.storage.database import Database
from seedbed.tasks import drills, store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.pace import Pace
from seedbed.tasks.recorder import INTERNAL, Recorder
from seedbed.tasks.states import State
from seedbed.tasks.store import LostAttempt
from seedbed.tasks.task import Attempt, Input, Task, TaskError
from seedbed.workers import WorkerTimeout

log = structlog.get_logger()

OVERDUE = TaskError("timeout", "The task was not finished before its deadline.")
INPUT_GONE = "An input picture is not kept any more."
CALLERS_FAULT = (BadRequest.code, Forbidden.code, NotFound.code, NotImplementedYet.code)
"""Errors that tell nothing of an engine's health: another request would do better."""
PROGRESS_SECONDS = 0.25
"""The least time between two reports of progress: each is a commit."""
BUSY_SECONDS = 60.0
"""How long a task waits in all for engines that are merely busy, when no other takes it."""


class _NoneThere(Unavailable):
    """An engine's circuit is open: it is known to be down, and rests."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(
            f"The engine {seat.name} of this model is not available at the moment.",
            retry_after=seat.health.rest,
        )


def _can_wait(attempt: Attempt) -> bool:
    """Tell whether nobody holds a line open until this task ends."""
    request = attempt.task.request
    return request.asynchronous or request.callback_url is not None


@dataclass(slots=True)
class _Drawn:
    """What one attempt has got from its engines so far."""

    missing: set[int] = field(default_factory=set)
    began: bool = False
    """Whether something came that another engine must not make again."""
    own_failures: int = 0
    """Pictures that failed, and not for a fault of the request."""
    ended: State | None = None
    """How its last picture has ended the task, where it has."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs attempts with the resources of one process."""

    database: Database
    engines: Engines
    blobs: BlobStore
    recorder: Recorder
    announcer: Announcer
    pace: Pace
    owner: str

    async def run(self, task_id: str, begun: Attempt | None = None) -> None:
        """Run the next attempt at a queued task to its end, or one that has `begun` already.

        Never raises for what an engine does; raises when the end could not be recorded.
        """
        attempt = begun or await self.database.write(
            store.begin, task_id, self.owner, self.engines.billing
        )
        if attempt is None:
            return
        with structlog.contextvars.bound_contextvars(
            task_id=task_id, trace_id=attempt.task.trace_id, attempt=attempt.number
        ):
            drawn = _Drawn()
            try:
                error = await self._attempt(attempt, drawn)
                # What the rows say decides, in one transaction: a write that a deadline has
                # interrupted here may still have been committed.
                state = drawn.ended or await self.database.write(store.end, attempt, error)
                log.info("task ended", state=str(state), error=error.code if error else None)
            except LostAttempt:
                log.info("attempt lost")
            finally:
                self.announcer.announce_end(task_id)
                self.recorder.previews.forget(task_id)

    async def _attempt(self, attempt: Attempt, drawn: _Drawn) -> TaskError | None:
        """Draw what is missing; return what cut the attempt short, if anything did."""
        limit = asyncio.timeout(max(0, attempt.task.deadline_at - time.time()))
        try:
            async with limit:
                await self._draw(attempt, drawn)
        except LostAttempt:
            raise
        except EngineError as error:
            return TaskError(error.code, error.message, error.fault)
        except ApiError as error:
            return TaskError(error.code, error.message)
        except asyncio.CancelledError:
            # An engine may let a cancellation within itself escape. That is its failure; it
            # must not end the runner as a cancellation of the runner does.
            if _being_cancelled():
                raise
            log.exception("engine cancelled itself")
            return INTERNAL
        except Exception as error:
            if limit.expired() or isinstance(error, WorkerTimeout):
                return OVERDUE
            log.exception("attempt failed")
            return INTERNAL
        return None

    async def _draw(self, attempt: Attempt, drawn: _Drawn) -> None:
        """Have the model's engines try in their order, until one is there."""
        if len(attempt.done) == attempt.task.image_count:
            return
        inputs = await self._inputs(attempt)
        give_up = time.monotonic() + BUSY_SECONDS
        while True:
            refused = await self._tried(attempt, inputs, drawn)
            if refused is None:
                return
            wait = refused.retry_after
            if wait is None or time.monotonic() + wait > give_up:
                raise refused
            if isinstance(refused, _NoneThere) and not _can_wait(attempt):
                raise refused
            # Nothing was begun and nobody billed, so a task may wait as a caller would.
            await asyncio.sleep(wait)

    async def _tried(
        self, attempt: Attempt, inputs: Sequence[tuple[Input, EncodedImage]], drawn: _Drawn
    ) -> Unavailable | None:
        """Try each engine that can do it once; tell why none took it, or None when one did."""
        refused: list[Unavailable] = []
        for seat in self._able(attempt.task):
            async with seat.turns:
                if not seat.health.admits():
                    refused.append(_NoneThere(seat))
                    continue
                try:
                    await self._draw_with(attempt, seat, inputs, drawn)
                except Unavailable as error:
                    log.warning("engine unavailable", engine=seat.name, reason=error.message)
                    refused.append(error)
                else:
                    return None
        if not refused:
            return Unavailable("No engine for this model does what was asked.")
        return min(refused, key=lambda error: error.retry_after or math.inf)

    def _able(self, task: Task) -> Sequence[Seat]:
        """Give the engines that may draw a task, in their order.

        A stand-in that leaves out what was asked for would deliver, and charge, what was not; and
        what one engine may have begun before a restart, and repeats by its key, is no other's.
        """
        needed = asks_of_engine(task.request)
        seats = self.engines.serving(task.model)
        begun = [s for s in seats if s.description.sticky and s.name == task.engine]
        return begun or [s for s in seats if needed <= s.description.features]

    async def _draw_with(
        self,
        attempt: Attempt,
        seat: Seat,
        inputs: Sequence[tuple[Input, EncodedImage]],
        drawn: _Drawn,
    ) -> None:
        """Draw with one engine and note how it fared; `Unavailable` only if it began nothing."""
        began, health = time.monotonic(), seat.health
        try:
            job = await self._job(attempt, seat, inputs)
            drawn.missing = set(job.indexes)
            await self._follow(attempt, seat, job, drawn)
        except Unavailable as error:
            if error.retry_after is not None:
                health.busy()
            else:
                health.failed(error.message)
            if drawn.began:
                raise EngineError(error.message, error.code, error.fault) from error
            raise
        except drills.Drilled:
            health.given_up()
            raise
        except EngineError as error:
            if error.code in CALLERS_FAULT:
                health.succeeded(time.monotonic() - began)
            else:
                health.failed(error.message)
            raise
        except (LostAttempt, asyncio.CancelledError):
            health.given_up()
            raise
        except Exception as error:
            health.failed(type(error).__name__)
            raise
        if drawn.own_failures == len(job.indexes):
            health.failed("every picture of a job failed")
        else:
            health.succeeded(time.monotonic() - began)

    async def _follow(self, attempt: Attempt, seat: Seat, job: Job, drawn: _Drawn) -> None:
        """Take in what an engine yields, event by event."""
        progress_after, began = 0.0, time.monotonic()
        events_of_job = drills.apply(
            attempt.task.drill, seat.engine.draw(job, EngineContext()), job
        )
        async with _closing(events_of_job) as events:
            async for event in events:
                if isinstance(event, Progress):
                    if time.monotonic() >= progress_after:
                        await self.recorder.progress(attempt, event)
                        progress_after = time.monotonic() + PROGRESS_SECONDS
                elif isinstance(event, Preview):
                    await self.recorder.preview(attempt, event, job)
                elif isinstance(event, Summary):
                    count, tools = event.image_count, event.tool_usage
                    await self.database.write(store.summarize, attempt, count, tools)
                elif isinstance(event, Parts):
                    drawn.began = True
                    await self.recorder.parts(attempt, seat.description, event, job)
                    drawn.missing.clear()
                elif event.index in drawn.missing:
                    drawn.began = True
                    drawn.missing.remove(event.index)
                    if isinstance(event, Failure) and event.code not in CALLERS_FAULT:
                        drawn.own_failures += 1
                    drawn.ended = await self.recorder.picture(
                        attempt,
                        seat.description,
                        event,
                        job,
                        is_last=not drawn.missing and not _has_a_summary(attempt, seat),
                    )
                    self.pace.made_one(time.monotonic() - began)
                    began = time.monotonic()
                    if drawn.ended is not None:
                        return
                else:
                    log.warning("engine drew what was not asked for", image_index=event.index)

    async def _job(
        self, attempt: Attempt, seat: Seat, inputs: Sequence[tuple[Input, EncodedImage]]
    ) -> Job:
        """Say what an engine is to draw; who cannot count for itself draws what the prompt says."""
        task = attempt.task
        if seat.description.sticky and task.engine != seat.name:
            await self.database.write(store.set_engine, attempt, seat.name)
        count = task.image_count
        own = task.request.image_count
        if count > own and not seat.description.chooses_count:
            count = own
            await self.database.write(store.summarize, attempt, count)
        return _job(attempt, count, inputs)

    async def _inputs(self, attempt: Attempt) -> Sequence[tuple[Input, EncodedImage]]:
        """Read the input pictures, which were kept when the task was submitted."""
        try:
            return [
                (one, EncodedImage((await self.blobs.get(one.blob_key)).data, one.media_type))
                for one in attempt.task.inputs
            ]
        except BlobNotFound as error:
            raise EngineError(INPUT_GONE, "not_found") from error


def _has_a_summary(attempt: Attempt, seat: Seat) -> bool:
    """Tell whether an engine may say more of a task when all of its pictures are there."""
    request = attempt.task.request
    is_open = request.max_images is not None or bool(request.tools)
    return is_open and seat.description.chooses_count


def _job(attempt: Attempt, image_count: int, inputs: Sequence[tuple[Input, EncodedImage]]) -> Job:
    task, request = attempt.task, attempt.task.request
    layers = request.model.layer_decomposition
    return Job(
        task_id=task.id,
        model=task.model,
        prompt=drills.without(request.prompt) if task.drill else request.prompt,
        width=task.size.width,
        height=task.size.height,
        seed=task.seed,
        indexes=tuple(i for i in range(image_count) if i not in attempt.done),
        image_count=image_count,
        is_group=request.max_images is not None,
        guidance_scale=request.guidance_scale,
        images=tuple(image for one, image in inputs if not one.is_mask),
        background=request.background,
        layer_decomposition=request.layer_decomposition,
        max_layers=layers.max_layers if layers else 0,
        optimize_prompt=request.optimize_prompt_mode,
        mask=next((image for one, image in inputs if one.is_mask), None),
        previews=request.previews,
        output_format=request.output_format,
        watermark=request.watermark,
        asked=task.body,
    )


@asynccontextmanager
async def _closing(events: AsyncIterator[EngineEvent]) -> AsyncIterator[AsyncIterator[EngineEvent]]:
    """Let an engine clean up now, whatever ended the loop over its events."""
    try:
        yield events
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
