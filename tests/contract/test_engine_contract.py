"""The contract suite itself: a sound engine passes it, and each wrong one is caught by its test."""

from __future__ import annotations

import asyncio
import itertools
import time
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from seedbed.engines.contract import EngineContract
from seedbed.engines.engine import (
    EncodedImage,
    EngineContext,
    EngineDescription,
    EngineError,
    EngineEvent,
    Failure,
    Job,
    Layer,
    Layers,
    Parts,
    Picture,
    Pixels,
    Preview,
    Progress,
    Summary,
    Unavailable,
)
from tests.engines import ENCODED, Halves

INK: list[int] = []
"""What only the process that has warmed an engine holds."""
CLOCK = itertools.count()


@dataclass(frozen=True)
class Wash:
    """A drawing of one colour, which the words, the seed and the photos decide."""

    job: Job
    number: int

    def __call__(self, *photos: Pixels) -> Pixels:
        shade = zlib.crc32(f"{self.job.prompt} {self.number}".encode())
        shade += sum(int(photo.mean()) for photo in photos)
        colour = [shade % 256, shade // 256 % 256, shade // 65536 % 256]
        if self.job.background == "transparent":
            colour.append(128)
        shape = (self.job.height, self.job.width, len(colour))
        return np.broadcast_to(np.array(colour, np.uint8), shape).copy()


class Sound:
    """An engine that does all that there is, as it should."""

    description = EngineDescription(
        "sound",
        "One colour.",
        features=frozenset(
            {
                "image",
                "background",
                "layer_decomposition",
                "mask",
                "optimize_prompt_options",
                "tools",
            }
        ),
        draws_in_workers=True,
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        if options.keys() - {"is_down"}:
            raise ValueError("sound takes the option is_down alone")
        self.is_down = options.get("is_down", False)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        if self.is_down:
            raise Unavailable("nobody answers")
        if "refuse" in job.prompt:
            raise EngineError("not this", "forbidden")
        yield Progress(0.1, "looking")
        if job.layer_decomposition:
            yield Parts(self.parts())
            return
        for index in job.indexes:
            await asyncio.sleep(0.005)
            for _ in range(job.previews):
                yield Preview(index, np.zeros((8, 8, 3), np.uint8))
            yield self.picture(job, index)
            yield Progress(1.0, "drawn")

    def picture(self, job: Job, index: int) -> Picture:
        prompt = f"nice {job.prompt}" if job.optimize_prompt else None
        return Picture(index, self.content(job, job.seed + index), prompt=prompt)

    def content(self, job: Job, number: int) -> Any:
        return Wash(job, number)

    def parts(self) -> Any:
        return Halves()


class TestSound(EngineContract):
    make = staticmethod(Sound)
    unavailable: ClassVar[Mapping[str, Any]] = {"is_down": True}
    refused = ({"prompt": "refuse this"},)


def described(**changes: Any) -> EngineDescription:
    return replace(Sound.description, **changes)


class Nameless(Sound):
    description = described(name="")


class Boastful(Sound):
    description = described(features=frozenset({"telepathy"}))


class Idle(Sound):
    description = described(concurrency=0)


class AnyOptions(Sound):
    def __init__(self, options: Mapping[str, Any]) -> None:
        self.is_down = False


class RudeAboutOptions(Sound):
    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__({"is_down": options["is_down"]} if options else {})


class ClosedOnce(Sound):
    closed = False

    async def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


class Silent(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        yield Progress(1.0, "done")


class Twice(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        for index in (*job.indexes, *job.indexes):
            yield self.picture(job, index)


class Unasked(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        for index in (*job.indexes, max(job.indexes) + 1):
            yield self.picture(job, index)


class All(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        for index in range(job.image_count):
            yield self.picture(job, index)


class Renumbered(Sound):
    """Numbers what is missing anew, so that a repeated attempt draws other pictures."""

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        for number, index in enumerate(job.indexes):
            yield Picture(index, Wash(job, number))


class FloatPixels(Sound):
    def content(self, job: Job, number: int) -> Any:
        return np.zeros((job.height, job.width, 3), np.float32)


class FlatPixels(Sound):
    def content(self, job: Job, number: int) -> Any:
        return np.zeros((job.height, job.width), np.uint8)


class Square(Sound):
    def content(self, job: Job, number: int) -> Any:
        return np.zeros((64, 64, 3), np.uint8)


class BrokenFile(Sound):
    def content(self, job: Job, number: int) -> Any:
        return EncodedImage(ENCODED[:20], "image/png")


class HeldTogether(Sound):
    """Its drawing cannot leave the process."""

    def content(self, job: Job, number: int) -> Any:
        def draw(*photos: Pixels) -> Pixels:
            return Wash(job, number)(*photos)

        return draw


class Undeclared(Sound):
    description = described(draws_in_workers=False)


@dataclass(frozen=True)
class Moody(Wash):
    def __call__(self, *photos: Pixels) -> Pixels:
        return Wash(self.job, next(CLOCK))()


class Fickle(Sound):
    def content(self, job: Job, number: int) -> Any:
        return Moody(job, number)


@dataclass(frozen=True)
class Inked(Wash):
    def __call__(self, *photos: Pixels) -> Pixels:
        return Wash(self.job, self.number + INK[0])()


class AtHome(Sound):
    """Draws only in the process that it was warmed in."""

    async def warm(self) -> None:
        INK.append(1)

    def content(self, job: Job, number: int) -> Any:
        return Inked(job, number)


class Forgetful(Sound):
    def content(self, job: Job, number: int) -> Any:
        return Wash(job, next(CLOCK))


class AlwaysTheSame(Sound):
    def content(self, job: Job, number: int) -> Any:
        return Wash(job, job.seed)


class Seedless(Sound):
    def content(self, job: Job, number: int) -> Any:
        return Wash(job, 1)


class Deaf(Sound):
    def content(self, job: Job, number: int) -> Any:
        return Wash(replace(job, prompt=""), number)


class Stepping(Sound):
    fractions: ClassVar[tuple[float, ...]] = ()

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        for fraction in self.fractions:
            yield Progress(fraction, "step")
        for index in job.indexes:
            yield self.picture(job, index)


class Backwards(Stepping):
    fractions = (0.5, 0.2)


class Percent(Stepping):
    fractions = (50.0,)


class NotANumber(Stepping):
    fractions = (float("nan"),)


class Abandoning(Sound):
    """Leaves its work to itself."""

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        self.work = asyncio.create_task(asyncio.sleep(30))
        yield Progress(0.1, "working")
        for index in job.indexes:
            yield self.picture(job, index)
        self.work.cancel()


class Stubborn(Sound):
    """Takes no notice of a cancellation."""

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        give_up = time.monotonic() + 4
        while job.image_count > 1 and time.monotonic() < give_up:
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue
        for index in job.indexes:
            yield self.picture(job, index)


class Scatterbrained(Sound):
    """Keeps the job in itself, where the next one takes its place."""

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        self.job = job
        await asyncio.sleep(0.01)
        for index in job.indexes:
            yield self.picture(self.job, index)


class NotClosable(Sound):
    def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        return Handed(iter([self.picture(job, index) for index in job.indexes]))


@dataclass
class Handed:
    events: Iterator[EngineEvent]

    def __aiter__(self) -> Handed:
        return self

    async def __anext__(self) -> EngineEvent:
        for event in self.events:
            return event
        raise StopAsyncIteration


class LateUnavailable(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        yield self.picture(job, job.indexes[0])
        raise Unavailable("gone")


class Down(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        raise EngineError("nobody answers")
        yield


class OwnCode(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        raise EngineError("not this", "E_NOT_THIS")
        yield


class Crashing(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        raise RuntimeError("not this")
        yield


class Willing(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        yield self.picture(job, 0)


class Uncounted(Sound):
    description = described(chooses_count=True)


class Miscounted(Uncounted):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        yield self.picture(job, 0)
        yield Summary(2)


class Afterthought(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        yield Summary(1)
        yield self.picture(job, 0)


class Blind(Sound):
    def content(self, job: Job, number: int) -> Any:
        return Wash(job, number)()


class Opaque(Sound):
    def content(self, job: Job, number: int) -> Any:
        return Wash(replace(job, background=None), number)


class Whole(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        for index in job.indexes:
            yield self.picture(job, index)


@dataclass(frozen=True)
class Misplaced:
    """Layers that lie where they do not say."""

    shift: int
    shade: int = 0
    box: tuple[int, int, int, int] = field(default=(0, 0, 40, 40))

    def __call__(self, *photos: Pixels) -> Layers:
        base = photos[0][..., :3]
        height, width = base.shape[:2]
        pixels = np.full((height, width, 4), self.shade, np.uint8)
        pixels[..., 3] = 255
        box = (self.shift, 0, width + self.shift, height)
        return Layers(base, (Layer(pixels, box, "all", "all of it"),))


class OutOfBounds(Sound):
    def parts(self) -> Any:
        return Misplaced(5)


class Overpainted(Sound):
    def parts(self) -> Any:
        return Misplaced(0)


class Untold(Sound):
    def picture(self, job: Job, index: int) -> Picture:
        return Picture(index, self.content(job, job.seed + index))


class Eager(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        for index in job.indexes:
            yield Preview(index, np.zeros((8, 8, 3), np.uint8))
            yield self.picture(job, index)


class Hasty(Sound):
    def picture(self, job: Job, index: int) -> Picture:
        return Picture(index, Wash(job, index), is_finished=True)


class Failing(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        for index in job.indexes:
            yield Failure(index, "api_error", "no ink left")


class Narrow(Sound):
    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        if job.guidance_scale == 1.0 or job.asked or job.mask:
            raise EngineError("not offered", "api_not_implemented")
        for index in job.indexes:
            yield self.picture(job, index)


class Fragile(Sound):
    description = described(features=frozenset())

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        assert not job.images, "words only"
        for index in job.indexes:
            yield self.picture(job, index)


WRONG = [
    (Nameless, "its_description_is_sound"),
    (Boastful, "its_description_is_sound"),
    (Idle, "its_description_is_sound"),
    (AnyOptions, "wrong_options_are_refused_with_a_text"),
    (RudeAboutOptions, "wrong_options_are_refused_with_a_text"),
    (ClosedOnce, "warm_and_close_may_be_called_again"),
    (Silent, "it_draws_a_picture"),
    (Twice, "it_draws_a_picture"),
    (Unasked, "it_draws_a_picture"),
    (FloatPixels, "it_draws_a_picture"),
    (FlatPixels, "it_draws_a_picture"),
    (Square, "it_draws_a_picture"),
    (BrokenFile, "it_draws_a_picture"),
    (HeldTogether, "it_draws_a_picture"),
    (Undeclared, "it_draws_a_picture"),
    (Fickle, "it_draws_a_picture"),
    (Backwards, "it_draws_a_picture"),
    (Percent, "it_draws_a_picture"),
    (NotANumber, "it_draws_a_picture"),
    (NotClosable, "it_draws_a_picture"),
    (Afterthought, "it_draws_a_picture"),
    (Hasty, "it_draws_a_picture"),
    (Failing, "it_draws_a_picture"),
    (AtHome, "what_it_draws_can_be_finished_in_a_worker_process"),
    (AlwaysTheSame, "several_pictures_of_one_prompt"),
    (Uncounted, "a_group"),
    (Miscounted, "a_group"),
    (All, "a_repeated_attempt_draws_only_what_is_missing"),
    (Renumbered, "a_repeated_attempt_draws_only_what_is_missing"),
    (Forgetful, "the_seed_and_the_prompt_decide_the_picture"),
    (Seedless, "the_seed_and_the_prompt_decide_the_picture"),
    (Deaf, "the_seed_and_the_prompt_decide_the_picture"),
    (Narrow, "every_guidance_scale_is_taken"),
    (Narrow, "it_takes_tools"),
    (Narrow, "it_takes_a_mask"),
    (Eager, "previews_come_only_when_asked_for"),
    (Scatterbrained, "jobs_at_once_do_not_disturb_each_other"),
    (Abandoning, "closed_early_it_stops"),
    (Stubborn, "a_cancelled_job_stops"),
    (OwnCode, "what_it_refuses_it_refuses_with_a_code"),
    (Crashing, "what_it_refuses_it_refuses_with_a_code"),
    (Willing, "what_it_refuses_it_refuses_with_a_code"),
    (Fragile, "what_is_beyond_its_features_breaks_nothing"),
    (LateUnavailable, "who_is_unavailable_has_begun_nothing"),
    (Down, "who_is_unavailable_has_begun_nothing"),
    (Blind, "it_works_on_pictures"),
    (Opaque, "it_keeps_transparency"),
    (Whole, "it_takes_a_picture_apart"),
    (OutOfBounds, "it_takes_a_picture_apart"),
    (Overpainted, "it_takes_a_picture_apart"),
    (Untold, "it_tells_how_it_rewrote_a_prompt"),
]


@pytest.mark.parametrize(
    ("wrong", "test"), WRONG, ids=[f"{wrong.__name__}-{test}" for wrong, test in WRONG]
)
def test_a_wrong_engine_is_caught(wrong: type[Sound], test: str) -> None:
    class Suite(TestSound):
        make = staticmethod(wrong)

    INK.clear()
    with pytest.raises((Exception, pytest.fail.Exception)) as caught:
        getattr(Suite(), f"test_{test}")()
    assert not isinstance(caught.value, (pytest.skip.Exception, AttributeError))


def test_every_test_of_the_suite_has_caught_somebody() -> None:
    tests = {name for name in dir(EngineContract) if name.startswith("test_")}
    untried = tests - {f"test_{test}" for _, test in WRONG}
    assert untried == {"test_it_is_an_engine"}

    class Suite(EngineContract):
        @staticmethod
        def make(options: Mapping[str, Any]) -> Any:
            return object()

    with pytest.raises(AssertionError, match="an engine has description, warm, draw and close"):
        Suite().test_it_is_an_engine()
