"""Jobs for the diffusers engine, and what comes of them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from seedbed.engines.engine import (
    EncodedImage,
    EngineContext,
    Failure,
    Job,
    Picture,
    Pixels,
    Preview,
    Progress,
)

TOLERANCE = 1
"""By how much a value of 255 may differ with what was drawn beside it: sums of floats in another
order, which now and then round to the next whole number."""


def photo(seed: int, width: int = 96, height: int = 64, form: str = "PNG") -> EncodedImage:
    """A picture with something in it: blotches that the seed decides."""
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    picture = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    picture.save(file, form)
    return EncodedImage(file.getvalue(), f"image/{form.lower()}")


def job(prompt: str = "a cat in the rain", **more: Any) -> Job:
    """A job for one small picture."""
    given: dict[str, Any] = {"task_id": "t", "model": "m", "width": 64, "height": 64, "seed": 7}
    given |= more
    if "indexes" in more and "image_count" not in more:
        given["image_count"] = max(more["indexes"]) + 1
    return Job(prompt=prompt, **given)


@dataclass
class Drawn:
    """All that an engine said of a job."""

    pictures: dict[int, Pixels] = field(default_factory=dict)
    failures: dict[int, Failure] = field(default_factory=dict)
    previews: dict[int, list[Pixels]] = field(default_factory=dict)
    progress: list[Progress] = field(default_factory=list)

    @property
    def only(self) -> Pixels:
        """The one picture."""
        assert self.failures == {}
        (pixels,) = self.pictures.values()
        return pixels


async def drawn(engine: Any, asked: Job) -> Drawn:
    """Let an engine draw a job to its end."""
    all_of_it = Drawn()
    async for event in engine.draw(asked, EngineContext()):
        if isinstance(event, Picture):
            assert isinstance(event.content, np.ndarray)
            all_of_it.pictures[event.index] = event.content
        elif isinstance(event, Failure):
            all_of_it.failures[event.index] = event
        elif isinstance(event, Preview):
            all_of_it.previews.setdefault(event.index, []).append(event.pixels)
        elif isinstance(event, Progress):
            all_of_it.progress.append(event)
    return all_of_it


def apart(one: Pixels, other: Pixels) -> int:
    """The largest difference of any two values of two pictures, 0 to 255."""
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other.astype(int)).max())
