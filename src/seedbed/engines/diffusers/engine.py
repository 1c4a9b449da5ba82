"""The diffusers engine: jobs become wishes for single pictures, and news of them events.

A picture's seed is the job's and its index in the task, so that it is the same whatever is drawn
beside it, and whichever pictures of the task are still missing.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from PIL import Image

from seedbed.engines.diffusers import hub
from seedbed.engines.diffusers.families import Brief, Family, Shape
from seedbed.engines.diffusers.hub import NotHere
from seedbed.engines.diffusers.loading import Model, library, load
from seedbed.engines.diffusers.options import Options, read
from seedbed.engines.diffusers.pictures import covering, decoded
from seedbed.engines.diffusers.profiles import PROFILES, Profile, unnamed
from seedbed.engines.diffusers.sizes import Range, best_size
from seedbed.engines.diffusers.worker import Drawn, Glimpse, Lost, News, Wish, Worker
from seedbed.engines.engine import (
    Engine,
    EngineContext,
    EngineDescription,
    EngineError,
    EngineEvent,
    Failure,
    Job,
    Picture,
    Preview,
    Progress,
    Unavailable,
)

log = structlog.get_logger()

DECODING = 0.05
"""The share of a picture's work that comes after its last step."""
MOST_SEED = 2**63


class DiffusersEngine:
    """Draws with one open-weight model."""

    def __init__(self, options: Options, profile: Profile) -> None:
        self._options, self._profile = options, profile
        self._worker = Worker(self._load, options.batch, options.retry_seconds)
        self._native = _range(profile, options)
        self.description = EngineDescription(
            name="diffusers",
            summary=f"{profile.name} on this machine. {profile.summary}",
            features=frozenset({"image"} if profile.takes_pictures else ()),
            # One batch is drawn while the next one gathers.
            concurrency=2 * options.batch,
        )

    async def warm(self) -> None:
        """Load the model; raise `Unavailable` with the reason where that cannot be done."""
        await self._model()

    async def close(self) -> None:
        """End the thread and free the model."""
        await asyncio.to_thread(self._worker.close)

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        """Draw each picture of the job, with whatever else of its shape is waiting.

        Raises `Unavailable` while the model cannot be loaded, and `EngineError` for a job that
        the model cannot do. When the iterator is closed, the work stops after its next step.
        """
        _check(job, self._profile)
        await self._model()
        inbox = _Inbox(asyncio.get_running_loop())
        wishes = await asyncio.to_thread(self._wishes, job, inbox)
        yield Progress(0.0, "waiting")
        self._worker.submit(list(wishes.values()))
        far = dict.fromkeys(wishes, 0.0)
        missing = set(wishes)
        try:
            while missing:
                index, news = await inbox.get()
                event = _event(index, news, far)
                if isinstance(event, Picture | Failure):
                    missing.discard(index)
                yield event
        finally:
            for wish in wishes.values():
                wish.is_cancelled = True

    async def _model(self) -> Model:
        """Wait until the model is loaded; raise `Unavailable` where that has failed."""
        # Shielded: whoever stops waiting must not stop the loading for everybody else.
        try:
            return await asyncio.shield(asyncio.wrap_future(self._worker.ready()))
        except Unavailable as error:
            raise Unavailable(error.message) from None  # one each: it would gather tracebacks

    def _load(self) -> Model:
        options, profile = self._options, self._profile
        library()
        try:
            folder = hub.locate(options.source, options.revision, options.cache_dir)
            named = hub.index_of(folder).get("_class_name")
        except NotHere as error:
            log.warning("model not found", reason=str(error))
            raise Unavailable(_missing(options, profile)) from error
        if named != profile.pipeline:
            raise Unavailable(
                f"the model is a {named}, where profile {profile.name} is a {profile.pipeline}"
            )
        return load(folder, profile.family, options, options.variant or profile.variant)

    def _wishes(self, job: Job, inbox: _Inbox) -> dict[int, Wish]:
        """Make one wish of each picture; decodes the input pictures."""
        profile, options, family = self._profile, self._options, self._profile.family
        width, height = best_size(self._native, job.width, job.height)
        pictures = tuple(
            _fitted(decoded(image), family, self._native, (width, height)) for image in job.images
        )
        redraws = bool(pictures) and not family.references
        strength = (options.strength or profile.strength) if redraws else None
        steps = _steps(options.steps or profile.steps, strength)
        shape = Shape(
            width=width,
            height=height,
            steps=steps,
            guidance=_guidance(job, profile, options),
            strength=strength,
            references=tuple(picture.size for picture in pictures),
            owner=job.task_id if pictures and family.shares_references else None,
        )
        return {
            index: Wish(
                brief=Brief(job.prompt, (job.seed + index) % MOST_SEED, pictures),
                shape=shape,
                tell=inbox.teller(index),
                previews=job.previews,
            )
            for index in job.indexes
        }


@dataclass(slots=True)
class _Inbox:
    """News of a job's pictures, brought from the worker's thread to the job's loop."""

    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[tuple[int, News]] = field(default_factory=asyncio.Queue)

    def teller(self, index: int) -> Any:
        """Give what tells news of one picture, from any thread."""

        def tell(news: News) -> None:
            with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
                self.loop.call_soon_threadsafe(self.queue.put_nowait, (index, news))

        return tell

    async def get(self) -> tuple[int, News]:
        """Wait for the next news."""
        return await self.queue.get()


def _event(index: int, news: News, far: dict[int, float]) -> EngineEvent:
    """Turn news of a picture into an event of its job; `far` is how far each picture is."""
    if isinstance(news, Drawn):
        far[index] = 1.0
        return Picture(index, news.pixels)
    if isinstance(news, Lost):
        far[index] = 1.0
        return Failure(index, news.code, news.message)
    if isinstance(news, Glimpse):
        return Preview(index, news.pixels)
    far[index] = news.fraction * (1 - DECODING)
    return Progress(sum(far.values()) / len(far), f"step {news.done} of {news.of}")


def _missing(options: Options, profile: Profile) -> str:
    """Say that a model is not here, and for one of the hub, how it comes here."""
    text = f"model {profile.name} is not on this machine"
    if hub.is_path(options.source):
        return text
    return f"{text}; `seedbed models pull {options.model or profile.name}` fetches it"


def _check(job: Job, profile: Profile) -> None:
    """Raise `EngineError` for what the model cannot do, with what it can."""
    if job.layer_decomposition:
        raise EngineError(f"{profile.name} takes no pictures apart", "api_not_implemented")
    most, count = profile.references or 1, len(job.images)
    if count and not profile.takes_pictures:
        raise EngineError(
            f"{profile.name} draws from words alone; leave `image` out", "bad_request"
        )
    if count > most:
        raise EngineError(
            f"{profile.name} takes at most {most} input picture{'s' * (most > 1)}, not {count}",
            "bad_request",
        )
    if profile.family.needs_picture and not count:
        raise EngineError(f"{profile.name} edits pictures; give one in `image`", "bad_request")


def _fitted(
    picture: Image.Image, family: Family, native: Range, drawn: tuple[int, int]
) -> Image.Image:
    """Bring an input picture to the size drawn, or a reference to the size it is looked at."""
    if not family.references:
        return covering(picture, *drawn)
    seen = Range(native.pixels, 1, native.pixels, native.multiple)
    return covering(picture, *best_size(seen, picture.width, picture.height, family.max_ratio))


def _steps(usual: int, strength: float | None) -> int:
    """Give so many steps that a picture which is drawn anew in part is really started from.

    Of n steps it is given n x strength, and none of it is left where that leaves out less than one.
    """
    if strength is None or strength == 1:
        return usual
    return max(usual, math.ceil(1 / strength), math.ceil(1 / (1 - strength)))


def _guidance(job: Job, profile: Profile, options: Options) -> float:
    usual = profile.guidance if options.guidance is None else options.guidance
    asked = job.guidance_scale if profile.heeds_guidance else None
    return float(usual if asked is None else asked)


def _range(profile: Profile, options: Options) -> Range:
    multiple = profile.family.multiple
    if options.pixels is not None:
        return Range(options.pixels, options.pixels, options.pixels, multiple)
    return Range(profile.pixels, profile.min_pixels, profile.max_pixels, multiple)


def _profile(options: Options) -> Profile:
    if options.profile is not None:
        return PROFILES[options.profile]
    by_hub = next((one for one in PROFILES.values() if one.hub == options.model), None)
    if by_hub is not None:
        return by_hub
    try:
        folder = hub.locate(str(options.model), options.revision, options.cache_dir)
        index = hub.index_of(folder)
    except (NotHere, ModuleNotFoundError) as error:
        raise ValueError(f"diffusers: {error}") from error
    return unnamed(str(options.model), index, hub.native_pixels(folder))


def create(settings: Mapping[str, Any]) -> Engine:
    """Create the engine; raise ValueError where its options are wrong, with what is allowed."""
    options = read(settings)
    return DiffusersEngine(options, _profile(options))
