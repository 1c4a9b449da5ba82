"""Styles: how a scene is drawn when the prompt says how. A new style is a row of `_STYLES`.

A style is a function from a `Sheet` (the scene, and where its subjects are) to the finished
picture. Its row says how large it works, whether the scene comes without fine texture, and how
the result is enlarged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.engines.engine import Pixels
from seedbed.engines.sketch.styles import lined, painted, pieced
from seedbed.engines.sketch.styles.raster import Random, Raster, Sheet

__all__ = ["is_plain", "names", "render"]


MOST_ENLARGED = 3.0
"""How much a small picture is enlarged to be styled: lines must not outgrow what they draw."""


@dataclass(frozen=True, slots=True)
class Style:
    """One way of drawing."""

    painter: Callable[[Sheet], Raster]
    side: int = 900
    """Shorter side, in pixels, that it works at."""
    plain: bool = False
    """The scene is drawn without grass, grain and the like: areas matter, not texture."""
    sharp: bool = False
    """Enlarged without smoothing."""


def render(pixels: Pixels, cover: NDArray[np.uint8], style: str | None, random: Random) -> Pixels:
    """Render a scene in a style; None, and one without a row, leaves it as it is.

    `cover` has the height and width of `pixels` and is 255 where a subject is.
    """
    row = _STYLES.get(style or "")
    if row is None:
        return pixels
    scale = min(1.0 if row.sharp else MOST_ENLARGED, row.side / min(pixels.shape[:2]))
    small, mask = (
        np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=_how(scale)))
        for part in (pixels, cover)
    )
    drawn = row.painter(Sheet(small, mask, random))
    how = cv2.INTER_NEAREST if row.sharp else _how(1 / scale)
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(cv2.resize(drawn, size, interpolation=how), np.uint8)


def _how(scale: float) -> int:
    return cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC


def is_plain(style: str | None) -> bool:
    """Tell whether a style wants its scene without fine texture."""
    return style in _STYLES and _STYLES[style].plain


def names() -> tuple[str, ...]:
    """Give every style that changes the drawing."""
    return tuple(_STYLES)


def _monochrome(sheet: Sheet) -> Raster:
    """Black and white with deep contrast."""
    grey = cv2.cvtColor(sheet.pixels, cv2.COLOR_RGB2GRAY)
    table = np.clip((np.arange(256) / 255 - 0.5) * 1.25 + 0.52, 0, 1) * 255
    return np.asarray(cv2.merge([cv2.LUT(grey, table.astype(np.uint8))] * 3))


_STYLES: dict[str, Style] = {
    "watercolour": Style(painted.watercolour),
    "oil": Style(painted.oil, 800),
    "gouache": Style(painted.gouache, plain=True),
    "ink": Style(painted.ink, plain=True),
    "pencil": Style(lined.pencil, 1000),
    "line": Style(lined.line, 1000, plain=True),
    "comic": Style(lined.comic, 1000, plain=True),
    "blueprint": Style(lined.blueprint, 1000, plain=True),
    "neon": Style(lined.neon),
    "woodcut": Style(lined.woodcut, 1000, plain=True),
    "pixel": Style(pieced.pixel, 144, plain=True, sharp=True),
    "low_poly": Style(pieced.low_poly, 700, plain=True),
    "mosaic": Style(pieced.mosaic, plain=True),
    "stained_glass": Style(pieced.stained_glass, plain=True),
    "paper_cut": Style(pieced.paper_cut, 800, plain=True),
    "poster": Style(pieced.poster, plain=True),
    "flat": Style(pieced.flat, plain=True),
    "clay": Style(pieced.clay, 800, plain=True),
    "monochrome": Style(_monochrome, 2048),
}
