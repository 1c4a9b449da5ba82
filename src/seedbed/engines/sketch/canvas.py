"""The canvas: a picture being painted, and the few strokes that everything is painted with.

Positions are fractions of width and height, lengths are fractions of the shorter side (`unit`),
so that a composition is the same at every size. Pixels are height x width x 3 bytes, sRGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.engines.engine import Pixels
from seedbed.engines.sketch.palette import Colour, Palette, mix

Field = NDArray[np.floating[Any]]
Points = NDArray[np.float64] | Sequence[tuple[float, float]]
SHIFT = 4
"""Binary digits of the sub-pixel positions that OpenCV draws with."""
BAND = 128
"""Rows that are worked on at once where a whole picture would need a copy of itself."""
FAR_AWAY = 2.0**20
"""Where what lies far outside the picture is cut, lest OpenCV's integers overflow."""


def random_of(seed: int, purpose: str) -> np.random.Generator:
    """Give the random numbers of one purpose: drawing one thing more never shifts another."""
    return np.random.default_rng([seed, *purpose.encode()])


class Canvas:
    """A picture being painted."""

    def __init__(
        self, width: int, height: int, palette: Palette, seed: int, plain: bool = False
    ) -> None:
        self.width, self.height = width, height
        self.unit = min(width, height)
        self.palette = palette
        self.seed = seed
        self.plain = plain
        """Whether fine texture (blades of grass, ripples, grain) is left out for the style."""
        self.bare = False
        """Whether no subject is drawn, so that the place itself is what is shown."""
        self.backdrop: Colour | None = None
        """The colour of a studio's background, when one is asked."""
        self.sights: tuple[str, ...] = ()
        """What is seen beyond what the place always shows."""
        self.pixels: Pixels = np.zeros((height, width, 3), np.uint8)
        self.cover: NDArray[np.uint8] = np.zeros((height, width), np.uint8)
        """Where subjects are: 255, and 0 where the place is seen."""
        self.light_x = 0.2 + 0.6 * float(random_of(seed, "light").random())
        """Where the light comes from, across the picture."""

    def random(self, purpose: str) -> np.random.Generator:
        """Give the random numbers of one purpose."""
        return random_of(self.seed, purpose)

    @property
    def aspect(self) -> float:
        """Width in units: how much wider than its shorter side the picture is."""
        return self.width / self.unit

    def px(self, length: float) -> int:
        """Turn a length in units into whole pixels, at least one."""
        return max(1, round(length * self.unit))

    def wash(
        self, stops: Sequence[tuple[float, Colour]], top: float = 0, bottom: float = 1
    ) -> None:
        """Fill the full width from `top` to `bottom` with a vertical gradient."""
        first, last = max(0, round(top * self.height)), round(bottom * self.height)
        last = min(last, self.height)
        if last > first:
            rows = np.rint(gradient(stops, last - first)).astype(np.uint8)
            size = (self.width, last - first)
            wide = cv2.resize(rows[:, None], size, interpolation=cv2.INTER_NEAREST)
            self.pixels[first:last] = wide

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fill a polygon."""
        cv2.fillPoly(self.pixels, [self._fixed(points)], colour, cv2.LINE_AA, SHIFT)

    def line(self, points: Points, colour: Colour, thickness: float) -> None:
        """Draw a line through points."""
        fixed = [self._fixed(points)]
        width = min(255, self.px(thickness))
        cv2.polylines(self.pixels, fixed, False, colour, width, cv2.LINE_AA, SHIFT)

    def disc(self, x: float, y: float, radius: float, colour: Colour, squash: float = 1) -> None:
        """Fill a circle, or an ellipse `squash` times as high as it is wide."""
        centre = self._fixed([(x, y)])[0, 0].tolist()
        reach = radius * self.unit * 2**SHIFT
        axes = (max(1, round(reach)), max(1, round(reach * squash)))
        cv2.ellipse(self.pixels, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, SHIFT)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def land(self, heights: Field, top: Colour, bottom: Colour, foot: float = 1) -> None:
        """Fill below a skyline, given as heights (fractions from the top) across the width.

        The colour goes from `top` at the highest point to `bottom` at `foot`.
        """
        across = np.linspace(0, len(heights) - 1, self.width, dtype=np.float32)
        line = np.interp(across, np.arange(len(heights)), heights).astype(np.float32) * self.height
        first = max(0, int(line.min()))
        last = min(self.height, round(foot * self.height))
        if last <= first:
            return
        rows = np.rint(gradient([(0, top), (1, bottom)], last - first)).astype(np.uint8)
        below = np.arange(first, last, dtype=np.float32)[:, None] >= line[None]
        region = self.pixels[first:last]
        np.copyto(region, np.broadcast_to(rows[:, None], region.shape), where=below[..., None])
        edge = np.stack([np.linspace(0, 1, self.width), line / self.height], 1)
        self.line(edge[:: max(1, self.px(0.004))], top, 0.0012)

    def veil(self, cover: Field, colour: Colour, top: float = 0, bottom: float = 1) -> None:
        """Lay a colour over the rows from `top` to `bottom`; `cover` is a small field, 0 to 1."""
        first, last = (
            max(0, round(top * self.height)),
            min(self.height, round(bottom * self.height)),
        )
        if last <= first:
            return
        mask = np.clip(cover * 255, 0, 255).astype(np.uint8)
        large = cv2.resize(mask, (self.width, last - first), interpolation=cv2.INTER_LINEAR)
        ink = np.array([[[min(255, max(0, round(part))) for part in colour]]], np.uint8)
        self.lay(ink, np.asarray(large, np.uint8), first)

    def mist(
        self, y: float, thickness: float, strength: float, colour: Colour | None = None
    ) -> None:
        """Lay a soft band of haze at a height."""
        top, bottom = max(0.0, y - 2 * thickness), min(1.0, y + 2 * thickness)
        rows = np.linspace(top, bottom, 64, dtype=np.float32)
        cover = strength * np.exp(-(((rows - y) / thickness) ** 2))
        self.veil(cover[:, None].repeat(2, 1), colour or self.palette.haze, top, bottom)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Add light around a point, brightest there and gone at `radius`."""
        reach = self.px(radius)
        centre_x, centre_y = round(x * self.width), round(y * self.height)
        left, right = max(0, centre_x - reach), min(self.width, centre_x + reach)
        top, bottom = max(0, centre_y - reach), min(self.height, centre_y + reach)
        if right <= left or bottom <= top:
            return
        across = (np.linspace(left, right, 96, dtype=np.float32) - centre_x) / reach
        down = (np.linspace(top, bottom, 96, dtype=np.float32) - centre_y) / reach
        far = np.sqrt(across[None] ** 2 + down[:, None] ** 2)
        cover = np.clip(strength * np.clip(1 - far, 0, 1) ** 2.2, 0, 1)[..., None]
        light = np.clip(cover * np.array(colour, np.float32), 0, 255).astype(np.uint8)
        large = cv2.resize(light, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
        region = self.pixels[top:bottom, left:right]
        # Screened, not summed: light on light does not burn out at once.
        kept = cv2.multiply(region, cv2.bitwise_not(large), scale=1 / 255)
        region[:] = cv2.add(kept, large)

    def textured(self, points: Points, texture: Pixels, top: float, bottom: float) -> None:
        """Fill a polygon with a small picture stretched over the rows from `top` to `bottom`."""
        start, end = round(top * self.height), round(bottom * self.height)
        first, last, whole = max(0, start), min(self.height, end), end - start
        if last <= first or whole < 2:
            return
        mask = np.zeros((self.height, self.width), np.uint8)[first:last]
        shifted = self._fixed(points) - np.array([0, first * 2**SHIFT], np.int32)
        cv2.fillPoly(mask, [shifted], 255, cv2.LINE_AA, SHIFT)
        big = cv2.resize(texture, (self.width, whole), interpolation=cv2.INTER_CUBIC)
        skipped = first - start
        rows = np.asarray(big[skipped : skipped + last - first], np.uint8)
        self.lay(rows, mask, first)

    def lay(self, colours: Pixels, cover: NDArray[np.uint8], top: int) -> None:
        """Lay full-width rows of colours, from the pixel row `top`, by their cover (0 to 255).

        A single pixel of colours stands for all of them.
        """
        region = self.pixels[top : top + len(cover)]
        for start in range(0, len(region), BAND):  # in bands, which stay in the cache
            part = region[start : start + BAND]
            share = cv2.merge([cover[start : start + len(part)]] * 3)
            ink = colours if len(colours) == 1 else colours[start : start + len(part)]
            if len(ink) == 1:
                ink = np.broadcast_to(ink, part.shape)
            over = cv2.multiply(np.ascontiguousarray(ink), share, scale=1 / 255)
            under = cv2.multiply(part, cv2.bitwise_not(share), scale=1 / 255)
            cv2.add(over, under, dst=part)

    def _fixed(self, points: Points) -> NDArray[np.int32]:
        if isinstance(points, np.ndarray):
            scaled = np.asarray(points, np.float64) * (self.width, self.height)
            inside = np.clip(scaled, -FAR_AWAY, FAR_AWAY) * 2**SHIFT
            return np.asarray(np.rint(inside).astype(np.int32).reshape(-1, 1, 2))
        far, wide, tall = FAR_AWAY * 2**SHIFT, self.width * 2**SHIFT, self.height * 2**SHIFT
        fixed = [  # a few points: quicker than arrays, and places draw thousands
            (round(min(max(x * wide, -far), far)), round(min(max(y * tall, -far), far)))
            for x, y in points
        ]
        return np.array(fixed, np.int32).reshape(-1, 1, 2)


def gradient(stops: Sequence[tuple[float, Colour]], count: int) -> Field:
    """Give `count` colours along stops (position from 0 to 1, colour), mixed in OKLab."""
    fine: list[tuple[float, Colour]] = []
    for (start, first), (end, second) in pairwise(stops):
        fine += [(start + (end - start) * i / 8, mix(first, second, i / 8)) for i in range(8)]
    fine.append(stops[-1])
    positions = [position for position, _ in fine]
    at = np.linspace(0, 1, count)
    parts = [np.interp(at, positions, [colour[i] for _, colour in fine]) for i in range(3)]
    return np.stack(parts, 1).astype(np.float32)


def ridge(random: np.random.Generator, roughness: float, points: int = 129) -> Field:
    """Make a skyline by midpoint displacement: `points` heights from 0 to 1."""
    heights = np.zeros(points, np.float32)
    heights[0], heights[-1] = random.random(2)
    step, reach = points - 1, 1.0
    while step > 1:
        half = step // 2
        middles = np.arange(half, points - 1, step)
        offsets = (random.random(len(middles)) - 0.5) * reach
        heights[middles] = (heights[middles - half] + heights[middles + half]) / 2 + offsets
        reach *= roughness
        step = half
    low, high = float(heights.min()), float(heights.max())
    return (heights - low) / max(high - low, 1e-6)


def noise(random: np.random.Generator, height: int, width: int, octaves: int = 4) -> Field:
    """Make smooth noise, height x width, from 0 to 1."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = 2 ** (octave + 1) + 1
        grid = random.random((cells, cells * 2)).astype(np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def fractal(
    random: np.random.Generator, height: int, width: int, down: float, across: float,
    octaves: int = 6, roughness: float = 0.52,
) -> Field:  # fmt: skip
    """Make noise of height x width, about -1 to 1, with `down` and `across` largest waves."""
    total = np.zeros((height, width), np.float32)
    weight, strength = 0.0, 1.0
    for _ in range(octaves):
        rows, columns = max(2, round(down) + 1), max(2, round(across) + 1)
        if rows > 2 * height or columns > 2 * width:
            break
        grid = random.random((rows, columns), dtype=np.float32) * 2 - 1
        total += strength * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight += strength
        strength, down, across = strength * roughness, down * 2, across * 2
    return total / np.float32(weight or 1)


def rise(low: float, high: float, values: Field) -> Field:
    """Go smoothly from 0 to 1 while the values go from `low` to `high`."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
