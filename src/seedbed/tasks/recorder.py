"""The recorder: what an engine yields on its way to a file, a blob and a row.

finish -> store -> record and charge. The last picture that a task lacked ends it, in the very
transaction that records it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from seedbed.contract.sizes import Size
from seedbed.engines.engine import (
    EncodedImage,
    EncodedLayers,
    EngineDescription,
    EngineError,
    Failure,
    Job,
    Parts,
    Picture,
    Preview,
    Progress,
)
from seedbed.imaging.finish import (
    FinishedImage,
    FinishedLayer,
    FinishSpec,
    UnreadableImage,
    finish,
    finish_layers,
    kept,
)
from seedbed.storage.blobs import BlobStore
from seedbed.storage.database import Database
from seedbed.tasks import store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.previews import Previews
from seedbed.tasks.states import State
from seedbed.tasks.task import Attempt, Image, LayerPlace, TaskError
from seedbed.workers import WorkerCrashed, WorkerPool, WorkerTimeout

log = structlog.get_logger()

CRASHED = TaskError("api_error", "The process that drew this picture ended unexpectedly.")
INTERNAL = TaskError("api_error", "Internal server error.")
UNREADABLE = "The engine's picture cannot be read"
PREVIEW_EDGE = 512
"""The longer edge of a preview, in pixels, at most."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Brings pictures, layers, progress and previews of an attempt to where others see them."""

    database: Database
    pool: WorkerPool
    blobs: BlobStore
    announcer: Announcer
    previews: Previews
    watermark_text: str

    async def progress(self, attempt: Attempt, progress: Progress) -> None:
        """Record how far an attempt is."""
        fraction = min(1.0, max(0.0, float(progress.fraction)))  # NaN becomes 0
        await self.database.write(store.set_progress, attempt, fraction)
        self.announcer.announce(attempt.task.id)

    async def preview(self, attempt: Attempt, preview: Preview, job: Job) -> None:
        """Show what a picture looks like so far; one that cannot be shown is none."""
        share = min(1.0, PREVIEW_EDGE / max(job.width, job.height))
        spec = FinishSpec(
            width=max(1, round(job.width * share)),
            height=max(1, round(job.height * share)),
            output_format="jpeg",
            watermark=False,
            digital_source_type="trainedAlgorithmicMedia",
            software="Seedbed",
        )
        try:
            shown = await self.pool.run(finish, preview.pixels, spec, timeout=_left(attempt))
        except Exception:
            log.exception("preview failed", image_index=preview.index)
            return
        size = Size(shown.width, shown.height)
        self.previews.add(attempt.task.id, preview.index, shown.data, size)
        self.announcer.announce(attempt.task.id)

    async def picture(
        self,
        attempt: Attempt,
        by: EngineDescription,
        event: Picture | Failure,
        job: Job,
        *,
        is_last: bool,
    ) -> State | None:
        """Finish, store and record a picture; give how the task has ended with the last one."""
        if isinstance(event, Failure):
            error = TaskError(event.code, event.message, event.fault)
            image, note = Image(event.index, error=error), None
        else:
            image, note = await self._image(attempt, by, event, job), event.note
        if is_last:
            return await self.database.write(store.add_last_image, attempt, image, note, by.name)
        await self.database.write(store.add_image, attempt, image, note, by.name)
        self.announcer.announce(attempt.task.id)
        return None

    async def parts(self, attempt: Attempt, by: EngineDescription, parts: Parts, job: Job) -> None:
        """Finish, store and record a decomposition: all of it, or an error and nothing."""
        note = None
        if isinstance(parts.content, EncodedLayers):
            finished = _kept_layers(parts.content)
        else:
            spec = self._spec(attempt, by)
            finished, note = await self.pool.run(
                finish_layers, parts.content, spec, job.images, timeout=_left(attempt)
            )
        layers = [
            await self._layer(part, z_index)
            for z_index, part in enumerate(finished[: job.max_layers + 1])
        ]
        await self.database.write(store.add_layers, attempt, layers, note, by.name)
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

    async def _image(
        self, attempt: Attempt, by: EngineDescription, picture: Picture, job: Job
    ) -> Image:
        """Finish and store a picture; one that cannot be is a failed picture, no failed task."""
        index = picture.index
        try:
            spec = self._spec(attempt, by)
            finished = await finish_picture(self.pool, picture, spec, job, _left(attempt))
            key = await self.blobs.put(finished.data, finished.media_type)
        except WorkerTimeout:
            raise
        except EngineError as error:  # raised by a drawing, in its worker
            return Image(index, error=TaskError(error.code, error.message, error.fault))
        except UnreadableImage as error:
            log.warning("picture unreadable", image_index=index, reason=str(error))
            return Image(index, error=TaskError("api_error", f"{UNREADABLE}: {error}."))
        except WorkerCrashed:
            log.exception("worker crashed", image_index=index)
            return Image(index, error=CRASHED)
        except Exception:
            log.exception("picture failed", image_index=index)
            return Image(index, error=INTERNAL)
        size = Size(finished.width, finished.height)
        return Image(index, key, finished.media_type, size, prompt=picture.prompt)

    def _spec(self, attempt: Attempt, by: EngineDescription) -> FinishSpec:
        task = attempt.task
        created = datetime.fromtimestamp(task.created_at, UTC)
        return FinishSpec(
            width=task.size.width,
            height=task.size.height,
            output_format=task.request.output_format,
            watermark=task.request.watermark,
            watermark_text=self.watermark_text,
            digital_source_type=by.digital_source_type,
            software=f"Seedbed {by.name}",
            credit=by.credit,
            created_at=created.isoformat(timespec="seconds"),
        )


async def finish_picture(
    pool: WorkerPool, picture: Picture, spec: FinishSpec, job: Job, timeout: float
) -> FinishedImage:
    """Make a file of an engine's picture, or take the file that it is; `timeout` in seconds.

    Raises `UnreadableImage`, whatever a drawing raises, and what `WorkerPool.run` does.
    """
    content = picture.content
    if picture.is_finished and isinstance(content, EncodedImage) and job.mask is None:
        with suppress(UnreadableImage):
            return kept(content)
        # Somebody may have been billed for it: decoded, it may still show enough.
    needed = job.images if callable(content) or job.mask is not None else ()
    return await pool.run(finish, content, spec, needed, job.mask, timeout=timeout)


def _kept_layers(parts: EncodedLayers) -> tuple[FinishedLayer, ...]:
    try:
        layers = (FinishedLayer(kept(one.image), one) for one in parts.layers)
        return (FinishedLayer(kept(parts.base), None), *layers)
    except UnreadableImage as error:
        raise EngineError(f"{UNREADABLE}: {error}.") from error


def _left(attempt: Attempt) -> float:
    """Seconds that are left of a task's time; at least a moment, so that the limit is felt."""
    return max(0.001, attempt.task.deadline_at - time.time())
