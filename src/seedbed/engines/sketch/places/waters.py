"""Places at, on and under the water."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.canvas import Canvas, ridge
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb
from seedbed.engines.sketch.places import elements as e
from seedbed.engines.sketch.places import sights

SEA = rgb("#2a7fb0")


def lake(canvas: Canvas, horizon: float) -> None:
    """Mountains mirrored in a still lake."""
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.3, "farthest", 0.9)
    e.mountains(canvas, horizon, 0.19, "far", 0.4)
    e.conifers(canvas, horizon + 0.004, 0.08, 0.35, "shore")
    e.water(canvas, horizon, 1, rgb("#4c86a8"))
    canvas.mist(horizon, 0.018, 0.4)
    for side in (0, 1):
        _promontory(canvas, side, horizon)
    _reeds(canvas)


def _promontory(canvas: Canvas, side: int, horizon: float) -> None:
    p, random = canvas.palette, canvas.random(f"promontory{side}")
    reach = 0.16 + 0.14 * random.random()
    y = horizon + 0.12 + 0.1 * side
    x = [side + (1 - 2 * side) * reach * t for t in np.linspace(0, 1, 12)]
    top = [y - 0.03 * (1 - t) ** 0.7 for t in np.linspace(0, 1, 12)]
    green = e.needles(canvas)
    shore = mix(green, p.shade, 0.3)
    canvas.polygon([*zip(x, top, strict=True), (side, y + 0.025)], shore)
    for i in range(5):
        t = 0.1 + 0.15 * i
        e.conifer(
            canvas,
            side + (1 - 2 * side) * reach * t,
            y - 0.02 * (1 - t),
            0.3 * (1 - t) + 0.07,
            mix(green, p.shade, 0.35),
        )


def _reeds(canvas: Canvas) -> None:
    p, random = canvas.palette, canvas.random("reeds")
    uy = canvas.unit / canvas.height
    for _ in range(round(34 * canvas.aspect)):
        side = 0 if random.random() > 0.5 else 1
        x = side + (1 - 2 * side) * random.random() ** 2 * 0.3
        tall = (0.06 + 0.1 * random.random()) * uy
        canvas.line(
            [(x, 1.01), (x + 0.01 * (random.random() - 0.5), 1 - tall)],
            mix(p.foliage, p.shade, 0.5),
            0.003,
        )


def river(canvas: Canvas, horizon: float) -> None:
    """A stream winding through green banks, trees and stones along it."""
    p = canvas.palette
    e.sky(canvas, horizon)
    e.mountains(canvas, horizon, 0.24, "far", 0.9)
    e.hills(canvas, horizon + 0.02, 0.06, "hills", p.foliage, 0.6)
    e.broadleaves(canvas, horizon + 0.03, 0.13, 0.55, "trees")
    top = horizon + 0.03
    if "waterfall" in canvas.sights:
        sights.waterfall(canvas, horizon)
    e.water(canvas, top, 1, rgb("#4f97b4"))
    stream = canvas.pixels.copy()
    e.ground(canvas, top, p.ground)
    e.grass(canvas, top + 0.04, p.ground)
    if not p.is_snowy:
        e.flowers(canvas, top + 0.1, (rgb("#ffffff"), rgb("#ffd447"), rgb("#ff8fb3")), 40)
    y = np.linspace(0, 1, 60)
    phase = float(canvas.random("bend").random()) * 6
    wave = 0.11 * np.sin(y * 4.2 + phase) * (0.25 + 0.75 * y) - 0.04 * np.sin(phase)
    half = 0.018 + 0.27 * y**1.25 * min(1.0, canvas.unit / canvas.width * 1.25)
    down = top + (1.005 - top) * y
    banks = [np.stack([0.5 + wave + side * half, down], 1) for side in (-1, 1)]
    mask = np.zeros((canvas.height, canvas.width), np.uint8)
    shape = np.concatenate([banks[0], banks[1][::-1]]) * (canvas.width, canvas.height)
    cv2.fillPoly(mask, [np.rint(shape).astype(np.int32)], 255, cv2.LINE_AA)
    canvas.lay(stream, mask, 0)
    random = canvas.random("stones")
    for bank in banks:
        canvas.line(bank, mix(p.ground, p.shade, 0.45), 0.006)
        canvas.line(bank - np.array([0, 0.004]), mix(p.ground, p.light, 0.2), 0.003)
        for _ in range(round(9 + 6 * random.random())):
            at = random.random() ** 0.7
            x, foot = (float(part) for part in bank[int(at * 59)])
            stone = mix(mix(rgb("#9a9da4"), p.light, 0.25 * random.random()), p.shade, p.tint + 0.1)
            size = 0.006 + 0.02 * at * (0.5 + random.random())
            canvas.disc(x, foot + 0.2 * size, size * 1.06, mix(stone, p.shade, 0.45), 0.6)
            canvas.disc(x, foot, size, stone, 0.6)
    _fore_trees(canvas, top)


def _fore_trees(canvas: Canvas, top: float) -> None:
    """Frame a wide view with trees at its sides, when no subject needs the room."""
    p, random = canvas.palette, canvas.random("fore trees")
    if not canvas.bare:
        return
    for side in (0, 1):
        x = 0.05 + 0.05 * random.random() if side == 0 else 0.95 - 0.05 * random.random()
        tree = e.conifer if p.is_snowy else None
        tall = 0.42 + 0.22 * random.random()
        if tree is not None:
            tree(canvas, x, top + 0.16, tall, p.foliage)
        else:
            e.broadleaf(canvas, x, top + 0.16, tall, mix(p.foliage, p.light, 0.05), f"fore{side}")


def sea(canvas: Canvas, horizon: float) -> None:
    """Open water under a wide sky."""
    e.sky(canvas, horizon)
    e.hills(canvas, horizon, 0.03, "islands", rgb("#5a7fa0"), 0.85)
    e.water(canvas, horizon, 1, SEA)
    p = canvas.palette
    for number in range(4):
        y = horizon + 0.1 + 0.13 * number
        wave = y - 0.02 * ridge(canvas.random(f"wave{number}"), 0.5)
        colour = mix(mix(SEA, p.sky_low, 0.25), p.shade, p.tint + 0.1 * number)
        x = np.linspace(0, 1, len(wave))
        canvas.line(np.stack([x, wave], 1), mix(colour, WHITE, 0.35), 0.0025)


def beach(canvas: Canvas, horizon: float) -> None:
    """Sand and surf: palms in warm seasons, dunes with withered grass in cold ones."""
    p = canvas.palette
    sand = mix(mix(rgb("#f2dba6"), p.ground, 0.75 if p.is_snowy else 0.0), p.shade, p.tint)
    e.sky(canvas, horizon)
    e.hills(canvas, horizon, 0.05, "islands", rgb("#5f9a8a"), 0.75)
    e.water(canvas, horizon, horizon + 0.2, rgb("#2fa6b8"))
    shore = horizon + 0.17 + 0.03 * ridge(canvas.random("shore"), 0.42)
    canvas.land(shore.astype(np.float32), mix(sand, SEA, 0.25), sand)
    canvas.land((shore + 0.018).astype(np.float32), mix(sand, WHITE, 0.2), mix(sand, p.shade, 0.18))
    x = np.linspace(0, 1, len(shore))
    canvas.line(np.stack([x, shore], 1), mix(WHITE, p.shade, p.tint), 0.007)
    canvas.line(np.stack([x, shore - 0.02], 1), mix(WHITE, SEA, 0.3), 0.003)
    if p.is_snowy or p.is_turned:
        _dunes(canvas, horizon + 0.3, sand)
    else:
        for side, at in ((0, 0.06), (1, 0.95)):
            _palm(canvas, at, horizon + 0.34, 0.66 - 0.12 * side, f"palm{side}")
    random = canvas.random("shells")
    for _ in range(round(40 * canvas.aspect)):
        y = horizon + 0.26 + random.random() * 0.5
        canvas.disc(
            random.random(),
            y,
            0.0015 + 0.003 * random.random(),
            mix(sand, p.shade if random.random() > 0.5 else WHITE, 0.3),
            0.6,
        )


def coast(canvas: Canvas, horizon: float) -> None:
    """A rocky headland above the surf, grass on its top, more of them in the distance."""
    p, random = canvas.palette, canvas.random("coast")
    uy = canvas.unit / canvas.height
    e.sky(canvas, horizon)
    rock = mix(rgb("#85807c"), p.shade, 0.08 + p.tint)
    side = 0 if canvas.light_x > 0.5 else 1
    for number, (reach, tall, depth) in enumerate(((0.34, 0.1, 0.75), (0.24, 0.15, 0.5))):
        t = np.linspace(0, 1, 40)
        x = (1 - side) + (2 * side - 1) * reach * t * (1 + 0.2 * number)
        rough = 0.03 * ridge(canvas.random(f"cape{number}"), 0.55, 65)[:40]
        y = horizon + 0.012 - uy * (tall * (1 - t**1.7) + rough * (1 - t))
        cape = np.concatenate(
            [np.stack([x, y], 1), [(x[-1], horizon + 0.02), (x[0], horizon + 0.02)]]
        )
        canvas.polygon(cape, mix(rock, p.haze, depth))
    e.water(canvas, horizon, 1, SEA)
    top = horizon + 0.24
    t = np.linspace(0, 1, 90)
    x = side + (1 - 2 * side) * 1.4 * t
    edge = top + uy * (0.05 * ridge(canvas.random("headland"), 0.5, 129)[:90]) + 0.7 * t**5 * uy
    foam = mix(WHITE, p.shade, p.tint)
    for _ in range(round(70 * canvas.aspect)):
        at = int(20 + 69 * random.random())
        canvas.disc(
            float(x[at]), float(edge[at]) + 0.17 * uy * random.random() ** 2 + 0.01,
            0.006 + 0.02 * random.random(), mix(foam, SEA, 0.15 * random.random()), 0.45,
        )  # fmt: skip
    face = np.concatenate([np.stack([x, edge], 1), [(1 - side, 1.02), (side, 1.02)]])
    canvas.polygon(face, rock)
    for _ in range(90):
        at = int(88 * random.random())
        left, high = float(x[at]), float(edge[at]) + (0.06 + 0.3 * random.random()) * uy
        wide, tall = 0.02 + 0.05 * random.random(), (0.02 + 0.05 * random.random()) * uy
        lit = p.light if random.random() < 0.5 else p.shade
        cut = [
            (left, high),
            (left + wide, high + tall * 0.2),
            (left + wide * 0.8, high + tall),
            (left + wide * 0.1, high + tall * 0.8),
        ]
        canvas.polygon(cut, mix(rock, lit, 0.14))
    turf = mix(p.ground, p.shade, p.tint * 0.5)
    sward = edge + (0.1 + 0.06 * np.cos(t * 9 + 6 * random.random())) * uy * np.clip(
        1.3 - t * 1.5, 0, 1
    )
    canvas.polygon(np.concatenate([np.stack([x, edge], 1), np.stack([x, sward], 1)[::-1]]), turf)
    canvas.line(np.stack([x, edge], 1)[:80], mix(turf, p.light, 0.3), 0.004)


def _dunes(canvas: Canvas, top: float, sand: Colour) -> None:
    """Heap sand at both sides, with tufts of grass on it."""
    p, random = canvas.palette, canvas.random("dunes")
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    for side in (0, 1):
        reach, tall = (0.42 + 0.16 * random.random()) * ux, (0.12 + 0.06 * random.random()) * uy
        t = np.linspace(0, 1, 40)
        x = side + (1 - 2 * side) * reach * t
        y = top - tall + (1.02 - top + tall) * (0.2 * t**1.2 + 0.8 * t**3)
        lit = mix(sand, p.light if (side == 1) == (canvas.light_x < 0.5) else p.shade, 0.1)
        canvas.polygon(np.concatenate([np.stack([x, y], 1), [(side, 1.02)]]), lit)
        for _ in range(60):
            at = random.random() ** 1.6 * 0.62
            foot = float(np.interp(at, t, y)) + 0.04 * random.random() * uy
            root = side + (1 - 2 * side) * reach * at
            lean = (random.random() - 0.35) * 0.05 * ux
            long = (0.025 + 0.05 * random.random()) * uy
            blade = mix(mix(rgb("#a89a52"), p.foliage, 0.25), p.shade, 0.1 + p.tint)
            canvas.line(
                [(root, foot), (root + lean * 0.3, foot - long * 0.7), (root + lean, foot - long)],
                blade,
                0.003,
            )


def _palm(canvas: Canvas, x: float, foot: float, tall: float, purpose: str) -> None:
    p, random = canvas.palette, canvas.random(purpose)
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    lean = (0.5 - x) * 0.3
    t = np.linspace(0, 1, 14)
    stem = np.stack([x + lean * t**1.6 * ux, foot - tall * t * uy], 1)
    bark = mix(rgb("#8a6a48"), p.shade, 0.1 + p.tint)
    for i in range(13):
        canvas.line(stem[i : i + 2], mix(bark, p.shade, 0.22 * (i % 2)), 0.026 - 0.0009 * i)
    crown = stem[-1]
    for i in range(11):
        angle = np.deg2rad(-200 + 22 * i + 8 * random.random())
        length = 0.24 + 0.05 * random.random()
        s = np.linspace(0, 1, 12)
        fx = crown[0] + np.cos(angle) * length * s * ux
        fy = crown[1] + (np.sin(angle) * length * s + 0.17 * s**2) * uy
        leaf = mix(mix(rgb("#2f8f4e"), p.shade, 0.1 + p.tint * 1.6), p.light, 0.12 * (i % 3))
        wide = 0.03 * np.sin(np.pi * np.clip(s, 0.03, 1)) * uy
        canvas.polygon(
            np.concatenate(
                [np.stack([fx, fy - wide * 0.3], 1), np.stack([fx, fy + wide], 1)[::-1]]
            ),
            leaf,
        )


def underwater(canvas: Canvas, horizon: float) -> None:
    """The sea floor: light from above, sand, weeds and coral."""
    p, random = canvas.palette, canvas.random("underwater")
    night = 0.5 if p.is_night else 0.0
    top, deep = mix(rgb("#5fd4e0"), p.shade, night), mix(rgb("#0c4a86"), p.shade, night)
    canvas.wash([(0, top), (0.45, mix(top, deep, 0.55)), (1, deep)])
    canvas.glow(canvas.light_x, 0.0, 0.9, WHITE, 0.5)
    e.shafts(canvas, 0.5)
    for number, (y, depth) in enumerate(((0.74, 0.7), (0.8, 0.4))):
        rock = mix(rgb("#3f6f8f"), deep, depth)
        canvas.land(
            (y - 0.1 * ridge(canvas.random(f"reef{number}"), 0.5)).astype(np.float32),
            mix(rock, top, 0.12),
            rock,
        )
    sand = mix(rgb("#d9cfa0"), deep, 0.4)
    canvas.land(
        (0.87 - 0.03 * ridge(canvas.random("sand"), 0.35)).astype(np.float32),
        mix(sand, top, 0.2),
        mix(sand, deep, 0.4),
    )
    uy = canvas.unit / canvas.height
    for _ in range(round(30 * canvas.aspect)):
        x, foot, tall = (
            random.random(),
            0.87 + 0.1 * random.random(),
            (0.06 + 0.16 * random.random()) * uy,
        )
        if 0.3 < x < 0.7 and random.random() > 0.3:
            continue
        t = np.linspace(0, 1, 9)
        weed = np.stack([x + 0.012 * np.sin(t * 6 + x * 30) * t, foot - tall * t], 1)
        canvas.line(weed, mix(rgb("#2f9a6a"), deep, 0.25 + 0.3 * random.random()), 0.008)
    for _ in range(round(9 * canvas.aspect)):
        _coral(canvas, random, deep)
    for _ in range(round(40 * canvas.aspect)):
        x, y, r = random.random(), random.random() * 0.85, 0.002 + 0.007 * random.random()
        canvas.disc(x, y, r, mix(top, WHITE, 0.35))
        canvas.disc(x - r * 0.2, y - r * 0.2, r * 0.7, mix(top, deep, 0.2))


def _coral(canvas: Canvas, random: np.random.Generator, deep: tuple[float, float, float]) -> None:
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    palette = (rgb("#ff7a8a"), rgb("#ffb04a"), rgb("#c77af0"), rgb("#ff9ac0"))
    colour = mix(palette[int(random.integers(4))], deep, 0.22)
    x, foot = random.random(), 0.9 + 0.07 * random.random()
    tall = 0.05 + 0.07 * random.random()
    for i in range(7):
        angle = np.deg2rad(-150 + 20 * i + 8 * random.random())
        length = tall * (0.7 + 0.5 * random.random())
        tip = (x + float(np.cos(angle)) * length * ux, foot + float(np.sin(angle)) * length * uy)
        canvas.line([(x, foot), tip], colour, 0.012)
        canvas.disc(*tip, 0.009, mix(colour, WHITE, 0.25))


def ice(canvas: Canvas, horizon: float) -> None:
    """Icebergs in a cold sea, a floe in front."""
    p = canvas.palette
    e.sky(canvas, horizon)
    blue = mix(rgb("#a9dcf2"), p.shade, p.tint)
    for number, (x, tall) in enumerate(((0.16, 0.2), (0.83, 0.26), (0.55, 0.12))):
        random = canvas.random(f"berg{number}")
        wide = tall * 0.8
        top = [
            (
                x + wide * (t - 0.5),
                horizon + 0.01 - tall * (1 - abs(2 * t - 1)) * (0.6 + 0.5 * random.random()),
            )
            for t in np.linspace(0, 1, 7)
        ]
        canvas.polygon(
            [*top, (x + wide / 2, horizon + 0.015), (x - wide / 2, horizon + 0.015)],
            mix(blue, WHITE, 0.5),
        )
        canvas.polygon(
            [*top[3:], (x + wide / 2, horizon + 0.015), (x + wide * 0.05, horizon + 0.015)], blue
        )
    e.water(canvas, horizon, 1, rgb("#3a86b0"))
    floe = horizon + 0.13 - 0.02 * ridge(canvas.random("floe"), 0.5)
    canvas.land((floe + 0.03).astype(np.float32), mix(blue, p.shade, 0.15), blue)
    canvas.land(floe.astype(np.float32), mix(p.ground, WHITE, 0.3), mix(p.ground, blue, 0.35))
    random = canvas.random("cracks")
    for _ in range(9):
        x, y = random.random(), horizon + 0.2 + 0.5 * random.random()
        crack = [(x + 0.03 * i, y + 0.012 * (random.random() - 0.5)) for i in range(5)]
        canvas.line(crack, mix(blue, p.shade, 0.12), 0.002)
