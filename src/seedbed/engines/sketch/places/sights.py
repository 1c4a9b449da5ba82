"""Sights: what may be seen beyond what a place always shows, painted into the place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.engines.sketch.canvas import Canvas, fractal, ridge, rise
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb

ROWS: dict[str, tuple[Colour, Colour]] = {
    "lavender_field": (rgb("#8a63c9"), rgb("#6f9a54")),
    "rapeseed_field": (rgb("#f4cf2c"), rgb("#86b04a")),
}
"""Fields that are grown in rows: what grows, and what is between."""


def aurora(canvas: Canvas, horizon: float) -> None:
    """Hang curtains of light in the sky: sharp below, fading in rays above."""
    rows, columns = 96, round(160 * max(1.0, canvas.aspect))
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, columns, dtype=np.float32)
    for number, (colour, fringe) in enumerate(
        ((rgb("#4af0a0"), rgb("#8a5cf0")), (rgb("#3fe0c8"), rgb("#c05ce0")))
    ):
        random = canvas.random(f"aurora{number}")
        waves = 3 + 3 * random.random()
        hem = 0.62 - 0.2 * number + 0.14 * np.sin(x * waves + 6.3 * random.random())
        hem += 0.05 * np.sin(x * 3.1 * waves + 6.3 * random.random())
        rays = 0.55 + 0.75 * fractal(random, 4, columns, 1, 34 * max(1.0, canvas.aspect), 3)[:1]
        above = hem[None] - down
        light = rise(-0.025, 0.02, above) * np.exp(-np.clip(above, 0, 1) * 4.4)
        light *= np.clip(rays, 0.12, 1.4) * (0.5 + 0.5 * np.sin(x * 2.2 + 5 * random.random()) ** 2)
        canvas.veil(np.clip(light * 0.95, 0, 0.9), colour, 0, horizon)
        high = light * rise(0.1, 0.42, above)
        canvas.veil(np.clip(high * 1.3, 0, 0.6), fringe, 0, horizon)
    canvas.mist(horizon, 0.09, 0.22, rgb("#4af0a0"))


def milky_way(canvas: Canvas, horizon: float) -> None:
    """Draw a band of stars and dust across the night."""
    random = canvas.random("milky way")
    rows, columns = 128, round(160 * max(1.0, canvas.aspect))
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, columns, dtype=np.float32)[None]
    lean = 0.5 + 0.4 * random.random()
    middle = 0.5 + lean * (0.5 - down) * (1 if canvas.light_x < 0.5 else -1)
    cloud = fractal(random, rows, columns, 5, 5 * max(1.0, canvas.aspect), 5)
    away = np.abs(x - middle + 0.05 * cloud)
    band = np.exp(-((away / 0.17) ** 2)) * np.clip(0.75 + 0.8 * cloud, 0, 1.2)
    dust = np.exp(-((away / 0.045) ** 2)) * rise(-0.1, 0.35, cloud)
    canvas.veil(
        np.clip(band * 0.42, 0, 1), mix(canvas.palette.light, rgb("#b49cf0"), 0.45), 0, horizon
    )
    canvas.veil(np.clip(band**3 * 0.4, 0, 1), rgb("#ffe6d0"), 0, horizon)
    canvas.veil(np.clip(dust * 0.5, 0, 1), canvas.palette.sky_top, 0, horizon)
    side = 1 if canvas.light_x < 0.5 else -1
    for _ in range(round(420 * canvas.aspect)):
        y = random.random()
        at = 0.5 + lean * (0.5 - y) * side + 0.11 * float(random.normal(0, 1))
        bright = random.random() ** 4
        star = mix(canvas.palette.sky_low, WHITE, 0.5 + 0.5 * bright)
        canvas.disc(at, y * horizon * 0.97, 0.0007 + 0.0019 * bright, star)


def waterfall(canvas: Canvas, horizon: float) -> None:
    """Raise a cliff in the middle distance, and let a stream fall down its face."""
    p, random = canvas.palette, canvas.random("waterfall")
    uy = canvas.unit / canvas.height
    top, foot = max(0.06, horizon - (0.34 + 0.08 * random.random()) * uy), horizon + 0.05
    middle = 0.5 + (0.15 if canvas.light_x < 0.5 else -0.15) * (0.6 + 0.4 * random.random())
    half = 0.46 * min(1.0, canvas.unit / canvas.width * 1.2)
    rock = mix(rgb("#7d7f86"), p.haze, 0.22)
    x = np.linspace(middle - half, middle + half, 65)
    steps = np.round(ridge(random, 0.62, 65) * 3.4) / 3.4
    bulk = np.clip(1.12 - (np.abs(x - middle) / half) ** 2.4, 0, 1) * (0.62 + 0.38 * steps)
    bulk[27:38] = np.maximum(bulk[27:38], 0.96)  # where the stream comes over
    brow = foot - (foot - top) * np.clip(bulk * 1.02, 0, 1)
    face = np.concatenate([np.stack([x, brow], 1), [(middle + half, foot), (middle - half, foot)]])
    canvas.polygon(face, mix(rock, p.shade, 0.12 + p.tint))
    lit = -1 if canvas.light_x < 0.5 else 1
    for _ in range(60):
        at = middle + half * 0.92 * (2 * random.random() - 1)
        high = top + (foot - top) * (0.08 + 0.8 * random.random())
        edge = float(np.interp(at, x, brow))
        if high < edge + 0.01:
            continue
        long, wide = (0.03 + 0.07 * random.random()) * uy, 0.008 + 0.02 * random.random()
        tone = mix(
            rock, p.light if (at - middle) * lit > 0 or random.random() < 0.3 else p.shade, 0.22
        )
        facet = [
            (at, high),
            (at + wide, high + long * 0.3),
            (at + wide * 0.7, min(foot, high + long)),
        ]
        canvas.polygon([*facet, (at - wide * 0.3, min(foot, high + long * 0.8))], tone)
    for _ in range(46):  # green along the brow
        at = middle + half * 0.96 * (2 * random.random() - 1)
        leaf = mix(p.foliage, p.light if random.random() < 0.5 else p.shade, 0.16)
        size = 0.012 + 0.014 * random.random()
        canvas.disc(at, float(np.interp(at, x, brow)) + 0.3 * size * uy, size, leaf, 0.7)
    _fall(canvas, middle, float(np.interp(middle, x, brow)), foot, half * 0.17)


def _fall(canvas: Canvas, middle: float, top: float, foot: float, wide: float) -> None:
    p, random = canvas.palette, canvas.random("fall")
    water = mix(mix(rgb("#bfe3f2"), p.sky_low, 0.2), p.shade, p.tint)
    ends = [
        (middle - wide * 0.7, top),
        (middle + wide * 0.7, top),
        (middle + wide, foot),
        (middle - wide, foot),
    ]
    canvas.polygon(ends, water)
    foam = mix(WHITE, p.shade, p.tint * 0.7)
    for _ in range(46):
        at, start = 2 * random.random() - 1, random.random()
        y = top + (foot - top) * start * 0.9
        end = min(foot, y + (foot - top) * (0.12 + 0.4 * random.random()))
        tone = mix(water, foam if random.random() < 0.7 else p.shade, 0.25 + 0.5 * random.random())
        share = (y - top) / max(foot - top, 1e-6)
        x = middle + at * wide * (0.7 + 0.3 * share) * 0.94
        canvas.line(
            [(x, y), (middle + at * wide * 0.96, end)], tone, 0.0022 + 0.003 * random.random()
        )
    for _ in range(26):
        x = middle + wide * 1.15 * (2 * random.random() - 1)
        canvas.disc(x, foot - 0.004 * random.random(), 0.012 + 0.016 * random.random(), foam, 0.55)
    canvas.glow(middle, foot - 0.02, wide * 3, foam, 0.4)


def black_hole(canvas: Canvas) -> None:
    """Open a black disc in a ring of light, with gas that whirls into it."""
    random = canvas.random("black hole")
    x, y, radius = 0.5 + 0.12 * (random.random() - 0.5), 0.4, 0.15
    fire, gold = rgb("#ff8a3a"), rgb("#ffe2a6")
    canvas.glow(x, y, 0.62, fire, 0.55)
    canvas.glow(x, y, 0.36, gold, 0.5)
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    turn = np.linspace(0, 2 * np.pi, 120)
    lean = np.deg2rad(-14)

    def whirl(reach: float, arc: NDArray[np.float64]) -> NDArray[np.float64]:
        across, down = np.cos(arc) * reach, np.sin(arc) * reach * 0.2
        dx = across * np.cos(lean) - down * np.sin(lean)
        dy = across * np.sin(lean) + down * np.cos(lean)
        return np.stack([x + dx * ux, y + dy * uy], 1)

    lines = [(radius * (1.5 + 1.9 * random.random()), 6.3 * random.random()) for _ in range(90)]
    for reach, start in lines:  # the far half, behind the disc
        arc = np.linspace(start, start + 0.5 + random.random(), 16)
        far = np.sin(arc) < 0
        heat = mix(gold, mix(fire, rgb("#7a1f2a"), 0.5), min(1.0, (reach / radius - 1.5) / 1.9))
        for part in np.split(arc, np.flatnonzero(np.diff(far)) + 1):
            if len(part) > 1 and np.sin(part.mean()) < 0:
                canvas.line(whirl(reach, part), heat, 0.0035)
    for size, tone in ((1.22, fire), (1.14, gold), (1.06, WHITE)):
        ring = np.stack(
            [x + np.cos(turn) * radius * size * ux, y + np.sin(turn) * radius * size * uy], 1
        )
        canvas.line(ring, tone, 0.012 if size < 1.2 else 0.006)
    canvas.disc(x, y, radius * 1.04, rgb("#030208"))
    for reach, start in lines:  # the near half, before it
        arc = np.linspace(start, start + 0.6 + random.random(), 16)
        for part in np.split(arc, np.flatnonzero(np.diff(np.sin(arc) > 0)) + 1):
            if len(part) > 1 and np.sin(part.mean()) > 0:
                heat = mix(gold, fire, min(1.0, (reach / radius - 1.5) / 1.9))
                canvas.line(whirl(reach, part), heat, 0.004)


def rows(canvas: Canvas, top: float, kind: str) -> None:
    """Plant the ground in rows that run together at the horizon."""
    p, random = canvas.palette, canvas.random(kind)
    bloom, between = (mix(colour, p.shade, p.tint) for colour in ROWS[kind])
    meet = 0.35 + 0.3 * random.random()
    reach, count = 2.2 * max(1.0, canvas.aspect), 13
    canvas.wash(
        [(0, mix(bloom, p.haze, 0.45)), (0.12, bloom), (1, mix(bloom, p.shade, 0.3))], top, 1
    )
    for number in range(-count, count + 1):
        left, right = (meet + reach * (number + part) / count for part in (-0.16, 0.16))
        canvas.polygon(
            [(meet, top), (meet, top), (right, 1.02), (left, 1.02)], mix(between, p.shade, 0.12)
        )
    for _ in range(round(2600 * canvas.aspect) if not canvas.plain else 0):
        near = random.random() ** 0.7
        y = top + (1.02 - top) * near
        row = (
            int(random.integers(-count, count))
            + 0.5
            + float(np.clip(random.normal(0, 0.17), -0.3, 0.3))
        )
        x = meet + reach * row / count * near
        if not -0.05 < x < 1.05:
            continue
        tone = mix(
            bloom, p.light if random.random() < 0.5 else p.shade, 0.1 + 0.22 * random.random()
        )
        tall = (0.006 + 0.03 * near) * canvas.unit / canvas.height
        canvas.line([(x, y), (x, y - tall)], tone, 0.0015 + 0.006 * near)
