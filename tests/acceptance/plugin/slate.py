"""An engine as a third party would ship it: one module and an entry point.

It draws one grey at once. A prompt with the word "gate" waits until the file named by the option
`gate` exists; one with "slow" takes a moment; one with "refuse" is refused.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.engines.engine import (
    EngineContext,
    EngineDescription,
    EngineError,
    EngineEvent,
    Job,
    Picture,
    Pixels,
    Progress,
)


@dataclass(frozen=True)
class Slate:
    """A drawing that can be held up."""

    width: int
    height: int
    value: int
    seconds: float
    gate: str | None

    def __call__(self, *photos: Pixels) -> Pixels:
        time.sleep(self.seconds)
        give_up = time.monotonic() + 60
        while self.gate and not Path(self.gate).exists() and time.monotonic() < give_up:
            time.sleep(0.01)
        return np.full((self.height, self.width, 3), self.value, np.uint8)


class SlateEngine:
    description = EngineDescription("slate", "One grey, for tests.", draws_in_workers=True)

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.gate = options.get("gate")

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        words = job.prompt.split()
        if "refuse" in words:
            raise EngineError("slate does not draw this", "forbidden")
        yield Progress(0.1, "drawing")
        gate = self.gate if "gate" in words else None
        drawing = Slate(
            job.width, job.height, job.seed % 256, 0.05 if "slow" in words else 0.0, gate
        )
        for index in job.indexes:
            yield Picture(index, drawing, note="slate")


def create(options: Mapping[str, Any]) -> SlateEngine:
    if unknown := options.keys() - {"gate"}:
        raise ValueError(f"slate takes the option gate, not {', '.join(sorted(unknown))}")
    return SlateEngine(options)
