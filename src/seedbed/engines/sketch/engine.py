"""The default engine: draws illustrations on the CPU, without network and without a model.

prompt -> `understand` -> description -> `stage` -> figures -> `render` -> pixels.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from seedbed.engines.engine import (
    Engine,
    EngineContext,
    EngineDescription,
    EngineEvent,
    Job,
    Picture,
    Pixels,
    Progress,
)
from seedbed.engines.sketch.render import draw
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

    def __call__(self) -> Pixels:
        """Draw it: height x width x 3 bytes."""
        return draw(self.scene, self.width, self.height, self.seed)


class SketchEngine:
    """Draws what it understands of a prompt."""

    description = EngineDescription(
        name="sketch",
        summary="Illustrations on the CPU, offline: scenes of drawn subjects. No photo model.",
        credit="Includes graphics from Twemoji, CC-BY 4.0",
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
        scene = understand(job.prompt)
        if job.guidance_scale is not None:
            scene = replace(scene, freedom=freedom(job.guidance_scale))
        group = moments(scene, job.prompt, job.image_count)
        yield Progress(0.1, "understood")
        for index in job.indexes:
            moment = group[index]
            seed = job.seed + SEED_STEP * group[:index].count(moment)
            drawing = SketchDrawing(moment, job.width, job.height, seed)
            yield Picture(index, drawing, note=describe(moment))


def freedom(guidance_scale: float) -> float:
    """Turn a guidance scale into how freely a prompt is taken, from 0 to 1."""
    return 1 - math.log(min(max(guidance_scale, 1.0), MOST_GUIDANCE), MOST_GUIDANCE)


def create(settings: Mapping[str, Any]) -> Engine:
    """Create the engine; it has no settings."""
    if settings:
        raise ValueError(f"sketch takes no options, not {', '.join(sorted(settings))}")
    return SketchEngine()
