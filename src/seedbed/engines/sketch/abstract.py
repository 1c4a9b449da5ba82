"""Abstract compositions, for prompts that name nothing to draw: coloured by their mood."""

from __future__ import annotations

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

CALM = ("calm", "sad", "mysterious")


def paint(canvas: Canvas, mood: str | None) -> None:
    """Paint a large disc, ribbons that flow across it, and small accents."""
    random = canvas.random("abstract")
    base = mood_colour(mood) if mood else _any_colour(random.random())
    tones = _scheme(base, calm=mood in CALM)
    dark = mood in ("sad", "mysterious", "angry")
    paper = mix(base, rgb("#141a2c"), 0.72) if dark else mix(base, rgb("#fdf8f0"), 0.84)
    canvas.wash([(0, mix(paper, base, 0.06)), (1, mix(paper, base, 0.3))])
    x, y = (0.34, 0.42) if random.random() > 0.5 else (0.64, 0.46)
    canvas.glow(x, y, 0.75, tones[0], 0.35)
    radius = 0.24 + 0.1 * random.random()
    for ring in range(16):
        canvas.disc(
            x, y - 0.004 * ring, radius * (1 - ring * 0.022), mix(tones[0], tones[1], ring / 16)
        )
    for number in range(3 if mood in CALM else 5):
        _ribbon(canvas, random, tones[number % len(tones)], 0.5 if mood in CALM else 1.0)
    for _ in range(round(9 * canvas.aspect)):
        _accent(canvas, random, tones)


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


def _ribbon(canvas: Canvas, random: np.random.Generator, colour: Colour, swing: float) -> None:
    t = np.linspace(-0.05, 1.05, 90)
    phase, waves = random.random() * 6.3, 1.2 + 1.6 * random.random()
    middle = 0.15 + 0.7 * random.random()
    line = middle + swing * (
        0.12 * np.sin(t * waves * 4 + phase) + 0.05 * np.sin(t * 9 + phase * 2)
    )
    wide = 0.012 + 0.035 * random.random() * (0.6 + 0.4 * np.sin(t * 5 + phase))
    slope = np.gradient(line, t)
    for share, tone in (
        (1.0, mix(colour, rgb("#1a1a2a"), 0.22)),
        (0.86, colour),
        (0.3, mix(colour, WHITE, 0.35)),
    ):
        upper, lower = line - wide * share * (1 + 0.3 * slope), line + wide * share
        shape = np.concatenate([np.stack([t, upper], 1), np.stack([t, lower], 1)[::-1]])
        canvas.polygon(shape, tone)


def _accent(canvas: Canvas, random: np.random.Generator, tones: tuple[Colour, ...]) -> None:
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
