"""Buildings in rows: gabled houses, and towers whose windows are lit at night."""

from __future__ import annotations

import numpy as np

from seedbed.engines.sketch.canvas import Canvas
from seedbed.engines.sketch.palette import mix, rgb
from seedbed.engines.sketch.places.ranges import SNOW

TRUNK = rgb("#5d4433")
"""Wood in the open: trunks, doors."""


def houses(canvas: Canvas, foot: float, tall: float, depth: float, purpose: str) -> None:
    """Build a row of gabled houses."""
    palette, random = canvas.palette, canvas.random(purpose)
    walls = [
        rgb(text) for text in ("#f2e2c4", "#e8c9a4", "#d9a98a", "#f4efe4", "#c9d6cf", "#e4b7a0")
    ]
    roofs = [rgb(text) for text in ("#b5523b", "#8c4a3a", "#a8643c", "#6b4b52")]
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    x = -0.05
    while x < 1.05:
        wide, high = (
            tall * (0.7 + 0.5 * random.random()) * ux,
            tall * (0.55 + 0.4 * random.random()) * uy,
        )
        wall = mix(
            mix(walls[int(random.integers(len(walls)))], palette.shade, palette.tint * 1.4),
            palette.haze,
            depth * 0.6,
        )
        roof = mix(
            mix(
                SNOW if palette.is_snowy else roofs[int(random.integers(len(roofs)))],
                palette.shade,
                palette.tint,
            ),
            palette.haze,
            depth * 0.6,
        )
        canvas.box(x, foot - high, x + wide, foot, wall)
        canvas.box(x + wide * 0.8, foot - high, x + wide, foot, mix(wall, palette.shade, 0.16))
        canvas.polygon(
            [
                (x - wide * 0.08, foot - high),
                (x + wide / 2, foot - high - tall * 0.4 * uy),
                (x + wide * 1.08, foot - high),
            ],
            roof,
        )
        canvas.box(
            x + wide * 0.42, foot - high * 0.36, x + wide * 0.58, foot, mix(TRUNK, wall, 0.2)
        )
        pane = (
            rgb("#ffd98a")
            if palette.is_night or palette.tint > 0.15
            else mix(rgb("#7fa9c4"), palette.haze, depth * 0.4)
        )
        for column in (0.14, 0.68):
            canvas.box(
                x + wide * column,
                foot - high * 0.75,
                x + wide * (column + 0.18),
                foot - high * 0.48,
                pane,
            )
        x += wide * (1.05 + 0.5 * random.random())


def towers(
    canvas: Canvas, foot: float, tall: float, depth: float, purpose: str, gap: float = 0.0
) -> None:
    """Build a skyline of towers, their windows lit at night."""
    palette, random = canvas.palette, canvas.random(purpose)
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    base = mix(
        mix(rgb("#66779a"), palette.shade, 0.5 if palette.is_night else 0.1),
        palette.haze,
        depth * 0.75,
    )
    x = -0.04
    while x < 1.04:
        wide = tall * (0.16 + 0.16 * random.random()) * ux
        high = tall * (0.4 + 0.6 * random.random()) * uy
        if abs(x + wide / 2 - 0.5) * 2 < gap:
            high *= 0.5
        face = mix(
            base, palette.light if random.random() > 0.5 else palette.shade, 0.14 * random.random()
        )
        top = foot - high
        canvas.box(x, top, x + wide, foot, face)
        from_left = canvas.light_x < x
        edge = x + wide * (0.72 if from_left else 0.0)
        canvas.box(edge, top, edge + wide * 0.28, foot, mix(face, palette.shade, 0.22))
        if random.random() > 0.7:
            canvas.line([(x + wide / 2, top), (x + wide / 2, top - 0.06 * uy)], face, 0.003)
        _windows(canvas, random, x, top, wide, high, depth)
        x += wide * (1.0 + 0.25 * random.random())


def _windows(
    canvas: Canvas,
    random: np.random.Generator,
    x: float,
    top: float,
    wide: float,
    high: float,
    depth: float,
) -> None:
    palette = canvas.palette
    columns = max(2, round(wide / (0.018 * canvas.unit / canvas.width)))
    rows = max(3, min(40, round(high / (0.024 * canvas.unit / canvas.height))))
    neon = palette.light[2] > 200 and palette.light[1] < 150
    lights = (
        (rgb("#ff5ac8"), rgb("#4ae0ff"), rgb("#ffd27a"))
        if neon
        else (rgb("#ffd98a"), rgb("#ffe9b8"), rgb("#ffc46a"))
    )
    for row in range(rows):
        for column in range(columns):
            lit = random.random() < (0.42 if palette.is_night else 0.16)
            colour = (
                lights[int(random.integers(3))]
                if palette.is_night and lit
                else mix(rgb("#a9c6e0"), palette.shade, 0.25 + palette.tint)
            )
            if not lit and palette.is_night:
                continue
            colour = mix(colour, palette.haze, depth * 0.55)
            left, up = x + wide * (column + 0.28) / columns, top + high * (row + 0.3) / rows
            canvas.box(left, up, left + wide * 0.46 / columns, up + high * 0.42 / rows, colour)
