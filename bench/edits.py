"""Measures edits of photos on one core: decoding, editing and finishing, and the codec's floor.

The photos are those of scikit-image, enlarged to 2048 x 2048 and sent as JPEG. The floor is what
Pillow takes to decode such a file and encode it again.
"""

from __future__ import annotations

import io
import os
import statistics
import time
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from PIL import Image

from seedbed.contract.models import LARGEST_INPUT
from seedbed.contract.sizes import Size
from seedbed.engines.engine import EncodedImage
from seedbed.engines.sketch.edit.layers import take_apart
from seedbed.engines.sketch.edit.retouch import retouch
from seedbed.engines.sketch.edit.wish import read_wish
from seedbed.imaging.encode import JPEG_QUALITY
from seedbed.imaging.finish import FinishSpec, finish
from seedbed.imaging.inputs import examine, photos

SIDE = 2048
ROUNDS = 3
PHOTOS = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "rocket.jpg")
EDITS = (
    "remove the background",
    "change the background to a beach at sunset",
    "make it night",
    "make it sunset",
    "foggy morning",
    "make it snow",
    "watercolour",
    "oil painting",
    "pixel art",
    "pencil sketch",
    "make it warmer",
    "black and white",
    "change the colour to blue",
    "add a hat",
    "add a red balloon in the sky",
    'write "HELLO" at the bottom',
    "remove the subject",
)


def main() -> None:
    """Print each figure as it is measured."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for line in measures():
        print(line, flush=True)


def measures() -> Iterator[str]:
    """Give each figure as a line."""
    sources = [_source(name) for name in PHOTOS]
    size = Size(SIDE, SIDE)
    checked = _median(lambda source: examine(source, LARGEST_INPUT), sources)
    decoded = _median(lambda source: _decoded(source, size), sources)
    whole = _median(_through, sources)
    floor = _median(_floor, sources)
    yield f"   examine {checked:.0f} ms, decode {decoded:.0f} ms of a {SIDE}² JPEG"
    yield (
        f"   decode and finish {whole:.0f} ms, the codec alone {floor:.0f} ms: "
        f"{whole / floor:.2f} times"
    )
    taken: list[tuple[float, str]] = []
    for prompt in EDITS:
        wish = read_wish(prompt)
        for source in sources:
            photo = _decoded(source, size)
            began = time.perf_counter()
            retouch(photo, wish, SIDE, SIDE, 1)
            taken.append(((time.perf_counter() - began) * 1000, prompt))
    times = [milliseconds for milliseconds, _ in taken]
    slowest, prompt = max(taken)
    yield (
        f"   edit of {SIDE}²: median {statistics.median(times):.0f} ms, "
        f"slowest {slowest:.0f} ms ({prompt})"
    )
    apart = _median(
        lambda source: take_apart(_decoded(source, size), "", (), SIDE, SIDE, 16), sources
    )
    yield f"   taking {SIDE}² apart: median {apart:.0f} ms"


def _median(work: Any, sources: list[bytes]) -> float:
    times = []
    for _ in range(ROUNDS):
        for source in sources:
            began = time.perf_counter()
            work(source)
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _source(name: str) -> bytes:
    image = Image.open(str(files("skimage.data") / name)).convert("RGB")
    return _encoded(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _encoded(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=JPEG_QUALITY, subsampling="4:4:4")
    return stream.getvalue()


def _decoded(source: bytes, size: Size) -> Any:
    return photos([EncodedImage(source, "image/jpeg")], size)[0]


def _through(source: bytes) -> None:
    spec = FinishSpec(SIDE, SIDE, "jpeg", False, "trainedAlgorithmicMedia", "bench")
    finish(_Same(), spec, [EncodedImage(source, "image/jpeg")])


class _Same:
    def __call__(self, *given: Any) -> Any:
        return given[0]


def _floor(source: bytes) -> None:
    _encoded(Image.open(io.BytesIO(source)).convert("RGB"))


if __name__ == "__main__":
    main()
