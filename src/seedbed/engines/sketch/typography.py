"""Quoted words as type that belongs to the picture: fitted, legible, never cut."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from seedbed.engines.sketch.canvas import Canvas, Field
from seedbed.engines.sketch.palette import WHITE, mix

LATIN = ("fontpkg_anton", "files/Anton-Regular.ttf")
CHINESE = ("noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf")
WIDTH_SHARE, HEIGHT_SHARE = 0.86, 0.24
MAX_LINES = 3


def write(canvas: Canvas, texts: tuple[str, ...]) -> None:
    """Write the words as a title across the top, in the colour of the light."""
    lines = _lines(" ".join(texts))
    if not lines:
        return
    room = (canvas.width * WIDTH_SHARE, canvas.height * HEIGHT_SHARE)
    size = _fitting(lines, room)
    layer = Image.new("L", (canvas.width, round(canvas.height * 0.42)))
    pen = ImageDraw.Draw(layer)
    y = canvas.height * 0.055
    for line in lines:
        font = font_of(line, size)
        left, top, right, bottom = font.getbbox(line)
        pen.text(((canvas.width - (right - left)) / 2 - left, y - top), line, fill=255, font=font)
        y += (bottom - top) + size * 0.22
    _lay(canvas, np.asarray(layer, np.float32) / 255, size)


def _lay(canvas: Canvas, letters: Field, size: float) -> None:
    """Shadow first, then the letters: light on dark scenes, deep on light ones."""
    rows = letters.shape[0]
    region = canvas.pixels[:rows]
    ground = region[letters > 0.5]
    on_light = len(ground) > 0 and float(ground.mean()) > 150
    ink = (
        mix(canvas.palette.shade, (0.0, 0.0, 0.0), 0.25)
        if on_light
        else mix(canvas.palette.light, WHITE, 0.55)
    )
    halo = WHITE if on_light else mix(canvas.palette.shade, (0.0, 0.0, 0.0), 0.5)
    blur = max(1.0, size * 0.05)
    soft = np.clip(cv2.GaussianBlur(letters, (0, 0), blur) * 1.6, 0, 1)
    for cover, tone, strength in ((soft, halo, 0.5), (letters, ink, 1.0)):
        share = cover[..., None] * strength
        region[:] = (region + (np.array(tone, np.float32) - region) * share).astype(np.uint8)


def _fitting(lines: list[str], room: tuple[float, float]) -> float:
    """Find the largest type in which every line fits the width and all fit the height."""
    tall = room[1] / (len(lines) * 1.25)
    for line in lines:
        left, _, right, _ = font_of(line, 100).getbbox(line)
        tall = min(tall, 100 * room[0] / max(1, right - left))
    return max(6.0, tall)


def _lines(text: str) -> list[str]:
    """Break a text into at most three lines of similar length."""
    text = " ".join(text.split())
    count = 1 if len(text) <= 16 else 2 if len(text) <= 40 else MAX_LINES
    if count == 1:
        return [text] if text else []
    words = text.split(" ") if " " in text else list(text)
    glue = " " if " " in text else ""
    lines, goal = [""], len(text) / count
    for word in words:
        if len(lines[-1]) + len(word) / 2 > goal and len(lines) < count and lines[-1]:
            lines.append("")
        lines[-1] += (glue if lines[-1] else "") + word
    return lines


def font_of(text: str, size: float) -> ImageFont.FreeTypeFont:
    """Give the title font that has the characters of a text."""
    plain = all(character <= "\u024f" for character in text)
    return _load(*(LATIN if plain else CHINESE), round(size))


@cache
def _load(package: str, name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(files(package) / name), max(4, size))
