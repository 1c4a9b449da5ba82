"""The visible watermark: a small line of type at the bottom right, legible on anything."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from seedbed.engines.engine import Pixels

HEIGHT_SHARE = 0.024
"""Height of the letters as a share of the picture's shorter edge."""
SMALLEST = 11
MARGIN = 0.9
"""Distance from the edges, in heights of the letters."""
MAX_WIDTH_SHARE = 0.5
OPACITY = 0.86
HALO_OPACITY = 0.5
LIGHT, DARK = (255.0, 16.0)
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def mark(pixels: Pixels, text: str) -> Pixels:
    """Write `text` into a copy of the picture's bottom right corner; the rest is untouched.

    `pixels` is height x width x 3 or 4. Light letters stand on what is dark and dark ones on
    what is light, each in a soft halo of the other, so that a busy ground cannot swallow them.
    """
    height, width = pixels.shape[:2]
    letters, halo = _masks(text, _font_size(text, width, height))
    tall, wide = letters.shape
    margin = max(
        0, min(round(_font_size(text, width, height) * MARGIN), width - wide, height - tall)
    )
    wide, tall = min(wide, width), min(tall, height)
    area = (
        slice(height - margin - tall, height - margin),
        slice(width - margin - wide, width - margin),
    )
    marked = pixels.copy()
    ground = marked[area][..., :3].astype(np.float32)
    on_dark = float((ground @ LUMA).mean()) < 150
    ink, shade = (LIGHT, DARK) if on_dark else (DARK, LIGHT)
    for mask, tone, opacity in ((halo, shade, HALO_OPACITY), (letters, ink, OPACITY)):
        cover = mask[:tall, :wide, None] * opacity
        ground += (tone - ground) * cover
    marked[area][..., :3] = np.rint(ground).astype(np.uint8)
    if marked.shape[2] == 4:
        # On a transparent ground the mark must be there all the same.
        cover = np.maximum(letters, halo * HALO_OPACITY)[:tall, :wide] * 255
        marked[area][..., 3] = np.maximum(marked[area][..., 3], cover.astype(np.uint8))
    return marked


def _font_size(text: str, width: int, height: int) -> int:
    wanted = max(SMALLEST, round(min(width, height) * HEIGHT_SHARE))
    length = _font(wanted).getlength(text)
    room = width * MAX_WIDTH_SHARE
    return wanted if length <= room else max(6, int(wanted * room / length))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font


@cache
def _masks(text: str, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw the letters and their halo as coverages from 0 to 1, with room for the blur."""
    font, blur = _font(size), max(1.0, size / 9)
    left, top, right, bottom = font.getbbox(text)
    room = round(blur * 3)
    canvas = Image.new("L", (round(right - left) + 2 * room, round(bottom - top) + 2 * room))
    draw = ImageDraw.Draw(canvas)
    draw.text((room - left, room - top), text, fill=255, font=font)
    halo = canvas.filter(ImageFilter.MaxFilter(2 * round(blur / 2) + 1))
    halo = halo.filter(ImageFilter.GaussianBlur(blur))
    return _coverage(canvas), _coverage(halo)


def _coverage(mask: Image.Image) -> NDArray[np.float32]:
    return np.asarray(mask, np.float32) / 255
