"""Stamps: small pictures with a cover, laid anywhere at any size."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.canvas import Canvas, Field


def stamp(canvas: Canvas, colour: Field, cover: Field, x: float, y: float, width: float) -> None:
    """Lay a small picture (height x width x 3, cover 0 to 1) around a point, `width` units wide."""
    wide = canvas.px(width)
    tall = max(1, round(wide * cover.shape[0] / cover.shape[1]))
    left, top = round(x * canvas.width - wide / 2), round(y * canvas.height - tall / 2)
    x0, y0, x1, y1 = (
        max(0, left),
        max(0, top),
        min(canvas.width, left + wide),
        min(canvas.height, top + tall),
    )
    if x1 <= x0 or y1 <= y0:
        return
    part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    share = cv2.resize(cover, (wide, tall))[part][..., None]
    ink = cv2.resize(colour.astype(np.float32), (wide, tall))[part]
    region = canvas.pixels[y0:y1, x0:x1]
    region[:] = (region + (ink - region) * np.clip(share, 0, 1)).astype(np.uint8)
