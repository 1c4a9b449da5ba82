"""The visible watermark: a small line of type at the bottom right, legible on anything."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from seedbed.engines.engine import Pixels

SIZE_SHARE = 0.024
"""Size of the type as a share of the picture's shorter edge."""
SMALLEST = 13
"""In pixels; smaller type is not read."""
MARGIN = 0.85
"""Distance from the edges, in sizes of the type."""
MAX_WIDTH_SHARE = 0.6
WEIGHT = 1 / 50
"""Added to each side of a stroke, in sizes of the type: the font's own strokes are thin."""
INK_OPACITY = 0.9
LIGHT, DARK = 255.0, 22.0
SWITCH = 158.0
"""Ground of a luma above this takes dark type, below it light type."""
GROUND_FOR_LIGHT, GROUND_FOR_DARK = 108.0, 168.0
"""Luma that the ground is brought to where it is too bright or too dark for its type."""
HALO_OPACITY = (0.16, 0.8)
"""Least and most; what lies between is as much as the ground needs."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)

Mask = NDArray[np.float32]


def mark(pixels: Pixels, text: str) -> None:
    """Write `text` into the bottom right corner of the picture, in place.

    `pixels` is height x width x 3 or 4. The type is light or dark, whichever the ground
    under it asks for, in a soft halo of the other tone just strong enough for that ground, so
    that neither a busy nor a middling one can swallow it.
    """
    height, width = pixels.shape[:2]
    size = _size(text, width, height)
    ink, halo = _masks(text, size)
    corner = _corner(pixels, ink.shape, round(size * MARGIN))
    ink, halo = (mask[: corner.shape[0], : corner.shape[1], None] for mask in (ink, halo))
    ground = corner[..., :3].astype(np.float32)
    tone, shade, strength = _tones((ground @ LUMA)[halo[..., 0] > 0.2])
    halo, ink = halo * strength, ink * INK_OPACITY
    ground += (shade - ground) * halo
    ground += (tone - ground) * ink
    corner[..., :3] = np.rint(ground).astype(np.uint8)
    if corner.shape[2] == 4:
        # On a transparent ground the mark must be there all the same.
        cover = np.rint(np.maximum(halo, ink) * 255).astype(np.uint8)
        corner[..., 3:] = np.maximum(corner[..., 3:], cover)


def _tones(luma: Mask) -> tuple[float, float, float]:
    """Choose the tones of type and halo, and the halo's opacity, for the luma underneath."""
    least, most = HALO_OPACITY
    if luma.size == 0:
        return LIGHT, DARK, least
    if float(np.mean(luma)) < SWITCH:
        worst = float(np.percentile(luma, 95))
        wanted = (worst - GROUND_FOR_LIGHT) / max(1.0, worst - DARK)
        return LIGHT, DARK, min(most, max(least, wanted))
    worst = float(np.percentile(luma, 5))
    wanted = (GROUND_FOR_DARK - worst) / max(1.0, LIGHT - worst)
    return DARK, LIGHT, min(most, max(least, wanted))


def _corner(pixels: Pixels, shape: tuple[int, ...], margin: int) -> Pixels:
    """View the place for a mask of this shape, cut to a picture that is smaller still."""
    height, width = pixels.shape[:2]
    bottom = height - max(0, min(margin, height - shape[0]))
    right = width - max(0, min(margin, width - shape[1]))
    return pixels[max(0, bottom - shape[0]) : bottom, max(0, right - shape[1]) : right]


def _size(text: str, width: int, height: int) -> int:
    wanted = max(SMALLEST, round(min(width, height) * SIZE_SHARE))
    length, room = _font(text, wanted).getlength(text), width * MAX_WIDTH_SHARE
    return wanted if length <= room else max(6, int(wanted * room / length))


@lru_cache(maxsize=8)  # sizes are many, and each takes memory
def _font(text: str, size: int) -> ImageFont.FreeTypeFont:
    """Give Pillow's own font, or Noto Sans CJK for what it has no letters for."""
    if not text.isascii():
        noto = files("noto_cjk_sans_jp_bold") / "NotoSansCJKjp-Bold.otf"
        return ImageFont.truetype(str(noto), size)
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font


@lru_cache(maxsize=8)  # sizes are many, and each takes memory
def _masks(text: str, size: int) -> tuple[Mask, Mask]:
    """Draw the type and its halo as coverages from 0 to 1, with room for the blur."""
    font, blur = _font(text, size), size / 7
    weight = size * WEIGHT if text.isascii() else 0
    left, top, right, bottom = font.getbbox(text, stroke_width=weight)
    room = round(blur * 2.5)
    canvas = Image.new("L", (round(right - left) + 2 * room, round(bottom - top) + 2 * room))
    at = (room - left, room - top)
    ImageDraw.Draw(canvas).text(at, text, fill=255, font=font, stroke_width=weight)
    spread = canvas.filter(ImageFilter.MaxFilter(2 * round(size / 10) + 1))
    # Blurred thin strokes fade; raised again, the halo is even around them.
    halo = _coverage(spread.filter(ImageFilter.GaussianBlur(blur))) * 1.35
    return _coverage(canvas), np.minimum(halo, 1, dtype=np.float32)


def _coverage(mask: Image.Image) -> Mask:
    return np.asarray(mask, np.float32) / np.float32(255)
