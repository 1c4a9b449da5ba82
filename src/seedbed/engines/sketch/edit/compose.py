"""Composing: what is put into a photo, behind it, or taken out of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from seedbed.engines.sketch import art, lighting, render, typography
from seedbed.engines.sketch.canvas import Canvas
from seedbed.engines.sketch.edit.matte import Matte, box_of, cut_out, filled, patched
from seedbed.engines.sketch.edit.paint import mixed, toned_like, within
from seedbed.engines.sketch.edit.wish import Add, Backdrop, Rect, Words
from seedbed.engines.sketch.palette import named, palette_of
from seedbed.engines.sketch.scene import SceneDescription
from seedbed.engines.sketch.styles.raster import Raster

STUDIO = (244.0, 244.0, 242.0)
STANDING = 0.97
"""How low, as a share of the height, a cut-out subject stands that touched no lower edge."""
SIZES = {"tiny": 0.4, "small": 0.65, "normal": 1.0, "large": 1.4, "giant": 1.9}
BESIDE = 0.3
"""Height of what is added beside the subject, as a share of the photo's height."""


def on_backdrop(photo: Raster, subject: Matte, step: Backdrop, seed: int) -> Raster:
    """Put something else behind a photo's subject."""
    height, width = photo.shape[:2]
    if step.kind == "blur":
        behind = filled(photo, cv2.dilate(subject, np.ones((9, 9), np.uint8)))
        blurred = cv2.GaussianBlur(_lower(behind), (0, 0), 7)
        wide = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_CUBIC)
        return within(np.asarray(wide, np.uint8), photo, subject)
    if step.kind == "scene":
        return _stood(photo, subject, painted(step, width, height, seed), seed)
    return _pasted(plain(width, height, step.colour), cut_out(photo, subject))


def painted(step: Backdrop, width: int, height: int, seed: int) -> Raster:
    """Paint the scene of a backdrop."""
    scene = step.scene or SceneDescription(place="studio")
    return np.ascontiguousarray(render.draw(replace(scene, text=()), width, height, seed))


def plain(width: int, height: int, colour: str | None = None) -> Raster:
    """Give a plain backdrop, in a studio's white unless a colour is named."""
    return np.full((height, width, 3), named(colour) if colour else STUDIO, np.uint8)


def on_white(cut: Raster) -> Raster:
    """Lay a picture with alpha on white."""
    white = np.full((*cut.shape[:2], 3), 255, np.uint8)
    return _pasted(white, cut)


def _stood(photo: Raster, subject: Matte, behind: Raster, seed: int) -> Raster:
    """Stand the subject of a photo in a scene: on its ground, in its light."""
    cut = cut_out(photo, subject)
    box = box_of(subject)
    if box is None:
        return mixed(photo, behind, 0.5)
    lit = toned_like(np.ascontiguousarray(cut[..., :3]), behind, 0.22, subject)
    sprite = np.ascontiguousarray(np.dstack([lit, subject])[box[1] : box[3], box[0] : box[2]])
    return placed(behind, sprite, box, seed)


def placed(behind: Raster, sprite: Raster, box: tuple[int, int, int, int], seed: int) -> Raster:
    """Lay a cut-out where it was in its photo, standing on the ground if it is seen whole."""
    height = behind.shape[0]
    left, _, _, bottom = box
    canvas = canvas_of(behind, seed)
    top = box[1]
    if bottom < height * 0.985:  # seen whole: it stands, it does not float
        foot = round(height * STANDING)
        top += foot - bottom
        lighting.contact_shadow(canvas, sprite, left, foot, 0.5)
    lighting.paste(canvas, sprite, left, top)
    return canvas.pixels


def canvas_of(photo: Raster, seed: int) -> Canvas:
    """Take a photo for a canvas, in colours of its own."""
    height, width = photo.shape[:2]
    small = cv2.resize(photo, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    light = float(small.mean()) / 255
    plain = palette_of(SceneDescription(time="night" if light < 0.22 else "day"), seed)
    red, green, blue = (float(part) for part in small.reshape(-1, 3).mean(0))
    palette = replace(
        plain,
        shade=(red * 0.35, green * 0.35, blue * 0.35),
        haze=(red, green, blue),
        tint=0.06 + 0.3 * max(0.0, 0.45 - light),
    )
    canvas = Canvas(width, height, palette, seed)
    canvas.pixels = np.ascontiguousarray(photo)
    return canvas


def add(
    photo: Raster, step: Add, subject: Matte, sky: Matte, rect: Rect | None, seed: int
) -> Raster:
    """Draw something into a photo at a sensible place, in the photo's light."""
    canvas = canvas_of(photo.copy(), seed)
    if step.instead:
        return _instead(photo, step, subject, seed)
    for number in range(min(step.subject.count, 7)):
        x, foot, tall, grounded = _spot(canvas, step, subject, sky, rect, number)
        _draw(canvas, step, x, foot, tall, grounded, number)
    return canvas.pixels


def _instead(photo: Raster, step: Add, subject: Matte, seed: int) -> Raster:
    """Draw something in the place of the photo's subject."""
    box = box_of(subject)
    if box is None:
        canvas = canvas_of(photo.copy(), seed)
        _draw(canvas, step, 0.5, 0.9, 0.6, True, 0)
        return canvas.pixels
    canvas = canvas_of(without(photo, subject), seed)
    left, top, right, bottom = box
    tall = (bottom - top) / canvas.height
    _draw(canvas, step, (left + right) / 2 / canvas.width, bottom / canvas.height, tall, True, 0)
    return canvas.pixels


def _spot(
    canvas: Canvas, step: Add, subject: Matte, sky: Matte, rect: Rect | None, number: int
) -> tuple[float, float, float, bool]:
    """Choose middle, foot and height of what is added, as shares of the photo; and if it stands."""
    box = box_of(subject)
    size = SIZES[step.subject.size]
    turn = float(canvas.random(f"add {number}").random())
    if step.onto == "rect" and rect is not None:
        return (rect[0] + rect[2]) / 2, rect[3], rect[3] - rect[1], False
    if step.onto == "sky":
        return _in_sky(canvas, sky, size, number, turn)
    if box is not None:
        left, top, right, bottom = (
            box[0] / canvas.width, box[1] / canvas.height,
            box[2] / canvas.width, box[3] / canvas.height,
        )  # fmt: skip
        if step.onto == "head":
            return _on_head(canvas, step, subject, box)
        if step.onto == "subject":
            tall = 0.42 * (bottom - top) * size
            return (left + right) / 2, max(tall + 0.02, top + 0.06), tall, False
        tall = min(0.7, max(BESIDE * 0.7, 0.55 * (bottom - top)) * size)
        if step.onto == "ground":
            return 0.2 + 0.6 * turn, 0.96, tall * 0.8, True
        room_left, room_right = left, 1 - right
        side = room_left > room_right
        if number % 2:
            side = not side
        x = left * 0.5 if side else right + (1 - right) * 0.5
        return min(0.88, max(0.12, x)), min(0.96, max(bottom, 0.8)), tall, True
    x = (0.3, 0.7, 0.5, 0.15, 0.85, 0.4, 0.6)[number]
    return x, 0.93, BESIDE * 1.3 * size, True


def _in_sky(
    canvas: Canvas, sky: Matte, size: float, number: int, turn: float
) -> tuple[float, float, float, bool]:
    """Find free sky; without any, the upper part of the photo is taken for it."""
    small = cv2.resize(sky, (24, 24), interpolation=cv2.INTER_AREA)
    free = cv2.erode(small, np.ones((5, 5), np.uint8))
    rows, columns = np.nonzero(free[:18] > 200)
    tall = 0.2 * size if number == 0 else 0.15 * size
    if len(rows):
        at = int(turn * len(rows)) % len(rows)
        x, y = (columns[at] + 0.5) / 24, (rows[at] + 0.5) / 24
        return float(x), float(max(y + tall / 2, tall + 0.02)), tall, False
    return 0.16 + 0.68 * turn, 0.05 + tall, tall, False


def _on_head(
    canvas: Canvas, step: Add, subject: Matte, box: tuple[int, int, int, int]
) -> tuple[float, float, float, bool]:
    """Find the head: the uppermost part of the subject, as wide as it is high."""
    left, top, right, bottom = box
    tall = bottom - top
    reach = max(4, min(round(tall * 0.22), right - left))
    columns = np.flatnonzero((subject[top : top + reach] > 127).any(0))
    if not len(columns):
        return 0.5, 0.3, 0.2, False
    start, end = float(columns[0]), float(columns[-1])
    wide = min(end - start, tall * 0.5)
    middle = (start + end) / 2 / canvas.width
    worn = step.subject.concept.worn
    sprite = art.sprite(svg_of(step, 0), 96)
    aspect = sprite.shape[1] / sprite.shape[0]
    share = wide / aspect / canvas.height
    if worn == "eyes":
        high = share * 0.92
        return middle, (top + wide * 0.62) / canvas.height + high / 2, high, False
    if worn == "neck":
        high = share * 0.9
        return middle, (top + wide * 1.45) / canvas.height, high, False
    high = share * 1.12
    foot = (top + wide * 0.15) / canvas.height
    return middle, max(foot, high * 0.4), high, False


def svg_of(step: Add, number: int) -> str:
    """Give the drawing of what is added."""
    subject = step.subject
    pose = subject.action or ("fly" if step.onto == "sky" else "stand")
    return art.svg_of(subject.concept, subject.colour, pose, number, subject.material or "")


def _draw(
    canvas: Canvas, step: Add, x: float, foot: float, tall: float, grounded: bool, number: int
) -> None:
    height = max(8, min(render.MAX_SPRITE, round(tall * canvas.height)))
    sprite = art.sprite(svg_of(step, number), height)
    widest = round(0.9 * canvas.width)
    if sprite.shape[1] > widest:
        sprite = art.sprite(svg_of(step, number), max(8, round(height * widest / sprite.shape[1])))
    left = round(x * canvas.width - sprite.shape[1] / 2)
    low = round(foot * canvas.height)
    if step.onto != "head":  # what is worn goes where the head is, also beyond the edge
        left = min(max(left, 0), canvas.width - sprite.shape[1])
    lit = lighting.lit(sprite, canvas, x, 0.04)
    if grounded:
        lighting.contact_shadow(canvas, sprite, left, low, 0.5)
    lighting.paste(canvas, np.asarray(lit, np.uint8), left, low - sprite.shape[0])


def without(photo: Raster, hole: Matte) -> Raster:
    """Take out what a matte covers, and fill the place with what is around it."""
    reach = max(3, round(min(photo.shape[:2]) / 90))
    wide = cv2.dilate(hole, np.ones((2 * reach + 1,) * 2, np.uint8))
    if not wide.any():
        return photo
    return within(photo, patched(photo, wide), wide)


def write(photo: Raster, step: Words, seed: int) -> Raster:
    """Write words into a photo, legible wherever they stand."""
    canvas = canvas_of(photo.copy(), seed)
    tall = min(0.2, 0.26 * canvas.width / canvas.height)
    top = {"top": 0.055, "middle": 0.5 - tall / 2, "bottom": 0.925 - tall}[step.where]
    setting = typography.Setting("title", (0.07, top, 0.93, top + tall))
    typography.write(canvas, (" ".join(step.texts),), setting)
    return canvas.pixels


def _pasted(behind: Raster, cut: Raster) -> Raster:
    share = cv2.merge([np.ascontiguousarray(cut[..., 3])] * 3)
    over = cv2.multiply(np.ascontiguousarray(cut[..., :3]), share, scale=1 / 255)
    return np.asarray(
        cv2.add(over, cv2.multiply(behind, cv2.bitwise_not(share), scale=1 / 255)), np.uint8
    )


def _lower(photo: Raster) -> Raster:
    scale = min(1.0, 480 / max(photo.shape[:2]))
    return np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
