"""Rooms, tables and stages."""

from __future__ import annotations

import numpy as np

from seedbed.engines.sketch.canvas import Canvas, noise
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb
from seedbed.engines.sketch.places import elements as e
from seedbed.engines.sketch.places import furniture

WOOD = rgb("#a8703f")


def room(canvas: Canvas, horizon: float) -> None:
    """A room with a window, a picture and a rug."""
    p = canvas.palette
    _walls(canvas, horizon, (rgb("#dfe6dd"), rgb("#efe0cf"), rgb("#d5e0ea")))
    _window(canvas, 0.62, 0.12, 0.9, 0.55)
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    frame = mix(WOOD, p.shade, 0.15 + p.tint)
    canvas.box(0.18 - 0.1 * ux, 0.2, 0.18 + 0.1 * ux, 0.2 + 0.24 * uy, frame)
    canvas.box(
        0.18 - 0.085 * ux,
        0.2 + 0.015 * uy,
        0.18 + 0.085 * ux,
        0.2 + 0.225 * uy,
        mix(rgb("#e8b08a"), p.shade, p.tint),
    )
    canvas.disc(0.18, 0.2 + 0.12 * uy, 0.05, mix(rgb("#f6d27a"), p.shade, p.tint))
    _floor(canvas, horizon)
    rug = mix(rgb("#c86b5a"), p.shade, p.tint)
    canvas.disc(0.5, 0.88, 0.42, rug, 0.22)
    canvas.disc(0.5, 0.88, 0.36, mix(rug, WHITE, 0.4), 0.22)
    canvas.disc(0.5, 0.88, 0.33, rug, 0.22)
    furniture.furnish(canvas, horizon + 0.03)


def kitchen(canvas: Canvas, horizon: float) -> None:
    """Tiles, shelves with jars and a counter."""
    p, random = canvas.palette, canvas.random("kitchen")
    tile = mix(rgb("#eef1ea"), p.shade, 0.05 + p.tint)
    canvas.wash([(0, mix(tile, p.light, 0.2)), (1, mix(tile, p.shade, 0.12))])
    step = 0.085 * canvas.unit
    for x in np.arange(0, canvas.width, step):
        canvas.line(
            [(x / canvas.width, 0), (x / canvas.width, horizon)], mix(tile, p.shade, 0.14), 0.002
        )
    for y in np.arange(0, horizon * canvas.height, step):
        canvas.line(
            [(0, y / canvas.height), (1, y / canvas.height)], mix(tile, p.shade, 0.14), 0.002
        )
    _window(canvas, 0.36, 0.1, 0.64, 0.45)
    uy = canvas.unit / canvas.height
    for left, right in ((0.02, 0.3), (0.7, 0.98)):
        canvas.box(left, 0.3, right, 0.3 + 0.018 * uy, mix(WOOD, p.shade, p.tint))
        x = left + 0.03
        while x < right - 0.03:
            tall = (0.05 + 0.06 * random.random()) * uy
            jar = (rgb("#d9634f"), rgb("#e8c45a"), rgb("#7fa66a"), rgb("#5f8fa8"), rgb("#efe6d4"))[
                int(random.integers(5))
            ]
            wide = 0.035 * canvas.unit / canvas.width
            canvas.box(x, 0.3 - tall, x + wide, 0.3, mix(jar, p.shade, 0.1 + p.tint))
            canvas.box(x, 0.3 - tall, x + wide * 0.3, 0.3, mix(jar, WHITE, 0.3))
            x += wide * 1.5
    e.boards(canvas, horizon, mix(rgb("#c39361"), p.shade, p.tint), "counter", 4)


def table(canvas: Canvas, horizon: float) -> None:
    """A wooden table before soft lights."""
    p, random = canvas.palette, canvas.random("table")
    wall = (rgb("#2f6b72"), rgb("#b0694c"), rgb("#5f8060"), rgb("#65548a"), rgb("#c2924f"))[
        int(random.integers(5))
    ]
    wall = mix(wall, p.sky_low, 0.14) if not p.is_night else mix(wall, p.shade, 0.5)
    canvas.wash([(0, mix(wall, p.shade, 0.4)), (1, mix(wall, p.light, 0.2))], 0, horizon + 0.01)
    canvas.glow(canvas.light_x, 0.15, 0.8, p.light, 0.35)
    e.bokeh(canvas, 0.02, horizon, mix(p.light, rgb("#ffd9a0"), 0.4))
    e.boards(canvas, horizon, mix(WOOD, p.shade, p.tint * 0.8), "boards")
    canvas.glow(canvas.light_x, horizon + 0.12, 0.55, p.light, 0.22)


def windowsill(canvas: Canvas, horizon: float) -> None:
    """A sill before a wide window, curtains at its sides."""
    p = canvas.palette
    wall = mix(rgb("#e9ddd0"), p.shade, 0.06 + p.tint)
    canvas.wash([(0, wall), (1, mix(wall, p.shade, 0.15))])
    _window(canvas, 0.08, 0.04, 0.92, horizon)
    for side in (0, 1):
        cloth = mix(rgb("#f2d9d0"), p.shade, p.tint)
        for i in range(7):
            x = side + (1 - 2 * side) * (0.01 + 0.026 * i)
            sway = 0.02 * np.sin(i * 1.3)
            half = 0.016
            strip = [
                (x - half, 0),
                (x + half, 0),
                (x + half + (1 - 2 * side) * sway, horizon),
                (x - half + (1 - 2 * side) * sway, horizon),
            ]
            canvas.polygon(strip, mix(cloth, p.shade if i % 2 else WHITE, 0.1))
    sill = mix(rgb("#f4efe6"), p.shade, p.tint)
    canvas.wash(
        [(0, mix(sill, p.light, 0.3)), (0.75, sill), (1, mix(sill, p.shade, 0.15))], horizon, 0.93
    )
    canvas.wash([(0, mix(sill, p.shade, 0.3)), (1, mix(sill, p.shade, 0.45))], 0.93, 1)


def _window(canvas: Canvas, left: float, top: float, right: float, bottom: float) -> None:
    """Open a wall: sky, hills and trees outside, in a white frame."""
    p = canvas.palette
    inside = canvas.pixels.copy()
    view = Canvas(canvas.width, canvas.height, p, canvas.seed + 1)
    horizon = top + (bottom - top) * 0.72
    e.sky(view, horizon)
    e.mountains(view, horizon, 0.14, "outside", 0.9)
    e.hills(view, horizon + 0.03, 0.04, "lawn", p.ground, 0.4)
    view.land(np.full(2, horizon + 0.03, np.float32), p.ground, p.ground)
    e.broadleaves(view, horizon + 0.04, 0.12, 0.35, "outside trees")
    x0, x1 = round(left * canvas.width), round(right * canvas.width)
    y0, y1 = round(top * canvas.height), round(bottom * canvas.height)
    inside[y0:y1, x0:x1] = view.pixels[y0:y1, x0:x1]
    canvas.pixels[:] = inside
    frame = mix(WHITE, p.shade, 0.06 + p.tint)
    middle = (left + right) / 2
    for x in (left, middle, right):
        canvas.line([(x, top), (x, bottom)], frame, 0.016)
    for y in (top, top + (bottom - top) * 0.42, bottom):
        canvas.line([(left, y), (right, y)], frame, 0.016)


def _walls(canvas: Canvas, horizon: float, colours: tuple[Colour, ...]) -> None:
    p = canvas.palette
    wall = mix(colours[int(canvas.random("wall").integers(len(colours)))], p.shade, 0.05 + p.tint)
    canvas.wash([(0, mix(wall, p.shade, 0.12)), (1, mix(wall, p.light, 0.15))], 0, horizon)
    canvas.box(0, horizon - 0.025, 1, horizon, mix(wall, WHITE, 0.5))


def _floor(canvas: Canvas, horizon: float) -> None:
    p = canvas.palette
    wood = mix(rgb("#b98a5a"), p.shade, p.tint)
    canvas.wash([(0, mix(wood, p.light, 0.15)), (1, mix(wood, p.shade, 0.25))], horizon, 1)
    for i in range(-14, 15):
        canvas.line(
            [(0.5 + i * 0.05, horizon), (0.5 + i * 0.16, 1)], mix(wood, p.shade, 0.2), 0.002
        )


def studio(canvas: Canvas, horizon: float) -> None:
    """A seamless backdrop with a soft light and a faint mirror of the floor."""
    p, random = canvas.palette, canvas.random("studio")
    asked = canvas.backdrop
    dark = (p.is_night or p.tint > 0.3) if asked is None else sum(asked) < 240
    backdrops = (rgb("#e9edf2"), rgb("#efe6dc"), rgb("#dfe9e6"), rgb("#e8e1ee"))
    back = rgb("#20242c") if dark else backdrops[int(random.integers(4))]
    back = back if asked is None or dark else mix(asked, WHITE, 0.12)
    canvas.wash(
        [
            (0, mix(back, p.shade, 0.22)),
            (0.7, back),
            (0.78, mix(back, p.shade, 0.06)),
            (1, mix(back, p.shade, 0.18)),
        ]
    )
    canvas.glow(0.5, 0.4, 0.75, WHITE, 0.28 if dark else 0.75 if asked is None else 0.4)
    canvas.glow(0.5, 0.85, 0.5, WHITE, 0.1 if dark else 0.25)
    del horizon


def cave(canvas: Canvas, horizon: float) -> None:
    """A cave with stalactites, light falling through its mouth."""
    p, random = canvas.palette, canvas.random("cave")
    rock = mix(rgb("#574a5c"), p.shade, 0.25 + p.tint)
    canvas.wash(
        [
            (0, mix(rock, p.shade, 0.5)),
            (0.55, mix(rock, p.light, 0.2)),
            (1, mix(rock, p.shade, 0.4)),
        ]
    )
    canvas.glow(0.5, 0.36, 0.7, mix(p.light, p.sky_low, 0.5), 0.85)
    for depth in (0.6, 0.25, 0.0):
        tone = mix(mix(rock, p.shade, 0.75), mix(rock, p.light, 0.3), depth)
        count = round(9 * canvas.aspect)
        for i in range(count):
            x, wide = (i + random.random()) / count, 0.05 + 0.07 * random.random()
            tall = (
                (0.1 + 0.24 * random.random()) * (0.45 + 1.1 * abs(x - 0.5) * 2) * (1 - 0.5 * depth)
            )
            canvas.polygon(
                [(x - wide, -0.02), (x + wide, -0.02), (x + 0.004, tall), (x - 0.004, tall)], tone
            )
        for side in (0, 1):
            reach = 0.22 - 0.14 * (1 - depth) * 0.8 + 0.02 * random.random()
            wall = [
                (
                    side
                    + (1 - 2 * side) * (reach * (0.6 + 0.4 * np.sin(t * 5 + depth * 9)) + 0.01),
                    t,
                )
                for t in np.linspace(-0.02, 1.02, 16)
            ]
            canvas.polygon([(side, -0.02), *wall, (side, 1.02)], tone)
    e.ground(canvas, horizon + 0.05, mix(rock, p.shade, 0.2))
    gems = (rgb("#6fe0ff"), rgb("#c48cff"), rgb("#7affc2"))
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    for _ in range(round(7 * canvas.aspect)):
        x, y, gem = (
            random.random(),
            horizon + 0.1 + 0.22 * random.random(),
            gems[int(random.integers(3))],
        )
        canvas.glow(x, y - 0.02, 0.12, gem, 0.5)
        for lean in (-0.018, 0.0, 0.02):
            tall = 0.04 + 0.03 * random.random()
            canvas.polygon(
                [
                    (x + (lean - 0.009) * ux, y),
                    (x + lean * 1.6 * ux, y - tall * uy),
                    (x + (lean + 0.009) * ux, y),
                ],
                mix(gem, rock, 0.25),
            )
    e.shafts(canvas, 0.35)


def stage(canvas: Canvas, horizon: float) -> None:
    """A stage with curtains and spotlights."""
    p = canvas.palette
    canvas.wash([(0, rgb("#170d22")), (0.7, rgb("#3a1b3f")), (1, rgb("#241226"))])
    for x, colour in ((0.25, rgb("#ff9ad0")), (0.5, rgb("#fff0c0")), (0.75, rgb("#8ad4ff"))):
        column = np.arange(128)[None] / 127
        row = np.arange(96)[:, None] / 95
        centre = x + (0.5 - x) * row * 0.8
        beam = np.clip(1 - np.abs(column - centre) / (0.02 + 0.16 * row), 0, 1) * (1 - 0.55 * row)
        canvas.veil(beam * 0.42, colour, 0, horizon + 0.15)
    e.boards(canvas, horizon, mix(rgb("#8a5a3c"), rgb("#241226"), 0.25), "stage")
    canvas.glow(0.5, horizon + 0.16, 0.5, mix(p.light, rgb("#fff0c0"), 0.6), 0.6)
    for side in (0, 1):
        for i in range(8):
            x = side + (1 - 2 * side) * 0.022 * i
            red = mix(rgb("#b3202f"), rgb("#3a0a16"), 0.7 * (i % 2))
            canvas.polygon(
                [
                    (x - 0.014, 0),
                    (x + 0.014, 0),
                    (x + 0.014, horizon + 0.05),
                    (x - 0.014, horizon + 0.05),
                ],
                red,
            )
    for i in range(11):
        canvas.disc(
            (i + 0.5) / 11,
            0.0,
            0.1 * canvas.aspect,
            rgb("#a01c2b") if i % 2 else rgb("#8a1626"),
            0.75,
        )


def library(canvas: Canvas, horizon: float) -> None:
    """Shelves full of books, a lamp and a wooden floor."""
    p, random = canvas.palette, canvas.random("library")
    wood = mix(rgb("#6f4528"), p.shade, 0.15 + p.tint)
    canvas.wash([(0, mix(wood, p.shade, 0.35)), (1, mix(wood, p.shade, 0.15))])
    spines = [
        rgb(text)
        for text in (
            "#a8423a",
            "#2f5d73",
            "#3f6b4a",
            "#c99a4a",
            "#6b3f5e",
            "#d8c7a4",
            "#40405c",
            "#8a5a3a",
        )
    ]
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    row = 0.145 * uy
    y = 0.02 * uy
    while y < horizon - row * 0.5:
        x = 0.0
        while x < 1.0:
            wide, tall = (
                (0.012 + 0.016 * random.random()) * ux,
                row * (0.62 + 0.26 * random.random()),
            )
            spine = mix(spines[int(random.integers(8))], p.shade, 0.15 + p.tint)
            canvas.box(x, y + row * 0.94 - tall, x + wide * 0.92, y + row * 0.94, spine)
            canvas.box(
                x,
                y + row * 0.94 - tall * 0.8,
                x + wide * 0.92,
                y + row * 0.94 - tall * 0.74,
                mix(spine, rgb("#f2d98a"), 0.5),
            )
            x += wide * (1.0 if random.random() > 0.06 else 2.4)
        canvas.box(0, y + row * 0.94, 1, y + row * 1.05, mix(wood, p.light, 0.15))
        y += row * 1.08
    for x in (0.0, 0.333, 0.667, 1.0):
        canvas.box(x - 0.012 * ux, 0, x + 0.012 * ux, horizon, mix(wood, p.light, 0.1))
    _floor(canvas, horizon)
    canvas.glow(0.5, 0.35, 0.75, rgb("#ffcf8a"), 0.45)
    dim = noise(canvas.random("dim"), 16, 16) * 0.12
    canvas.veil(dim, p.shade)
