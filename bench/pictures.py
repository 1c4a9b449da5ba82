"""Times every picture of the gallery on one core, stage by stage: `python -m bench.pictures`.

A process of its own, tied to one processor as far as the system can, so that its memory is that
of one worker.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seedbed.engines.sketch import engine, lighting, places, render, styles, typography, weather
from seedbed.engines.sketch.engine import SketchDrawing
from seedbed.engines.sketch.understand import understand
from seedbed.imaging.finish import FinishSpec, finish

SIZES = (512, 1024, 2048, 4096)
PROMPTS = Path(__file__).parent / "prompts.txt"
STAGES: dict[str, tuple[tuple[Any, str], ...]] = {
    "draw": ((engine, "draw"),),
    "compose": ((render, "stage"),),
    "place": ((places, "paint"),),
    "subjects": ((render, "_figure"),),
    "light and weather": ((weather, "behind"), (weather, "before"), (lighting, "cast")),
    "lettering": ((typography, "setting_of"), (typography, "put_up"), (typography, "write")),
    "style": ((styles, "render"),),
}
"""The functions whose time is a stage's."""


def main() -> None:
    """Print the times, a line for each size, and the memory that all of it took at most."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    spent = _watched()
    SketchDrawing(understand("a cat"), 256, 256, 1)()  # the lexicon is read once in a worker's life
    prompts = [line for line in PROMPTS.read_text("utf-8").splitlines() if line.strip()]
    for size in SIZES:
        for line in _timed(prompts, size, spent):
            print(line, flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory of the process that drew them all: at most {peak:.0f} MB", flush=True)


def _timed(prompts: list[str], size: int, spent: dict[str, float]) -> Iterator[str]:
    whole: list[float] = []
    stages: dict[str, list[float]] = defaultdict(list)
    for prompt in prompts:
        spent.clear()
        took = dict.fromkeys(("understand", *STAGES, "the rest", "finish"), 0.0)
        del took["draw"]
        started = time.perf_counter()
        scene = understand(prompt)
        took["understand"] = time.perf_counter() - started
        finish(SketchDrawing(scene, size, size, 1), _spec(size))  # as a worker does
        whole.append(time.perf_counter() - started)
        drawn = spent.pop("draw")
        took["the rest"] = drawn - sum(spent.values())
        took["finish"] = whole[-1] - took["understand"] - drawn
        took |= spent
        for name, seconds in took.items():
            stages[name].append(seconds)
    slowest = prompts[whole.index(max(whole))]
    yield (
        f"  {size:>4}²  all in: median {_ms(statistics.median(whole))}, 95 % "
        f"{_ms(statistics.quantiles(whole, n=20)[-1])}, slowest {_ms(max(whole))} ({slowest}), "
        f"{1 / statistics.mean(whole):.1f} images/s"
    )
    yield "         mean of " + ", ".join(
        f"{name} {_ms(statistics.mean(seconds))}" for name, seconds in stages.items()
    )


def _spec(size: int) -> FinishSpec:
    return FinishSpec(
        width=size,
        height=size,
        output_format="jpeg",
        watermark=True,
        digital_source_type="trainedAlgorithmicMedia",
        software="Seedbed bench",
    )


def _watched() -> dict[str, float]:
    """Have each stage's functions add the time that they take."""
    spent: dict[str, float] = {}
    for name, functions in STAGES.items():
        for module, function in functions:
            setattr(module, function, _timing(getattr(module, function), name, spent))
    return spent


def _timing(call: Callable[..., Any], name: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return call(*arguments, **options)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - started

    return timed


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
