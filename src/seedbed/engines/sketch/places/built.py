"""Places that people have built."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from seedbed.engines.sketch.canvas import Canvas
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb
from seedbed.engines.sketch.places import elements as e


def city(canvas: Canvas, horizon: float) -> None:
    """A skyline, row behind row, and its light on the wet street."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.towers(canvas, horizon, 0.48, 0.9, "farthest")
    canvas.mist(horizon, 0.1, 0.4)
    e.towers(canvas, horizon + 0.01, 0.4, 0.5, "far")
    canvas.mist(horizon, 0.06, 0.3)
    e.towers(canvas, horizon + 0.03, 0.42, 0.1, "near", 0.6)
    quay = horizon + 0.03 + 0.3 * (1 - horizon)
    e.water(canvas, horizon + 0.03, quay, mix(rgb("#4a566e"), p.shade, 0.4))
    _promenade(canvas, quay)


def _promenade(canvas: Canvas, top: float) -> None:
    """Pave the near bank: slabs in perspective, a railing and lamps along the water."""
    p = canvas.palette
    uy = canvas.unit / canvas.height
    stone = mix(mix(rgb("#8d93a0"), p.shade, 0.16 + p.tint * 1.6), p.haze, 0.1)
    canvas.wash([(0, mix(stone, p.haze, 0.3)), (1, mix(stone, p.shade, 0.3))], top, 1)
    seam = mix(stone, p.shade, 0.28)
    for row in range(1, 6):
        y = top + (1 - top) * (row / 6) ** 1.7
        canvas.line([(0, y), (1, y)], seam, 0.0014 + 0.0008 * row)
    count = round(5 * canvas.aspect)
    for number in range(-count, count + 1):
        x = 0.5 + number * 0.09 / canvas.aspect
        canvas.line([(x, top), (0.5 + (x - 0.5) * 3.4, 1)], seam, 0.0018)
    steel = mix(mix(rgb("#3c4250"), p.shade, p.tint), p.haze, 0.12)
    for rail in (0.055, 0.034):
        canvas.line([(0, top - rail * uy), (1, top - rail * uy)], steel, 0.0045)
    posts = round(12 * canvas.aspect)
    for number in range(posts + 1):
        x = number / posts
        canvas.line([(x, top + 0.004), (x, top - 0.06 * uy)], steel, 0.005)
    dark = p.is_night or p.tint > 0.15
    for x in (0.09, 0.91) if canvas.aspect < 1.4 else (0.06, 0.34, 0.66, 0.94):
        head = top - 0.3 * uy
        canvas.line([(x, top + 0.012), (x, head)], steel, 0.007)
        lamp = rgb("#ffe3a6") if dark else mix(rgb("#f4f1e6"), p.haze, 0.2)
        canvas.disc(x, head, 0.017, lamp)
        if dark:
            canvas.glow(x, head, 0.2, rgb("#ffc978"), 0.6)
            canvas.glow(x, top + 0.05 * uy, 0.16, rgb("#ffc978"), 0.22)


def street(canvas: Canvas, horizon: float) -> None:
    """A street of shops running into the distance."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.towers(canvas, horizon + 0.01, 0.3, 0.8, "far")
    tar = mix(rgb("#6a6f7c"), p.shade, p.tint)
    canvas.wash([(0, mix(tar, p.haze, 0.5)), (1, mix(tar, p.shade, 0.25))], horizon, 1)
    for side in (0, 1):
        _house_front(canvas, side, horizon)
    for side in (-1, 1):
        kerb = [
            (0.5 + side * 0.04, horizon),
            (0.5 + side * 0.055, horizon),
            (0.5 + side * 0.75, 1),
            (0.5 + side * 0.56, 1),
        ]
        canvas.polygon(kerb, mix(rgb("#b9b4ac"), p.shade, p.tint))
    for i in range(6):
        near, far = (i / 6) ** 2, ((i + 0.45) / 6) ** 2
        y0, y1 = horizon + (1 - horizon) * near, horizon + (1 - horizon) * far
        canvas.polygon(
            [
                (0.5 - 0.013 * near, y0),
                (0.5 + 0.013 * near, y0),
                (0.5 + 0.013 * far, y1),
                (0.5 - 0.013 * far, y1),
            ],
            mix(WHITE, p.shade, 0.15 + p.tint),
        )


def _house_front(canvas: Canvas, side: int, horizon: float) -> None:
    """One side of the street in perspective: x from the picture's edge to the vanishing point."""
    p, random = canvas.palette, canvas.random(f"front{side}")
    tones = [
        rgb(text) for text in ("#d98f6a", "#e8c58f", "#b9655a", "#9fb0a8", "#d8b0a0", "#c9a67a")
    ]

    def at(t: float, level: float) -> tuple[float, float]:
        """A point on the wall: t from 0 (near) to 1 (far), level 0 at the ground to 1 on top."""
        x = side + (1 - 2 * side) * (0.5 - 0.035) * (1 - (1 - t) ** 1.6)
        low = horizon + (1.02 - horizon) * (1 - t) ** 1.7
        return x, low - (low - horizon + 0.02) * 0 - level * (0.1 + 0.75 * (1 - t) ** 1.5)

    edges = np.linspace(0, 1, 6)
    for i, (start, end) in enumerate(pairwise(edges)):
        tall = 0.75 + 0.3 * random.random()
        wall = mix(
            mix(tones[(i * 2 + side * 3) % 6], p.shade, 0.08 + p.tint * 1.5), p.haze, 0.55 * end
        )
        canvas.polygon([at(start, 0), at(end, 0), at(end, tall), at(start, tall)], wall)
        canvas.polygon(
            [at(start, tall), at(end, tall), at(end, tall - 0.05), at(start, tall - 0.05)],
            mix(wall, p.shade, 0.3),
        )
        lit = p.is_night or p.tint > 0.15
        pane = (
            mix(rgb("#ffd98a"), p.haze, 0.35 * end) if lit else mix(rgb("#8fb3c8"), p.shade, 0.15)
        )
        span = end - start
        for level in (0.36, 0.58, 0.8):
            if level + 0.12 > tall:
                continue
            for column in (0.16, 0.58):
                a, b = start + span * column, start + span * (column + 0.26)
                canvas.polygon(
                    [at(a, level), at(b, level), at(b, level + 0.13), at(a, level + 0.13)], pane
                )
        a, b = start + span * 0.1, start + span * 0.9
        canvas.polygon([at(a, 0.02), at(b, 0.02), at(b, 0.2), at(a, 0.2)], mix(pane, wall, 0.2))
        awning = (rgb("#c8473f"), rgb("#2f7f6a"), rgb("#d9a03a"))[i % 3]
        canvas.polygon(
            [at(a, 0.28), at(b, 0.28), at(b, 0.2), at(a, 0.2)],
            mix(mix(awning, p.shade, p.tint), p.haze, 0.4 * end),
        )


def village(canvas: Canvas, horizon: float) -> None:
    """Gabled houses among hills."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.24, "far", 0.95)
    e.hills(canvas, horizon + 0.02, 0.08, "hills", p.foliage, 0.6)
    grown = 1.35 if canvas.bare else 1.0
    e.houses(canvas, horizon + 0.03, 0.12 * grown, 0.55, "far houses")
    e.ground(canvas, horizon + 0.03, p.ground)
    e.houses(canvas, horizon + 0.1, 0.2 * grown, 0.15, "near houses")
    e.ground(canvas, horizon + 0.1, p.ground)
    e.grass(canvas, horizon + 0.15, p.ground)


def castle(canvas: Canvas, horizon: float) -> None:
    """A castle on its hill."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.22, "far", 0.95)
    away = 0.14 if canvas.bare else 0.22
    x = 0.5 + away if canvas.light_x < 0.5 else 0.5 - away
    hill = [
        (x - 0.42, horizon + 0.08),
        (x - 0.2, horizon - 0.02),
        (x, horizon - 0.06),
        (x + 0.2, horizon - 0.02),
        (x + 0.42, horizon + 0.08),
    ]
    canvas.polygon(hill, mix(p.foliage, p.haze, 0.35))
    stone = mix(mix(rgb("#c9c2bd"), p.shade, 0.1 + p.tint), p.haze, 0.25)
    room = (horizon - 0.07) * canvas.height / canvas.unit / 0.46
    grown = min(1.55, max(1.0, room)) if canvas.bare else 1.0
    ux, uy = grown * canvas.unit / canvas.width, grown * canvas.unit / canvas.height
    for dx, wide, tall in (
        (-0.17, 0.065, 0.16),
        (0.17, 0.065, 0.18),
        (-0.08, 0.07, 0.24),
        (0.09, 0.07, 0.21),
        (0.0, 0.09, 0.29),
    ):
        _turret(canvas, x + dx * ux, horizon - 0.02, wide * ux, tall * uy, stone)
    canvas.box(x - 0.19 * ux, horizon - 0.13 * uy, x + 0.19 * ux, horizon - 0.01, stone)
    for i in range(9):
        left = x + (-0.19 + i * 0.0435) * ux
        canvas.box(left, horizon - 0.15 * uy, left + 0.024 * ux, horizon - 0.12 * uy, stone)
    gate = mix(rgb("#4a3a38"), p.shade, p.tint)
    canvas.box(x - 0.028 * ux, horizon - 0.06 * uy, x + 0.028 * ux, horizon - 0.01, gate)
    canvas.disc(x, horizon - 0.06 * uy, 0.028 * grown, gate)
    e.broadleaves(canvas, horizon + 0.06, 0.13, 0.45, "trees")
    e.ground(canvas, horizon + 0.06, p.ground)
    e.grass(canvas, horizon + 0.12, p.ground)
    if not p.is_snowy:
        e.flowers(canvas, horizon + 0.16, (rgb("#ffffff"), rgb("#ff8fb3"), rgb("#b48cf0")), 60)


def _turret(canvas: Canvas, x: float, foot: float, wide: float, tall: float, stone: Colour) -> None:
    p = canvas.palette
    canvas.box(x - wide / 2, foot - tall, x + wide / 2, foot, stone)
    side = 1 if canvas.light_x < x else -1
    canvas.polygon(
        [
            (x + side * wide * 0.12, foot - tall),
            (x + side * wide / 2, foot - tall),
            (x + side * wide / 2, foot),
            (x + side * wide * 0.12, foot),
        ],
        mix(stone, p.shade, 0.2),
    )
    roof = mix(rgb("#5b6fae"), p.shade, 0.1 + p.tint)
    peak = foot - tall - wide * 1.5 * canvas.width / canvas.height
    canvas.polygon(
        [(x - wide * 0.62, foot - tall), (x, peak), (x + wide * 0.62, foot - tall)], roof
    )
    canvas.polygon(
        [(x, peak), (x + side * wide * 0.62, foot - tall), (x + side * wide * 0.1, foot - tall)],
        mix(roof, p.shade, 0.25),
    )
    pane = rgb("#ffd98a") if p.tint > 0.15 else mix(stone, p.shade, 0.55)
    canvas.box(x - wide * 0.1, foot - tall * 0.8, x + wide * 0.1, foot - tall * 0.66, pane)


def temple(canvas: Canvas, horizon: float) -> None:
    """A temple with sweeping roofs at the end of a stone path."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.26, "far", 0.95)
    e.broadleaves(canvas, horizon + 0.03, 0.17, 0.6, "far trees")
    e.ground(canvas, horizon + 0.03, mix(rgb("#b9ad94"), p.shade, p.tint))
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    red, roof = mix(rgb("#b8402f"), p.shade, p.tint), mix(rgb("#3f5a55"), p.shade, p.tint)
    foot, x = horizon + 0.06, 0.5
    canvas.box(
        x - 0.34 * ux,
        foot - 0.03 * uy,
        x + 0.34 * ux,
        foot + 0.015,
        mix(rgb("#d9d2c2"), p.shade, 0.1 + p.tint),
    )
    for level, (wide, base) in enumerate(((0.3, 0.03), (0.22, 0.2))):
        low, high = foot - base * uy, foot - (base + 0.11) * uy
        canvas.box(
            x - wide * ux, high, x + wide * ux, low, mix(rgb("#e8d9bd"), p.shade, 0.1 + p.tint)
        )
        for i in range(6):
            column = x + (-wide + 2 * wide * i / 5) * ux
            canvas.box(column - 0.011 * ux, high, column + 0.011 * ux, low, red)
        t = np.linspace(-1, 1, 25)
        eave = high + (0.012 - 0.045 * np.abs(t) ** 3) * uy
        ridge_line = high - (0.085 - 0.02 * np.abs(t) ** 2) * uy
        span = (wide + 0.08) * ux
        top = np.stack([x + t * span * 0.66, ridge_line], 1)[::-1]
        canvas.polygon(np.concatenate([np.stack([x + t * span, eave], 1), top]), roof)
        canvas.line(np.stack([x + t * span, eave], 1), mix(roof, p.light, 0.35), 0.006)
        if level == 0 and (p.is_night or p.tint > 0.15):
            canvas.glow(x, low - 0.04, 0.25, rgb("#ffb85a"), 0.5)
    path = mix(rgb("#d9d0bc"), p.shade, p.tint)
    canvas.polygon([(0.45, foot + 0.01), (0.55, foot + 0.01), (0.8, 1), (0.2, 1)], path)
    for i in range(1, 8):
        y = foot + (1 - foot) * (i / 8) ** 1.6
        half = 0.05 + 0.25 * (y - foot) / (1 - foot)
        canvas.line([(0.5 - half, y), (0.5 + half, y)], mix(path, p.shade, 0.25), 0.0025)
    e.broadleaves(canvas, horizon + 0.16, 0.4, 0.1, "near trees", 0.72)


def fairground(canvas: Canvas, horizon: float) -> None:
    """A big wheel, tents and bunting."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.broadleaves(canvas, horizon + 0.02, 0.12, 0.7, "trees")
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    x, y, r = 0.74 if canvas.light_x < 0.5 else 0.26, horizon - 0.25 * uy, 0.24
    steel = mix(rgb("#e9eef5"), p.shade, 0.1 + p.tint)
    for side in (-1, 1):
        canvas.line([(x, y), (x + side * 0.12 * ux, horizon + 0.03)], steel, 0.012)
    turns = np.deg2rad(np.arange(0, 361, 15))
    for radius in (r, r * 0.9):
        canvas.line(
            np.stack([x + np.cos(turns) * radius * ux, y + np.sin(turns) * radius * uy], 1),
            steel,
            0.006,
        )
    cabins = (rgb("#f25f5c"), rgb("#ffd166"), rgb("#4fb3bf"), rgb("#9b6bdf"))
    for i, turn in enumerate(turns[:-1:2]):
        tip = (x + float(np.cos(turn)) * r * ux, y + float(np.sin(turn)) * r * uy)
        canvas.line([(x, y), tip], steel, 0.003)
        canvas.disc(tip[0], tip[1] + 0.016 * uy, 0.024, mix(cabins[i % 4], p.shade, p.tint))
    e.ground(canvas, horizon + 0.03, p.ground)
    for i, at in enumerate((0.1, 0.36, 0.62, 0.9)):
        _tent(canvas, at, horizon + 0.08, 0.2, cabins[i])
    path = mix(rgb("#ecd9b0"), p.shade, p.tint)
    canvas.polygon([(0.42, horizon + 0.08), (0.6, horizon + 0.08), (0.95, 1), (0.05, 1)], path)
    _bunting(canvas, cabins)


def _tent(canvas: Canvas, x: float, foot: float, tall: float, colour: Colour) -> None:
    p = canvas.palette
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    ink, white = mix(colour, p.shade, p.tint), mix(WHITE, p.shade, p.tint)
    for i in range(8):
        a, b = (i / 8 - 0.5) * tall * ux, ((i + 1) / 8 - 0.5) * tall * ux
        stripe = ink if i % 2 else white
        canvas.box(x + a, foot - tall * 0.5 * uy, x + b, foot, stripe)
        canvas.polygon(
            [
                (x + a * 1.16, foot - tall * 0.5 * uy),
                (x + b * 1.16, foot - tall * 0.5 * uy),
                (x, foot - tall * uy),
            ],
            stripe,
        )
    canvas.polygon(
        [
            (x, foot - tall * uy),
            (x, foot - tall * 1.2 * uy),
            (x + 0.05 * ux, foot - tall * 1.12 * uy),
        ],
        ink,
    )


def _bunting(canvas: Canvas, colours: tuple[Colour, ...]) -> None:
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    count = round(14 * canvas.aspect)
    for i in range(count):
        t = (i + 0.5) / count
        y = 0.05 + 0.07 * np.sin(np.pi * t)
        half = 0.02 * ux
        canvas.polygon(
            [(t - half, y), (t + half, y), (t, y + 0.05 * uy)],
            mix(colours[i % 4], canvas.palette.shade, canvas.palette.tint),
        )


def stadium(canvas: Canvas, horizon: float) -> None:
    """A pitch under floodlights, the stands full."""
    p, random = canvas.palette, canvas.random("crowd")
    e.sky(canvas, horizon)
    stand = mix(rgb("#5a6478"), p.shade, 0.2 + p.tint)
    canvas.polygon(
        [
            (0, horizon - 0.26),
            (0.3, horizon - 0.16),
            (0.7, horizon - 0.16),
            (1, horizon - 0.26),
            (1, horizon + 0.05),
            (0, horizon + 0.05),
        ],
        stand,
    )
    for _ in range(round(900 * canvas.aspect)):
        x = random.random()
        top = horizon - 0.15 - 0.1 * max(0.0, abs(x - 0.5) - 0.2) / 0.3
        y = top + (horizon + 0.02 - top) * random.random()
        shirt = (rgb("#e8554e"), rgb("#f4f1ea"), rgb("#3d7fd0"), rgb("#ffd24a"), rgb("#3a3f52"))[
            int(random.integers(5))
        ]
        canvas.disc(x, y, 0.0042, mix(shirt, p.shade, 0.25 + p.tint))
    for x in (0.1, 0.9):
        canvas.line([(x, horizon - 0.2), (x, 0.08)], mix(rgb("#c9ced8"), p.shade, 0.3), 0.008)
        canvas.box(x - 0.05, 0.05, x + 0.05, 0.1, rgb("#f4f7ff"))
        canvas.glow(x, 0.075, 0.4, WHITE, 0.6)
    grass = mix(rgb("#4fae4a"), p.shade, p.tint * 0.7)
    for i in range(9):
        near, far = (i / 9) ** 1.7, ((i + 1) / 9) ** 1.7
        base = horizon + 0.04
        canvas.box(
            0,
            base + (1 - base) * near,
            1,
            base + (1 - base) * far + 0.002,
            mix(grass, p.light if i % 2 else p.shade, 0.1),
        )
    chalk = mix(WHITE, grass, 0.15)
    canvas.line([(0.5, horizon + 0.04), (0.5, 1)], chalk, 0.006)
    turns = np.deg2rad(np.arange(0, 361, 10))
    canvas.line(
        np.stack([0.5 + np.cos(turns) * 0.26, 0.83 + np.sin(turns) * 0.09], 1), chalk, 0.006
    )
