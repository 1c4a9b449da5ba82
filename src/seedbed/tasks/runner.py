"""The runner: one attempt at a task, from its row to its pictures and back to its row.

begin -> the engine draws -> each picture is finished, stored, recorded and charged -> end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from seedbed.contract.errors import ApiError
from seedbed.contract.sizes import Size
from seedbed.engines.engine import (
    Engine,
    EngineContext,
    EngineError,
    EngineEvent,
    Failure,
    Job,
    Picture,
    Progress,
)
from seedbed.engines.registry import Engines
from seedbed.imaging.finish import FinishSpec, finish
from seedbed.storage.blobs import BlobStore
from seedbed.storage.database import Database
from seedbed.tasks import drills, store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.pace import Pace
from seedbed.tasks.store import LostAttempt
from seedbed.tasks.task import Attempt, Image, TaskError
from seedbed.workers import WorkerCrashed, WorkerPool, WorkerTimeout

log = structlog.get_logger()

OVERDUE = TaskError("timeout", "The task was not finished before its deadline.")
CRASHED = TaskError("api_error", "The process that drew this picture ended unexpectedly.")
INTERNAL = TaskError("api_error", "Internal server error.")
PROGRESS_SECONDS = 0.25
"""The least time between two reports of progress: each is a commit."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs attempts with the resources of one process."""

    database: Database
    engines: Engines
    pool: WorkerPool
    blobs: BlobStore
    announcer: Announcer
    pace: Pace
    owner: str
    watermark_text: str

    async def run(self, task_id: str) -> None:
        """Run the next attempt at a queued task to its end.

        Never raises for what an engine does; raises when the end could not be recorded.
        """
        attempt = await self.database.write(store.begin, task_id, self.owner)
        if attempt is None:
            return
        with structlog.contextvars.bound_contextvars(
            task_id=task_id, trace_id=attempt.task.trace_id, attempt=attempt.number
        ):
            try:
                error = await self._attempt(attempt)
                # What the rows say decides, in one transaction: a write that a deadline has
                # interrupted here may still have been committed.
                state = await self.database.write(store.end, attempt, error)
                log.info("task ended", state=str(state), error=error.code if error else None)
            except LostAttempt:
                log.info("attempt lost")
            finally:
                self.announcer.announce_end(task_id)

    async def _attempt(self, attempt: Attempt) -> TaskError | None:
        """Draw what is missing; return what cut the attempt short, if anything did."""
        limit = asyncio.timeout(max(0, attempt.task.deadline_at - time.time()))
        try:
            async with limit:
                await self._draw(attempt)
        except LostAttempt:
            raise
        except (EngineError, ApiError) as error:
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

    async def _draw(self, attempt: Attempt) -> None:
        job = _job(attempt)
        if not job.indexes:
            return
        engine = self.engines.serving(job.model)
        missing, progress_after, began = set(job.indexes), 0.0, time.monotonic()
        events_of_job = drills.apply(attempt.task.drill, engine.draw(job, EngineContext()), job)
        async with _closing(events_of_job) as events:
            async for event in events:
                if isinstance(event, Progress):
                    if time.monotonic() >= progress_after:
                        await self._progress(attempt, event)
                        progress_after = time.monotonic() + PROGRESS_SECONDS
                elif event.index in missing:
                    missing.remove(event.index)
                    await self._record(attempt, engine, event)
                    self.pace.made_one(time.monotonic() - began)
                    began = time.monotonic()
                else:
                    log.warning("engine drew what was not asked for", image_index=event.index)

    async def _progress(self, attempt: Attempt, progress: Progress) -> None:
        fraction = min(1.0, max(0.0, float(progress.fraction)))  # NaN becomes 0
        await self.database.write(store.set_progress, attempt, fraction)
        self.announcer.announce(attempt.task.id)

    async def _record(self, attempt: Attempt, engine: Engine, event: Picture | Failure) -> None:
        if isinstance(event, Failure):
            image, note = Image(event.index, error=TaskError(event.code, event.message)), None
        else:
            image, note = await self._image(attempt, engine, event), event.note
        await self.database.write(store.add_image, attempt, image, note)
        self.announcer.announce(attempt.task.id)

    async def _image(self, attempt: Attempt, engine: Engine, picture: Picture) -> Image:
        """Finish and store a picture; one that cannot be is a failed picture, no failed task."""
        try:
            return await self._finished(attempt, engine, picture)
        except WorkerTimeout:
            raise
        except EngineError as error:  # raised by a drawing, in its worker
            return Image(picture.index, error=TaskError(error.code, error.message))
        except WorkerCrashed:
            log.exception("worker crashed", image_index=picture.index)
            return Image(picture.index, error=CRASHED)
        except Exception:
            log.exception("picture failed", image_index=picture.index)
            return Image(picture.index, error=INTERNAL)

    async def _finished(self, attempt: Attempt, engine: Engine, picture: Picture) -> Image:
        finished = await self.pool.run(
            finish,
            picture.content,
            self._spec(attempt, engine),
            timeout=max(0.001, attempt.task.deadline_at - time.time()),
        )
        key = await self.blobs.put(finished.data, finished.media_type)
        size = Size(finished.width, finished.height)
        return Image(picture.index, key, finished.media_type, size)

    def _spec(self, attempt: Attempt, engine: Engine) -> FinishSpec:
        task, description = attempt.task, engine.description
        return FinishSpec(
            width=task.size.width,
            height=task.size.height,
            output_format=task.request.output_format,
            watermark=task.request.watermark,
            watermark_text=self.watermark_text,
            digital_source_type=description.digital_source_type,
            software=f"Seedbed {description.name}",
            credit=description.credit,
            created_at=datetime.fromtimestamp(task.created_at, UTC).isoformat(timespec="seconds"),
        )


def _job(attempt: Attempt) -> Job:
    task = attempt.task
    return Job(
        task_id=task.id,
        model=task.model,
        prompt=drills.without(task.request.prompt) if task.drill else task.request.prompt,
        width=task.size.width,
        height=task.size.height,
        seed=task.seed,
        indexes=tuple(i for i in range(task.image_count) if i not in attempt.done),
        image_count=task.image_count,
        guidance_scale=task.request.guidance_scale,
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
