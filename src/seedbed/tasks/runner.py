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
    EncodedImage,
    Engine,
    EngineContext,
    EngineError,
    EngineEvent,
    Failure,
    Job,
    Parts,
    Picture,
    Progress,
)
from seedbed.engines.registry import Engines
from seedbed.imaging.finish import FinishedLayer, FinishSpec, finish, finish_layers
from seedbed.storage.blobs import BlobNotFound, BlobStore
from seedbed.storage.database import Database
from seedbed.tasks import drills, store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.pace import Pace
from seedbed.tasks.store import LostAttempt
from seedbed.tasks.task import Attempt, Image, LayerPlace, TaskError
from seedbed.workers import WorkerCrashed, WorkerPool, WorkerTimeout

log = structlog.get_logger()

OVERDUE = TaskError("timeout", "The task was not finished before its deadline.")
CRASHED = TaskError("api_error", "The process that drew this picture ended unexpectedly.")
INPUT_GONE = "An input picture is not kept any more."
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
        if len(attempt.done) == attempt.task.image_count:
            return
        job = _job(attempt, await self._inputs(attempt))
        engine = self.engines.serving(job.model)
        missing, progress_after, began = set(job.indexes), 0.0, time.monotonic()
        events_of_job = drills.apply(attempt.task.drill, engine.draw(job, EngineContext()), job)
        async with _closing(events_of_job) as events:
            async for event in events:
                if isinstance(event, Progress):
                    if time.monotonic() >= progress_after:
                        await self._progress(attempt, event)
                        progress_after = time.monotonic() + PROGRESS_SECONDS
                elif isinstance(event, Parts):
                    await self._record_parts(attempt, engine, event, job)
                    missing.clear()
                elif event.index in missing:
                    missing.remove(event.index)
                    await self._record(attempt, engine, event, job)
                    self.pace.made_one(time.monotonic() - began)
                    began = time.monotonic()
                else:
                    log.warning("engine drew what was not asked for", image_index=event.index)

    async def _progress(self, attempt: Attempt, progress: Progress) -> None:
        fraction = min(1.0, max(0.0, float(progress.fraction)))  # NaN becomes 0
        await self.database.write(store.set_progress, attempt, fraction)
        self.announcer.announce(attempt.task.id)

    async def _inputs(self, attempt: Attempt) -> tuple[EncodedImage, ...]:
        """Read the input pictures, which were kept when the task was submitted."""
        try:
            return tuple(
                [
                    EncodedImage((await self.blobs.get(one.blob_key)).data, one.media_type)
                    for one in attempt.task.inputs
                ]
            )
        except BlobNotFound as error:
            raise EngineError(INPUT_GONE, "not_found") from error

    async def _record_parts(self, attempt: Attempt, engine: Engine, parts: Parts, job: Job) -> None:
        """Finish, store and record a decomposition: all of it, or an error and nothing."""
        finished, note = await self.pool.run(
            finish_layers,
            parts.content,
            self._spec(attempt, engine),
            job.images,
            timeout=_left(attempt),
        )
        layers = [
            await self._layer(part, z_index)
            for z_index, part in enumerate(finished[: job.max_layers + 1])
        ]
        await self.database.write(store.add_layers, attempt, layers, note)
        self.announcer.announce(attempt.task.id)

    async def _layer(self, part: FinishedLayer, z_index: int) -> Image:
        image, layer = part.image, part.layer
        key = await self.blobs.put(image.data, image.media_type)
        place = (
            LayerPlace(z_index)
            if layer is None
            else LayerPlace(z_index, layer.name, layer.description, layer.box)
        )
        size = Size(image.width, image.height)
        return Image(z_index, key, image.media_type, size, layer=place)

    async def _record(
        self, attempt: Attempt, engine: Engine, event: Picture | Failure, job: Job
    ) -> None:
        if isinstance(event, Failure):
            image, note = Image(event.index, error=TaskError(event.code, event.message)), None
        else:
            image, note = await self._image(attempt, engine, event, job), event.note
        await self.database.write(store.add_image, attempt, image, note)
        self.announcer.announce(attempt.task.id)

    async def _image(self, attempt: Attempt, engine: Engine, picture: Picture, job: Job) -> Image:
        """Finish and store a picture; one that cannot be is a failed picture, no failed task."""
        try:
            return await self._finished(attempt, engine, picture, job)
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

    async def _finished(
        self, attempt: Attempt, engine: Engine, picture: Picture, job: Job
    ) -> Image:
        finished = await self.pool.run(
            finish,
            picture.content,
            self._spec(attempt, engine),
            job.images if callable(picture.content) else (),
            timeout=_left(attempt),
        )
        key = await self.blobs.put(finished.data, finished.media_type)
        size = Size(finished.width, finished.height)
        return Image(picture.index, key, finished.media_type, size, prompt=picture.prompt)

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


def _left(attempt: Attempt) -> float:
    """Seconds that are left of a task's time; at least a moment, so that the limit is felt."""
    return max(0.001, attempt.task.deadline_at - time.time())


def _job(attempt: Attempt, images: tuple[EncodedImage, ...]) -> Job:
    task, request = attempt.task, attempt.task.request
    layers = request.model.layer_decomposition
    return Job(
        task_id=task.id,
        model=task.model,
        prompt=drills.without(request.prompt) if task.drill else request.prompt,
        width=task.size.width,
        height=task.size.height,
        seed=task.seed,
        indexes=tuple(i for i in range(task.image_count) if i not in attempt.done),
        image_count=task.image_count,
        guidance_scale=request.guidance_scale,
        images=images,
        background=request.background,
        layer_decomposition=request.layer_decomposition,
        max_layers=layers.max_layers if layers else 0,
        optimize_prompt=request.optimize_prompt_mode,
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
