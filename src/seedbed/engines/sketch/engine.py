"""The default engine: draws illustrations on the CPU, without network and without a model.

prompt -> `understand` -> description -> `stage` -> figures -> `render` -> pixels; and, with
pictures to work on, prompt -> `read_wish` -> steps -> `retouch` or `fuse` -> pixels.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from seedbed.engines.engine import (
    Engine,
    EngineContext,
    EngineDescription,
    EngineEvent,
    Job,
    Layers,
    Parts,
    Picture,
    Pixels,
    Progress,
)
from seedbed.engines.sketch.edit.fuse import fuse, without_roles
from seedbed.engines.sketch.edit.layers import take_apart
from seedbed.engines.sketch.edit.retouch import cut_free, retouch, strength_of
from seedbed.engines.sketch.edit.wish import Wish, at_moment, read_wish, rects_of, told
from seedbed.engines.sketch.render import draw
from seedbed.engines.sketch.rewrite import rewrite
from seedbed.engines.sketch.scene import SceneDescription
from seedbed.engines.sketch.series import moments
from seedbed.engines.sketch.understand import describe, understand

SEED_STEP = 7919
"""Between the seeds of pictures of one scene, so that neighbours in seed are not alike."""
MOST_GUIDANCE = 10.0
"""The `guidance_scale` at which a prompt is taken literally; at 1 it is taken freely."""


@dataclass(frozen=True, slots=True)
class SketchDrawing:
    """One picture, still to be drawn: runs in a worker process."""

    scene: SceneDescription
    width: int
    height: int
    seed: int

    def __call__(self, *photos: Pixels) -> Pixels:
        """Draw it: height x width x 3 bytes."""
        return draw(self.scene, self.width, self.height, self.seed)


@dataclass(frozen=True, slots=True)
class SketchEdit:
    """One picture made of photos: runs in a worker process."""

    prompt: str
    wish: Wish
    width: int
    height: int
    seed: int
    strength: float
    is_cut_out: bool

    def __call__(self, *photos: Pixels) -> Pixels:
        """Make it: height x width x 3 bytes, or x 4 with the subject alone."""
        size = self.width, self.height
        if self.is_cut_out:
            return cut_free(photos[0], self.wish, *size, self.seed)
        if len(photos) > 1:
            return fuse(photos, self.prompt, self.wish, *size, self.seed, self.strength)
        return retouch(photos[0], self.wish, *size, self.seed, self.strength)


@dataclass(frozen=True, slots=True)
class SketchDecomposition:
    """A picture to be taken apart: runs in a worker process."""

    prompt: str
    width: int
    height: int
    max_layers: int

    def __call__(self, *photos: Pixels) -> Layers:
        """Take it apart."""
        marks = rects_of(self.prompt)
        return take_apart(photos[0], self.prompt, marks, self.width, self.height, self.max_layers)


class SketchEngine:
    """Draws what it understands of a prompt."""

    description = EngineDescription(
        name="sketch",
        summary="Illustrations on the CPU, offline: scenes of drawn subjects. No photo model.",
        features=frozenset(
            {"image", "background", "layer_decomposition", "optimize_prompt_options"}
        ),
        credit="Includes graphics from Twemoji, CC-BY 4.0",
        draws_in_workers=True,
    )

    async def warm(self) -> None:
        """Read the lexicon."""
        understand("a cat")

    async def close(self) -> None:
        """Nothing is held."""

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        """Understand the prompt, and yield each picture as a drawing.

        The pictures of a group share a seed, so that who is in them looks alike.
        """
        if job.layer_decomposition:
            yield Progress(0.1, "taking apart")
            yield Parts(SketchDecomposition(job.prompt, job.width, job.height, job.max_layers))
            return
        if job.images:
            for event in _edits(job):
                yield event
            return
        rewritten = rewrite(job.prompt, job.optimize_prompt, job.seed)
        scene = understand(rewritten or job.prompt)
        if job.guidance_scale is not None:
            scene = replace(scene, freedom=freedom(job.guidance_scale))
        group = moments(scene, job.prompt, job.image_count)
        yield Progress(0.1, "understood")
        for index in job.indexes:
            moment = group[index]
            seed = job.seed + SEED_STEP * group[:index].count(moment)
            drawing = SketchDrawing(moment, job.width, job.height, seed)
            yield Picture(index, drawing, note=describe(moment), prompt=rewritten)


def _edits(job: Job) -> Iterator[EngineEvent]:
    """Yield each picture of a job with input pictures.

    The pictures of a group are moments of a story where the instruction tells one, and otherwise
    differ by what chance decides.
    """
    wish = read_wish(without_roles(job.prompt) if len(job.images) > 1 else job.prompt)
    group = moments(wish.scene, job.prompt, job.image_count)
    strength = strength_of(job.guidance_scale)
    yield Progress(0.1, "understood")
    for index in job.indexes:
        own = wish if job.image_count == 1 else at_moment(wish, group[index])
        edit = SketchEdit(
            job.prompt,
            own,
            job.width,
            job.height,
            job.seed + SEED_STEP * index,
            strength,
            job.background == "transparent",
        )
        yield Picture(index, edit, note=told(own, len(job.images)))


def freedom(guidance_scale: float) -> float:
    """Turn a guidance scale into how freely a prompt is taken, from 0 to 1."""
    return 1 - math.log(min(max(guidance_scale, 1.0), MOST_GUIDANCE), MOST_GUIDANCE)


def create(settings: Mapping[str, Any]) -> Engine:
    """Create the engine; it has no settings."""
    if settings:
        raise ValueError(f"sketch takes no options, not {', '.join(sorted(settings))}")
    return SketchEngine()
