"""Framing: how a photo is cut, widened or turned to fill the size that was asked for."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.edit.matte import Matte, box_of, filled
from seedbed.engines.sketch.edit.wish import Cut
from seedbed.engines.sketch.styles.raster import Raster

CUT_AT_MOST = 1.45
"""Ratios further apart than this are met by widening the photo, not by cutting it."""
MARGIN = 0.12
"""Room left around a subject that the photo is cut to, as a share of the subject."""
EXTENDED = 0.72
"""Share of the frame that a photo keeps when it is widened on request."""
TURNS = {"left": cv2.ROTATE_90_COUNTERCLOCKWISE, "right": cv2.ROTATE_90_CLOCKWISE,
         "half": cv2.ROTATE_180}  # fmt: skip


def turned(photo: Raster, cut: Cut) -> Raster:
    """Mirror, flip or rotate a photo; other cuts leave it as it is."""
    if cut == "mirror":
        return np.ascontiguousarray(photo[:, ::-1])
    if cut == "flip":
        return np.ascontiguousarray(photo[::-1])
    if cut in TURNS:
        return np.asarray(cv2.rotate(photo, TURNS[cut]), np.uint8)
    return photo


def cropped(photo: Raster, subject: Matte, share: float, ratio: float) -> Raster:
    """Cut a photo to its subject, or to the middle when it has none."""
    height, width = photo.shape[:2]
    box = box_of(subject)
    if box is None:
        inset = (1 - share) / 2
        box = (round(width * inset), round(height * inset), round(width * (1 - inset)),
               round(height * (1 - inset)))  # fmt: skip
    left, top, right, bottom = box
    wide, tall = (right - left) * (1 + 2 * MARGIN), (bottom - top) * (1 + 2 * MARGIN)
    wide, tall = max(wide, tall * ratio), max(tall, wide / ratio)
    shrink = min(1.0, width / wide, height / tall)
    wide, tall = wide * shrink, tall * shrink
    x = min(max(0.0, (left + right) / 2 - wide / 2), width - wide)
    y = min(max(0.0, (top + bottom) / 2 - tall / 2), height - tall)
    return photo[round(y) : round(y + tall), round(x) : round(x + wide)]


def fitted(photo: Raster, width: int, height: int, widen: bool = False) -> Raster:
    """Bring a photo to a size: resized, cut a little, or widened where much would be lost.

    A photo that has the size already is given back as it is.
    """
    tall, wide = photo.shape[:2]
    if not widen and (wide, tall) == (width, height):
        return photo
    apart = (wide / tall) / (width / height)
    if not widen and max(apart, 1 / apart) <= CUT_AT_MOST:
        return _resized(_covering(photo, width / height), width, height)
    scale = min(width / wide, height / tall) * (EXTENDED if widen else 1.0)
    size = (max(1, min(width, round(wide * scale))), max(1, min(height, round(tall * scale))))
    return _widened(_resized(photo, *size), width, height)


def _covering(photo: Raster, ratio: float) -> Raster:
    """Cut a photo to a ratio around where most of its detail is."""
    tall, wide = photo.shape[:2]
    if wide / tall > ratio:
        part = max(1, round(tall * ratio))
        start = _busiest(photo, part / wide, axis=0, length=wide)
        return photo[:, start : start + part]
    part = max(1, round(wide / ratio))
    start = _busiest(photo, part / tall, axis=1, length=tall)
    return photo[start : start + part]


def _busiest(photo: Raster, share: float, axis: int, length: int) -> int:
    """Find where a window of a share of the length holds the most detail, near the middle."""
    small = cv2.resize(photo[..., :3], (96, 96), interpolation=cv2.INTER_AREA)
    detail = np.abs(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.CV_32F)).sum(axis)
    window = max(1, round(96 * share))
    sums = np.convolve(detail, np.ones(window), "valid")
    middle = (len(sums) - 1) / 2
    sums = sums * (1 - 0.25 * np.abs(np.arange(len(sums)) - middle) / max(1.0, middle))
    at = int(np.argmax(sums)) / max(1, len(sums) - 1) if len(sums) > 1 else 0.5
    return round(at * (length - round(length * share)))


def _widened(photo: Raster, width: int, height: int) -> Raster:
    """Set a photo into a larger frame and go on at its sides: mirrored near it, calm far off."""
    tall, wide = photo.shape[:2]
    left, top = (width - wide) // 2, (height - tall) // 2
    sides = (top, height - tall - top, left, width - wide - left)
    scale = min(1.0, 420 / max(width, height))
    small = cv2.resize(photo[..., :3], (max(2, round(wide * scale)), max(2, round(tall * scale))),
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    above, below, before, after = (round(side * scale) for side in sides)
    room = (above, below, before, after)
    hole = cv2.copyMakeBorder(
        np.zeros(small.shape[:2], np.uint8), *room, cv2.BORDER_CONSTANT, value=255
    )
    calm = filled(
        np.asarray(cv2.copyMakeBorder(small, *room, cv2.BORDER_REPLICATE), np.uint8), hole
    )
    far = cv2.resize(calm, (width, height), interpolation=cv2.INTER_CUBIC)
    near = cv2.copyMakeBorder(photo[..., :3], *sides, cv2.BORDER_REFLECT_101)
    soft = cv2.GaussianBlur(near, (0, 0), max(2.0, min(width, height) / 130))
    inside = cv2.copyMakeBorder(
        np.full((tall, wide), 255, np.uint8), *sides, cv2.BORDER_CONSTANT, value=0
    )
    away = cv2.distanceTransform(cv2.bitwise_not(inside), cv2.DIST_L2, 3)
    reach = max(8.0, 0.5 * max(sides))
    share = np.clip(1 - away / reach, 0, 1)[..., None].astype(np.float32)
    around = far + (soft.astype(np.float32) - far) * share * 0.9
    edge = max(2.0, min(width, height) / 160)
    sharp = np.clip(1 - away / (edge * 3), 0, 1)[..., None].astype(np.float32)
    joined = around + (near - around) * sharp
    joined[top : top + tall, left : left + wide] = photo[..., :3]
    return np.asarray(joined.clip(0, 255), np.uint8)


def _resized(photo: Raster, width: int, height: int) -> Raster:
    tall, wide = photo.shape[:2]
    if (wide, tall) == (width, height):
        return np.ascontiguousarray(photo)
    how = cv2.INTER_AREA if wide > width else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(photo, (width, height), interpolation=how), np.uint8)
