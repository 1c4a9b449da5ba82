"""What the styles work on and with: the sheet, its edges, its colours, and grain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Raster = NDArray[Any]
"""An image under work: bytes or floats, as OpenCV gives them."""
Random = np.random.Generator
PAPER = np.array((250, 246, 236), np.float32)


@dataclass(frozen=True)
class Sheet:
    """A drawn scene, as a style gets it; both images at the size that the style works at."""

    pixels: Raster
    """Height x width x 3 bytes."""
    cover: Raster
    """Height x width bytes: 255 where a subject is, 0 where the place is."""
    random: Random

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return int(self.pixels.shape[0]), int(self.pixels.shape[1])

    @property
    def is_bare(self) -> bool:
        """Whether there is no subject to speak of: the place itself is what is shown."""
        return float(self.cover.mean()) < 3

    @cached_property
    def subject(self) -> Raster:
        """How far each pixel belongs to a subject: height x width x 1, from 0 to 1."""
        return self.cover.astype(np.float32)[..., None] / 255

    def contour(self, width: int) -> Raster:
        """Give the outline of the subjects as bytes, `width` pixels wide."""
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
        solid = np.where(self.cover > 110, 255, 0).astype(np.uint8)
        return np.asarray(cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, kernel), np.uint8)

    def around(self, reach: int) -> Raster:
        """Give the ground close around the subjects: height x width bytes, softly ending."""
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        return np.asarray(cv2.blur(cv2.dilate(self.cover, kernel), (reach, reach)), np.uint8)


def edges(pixels: Raster, low: int = 40, high: int = 110) -> Raster:
    """Find the contours of a picture, a pixel wide: height x width bytes."""
    grey = cv2.cvtColor(cv2.bilateralFilter(pixels, 5, 40, 5), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.Canny(grey, low, high), np.uint8)


def broad_edges(pixels: Raster, low: int, high: int, least: int) -> Raster:
    """Find only the long contours of a softened picture: at least `least` pixels of line."""
    found = cv2.Canny(cv2.GaussianBlur(pixels, (0, 0), 2.0), low, high)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    del count
    long = stats[:, cv2.CC_STAT_AREA] >= least
    long[0] = False
    return np.where(long[labels], 255, 0).astype(np.uint8)


def thick(lines: Raster, width: int) -> Raster:
    """Make lines thicker."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    return np.asarray(cv2.dilate(lines, kernel), np.uint8)


def drawn(lines: Raster, soft: float = 0.8) -> Raster:
    """Turn lines into a cover from 0 to 1 with smooth edges: height x width x 1."""
    blurred = cv2.GaussianBlur(lines, (0, 0), soft).astype(np.float32)
    return np.clip(blurred[..., None] * 1.35 / 255, 0, 1)


def grain(shape: tuple[int, ...], random: Random, size: int, strength: float = 0.03) -> Raster:
    """Make paper grain around 1: height x width x 1."""
    rows, columns = shape[0] // size + 2, shape[1] // size + 2
    tile = random.normal(0, 1, (min(rows, 300), min(columns, 300))).astype(np.float32)
    tile = np.tile(tile, (-(-rows // 300), -(-columns // 300)))[:rows, :columns]
    grown = cv2.resize(tile, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return 1 + strength * grown[..., None]


def clouded(shape: tuple[int, int], random: Random, cells: int) -> Raster:
    """Make slow, even variation from 0 to 1: height x width x 1."""
    grid = random.random((cells, cells)).astype(np.float32)
    grown = cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.clip(grown, 0, 1)[..., None]


def wobbled(pixels: Raster, random: Random, strength: float, cells: int = 24) -> Raster:
    """Bend a picture a little, as a hand does."""
    height, width = pixels.shape[:2]
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    shift = [
        cv2.resize(random.normal(0, 1, (cells, cells)).astype(np.float32), (width, height))
        for _ in range(2)
    ]
    across, down = columns + strength * shift[0], rows + strength * shift[1]
    return np.asarray(
        cv2.remap(pixels, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    )


def saturated(pixels: Raster, share: float) -> Raster:
    """Strengthen colours: 1 leaves them as they are."""
    turn = np.eye(3, dtype=np.float32) * share + np.float32((1 - share) / 3)
    return np.asarray(cv2.transform(pixels.astype(np.float32), turn), np.float32)


def brightness(pixels: Raster) -> Raster:
    """Give the mean of red, green and blue: height x width."""
    return np.asarray(cv2.transform(pixels, np.full((1, 3), 1 / 3, np.float32)))


def softened(pixels: Raster, sigma: float = 60) -> Raster:
    """Even out areas and keep their edges; worked out at half the size."""
    small = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    for _ in range(2):
        small = cv2.bilateralFilter(small, 5, sigma, 5)
    size = (pixels.shape[1], pixels.shape[0])
    large = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.medianBlur(large, 5), np.uint8)


def quantised(pixels: Raster, count: int, random: Random) -> Raster:
    """Reduce to `count` colours by k-means, started from the picture's own pixels."""
    flat = pixels.reshape(-1, 3).astype(np.float32)
    centres = flat[random.choice(len(flat), min(count, len(flat)), replace=False)]
    sample = flat[random.choice(len(flat), min(len(flat), 4000), replace=False)]
    for _ in range(8):
        nearest = ((sample[:, None] - centres[None]) ** 2).sum(2).argmin(1)
        for i in range(len(centres)):
            if (nearest == i).any():
                centres[i] = sample[nearest == i].mean(0)
    # Every colour of a coarse cube finds its nearest ink once; pixels then look theirs up.
    steps = np.arange(4, 256, 8, dtype=np.float32)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    table = (cube**2).sum(1)[:, None] - 2 * cube @ centres.T + (centres**2).sum(1)
    nearest = table.argmin(1).astype(np.uint8)
    parts = pixels >> 3
    index = (parts[..., 0].astype(np.int32) << 10) | (parts[..., 1].astype(np.int32) << 5)
    inks = np.rint(centres).astype(np.uint8)
    return np.asarray(inks[nearest[index | parts[..., 2]]], np.uint8)


def inked(sheet: Sheet, count: int) -> Raster:
    """Reduce place and subjects to `count` colours each, so that neither takes the other's."""
    inside = sheet.cover > 127
    place = quantised(sheet.pixels, count, sheet.random)
    if not inside.any():
        return place
    across, down = np.flatnonzero(inside.any(0)), np.flatnonzero(inside.any(1))
    box = np.s_[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    part, mask = sheet.pixels[box], inside[box]
    strip = part[mask][None]
    found = quantised(strip, count, sheet.random)
    place[box][mask] = found[0]
    return place


def to_bytes(values: Raster) -> Raster:
    """Round to bytes."""
    return np.clip(values, 0, 255).astype(np.uint8)
