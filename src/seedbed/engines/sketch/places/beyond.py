"""The sky, space and other worlds."""

from __future__ import annotations

import numpy as np

from seedbed.engines.sketch.canvas import Canvas, ridge
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb
from seedbed.engines.sketch.places import elements as e
from seedbed.engines.sketch.places import sights

NIGHT = rgb("#060a1c")


def sky(canvas: Canvas, horizon: float) -> None:
    """High above a sea of clouds."""
    p = canvas.palette
    e.sky(canvas, 1.0)
    e.clouds(canvas, 0.9)
    random = canvas.random("sea of clouds")
    for layer in range(4):
        y = horizon + 0.06 + 0.1 * layer
        lit = mix(mix(p.haze, WHITE, 0.0 if p.is_night else 0.55), p.sky_low, 0.35 - 0.08 * layer)
        skyline = y - 0.05 * ridge(random, 0.62)
        canvas.land(skyline.astype(np.float32), lit, mix(lit, p.sky_top, 0.3))
        for _ in range(round(9 * canvas.aspect)):
            x, radius = random.random(), 0.04 + 0.07 * random.random()
            canvas.disc(x, y - 0.01, radius, mix(lit, p.light, 0.12), 0.5)
        canvas.land(
            (y + 0.012 - 0.02 * ridge(random, 0.5)).astype(np.float32),
            lit,
            mix(lit, p.sky_top, 0.22),
        )
        canvas.mist(y, 0.03, 0.35, lit)


def space(canvas: Canvas, horizon: float) -> None:
    """Stars, glowing gas and planets."""
    del horizon
    random = canvas.random("space")
    canvas.wash([(0, NIGHT), (0.5, rgb("#141a44")), (1, NIGHT)])
    clouds = (
        (rgb("#7a3fc0"), rgb("#1f7fc0")),
        (rgb("#c0407a"), rgb("#4a3fb0")),
        (rgb("#1f9a9a"), rgb("#5a3fc0")),
        (rgb("#d0703a"), rgb("#7a2f8a")),
    )
    e.nebula(canvas, clouds[int(random.integers(4))])
    for _ in range(round(330 * canvas.aspect)):
        bright = random.random() ** 3
        tone = mix(WHITE, (rgb("#9ac4ff"), rgb("#ffd9a0"), WHITE)[int(random.integers(3))], 0.6)
        canvas.disc(
            random.random(),
            random.random(),
            0.0008 + 0.0026 * bright,
            mix(NIGHT, tone, 0.4 + 0.6 * bright),
        )
    for _ in range(round(5 * canvas.aspect)):
        canvas.glow(random.random(), random.random(), 0.05, WHITE, 0.8)
    if "black_hole" in canvas.sights:
        sights.black_hole(canvas)
        return
    x = 0.16 if canvas.light_x > 0.5 else 0.84
    tone = (rgb("#d98a5a"), rgb("#5a9ad9"), rgb("#b98ad9"), rgb("#6ac0a0"))[int(random.integers(4))]
    _planet(canvas, x, 0.82, 0.24, tone)
    _planet(canvas, 1 - x, 0.16, 0.06, mix(tone, rgb("#e8d9c0"), 0.6))


def _planet(canvas: Canvas, x: float, y: float, radius: float, colour: Colour) -> None:
    """A lit ball with bands, its night side away from the light."""
    size = 160
    grid = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    dx, dy = np.meshgrid(grid, grid)
    inside = np.clip((1 - np.hypot(dx, dy)) * size / 3, 0, 1)
    depth = np.sqrt(np.clip(1 - dx**2 - dy**2, 0, 1))
    towards = -1.0 if canvas.light_x < x else 1.0
    lit = np.clip(towards * dx * 0.62 - dy * 0.45 + depth * 0.55, 0, 1)[..., None]
    bands = (0.5 + 0.5 * np.sin(dy * 13 + 1.6 * np.sin(dx * 2 + dy * 3)))[..., None].astype(
        np.float32
    )
    base = np.array(colour, np.float32) * (0.78 + 0.3 * bands)
    shown = np.clip(base * (0.1 + 1.05 * lit), 0, 255).astype(np.float32)
    canvas.glow(x, y, radius * 1.5, colour, 0.4)
    e.stamp(canvas, shown, inside.astype(np.float32), x, y, radius * 2)


def mars(canvas: Canvas, horizon: float) -> None:
    """Red rocks and dust under a pink sky."""
    p = canvas.palette
    dusk = 0.5 if p.is_night else 0.0
    top, low = mix(rgb("#8a4a3a"), p.shade, dusk), mix(rgb("#f2b98a"), p.shade, dusk)
    canvas.wash([(0, top), (1, low)], 0, horizon + 0.02)
    canvas.wash([(0, low), (1, rgb("#a8502f"))], horizon, 1)
    _planet(canvas, 0.2, 0.18, 0.05, rgb("#d9b9a0"))
    canvas.glow(canvas.light_x, 0.2, 0.6, rgb("#ffe6c0"), 0.6)
    canvas.disc(canvas.light_x, 0.2, 0.035, rgb("#fff4e0"))
    _rocky(canvas, horizon, mix(rgb("#c8673a"), p.shade, dusk), low)


def moon(canvas: Canvas, horizon: float) -> None:
    """Grey dust and craters, the earth above."""
    canvas.wash([(0, NIGHT), (1, rgb("#10173a"))])
    e.stars(canvas, 1.0, 260)
    _planet(canvas, 0.24 if canvas.light_x > 0.5 else 0.76, 0.22, 0.11, rgb("#4a90d9"))
    _rocky(canvas, horizon, rgb("#b4b8c2"), rgb("#3a4058"))


def _rocky(canvas: Canvas, horizon: float, soil: Colour, far: Colour) -> None:
    """Ridges, craters and stones of a bare world."""
    shade = rgb("#2a1a26") if soil[0] > soil[2] + 40 else rgb("#1a1d2c")
    for number, (y, tall, depth) in enumerate(((0.02, 0.13, 0.7), (0.06, 0.07, 0.4))):
        tone = mix(mix(soil, shade, 0.15), far, depth)
        skyline = horizon + y - tall * ridge(canvas.random(f"rocks{number}"), 0.52)
        canvas.land(skyline.astype(np.float32), mix(tone, WHITE, 0.08), mix(tone, shade, 0.2))
    canvas.land(
        (horizon + 0.07 - 0.015 * ridge(canvas.random("plain"), 0.4)).astype(np.float32),
        mix(soil, far, 0.25),
        mix(soil, shade, 0.35),
    )
    random = canvas.random("craters")
    for _ in range(round(9 * canvas.aspect)):
        near = random.random()
        x, y, r = random.random(), horizon + 0.12 + (0.86 - horizon) * near, 0.015 + 0.055 * near
        canvas.disc(x, y, r, mix(soil, WHITE, 0.18), 0.3)
        canvas.disc(x, y + 0.004, r * 0.88, mix(soil, shade, 0.42), 0.28)
        canvas.disc(x, y + 0.01 + r * 0.05, r * 0.76, mix(soil, shade, 0.2), 0.24)
    for _ in range(round(40 * canvas.aspect)):
        near = random.random()
        x, y, r = (
            random.random(),
            horizon + 0.1 + (0.88 - horizon) * near,
            0.003 + 0.012 * near * random.random(),
        )
        canvas.disc(x, y + r * 0.4, r * 1.2, mix(soil, shade, 0.5), 0.4)
        canvas.disc(x, y, r, mix(soil, shade, 0.12), 0.75)
