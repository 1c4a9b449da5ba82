"""People, robots and other two-legged figures: standing or riding bodies under heads and busts.

Coordinates are those of `bodies`: y goes up from the ground, 100 units are the whole height.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from seedbed.engines.sketch.eyes import closed
from seedbed.engines.sketch.gear import Figure
from seedbed.engines.sketch.ink import (
    GLYPH,
    PROBE,
    Ink,
    Point,
    ellipse,
    inside,
    outline,
    probe,
    smooth,
)
from seedbed.engines.sketch.outfits import OUTFITS
from seedbed.engines.sketch.palette import WHITE, Colour, rgb, shade
from seedbed.engines.sketch.poses import joints, pose_of

CLOTHES = ("blue", "maroon", "gold", "teal", "purple", "orange", "navy", "pink")
SKINS = ("#f7d7b5", "#e8b98f", "#c68e62", "#f3c9a5", "#9a6a45")
HAIR = ("#4a3326", "#2b2422", "#8a5a34", "#1f1c1e", "#b5793a")
EMOJI_SKIN, EMOJI_HAIR = "#ffdc5d", "#ffac33"
NO_SKIN: dict[str, Colour] = {"robot": rgb("#8aa6b8"), "alien": rgb("#9aa7ae")}
"""Figures without skin, and the colour of their bodies."""
SKIRTED = ("girl", "princess", "old_woman", "bride", "fairy", "angel")
CHILDREN = ("boy", "girl", "child", "baby")
BARE = (*CHILDREN, "old_man", "old_woman", "prince", "princess")
"""Figures whose art ends at the chin or in long hair, never in shoulders."""
TROUSERS = ("#34466c", "#4a4f5a", "#5b4a3e", "#2f5d66")
HANDS_BEFORE = ("read", "sit", "perch")
"""Poses in which the arms come before the body."""
POSABLE = {"1f9cd": "1f9d1", "1f9cd-200d-2642-fe0f": "1f468", "1f9cd-200d-2640-fe0f": "1f469"}
"""Whole figures that only stand, and the heads that our own bodies carry in other poses."""
BUST_WIDTH = 0.62
"""Art whose lowest rows are this wide shows shoulders; narrower art is a head alone."""


@dataclass(frozen=True, slots=True)
class Dress:
    """What a body wears."""

    skin: Colour
    top: Colour
    legs: Colour
    shoes: Colour
    skirt: bool = False
    long: bool = False
    """Whether the skirt reaches the ground."""


def complexion(svg: str, variant: int) -> str:
    """Give a person a skin and hair of this world instead of an emoji's yellow."""
    if EMOJI_SKIN not in svg.lower():
        return svg
    tones = {
        EMOJI_SKIN: SKINS[variant % len(SKINS)],
        EMOJI_HAIR: HAIR[(variant // 2 + variant) % len(HAIR)],
    }
    return re.sub(r"#[0-9a-fA-F]{6}\b", lambda found: tones.get(found[0].lower(), found[0]), svg)


def person(head: str, identity: str, clothes: Colour, pose: str, variant: int = 0) -> str:
    """Stand a person, or seat one astride: a head or a bust over a body in clothes."""
    if identity == "astronaut":
        return astronaut(clothes, pose)
    if identity == "robot":
        return robot(head, clothes, pose)
    outfit = OUTFITS.get(identity)
    skin = next((rgb(tone) for tone in SKINS if tone in head), NO_SKIN.get(identity, clothes))
    left, right, worn = _shoulders(head)
    bust = right - left > BUST_WIDTH and identity not in NO_SKIN and identity not in BARE
    top = worn if bust else clothes
    own = NO_SKIN.get(identity)
    dress = Dress(
        skin=skin, top=own or top,
        legs=own or (shade(top, -0.1) if bust else rgb(TROUSERS[variant % len(TROUSERS)])),
        shoes=rgb("#4a3430"), skirt=identity in SKIRTED,
    )  # fmt: skip
    if outfit is not None:
        bust = False
        head = _with_hair(head, outfit.hair)
        dress = Dress(
            skin=skin if skin != clothes and not outfit.covered else rgb(outfit.top),
            top=rgb(outfit.top), legs=rgb(outfit.legs), shoes=rgb(outfit.shoes),
            skirt=outfit.skirt, long=outfit.skirt,
        )  # fmt: skip
    size = 46.0 if bust else 46.0 if identity in CHILDREN else 40.0
    x, y, width, height = outline(head)
    scale = size / max(width, height)
    neck = 100 - height * scale + (1.5 if bust else 4.5)
    shoulder = (right - left) * width * scale / 2 if bust else 15.0
    ink = Ink("body-")
    if pose == "sleep":
        head = closed(head)
    ink.move(f"rotate({_turn(pose)})")
    shoulder = min(shoulder, 19.0)
    figure = Figure(neck, shoulder, width * scale, height * scale)
    accent = rgb(outfit.accent) if outfit else clothes
    for part in outfit.behind if outfit else ():
        part(ink, figure, accent)
    _body(ink, dress, neck, shoulder, pose)
    for part in outfit.body if outfit else ():
        part(ink, figure, accent)
    ink.move(f"translate({-(x + width / 2) * scale:.3f} {-100 - y * scale:.3f}) scale({scale:.4f})")
    ink.raw(inside(head))
    ink.end()
    for part in outfit.head if outfit else ():
        part(ink, figure, accent)
    ink.end()
    return ink.document(*_frame(pose))


def _with_hair(head: str, wanted: str | None) -> str:
    """Give a head hair of a colour, whatever it has."""
    if wanted is None:
        return head
    tones = "|".join(HAIR)
    return re.sub(tones, wanted, head)


def _turn(pose: str) -> float:
    """Give how far a figure is turned, clockwise: asleep, it lies."""
    return -90 if pose == "sleep" else pose_of(pose).lean


def _frame(pose: str) -> tuple[float, float, float, float]:
    """Give the box that holds a figure in a pose."""
    return (-112, -44, 118, 64) if pose == "sleep" else (-66, -118, 132, 124)


def _shoulders(head: str) -> tuple[float, float, Colour]:
    """Give the ends of the art's lowest rows, as fractions of its width, and their colour."""
    x, y, width, height = (round(part * PROBE / GLYPH) for part in outline(head))
    rows = probe(head)[y + int(height * 0.93) : y + height, x : x + width]
    seen = rows[..., 3] > 128
    columns = np.flatnonzero(seen.any(axis=0))
    if not len(columns):
        return (0.3, 0.7, rgb("#7a8494"))
    red, green, blue = (float(part) for part in np.median(rows[seen][:, :3], axis=0))
    return (columns[0] / width, (columns[-1] + 1) / width, (red, green, blue))


def _curve(*points: Point) -> str:
    return smooth([(x, -y) for x, y in points], True, 0.85)


def _body(ink: Ink, dress: Dress, neck: float, shoulder: float, pose: str) -> None:
    hip = neck * 0.52
    _legs(ink, dress, hip, shoulder, pose)
    in_front = pose in HANDS_BEFORE
    if not in_front:
        _arms(ink, dress, neck, shoulder, pose)
    waist = shoulder * 0.8
    trunk = _curve(
        (-shoulder * 0.62, neck + 2), (-shoulder, neck - 4), (-waist, (neck + hip) / 2),
        (-waist * 1.02, hip - 2), (0, hip - 4), (waist * 1.02, hip - 2), (waist, (neck + hip) / 2),
        (shoulder, neck - 4), (shoulder * 0.62, neck + 2),
    )  # fmt: skip
    paint = ink.linear(
        (-shoulder, 0), (shoulder, 0), (0, shade(dress.top, 0.03)), (1, shade(dress.top, -0.07))
    )
    ink.fill(trunk, paint)
    if dress.skirt and pose != "ride":
        hem = hip * (0.06 if dress.long else 0.42)
        wide = shoulder * (1.3 if dress.long else 1.5)
        flare = _curve(
            (-waist, hip + 6), (-waist * 1.25, hip - 4), (-wide, hem), (0, hem - hip * 0.06),
            (wide, hem), (waist * 1.25, hip - 4), (waist, hip + 6), (0, hip + 7),
        )  # fmt: skip
        ink.fill(flare, paint)
    else:
        ink.fill(
            _curve(
                (-waist, hip + 1),
                (0, hip - 1.5),
                (waist, hip + 1),
                (waist, hip - 2),
                (0, hip - 4),
                (-waist, hip - 2),
            ),
            shade(dress.legs, -0.06),
        )
    if in_front:
        _arms(ink, dress, neck, shoulder, pose)
    ink.fill(ellipse(0, -(neck + 0.5), shoulder * 0.5, 2.6), dress.skin)
    ink.fill(ellipse(0, -(neck + 2), shoulder * 0.8, 3.0), rgb("#000000"), 0.12)


def _legs(ink: Ink, dress: Dress, hip: float, shoulder: float, pose: str) -> None:
    wide = shoulder * 0.74
    skin = dress.skin if dress.skirt else dress.legs
    if pose == "ride":
        thigh = [(-wide * 0.2, -hip), (-wide * 0.9, -(hip - 7)), (-wide * 0.9, -(hip - 22))]
        ink.stroke(smooth(thigh, False), dress.legs, 8.5)
        ink.fill(
            _curve(
                (-wide * 0.9 - 9, hip - 26),
                (-wide * 0.9 - 4, hip - 20),
                (-wide * 0.9 + 4.5, hip - 20),
                (-wide * 0.9 + 4.5, hip - 27),
            ),
            dress.shoes,
        )
        return
    bends = pose_of(pose).legs
    if bends is not None:
        for side, bend in zip((-1, 1), bends, strict=True):
            start = (side * wide * 0.52, -hip)
            knee, ankle = joints(start, side, bend, hip * 0.54, hip * 0.4)
            ink.stroke(smooth([start, knee, ankle], False, 0.5), skin, wide * 0.8)
            toe = ankle[0] + side * 2.4
            ink.oval(toe, ankle[1] + 1.4, wide * 0.52, 3.3, dress.shoes)
        return
    for side in (-1, 1):
        leg = _curve(
            (side * 0.6, hip + 1),
            (side * 1.4, 3),
            (side * (wide * 0.82), 3),
            (side * wide, hip + 1),
        )
        ink.fill(leg, ink.linear((0, -hip), (0, 0), (0, skin), (1, shade(skin, -0.07))))
        ink.fill(
            _curve(
                (side * 0.8, 0),
                (side * 1, 5.4),
                (side * wide * 0.85, 5.4),
                (side * wide * 1.18, 1.6),
                (side * wide * 1.12, 0),
            ),
            dress.shoes,
        )


def _arms(ink: Ink, dress: Dress, neck: float, shoulder: float, pose: str) -> None:
    sleeve = shade(dress.top, -0.04)
    for side, bend in zip((-1, 1), pose_of(pose).arms, strict=True):
        start = (side * (shoulder - 2.5), -(neck - 5))
        if pose == "ride":
            elbow, hand = (side * 8.0 - 8, -(neck - 16)), (-11.0, -(neck - 20))
        else:
            elbow, hand = joints(start, side, bend, 11.0, 10.0)
        ink.stroke(smooth([start, elbow, hand], False, 0.7), sleeve, 6.6)
        ink.circle(hand[0], hand[1], 3.7, dress.skin)


def astronaut(suit: Colour, pose: str) -> str:
    """Draw an astronaut in a suit, with a mirrored visor."""
    grey, dark = shade(suit, -0.16), shade(suit, -0.3)
    ink = Ink("body-")
    ink.move(f"rotate({_turn(pose)})")
    ink.rect(-20, -66, 40, 34, shade(suit, -0.22), round_=5)
    dress = Dress(skin=grey, top=suit, legs=suit, shoes=dark)
    _body(ink, dress, 60, 17, pose)
    if pose != "ride" and pose_of(pose).legs is None:
        for side in (-1, 1):
            for fold in (10, 20):
                ink.line((side * 3, -fold), (side * 11, -fold), grey, 1.3)
    ink.rect(-9, -51, 18, 11, rgb("#b9c4d2"), round_=2)
    for index, light in enumerate(("#e8505b", "#4fb0e8", "#f7c33a")):
        ink.circle(-5 + index * 5, -45.5, 1.5, rgb(light))
    ink.line((-13, -35), (13, -35), rgb("#f28a3a"), 1.8)
    y = -78.0
    for ear in (-1, 1):
        ink.rect(ear * 21 - 3, y - 6, 6, 13, grey, round_=2)
    ink.circle(0, y, 22, ink.radial((-7, y - 9), 38, (0, WHITE), (0.55, suit), (1, grey)))
    ink.oval(0, y + 0.6, 17.5, 15.4, rgb("#566274"))
    visor = ellipse(0, y + 0.6, 16.3, 14.2)
    gold = ((0, rgb("#ffd98a")), (0.38, rgb("#ea8a40")), (0.72, rgb("#5a2f66")))
    ink.fill(visor, ink.linear((-16, y - 14), (15, y + 14), *gold, (1, rgb("#1d1b3c"))))
    ink.clip(visor)
    ink.fill(_curve((-13, 80), (-8, 89), (2, 91), (-6, 85), (-10, 78)), WHITE, 0.75)
    ink.circle(8, y + 6, 2.2, WHITE, 0.5)
    ink.end()
    ink.end()
    return ink.document(*_frame(pose))


def robot(head: str, metal: Colour, pose: str) -> str:
    """Stand a friendly robot below its face."""
    dark, light = shade(metal, -0.16), shade(metal, 0.09)
    ink = Ink("body-")
    for side in (-1, 1):
        if pose != "ride":
            ink.rect(side * 9 - 5, -20, 10, 17, dark, round_=2)
            ink.rect(side * 9.5 - 8, -6, 16, 6, shade(dark, -0.06), round_=3)
        end = (side * 27.0, -22.0)
        ink.stroke(smooth([(side * 19, -44), (side * 27, -36), end], False), dark, 5.5)
        ink.circle(end[0], end[1], 5, light)
    ink.rect(-19, -52, 38, 36, ink.linear((-19, 0), (19, 0), (0, light), (1, metal)), round_=6)
    ink.rect(-12, -45, 24, 15, shade(metal, -0.24), round_=3)
    for index, lamp in enumerate(("#ff6b6b", "#ffd166", "#06d6a0")):
        ink.circle(-7 + index * 7, -37.5, 2.3, rgb(lamp))
    ink.rect(-6, -56, 12, 6, dark)
    x, y, width, height = outline(head)
    scale = 46 / max(width, height)
    left, top = -(x + width / 2) * scale, -54 - (y + height) * scale
    ink.move(f"translate({left:.3f} {top:.3f}) scale({scale:.4f})")
    ink.raw(inside(head))
    ink.end()
    return ink.document(-50, -104, 100, 106)
