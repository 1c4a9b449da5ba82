"""Bodies of animals whose art is a head alone: seated, four-legged, coloured from the head.

Coordinates have x to the right of the middle and y upwards from the ground, 100 units being
the whole height, until the body is finished.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from seedbed.engines.sketch.eyes import closed
from seedbed.engines.sketch.ink import Ink, Point, ellipse, inside, outline, smooth
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb, shade, to_oklab

RUNNING = ("run", "walk", "jump", "play", "chase")
"""What is done on all fours, at a stretch."""
POINTED = ("siamese_cat",)
"""Pale animals with a dark mask, ears and paws, and blue eyes, whatever colour is asked."""
POINTS = (
    '<path d="M4 16 L5.4 2.6 Q6 1.6 7.2 2.4 L14.4 8.4 Q8 10.6 4 16Z M32 16 L30.6 2.6 Q30 1.6 28.8 2.4 '
    'L21.6 8.4 Q28 10.6 32 16Z" fill="#4f3a2e"/><ellipse cx="18" cy="24.6" rx="8.2" ry="6.6" '
    'fill="#4f3a2e" opacity="0.5"/><ellipse cx="18" cy="25" rx="6" ry="5" fill="#4f3a2e" opacity="0.75"/>'
    '<path d="M16.2 22.8h3.6l-1.8 2z" fill="#2a1d18"/><path d="M18 24.6v1.6m0 0q-2 1.6-3.4.2m3.4-.2q2 '
    '1.6 3.4.2" fill="none" stroke="#2a1d18" stroke-width=".8" stroke-linecap="round"/>'
    '<ellipse cx="11.6" cy="18" rx="2.7" ry="2.9" fill="#4a9fe8"/><ellipse cx="24.4" cy="18" rx="2.7" '
    'ry="2.9" fill="#4a9fe8"/><ellipse cx="11.6" cy="18" rx="1.2" ry="2" fill="#14202e"/><ellipse '
    'cx="24.4" cy="18" rx="1.2" ry="2" fill="#14202e"/><circle cx="12.4" cy="17" r=".7" fill="#fff"/>'
    '<circle cx="25.2" cy="17" r=".7" fill="#fff"/>'
)
BLACK: Colour = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Coat:
    """How a kind of animal looks below its head."""

    belly: str | None = None
    legs: str | None = None
    tail: str = "none"
    """`thin`, `bushy`, `ringed`, `tuft`, `puff` or `none`."""
    tip: str | None = None
    marks: str | None = None
    """`stripes`, `patches` or `vest`."""
    body: str | None = None
    """Its colour where the head's is not the body's."""
    head: float = 52.0
    """Width of the head."""


COATS: dict[str, Coat] = {
    "cat": Coat("#ffe8c2", None, "thin", "#f18f26"),
    "siamese_cat": Coat("#fffaf0", "#4f3a2e", "thin", "#4f3a2e", body="#f3e8d4"),
    "dog": Coat("#fff1e2", None, "thin", None, body="#d99e82"),
    "wolf": Coat("#dfe6ea", "#7e8f9a", "bushy", "#66757f", body="#99aab5"),
    "fox": Coat("#fff0de", "#4a2a22", "bushy", "#fff6ec", body="#f4900c"),
    "panda": Coat("#ffffff", "#2a2d31", "none", None, "vest", body="#f5f3f0"),
    "bear": Coat("#dfa88a", None, "none", None, body="#c1694f"),
    "polar_bear": Coat("#ffffff", None, "none", None, body="#e6ecf0"),
    "koala": Coat("#dfe5e9", None, "none", None, body="#99aab5"),
    "lion": Coat("#ffe3a0", None, "tuft", "#662113", body="#ffc04d", head=60),
    "tiger": Coat("#fff3df", None, "thin", "#292f33", "stripes", body="#ffac33"),
    "rabbit": Coat("#ffffff", None, "puff", None, body="#d3dde4", head=46),
    "hamster": Coat("#fff4e0", None, "none", None, body="#ffcc4d", head=60),
    "mouse": Coat("#eef2f4", None, "thin", "#ea596e", body="#ccd6dd", head=56),
    "cow": Coat("#ffffff", "#4a3f3c", "tuft", "#3a3230", "patches", body="#f2f0ee"),
    "pig": Coat("#fbd3da", "#dd8a98", "none", None, body="#f4abba"),
    "frog": Coat("#dcedc0", None, "none", None, body="#77b255", head=62),
    "monkey": Coat("#ffdca8", None, "thin", None, body="#bf6952"),
    "raccoon": Coat("#dde3e7", "#3a3f44", "ringed", "#31373d", body="#8d9aa4"),
    "boar": Coat("#c98a6c", "#4a1a10", "thin", None, body="#a0573f"),
    "moose": Coat("#c98a6c", "#5a2a1c", "none", None, body="#a0573f", head=56),
    "deer": Coat("#e8c2a4", "#662113", "puff", None, body="#c1694f", head=50),
    "horse": Coat("#e2b08a", "#662113", "bushy", "#5a2416", body="#c1694f", head=42),
    "unicorn": Coat("#ffffff", "#d9cfe6", "bushy", "#9266cc", body="#e6ecf2", head=50),
    "gorilla": Coat("#5a646c", None, "none", None, body="#3c454c", head=50),
}
"""By the concept of the animal."""


def animal(
    head: str, identity: str, natural: Colour, wanted: Colour | None, pose: str = "sit"
) -> str:
    """Seat an animal: its head over a body with tail, belly and paws; asleep, it lies curled up.

    `wanted` is the colour that was asked for and that the head already has.
    """
    if identity in POINTED:
        head, wanted = head.replace("</svg>", POINTS + "</svg>"), None
    coat = COATS.get(identity, Coat(tail="thin"))
    body = rgb(coat.body) if coat.body else natural
    belly = rgb(coat.belly) if coat.belly else mix(body, WHITE, 0.5)
    legs = rgb(coat.legs) if coat.legs else shade(body, -0.02)
    if wanted is not None:
        light = to_oklab(wanted)[0] > 0.4
        body, belly, legs = wanted, mix(wanted, WHITE, 0.5 if light else 0.12), shade(wanted, -0.05)
        coat = replace(coat, tip=None)
    ink = Ink("body-")
    if pose in RUNNING:
        _running(ink, coat, body, belly, legs)
        _head(ink, head, coat.head * 0.86, (-36, -30))
        return ink.document(-74, -92, 148, 94)
    if pose == "sleep":
        _curled(ink, coat, body, belly, legs)
        _head(ink, closed(head), coat.head * 0.92, (-30, -4))
        return ink.document(-70, -66, 140, 68)
    _tail(ink, coat, body)
    _trunk(ink, coat, body, belly)
    _front_legs(ink, body, legs)
    _head(ink, head, coat.head)
    return ink.document(-60, -112, 120, 114)


def _running(ink: Ink, coat: Coat, body: Colour, belly: Colour, legs: Colour) -> None:
    """Stretch a body in full run, seen from its left side: legs reaching out, the tail behind."""
    dark = shade(body, -0.08)
    if coat.tail in ("bushy", "ringed"):
        plume = _curve((36, 46), (52, 56), (70, 58), (73, 50), (58, 42), (40, 36))
        ink.fill(plume, dark)
        ink.clip(plume)
        tip = rgb(coat.tip) if coat.tip else shade(body, -0.05)
        ink.fill(_curve((60, 66), (58, 38), (80, 40), (80, 64)), tip)
        ink.end()
    elif coat.tail == "puff":
        ink.circle(44, -44, 8, WHITE)
    elif coat.tail != "none":
        ink.stroke(smooth([(38, -44), (54, -50), (66, -60)], False), dark, 5.0)
        if coat.tip:
            ink.stroke(smooth([(60, -55), (66, -60)], False), rgb(coat.tip), 6.0)
    for near in (False, True):
        tone = shade(legs, 0.0 if near else -0.1)
        lift = 0.0 if near else 5.0
        fore = [(-22, -30), (-40 + lift, -20), (-58 + lift, -7 - lift)]
        hind = [(30, -30), (44 - lift, -18), (62 - lift, -6 - lift)]
        for limb in (fore, hind):
            ink.stroke(smooth(limb, False, 0.6), tone, 10.5)
            ink.oval(limb[-1][0] - 1, limb[-1][1] + 2.5, 6.4, 4.2, shade(tone, -0.04))
    trunk = _curve(
        (-40, 34), (-38, 50), (-14, 55), (16, 54), (38, 52), (46, 40), (38, 27), (14, 26), (-14, 22),
        (-34, 24),
    )  # fmt: skip
    ink.fill(trunk, ink.linear((0, -56), (0, -22), (0, shade(body, 0.03)), (1, dark)))
    ink.clip(trunk)
    ink.fill(_curve((-40, 22), (-10, 31), (24, 31), (40, 22), (0, 14)), belly, 0.9)
    if coat.marks == "stripes":
        for x in (-18, -4, 10, 24, 36):
            ink.fill(_curve((x, 60), (x + 5, 46), (x + 2, 32), (x + 8, 46)), rgb("#2c2f33"))
    elif coat.marks == "patches":
        for x, y, size in ((-16, 44, 8), (12, 46, 9), (32, 38, 7)):
            ink.oval(x, -y, size, size * 0.7, rgb("#474040"))
    elif coat.marks == "vest":
        ink.fill(_curve((-44, 60), (-14, 60), (-18, 16), (-44, 16)), rgb("#2a2d31"))
    ink.end()


def _curve(*points: Point) -> str:
    return smooth([(x, -y) for x, y in points], True, 0.95)


def _tail(ink: Ink, coat: Coat, body: Colour) -> None:
    dark = shade(body, -0.07)
    tip = rgb(coat.tip) if coat.tip else dark
    if coat.tail == "bushy":
        outer = _curve((13, 2), (30, 1), (43, 9), (49, 25), (44, 43), (36, 38), (33, 23), (20, 12))
        ink.fill(outer, ink.linear((10, 0), (48, 0), (0, dark), (1, body)))
        ink.clip(outer)
        ink.fill(_curve((28, 30), (38, 26), (46, 30), (56, 28), (52, 56), (30, 52)), tip)
        ink.end()
    elif coat.tail in ("thin", "tuft", "ringed"):
        width = {"thin": 5.5, "tuft": 4.0, "ringed": 11.0}[coat.tail]
        path = smooth([(18, -4), (34, -5), (43, -16), (40, -30), (45, -41)], False, 0.9)
        ink.stroke(path, dark, width)
        if coat.tail == "ringed":
            for ring in range(4):
                ink.oval(38.5 + ring * 1.5, -12 - ring * 9, 6, 2.4, tip)
        else:
            ink.stroke(
                smooth([(40.3, -31), (41.6, -36), (45, -41)], False),
                tip,
                width * (2.0 if coat.tail == "tuft" else 1.0),
            )
    elif coat.tail == "puff":
        ink.circle(25, -10, 7.5, WHITE)


def _trunk(ink: Ink, coat: Coat, body: Colour, belly: Colour) -> None:
    dark, deep = shade(body, -0.06), shade(body, -0.11)
    for side in (-1, 1):
        thigh = _curve(
            (side * 27, 1), (side * 32, 13), (side * 25, 29), (side * 10, 27), (side * 7, 1)
        )
        ink.fill(thigh, ink.linear((side * 32, 0), (side * 6, 0), (0, body), (1, dark)))
        ink.fill(
            _curve((side * 14, 0), (side * 15, 5), (side * 26, 6), (side * 33, 3), (side * 32, 0)),
            deep,
        )
    trunk = _curve(
        (-12, 56),
        (-19, 40),
        (-21, 20),
        (-16, 2),
        (0, 1),
        (16, 2),
        (21, 20),
        (19, 40),
        (12, 56),
        (0, 60),
    )
    ink.fill(trunk, ink.linear((0, -60), (0, 0), (0, dark), (0.35, body), (1, dark)))
    ink.clip(trunk)
    ink.fill(
        _curve((-9, 60), (-12.5, 42), (-6, 26), (0, 20), (6, 26), (12.5, 42), (9, 60)), belly, 0.96
    )
    if coat.marks == "stripes":
        for row in range(4):
            for side in (-1, 1):
                y = 14 + 10 * row
                ink.fill(
                    _curve((side * 23, y - 2.4), (side * 11, y), (side * 23, y + 2.6)),
                    rgb("#2c2f33"),
                )
    elif coat.marks == "patches":
        for x, y, size in ((-15, 30, 8), (16, 16, 7), (13, 45, 6)):
            ink.fill(
                _curve((x - size, y), (x, y + size), (x + size, y + 1), (x, y - size)),
                rgb("#474040"),
            )
    elif coat.marks == "vest":
        ink.fill(_curve((-32, 62), (-30, 36), (0, 43), (30, 36), (32, 62)), rgb("#2a2d31"))
    ink.end()
    ink.fill(ellipse(0, -50, 15, 4.6), BLACK, 0.14)


def _front_legs(ink: Ink, body: Colour, legs: Colour) -> None:
    for side in (-1, 1):
        leg = _curve(
            (side * 3, 38),
            (side * 2, 20),
            (side * 2, 3),
            (side * 6, 0.5),
            (side * 12.5, 2),
            (side * 12, 20),
            (side * 12.5, 38),
        )
        ink.fill(
            leg, ink.linear((0, -38), (0, 0), (0, body), (0.3, mix(body, legs, 0.4)), (0.75, legs))
        )
        paw = _curve(
            (side * 1.5, 0), (side * 1.5, 5), (side * 7, 7.5), (side * 13, 5), (side * 13.5, 0)
        )
        ink.fill(paw, shade(legs, 0.04))
        for toe in (5.2, 9.4):
            ink.line((side * toe, -3.6), (side * toe, -0.6), shade(legs, -0.12), 0.7, 0.7)


def _curled(ink: Ink, coat: Coat, body: Colour, belly: Colour, legs: Colour) -> None:
    """Lay a rounded body on its belly, the tail around it, and a paw in front."""
    dark = shade(body, -0.07)
    back = _curve(
        (-34, 2), (-40, 18), (-30, 36), (-4, 46), (28, 44), (50, 28), (54, 10), (46, 1), (0, 0)
    )
    ink.fill(back, ink.linear((0, -46), (0, 0), (0, shade(body, 0.02)), (1, dark)))
    ink.clip(back)
    ink.fill(_curve((-30, -2), (0, 9), (40, 6), (44, -4)), belly, 0.9)
    if coat.marks == "stripes":
        for x in (-6, 8, 22, 36):
            ink.fill(_curve((x, 50), (x + 5, 32), (x + 3, 16), (x + 8, 32)), rgb("#2c2f33"))
    elif coat.marks == "patches":
        for x, y, size in ((4, 36, 9), (30, 24, 10), (46, 12, 6)):
            ink.oval(x, -y, size, size * 0.7, rgb("#474040"))
    elif coat.marks == "vest":
        ink.fill(_curve((-40, 44), (-14, 46), (-18, 0), (-40, 0)), rgb("#2a2d31"))
    ink.end()
    if coat.tail != "none":
        width = {"bushy": 15.0, "ringed": 11.0, "puff": 12.0}.get(coat.tail, 6.0)
        around = [(50, -12), (54, -3), (38, -3), (16, -4)]
        ink.stroke(smooth(around, False), shade(body, -0.1), width)
        ink.stroke(
            smooth([(24, -3.4), (16, -4)], False), rgb(coat.tip) if coat.tip else dark, width
        )
    for x in (-44, -12):
        ink.oval(x, -4, 11, 4.6, legs)


def _head(ink: Ink, head: str, wide: float, foot: Point = (0, -44)) -> None:
    """Set the head on the shoulders, or where its lowest point is told to be."""
    x, y, width, height = outline(head)
    scale = min(wide / width, 58 / height)
    left, top = foot[0] - (x + width / 2) * scale, foot[1] - height * scale
    ink.move(f"translate({left:.3f} {top - y * scale:.3f}) scale({scale:.4f})")
    ink.raw(inside(head))
    ink.end()
