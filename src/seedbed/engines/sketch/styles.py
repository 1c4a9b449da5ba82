"""Styles: how a finished scene is rendered. A new style is a function and a row of `_STYLES`.

Each takes and gives height x width x 3 bytes, and draws on random numbers of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.engines.engine import Pixels

Raster = NDArray[Any]
"""An image under work: bytes or floats, as OpenCV gives them."""
Random = np.random.Generator
PAPER = np.array((250, 246, 236), np.float32)
DETAIL = 900
"""Shorter side, in pixels, that brush strokes and lines are computed at."""


def render(pixels: Pixels, style: str | None, random: Random) -> Pixels:
    """Render a scene in a style; None leaves it as it is."""
    if style is None:
        return pixels
    return np.asarray(_STYLES[style](pixels, random), np.uint8)


def _small(pixels: Raster, side: int = DETAIL) -> Raster:
    scale = min(1.0, side / min(pixels.shape[:2]))
    return np.asarray(
        cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )


def _full(small: Raster, like: Raster, how: int = cv2.INTER_CUBIC) -> Raster:
    return np.asarray(
        cv2.resize(small, (like.shape[1], like.shape[0]), interpolation=how), np.uint8
    )


def _edges(pixels: Raster, low: int = 40, high: int = 110) -> Raster:
    grey = cv2.cvtColor(cv2.bilateralFilter(pixels, 7, 40, 7), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.Canny(grey, low, high), np.uint8)


def _grain(shape: tuple[int, ...], random: Random, size: int) -> Raster:
    """Make paper grain around 1, height x width x 1."""
    tile = random.normal(0, 1, (shape[0] // size + 2, shape[1] // size + 2)).astype(np.float32)
    grown = cv2.resize(tile, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return 1 + 0.03 * grown[..., None]


def _bytes(values: Raster) -> Raster:
    return np.clip(values, 0, 255).astype(np.uint8)


def _watercolour(pixels: Raster, random: Random) -> Raster:
    """Washes that pool at their edges, on grainy paper that stays white at the borders."""
    small = _small(pixels)
    washes = small
    for _ in range(2):
        washes = cv2.bilateralFilter(washes, 7, 75, 7)
    height, width = washes.shape[:2]
    wobble = [
        cv2.resize(
            random.normal(0, 1, (24, 24)).astype(np.float32),
            (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
        * 2.6
        for _ in range(2)
    ]
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    washes = cv2.remap(
        washes,
        columns + wobble[0],
        rows + wobble[1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    grey = cv2.cvtColor(washes, cv2.COLOR_RGB2GRAY).astype(np.float32)
    pooled = np.clip(cv2.GaussianBlur(grey, (0, 0), 3) - grey, -10, 28)[..., None] * 1.5
    bloom = cv2.resize(
        random.random((7, 7)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )[..., None]
    paint = washes.astype(np.float32) - pooled
    paint += (PAPER - paint) * (0.1 + 0.22 * bloom)
    across = np.minimum(columns, width - 1 - columns) / (0.06 * min(width, height))
    down = np.minimum(rows, height - 1 - rows) / (0.06 * min(width, height))
    ragged = np.clip(np.minimum(across, down) + wobble[0] * 0.14, 0, 1)[..., None]
    paint = PAPER + (paint - PAPER) * ragged
    return _full(_bytes(paint * _grain(small.shape, random, 2)), pixels)


def _oil(pixels: Raster, random: Random) -> Raster:
    """Short strokes along the forms, thick enough to catch light."""
    small = _small(pixels)
    height, width = small.shape[:2]
    soft = cv2.GaussianBlur(small, (0, 0), 3)
    grey = cv2.cvtColor(soft, cv2.COLOR_RGB2GRAY).astype(np.float32)
    angle = (
        np.arctan2(cv2.Sobel(grey, cv2.CV_32F, 0, 1), cv2.Sobel(grey, cv2.CV_32F, 1, 0)) + np.pi / 2
    )
    canvas = soft.copy()
    for length, count in ((max(height, width) // 36, 2600), (max(height, width) // 72, 7000)):
        ys, xs = random.integers(0, height, count), random.integers(0, width, count)
        tone = random.normal(0, 7, count)
        for y, x, shift in zip(ys.tolist(), xs.tolist(), tone.tolist(), strict=True):
            turn, colour = angle[y, x], small[y, x].astype(float) + shift
            dx, dy = np.cos(turn) * length / 2, np.sin(turn) * length / 2
            start, end = (round(x - dx), round(y - dy)), (round(x + dx), round(y + dy))
            cv2.line(
                canvas,
                start,
                end,
                np.clip(colour, 0, 255).tolist(),
                max(2, length // 4),
                cv2.LINE_AA,
            )
    keep = (
        cv2.GaussianBlur(cv2.dilate(_edges(small), np.ones((3, 3), np.uint8)), (0, 0), 1.5).astype(
            np.float32
        )[..., None]
        / 255
    )
    mixed = canvas + (small.astype(np.float32) - canvas) * keep * 0.75
    relief = cv2.filter2D(
        cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY).astype(np.float32),
        -1,
        np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], np.float32),
    )
    return _full(_bytes((mixed + 0.2 * relief[..., None]).astype(np.float32)), pixels)


def _pencil(pixels: Raster, random: Random) -> Raster:
    """Graphite: contours, and hatching where it is dark."""
    small = _small(pixels, 1100)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    soft = cv2.GaussianBlur(255 - grey, (0, 0), 9)
    lines = cv2.divide(grey, 255 - soft, scale=250).astype(np.float32)
    height, width = grey.shape
    noise = random.random((height, width)).astype(np.float32)
    stroke = np.zeros((15, 15), np.float32)
    cv2.line(stroke, (0, 14), (14, 0), 1.0, 1)
    hatch = cv2.filter2D(noise, -1, stroke / stroke.sum())
    hatch = (hatch - hatch.mean()) * 900
    darkness = np.clip((165 - grey.astype(np.float32)) / 165, 0, 1)
    drawn = np.minimum(lines, 255) - darkness * (70 + hatch * 0.6)
    tint = np.dstack([drawn, drawn * 0.99, drawn * 0.965])
    return _full(_bytes(tint * _grain(small.shape, random, 1)), pixels)


def _ink(pixels: Raster, random: Random) -> Raster:
    """Ink wash on rice paper: few tones, soft edges, black accents, and a red seal."""
    small = _small(pixels)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    wash: Raster = cv2.bilateralFilter(grey, 9, 50, 9).astype(np.float32)
    wash = 255 * (wash / 255) ** 0.85
    steps = np.rint(wash / 42) * 42
    tones = cv2.GaussianBlur(steps, (0, 0), 2.2) * 0.62 + 95
    edge = (
        cv2.GaussianBlur(
            cv2.dilate(_edges(small, 60, 150), np.ones((2, 2), np.uint8)), (0, 0), 1.1
        ).astype(np.float32)
        / 255
    )
    tones = np.minimum(tones, 255) * (1 - 0.72 * edge)
    paper = np.array((243, 237, 222), np.float32)
    painted = paper * np.clip(tones / 250, 0, 1)[..., None]
    colour = small.astype(np.float32)
    painted += (colour - colour.mean(2, keepdims=True)) * 0.22
    height, width = grey.shape
    side = round(min(height, width) * 0.06)
    x, y = width - side * 2, round(height * 0.07)
    painted[y : y + side, x : x + side] = (186, 44, 36)
    for row in range(3):
        at = y + side * (2 * row + 2) // 8
        painted[at : at + max(1, side // 12), x + side // 5 : x + side - side // 5] = paper
    return _full(_bytes(painted * _grain(small.shape, random, 2)), pixels)


def _line(pixels: Raster, random: Random) -> Raster:
    """Clean black contours on white."""
    small = _small(pixels, 1000)
    edges = cv2.dilate(_edges(small, 30, 90), np.ones((2, 2), np.uint8))
    soft = 255 - cv2.GaussianBlur(edges, (0, 0), 0.9).astype(np.float32) * 1.25
    del random
    return _full(_bytes(np.repeat(soft[..., None], 3, 2)), pixels)


def _pixel(pixels: Raster, random: Random) -> Raster:
    """A small grid of few colours, every cell sharp."""
    side = 144
    small = _small(pixels, side)
    small = _quantised(cv2.convertScaleAbs(small, alpha=1.06), 28, random)
    return _full(small, pixels, cv2.INTER_NEAREST)


def _quantised(pixels: Raster, count: int, random: Random) -> Raster:
    """Reduce to `count` colours by k-means, started from the picture's own pixels."""
    flat = pixels.reshape(-1, 3).astype(np.float32)
    centres = flat[random.choice(len(flat), count, replace=False)]
    sample = flat[random.choice(len(flat), min(len(flat), 6000), replace=False)]
    for _ in range(8):
        nearest = ((sample[:, None] - centres[None]) ** 2).sum(2).argmin(1)
        for i in range(count):
            if (nearest == i).any():
                centres[i] = sample[nearest == i].mean(0)
    labels = np.concatenate(
        [
            ((part[:, None] - centres[None]) ** 2).sum(2).argmin(1)
            for part in np.array_split(flat, max(1, len(flat) // 20000))
        ]
    )
    reduced: Raster = np.rint(centres[labels]).astype(np.uint8)
    return reduced.reshape(pixels.shape)


def _cells(pixels: Raster, count: int, random: Random) -> tuple[Raster, Raster]:
    """Cut a picture into cells around scattered points, each in its mean colour."""
    height, width = pixels.shape[:2]
    grid = max(2, round((count * height / width) ** 0.5))
    across = max(2, round(count / grid))
    ys = (np.arange(grid)[:, None] + random.random((grid, across))) * height / grid
    xs = (np.arange(across)[None] + random.random((grid, across))) * width / across
    seeds = np.full((height, width), 255, np.uint8)
    seeds[np.minimum(ys, height - 1).astype(int), np.minimum(xs, width - 1).astype(int)] = 0
    _, labels = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    labels = np.asarray(labels, np.int32)
    total = np.bincount(labels.ravel())
    means = [
        np.bincount(labels.ravel(), pixels[..., i].ravel()) / np.maximum(total, 1) for i in range(3)
    ]
    return labels, np.stack(means, 1)[labels].astype(np.uint8)


def _low_poly(pixels: Raster, random: Random) -> Raster:
    """Triangles, smaller where there is more to see."""
    small = _small(pixels, 700)
    height, width = small.shape[:2]
    edges = np.argwhere(_edges(small) > 0)
    count = min(len(edges), 1100)
    picked = (
        edges[random.choice(len(edges), count, replace=False)] if count else np.zeros((0, 2), int)
    )
    scattered = random.random((420, 2)) * (height - 1, width - 1)
    points = np.concatenate([picked, scattered]).astype(np.float32)
    plane = cv2.Subdiv2D((0, 0, width, height))
    for y, x in points.tolist():
        plane.insert((float(min(x, width - 1.5)), float(min(y, height - 1.5))))
    for corner in ((0, 0), (width - 1.0, 0), (0, height - 1.0), (width - 1.0, height - 1.0)):
        plane.insert((float(corner[0]), float(corner[1])))
    result = small.copy()
    for triangle in np.asarray(plane.getTriangleList()):
        corners = triangle.reshape(3, 2)
        middle = corners.mean(0)
        x, y = int(np.clip(middle[0], 0, width - 1)), int(np.clip(middle[1], 0, height - 1))
        patch = small[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].reshape(-1, 3).mean(0)
        cv2.fillConvexPoly(result, np.rint(corners).astype(np.int32), patch.tolist(), cv2.LINE_AA)
    return _full(result, pixels)


def _paper_cut(pixels: Raster, random: Random) -> Raster:
    """Layers of coloured paper, each throwing a soft shadow on the one below."""
    small = _quantised(cv2.bilateralFilter(_small(pixels, 800), 9, 70, 9), 9, random)
    small = cv2.medianBlur(small, 9)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    shifted = cv2.warpAffine(
        grey,
        np.array([[1, 0, 4], [0, 1, 6]], np.float32),
        grey.shape[::-1],
        borderMode=cv2.BORDER_REPLICATE,
    )
    drop = cv2.GaussianBlur(np.clip(np.abs(grey - shifted), 0, 90), (0, 0), 2.4)[..., None]
    raised = small.astype(np.float32) - drop * 0.55
    return _full(_bytes(raised * _grain(small.shape, random, 1)), pixels)


def _mosaic(pixels: Raster, random: Random) -> Raster:
    """Little square stones with grout between."""
    small = _small(pixels, 900)
    height, width = small.shape[:2]
    cell = 15
    rows, columns = height // cell + 1, width // cell + 1
    stones = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
    stones += random.normal(0, 8, (rows, columns, 1)).astype(np.float32)
    laid = cv2.resize(
        _bytes(stones), (columns * cell, rows * cell), interpolation=cv2.INTER_NEAREST
    )[:height, :width].astype(np.float32)
    ys, xs = np.arange(height) % cell, np.arange(width) % cell
    grout = (ys[:, None] < 2) | (xs[None] < 2)
    laid *= 1 + 0.1 * (
        (cell / 2 - ys)[:, None, None] / cell + (cell / 2 - xs)[None, :, None] / cell
    )
    laid[grout] = laid[grout] * 0.25 + np.array((205, 198, 186), np.float32) * 0.5
    return _full(_bytes(laid), pixels)


def _stained_glass(pixels: Raster, random: Random) -> Raster:
    """Panes of bright glass in black lead, the contours leaded too."""
    small = _small(pixels, 900)
    labels, panes = _cells(small, 420, random)
    glass = panes.astype(np.float32)
    grey = glass.mean(2, keepdims=True)
    glass = (grey + (glass - grey) * 1.5) * 1.08
    edge = np.zeros(labels.shape, np.uint8)
    edge[:, 1:] |= (labels[:, 1:] != labels[:, :-1]).astype(np.uint8)
    edge[1:] |= (labels[1:] != labels[:-1]).astype(np.uint8)
    contour = _edges(cv2.medianBlur(small, 5), 70, 170)
    lead = cv2.GaussianBlur(
        cv2.dilate(edge * 255, np.ones((3, 3), np.uint8)) // 2
        + cv2.dilate(contour, np.ones((3, 3), np.uint8)) // 2,
        (0, 0),
        1,
    )
    detail = glass * 0.55 + small.astype(np.float32) * 0.45
    shown = detail * (1 - np.clip(lead.astype(np.float32)[..., None] / 130, 0, 1) * 0.94)
    return _full(_bytes(shown), pixels)


def _neon(pixels: Raster, random: Random) -> Raster:
    """Glowing contours over a dark scene."""
    small = _small(pixels)
    dark = small.astype(np.float32) * np.array((0.62, 0.5, 0.86), np.float32)
    edges = _edges(small, 70, 160).astype(np.float32)
    across = np.linspace(0, 1, small.shape[1], dtype=np.float32)[None, :, None]
    tube = (
        np.array((255, 60, 190), np.float32) * (1 - across)
        + np.array((40, 220, 255), np.float32) * across
    )
    glow = (
        cv2.GaussianBlur(edges, (0, 0), 7)[..., None] / 255 * 1.5
        + cv2.GaussianBlur(edges, (0, 0), 1.2)[..., None] / 255 * 0.8
    )
    del random
    return _full(_bytes(dark + tube * glow), pixels)


def _poster(pixels: Raster, random: Random) -> Raster:
    """A screen print: few warm inks, slightly out of register, on cream paper."""
    small = _quantised(cv2.bilateralFilter(_small(pixels, 1000), 9, 60, 9), 8, random)
    warm = small.astype(np.float32) * np.array((1.0, 0.94, 0.8), np.float32) + np.array(
        (10, 8, 6), np.float32
    )
    height, width = warm.shape[:2]
    frame = round(min(height, width) * 0.035)
    grainy = warm * _grain(small.shape, random, 2)
    for part in (
        np.s_[:frame],
        np.s_[height - frame :],
        np.s_[:, :frame],
        np.s_[:, width - frame :],
    ):
        grainy[part] = PAPER * 0.97
    return _full(_bytes(grainy), pixels)


def _flat(pixels: Raster, random: Random) -> Raster:
    """Clean areas of few colours without texture."""
    small = _small(pixels, 1100)
    smooth = small
    for _ in range(2):
        smooth = cv2.bilateralFilter(smooth, 9, 45, 9)
    return _full(cv2.medianBlur(_quantised(smooth, 20, random), 5), pixels)


def _comic(pixels: Raster, random: Random) -> Raster:
    """Ink outlines, strong flat colour and dots in the shadows."""
    small = _small(pixels, 1000)
    flat = _quantised(cv2.bilateralFilter(small, 9, 60, 9), 14, random).astype(np.float32)
    grey = flat.mean(2, keepdims=True)
    flat = grey + (flat - grey) * 1.35
    height, width = small.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    dots = np.sin((xs + ys) * 0.55) * np.sin((xs - ys) * 0.55)
    shadow = np.clip((105 - grey[..., 0]) / 105, 0, 1)
    flat *= (1 - 0.35 * ((dots > 0.25) & (shadow > 0.15)))[..., None]
    ink = cv2.GaussianBlur(
        cv2.dilate(_edges(small, 50, 130), np.ones((3, 3), np.uint8)), (0, 0), 0.8
    )
    return _full(_bytes(flat * (1 - ink.astype(np.float32)[..., None] / 255)), pixels)


def _blueprint(pixels: Raster, random: Random) -> Raster:
    """White lines on blue, over a fine grid."""
    small = _small(pixels, 1000)
    height, width = small.shape[:2]
    sheet = np.empty((height, width, 3), np.float32)
    sheet[:] = (26, 66, 132)
    for step, light in ((12, 7), (60, 16)):
        sheet[::step] += light
        sheet[:, ::step] += light
    edges = cv2.GaussianBlur(_edges(small, 30, 90), (0, 0), 0.7).astype(np.float32)[..., None] / 255
    drawn = sheet + (np.array((232, 242, 255), np.float32) - sheet) * np.clip(edges * 1.5, 0, 1)
    shade = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)[..., None] / 255
    return _full(_bytes((drawn + shade * 26) * _grain(small.shape, random, 2)), pixels)


def _monochrome(pixels: Raster, random: Random) -> Raster:
    """Black and white with deep contrast and film grain."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    table = np.clip((np.arange(256) / 255 - 0.5) * 1.25 + 0.5, 0, 1) * 255
    toned = cv2.LUT(grey, table.astype(np.uint8)).astype(np.float32)[..., None]
    return _bytes(np.repeat(toned, 3, 2) * _grain(pixels.shape, random, 2))


_STYLES: dict[str, Callable[[Raster, Random], Raster]] = {
    "watercolour": _watercolour,
    "oil": _oil,
    "pencil": _pencil,
    "ink": _ink,
    "line": _line,
    "pixel": _pixel,
    "low_poly": _low_poly,
    "paper_cut": _paper_cut,
    "mosaic": _mosaic,
    "stained_glass": _stained_glass,
    "neon": _neon,
    "poster": _poster,
    "flat": _flat,
    "comic": _comic,
    "blueprint": _blueprint,
    "monochrome": _monochrome,
}
