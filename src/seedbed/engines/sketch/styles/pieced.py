"""Styles made of pieces: pixels, triangles, stones, panes, papers and clay."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.styles.raster import (
    PAPER,
    Raster,
    Sheet,
    broad_edges,
    clouded,
    drawn,
    edges,
    grain,
    inked,
    quantised,
    saturated,
    softened,
    thick,
    to_bytes,
)  # fmt: skip


def pixel(sheet: Sheet) -> Raster:
    """A small grid of few colours; enlarged without smoothing, every cell is sharp."""
    return quantised(cv2.convertScaleAbs(sheet.pixels, alpha=1.06), 30, sheet.random)


def low_poly(sheet: Sheet) -> Raster:
    """Triangles, smaller where there is more to see and small on the subjects."""
    random, (height, width) = sheet.random, sheet.shape
    corners = [
        _some(np.argwhere(edges(sheet.pixels) & sheet.cover), 900, sheet),
        _some(np.argwhere(sheet.contour(3) > 0), 260, sheet),
        _some(np.argwhere(broad_edges(sheet.pixels, 20, 60, 24)), 420, sheet),
        random.random((260, 2)) * (height - 1, width - 1),
    ]
    plane = cv2.Subdiv2D((0, 0, width, height))
    for y, x in np.concatenate(corners).astype(np.float32).tolist():
        plane.insert((min(x, width - 1.5), min(y, height - 1.5)))
    for x, y in ((0.0, 0.0), (width - 1.0, 0.0), (0.0, height - 1.0), (width - 1.0, height - 1.0)):
        plane.insert((x, y))
    triangles = np.asarray(plane.getTriangleList()).reshape(-1, 3, 2)
    middles = triangles.mean(1)
    soft = cv2.blur(saturated(sheet.pixels, 1.15).clip(0, 255).astype(np.uint8), (5, 5))
    xs = np.clip(middles[:, 0], 0, width - 1).astype(int)
    ys = np.clip(middles[:, 1], 0, height - 1).astype(int)
    tones = soft[ys, xs] * (1 + random.normal(0, 0.03, (len(xs), 1)))
    result = soft.copy()
    shapes = np.rint(triangles * 16).astype(np.int32)
    for shape, tone in zip(shapes, np.clip(tones, 0, 255).tolist(), strict=True):
        cv2.fillConvexPoly(result, shape, tone, cv2.LINE_AA, 4)
    return result


def _some(points: Raster, count: int, sheet: Sheet) -> Raster:
    if len(points) <= count:
        return points.reshape(-1, 2)
    return np.asarray(points[sheet.random.choice(len(points), count, replace=False)])


def mosaic(sheet: Sheet) -> Raster:
    """Little square stones with grout between, smaller ones for the subjects."""
    coarse, fine = _stones(sheet, 16), _stones(sheet, 8)
    kernel = np.ones((5, 5), np.uint8)
    inside = cv2.dilate(np.where(sheet.cover > 100, 255, 0).astype(np.uint8), kernel)
    inside = cv2.resize(inside, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    size = (sheet.shape[1], sheet.shape[0])
    share = cv2.resize(np.where(inside > 90, 255, 0).astype(np.uint8), size, interpolation=0)
    laid = np.where(share[..., None] > 127, fine, coarse)
    return to_bytes(saturated(laid, 1.15))


def _stones(sheet: Sheet, cell: int) -> Raster:
    random, (height, width) = sheet.random, sheet.shape
    rows, columns = height // cell + 1, width // cell + 1
    stones = cv2.resize(sheet.pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    toned = stones + random.normal(0, 8, (rows, columns, 1))
    size = (columns * cell, rows * cell)
    laid = cv2.resize(to_bytes(toned), size, interpolation=cv2.INTER_NEAREST)[:height, :width]
    ys, xs = np.arange(height) % cell, np.arange(width) % cell
    grout = (ys[:, None] < max(1, cell // 8)) | (xs[None] < max(1, cell // 8))
    slope = (cell / 2 - ys)[:, None, None] / cell + (cell / 2 - xs)[None, :, None] / cell
    shaped = laid * (1 + 0.12 * slope)
    shaped[grout] = shaped[grout] * 0.3 + np.array((196, 190, 178), np.float32) * 0.45
    return np.asarray(shaped, np.float32)


def stained_glass(sheet: Sheet) -> Raster:
    """Bright panes in black lead: large ones around, and the subject cut along its own lines."""
    random, (height, width) = sheet.random, sheet.shape
    labels = _cells(sheet, max(30, round(90 * max(height, width) / min(height, width))))
    outside = sheet.cover < 127
    total = np.maximum(np.bincount(labels.ravel(), outside.ravel()), 1)
    means = [
        np.bincount(labels.ravel(), (sheet.pixels[..., part] * outside).ravel()) / total
        for part in range(3)
    ]
    panes = np.stack(means, 1)
    panes *= 1 + random.normal(0, 0.1, (len(panes), 1))
    smooth = cv2.medianBlur(sheet.pixels, 5)
    subject = inked(Sheet(smooth, sheet.cover, random), 16)
    place = panes[labels]
    if sheet.is_bare:
        place = place * 0.3 + subject * 0.7
    glass = np.where(outside[..., None], place, subject)
    glass = saturated(glass, 1.6) * 1.1 + 6
    lead = np.zeros(sheet.shape, np.uint8)
    lead[:, 1:] |= ((labels[:, 1:] != labels[:, :-1]) & outside[:, 1:]).astype(np.uint8)
    lead[1:] |= ((labels[1:] != labels[:-1]) & outside[1:]).astype(np.uint8)
    bars = thick(lead * 255, 4)
    within = cv2.bitwise_and(thick(edges(smooth, 90, 200), 3), sheet.cover)
    if sheet.is_bare:  # the place is what is shown: its own lines are leaded
        within = thick(broad_edges(smooth, 30, 80, 60), 4)
    bars = np.maximum(np.maximum(bars, within), sheet.contour(8))
    shine = 0.84 + 0.34 * clouded(sheet.shape, random, 9)
    dark = drawn(bars, 1.0)
    relief = drawn(cv2.erode(bars, np.ones((3, 3), np.uint8)), 0.8) * 26
    return to_bytes(glass * shine * (1 - dark) + 16 * dark + relief * dark)


def _cells(sheet: Sheet, count: int) -> Raster:
    """Cut the sheet into cells around scattered points: a number for each pixel."""
    random, (height, width) = sheet.random, sheet.shape
    down = max(2, round((count * height / width) ** 0.5))
    across = max(2, round(count / down))
    ys = (np.arange(down)[:, None] + random.random((down, across))) * height / down
    xs = (np.arange(across)[None] + random.random((down, across))) * width / across
    seeds = np.full((height, width), 255, np.uint8)
    seeds[np.minimum(ys, height - 1).astype(int), np.minimum(xs, width - 1).astype(int)] = 0
    _, labels = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    return np.asarray(labels, np.int32)


def paper_cut(sheet: Sheet) -> Raster:
    """Layers of coloured paper, each throwing a soft shadow on the one below; subjects on top."""
    flat = inked(Sheet(softened(sheet.pixels, 70), sheet.cover, sheet.random), 8)
    flat = cv2.medianBlur(cv2.medianBlur(flat, 5), 5)
    grey = cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY).astype(np.float32)
    shifted = _shifted(grey, 4, 6)
    drop = cv2.GaussianBlur(np.clip(np.abs(grey - shifted), 0, 90), (0, 0), 2.4)[..., None]
    raised = saturated(flat, 1.2) - drop * 0.6
    rim = thick(np.where(sheet.cover > 100, 255, 0).astype(np.uint8), 9)
    lies = cv2.GaussianBlur(_shifted(rim, 7, 11), (0, 0), 7).astype(np.float32)[..., None] / 255
    raised *= 1 - 0.5 * lies * (1 - sheet.subject)
    card = drawn(cv2.subtract(rim, sheet.cover), 0.7)
    raised += (PAPER - raised) * card
    return to_bytes(raised * grain(sheet.shape, sheet.random, 1, 0.025))


def _shifted(pixels: Raster, across: float, down: float) -> Raster:
    move = np.array([[1, 0, across], [0, 1, down]], np.float32)
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(cv2.warpAffine(pixels, move, size, borderMode=cv2.BORDER_REPLICATE))


def poster(sheet: Sheet) -> Raster:
    """A screen print: few warm inks, grainy, on cream paper with a border."""
    vivid = to_bytes((saturated(softened(sheet.pixels), 1.4) - 128) * 1.18 + 128)
    flat = inked(Sheet(vivid, sheet.cover, sheet.random), 9)
    flat = cv2.medianBlur(flat, 5)
    warm = saturated(flat, 1.12) * np.array((1.0, 0.94, 0.8), np.float32) + (12, 9, 6)
    height, width = sheet.shape
    inks = warm * (1 - 0.55 * drawn(sheet.contour(4), 0.7))
    printed = inks * grain(sheet.shape, sheet.random, 2, 0.028)
    frame = round(min(height, width) * 0.035)
    for part in (
        np.s_[:frame], np.s_[height - frame :], np.s_[:, :frame], np.s_[:, width - frame :],
    ):  # fmt: skip
        printed[part] = PAPER * 0.97
    return to_bytes(printed)


def flat(sheet: Sheet) -> Raster:
    """Clean areas of few colours without texture."""
    few = inked(Sheet(softened(sheet.pixels, 45), sheet.cover, sheet.random), 14)
    return to_bytes(saturated(cv2.medianBlur(few, 5), 1.15))


def clay(sheet: Sheet) -> Raster:
    """Modelling clay: every area a rounded piece that catches soft light, with finger marks."""
    random = sheet.random
    flat_ = inked(Sheet(softened(sheet.pixels), sheet.cover, random), 9)
    flat_ = cv2.medianBlur(cv2.medianBlur(flat_, 5), 5)
    seams = cv2.bitwise_and(cv2.Canny(flat_, 90, 200), sheet.cover)
    far_seams = broad_edges(flat_, 36, 90, 60)
    seams = np.maximum(np.maximum(seams, far_seams), sheet.contour(3))
    far = cv2.distanceTransform(255 - seams, cv2.DIST_L2, 3)
    bevel = np.sqrt(1 - (1 - np.clip(far / 20, 0, 1)) ** 2) * 9
    bevel = cv2.GaussianBlur(bevel.astype(np.float32), (0, 0), 3.4)
    bevel = bevel + 0.8 * clouded(sheet.shape, random, 40)[..., 0]
    whole = cv2.GaussianBlur(sheet.cover, (0, 0), 11).astype(np.float32) / 255
    bevel = bevel + 16 * np.sqrt(whole) * sheet.subject[..., 0]
    slope_x = cv2.Sobel(bevel, cv2.CV_32F, 1, 0, ksize=3) / 8
    slope_y = cv2.Sobel(bevel, cv2.CV_32F, 0, 1, ksize=3) / 8
    light = (1.0 + 0.55 * slope_x + 0.75 * slope_y) / np.sqrt(1 + slope_x**2 + slope_y**2)
    tone = cv2.GaussianBlur(flat_, (0, 0), 1.2).astype(np.float32)
    shown = (30 + tone * 0.86) * np.clip(0.28 + 0.72 * light, 0.35, 1.22)[..., None]
    spark = np.clip(light - 1.12, 0, 1)[..., None] * 90
    return to_bytes(saturated(shown, 1.1) + spark)
