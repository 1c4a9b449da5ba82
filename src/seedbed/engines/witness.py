"""A witness of one job: listens to all that an engine tells, and holds it against the seam.

What it objects to is an AssertionError whose text says what the engine did and what it may do.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seedbed.contract.errors import ALL_ERRORS
from seedbed.contract.sizes import Size
from seedbed.engines.engine import (
    EncodedImage,
    EncodedLayers,
    Engine,
    EngineContext,
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
from seedbed.imaging.decode import decode, decode_input, pixels_of
from seedbed.imaging.inputs import photos

CODES = frozenset(error.code for error in ALL_ERRORS)


@dataclass
class Told:
    """What an engine has told of one job so far."""

    job: Job
    pictures: dict[int, Picture] = field(default_factory=dict)
    failures: dict[int, Failure] = field(default_factory=dict)
    previews: dict[int, int] = field(default_factory=dict)
    """How many previews of each picture there were, by its index."""
    parts: Parts | None = None
    summary: Summary | None = None
    fraction: float = 0.0

    @property
    def indexes(self) -> set[int]:
        """The pictures that are settled."""
        return self.pictures.keys() | self.failures.keys()

    @property
    def has_begun(self) -> bool:
        """Whether there was more than progress."""
        return bool(self.indexes or self.previews or self.parts or self.summary)

    def hear(self, event: EngineEvent) -> None:
        """Take one more event; raise AssertionError for one that must not be."""
        assert self.summary is None, f"{event!r:.80} came after the Summary, which is the last"
        match event:
            case Progress():
                self._hear_progress(event)
            case Preview():
                self._hear_preview(event)
            case Picture():
                self._expect(event.index)
                _check_text("Picture.note", event.note)
                _check_text("Picture.prompt", event.prompt)
                if event.is_finished:
                    assert isinstance(event.content, EncodedImage), (
                        "is_finished says that an encoded picture is kept as it is; this one is "
                        f"{type(event.content).__name__}"
                    )
                self.pictures[event.index] = event
            case Failure():
                self._expect(event.index)
                check_code(event.code, event.message)
                self.failures[event.index] = event
            case Parts():
                assert self.job.layer_decomposition, "Parts came for a job that asks for pictures"
                assert self.parts is None, "Parts came twice"
                self.parts = event
            case Summary():
                self.summary = event
            case _:
                raise AssertionError(f"{event!r:.80} is no event of an engine")

    def _expect(self, index: int) -> None:
        asked = self.job.indexes
        assert index in asked, f"picture {index} was not asked for; asked for are {asked}"
        assert index not in self.indexes, f"picture {index} was told twice"

    def _hear_progress(self, event: Progress) -> None:
        value = event.fraction
        assert isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1, (
            f"progress is {value!r}; it goes from 0 to 1"
        )
        assert value >= self.fraction, f"progress went back from {self.fraction} to {value}"
        assert isinstance(event.stage, str), f"the stage is {event.stage!r}, not a text"
        self.fraction = value

    def _hear_preview(self, event: Preview) -> None:
        asked, index = self.job.previews, event.index
        assert index in self.job.indexes, f"a preview of picture {index} was not asked for"
        assert index not in self.indexes, f"a preview of picture {index} came after the picture"
        self.previews[index] = self.previews.get(index, 0) + 1
        assert self.previews[index] <= asked, f"more previews came of a picture than {asked}"
        check_pixels(event.pixels)

    def check_end(self, engine: Engine) -> None:
        """Hold the whole against the job, when the engine has told all."""
        job, description = self.job, engine.description
        if job.layer_decomposition and self.parts is not None:
            assert not self.indexes, "a picture taken apart is one Parts, and no Picture"
            return
        summary = self.summary
        if summary is not None:
            uses = summary.tool_usage.items()
            assert all(isinstance(name, str) and count >= 0 for name, count in uses), (
                f"tool_usage is {dict(summary.tool_usage)}; it counts uses by the tool's name"
            )
        if description.chooses_count and job.is_group:
            assert summary is not None, "an engine that chooses_count ends with a Summary"
            assert 1 <= summary.image_count <= job.image_count, (
                f"the Summary counts {summary.image_count} pictures; at most {job.image_count} "
                "were asked for"
            )
            due = {index for index in job.indexes if index < summary.image_count}
        else:
            due = set(job.indexes)
        assert self.indexes == due, (
            f"pictures {sorted(self.indexes)} were told; due were {sorted(due)}"
        )


async def listen(engine: Engine, job: Job) -> Told:
    """Let an engine draw a job, and hear it to its end.

    Raises the engine's own `EngineError`, when it is one that may be.
    """
    told = Told(job)
    events = engine.draw(job, EngineContext())
    assert isinstance(events, AsyncGenerator), (
        "draw must be an async generator, so that it can be closed when nobody wants more"
    )
    try:
        async with aclosing(events):
            async for event in events:
                told.hear(event)
    except EngineError as error:
        check_code(error.code, error.message)
        assert not (isinstance(error, Unavailable) and told.has_begun), (
            "Unavailable was raised after something had been drawn; another engine would draw, "
            "and bill, it again"
        )
        raise
    told.check_end(engine)
    return told


def check_code(code: str, message: str) -> None:
    """Check what a failure says of itself."""
    assert code in CODES, f"{code!r} is no code of the contract; there are {', '.join(CODES)}"
    assert isinstance(message, str) and message.strip(), "a failure says why, in words"
    assert "Traceback" not in message, "a failure says why in words, and shows no stack"


def check_pixels(pixels: object, channels: tuple[int, ...] = (3, 4)) -> Pixels:
    """Check that something is pixels, and give it."""
    assert isinstance(pixels, np.ndarray), f"pixels are an array, not {type(pixels).__name__}"
    assert (
        pixels.dtype == np.uint8
        and pixels.ndim == 3
        and pixels.shape[2] in channels
        and min(pixels.shape) > 0
    ), (
        f"pixels are {pixels.dtype} {pixels.shape}, not uint8 height x width x "
        f"{' or '.join(map(str, channels))}"
    )
    return pixels


def content_of(content: object, job: Job) -> Pixels:
    """Give the pixels of a picture as the finishing would see them: drawn, or decoded."""
    if isinstance(content, np.ndarray):
        return check_pixels(content)
    if isinstance(content, EncodedImage):
        return check_pixels(pixels_of(decode(content)))
    assert callable(content), f"a picture is pixels, a drawing or encoded, not {content!r:.80}"
    given = photos(job.images, Size(job.width, job.height))
    first = check_pixels(_sent(content)(*[photo.copy() for photo in given]))
    again = check_pixels(_sent(content)(*given))
    assert np.array_equal(first, again), "the same drawing gave other pixels the second time"
    return first


def layers_of(parts: Parts, job: Job) -> tuple[Pixels, list[tuple[Pixels, Layer]]]:
    """Give the base of a picture taken apart, and each layer with its pixels."""
    if isinstance(parts.content, EncodedLayers):
        encoded = parts.content
        base = check_pixels(pixels_of(decode(encoded.base)))
        layers = [
            Layer(pixels_of(decode_input(one.image)), one.box, one.name, one.description)
            for one in encoded.layers
        ]
    else:
        given = photos(job.images, Size(job.width, job.height))
        apart = _sent(parts.content)(*given)
        assert isinstance(apart, Layers), f"a decomposition gives Layers, not {apart!r:.80}"
        base, layers = check_pixels(apart.base), list(apart.layers)
    return base, [(check_pixels(one.pixels, (4,)), one) for one in layers]


def _sent(work: Any) -> Any:
    """Send a drawing as the worker pool does: it must be picklable."""
    try:
        return pickle.loads(pickle.dumps(work))  # noqa: S301  (our own bytes)
    except Exception as error:
        raise AssertionError(f"the drawing cannot be sent to a worker process: {error}") from error


def _check_text(name: str, value: object) -> None:
    assert value is None or isinstance(value, str), f"{name} is {value!r:.80}, not a text"
