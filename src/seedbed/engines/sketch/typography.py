"""Quoted words as type that belongs to the picture: fitted, legible, never cut.

What carries the words (`Carrier`) follows from the scene: a title over a scene with subjects, a
wooden board in open country, a neon sign in a city, a card indoors. A carrier is put up before
the style is applied, its letters are set after it, so that they stay sharp in every style.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from seedbed.engines.sketch.canvas import Canvas, Field
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb, shade
from seedbed.engines.sketch.scene import SceneDescription

Carrier = Literal["title", "board", "neon", "card"]
Face = Literal["poster", "serif", "script", "pixel"]
FACES: dict[Face, tuple[str, str]] = {
    "poster": ("fontpkg_anton", "files/Anton-Regular.ttf"),
    "serif": ("fontpkg_playfair_display", "files/PlayfairDisplay[wght].ttf"),
    "script": ("fontpkg_pacifico", "files/Pacifico-Regular.ttf"),
    "pixel": ("fontpkg_press_start_2p", "files/PressStart2P-Regular.ttf"),
}
SERIF_WEIGHT = 800
FESTIVE = ("romantic", "joy", "dreamy")
BOOKISH = ("watercolour", "oil", "ink", "gouache", "pencil", "woodcut", "blueprint")
QUIET = ("calm", "sad", "mysterious", "epic")
CHINESE = ("noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf")
MAX_LINES = 3
TOWNS = ("city", "street", "fairground", "stage")
INDOORS = ("table", "studio", "room", "kitchen", "windowsill", "library")
WOOD, CARD = rgb("#b07a45"), rgb("#fbf6ea")


@dataclass(frozen=True, slots=True)
class Setting:
    """Where words are set: a box, as fractions of the picture, and how."""

    carrier: Carrier
    box: tuple[float, float, float, float]
    """Left, top, right and bottom."""
    face: Face = "poster"


def setting_of(description: SceneDescription, canvas: Canvas, crowded: bool) -> Setting | None:
    """Choose what carries the words of a scene; `crowded` when subjects need the middle."""
    if not description.text:
        return None
    told: Carrier | None = "title" if description.carrier == "cover" else description.carrier
    carrier: Carrier = told or "title"
    glowing = description.style == "neon" or canvas.palette.is_night
    if told is None and description.place in TOWNS and glowing:
        carrier = "neon"
    elif told is None and not crowded and not description.is_abstract:
        carrier = "card" if description.place in INDOORS else "board"
        if description.place in ("space", "sky", "sea", "underwater", "moon", "mars"):
            carrier = "title"
    wide = min(0.86, 0.86 * 1.9 * canvas.height / canvas.width)
    if carrier == "title" or crowded:
        tall = min(0.25, 0.3 * canvas.width / canvas.height)
        box = ((1 - wide) / 2, 0.055, (1 + wide) / 2, 0.055 + tall)
        return Setting(carrier, box, _face(description, carrier))
    half = min(0.4, 0.5 * canvas.height / canvas.width)
    tall = min(0.34, 0.62 * half * canvas.width / canvas.height)
    middle = {"board": 0.5, "card": 0.5, "neon": 0.36}[carrier]
    box = (0.5 - half, middle - tall / 2, 0.5 + half, middle + tall / 2)
    return Setting(carrier, box, _face(description, carrier))


def _face(description: SceneDescription, carrier: Carrier) -> Face:
    """Choose the type that suits what carries the words, the style and the mood."""
    if description.style == "pixel":
        return "pixel"
    shouted = description.text[0].isupper() and len(description.text[0]) > 2
    festive = carrier in ("card", "neon") or description.mood in FESTIVE
    if festive and not shouted:
        return "script"
    quiet = description.mood in QUIET or description.style in BOOKISH
    return "serif" if quiet or description.carrier == "cover" else "poster"


def put_up(canvas: Canvas, setting: Setting | None) -> None:
    """Draw what carries the words, as a part of the scene."""
    if setting is not None and setting.carrier == "board":
        _board(canvas, setting.box)
    elif setting is not None and setting.carrier == "card":
        _card(canvas, setting.box)


def write(canvas: Canvas, texts: tuple[str, ...], setting: Setting | None) -> None:
    """Set the words; what is quoted after the first becomes a line below, or at the foot."""
    if setting is None or not texts:
        return
    if setting.carrier == "neon":
        _neon(canvas, " ".join(texts), setting.box, setting.face)
        return
    left, top, right, bottom = setting.box
    if setting.carrier == "title":
        _set(canvas, texts[0], setting.box, None, setting.face)
        if len(texts) > 1:
            foot = (left + 0.06, 0.88, right - 0.06, 0.945)
            _set(canvas, " · ".join(texts[1:]), foot, None, setting.face)
        return
    ink = rgb("#4a2a14") if setting.carrier == "board" else rgb("#3a3f52")
    if setting.carrier == "board" and canvas.palette.is_night:
        ink = rgb("#e8d3a8")  # painted, since nothing burnt into it would be seen
    inset_x, inset_y = 0.09 * (right - left), 0.16 * (bottom - top)
    box = (left + inset_x, top + inset_y, right - inset_x, bottom - inset_y)
    _set(canvas, " ".join(texts), box, ink, setting.face)


def _board(canvas: Canvas, box: tuple[float, float, float, float]) -> None:
    """Stand a board of planks on two posts."""
    p = canvas.palette
    left, top, right, bottom = box
    wood = mix(WOOD, p.shade, p.tint * 1.4)
    dark = mix(shade(wood, -0.16), p.shade, 0.2)
    post = 0.035 * canvas.unit / canvas.width
    foot = min(0.94, bottom + 0.3)
    strip = canvas.pixels[min(canvas.height - 1, round(foot * canvas.height)), ::4]
    at = np.median(strip, axis=0)
    ground = mix((float(at[0]), float(at[1]), float(at[2])), p.shade, 0.3)
    canvas.disc(0.5, foot, 0.5 * (right - left) * canvas.aspect, ground, 0.05)
    for share in (0.2, 0.8):
        x = left + (right - left) * share
        canvas.box(x - post / 2, top - 0.03, x + post / 2, foot, dark)
        canvas.box(x - post / 2, top - 0.03, x - post / 6, foot, shade(dark, 0.06))
    canvas.box(left - 0.008, top - 0.006, right + 0.008, bottom + 0.012, dark)
    rows = 4
    random = canvas.random("board")
    for row in range(rows):
        y0, y1 = (top + (bottom - top) * part / rows for part in (row, row + 1))
        plank = shade(wood, 0.05 * (float(random.random()) - 0.5))
        canvas.box(left, y0 + 0.002, right, y1 - 0.002, plank)
        for _ in range(5):
            y = y0 + (y1 - y0) * (0.15 + 0.7 * float(random.random()))
            x = left + (right - left) * float(random.random()) * 0.6
            end = min(right - 0.01, x + 0.3 * (right - left))
            canvas.line([(x, y), (end, y + 0.002)], shade(plank, -0.05), 0.0016)
    for x in (left + 0.02, right - 0.02):
        for y in (top + 0.025, bottom - 0.025):
            canvas.disc(x, y, 0.006, shade(dark, -0.08))


def _card(canvas: Canvas, box: tuple[float, float, float, float]) -> None:
    """Stand a cream card with a thin frame."""
    left, top, right, bottom = box
    p = canvas.palette
    card = mix(CARD, p.shade, p.tint * 0.5)
    low = mix(p.shade, (0.0, 0.0, 0.0), 0.4)
    from_row, to_row = max(0.0, top - 0.03), min(1.0, bottom + 0.09)
    shadow = np.zeros((64, 128), np.float32)
    first, last = int(128 * max(0.0, left - 0.01)), int(128 * min(1.0, right + 0.03))
    shadow[10:58, first:last] = 0.42
    canvas.veil(np.asarray(cv2.GaussianBlur(shadow, (0, 0), 3), np.float32), low, from_row, to_row)
    canvas.box(left, top, right, bottom, card)
    edge = mix(rgb("#c9a24a"), p.shade, p.tint)
    x, y = 0.018 * canvas.unit / canvas.width, 0.018 * canvas.unit / canvas.height
    corners = [(left + x, top + y), (right - x, top + y), (right - x, bottom - y)]
    corners += [(left + x, bottom - y), (left + x, top + y)]
    canvas.line(corners, edge, 0.003)


def _set(
    canvas: Canvas,
    text: str,
    box: tuple[float, float, float, float],
    ink: Colour | None,
    face: Face,
) -> None:
    """Set a text in the middle of a box; without an ink, in one that stands out."""
    letters, top, size = _letters(canvas, text, box, face)
    if letters is None:
        return
    region = canvas.pixels[top : top + len(letters)]
    ground = region[letters > 0.5]
    light = len(ground) > 0 and float(ground.mean()) > 142
    p = canvas.palette
    halo_strength = 0.0 if ink is not None else 0.55
    if ink is None:
        ink = mix(p.shade, (0.0, 0.0, 0.0), 0.3) if light else mix(p.light, WHITE, 0.6)
    halo = WHITE if light else mix(p.shade, (0.0, 0.0, 0.0), 0.5)
    blur = max(1.0, size * 0.06)
    soft = np.clip(cv2.GaussianBlur(letters, (0, 0), blur) * 1.6, 0, 1)
    for cover, tone, strength in ((soft, halo, halo_strength), (letters, ink, 1.0)):
        share = cover[..., None] * strength
        region[:] = (region + (np.array(tone, np.float32) - region) * share).astype(np.uint8)


def _neon(canvas: Canvas, text: str, box: tuple[float, float, float, float], face: Face) -> None:
    """Bend the words from glowing tubes, in a frame of another colour."""
    letters, top, size = _letters(canvas, text, box, face, 0.86)
    if letters is None:
        return
    rows, columns = letters.shape
    scale = min(1.0, 700 / max(rows, columns))
    small = cv2.resize(letters, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    solid = (small > 0.5).astype(np.uint8) * 255
    wide = max(1, round(size * scale * 0.03))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * wide + 1, 2 * wide + 1))
    tube = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, kernel)
    frame = np.zeros_like(tube)
    found = cv2.boundingRect(solid)
    pad = max(2, round(size * scale * 0.22))
    x, y, across, down = found
    corners = (x - pad, y - pad), (x + across + pad, y + down + pad)
    cv2.rectangle(frame, *corners, 255, max(1, wide), cv2.LINE_AA)
    light = np.zeros((*tube.shape, 3), np.float32)
    for lines, tone in ((tube, rgb("#ff4fb4")), (frame, rgb("#3fe0ff"))):
        glow = sum(
            cv2.GaussianBlur(lines, (0, 0), wide * reach).astype(np.float32) * strength / 255
            for reach, strength in ((7.0, 1.3), (2.5, 0.8))
        )
        core = cv2.GaussianBlur(lines, (0, 0), max(0.6, wide * 0.35)).astype(np.float32) / 255
        light += np.clip(glow, 0, 1)[..., None] * np.array(tone, np.float32)
        light += np.clip(core, 0, 1)[..., None] * np.array(mix(tone, WHITE, 0.75), np.float32)
    shine = cv2.resize(np.clip(light, 0, 255).astype(np.uint8), (columns, rows))
    region = canvas.pixels[top : top + rows]
    dimmed = cv2.convertScaleAbs(region, alpha=0.7)
    kept = cv2.multiply(dimmed, cv2.bitwise_not(shine), scale=1 / 255)
    fade = cv2.GaussianBlur(small, (0, 0), wide * 8)
    near = np.clip(cv2.resize(fade, (columns, rows)) * 3, 0, 1)[..., None]
    lit = cv2.add(kept, shine).astype(np.float32)
    plain = cv2.add(cv2.multiply(region, cv2.bitwise_not(shine), scale=1 / 255), shine)
    region[:] = (plain + (lit - plain) * near).astype(np.uint8)


def _letters(
    canvas: Canvas,
    text: str,
    box: tuple[float, float, float, float],
    face: Face,
    share: float = 1.0,
) -> tuple[Field | None, int, float]:
    """Give the letters as a cover of full-width rows, the rows' top, and the type's size."""
    left, top, right, bottom = (
        box[0] * canvas.width, box[1] * canvas.height, box[2] * canvas.width,
        box[3] * canvas.height,
    )  # fmt: skip
    best: tuple[float, list[str]] = (0.0, [])
    for count in range(1, MAX_LINES + 1):
        lines = _lines(text, count)
        size = _fitting(lines, ((right - left) * share, (bottom - top) * share), face)
        if lines and size > best[0] * 1.12:
            best = (size, lines)
    size, lines = best
    if not lines:
        return None, 0, 0.0
    boxes = [font_of(line, size, face).getbbox(line) for line in lines]
    gap = size * 0.2
    tall = sum(b[3] - b[1] for b in boxes) + gap * (len(boxes) - 1)
    pad = round(size * 0.6) + 4
    y = (top + bottom - tall) / 2
    first = max(0, round(y) - pad)
    last = min(canvas.height, round(y + tall) + pad)
    layer = Image.new("L", (canvas.width, last - first))
    pen = ImageDraw.Draw(layer)
    for line, (x0, y0, x1, y1) in zip(lines, boxes, strict=True):
        x = (left + right - (x1 - x0)) / 2 - x0
        pen.text((x, y - y0 - first), line, fill=255, font=font_of(line, size, face))
        y += y1 - y0 + gap
    return np.asarray(layer, np.float32) / 255, first, size


def _fitting(lines: list[str], room: tuple[float, float], face: Face) -> float:
    """Find the largest type in which every line fits the width and all fit the height."""
    tall = room[1] / (max(1, len(lines)) * 1.25)
    for line in lines:
        left, _, right, _ = font_of(line, 100, face).getbbox(line)
        tall = min(tall, 98 * room[0] / max(1, right - left))
    return max(6.0, tall)


def _lines(text: str, count: int) -> list[str]:
    """Break a text into lines of similar length."""
    text = " ".join(text.split())
    words = text.split(" ") if " " in text else list(text)
    glue = " " if " " in text else ""
    if count == 1 or len(words) < count:
        return [text] if text else []
    lines, goal = [""], len(text) / count
    for word in words:
        if len(lines[-1]) + len(word) / 2 > goal and len(lines) < count and lines[-1]:
            lines.append("")
        lines[-1] += (glue if lines[-1] else "") + word
    return lines


def font_of(text: str, size: float, face: Face = "poster") -> ImageFont.FreeTypeFont:
    """Give a face, or one that has the characters of a text when that has not."""
    if any(character > "\u024f" for character in text):
        return _load(*CHINESE, round(size))
    known = face if all(character <= "\u00ff" for character in text) else "poster"
    return _load(*FACES[known], round(size))


@lru_cache(maxsize=4)  # sizes are many, and each of a CJK face takes megabytes
def _load(package: str, name: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(files(package) / name), max(4, size))
    if name.endswith("[wght].ttf"):
        font.set_variation_by_axes([SERIF_WEIGHT])
    return font
