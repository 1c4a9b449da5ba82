"""Bodies that stand or fly: for animals whose art is a head in profile, antlers, or an eagle's.

Coordinates are those of `bodies`: x to the right of the middle, y upwards from the ground.
A new beast is a row of `BEASTS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from seedbed.engines.sketch.ink import GLYPH, Ink, Point, inside, smooth
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb, shade

HEADS = ("1f993", "1f98f", "1f98c", "1f98d", "1f985", "1f9da", "1f9df")
"""Art that is a head or a bust alone, whatever its row of the lexicon says."""
DARK = rgb("#2c2f33")


@dataclass(frozen=True, slots=True)
class Beast:
    """A standing four-legged body, seen from its left side, below a head."""

    head: tuple[float, float, float]
    """Left and top of the head's glyph, and its width."""
    trunk: tuple[Point, ...]
    """Outline from the neck along the back, the rump, the belly and the chest."""
    legs: tuple[float, ...]
    """Where the four legs are, the far ones first."""
    long: float
    """How long the legs are."""
    thick: float
    coat: str
    belly: str
    hoof: str
    tail: tuple[Point, ...]
    striped: bool = False
    neck: tuple[Point, ...] = ()


BEASTS: dict[str, Beast] = {
    "zebra": Beast(
        (-62, 106, 46),
        ((-24, 100), (-10, 88), (6, 78), (30, 75), (46, 69), (52, 56), (48, 40), (20, 35),
         (-12, 36), (-28, 44), (-33, 60), (-30, 78)),
        (-20, 38, -27, 45), 44, 9.0, "#e1e8ed", "#f6f8fa", "#2c2f33",
        ((49, 66), (58, 56), (57, 40), (61, 30)), True,
    ),
    "rhino": Beast(
        (-66, 88, 48),
        ((-24, 84), (-8, 90), (14, 84), (36, 86), (54, 74), (60, 54), (54, 30), (16, 22),
         (-16, 26), (-30, 40), (-26, 62)),
        (-14, 38, -22, 47), 32, 17.0, "#99aab5", "#a9b8c2", "#66757f",
        ((58, 66), (64, 56), (62, 42)),
    ),
    "deer": Beast(
        (-50, 124, 46),
        ((-22, 84), (-12, 72), (4, 66), (28, 66), (42, 62), (47, 52), (42, 40), (14, 36),
         (-14, 36), (-28, 42), (-35, 56), (-32, 74)),
        (-16, 32, -24, 39), 44, 7.0, "#c1694f", "#e8c2a4", "#4a2018",
        ((45, 62), (52, 60), (51, 52)),
    ),
}  # fmt: skip
BEASTS["reindeer"] = BEASTS["deer"]


def beast(head: str, kind: Beast, wanted: Colour | None) -> str:
    """Stand a four-legged body below a head."""
    coat = wanted or rgb(kind.coat)
    belly = mix(coat, WHITE, 0.4) if wanted else rgb(kind.belly)
    ink = Ink("beast-")
    ink.stroke(smooth([(x, -y) for x, y in kind.tail], False), shade(coat, -0.12), 4.4)
    for number, x in enumerate(kind.legs):
        _leg(ink, kind, x, shade(coat, -0.13 if number < 2 else -0.02), number % 2 == 1)
    outline = smooth([(x, -y) for x, y in kind.trunk], True, 0.95)
    ink.fill(outline, ink.linear((0, -90), (0, -26), (0, shade(coat, 0.02)), (1, coat)))
    ink.clip(outline)
    ink.fill(smooth([(-30, -34), (8, -46), (46, -38), (40, -20), (-20, -20)]), belly, 0.8)
    if kind.striped:
        _stripes(ink)
    ink.end()
    left, top, wide = kind.head
    scale = wide / GLYPH
    ink.move(f"translate({left:.2f} {-top:.2f}) scale({scale:.4f})")
    ink.raw(inside(head))
    ink.end()
    return ink.document(-80, -130, 160, 132)


def _leg(ink: Ink, kind: Beast, x: float, tone: Colour, hind: bool) -> None:
    half, long = kind.thick / 2, kind.long
    bend = 0.32 * kind.thick * (1 if hind else -0.4)
    side = [
        (x - half * 1.35, long), (x - half + bend, long * 0.5), (x - half * 0.8, 3),
        (x + half * 0.8, 3), (x + half + bend, long * 0.5), (x + half * 1.45, long),
    ]  # fmt: skip
    ink.fill(smooth([(a, -b) for a, b in side], True, 0.6), tone)
    ink.rect(x - half * 0.95, -5.0, half * 1.9, 5.0, rgb(kind.hoof), round_=1.4)


def _stripes(ink: Ink) -> None:
    for number in range(9):
        x = -26 + 9.0 * number
        lean = 3.0 + number * 0.6
        stripe = [
            (x, -104.0), (x + lean, -70.0), (x + lean * 0.6, -48.0), (x + lean + 2.4, -70.0),
            (x + 4.6, -104.0),
        ]  # fmt: skip
        ink.fill(smooth(stripe, True, 0.7), DARK)


def eagle(head: str, flies: bool, wanted: Colour | None) -> str:
    """Draw an eagle below its head: soaring on spread wings, or perched."""
    plumage = wanted or rgb("#3a2c26")
    dark, light = shade(plumage, -0.06), shade(plumage, 0.07)
    ink = Ink("eagle-")
    tail = [(-9, -34), (-15, -8), (-8, -11), (0, -6), (8, -11), (15, -8), (9, -34)]
    ink.fill(smooth(tail, True, 0.5), rgb("#f0f3f5"))
    for side in (-1, 1):
        if flies:
            _wing(ink, side, dark, light)
        ink.rect(side * 6.5 - 1.8, -12, 3.6, 9, rgb("#f4b93c"), round_=1.6)
        for toe in (-3.4, 0, 3.4):
            ink.line((side * 6.5, -4), (side * 6.5 + toe, 0), rgb("#f4b93c"), 2.4)
    trunk = [(-12, -58), (-17, -42), (-13, -22), (0, -10), (13, -22), (17, -42), (12, -58)]
    ink.fill(smooth(trunk), ink.linear((-16, 0), (16, 0), (0, light), (0.6, plumage), (1, dark)))
    if not flies:
        for side in (-1, 1):
            folded = [(side * 8, -58), (side * 19, -44), (side * 18, -20), (side * 9, -4),
                      (side * 8, -26)]  # fmt: skip
            ink.fill(smooth(folded), dark)
    scale = 38 / GLYPH
    ink.move(f"translate(-19 -92) scale({scale:.4f})")
    ink.raw(inside(head))
    ink.end()
    return ink.document(-90, -100, 180, 102)


def _wing(ink: Ink, side: int, dark: Colour, light: Colour) -> None:
    """Spread one wing: the covert feathers over the long fingers of its tip."""
    fingers: list[Point] = [(side * 8, -34)]
    tips = ((24, -20), (36, -22), (47, -28), (58, -38), (67, -50), (74, -64), (78, -80))
    for number, (x, y) in enumerate(tips):
        fingers.append((side * x, y))
        if number < len(tips) - 1:
            ahead = tips[number + 1]
            fingers.append((side * ((x + ahead[0]) / 2 - 5), (y + ahead[1]) / 2 - 6))
    fingers += [(side * 70, -88), (side * 48, -78), (side * 24, -64), (side * 8, -58)]
    ink.fill(smooth(fingers, True, 0.45), dark)
    coverts = [(side * 8, -36), (side * 28, -34), (side * 46, -46), (side * 62, -64),
               (side * 66, -82), (side * 46, -77), (side * 24, -64), (side * 8, -58)]  # fmt: skip
    ink.fill(smooth(coverts, True, 0.7), light)
