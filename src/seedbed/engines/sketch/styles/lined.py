"""Styles of the line: pencil, line art, comic, blueprint and neon."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.styles.raster import (
    PAPER,
    Random,
    Raster,
    Sheet,
    brightness,
    broad_edges,
    drawn,
    edges,
    grain,
    inked,
    saturated,
    softened,
    thick,
    to_bytes,
    wobbled,
)  # fmt: skip


def pencil(sheet: Sheet) -> Raster:
    """Graphite: contours, and hatching where it is dark, the distance only hinted at."""
    random, (height, width) = sheet.random, sheet.shape
    grey = cv2.cvtColor(sheet.pixels, cv2.COLOR_RGB2GRAY)
    far = cv2.addWeighted(grey, 0.8, np.full_like(grey, 255), 0.2, 0)
    grey = np.where(sheet.cover > 127, grey, far).astype(np.uint8)
    soft = cv2.GaussianBlur(255 - grey, (0, 0), 9)
    lines = cv2.divide(grey, 255 - soft, scale=250).astype(np.float32)
    darkness = np.clip((175 - grey.astype(np.float32)) / 175, 0, 1)
    shaded = np.minimum(lines, 255) - darkness * (74 + _hatching(random, height, width) * 34)
    strokes = wobbled(sheet.contour(4), random, 1.2, 60)
    shaded -= 120 * drawn(strokes, 0.9)[..., 0]
    tint = shaded[..., None] * np.array((1, 0.99, 0.965), np.float32)
    return to_bytes(tint * grain(sheet.shape, random, 1, 0.025))


def _hatching(random: Random, height: int, width: int) -> Raster:
    """Make slanted strokes around 0, from one tile that repeats."""
    side = 320
    noise = random.random((side, side)).astype(np.float32)
    stroke = np.zeros((15, 15), np.float32)
    cv2.line(stroke, (0, 14), (14, 0), 1.0, 1)
    tile = cv2.filter2D(noise, -1, stroke / stroke.sum(), borderType=cv2.BORDER_REFLECT)
    tile = (tile - tile.mean()) / max(float(tile.std()), 1e-6)
    return np.tile(tile, (-(-height // side), -(-width // side)))[:height, :width]


def line(sheet: Sheet) -> Raster:
    """Clean contours on white: heavy around the subjects, fine inside, few in the distance."""
    far = broad_edges(sheet.pixels, 18, 46, max(40, min(sheet.shape) // 11))
    near = edges(sheet.pixels, 40, 100)
    weight = 1.0 if sheet.is_bare else 0.6
    place = drawn(far, 0.9) * (1 - sheet.around(7).astype(np.float32)[..., None] / 255) * weight
    inside = cv2.erode(sheet.cover, np.ones((5, 5), np.uint8)).astype(np.float32)[..., None] / 255
    ink = np.maximum(place, drawn(thick(near, 2), 0.8) * inside)
    ink = np.maximum(ink, drawn(sheet.contour(5), 0.9))
    return to_bytes(np.repeat(254 - 236 * np.clip(ink, 0, 1), 3, 2))


def comic(sheet: Sheet) -> Raster:
    """Ink outlines, strong flat colour and dots in the shadows."""
    height, width = sheet.shape
    smooth = softened(sheet.pixels)
    flat = saturated(inked(Sheet(smooth, sheet.cover, sheet.random), 12), 1.4) + 6
    grey = brightness(flat)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    dots = np.sin((xs + ys) * 0.5) * np.sin((xs - ys) * 0.5) > 0.2
    flat *= (1 - 0.3 * (dots & (grey < 120)))[..., None]
    flat += (26 * (dots & (grey > 150) & (sheet.cover < 90)))[..., None]
    place = drawn(thick(broad_edges(sheet.pixels, 26, 64, 40), 2), 0.8)
    inside = drawn(thick(edges(sheet.pixels, 60, 140), 3), 0.8) * sheet.subject
    ink = np.maximum(place * (1 - sheet.subject) * 0.85, inside)
    ink = np.maximum(ink, drawn(sheet.contour(7), 0.9))
    return to_bytes(flat * (1 - ink) + 14 * ink)


def blueprint(sheet: Sheet) -> Raster:
    """White lines on blue over a fine grid, the subject measured."""
    random, (height, width) = sheet.random, sheet.shape
    paper = np.empty((height, width, 3), np.float32)
    paper[:] = (24, 62, 128)
    for step, light in ((12, 6), (60, 14)):
        paper[::step] += light
        paper[:, ::step] += light
    far = drawn(broad_edges(sheet.pixels, 18, 46, 60), 0.8)
    away = 1 - sheet.around(9).astype(np.float32)[..., None] / 255
    inside = drawn(thick(edges(sheet.pixels, 34, 90), 2), 0.7) * sheet.subject
    weight = 0.9 if sheet.is_bare else 0.45
    lines = np.maximum(far * away * weight, np.maximum(inside, drawn(sheet.contour(5), 0.8)))
    lines = np.maximum(lines, drawn(_dimensions(sheet), 0.6) * 0.85)
    chalk = paper + (np.array((232, 242, 255), np.float32) - paper) * np.clip(lines, 0, 1)
    return to_bytes(chalk * grain(sheet.shape, random, 2, 0.02))


def _dimensions(sheet: Sheet) -> Raster:
    """Draw the measures of the subjects beside and below them: lines with ticks at their ends."""
    height, width = sheet.shape
    drawing = np.zeros((height, width), np.uint8)
    solid = sheet.cover > 127
    if not solid.any():
        return drawing
    across, down = np.flatnonzero(solid.any(0)), np.flatnonzero(solid.any(1))
    left, right, top, bottom = int(across[0]), int(across[-1]), int(down[0]), int(down[-1])
    gap = max(6, min(height, width) // 24)
    tick = max(3, gap // 3)
    below, beside = min(height - tick - 2, bottom + gap), max(tick + 2, left - gap)
    cv2.line(drawing, (left, below), (right, below), 255, 1)
    cv2.line(drawing, (beside, top), (beside, bottom), 255, 1)
    for part in range(9):
        long = tick if part in (0, 8) else tick // 2
        x, y = left + (right - left) * part // 8, top + (bottom - top) * part // 8
        cv2.line(drawing, (x, below - long), (x, below + long), 255, 1)
        cv2.line(drawing, (beside - long, y), (beside + long, y), 255, 1)
    return drawing


def neon(sheet: Sheet) -> Raster:
    """Glowing tubes along the contours, over a dark scene."""
    width = sheet.shape[1]
    dark = sheet.pixels.astype(np.float32) * np.array((0.66, 0.54, 0.9), np.float32)
    far = broad_edges(sheet.pixels, 40, 100, 30)
    near = cv2.bitwise_and(edges(sheet.pixels, 60, 140), sheet.cover)
    outline = sheet.contour(4)
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    pink, cyan = np.array((255, 60, 190), np.float32), np.array((40, 220, 255), np.float32)
    tube = pink * (1 - across) + cyan * across
    glow = np.zeros(sheet.shape, np.float32)
    for lines, wide, strength in (
        (cv2.bitwise_and(far, 255 - sheet.around(5)), 4, 1.6 if sheet.is_bare else 0.8),
        (near, 1.2, 0.6), (outline, 9, 1.5), (outline, 1.4, 1.0),
    ):  # fmt: skip
        glow += cv2.GaussianBlur(lines, (0, 0), wide).astype(np.float32) * (strength / 255)
    core = drawn(cv2.erode(outline, np.ones((2, 2), np.uint8)), 0.7) * 0.7
    shown = dark + tube * glow[..., None]
    return to_bytes(shown + (255 - shown) * core)


def woodcut(sheet: Sheet) -> Raster:
    """One block of black ink: cut lines that swell where it is dark."""
    random, (height, width) = sheet.random, sheet.shape
    grey = cv2.createCLAHE(2.4, (4, 4)).apply(cv2.cvtColor(sheet.pixels, cv2.COLOR_RGB2GRAY))
    tone = cv2.GaussianBlur(grey, (0, 0), 1.4).astype(np.float32) / 255
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = cv2.resize(random.normal(0, 5, (9, 9)).astype(np.float32), (width, height))
    pitch = np.where(sheet.cover > 127, 0.9, 0.62).astype(np.float32)
    cut = 0.5 + 0.5 * np.sin((ys + bend + 0.12 * xs) * pitch)
    white = np.clip((tone * 1.3 - 0.14 - cut * 0.62) * 9, 0, 1)
    white *= 1 - drawn(sheet.contour(5), 0.7)[..., 0]
    ink = np.array((34, 28, 30), np.float32)
    return to_bytes(ink + (PAPER - 8 - ink) * white[..., None])
