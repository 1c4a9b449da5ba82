"""Sizes: the best one that a model can draw natively for a picture of any size.

    best_size(Range(1024 * 1024, 800_000, 1_300_000, 8), 4096, 4096)  # (1024, 1024)

What is drawn is brought to the exact pixels by the finishing.
"""

from __future__ import annotations

from dataclasses import dataclass

AROUND = 3
"""How many multiples beside the ideal edge are looked at."""
WEIGHT = 0.1
"""How much a deviation of the pixels counts beside one of the ratio."""


@dataclass(frozen=True, slots=True)
class Range:
    """The sizes that a model draws well."""

    pixels: int
    """The number of pixels that it was made for."""
    min_pixels: int
    max_pixels: int
    multiple: int
    """Each edge is a multiple of it."""


def best_size(native: Range, width: int, height: int, max_ratio: float = 16.0) -> tuple[int, int]:
    """Give the width and height to draw at, for a picture of `width` x `height`.

    It is the same size where the model draws that; otherwise one of nearly the same ratio and
    of the pixels that the model was made for.
    """
    inside = native.min_pixels <= width * height <= native.max_pixels
    pixels = width * height if inside else native.pixels
    ratio = min(max(width / height, 1 / max_ratio), max_ratio)
    ideal = (pixels * ratio) ** 0.5
    near = round(ideal / native.multiple)
    candidates = [
        (
            wide * native.multiple,
            max(1, round(wide * native.multiple / ratio / native.multiple)) * native.multiple,
        )
        for wide in range(max(1, near - AROUND), near + AROUND + 1)
    ]

    def deviation(size: tuple[int, int]) -> float:
        of_ratio = abs(size[0] / size[1] / ratio - 1)
        return of_ratio + WEIGHT * abs(size[0] * size[1] / pixels - 1)

    return min(candidates, key=deviation)
