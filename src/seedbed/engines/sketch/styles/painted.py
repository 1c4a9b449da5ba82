"""Styles of the brush: watercolour, oil, gouache and ink wash."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.styles.raster import (
    PAPER,
    Raster,
    Sheet,
    brightness,
    broad_edges,
    clouded,
    drawn,
    edges,
    grain,
    saturated,
    softened,
    thick,
    to_bytes,
    wobbled,
)  # fmt: skip

RICE_PAPER = np.array((244, 239, 226), np.float32)
SEAL = (186, 44, 36)


def watercolour(sheet: Sheet) -> Raster:
    """Washes that pool at their edges, on grainy paper that stays white at the borders."""
    random, (height, width) = sheet.random, sheet.shape
    washes = wobbled(softened(sheet.pixels, 70), random, 2.4)
    grey = cv2.cvtColor(washes, cv2.COLOR_RGB2GRAY).astype(np.float32)
    pooled = np.clip(cv2.GaussianBlur(grey, (0, 0), 3.2) - grey, -8, 30)[..., None] * 1.7
    paint = saturated(washes, 1.22) - pooled
    thin = 0.05 + 0.2 * clouded(sheet.shape, random, 7) * (1 - 0.6 * sheet.subject)
    paint += (PAPER - paint) * thin
    across = np.minimum(np.arange(width), width - 1 - np.arange(width)).astype(np.float32)
    down = np.minimum(np.arange(height), height - 1 - np.arange(height)).astype(np.float32)
    inward = np.minimum(across[None], down[:, None]) / (0.055 * min(width, height))
    ragged = cv2.resize(random.normal(0, 0.4, (26, 26)).astype(np.float32), (width, height))
    share = np.clip((inward + ragged - 0.35) * 2.2, 0, 1)[..., None]
    rim = np.clip(1 - np.abs(share - 0.5) * 2, 0, 1) * 14
    paint = PAPER + (paint - rim - PAPER) * share
    return to_bytes(paint * grain(sheet.shape, random, 2, 0.022))


def oil(sheet: Sheet) -> Raster:
    """Short strokes along the forms, thick enough to catch light; finer on the subjects."""
    random, (height, width) = sheet.random, sheet.shape
    soft = cv2.GaussianBlur(sheet.pixels, (0, 0), 3)
    grey = cv2.cvtColor(soft, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fall = cv2.Sobel(grey, cv2.CV_32F, 0, 1), cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    angle = np.arctan2(*(cv2.GaussianBlur(part, (0, 0), 4) for part in fall)) + np.pi / 2
    canvas = soft.copy()
    side = max(height, width)
    for share, count, only in ((36, 1500, False), (60, 2600, False), (96, 2200, True)):
        length = side / share
        ys, xs = random.integers(0, height, count), random.integers(0, width, count)
        if only:
            kept = sheet.cover[ys, xs] > 100
            ys, xs = ys[kept], xs[kept]
        turn = angle[ys, xs] + random.normal(0, 0.18, len(ys))
        reach = length * (0.35 + 0.3 * random.random(len(ys)))
        colours = sheet.pixels[ys, xs] + random.normal(0, 7, (len(ys), 1))
        inks = np.clip(colours, 0, 255).tolist()
        dx, dy = np.cos(turn) * reach, np.sin(turn) * reach
        starts = np.rint(np.stack([xs - dx, ys - dy], 1)).astype(int).tolist()
        ends = np.rint(np.stack([xs + dx, ys + dy], 1)).astype(int).tolist()
        thickness = max(2, round(length / 3.6))
        for start, end, ink in zip(starts, ends, inks, strict=True):
            cv2.line(canvas, start, end, ink, thickness, cv2.LINE_AA)
    lines = cv2.GaussianBlur(thick(edges(sheet.pixels), 3), (0, 0), 1.5)
    keep = lines.astype(np.float32)[..., None] / 255 * (0.5 + 0.4 * sheet.subject)
    mixed = canvas + (sheet.pixels.astype(np.float32) - canvas) * keep
    thickness_of_paint = cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY).astype(np.float32)
    slant = np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], np.float32)
    relief = cv2.filter2D(thickness_of_paint, -1, slant)[..., None]
    return to_bytes(saturated(mixed, 1.14) + 0.22 * relief)


def gouache(sheet: Sheet) -> Raster:
    """Opaque, chalky areas with a visible flat brush and slightly bent edges."""
    random, (height, width) = sheet.random, sheet.shape
    paint = wobbled(softened(sheet.pixels), random, 1.6, 40)
    values = saturated(paint, 1.12)
    light = brightness(values)[..., None]
    steps = np.rint(light / 22) * 22
    values += (steps - light) * 0.8
    values = 26 + values * 0.86
    bristles = random.normal(0, 1, (height // 2 + 1, max(2, width // 40))).astype(np.float32)
    streaks = cv2.resize(bristles, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    dry = np.clip(streaks - 1.3, 0, 1) * 26
    return to_bytes((values + streaks * 2.6 + dry) * grain(sheet.shape, random, 2, 0.012))


def ink(sheet: Sheet) -> Raster:
    """Ink wash on rice paper: a pale distance, a dark brush for the subjects, and a red seal."""
    random, (height, width) = sheet.random, sheet.shape
    grey = cv2.cvtColor(sheet.pixels, cv2.COLOR_RGB2GRAY)
    lifted = cv2.createCLAHE(2.0, (3, 3)).apply(cv2.GaussianBlur(grey, (0, 0), 3.0))
    wash = (
        wobbled(cv2.medianBlur(cv2.medianBlur(lifted, 5), 5), random, 3.0).astype(np.float32) / 255
    )
    far: Raster = 0.42 + 0.58 * np.clip(cv2.GaussianBlur(wash, (0, 0), 2.6) * 1.25, 0, 1)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    mist = np.exp(-(((down - 0.62) / 0.16) ** 2)) + np.clip((down - 0.82) / 0.18, 0, 1) ** 1.4
    mist = np.clip(mist + 0.5 * (clouded(sheet.shape, random, 6)[..., 0] - 0.5), 0, 1)
    far = np.asarray(far + (1 - far) * 0.72 * mist, np.float32)
    lines = broad_edges(sheet.pixels, 24, 60, 46)
    away = 1 - cv2.blur(sheet.around(9), (9, 9)).astype(np.float32) / 255
    far *= 1 - 0.5 * drawn(thick(lines, 3), 1.2)[..., 0] * away * (1 - 0.6 * mist)
    light = (grey.astype(np.float32) / 255) ** 0.8
    near = 0.12 + 0.88 * cv2.GaussianBlur(light, (0, 0), 1.2)
    brush = thick(edges(sheet.pixels, 50, 130), 2)
    near *= 1 - 0.7 * drawn(brush, 1.0)[..., 0]
    outline = wobbled(sheet.contour(7), random, 1.6, 60)
    tone = far[..., None] * (1 - sheet.subject) + near[..., None] * sheet.subject
    pressure = 0.55 + 0.45 * clouded(sheet.shape, random, 14)
    tone *= 1 - 0.86 * drawn(outline, 1.1) * pressure
    colour = sheet.pixels.astype(np.float32)
    tint = (colour - brightness(colour)[..., None]) * (0.06 + 0.34 * sheet.subject)
    painted = RICE_PAPER * np.clip(tone, 0.06, 1) + tint
    _seal(painted, min(height, width))
    return to_bytes(painted * grain(sheet.shape, random, 3, 0.008))


def _seal(painted: Raster, unit: int) -> None:
    """Print the artist's seal in the upper right corner."""
    side = max(4, round(unit * 0.055))
    y, x = round(unit * 0.06), painted.shape[1] - side - round(unit * 0.06)
    painted[y : y + side, x : x + side] = SEAL
    bar = max(1, side // 10)
    for row in (0.2, 0.45, 0.7):
        at = y + round(side * row)
        painted[at : at + bar, x + side // 5 : x + side - side // 5] = RICE_PAPER
    middle = x + side // 2
    painted[y + side // 5 : y + side * 4 // 5, middle - bar // 2 : middle + bar // 2 + 1] = (
        RICE_PAPER
    )
