"""Places on land under the open sky."""

from __future__ import annotations

import numpy as np

from seedbed.engines.sketch.canvas import Canvas, ridge
from seedbed.engines.sketch.palette import Colour, mix, rgb
from seedbed.engines.sketch.places import elements as e
from seedbed.engines.sketch.places import sights

PETALS = (rgb("#ffffff"), rgb("#ff8fb3"), rgb("#ffd447"), rgb("#b48cf0"), rgb("#ff6b5a"))


def meadow(canvas: Canvas, horizon: float) -> None:
    """A flowering meadow before far hills."""
    p = canvas.palette
    random = canvas.random("meadow")
    e.sky(canvas, horizon)
    if random.random() < 0.6:
        e.mountains(canvas, horizon, 0.1 + 0.14 * random.random(), "far", 1.0)
    e.hills(
        canvas,
        horizon + 0.02,
        0.05 + 0.1 * random.random(),
        "hills",
        mix(p.ground, p.foliage, 0.4),
        0.75,
    )
    rows = e.conifers if random.random() < 0.3 or p.is_snowy else e.broadleaves
    rows(canvas, horizon + 0.035, 0.1, 0.5, "trees")
    e.hills(canvas, horizon + 0.07, 0.05, "near hills", p.ground, 0.3)
    grown = next((name for name in sights.ROWS if name in canvas.sights), None)
    if grown is not None and not p.is_snowy:
        sights.rows(canvas, horizon + 0.06, grown)
        return
    e.ground(canvas, horizon + 0.06, p.ground)
    if random.random() < 0.5:
        _lone_tree(canvas, horizon, random)
    e.grass(canvas, horizon + 0.12, p.ground)
    if not p.is_snowy:
        e.flowers(canvas, horizon + 0.16, PETALS, int(random.integers(25, 130)))


def _lone_tree(canvas: Canvas, horizon: float, random: np.random.Generator) -> None:
    """Frame the picture with a large tree at one side, in its own shade."""
    p = canvas.palette
    x = (0.05 if random.random() < 0.5 else 0.95) + 0.05 * (random.random() - 0.5)
    foot, tall = horizon + 0.13 + 0.04 * random.random(), 0.46 + 0.2 * random.random()
    canvas.disc(x, foot, tall * 0.34, mix(p.ground, p.shade, 0.24), 0.09)
    if p.is_snowy:
        e.conifer(canvas, x, foot, tall, p.foliage)
    else:
        e.broadleaf(canvas, x, foot, tall, mix(p.foliage, p.light, 0.06), "lone")


def forest(canvas: Canvas, horizon: float) -> None:
    """A clearing among firs, row behind row."""
    p = canvas.palette
    rows = e.broadleaves if p.is_turned else e.conifers
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.2, "far", 1.0)
    rows(canvas, horizon + 0.01, 0.24, 0.8, "far trees")
    canvas.mist(horizon, 0.06, 0.5)
    rows(canvas, horizon + 0.05, 0.36, 0.5, "middle trees", 0.25)
    canvas.mist(horizon + 0.05, 0.05, 0.3)
    e.ground(canvas, horizon + 0.05, p.ground)
    rows(canvas, horizon + 0.13, 0.56, 0.15, "near trees", 0.62)
    e.shafts(canvas, 0.0 if p.is_night else 0.22 * p.sun)
    e.grass(canvas, horizon + 0.14, p.ground)


def jungle(canvas: Canvas, horizon: float) -> None:
    """Dense green with stems of bamboo and broad leaves."""
    p, random = canvas.palette, canvas.random("jungle")
    green = mix(rgb("#3f9a4e"), p.shade, p.tint * 1.5)
    canvas.wash([(0, mix(green, p.sky_low, 0.6)), (0.6, mix(green, p.haze, 0.55)), (1, green)])
    for depth in (0.8, 0.5, 0.2):
        for _ in range(round(12 * canvas.aspect)):
            x, thick = random.random(), (0.008 + 0.014 * (1 - depth))
            if depth < 0.4 and abs(x - 0.5) < 0.28:
                continue
            stem = mix(mix(rgb("#6cae4f"), p.shade, 0.2), mix(green, p.haze, 0.6), depth)
            lean = (random.random() - 0.5) * 0.05
            canvas.line([(x, 1), (x + lean, -0.02)], mix(stem, p.shade, 0.25), thick * 1.25)
            canvas.line([(x - 0.001, 1), (x + lean - 0.001, -0.02)], stem, thick)
            for knot in np.arange(random.random() * 0.12, 1, 0.13):
                at = x + lean * (1 - float(knot))
                canvas.line(
                    [(at - thick * 0.6, float(knot)), (at + thick * 0.6, float(knot))],
                    mix(stem, p.shade, 0.4),
                    0.003,
                )
        canvas.mist(horizon, 0.3, 0.22, mix(p.haze, green, 0.3))
        if depth > 0.7 and "waterfall" in canvas.sights:
            sights.waterfall(canvas, horizon + 0.06)
    e.shafts(canvas, 0.0 if p.is_night else 0.4)
    e.ground(canvas, horizon + 0.08, mix(rgb("#5c9a45"), p.shade, p.tint))
    e.grass(canvas, horizon + 0.14, mix(rgb("#5c9a45"), p.shade, p.tint))
    _leaves(canvas, random)


def _leaves(canvas: Canvas, random: np.random.Generator) -> None:
    """Frame the picture with broad leaves in its corners."""
    p = canvas.palette
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    for corner in (0.0, 1.0):
        for i in range(7):
            angle = np.deg2rad(-20 - 24 * i) if corner == 0 else np.deg2rad(200 + 24 * i)
            length = 0.2 + 0.12 * random.random()
            tip = np.array([np.cos(angle) * ux, np.sin(angle) * uy]) * length
            side = np.array([-np.sin(angle) * ux, np.cos(angle) * uy]) * length * 0.2
            root = np.array([corner, 1.02])
            colour = mix(mix(rgb("#1f6b3a"), p.shade, p.tint), p.light, 0.06 * i / 7)
            along = [root, root + tip * 0.35 + side, root + tip * 0.7 + side * 0.8, root + tip]
            back = [root + tip * 0.7 - side * 0.8, root + tip * 0.35 - side]
            canvas.polygon(np.array(along + back), colour)
            canvas.line(np.array([root, root + tip * 0.95]), mix(colour, p.light, 0.25), 0.0025)


def snowfield(canvas: Canvas, horizon: float) -> None:
    """Snow between firs before white mountains."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.26, "far", 0.8)
    e.conifers(canvas, horizon + 0.02, 0.17, 0.7, "far trees")
    e.hills(canvas, horizon + 0.06, 0.05, "drifts", p.ground, 0.2)
    e.ground(canvas, horizon + 0.05, p.ground, mix(p.ground, p.sky_top, 0.25))
    e.conifers(canvas, horizon + 0.12, 0.42, 0.25, "near trees", 0.6)
    for number, y in enumerate((0.78, 0.88)):
        canvas.land(
            y - 0.03 * ridge(canvas.random(f"drift{number}"), 0.3),
            mix(p.ground, p.light, 0.2),
            mix(p.ground, p.sky_top, 0.2),
        )


def mountains(canvas: Canvas, horizon: float) -> None:
    """Ranges of mountains, one behind the other, seen from a green height."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.34, "farthest", 1.0)
    e.mountains(canvas, horizon + 0.02, 0.24, "far", 0.55)
    e.hills(canvas, horizon + 0.07, 0.08, "foothills", mix(p.foliage, p.ground, 0.3), 0.55)
    e.conifers(canvas, horizon + 0.09, 0.12, 0.4, "trees")
    e.ground(canvas, horizon + 0.09, p.ground)
    e.grass(canvas, horizon + 0.14, p.ground)
    if not p.is_snowy:
        e.flowers(canvas, horizon + 0.2, PETALS[:3], 40)


def desert(canvas: Canvas, horizon: float) -> None:
    """Dunes with sharp crests, lit from one side."""
    p = canvas.palette
    sand = mix(rgb("#e8b56d"), p.shade, p.tint * 0.9)
    e.sky(canvas, horizon)
    e.hills(canvas, horizon + 0.02, 0.07, "mesa", mix(rgb("#b5714a"), p.shade, p.tint), 0.85)
    for number, (y, depth) in enumerate(((0.03, 0.5), (0.11, 0.25), (0.22, 0.05))):
        _dune(canvas, horizon + y, mix(sand, p.haze, depth), f"dune{number}")
    random = canvas.random("ripples of sand")
    for _ in range(round(60 * canvas.aspect)):
        near = random.random()
        x, y = random.random(), horizon + 0.26 + (1 - horizon - 0.26) * near
        wave = [(x + k * 0.018, y + 0.003 * float(np.sin(k * 0.9 + x * 20))) for k in range(7)]
        canvas.line(wave, mix(sand, p.shade, 0.16), 0.0015 + 0.0012 * near)


def _dune(canvas: Canvas, top: float, sand: Colour, purpose: str) -> None:
    """Paint a row of dunes: a sharp winding crest between the lit face and the shaded lee."""
    p, random = canvas.palette, canvas.random(purpose)
    x = np.linspace(0, 1, 97)
    swell = np.sin(x * (2 + 2 * random.random()) * max(1.0, canvas.aspect) + random.random() * 7)
    lit, lee = mix(sand, p.light, 0.22), mix(sand, p.shade, 0.07)
    canvas.land((top - 0.02 * swell).astype(np.float32), lit, mix(sand, p.shade, 0.1))
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    count = max(2, round((1.4 + random.random()) * canvas.aspect))
    for number in range(count):
        middle = (number + 0.2 + 0.6 * random.random()) / count
        tall, wide = (0.03 + 0.06 * random.random()) * uy, (0.42 + 0.3 * random.random()) * ux
        away = 1 if canvas.light_x < middle else -1
        t = np.linspace(0, 1, 20)
        base, peak = top + 0.09 * uy, top + 0.012 - tall
        fall = peak + (base - peak) * (1 - np.cos(t * np.pi)) / 2
        facing = np.stack([middle - away * wide * t, fall], 1)
        hidden = np.stack([middle + away * wide * 0.8 * t, fall], 1)
        bend = 0.06 * np.sin(t * np.pi * 1.5) + 0.16 * t
        crest = np.stack([middle - away * wide * bend, peak + (base - peak) * t], 1)
        canvas.polygon(np.concatenate([facing, crest[::-1]]), mix(lit, p.light, 0.1))
        canvas.polygon(np.concatenate([hidden, crest[::-1]]), lee)
        foot = [(middle - wide * 1.05, base - 0.004), (middle + wide * 1.05, base - 0.004)]
        canvas.polygon([*foot, (foot[1][0], base + 0.01), (foot[0][0], base + 0.01)], lit)
    canvas.mist(top + 0.1 * uy, 0.035, 0.55, lit)


def garden(canvas: Canvas, horizon: float) -> None:
    """A garden with blossoming trees around a pond."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.2, "far", 1.0)
    e.broadleaves(canvas, horizon + 0.03, 0.13, 0.55, "far trees")
    e.ground(canvas, horizon + 0.02, p.ground)
    e.water(canvas, horizon + 0.1, horizon + 0.24, rgb("#6fb2cf"))
    _bank(canvas, horizon + 0.1, horizon + 0.24)
    blossom = rgb("#f6a9c6") if not (p.is_snowy or p.is_night) else p.foliage
    for side, x in (("left", 0.07), ("right", 0.93)):
        e.broadleaf(canvas, x, horizon + 0.25, 0.62, mix(blossom, p.shade, p.tint), side)
    e.grass(canvas, horizon + 0.26, p.ground)
    if not p.is_snowy:
        e.flowers(canvas, horizon + 0.28, PETALS[:4], 70)
        _petals(canvas, blossom)


def _bank(canvas: Canvas, top: float, bottom: float) -> None:
    """Round the pond: grass at its sides and stones along its near edge."""
    p, random = canvas.palette, canvas.random("bank")
    middle, half = (top + bottom) / 2, (bottom - top) / 2
    for side in (0, 1):
        edge = [(side, top - 0.01)]
        edge += [
            (
                side + (1 - 2 * side) * (0.03 + 0.2 * (1 - np.sqrt(max(0.0, 1 - a * a)))),
                middle + half * a,
            )
            for a in np.linspace(-1, 1, 24)
        ]
        canvas.polygon(np.array([*edge, (side, bottom + 0.02)]), p.ground)
    canvas.land(
        (bottom - 0.008 * ridge(random, 0.5)).astype(np.float32),
        p.ground,
        mix(p.ground, p.shade, 0.25),
    )
    for _ in range(round(16 * canvas.aspect)):
        stone = mix(mix(rgb("#9a9aa0"), p.light, 0.2 * random.random()), p.shade, 0.15 + p.tint)
        canvas.disc(random.random(), bottom + 0.006, 0.01 + 0.016 * random.random(), stone, 0.6)


def _petals(canvas: Canvas, colour: tuple[float, float, float]) -> None:
    if canvas.plain:
        return
    random = canvas.random("petals")
    for _ in range(round(50 * canvas.aspect)):
        canvas.disc(
            random.random(),
            random.random(),
            0.002 + 0.004 * random.random(),
            mix(colour, rgb("#ffffff"), 0.3),
            0.6,
        )


def park(canvas: Canvas, horizon: float) -> None:
    """A lawn with big trees and a path."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.towers(canvas, horizon + 0.01, 0.2, 1.0, "town")
    e.broadleaves(canvas, horizon + 0.03, 0.2, 0.6, "far trees")
    e.ground(canvas, horizon + 0.03, p.ground)
    e.broadleaves(canvas, horizon + 0.1, 0.42, 0.15, "near trees", 0.66)
    e.grass(canvas, horizon + 0.1, p.ground)
    path = mix(rgb("#e3cfa6"), p.shade, p.tint)
    canvas.polygon([(0.47, horizon + 0.05), (0.5, horizon + 0.05), (0.72, 1), (0.2, 1)], path)


def farm(canvas: Canvas, horizon: float) -> None:
    """Fields in stripes, a red barn and a fence."""
    p = canvas.palette
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    e.sky(canvas, horizon)
    e.hills(canvas, horizon + 0.02, 0.08, "hills", p.foliage, 0.8)
    e.broadleaves(canvas, horizon + 0.02, 0.09, 0.6, "trees")
    e.ground(canvas, horizon + 0.02, p.ground)
    wheat = mix(rgb("#e6c45a"), p.shade, p.tint)
    for i in range(-9, 10):
        band = mix(wheat, p.ground, 0.65 if i % 2 else 0.0)
        canvas.polygon(
            [
                (0.5 + i * 0.03, horizon + 0.03),
                (0.5 + (i + 1) * 0.03, horizon + 0.03),
                (0.5 + (i + 1) * 0.16, horizon + 0.2),
                (0.5 + i * 0.16, horizon + 0.2),
            ],
            band,
        )
    x, foot, wall = 0.16, horizon + 0.06, mix(rgb("#b8433a"), p.shade, p.tint)
    canvas.box(x - 0.09 * ux, foot - 0.13 * uy, x + 0.09 * ux, foot, wall)
    roof = mix(rgb("#6e5a58"), p.shade, p.tint)
    canvas.polygon(
        [
            (x - 0.11 * ux, foot - 0.12 * uy),
            (x - 0.06 * ux, foot - 0.19 * uy),
            (x, foot - 0.215 * uy),
            (x + 0.06 * ux, foot - 0.19 * uy),
            (x + 0.11 * ux, foot - 0.12 * uy),
        ],
        roof,
    )
    canvas.box(
        x - 0.035 * ux, foot - 0.08 * uy, x + 0.035 * ux, foot, mix(wall, rgb("#ffffff"), 0.75)
    )
    e.ground(canvas, horizon + 0.2, p.ground)
    _fence(canvas, horizon + 0.24)
    e.grass(canvas, horizon + 0.25, p.ground)


def _fence(canvas: Canvas, foot: float) -> None:
    wood = mix(rgb("#c9a273"), canvas.palette.shade, 0.1 + canvas.palette.tint)
    uy = canvas.unit / canvas.height
    count = round(9 * canvas.aspect)
    for rail in (0.055, 0.03):
        canvas.line(
            [(0, foot - rail * uy), (1, foot - rail * uy)],
            mix(wood, canvas.palette.shade, 0.1),
            0.009,
        )
    for i in range(count + 1):
        canvas.line([(i / count, foot), (i / count, foot - 0.075 * uy)], wood, 0.014)


def road(canvas: Canvas, horizon: float) -> None:
    """A road running to the horizon."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.22, "far", 0.9)
    e.hills(canvas, horizon + 0.03, 0.05, "hills", p.foliage, 0.6)
    e.ground(canvas, horizon + 0.02, p.ground)
    e.grass(canvas, horizon + 0.08, p.ground)
    tar = mix(rgb("#5a5f6a"), p.shade, p.tint)
    canvas.polygon([(0.485, horizon + 0.02), (0.515, horizon + 0.02), (1.15, 1), (-0.15, 1)], tar)
    for side in (-1, 1):
        canvas.polygon(
            [
                (0.5 + side * 0.013, horizon + 0.02),
                (0.5 + side * 0.0145, horizon + 0.02),
                (0.5 + side * 0.6, 1),
                (0.5 + side * 0.57, 1),
            ],
            mix(rgb("#f2f2ea"), p.shade, p.tint),
        )
    for i in range(7):
        near, far = (i / 7) ** 2, ((i + 0.5) / 7) ** 2
        depth = 1 - horizon - 0.02
        y0, y1 = horizon + 0.02 + depth * near, horizon + 0.02 + depth * far
        canvas.polygon(
            [
                (0.5 - 0.014 * near, y0),
                (0.5 + 0.014 * near, y0),
                (0.5 + 0.014 * far, y1),
                (0.5 - 0.014 * far, y1),
            ],
            mix(rgb("#f6d968"), p.shade, p.tint),
        )


def volcano(canvas: Canvas, horizon: float) -> None:
    """A smoking mountain with streams of lava."""
    p, random = canvas.palette, canvas.random("volcano")
    e.sky(canvas, horizon)
    fire, rock = rgb("#ff7a2a"), mix(rgb("#4a3a40"), p.shade, 0.3)
    canvas.glow(0.5, horizon - 0.34, 0.5, fire, 0.8)
    canvas.polygon(
        [
            (0.02, horizon + 0.04),
            (0.4, horizon - 0.36),
            (0.6, horizon - 0.36),
            (0.98, horizon + 0.04),
        ],
        rock,
    )
    shaded = 1 if canvas.light_x < 0.5 else -1
    flank = [(0.5, horizon - 0.36), (0.5 + 0.1 * shaded, horizon - 0.36)]
    flank += [(0.5 + 0.48 * shaded, horizon + 0.04), (0.5 + 0.06 * shaded, horizon + 0.04)]
    canvas.polygon(flank, mix(rock, p.shade, 0.5))
    for _ in range(26):
        at, down = random.random() * 2 - 1, 0.1 + 0.75 * random.random()
        x, y = 0.5 + at * (0.1 + 0.36 * down), horizon - 0.36 + 0.4 * down
        ridge_line = [(x, y), (x + at * 0.06, min(horizon + 0.03, y + 0.07))]
        canvas.line(ridge_line, mix(rock, p.light, 0.12 * random.random()), 0.004)
    canvas.polygon(
        [
            (0.4, horizon - 0.36),
            (0.44, horizon - 0.345),
            (0.5, horizon - 0.36),
            (0.56, horizon - 0.342),
            (0.6, horizon - 0.36),
            (0.66, horizon - 0.29),
            (0.34, horizon - 0.29),
        ],
        mix(rock, fire, 0.5),
    )
    for start in (0.45, 0.51, 0.56):
        x = start
        stream = [(x, horizon - 0.345)]
        for step in range(8):
            x += (random.random() - 0.5 + (start - 0.505) * 3) * 0.035
            stream.append((x, horizon - 0.345 + 0.045 * (step + 1)))
        canvas.line(stream, fire, 0.014)
        canvas.line(stream, rgb("#ffe08a"), 0.005)
    for i in range(14):
        smoke = mix(rgb("#6a5a66"), p.sky_low, 0.4 + 0.3 * random.random())
        canvas.disc(
            0.5 + (random.random() - 0.5) * 0.05 * (i + 2) / 2,
            horizon - 0.38 - i * 0.024,
            0.03 + 0.006 * i,
            smoke,
            0.8,
        )
    e.ground(canvas, horizon + 0.03, mix(rgb("#54424a"), p.shade, 0.2))
    for _ in range(26):
        y = horizon + 0.1 + random.random() * (0.9 - horizon)
        x = random.random()
        canvas.line(
            [(x, y), (x + 0.05, y + 0.008), (x + 0.09, y - 0.002)], mix(fire, rock, 0.3), 0.003
        )
    canvas.glow(0.5, 1.0, 0.7, fire, 0.25)
