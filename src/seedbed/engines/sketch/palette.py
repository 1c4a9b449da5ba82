"""One harmonised palette for a picture: by time of day, weather, season and place.

Colours are sRGB floats from 0 to 255. Mixing happens in OKLab, so that a way from orange to
blue does not go through mud.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from seedbed.engines.sketch.scene import COLOURS, SceneDescription, Time

Colour = tuple[float, float, float]
WHITE: Colour = (255.0, 255.0, 255.0)


@lru_cache(maxsize=512)
def rgb(text: str) -> Colour:
    """Read `#rrggbb`."""
    return (float(int(text[1:3], 16)), float(int(text[3:5], 16)), float(int(text[5:7], 16)))


def hexadecimal(colour: Colour) -> str:
    """Write `#rrggbb`."""
    return "#" + "".join(f"{round(min(255, max(0, part))):02x}" for part in colour)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Go from one colour toward another, `share` of the way, in OKLab."""
    a, b = to_oklab(first), to_oklab(second)
    lightness, green_red, blue_yellow = (p + (q - p) * share for p, q in zip(a, b, strict=True))
    return from_oklab((lightness, green_red, blue_yellow))


def shade(colour: Colour, light: float) -> Colour:
    """Lighten (up to 1) or darken (down to -1) a colour, its hue and chroma kept."""
    lightness, green_red, blue_yellow = to_oklab(colour)
    return from_oklab((min(1.0, max(0.0, lightness + light)), green_red, blue_yellow))


def named(name: str) -> Colour:
    """Give a colour of the table of names."""
    red, green, blue = COLOURS[name]
    return (float(red), float(green), float(blue))


@lru_cache(maxsize=4096)
def to_oklab(colour: Colour) -> tuple[float, float, float]:
    """Turn sRGB into OKLab: lightness from 0 to 1, and two chroma axes."""
    r, g, b = (_linear(part / 255) for part in colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def from_oklab(lab: tuple[float, float, float]) -> Colour:
    """Turn OKLab into sRGB, cut to what sRGB can show."""
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encoded(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _encoded(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _encoded(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    part = min(1.0, max(0.0, part))
    return 255 * (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one picture."""

    sky_top: Colour
    sky_low: Colour
    light: Colour
    """Colour of the sun or moon and of what it lights."""
    shade: Colour
    """Colour that shadows fall toward."""
    ground: Colour
    foliage: Colour
    haze: Colour
    """Colour that distance fades to."""
    tint: float
    """How strongly subjects take on the shade, from 0 to 1."""
    is_night: bool = False
    is_snowy: bool = False
    sun: float = 1.0
    """How visible the sun or moon is, from 0 to 1."""

    @property
    def is_turned(self) -> bool:
        """Whether leaves are of autumn's colours."""
        red, green, blue = self.foliage
        return red > green and blue < 130

    @property
    def is_green(self) -> bool:
        """Whether leaves are green, neither blossoming nor turned."""
        return self.foliage[0] <= self.foliage[1]


_TIMES = {
    "dawn": Palette(
        rgb("#5b7fc4"), rgb("#ffd9b8"), rgb("#ffe2b0"), rgb("#4a4674"), rgb("#7fa367"),
        rgb("#4c8558"), rgb("#f0cfc4"), 0.12,
    ),
    "day": Palette(
        rgb("#3f8fe0"), rgb("#d6eefc"), rgb("#fff4cf"), rgb("#2f4a78"), rgb("#7cb850"),
        rgb("#3f8f4a"), rgb("#cfe6f2"), 0.04,
    ),
    "sunset": Palette(
        rgb("#4a3a86"), rgb("#ff9a5a"), rgb("#ffd08a"), rgb("#3c2350"), rgb("#8c8f45"),
        rgb("#4a6c44"), rgb("#f2a07a"), 0.17,
    ),
    "night": Palette(
        rgb("#0b1230"), rgb("#33508c"), rgb("#dfe8ff"), rgb("#070b1e"), rgb("#28493f"),
        rgb("#1b3a38"), rgb("#31487c"), 0.36, is_night=True,
    ),
}  # fmt: skip
_SKIES: dict[Time, tuple[tuple[str, str, str, str], ...]] = {
    "dawn": (
        ("#5b7fc4", "#ffd9b8", "#ffe2b0", "#f0cfc4"), ("#6a70b4", "#ffc4b0", "#ffdcb0", "#e8bcc2"),
        ("#5490b4", "#fff0d0", "#fff4d0", "#e8dfdc"),
    ),
    "day": (
        ("#3f8fe0", "#d6eefc", "#fff4cf", "#cfe6f2"), ("#1c86c8", "#d2f2ea", "#fff6d6", "#c8e8e8"),
        ("#5a8fdc", "#fbeedc", "#ffedc0", "#e2e6f0"), ("#2a6cc0", "#cfeaf6", "#fffbe6", "#c2def0"),
    ),
    "sunset": (
        ("#4a3a86", "#ff9a5a", "#ffd08a", "#f2a07a"), ("#2a4276", "#ffcf8e", "#ffe0a0", "#e2a795"),
        ("#5c2254", "#ff7a4c", "#ffc878", "#ee8a6c"), ("#3e6690", "#ffdf9c", "#fff0bc", "#eecba4"),
    ),
    "night": (
        ("#0b1230", "#33508c", "#dfe8ff", "#31487c"), ("#06202c", "#2f7a80", "#e2f6ee", "#28606a"),
        ("#150a34", "#6a4596", "#f2e4ff", "#4a3478"),
    ),
}  # fmt: skip
"""The skies of each time, one of which the seed chooses: zenith, horizon, light, haze."""
_UNTOLD: tuple[Time, ...] = ("day", "day", "day", "day", "day", "sunset", "dawn")
"""The times that a picture may show whose prompt names none."""
NOCTURNAL = ("firework", "bat", "ghost", "moon", "crescent_moon", "star", "shooting_star", "ufo")
"""What is seen at night, when the prompt names no time."""
_NEON = Palette(
    rgb("#120a33"), rgb("#a02a86"), rgb("#ff7ad9"), rgb("#0b0620"), rgb("#241244"),
    rgb("#2a1650"), rgb("#5a2a8c"), 0.3, is_night=True,
)  # fmt: skip
_GROWTH: dict[str, tuple[Colour, Colour]] = {
    "spring": (rgb("#f2a6c2"), rgb("#8cc860")),
    "summer": (rgb("#2f8a44"), rgb("#79b64a")),
    "autumn": (rgb("#d8792c"), rgb("#b59648")),
    "winter": (rgb("#6f8f92"), rgb("#dfe9f0")),
}
"""Foliage and ground of each season."""
_MOODS: dict[str, Colour] = {
    "joy": rgb("#ffd23f"),
    "calm": rgb("#8fc7d6"),
    "sad": rgb("#5a7396"),
    "mysterious": rgb("#4b2f6e"),
    "romantic": rgb("#f28ca8"),
    "angry": rgb("#c8362a"),
    "dreamy": rgb("#b79cf0"),
    "epic": rgb("#e0813a"),
}
_GREYNESS = {"rain": 0.55, "storm": 0.7, "fog": 0.6, "cloudy": 0.4}
SNOWY_PLACES = ("snowfield", "ice")


def palette_of(description: SceneDescription, seed: int = 0) -> Palette:
    """Choose the palette of a description; the seed chooses among skies, and an untold time."""
    base = _NEON if description.style == "neon" else _lit_by(_time_of(description, seed), seed)
    if description.season is not None and not base.is_night:
        foliage, ground = _GROWTH[description.season]
        base = replace(base, foliage=mix(foliage, base.shade, base.tint), ground=ground)
    if description.mood is not None and description.style != "neon":
        base = _toward(base, _MOODS[description.mood], 0.16)
    return _snowed(_weathered(base, description), description)


def _time_of(description: SceneDescription, seed: int) -> Time:
    if description.time is not None:
        return description.time
    if any(subject.concept.id in NOCTURNAL for subject in description.subjects):
        return "night"
    clear = description.weather in (None, "clear", "wind") and description.season is None
    return _UNTOLD[_choice(seed, "time", len(_UNTOLD))] if clear else "day"


def _choice(seed: int, purpose: str, count: int) -> int:
    return int(np.random.default_rng([seed, *purpose.encode()]).integers(count))


def _lit_by(time: Time, seed: int) -> Palette:
    """Give the palette of a time under the sky that the seed chooses, its greens a little apart."""
    skies = _SKIES[time]
    top, low, light, haze = (rgb(text) for text in skies[_choice(seed, "sky", len(skies))])
    base = _TIMES[time]
    lean = (rgb("#b8c84a"), rgb("#3f9a7c"), base.ground)[_choice(seed, "greens", 3)]
    return replace(
        base, sky_top=top, sky_low=low, light=light, haze=haze,
        ground=mix(base.ground, lean, 0.16), foliage=mix(base.foliage, lean, 0.14),
    )  # fmt: skip


def mood_colour(mood: str | None) -> Colour:
    """Give the colour of a mood; joy's when there is none."""
    return _MOODS[mood or "joy"]


def _weathered(base: Palette, description: SceneDescription) -> Palette:
    weather = description.weather
    if weather not in _GREYNESS:
        return base
    grey = rgb("#c9d2d8") if weather == "fog" else rgb("#5d6b7d")
    share = _GREYNESS[weather] * (0.5 if base.is_night else 1)
    return replace(_toward(base, grey, share), sun=0.3 if weather == "cloudy" else 0.0)


def _snowed(base: Palette, description: SceneDescription) -> Palette:
    snowy = description.weather == "snow" or description.season == "winter"
    if not snowy and description.place not in SNOWY_PLACES:
        return base
    white = mix(rgb("#eef4fa"), base.sky_top, 0.5 if base.is_night else 0.12)
    return replace(
        base,
        ground=white,
        foliage=mix(rgb("#4f7a80"), base.shade, 0.3 if base.is_night else 0.0),
        haze=mix(base.haze, white, 0.5),
        is_snowy=True,
    )


def _toward(base: Palette, colour: Colour, share: float) -> Palette:
    return replace(
        base,
        sky_top=mix(base.sky_top, colour, share),
        sky_low=mix(base.sky_low, colour, share * 0.8),
        haze=mix(base.haze, colour, share),
        ground=mix(base.ground, colour, share * 0.4),
        foliage=mix(base.foliage, colour, share * 0.3),
        light=mix(base.light, colour, share * 0.3),
    )
