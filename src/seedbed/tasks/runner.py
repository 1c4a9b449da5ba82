"""The runner: one attempt at a task, from its row to its pictures and back to its row.

begin -> the engine draws -> each picture is finished, stored, recorded and charged -> end.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from seedbed.contract.sizes import Size
from seedbed.engines.engine import (
    Engine,
    EngineContext,
    EngineError,
    Failure,
    Job,
    Picture,
    Progress,
)
from seedbed.engines.registry import Engines
from seedbed.imaging.finish import FinishSpec, finish
from seedbed.storage.blobs import BlobStore
from seedbed.storage.database import Database
from seedbed.tasks import store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.states import State
from seedbed.tasks.store import LostAttempt
from seedbed.tasks.task import Attempt, Image, TaskError, TaskView
from seedbed.workers import WorkerCrashed, WorkerPool, WorkerTimeout

log = structlog.get_logger()

OVERDUE = TaskError("timeout", "The task was not finished before its deadline.")
CRASHED = TaskError("api_error", "The process that drew this picture ended unexpectedly.")
INTERNAL = TaskError("api_error", "Internal server error.")


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs attempts with the resources of one process."""

    database: Database
    engines: Engines
    pool: WorkerPool
    blobs: BlobStore
    announcer: Announcer
    owner: str
    watermark_text: str

    async def run(self, task_id: str) -> None:
        """Run the next attempt at a queued task to its end; never raises for what a task does."""
        attempt = await self.database.write(store.begin, task_id, self.owner)
        if attempt is None:
            return
        with structlog.contextvars.bound_contextvars(
            task_id=task_id, trace_id=attempt.task.trace_id, attempt=attempt.number
        ):
            try:
                error = await self._draw(attempt)
                await self._end(attempt, error)
            except LostAttempt:
                log.info("attempt lost")
            finally:
                self.announcer.announce(task_id)

    async def _draw(self, attempt: Attempt) -> TaskError | None:
        """Draw what is missing; return what ended the job early, if anything did."""
        engine = self.engines.serving(attempt.task.model)
        try:
            async with asyncio.timeout(max(0, attempt.task.deadline_at - time.time())):
                async with aclosing(engine.draw(_job(attempt), EngineContext())) as events:
                    async for event in events:
                        await self._take(attempt, engine, event)
        except (TimeoutError, WorkerTimeout):
            return OVERDUE
        except EngineError as error:
            return TaskError(error.code, error.message)
        except LostAttempt:
            raise
        except Exception:
            log.exception("engine failed", engine=engine.description.name)
            return INTERNAL
        return None

    async def _take(
        self, attempt: Attempt, engine: Engine, event: Progress | Picture | Failure
    ) -> None:
        match event:
            case Progress(fraction=fraction):
                await self.database.write(store.set_progress, attempt, fraction)
            case Picture(note=note):
                image = await self._finish(attempt, engine, event)
                await self.database.write(store.add_image, attempt, image, note)
            case Failure(index=index, code=code, message=message):
                image = Image(index, error=TaskError(code, message))
                await self.database.write(store.add_image, attempt, image)
        self.announcer.announce(attempt.task.id)

    async def _finish(self, attempt: Attempt, engine: Engine, picture: Picture) -> Image:
        """Finish and store one picture; one whose worker died is a failed picture."""
        try:
            finished = await self.pool.run(
                finish,
                picture.content,
                self._spec(attempt, engine),
                timeout=max(0.001, attempt.task.deadline_at - time.time()),
            )
        except WorkerCrashed:
            log.exception("worker crashed", image_index=picture.index)
            return Image(picture.index, error=CRASHED)
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

    async def _end(self, attempt: Attempt, error: TaskError | None) -> None:
        state, error = _outcome(
            TaskView(attempt.task, await self.database.read(store.images_of, attempt.task.id)),
            error,
        )
        await self.database.write(store.finish, attempt, state, error)
        log.info("task ended", state=str(state), error=error.code if error else None)


def _job(attempt: Attempt) -> Job:
    task = attempt.task
    return Job(
        task_id=task.id,
        model=task.model,
        prompt=task.request.prompt,
        width=task.size.width,
        height=task.size.height,
        seed=task.seed,
        indexes=tuple(i for i in range(task.image_count) if i not in attempt.done),
        guidance_scale=task.request.guidance_scale,
    )


def _outcome(view: TaskView, error: TaskError | None) -> tuple[State, TaskError | None]:
    """A task with at least one picture succeeded, whatever became of the others."""
    if view.delivered:
        return State.SUCCEEDED, None
    failed = next((image.error for image in view.images if image.error), None)
    return State.FAILED, error or failed or TaskError("api_error", "The engine drew nothing.")
