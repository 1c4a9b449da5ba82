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
    kinds = BY_MOOD.get(mood or "", tuple(COMPOSITIONS))
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


COMPOSITIONS: dict[str, Callable[[Canvas, Random, Tones, Colour], None]] = {
    "ribbons": ribbons, "strata": strata, "orbits": orbits, "mosaic": mosaic, "shards": shards,
}  # fmt: skip
"""Every composition there is; a new one is a function registered here."""
BY_MOOD = {
    "calm": ("strata", "orbits", "ribbons"), "sad": ("strata", "ribbons", "orbits"),
    "dreamy": ("orbits", "strata", "ribbons"), "angry": ("shards", "mosaic"),
    "epic": ("shards", "orbits", "strata"), "joy": ("ribbons", "mosaic", "shards"),
}  # fmt: skip
"""Compositions that suit a mood; all suit the others."""
