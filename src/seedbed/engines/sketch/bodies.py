"""Bodies for what Twemoji draws as a head alone: seated animals, and people from the neck down."""

from __future__ import annotations

import re
from typing import Literal

from seedbed.engines.sketch.palette import Colour, hexadecimal, mix, rgb

Pose = Literal["standing", "riding"]

_BLACK, _WHITE = rgb("#2b2b30"), rgb("#fbfbf8")
_MARKINGS: dict[str, dict[str, Colour]] = {
    "panda": {"body": _WHITE, "legs": _BLACK, "belly": _WHITE},
    "fox": {"body": rgb("#f4900c"), "legs": rgb("#5a3a28"), "belly": rgb("#fff3e0")},
    "wolf": {"body": rgb("#8899a6"), "belly": rgb("#e1e8ed")},
    "raccoon": {"body": rgb("#8a8f96"), "legs": rgb("#3c3f46"), "belly": rgb("#d3d6da")},
    "lion": {"body": rgb("#ffcc4d"), "belly": rgb("#ffe8a8")},
    "frog": {"body": rgb("#77b255"), "belly": rgb("#c6e5b3")},
    "unicorn": {"body": rgb("#f0f2f5"), "belly": rgb("#ffffff")},
}
CLOTHES = ("blue", "maroon", "gold", "teal", "purple", "orange", "navy", "pink")
_SKINS = ("#f7d7b5", "#e8b98f", "#c68e62", "#f3c9a5", "#9a6a45")
_HAIR = ("#4a3326", "#2b2422", "#8a5a34", "#1f1c1e", "#b5793a")
_EMOJI_SKIN, _EMOJI_HAIR = "#ffdc5d", "#ffac33"
_BUSHY = ("fox", "wolf", "raccoon")
_TAILLESS = ("frog", "koala", "panda", "bear", "polar_bear", "hamster")
_LIGHT_TROUSERS = 0.7


def animal(head: str, identity: str, colour: Colour) -> str:
    """Seat an animal: its head over a body with tail, belly and paws."""
    marks = _MARKINGS.get(identity, {})
    body = mix(marks["body"], colour, 0.35) if "body" in marks else colour
    legs = marks.get("legs", mix(body, _BLACK, 0.14))
    belly = marks.get("belly", mix(body, _WHITE, 0.4))
    dark = mix(body, _BLACK, 0.16)
    return _document(
        f"{_tail(identity, body)}"
        f'<path d="M18 24 C8 26 4.5 40 6.5 50 Q7 54 12 54 L24 54 Q29 54 29.5 50 C31.5 40 28 26 18 24Z"'
        f' fill="{hexadecimal(body)}"/>'
        f'<path d="M9 42 Q3.5 46 5.5 52.5 Q7 55 12 54.5 L12 46Z M27 42 Q32.5 46 30.5 52.5'
        f' Q29 55 24 54.5 L24 46Z" fill="{hexadecimal(dark)}"/>'
        f'<ellipse cx="18" cy="40" rx="6.6" ry="10.5" fill="{hexadecimal(belly)}"/>'
        f'<path d="M11.4 36 Q10.6 46 11 53 Q14 55.6 16.8 53 Q17.2 44 15.6 35Z" fill="{hexadecimal(legs)}"/>'
        f'<path d="M24.6 36 Q25.4 46 25 53 Q22 55.6 19.2 53 Q18.8 44 20.4 35Z" fill="{hexadecimal(legs)}"/>'
        f'<ellipse cx="14" cy="53.6" rx="3.6" ry="2.1" fill="{hexadecimal(mix(legs, _WHITE, 0.08))}"/>'
        f'<ellipse cx="22" cy="53.6" rx="3.6" ry="2.1" fill="{hexadecimal(mix(legs, _WHITE, 0.08))}"/>'
        f"{_nested(head, 2.5, 0, 31)}",
        56,
    )


def person(bust: str, clothes: Colour, pose: Pose) -> str:
    """Stand a person, or seat one astride: a bust over a body in the colour of the clothes."""
    shirt, shade = hexadecimal(clothes), hexadecimal(mix(clothes, _BLACK, 0.2))
    light = sum(clothes) / 765 > _LIGHT_TROUSERS
    trousers = mix(clothes, rgb("#8a93a3"), 0.35) if light else mix(clothes, rgb("#23283a"), 0.62)
    cloth, fold = hexadecimal(trousers), hexadecimal(mix(trousers, _BLACK, 0.25))
    skin = next((tone for tone in _SKINS if tone in bust), shirt)
    legs = _standing(cloth, fold) if pose == "standing" else _astride(cloth)
    return _document(
        f"{legs}"
        f'<path d="M9.2 26 Q5.6 27.5 5.2 33 L4.6 43 Q6.6 44.6 8.6 43.4 L10.6 33Z" fill="{shade}"/>'
        f'<path d="M26.8 26 Q30.4 27.5 30.8 33 L31.4 43 Q29.4 44.6 27.4 43.4 L25.4 33Z" fill="{shade}"/>'
        f'<circle cx="6.6" cy="44.6" r="2.2" fill="{skin}"/><circle cx="29.4" cy="44.6" r="2.2" fill="{skin}"/>'
        f'<path d="M13 22 Q8.6 24 8.8 29 L9.6 48 Q18 50.4 26.4 48 L27.2 29 Q27.4 24 23 22Z" fill="{shirt}"/>'
        f'<path d="M9.5 45.6 Q18 48 26.5 45.6 L26.4 48 Q18 50.4 9.6 48Z" fill="{shade}"/>'
        f"{_nested(bust, 5, 0, 26)}",
        74 if pose == "standing" else 62,
    )


def complexion(svg: str, variant: int) -> str:
    """Give a person a skin and hair of this world instead of an emoji's yellow."""
    if _EMOJI_SKIN not in svg.lower():
        return svg
    tones = {
        _EMOJI_SKIN: _SKINS[variant % len(_SKINS)],
        _EMOJI_HAIR: _HAIR[(variant // 2 + variant) % len(_HAIR)],
    }
    return re.sub(r"#[0-9a-fA-F]{6}\b", lambda found: tones.get(found[0].lower(), found[0]), svg)


def _standing(cloth: str, fold: str) -> str:
    return (
        f'<path d="M10 46 L10.8 69 L17 69 L17.8 50 L18.2 50 L19 69 L25.2 69 L26 46Z" fill="{cloth}"/>'
        f'<path d="M17.3 50 L18 69 L18.7 50Z" fill="{fold}"/>'
        '<path d="M10.4 69 Q7.2 70 7.4 72.6 L17.2 72.6 L17 69Z M25.6 69 Q28.8 70 28.6 72.6'
        ' L18.8 72.6 L19 69Z" fill="#3b3f4a"/>'
    )


def _astride(cloth: str) -> str:
    return (
        f'<path d="M10 46 Q9 52 14 53 L20 53 L19 59 L25 59.6 Q27 52 26 46Z" fill="{cloth}"/>'
        '<path d="M18.6 59 L18 61.6 L27 61.6 Q27.4 59.6 24.6 59Z" fill="#3b3f4a"/>'
    )


def _tail(identity: str, body: Colour) -> str:
    if identity in _TAILLESS:
        return ""
    tone = hexadecimal(mix(body, _BLACK, 0.1))
    if identity in _BUSHY:
        return (
            f'<path d="M26 50 C36 52 37 40 33.5 33 C32 41 28 42 25 46Z" fill="{tone}"/>'
            '<path d="M33.5 33 C35.6 37 36 41 34.6 44 Q33 41.6 32 38.6 Q33.2 36 33.5 33Z" fill="#fff3e0"/>'
        )
    return f'<path d="M27 51 Q35 51 34 43" fill="none" stroke="{tone}" stroke-width="2.6" stroke-linecap="round"/>'


def _nested(svg: str, x: float, y: float, size: float) -> str:
    inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", svg, flags=re.DOTALL)
    return f'<g transform="translate({x} {y}) scale({size / 36})">{inner}</g>'


def _document(content: str, height: float) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 0 38 {height}">{content}</svg>'
