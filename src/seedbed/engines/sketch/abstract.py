"""Abstract compositions, for prompts that name nothing to draw: coloured by their mood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from seedbed.engines.sketch.canvas import Canvas
from seedbed.engines.sketch.palette import (
    WHITE,
    Colour,
    from_oklab,
    mix,
    mood_colour,
    rgb,
    to_oklab,
)

Random: TypeAlias = np.random.Generator
Tones: TypeAlias = tuple[Colour, ...]
SHADE = rgb("#1a1a2a")
CALM = ("calm", "sad", "mysterious")


def paint(canvas: Canvas, mood: str | None) -> None:
    """Paint one of several compositions in the colours of a mood."""
    random = canvas.random("abstract")
    base = mood_colour(mood) if mood else _any_colour(random.random())
    tones = _scheme(base, calm=mood in CALM)
    dark = mood in ("sad", "mysterious", "angry")
    paper = mix(base, rgb("#141a2c"), 0.72) if dark else mix(base, rgb("#fdf8f0"), 0.84)
    canvas.wash([(0, mix(paper, base, 0.06)), (1, mix(paper, base, 0.3))])
    kinds = BY_MOOD.get(mood or "", UNTOLD)
    COMPOSITIONS[kinds[int(random.integers(len(kinds)))]](canvas, random, tones, paper)


def ribbons(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """A large disc, ribbons that flow across it, and small accents."""
    x, y = 0.3 + 0.4 * random.random(), 0.38 + 0.14 * random.random()
    _ball(canvas, x, y, 0.2 + 0.13 * random.random(), tones)
    count = len(tones)
    for number in range(count):
        _ribbon(canvas, random, tones[number], 0.5 if count < 5 else 1.0)
    for _ in range(round(9 * canvas.aspect)):
        _accent(canvas, random, tones)


def strata(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """Swelling layers, one before the other, below a pale disc."""
    x, y = 0.2 + 0.6 * random.random(), 0.2 + 0.14 * random.random()
    _ball(canvas, x, y, 0.09 + 0.08 * random.random(), (tones[-1], mix(tones[-1], WHITE, 0.5)))
    layers = 7
    t = np.linspace(0, 1, 160)
    for layer in range(layers):
        near = (layer + 1) / layers
        swell = 0.5 * np.sin(t * (2 + 3 * random.random()) * canvas.aspect + random.random() * 6.3)
        swell += 0.25 * np.sin(t * (6 + 5 * random.random()) + random.random() * 6.3)
        top = 0.3 + 0.66 * layer / layers + (0.08 - 0.03 * near) * swell
        tone = mix(tones[layer % len(tones)], paper, 0.62 * (1 - near))
        shadow = (top - 0.011).astype(np.float32)
        canvas.land(shadow, mix(tone, SHADE, 0.1), mix(tone, SHADE, 0.1))
        canvas.land(top.astype(np.float32), mix(tone, WHITE, 0.2), mix(tone, SHADE, 0.16))


def orbits(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """Rings around a heart of light, with bodies travelling on them."""
    x, y = 0.35 + 0.3 * random.random(), 0.4 + 0.2 * random.random()
    squash, tilt = 0.34 + 0.4 * random.random(), random.random() * 3.1
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    turns = np.linspace(0, 2 * np.pi, 120)
    canvas.glow(x, y, 0.8, tones[0], 0.5)
    spots: list[tuple[float, float, float, Colour]] = []
    for ring in range(9):
        reach = 0.14 + 0.075 * ring + 0.03 * random.random()
        flat = np.stack([np.cos(turns) * reach, np.sin(turns) * reach * squash])
        turned = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]]) @ flat
        path = np.stack([x + turned[0] * across, y + turned[1] * down], 1)
        tone = tones[ring % len(tones)]
        canvas.line(path, mix(tone, paper, 0.25), 0.0018 + 0.005 * random.random() ** 2)
        for _ in range(int(random.integers(1, 3))):
            at = path[int(random.integers(120))]
            spots.append((float(at[0]), float(at[1]), 0.012 + 0.03 * random.random(), tone))
    _ball(canvas, x, y, 0.1 + 0.04 * random.random(), tones)
    for left, top, size, tone in spots:
        _ball(canvas, left, top, size, (tone, mix(tone, WHITE, 0.5)))


def mosaic(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """A grid of plain forms: quarters, halves, rings and discs."""
    cell = (0.2, 0.25, 1 / 6)[int(random.integers(3))]
    columns = max(1, round(canvas.width / canvas.unit / cell))
    rows = max(1, round(canvas.height / canvas.unit / cell))
    grounds = (*tones, paper, paper)
    for row in range(rows):
        for column in range(columns):
            box = (column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
            back = grounds[int(random.integers(len(grounds)))]
            front = grounds[int(random.integers(len(grounds)))]
            if front == back:
                front = mix(back, SHADE, 0.25)
            canvas.box(*box, back)
            _form(canvas, random, box, front, back)


def _form(
    canvas: Canvas,
    random: Random,
    box: tuple[float, float, float, float],
    front: Colour,
    back: Colour,
) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    kind = int(random.integers(6))
    if kind < 3:  # a quarter or a half disc
        corner = int(random.integers(4))
        start, span = corner * np.pi / 2, (np.pi / 2 if kind < 2 else np.pi)
        x = left + wide * ((0, 1, 1, 0)[corner] if kind < 2 else 0.5)
        y = top + tall * ((0, 0, 1, 1)[corner] if kind < 2 else 0.5)
        reach = 1.0 if kind < 2 else 0.5
        turns = start + np.linspace(0, span, 40)
        rim = np.stack([x + np.cos(turns) * wide * reach, y + np.sin(turns) * tall * reach], 1)
        canvas.polygon(np.concatenate([rim, [[x, y]]]), front)
    elif kind == 3:
        canvas.polygon([(left, top), (right, top), (left, bottom)], front)
    else:
        radius = 0.5 * wide * canvas.width / canvas.unit
        middle = (left + wide / 2, top + tall / 2)
        canvas.disc(*middle, radius * 0.72, front)
        if kind == 4:
            canvas.disc(*middle, radius * 0.4, back)


def shards(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """Splinters of light bursting from a point."""
    x, y = 0.3 + 0.4 * random.random(), 0.35 + 0.3 * random.random()
    turns = np.sort(random.random(46)) * 2 * np.pi
    for number, turn in enumerate(turns):
        width = 0.04 + 0.14 * random.random()
        near, far = 0.1 * random.random(), 0.5 + 1.1 * random.random()
        tone = mix(tones[number % len(tones)], paper, 0.55 * random.random())
        ends = [(turn, near), (turn - width / 2, far), (turn + width / 2, far)]
        canvas.polygon([(x + np.cos(a) * r, y + np.sin(a) * r) for a, r in ends], tone)
    canvas.glow(x, y, 0.6, mix(tones[0], WHITE, 0.5), 0.8)
    _ball(canvas, x, y, 0.07, (mix(tones[0], WHITE, 0.4), WHITE))
    for _ in range(round(8 * canvas.aspect)):
        _accent(canvas, random, tones)


def _ball(canvas: Canvas, x: float, y: float, radius: float, tones: Sequence[Colour]) -> None:
    """Paint a disc that goes from one tone to the next towards its upper edge, in a glow."""
    canvas.glow(x, y, radius * 2.6, tones[0], 0.3)
    for ring in range(16):
        tone = mix(tones[0], tones[1], ring / 16)
        canvas.disc(x, y - 0.018 * radius * ring, radius * (1 - ring * 0.022), tone)


def _any_colour(turn: float) -> Colour:
    angle = turn * 2 * np.pi
    return from_oklab((0.74, 0.13 * float(np.cos(angle)), 0.13 * float(np.sin(angle))))


def _scheme(base: Colour, calm: bool) -> tuple[Colour, ...]:
    """Give colours that go with a base: neighbours when calm, further round otherwise."""
    lightness, a, b = to_oklab(base)
    turns = (0, 25, -25, 50) if calm else (0, 35, 150, -70, 200)
    found = []
    for step, turn in enumerate(np.deg2rad(turns)):
        found.append(
            from_oklab(
                (
                    float(np.clip(lightness + 0.06 * (step % 3 - 1), 0.3, 0.9)),
                    float(a * np.cos(turn) - b * np.sin(turn)),
                    float(a * np.sin(turn) + b * np.cos(turn)),
                )
            )
        )
    return tuple(found)


def _ribbon(canvas: Canvas, random: Random, colour: Colour, swing: float) -> None:
    t = np.linspace(-0.05, 1.05, 90)
    phase, waves = random.random() * 6.3, 1.2 + 1.6 * random.random()
    middle = 0.15 + 0.7 * random.random()
    line = middle + swing * (
        0.12 * np.sin(t * waves * 4 + phase) + 0.05 * np.sin(t * 9 + phase * 2)
    )
    wide = 0.012 + 0.035 * random.random() * (0.6 + 0.4 * np.sin(t * 5 + phase))
    slope = np.gradient(line, t)
    for share, tone in (
        (1.0, mix(colour, SHADE, 0.22)),
        (0.86, colour),
        (0.3, mix(colour, WHITE, 0.35)),
    ):
        upper, lower = line - wide * share * (1 + 0.3 * slope), line + wide * share
        shape = np.concatenate([np.stack([t, upper], 1), np.stack([t, lower], 1)[::-1]])
        canvas.polygon(shape, tone)


def _accent(canvas: Canvas, random: Random, tones: tuple[Colour, ...]) -> None:
    x, y, size = random.random(), random.random(), 0.012 + 0.03 * random.random()
    tone = tones[int(random.integers(len(tones)))]
    kind = int(random.integers(3))
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    if kind == 0:
        canvas.disc(x, y, size, tone)
        canvas.disc(
            x - size * 0.25 * across, y - size * 0.25 * down, size * 0.5, mix(tone, WHITE, 0.3)
        )
    elif kind == 1:
        turns = np.linspace(0, 2 * np.pi, 40)
        ring = np.stack([x + np.cos(turns) * size * across, y + np.sin(turns) * size * down], 1)
        canvas.line(ring, tone, 0.005)
    else:
        turn = random.random() * 6.3
        corners = turn + np.array([0, 2.1, 4.2])
        canvas.polygon(
            np.stack([x + np.cos(corners) * size * across, y + np.sin(corners) * size * down], 1),
            tone,
        )


def stillness(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """Much air, a level horizon, one body above it and its echo in rings below."""
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    x = (1 / 3, 2 / 3)[int(random.integers(2))]
    level = 0.6 + 0.06 * random.random()
    low = mix(paper, tones[0], 0.45)
    canvas.wash([(0, mix(paper, tones[0], 0.12)), (1, mix(paper, tones[-1], 0.42))], 0, level)
    canvas.wash([(0, mix(low, WHITE, 0.25)), (1, mix(low, SHADE, 0.22))], level, 1)
    radius = 0.075 + 0.04 * random.random()
    _ball(canvas, x, level - 0.27 * down, radius, (tones[1], mix(tones[1], WHITE, 0.55)))
    turns = np.linspace(0, 2 * np.pi, 90)
    for ring in range(6):
        reach = 0.05 + 0.075 * ring
        path = np.stack(
            [
                x + np.cos(turns) * reach * across,
                level + 0.17 * down + np.sin(turns) * reach * 0.2 * down,
            ],
            1,
        )
        canvas.line(path, mix(low, WHITE, 0.5 - 0.07 * ring), 0.0032 - 0.0004 * ring)
    stone = mix(SHADE, tones[0], 0.35)
    canvas.disc(x, level + 0.17 * down, 0.028, stone, 0.45)


def window(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """A wall of dark windows, and a single one that is lit."""
    wall = mix(mix(tones[0], SHADE, 0.62), paper, 0.1)
    canvas.wash([(0, mix(wall, SHADE, 0.35)), (1, wall)])
    columns = max(3, round(6 * canvas.aspect))
    rows = max(3, round(6 * canvas.height / canvas.unit))
    lit = (int(random.integers(1, columns - 1)), int(random.integers(1, rows - 1)))
    wide, tall = 1 / columns, 1 / rows
    for row in range(rows):
        for column in range(columns):
            left, top = (column + 0.24) * wide, (row + 0.18) * tall
            box = (left, top, left + 0.52 * wide, top + 0.62 * tall)
            pane = mix(wall, SHADE, 0.3 + 0.3 * random.random())
            if (column, row) == lit:
                pane = rgb("#ffd58a")
                middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
                canvas.glow(*middle, 0.55, pane, 0.55)
            canvas.box(*box, pane)
            bar = mix(wall, SHADE, 0.12)
            canvas.line(
                [((box[0] + box[2]) / 2, box[1]), ((box[0] + box[2]) / 2, box[3])], bar, 0.005
            )
            canvas.line([(box[0], top + 0.26 * tall), (box[2], top + 0.26 * tall)], bar, 0.005)
            canvas.box(box[0] - 0.02 * wide, box[3], box[2] + 0.02 * wide, box[3] + 0.03 * tall,
                       mix(wall, WHITE, 0.1))  # fmt: skip
    for _ in range(round(120 * canvas.aspect)):
        x, y, long = random.random(), random.random(), 0.03 + 0.06 * random.random()
        canvas.line([(x, y), (x - 0.004, y + long)], mix(wall, WHITE, 0.22), 0.0012)


def passage(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """Arches, one within the other, toward a light."""
    x, depth = 0.5 + 0.12 * (random.random() - 0.5), 9
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    lean = 0.1 * (random.random() - 0.5)
    turns = np.linspace(np.pi, 2 * np.pi, 40)
    for step in range(depth):
        far = step / (depth - 1)
        half = 0.62 * (1 - far) ** 1.25 + 0.07
        middle = x + lean * far
        spring = 0.42 + 0.1 * far
        tone = mix(mix(tones[step % len(tones)], SHADE, 0.66 - 0.5 * far), tones[0], 0.3)
        arch = np.stack(
            [middle + np.cos(turns) * half * across, spring + np.sin(turns) * half * down], 1
        )
        foot = 0.74 + 0.4 * (1 - far)
        corners = np.array([[middle + half * across, foot], [middle - half * across, foot]])
        canvas.polygon(np.concatenate([arch, corners]), mix(tone, WHITE, 0.1 * far))
    light = mix(tones[-1], rgb("#fff3d0"), 0.8)
    canvas.glow(x + lean, 0.55, 0.7, light, 0.7)
    floor = [(x + lean - 0.05 * across, 0.76), (x + lean + 0.05 * across, 0.76)]
    cover = np.zeros((64, 64), np.float32)
    cover[:] = np.linspace(0.0, 0.5, 64, dtype=np.float32)[:, None]
    canvas.veil(cover * 0.5, light, 0.74, 1)
    canvas.polygon(
        [*floor, (x + 0.12 * across, 1.0), (x - 0.12 * across, 1.0)], mix(light, tones[0], 0.25)
    )
    canvas.glow(x + lean, 0.62, 0.22, WHITE, 0.9)


def pair(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """Two bodies that meet, held by lines that never cross."""
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    tilt = 0.5 * (random.random() - 0.5)
    reach, size = 0.13, 0.2
    for side, tone in ((-1, tones[0]), (1, tones[1])):
        x = 0.5 + side * reach * float(np.cos(tilt)) * across
        y = 0.48 + side * reach * float(np.sin(tilt)) * down
        _ball(canvas, x, y, size, (mix(tone, WHITE, 0.1), mix(tone, WHITE, 0.5)))
    canvas.glow(0.5, 0.48, 0.28, mix(tones[0], WHITE, 0.6), 0.7)
    t = np.linspace(-0.05, 1.05, 90)
    for number in range(9):
        bow = 0.05 + 0.05 * number
        for sign in (-1, 1):
            lift = sign * (0.2 + bow) * np.exp(-(((t - 0.5) / (0.26 + 0.02 * number)) ** 2)) * down
            line = 0.48 + lift + sign * 0.012 * number
            canvas.line(np.stack([t, line], 1), mix(tones[number % 2], paper, 0.35), 0.0022)


def fountain(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """Streams of bright drops thrown up from below, each on its own arc."""
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    x = 0.5 + 0.1 * (random.random() - 0.5)
    canvas.glow(x, 0.98, 1.1, mix(tones[0], WHITE, 0.3), 0.6)
    for arc in range(26):
        throw = (arc / 25 - 0.5) * 1.5 + 0.08 * (random.random() - 0.5)
        high = (0.62 + 0.36 * random.random()) * (1 - 0.35 * abs(throw))
        tone = tones[arc % len(tones)]
        t = np.linspace(0, 1, 40)
        path = np.stack(
            [x + throw * t * across * 1.05, 1.02 - 4 * high * (t * 0.72 - (t * 0.72) ** 2) * down],
            1,
        )
        canvas.line(path, mix(tone, paper, 0.3), 0.003)
        for at in range(6 + arc % 4, 40, 5):
            size = 0.006 + 0.02 * random.random() * (at / 40)
            spot = path[at] + (random.random(2) - 0.5) * 0.02
            canvas.disc(float(spot[0]), float(spot[1]), size, tone)
            canvas.disc(float(spot[0]) - size * 0.3 * across, float(spot[1]) - size * 0.3 * down,
                        size * 0.4, mix(tone, WHITE, 0.6))  # fmt: skip


def clash(canvas: Canvas, random: Random, tones: Tones, paper: Colour) -> None:
    """Two walls of blades that drive into one another."""
    hot, cold = tones[0], mix(SHADE, tones[0], 0.12)
    canvas.wash([(0, mix(hot, SHADE, 0.45)), (1, mix(hot, SHADE, 0.7))])
    canvas.glow(0.5, 0.5, 0.8, rgb("#ffb03a"), 0.6)
    count = round(22 * canvas.height / canvas.unit)
    for layer in range(3):
        for number in range(count):
            y = (number + random.random()) / count
            for side in (0, 1):
                tip = (
                    0.5
                    + (0.3 - 0.1 * layer) * (random.random() - 0.5)
                    + (0.5 - side) * 0.06 * layer
                )
                half = (0.03 + 0.05 * random.random()) * canvas.unit / canvas.height
                lean = 0.16 * (random.random() - 0.5)
                base = mix(cold, hot, 0.16 * layer) if side else mix(hot, SHADE, 0.1 * layer)
                tone = mix(base, tones[-1], 0.2 * random.random())
                edge = -0.02 if side == 0 else 1.02
                canvas.polygon([(edge, y - half), (tip, y + lean), (edge, y + half)], tone)
    for _ in range(round(40 * canvas.aspect)):
        x, y = 0.5 + 0.12 * float(random.normal()), random.random()
        canvas.disc(x, y, 0.002 + 0.006 * random.random(), rgb("#ffd27a"))


COMPOSITIONS: dict[str, Callable[[Canvas, Random, Tones, Colour], None]] = {
    "ribbons": ribbons, "strata": strata, "orbits": orbits, "mosaic": mosaic, "shards": shards,
    "stillness": stillness, "window": window, "passage": passage, "pair": pair,
    "fountain": fountain, "clash": clash,
}  # fmt: skip
"""Every composition there is; a new one is a function registered here."""
UNTOLD = ("ribbons", "strata", "orbits", "mosaic", "shards", "passage", "stillness", "fountain")
"""Compositions for a wish that names no mood."""
BY_MOOD = {
    "calm": ("stillness", "strata", "stillness"), "sad": ("window", "strata", "window"),
    "dreamy": ("orbits", "strata", "passage"), "angry": ("clash", "shards"),
    "epic": ("shards", "passage", "orbits"), "joy": ("fountain", "ribbons", "shards"),
    "romantic": ("pair", "pair", "ribbons"), "mysterious": ("passage", "orbits"),
}  # fmt: skip
"""Compositions that suit a mood."""
