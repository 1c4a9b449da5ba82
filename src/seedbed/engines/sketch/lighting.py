"""Light on subjects: what makes flat art stand in its scene instead of being pasted on it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.engines.sketch.art import Sprite
from seedbed.engines.sketch.canvas import Canvas, Field
from seedbed.engines.sketch.palette import WHITE, Colour, mix

SMALL = 128
"""Longer side, in pixels, that slow changes of light are worked out at."""
FEET_SHARE = 0.06
"""Share of a sprite's height, from below, in which its feet are looked for."""


def lit(sprite: Sprite, canvas: Canvas, x: float, depth: float, glows: bool = False) -> Sprite:
    """Light a sprite as the scene is lit: volume, rim, the mood's tint, and haze by `depth`.

    What changes slowly is worked out small and enlarged: a factor and an addition per pixel.
    """
    palette = canvas.palette
    height, width = sprite.shape[:2]
    scale = min(1.0, SMALL / max(height, width))
    alpha = cv2.resize(sprite[..., 3], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cover = np.atleast_2d(alpha).astype(np.float32) / 255
    towards = -1.0 if canvas.light_x < x else 1.0
    haze = 0.55 * depth
    tint = np.zeros_like(cover) if glows else np.clip(palette.tint * _below(*cover.shape), 0, 1)
    factor = (1 - haze) * (1 - tint)
    if not glows:
        factor = factor * _volume(cover, towards)
    added = (1 - haze) * tint[..., None] * np.array(palette.shade, np.float32)
    added = added + haze * np.array(palette.haze, np.float32)
    size = (width, height)
    times = cv2.resize(np.clip(factor * 128, 0, 255).astype(np.uint8), size)
    plus = cv2.resize(np.clip(added, 0, 255).astype(np.uint8), size)
    colour = cv2.cvtColor(sprite, cv2.COLOR_RGBA2RGB)
    shown = cv2.add(cv2.multiply(colour, cv2.merge([times] * 3), scale=1 / 128), plus)
    if not glows:
        _rim(
            np.asarray(shown, np.uint8),
            sprite[..., 3],
            towards,
            max(1.0, height * 0.008),
            palette.light,
        )
    return np.asarray(cv2.merge([*cv2.split(shown), sprite[..., 3]]), np.uint8)


def cast(canvas: Canvas, light: str | None) -> None:
    """Lay a kind of light that the prompt names over a finished scene."""
    if light == "god_rays":
        _rays(canvas)
    elif light in ("candle", "dramatic"):
        rows = np.linspace(-1, 1, 32, dtype=np.float32)
        far = np.hypot(rows[None], rows[:, None])
        dark = mix(canvas.palette.shade, (0.0, 0.0, 0.0), 0.5)
        canvas.veil(np.clip((far - 0.35) * 0.75, 0, 0.72), dark)
        if light == "candle":
            canvas.glow(0.5, 0.6, 0.8, (255.0, 176.0, 92.0), 0.38)
    elif light == "neon":
        canvas.glow(0.0, 0.5, 0.9, (255.0, 60.0, 180.0), 0.5)
        canvas.glow(1.0, 0.5, 0.9, (40.0, 200.0, 255.0), 0.5)


def _rays(canvas: Canvas) -> None:
    """Let rays fall slantwise through the whole picture."""
    cover = np.zeros((96, 128), np.float32)
    start = canvas.light_x * 128
    for number in range(-4, 5):
        ray = np.zeros_like(cover)
        x, lean = start + number * 9, number * 26.0
        corners = [(x - 2, -4), (x + 2, -4), (x + lean + 11, 100), (x + lean - 7, 100)]
        cv2.fillPoly(ray, [np.array(corners, np.int32)], 0.5)
        cover += ray
    fade = np.linspace(1, 0.1, 96, dtype=np.float32)[:, None]
    soft = cv2.GaussianBlur(np.clip(cover, 0, 0.7), (0, 0), 3).astype(np.float32) * fade
    canvas.veil(np.asarray(soft * 0.7, np.float32), mix(canvas.palette.light, WHITE, 0.3))


def _volume(alpha: Field, towards: float) -> Field:
    """Take a blurred alpha for a height field, and light its slopes: from 0.76 to 1.16."""
    small = cv2.copyMakeBorder(alpha, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=0.0)
    relief = cv2.GaussianBlur(small, (0, 0), 9) + 0.5 * cv2.GaussianBlur(small, (0, 0), 4)
    slope_x = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3)
    slope_y = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3)
    light = (-towards * slope_x * 0.8 + slope_y)[12:-12, 12:-12]
    return np.asarray(np.clip(1.0 + 0.9 * light, 0.76, 1.16), np.float32)


def _rim(
    shown: Sprite, alpha: NDArray[np.uint8], towards: float, width: float, light: Colour
) -> None:
    """Lighten the edge that faces the light, in place."""
    shift = np.array([[1, 0, -towards * width], [0, 1, width]], np.float32)
    moved = cv2.warpAffine(alpha, shift, (alpha.shape[1], alpha.shape[0]))
    edge = cv2.convertScaleAbs(cv2.subtract(np.ascontiguousarray(alpha), moved), alpha=0.5)
    rays = [cv2.convertScaleAbs(edge, alpha=part / 255) for part in light]
    kept = cv2.multiply(shown, cv2.bitwise_not(cv2.merge([edge] * 3)), scale=1 / 255)
    cv2.add(kept, cv2.merge(rays), dst=shown)


def _below(height: int, width: int) -> Field:
    """Weigh the lower part more: shade gathers where the light comes last."""
    rows = np.linspace(0.55, 1.25, height, dtype=np.float32)
    return np.broadcast_to(rows[:, None], (height, width))


def contact_shadow(canvas: Canvas, sprite: Sprite, left: int, foot: int, strength: float) -> None:
    """Darken the ground under the feet, as wide as the feet are, and softly around them."""
    height, width = sprite.shape[:2]
    feet = sprite[int(height * (1 - FEET_SHARE)) :, :, 3] > 100
    columns = np.flatnonzero(feet.any(0))
    if not len(columns):
        return
    middle = left + (int(columns[0]) + int(columns[-1])) / 2
    half = max(width * 0.16, (columns[-1] - columns[0]) / 2) * 1.18
    _shade_ellipse(canvas, middle, foot, half, half * 0.2, strength)
    _shade_ellipse(canvas, middle, foot, half * 0.8, half * 0.09, strength * 0.8)


def cast_shadow(canvas: Canvas, sprite: Sprite, left: int, foot: int, x: float) -> None:
    """Throw the subject's shadow along the ground, away from the light, fading out."""
    height, width = sprite.shape[:2]
    away = 1.0 if canvas.light_x < x else -1.0
    long, lean = max(2, round(height * 0.24)), away * height * 0.42
    scale = 160 / max(height, width)
    small = cv2.resize(sprite[..., 3], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rows, columns = small.shape
    room = round(abs(lean) * scale) + 12
    target = (columns + 2 * room, round(long * scale) + 12)
    start = np.array([[0, 0], [columns, 0], [0, rows]], np.float32)
    shift = lean * scale
    goal = np.array(
        [[room + shift, 6], [room + columns + shift, 6], [room, 6 + long * scale]], np.float32
    )
    laid = cv2.warpAffine(small, cv2.getAffineTransform(start, goal), target)
    soft = cv2.GaussianBlur(laid, (0, 0), 2.6).astype(np.float32) / 255
    soft *= np.linspace(0.35, 1, soft.shape[0], dtype=np.float32)[:, None]
    _darken(
        canvas, soft * (0.22 if canvas.palette.sun < 0.2 else 0.34),
        left - round(room / scale), foot - long - round(6 / scale), 1 / scale,
    )  # fmt: skip


def _shade_ellipse(
    canvas: Canvas, x: float, y: float, half_width: float, half_height: float, strength: float
) -> None:
    across = np.linspace(-1, 1, 64, dtype=np.float32)
    far = np.hypot(across[None], across[:, None])
    cover = strength * np.clip(1 - far, 0, 1) ** 1.2
    left, top = round(x - half_width * 1.5), round(y - half_height * 1.5)
    _darken(canvas, cover, left, top, half_width * 3 / 64, half_height * 3 / 64)


def _darken(
    canvas: Canvas, cover: Field, left: int, top: int, scale: float, scale_y: float | None = None
) -> None:
    """Mix the shade into a region; `cover` is scaled up to it."""
    wide = max(1, round(cover.shape[1] * scale))
    tall = max(1, round(cover.shape[0] * (scale_y or scale)))
    x0, x1 = max(0, left), min(canvas.width, left + wide)
    y0, y1 = max(0, top), min(canvas.height, top + tall)
    if x1 <= x0 or y1 <= y0:
        return
    share = cv2.resize(cover, (wide, tall))[y0 - top : y1 - top, x0 - left : x1 - left, None]
    dark = mix(canvas.palette.shade, (0.0, 0.0, 0.0), 0.35)
    region = canvas.pixels[y0:y1, x0:x1]
    region[:] = (region + (np.array(dark, np.float32) - region) * np.clip(share, 0, 1)).astype(
        np.uint8
    )


def paste(
    canvas: Canvas, sprite: Sprite, left: int, top: int, opacity: float = 1.0,
    covers: bool = False,
) -> None:  # fmt: skip
    """Lay a sprite on the canvas; what lies outside is cut. A subject `covers` its place."""
    height, width = sprite.shape[:2]
    x0, x1 = max(0, left), min(canvas.width, left + width)
    y0, y1 = max(0, top), min(canvas.height, top + height)
    if x1 <= x0 or y1 <= y0:
        return
    part = sprite[y0 - top : y1 - top, x0 - left : x1 - left]
    cover = part[..., 3] if opacity >= 1 else (part[..., 3] * opacity).astype(np.uint8)
    share = cv2.merge([np.ascontiguousarray(cover)] * 3)
    region = canvas.pixels[y0:y1, x0:x1]
    over = cv2.multiply(np.ascontiguousarray(part[..., :3]), share, scale=1 / 255)
    region[:] = cv2.add(over, cv2.multiply(region, cv2.bitwise_not(share), scale=1 / 255))
    if covers:
        under = canvas.cover[y0:y1, x0:x1]
        under[:] = cv2.max(under, np.ascontiguousarray(cover))
