"""The parts that places are built of: hills, plants, water, houses, and skies and mountains."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.canvas import Canvas, fractal, noise, ridge, rise
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb
from seedbed.engines.sketch.places.buildings import TRUNK, houses, towers
from seedbed.engines.sketch.places.ranges import SNOW, mountains
from seedbed.engines.sketch.places.skies import clouds, sky, stars, sun
from seedbed.engines.sketch.places.stamps import stamp

__all__ = ["clouds", "houses", "mountains", "sky", "stamp", "stars", "sun", "towers"]

MOST_TREES = 160
"""In one row, however wide the picture."""


def hills(
    canvas: Canvas, top: float, height: float, purpose: str, colour: Colour, depth: float
) -> None:
    """Paint one soft range of hills whose lowest point is at `top`; `depth` 1 is the farthest."""
    palette = canvas.palette
    faded = mix(colour, palette.haze, depth * 0.75)
    skyline = top - height * ridge(canvas.random(purpose), 0.36)
    canvas.land(
        skyline,
        mix(faded, palette.light, 0.12),
        mix(faded, palette.shade, 0.12),
        min(1.0, top + 0.25),
    )


def ground(canvas: Canvas, top: float, colour: Colour, near: Colour | None = None) -> None:
    """Paint the ground from its far edge to the bottom: uneven, in drifts of light and shade."""
    palette = canvas.palette
    far = mix(mix(colour, palette.light, 0.12), palette.haze, 0.18)
    edge = top - 0.012 * ridge(canvas.random("ground"), 0.4)
    canvas.land(edge, far, near or mix(colour, palette.shade, 0.3))
    if canvas.plain:
        return
    rows = 96
    columns = round(96 * max(1.0, canvas.aspect))
    random = canvas.random(f"drifts{top:.2f}")
    patches = fractal(random, rows, columns, 7, 2.2 * max(1.0, canvas.width / canvas.height), 4)
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    below = rise(0.04, 0.2, down)
    canvas.veil(rise(0.02, 0.5, patches) * below * 0.34, mix(colour, palette.light, 0.5), top, 1)
    canvas.veil(rise(0.02, 0.5, -patches) * below * 0.3, mix(colour, palette.shade, 0.6), top, 1)


def grass(canvas: Canvas, top: float, colour: Colour) -> None:
    """Draw blades of grass, longer toward the viewer."""
    if canvas.plain:
        return
    random = canvas.random("grass")
    blades = 90 if canvas.palette.is_snowy else 420
    for _ in range(round(blades * canvas.aspect)):
        near = random.random() ** 0.6
        x, y = random.random(), top + (1 - top) * near
        length = (0.008 + 0.03 * near) * canvas.unit / canvas.height
        lean = (random.random() - 0.5) * 0.02 * near * canvas.unit / canvas.width
        shade = mix(
            colour, canvas.palette.light if random.random() > 0.5 else canvas.palette.shade, 0.22
        )
        if canvas.palette.is_snowy:  # withered stalks, looking out of the snow
            shade, length = mix(rgb("#a8946a"), colour, 0.35), length * 0.7
        canvas.line([(x, y), (x + lean, y - length)], shade, 0.0012 + 0.0016 * near)


def flowers(canvas: Canvas, top: float, colours: tuple[Colour, ...], count: int = 90) -> None:
    """Strew flowers over the ground, larger toward the viewer."""
    random = canvas.random("flowers")
    for _ in range(round(count * canvas.aspect * (0.25 if canvas.plain else 1))):
        near = random.random()
        x, y = random.random(), top + (1 - top) * near
        colour = mix(
            colours[int(random.integers(len(colours)))], canvas.palette.shade, canvas.palette.tint
        )
        radius = 0.002 + 0.006 * near
        for angle in range(0, 360, 72):
            turn = np.deg2rad(angle)
            dx = np.cos(turn) * radius * canvas.unit / canvas.width
            dy = np.sin(turn) * radius * 0.7 * canvas.unit / canvas.height
            canvas.disc(x + float(dx), y + float(dy), radius * 0.75, colour, 0.75)
        canvas.disc(
            x, y, radius * 0.55, mix(rgb("#ffd84a"), canvas.palette.shade, canvas.palette.tint), 0.8
        )


def conifer(canvas: Canvas, x: float, foot: float, tall: float, colour: Colour) -> None:
    """Draw a fir, snowy in winter; `tall` in units."""
    palette = canvas.palette
    high, wide = tall * canvas.unit / canvas.height, tall * 0.2 * canvas.unit / canvas.width
    canvas.box(x - wide * 0.12, foot - high * 0.12, x + wide * 0.12, foot, mix(TRUNK, colour, 0.4))
    side = -1 if canvas.light_x < x else 1
    for tier in range(5):
        share = 1 - tier * 0.17
        low = foot - high * (0.08 + tier * 0.17)
        top = low - high * 0.3
        half = wide * share
        points = [
            (x - half, low),
            (x - half * 0.45, low - high * 0.02),
            (x, low + high * 0.012),
            (x + half * 0.45, low - high * 0.02),
            (x + half, low),
        ]
        canvas.polygon([*points, (x, top)], mix(colour, palette.shade, 0.22 - tier * 0.03))
        lit = mix(colour, palette.light, 0.16 + tier * 0.02)
        canvas.polygon(
            [(x, top), (x + side * half, low), (x + side * half * 0.3, low - high * 0.02)], lit
        )
        if palette.is_snowy:
            cap = mix(SNOW, palette.shade, palette.tint * 0.8)
            canvas.polygon(
                [
                    (x, top),
                    (x - half * 0.7, low - high * 0.07),
                    (x - half * 0.3, low - high * 0.1),
                    (x, low - high * 0.06),
                    (x + half * 0.35, low - high * 0.11),
                    (x + half * 0.7, low - high * 0.07),
                ],
                cap,
            )


def broadleaf(
    canvas: Canvas, x: float, foot: float, tall: float, colour: Colour, purpose: str
) -> None:
    """Draw a round-crowned tree; `tall` in units."""
    palette, random = canvas.palette, canvas.random(purpose)
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    bark = mix(TRUNK, palette.shade, palette.tint)
    half = tall * 0.045 * ux
    canvas.polygon(
        [
            (x - half * 1.5, foot),
            (x - half * 0.8, foot - tall * 0.5 * uy),
            (x + half * 0.8, foot - tall * 0.5 * uy),
            (x + half * 1.5, foot),
        ],
        bark,
    )
    for lean in (-1, 1):
        canvas.line(
            [(x, foot - tall * 0.34 * uy), (x + lean * tall * 0.16 * ux, foot - tall * 0.58 * uy)],
            bark,
            tall * 0.035,
        )
    middle = foot - tall * 0.68 * uy
    near = tall > 0.26
    count, fine = (30, 0.66) if near else (13, 1.0)
    puffs = [
        (
            float(np.clip(random.normal(0, 0.17), -0.3, 0.3)) * tall,
            float(np.clip(random.normal(0, 0.115), -0.2, 0.2)) * tall,
            (0.13 + 0.1 * random.random()) * tall * fine,
        )
        for _ in range(count)
    ]
    towards = -1 if canvas.light_x < x else 1
    dark, light = mix(colour, palette.shade, 0.26), mix(colour, palette.light, 0.2)
    for shade, shift, shrink in ((dark, 0.0, 1.0), (colour, 0.03, 0.86), (light, 0.06, 0.5)):
        for dx, dy, radius in puffs:
            canvas.disc(
                x + (dx + towards * shift * tall * fine) * ux,
                middle + (dy - shift * tall * fine) * uy,
                radius * shrink,
                shade,
                0.92,
            )
    if near and not canvas.plain:
        _leafage(canvas, random, x, middle, tall, puffs, (mix(dark, colour, 0.4), colour, light))
    if palette.is_snowy:
        for dx, dy, radius in puffs[:7]:
            canvas.disc(x + dx * ux, middle + (dy - 0.1 * tall) * uy, radius * 0.5, SNOW, 0.6)


def _leafage(
    canvas: Canvas,
    random: np.random.Generator,
    x: float,
    middle: float,
    tall: float,
    puffs: list[tuple[float, float, float]],
    tones: tuple[Colour, Colour, Colour],
) -> None:
    """Break up a near crown with single leaves: dark ones low, light ones high."""
    ux, uy = canvas.unit / canvas.width, canvas.unit / canvas.height
    for _ in range(260):
        dx, dy, radius = puffs[int(random.integers(len(puffs)))]
        turn, away = random.random() * 6.3, radius * random.random() ** 0.5
        down = np.sin(turn) * away
        tone = tones[0] if down > 0.3 * radius else tones[2] if down < -0.1 * radius else tones[1]
        size = tall * (0.004 + 0.007 * random.random())
        at = (x + (dx + np.cos(turn) * away) * ux, middle + (dy + down) * uy)
        canvas.disc(*at, size, tone, 0.7)


def conifers(
    canvas: Canvas, foot: float, tall: float, depth: float, purpose: str, gap: float = 0.0
) -> None:
    """Plant firs across the picture in clumps, leaving `gap` of its middle free."""
    colour = mix(needles(canvas), canvas.palette.haze, depth * 0.8)
    for x, size, tone in _clumps(canvas, purpose, tall, 0.25, gap):
        shade = mix(colour, canvas.palette.shade, 0.12 * tone)
        conifer(canvas, x, foot + 0.012 * tone, size, shade)


def broadleaves(
    canvas: Canvas, foot: float, tall: float, depth: float, purpose: str, gap: float = 0.0
) -> None:
    """Plant round trees across the picture in clumps, leaving `gap` of its middle free."""
    palette = canvas.palette
    colour = mix(palette.foliage, palette.haze, depth * 0.6)
    second = mix(mix(palette.foliage, palette.ground, 0.5), palette.haze, depth * 0.6)
    for number, (x, size, tone) in enumerate(_clumps(canvas, purpose, tall, 0.5, gap)):
        shade = mix(mix(colour, second, 1 - tone), palette.light, 0.1 * tone)
        broadleaf(canvas, x, foot + 0.01 * tone, size, shade, f"{purpose}{number}")


def _clumps(
    canvas: Canvas, purpose: str, tall: float, step: float, gap: float
) -> list[tuple[float, float, float]]:
    """Give trees as their place across, their height in units and a tone from 0 to 1.

    They stand close in clumps of falling height, with open land between; small ones first.
    """
    random = canvas.random(purpose)
    across = canvas.unit / canvas.width
    trees: list[tuple[float, float, float]] = []
    x = -0.04 + 0.05 * random.random()
    while x < 1.04 and len(trees) < MOST_TREES:
        members = int(random.integers(2, 8))
        for member in range(members):
            bulge = 1 - abs(2 * (member + 0.5) / members - 1)
            size = tall * (0.62 + 0.4 * bulge + 0.3 * random.random())
            if abs(x - 0.5) * 2 >= gap:
                trees.append((x, size, float(random.random())))
            x += tall * step * (0.55 + 0.7 * random.random()) * across
        x += tall * step * (0.3 + 3.0 * random.random() ** 2) * across
    return sorted(trees, key=lambda tree: tree[1])


def needles(canvas: Canvas) -> Colour:
    """Give the colour of firs: leaves blossom and turn, needles stay."""
    palette = canvas.palette
    evergreen = mix(rgb("#3f7a4c"), palette.shade, palette.tint)
    return palette.foliage if palette.is_green else evergreen


def water(canvas: Canvas, top: float, bottom: float, colour: Colour) -> None:
    """Paint water that mirrors what is above it, with ripples and the light's path."""
    first, last = round(top * canvas.height), min(canvas.height, round(bottom * canvas.height))
    deep = last - first
    if deep <= 1 or first <= 1:
        return
    above = canvas.pixels[max(0, first - round(deep * 1.1)) : first][::-1]
    small = (max(2, canvas.width // 6), max(2, deep // 3))
    mirrored = cv2.resize(above, small, interpolation=cv2.INTER_AREA)
    mirrored = cv2.resize(cv2.blur(mirrored, (7, 1)), (canvas.width, deep))
    canvas.pixels[first:last] = mirrored
    rows = np.linspace(0.25, 0.62, 32, dtype=np.float32)
    canvas.veil(rows[:, None].repeat(2, 1), mix(colour, canvas.palette.shade, 0.1), top, bottom)
    _ripples(canvas, top, bottom)


def _ripples(canvas: Canvas, top: float, bottom: float) -> None:
    palette, random = canvas.palette, canvas.random("ripples")
    for _ in range(round((24 if canvas.plain else 150) * canvas.aspect)):
        near = random.random() ** 1.5
        x, y = random.random(), top + (bottom - top) * near
        half = (0.012 + 0.05 * near) * (0.4 + random.random()) * canvas.unit / canvas.width
        at = canvas.pixels[
            min(canvas.height - 1, round(y * canvas.height)),
            min(canvas.width - 1, round(x * canvas.width)),
        ]
        there = (float(at[0]), float(at[1]), float(at[2]))
        toward = palette.light if random.random() > 0.4 else palette.shade
        canvas.line(
            [(x - half, y), (x + half, y)], mix(there, toward, 0.16), 0.0008 + 0.0016 * near
        )
    if palette.sun < 0.2:
        return
    low = palette.tint > 0.1 or palette.is_night
    glints = (110 if low else 45) * min(1.0, (bottom - top) / 0.35)
    for _ in range(round(glints) // (4 if canvas.plain else 1)):
        near = random.random() ** 1.2
        spread = (0.018 + 0.1 * near) * canvas.unit / canvas.width
        x, y = canvas.light_x + float(random.normal(0, 1)) * spread, top + (bottom - top) * near
        half = (0.005 + 0.024 * near) * (0.4 + random.random())
        thin = (0.0011 + 0.0019 * near) / half
        canvas.disc(x, y, half, mix(palette.light, WHITE, 0.4), thin)


def boards(canvas: Canvas, top: float, colour: Colour, purpose: str, count: int = 5) -> None:
    """Paint a wooden surface from `top` to the bottom, boards running across, with their grain."""
    palette, random = canvas.palette, canvas.random(purpose)
    lit = mix(colour, palette.light, 0.18)
    canvas.wash(
        [(0, mix(lit, WHITE, 0.1)), (0.12, lit), (1, mix(colour, palette.shade, 0.4))], top, 1
    )
    for i in range(count):
        y = top + (1 - top) * (i / count) ** 1.35
        canvas.line([(0, y), (1, y)], mix(colour, rgb("#20140c"), 0.45), 0.0022)
        for _ in range(26):
            at, length = random.random(), (0.05 + 0.2 * random.random())
            down = y + (1 - top) * 0.02 + random.random() * (1 - top) / count
            wave = [
                (at + length * k / 6, down + 0.0025 * float(np.sin(k + at * 9))) for k in range(7)
            ]
            canvas.line(
                wave,
                mix(mix(colour, palette.shade, 0.2), rgb("#3a2415"), 0.12 + 0.22 * random.random()),
                0.0012,
            )


def bokeh(canvas: Canvas, top: float, bottom: float, colour: Colour, count: int = 22) -> None:
    """Hang soft discs of light, out of focus, between two heights."""
    random = canvas.random("bokeh")
    disc = np.zeros((96, 96), np.uint8)
    cv2.circle(disc, (48, 48), 40, 255, -1, cv2.LINE_AA)
    cv2.circle(disc, (48, 48), 40, 180, 3, cv2.LINE_AA)
    cover = cv2.GaussianBlur(disc, (0, 0), 2.2).astype(np.float32) / 255
    for _ in range(round(count * canvas.aspect)):
        x, y = random.random(), top + (bottom - top) * random.random()
        ink = mix(colour, WHITE, 0.4 * random.random())
        field = np.broadcast_to(np.array(ink, np.float32), (96, 96, 3))
        stamp(
            canvas,
            field,
            cover * (0.05 + 0.14 * random.random()),
            x,
            y,
            0.05 + 0.1 * random.random(),
        )


def shafts(canvas: Canvas, strength: float) -> None:
    """Let rays of light fall from above."""
    random = canvas.random("shafts")
    cover = np.zeros((128, 192), np.float32)
    for _ in range(7):
        x, lean, wide = (
            random.random() * 192,
            (canvas.light_x - 0.5) * -80,
            4 + 12 * random.random(),
        )
        points = np.array(
            [(x, -4), (x + wide, -4), (x + wide * 2.6 + lean, 132), (x + lean, 132)], np.int32
        )
        ray = np.zeros((128, 192), np.float32)
        cv2.fillPoly(ray, [points], 1.0)
        cover += ray * (0.4 + 0.6 * random.random())
    fade = np.linspace(1, 0, 128, dtype=np.float32)[:, None]
    soft = cv2.GaussianBlur(np.clip(cover, 0, 1.4), (0, 0), 4) * fade * strength
    canvas.veil(np.clip(soft, 0, 1), mix(canvas.palette.light, WHITE, 0.3))


def nebula(canvas: Canvas, colours: tuple[Colour, ...]) -> None:
    """Veil the sky in coloured clouds of gas."""
    for number, colour in enumerate(colours):
        field = noise(
            canvas.random(f"nebula{number}"), 72, round(72 * canvas.width / canvas.height) or 1, 5
        )
        canvas.veil(np.clip(field * 2.1 - 1.05, 0, 1) * 0.75, colour)
