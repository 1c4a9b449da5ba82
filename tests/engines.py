"""Engines for tests: each draws one grey, fast, or goes wrong in one way."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest
from PIL import Image

from seedbed.engines import registry
from seedbed.engines.engine import (
    EncodedImage,
    EncodedLayer,
    EncodedLayers,
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
    UpstreamFault,
)


@dataclass(frozen=True, slots=True)
class Grey:
    """A drawing of one grey, a shade lighter for each light photo."""

    width: int
    height: int
    value: int = 128

    def __call__(self, *photos: Pixels) -> Pixels:
        value = min(255, self.value + sum(bool(photo.mean() > 128) for photo in photos))
        return np.full((self.height, self.width, 3), value, np.uint8)


@dataclass(frozen=True, slots=True)
class Crash:
    """A drawing whose process ends."""

    def __call__(self) -> Pixels:
        os._exit(9)


@dataclass(frozen=True, slots=True)
class Refuse:
    """A drawing that tells why it cannot be."""

    def __call__(self) -> Pixels:
        raise EngineError("no ink left", "forbidden")


def grey(job: Job) -> Grey:
    return Grey(job.width, job.height, job.seed % 256)


class GreyEngine:
    """Draws every picture that is asked for."""

    description = EngineDescription(
        name="grey",
        summary="One grey, for tests.",
        features=frozenset({"image", "layer_decomposition"}),
        draws_in_workers=True,
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options
        self.description = replace(self.description, **options.get("description", {}))
        self.jobs: list[Job] = []

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        self.jobs.append(job)
        if job.layer_decomposition:
            yield Parts(Halves())
            return
        for index in job.indexes:
            yield Progress(0.5, "drawing")
            yield Picture(index, grey(job), note="grey")


class Odd(GreyEngine):
    """Runs a script of events instead."""

    def __init__(
        self, options: Mapping[str, Any], script: Callable[[Job], AsyncIterator[EngineEvent]]
    ) -> None:
        super().__init__(options)
        self.script = script

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        self.jobs.append(job)
        async for event in self.script(job):
            yield event


async def nothing(job: Job) -> AsyncIterator[EngineEvent]:
    return
    yield


async def twice(job: Job) -> AsyncIterator[EngineEvent]:
    for _ in range(2):
        yield Picture(0, grey(job))


async def not_asked_for(job: Job) -> AsyncIterator[EngineEvent]:
    yield Picture(7, grey(job))
    yield Failure(-1, "api_error", "nobody asked")
    yield Picture(0, grey(job))


async def failure(job: Job) -> AsyncIterator[EngineEvent]:
    yield Failure(0, "forbidden", "not that")


async def engine_error(job: Job) -> AsyncIterator[EngineEvent]:
    yield Progress(0.1, "asking")
    raise EngineError("the upstream is full", "too_many_requests")


async def defect(job: Job) -> AsyncIterator[EngineEvent]:
    yield Progress(float("nan"), "about to fail")
    raise ZeroDivisionError("secret detail")


async def own_timeout(job: Job) -> AsyncIterator[EngineEvent]:
    yield Progress(7.0, "asking")
    raise TimeoutError("the upstream did not answer")


async def own_cancellation(job: Job) -> AsyncIterator[EngineEvent]:
    yield Progress(-1.0, "asking")
    raise asyncio.CancelledError


async def late_defect(job: Job) -> AsyncIterator[EngineEvent]:
    yield Picture(0, grey(job))
    raise ZeroDivisionError("after the picture")


async def forever(job: Job) -> AsyncIterator[EngineEvent]:
    yield Progress(0.1, "thinking")
    await asyncio.sleep(60)


async def crash(job: Job) -> AsyncIterator[EngineEvent]:
    yield Picture(0, Crash())


async def refusal(job: Job) -> AsyncIterator[EngineEvent]:
    yield Picture(0, Refuse())


async def not_pixels(job: Job) -> AsyncIterator[EngineEvent]:
    yield Picture(0, np.zeros((2, 2), np.float64))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Halves:
    """A picture taken apart into its two halves; or one whose second half fails."""

    fails: bool = False

    def __call__(self, *photos: Pixels) -> Layers:
        height, width = photos[0].shape[:2]
        middle = width // 2
        boxes = ((0, 0, middle, height), (middle, 0, width, height))
        cut = [np.dstack([photos[0][:, a:c, :3], np.full((d, c - a), 255)]) for a, _, c, d in boxes]
        if self.fails:
            cut[1] = cut[1][..., :2]
        layers = tuple(
            Layer(half.astype(np.uint8), box, name, f"the {name} half")
            for half, box, name in zip(cut, boxes, ("left", "right"), strict=True)
        )
        return Layers(photos[0], layers, note="halves")


async def apart(job: Job) -> AsyncIterator[EngineEvent]:
    yield Parts(Halves())


async def half_apart(job: Job) -> AsyncIterator[EngineEvent]:
    yield Parts(Halves(fails=True))


async def unavailable(job: Job) -> AsyncIterator[EngineEvent]:
    yield Progress(0.0, "asking")
    raise Unavailable("nobody answers")


async def busy(job: Job) -> AsyncIterator[EngineEvent]:
    """Busy at the first try of a task, and free at the second."""
    if job.task_id not in TRIED:
        TRIED.add(job.task_id)
        raise Unavailable("later", "too_many_requests", retry_after=0.01)
    yield Picture(0, grey(job))


async def busy_for_long(job: Job) -> AsyncIterator[EngineEvent]:
    raise Unavailable("much later", "too_many_requests", retry_after=3600)
    yield


async def late_unavailable(job: Job) -> AsyncIterator[EngineEvent]:
    yield Picture(0, grey(job))
    raise Unavailable("gone while drawing")


async def upstream_fault(job: Job) -> AsyncIterator[EngineEvent]:
    raise EngineError("not that.", "forbidden", UpstreamFault("Sensitive", "0217"))
    yield


async def refused_feature(job: Job) -> AsyncIterator[EngineEvent]:
    raise EngineError("not offered", "api_not_implemented")
    yield


async def all_failed(job: Job) -> AsyncIterator[EngineEvent]:
    for index in job.indexes:
        yield Failure(index, "api_error", "broken")


async def one_at_a_time(job: Job) -> AsyncIterator[EngineEvent]:
    if DRAWING:
        raise ZeroDivisionError("two at once")
    DRAWING.add(job.task_id)
    try:
        await asyncio.sleep(0.01)
    finally:
        DRAWING.discard(job.task_id)
    yield Picture(0, grey(job))


async def two_of_many(job: Job) -> AsyncIterator[EngineEvent]:
    for index in (0, 1):
        yield Picture(index, grey(job))
    yield Summary(2, {"web_search": 1})


async def preview(job: Job) -> AsyncIterator[EngineEvent]:
    for value in range(job.previews):
        yield Preview(0, np.full((8, 8, 3), value, np.uint8))
    yield Preview(0, np.zeros((2, 2), np.float64))  # type: ignore[arg-type]
    yield Picture(0, grey(job))


async def finished(job: Job) -> AsyncIterator[EngineEvent]:
    yield Picture(0, EncodedImage(ENCODED, "image/png"), is_finished=True)


async def broken_off(job: Job) -> AsyncIterator[EngineEvent]:
    yield Picture(0, EncodedImage(ENCODED[: len(ENCODED) // 2], "image/png"), is_finished=True)


async def encoded_apart(job: Job) -> AsyncIterator[EngineEvent]:
    image = EncodedImage(ENCODED, "image/png")
    yield Parts(EncodedLayers(image, (EncodedLayer(image, (1, 2, 3, 4), "left", "a half"),)))


def _png() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), (9, 8, 7)).save(stream, "PNG")
    return stream.getvalue()


ENCODED = _png()
"""A picture as an upstream sends it."""
TRIED: set[str] = set()
DRAWING: set[str] = set()

SCRIPTS = {
    script.__name__: script
    for script in (
        nothing,
        twice,
        not_asked_for,
        failure,
        engine_error,
        defect,
        own_timeout,
        own_cancellation,
        late_defect,
        forever,
        crash,
        refusal,
        not_pixels,
        apart,
        half_apart,
        unavailable,
        busy,
        busy_for_long,
        late_unavailable,
        upstream_fault,
        refused_feature,
        all_failed,
        one_at_a_time,
        two_of_many,
        preview,
        finished,
        broken_off,
        encoded_apart,
    )
}


def create(options: Mapping[str, Any]) -> GreyEngine:
    """Create the engine that the options name by its script; plain grey without."""
    if unknown := options.keys() - {"script", "description"}:
        raise ValueError(f"grey takes script and description, not {', '.join(sorted(unknown))}")
    script = options.get("script")
    return GreyEngine(options) if script is None else Odd(options, SCRIPTS[script])


@pytest.fixture
def grey_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install `grey` as if by a plugin's entry point."""
    point = EntryPoint("grey", f"{__name__}:create", registry.GROUP)
    monkeypatch.setattr(registry, "installed", lambda: {"grey": point})
