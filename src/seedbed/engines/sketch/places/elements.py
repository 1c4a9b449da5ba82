"""The parts that places are built of: skies, ridges, trees, water, houses."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.canvas import Canvas, Field, noise, ridge
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb

SNOW = rgb("#f4f8fc")
TRUNK = rgb("#5d4433")


def sky(canvas: Canvas, horizon: float) -> None:
    """Paint the sky down to a little below the horizon, with its sun or moon, stars and clouds."""
    palette = canvas.palette
    canvas.wash(
        [
            (0, palette.sky_top),
            (0.6, mix(palette.sky_top, palette.sky_low, 0.55)),
            (1, palette.sky_low),
        ],
        0,
        min(1.0, horizon + 0.02),
    )
    if horizon < 1:
        canvas.wash([(0, palette.sky_low), (1, palette.ground)], horizon, 1)
    if palette.is_night and palette.sun > 0.2:
        stars(canvas, horizon, 130)
    sun(canvas, horizon)
    clouds(canvas, horizon)


def sun(canvas: Canvas, horizon: float) -> None:
    """Paint the sun or the moon with its wide, faint glow."""
    palette = canvas.palette
    if palette.sun < 0.2:
        return
    x = canvas.light_x
    y = horizon * (0.3 + 0.25 * float(canvas.random("sun").random()))
    if palette.tint > 0.1 and not palette.is_night:
        y = horizon - 0.09  # low at dawn and at dusk
    canvas.glow(x, y, 0.75, palette.light, 0.5 * palette.sun)
    canvas.glow(x, y, 0.26, palette.light, 0.55 * palette.sun)
    disc = mix(palette.light, WHITE, 0.55)
    canvas.disc(x, y, 0.052 if palette.is_night else 0.06, disc)
    if palette.is_night:
        for dx, dy, size in (
            (-0.018, -0.012, 0.011),
            (0.014, 0.008, 0.014),
            (0.006, -0.022, 0.006),
        ):
            crater = mix(disc, palette.sky_low, 0.22)
            at = (x + dx * canvas.unit / canvas.width, y + dy * canvas.unit / canvas.height)
            canvas.disc(*at, size, crater)


def stars(canvas: Canvas, horizon: float, count: int) -> None:
    """Strew stars, most of them faint."""
    random = canvas.random("stars")
    for _ in range(round(count * canvas.aspect)):
        x, y, bright = random.random(), random.random() * horizon * 0.9, random.random() ** 3
        canvas.disc(
            x, y, 0.0009 + 0.0022 * bright, mix(canvas.palette.sky_top, WHITE, 0.35 + 0.65 * bright)
        )


def clouds(canvas: Canvas, horizon: float) -> None:
    """Paint a few heaped clouds, lit from above."""
    palette, random = canvas.palette, canvas.random("clouds")
    count = round((2 + 3 * random.random()) * canvas.aspect * (0.5 if palette.is_night else 1))
    for _ in range(count):
        x, y = random.random() * 1.1 - 0.05, horizon * (0.08 + 0.62 * random.random())
        _cloud(canvas, random, x, y, 0.07 + 0.11 * random.random() * (1 - 0.5 * y / horizon))


def _cloud(canvas: Canvas, random: np.random.Generator, x: float, y: float, size: float) -> None:
    palette = canvas.palette
    width, height = 192, 80
    heap = np.zeros((height, width), np.uint8)
    base = 58
    for _ in range(9):
        at = 0.5 + (random.random() - 0.5) * 0.72
        radius = (1 - abs(at - 0.5) * 1.5) * (10 + 14 * random.random())
        cv2.circle(heap, (round(at * width), round(base - radius * 0.75)), round(radius), 255, -1)
    heap[base:] = 0
    cover = cv2.GaussianBlur(heap, (0, 0), 2.4).astype(np.float32) / 255
    light = np.linspace(1, 0, height, dtype=np.float32)[:, None] * np.ones((1, width), np.float32)
    upper = mix(palette.light, WHITE, 0.0 if palette.is_night else 0.7)
    if palette.is_night:
        upper = mix(palette.sky_low, palette.light, 0.2)
    lower = mix(palette.sky_low, palette.sky_top, 0.35)
    colour = np.stack(
        [lower[i] + (upper[i] - lower[i]) * np.clip(light * 1.5 - 0.35, 0, 1) for i in range(3)], 2
    )
    stamp(canvas, colour, cover * (0.5 if palette.is_night else 0.88), x, y, size * 2.6)


def stamp(canvas: Canvas, colour: Field, cover: Field, x: float, y: float, width: float) -> None:
    """Lay a small picture (height x width x 3, cover 0 to 1) around a point, `width` units wide."""
    wide = canvas.px(width)
    tall = max(1, round(wide * cover.shape[0] / cover.shape[1]))
    left, top = round(x * canvas.width - wide / 2), round(y * canvas.height - tall / 2)
    x0, y0, x1, y1 = (
        max(0, left),
        max(0, top),
        min(canvas.width, left + wide),
        min(canvas.height, top + tall),
    )
    if x1 <= x0 or y1 <= y0:
        return
    part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    share = cv2.resize(cover, (wide, tall))[part][..., None]
    ink = cv2.resize(colour.astype(np.float32), (wide, tall))[part]
    region = canvas.pixels[y0:y1, x0:x1]
    region[:] = (region + (ink - region) * np.clip(share, 0, 1)).astype(np.uint8)


def mountains(
    canvas: Canvas, horizon: float, height: float, purpose: str, depth: float, snow: bool = True
) -> None:
    """Paint one range of mountains standing on the horizon; `depth` 1 is the farthest.

    Each peak has a lit and a shaded side, and snow where it is high.
    """
    palette, random = canvas.palette, canvas.random(purpose)
    rock = mix(mix(rgb("#6f7c94"), palette.shade, 0.35), palette.sky_low, 0.12)
    lit = mix(mix(rock, palette.light, 0.32), palette.haze, depth * 0.72)
    dark = mix(mix(rock, palette.shade, 0.4), palette.haze, depth * 0.72)
    white = mix(mix(SNOW, palette.light, 0.25), palette.haze, depth * 0.45)
    white_dark = mix(mix(SNOW, palette.shade, 0.36), palette.haze, depth * 0.5)
    count = max(3, round((3.2 + 2 * random.random()) * max(1.0, canvas.aspect)))
    peaks = [
        ((i + 0.2 + 0.6 * random.random()) / count, random.random()) for i in range(-1, count + 1)
    ]
    from_left = canvas.light_x < 0.5
    for x, size in sorted(peaks, key=lambda peak: peak[1]):
        tall = height * (0.5 + 0.5 * size)
        wide = (0.62 + 0.3 * random.random()) / count * 1.7
        base, summit = horizon + 0.03, horizon - tall
        left, right = (x - wide, base), (x + wide, base)
        crest = _crest(random, x, summit, base, wide)
        canvas.polygon(
            [left, *_flank(random, left, (x, summit)), (x, summit), *crest],
            lit if from_left else dark,
        )
        canvas.polygon(
            [(x, summit), *_flank(random, (x, summit), right), right, *crest[::-1]],
            dark if from_left else lit,
        )
        if snow and size > 0.15:
            _snowcap(
                canvas,
                random,
                x,
                summit,
                tall,
                wide,
                crest,
                (white, white_dark) if from_left else (white_dark, white),
            )
    canvas.mist(horizon, 0.05 + height * 0.22, 0.35 + 0.25 * depth)


def _flank(
    random: np.random.Generator, start: tuple[float, float], end: tuple[float, float]
) -> list[tuple[float, float]]:
    ways = (0.25, 0.5, 0.75)
    reach = abs(end[1] - start[1]) * 0.05
    return [
        (
            start[0] + (end[0] - start[0]) * w,
            start[1] + (end[1] - start[1]) * w + reach * (random.random() - 0.5),
        )
        for w in ways
    ]


def _crest(
    random: np.random.Generator, x: float, summit: float, base: float, wide: float
) -> list[tuple[float, float]]:
    """The edge between the lit and the shaded side, from the summit down, zigzag."""
    steps = 6
    side = [
        0.14 * wide * (random.random() - 0.25) * (1 if i % 2 else -0.6) for i in range(1, steps)
    ]
    return [
        (x + side[i - 1] * i / 2, summit + (base - summit) * i / steps) for i in range(1, steps)
    ] + [(x + wide * 0.1, base)]


def _snowcap(
    canvas: Canvas,
    random: np.random.Generator,
    x: float,
    summit: float,
    tall: float,
    wide: float,
    crest: list[tuple[float, float]],
    colours: tuple[Colour, Colour],
) -> None:
    depth = tall * (0.3 + 0.16 * random.random())
    reach = wide * depth / (tall + 0.03)
    low = summit + depth
    ragged = [(-1.0, 0.0), (-0.72, -0.34), (-0.5, 0.1), (-0.28, -0.22)]
    left = [(x + reach * dx, low + depth * dy * 0.7) for dx, dy in ragged]
    middle = crest[1] if crest[1][1] < low else (x, low)
    right = [(x - reach * dx, low + depth * dy * 0.6) for dx, dy in reversed(ragged)]
    canvas.polygon([(x, summit), *left, middle], colours[0])
    canvas.polygon([(x, summit), middle, *right], colours[1])


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
    """Paint the ground from its far edge to the bottom, a little uneven at the edge."""
    far = mix(colour, canvas.palette.haze, 0.35)
    edge = top - 0.012 * ridge(canvas.random("ground"), 0.4)
    canvas.land(edge, far, near or mix(colour, canvas.palette.shade, 0.28))


def grass(canvas: Canvas, top: float, colour: Colour) -> None:
    """Draw blades of grass, longer toward the viewer."""
    random = canvas.random("grass")
    for _ in range(round(420 * canvas.aspect)):
        near = random.random() ** 0.6
        x, y = random.random(), top + (1 - top) * near
        length = (0.008 + 0.03 * near) * canvas.unit / canvas.height
        lean = (random.random() - 0.5) * 0.02 * near * canvas.unit / canvas.width
        shade = mix(
            colour, canvas.palette.light if random.random() > 0.5 else canvas.palette.shade, 0.22
        )
        canvas.line([(x, y), (x + lean, y - length)], shade, 0.0012 + 0.0016 * near)


def flowers(canvas: Canvas, top: float, colours: tuple[Colour, ...], count: int = 90) -> None:
    """Strew flowers over the ground, larger toward the viewer."""
    random = canvas.random("flowers")
    for _ in range(round(count * canvas.aspect)):
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
    puffs = [
        (
            random.normal(0, 0.16) * tall,
            random.normal(0, 0.11) * tall,
            (0.14 + 0.1 * random.random()) * tall,
        )
        for _ in range(13)
    ]
    towards = -1 if canvas.light_x < x else 1
    for shade, shift, shrink in (
        (mix(colour, palette.shade, 0.3), 0.0, 1.0),
        (colour, 0.035, 0.84),
        (mix(colour, palette.light, 0.3), 0.075, 0.55),
    ):
        for dx, dy, radius in puffs:
            canvas.disc(
                x + (dx + towards * shift * tall) * ux,
                middle + (dy - shift * tall) * uy,
                radius * shrink,
                shade,
                0.92,
            )
    if palette.is_snowy:
        for dx, dy, radius in puffs[:7]:
            canvas.disc(x + dx * ux, middle + (dy - 0.1 * tall) * uy, radius * 0.5, SNOW, 0.6)


def conifers(
    canvas: Canvas, foot: float, tall: float, depth: float, purpose: str, gap: float = 0.0
) -> None:
    """Plant a row of firs across the picture, leaving `gap` of its middle free."""
    random = canvas.random(purpose)
    colour = mix(
        canvas.palette.foliage if not _blooms(canvas) else rgb("#3f7a4c"),
        canvas.palette.haze,
        depth * 0.8,
    )
    count = max(3, round(0.95 * canvas.width / canvas.unit / (tall * 0.27)))
    for i in range(count):
        x = (i + random.random()) / count
        if abs(x - 0.5) * 2 >= gap:
            size = tall * (0.7 + 0.5 * random.random())
            conifer(
                canvas,
                x,
                foot + 0.012 * random.random(),
                size,
                mix(colour, canvas.palette.shade, 0.1 * random.random()),
            )


def broadleaves(
    canvas: Canvas, foot: float, tall: float, depth: float, purpose: str, gap: float = 0.0
) -> None:
    """Plant a row of round trees across the picture, leaving `gap` of its middle free."""
    random = canvas.random(purpose)
    colour = mix(canvas.palette.foliage, canvas.palette.haze, depth * 0.8)
    count = max(3, round(canvas.width / canvas.unit / (tall * 0.6)))
    for i in range(count):
        x = (i + random.random()) / count
        if abs(x - 0.5) * 2 >= gap:
            size = tall * (0.75 + 0.45 * random.random())
            broadleaf(
                canvas,
                x,
                foot + 0.01 * random.random(),
                size,
                mix(colour, canvas.palette.light, 0.12 * random.random()),
                f"{purpose}{i}",
            )


def _blooms(canvas: Canvas) -> bool:
    red, green, _ = canvas.palette.foliage
    return red > green


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
    for _ in range(round(150 * canvas.aspect)):
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
    for _ in range(110):
        near = random.random() ** 1.2
        spread = (0.018 + 0.1 * near) * canvas.unit / canvas.width
        x, y = canvas.light_x + float(random.normal(0, 1)) * spread, top + (bottom - top) * near
        half = (0.006 + 0.022 * near) * canvas.unit / canvas.width
        canvas.line(
            [(x - half, y), (x + half, y)], mix(palette.light, WHITE, 0.4), 0.0012 + 0.002 * near
        )


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
