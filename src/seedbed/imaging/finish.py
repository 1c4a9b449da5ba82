"""Finishing: the one way from what an engine made to the file that is delivered.

draw -> exact size -> watermark -> metadata -> encode. Runs in a worker process.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from seedbed.engines.engine import Drawing, EncodedImage, Pixels
from seedbed.imaging.encode import decode, encode
from seedbed.imaging.metadata import xmp_packet
from seedbed.imaging.watermark import mark

MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class FinishSpec:
    """What a delivered picture must be."""

    width: int
    height: int
    output_format: Literal["jpeg", "png"]
    watermark: bool
    digital_source_type: str
    software: str
    watermark_text: str = "AI generated"
    credit: str | None = None
    created_at: str | None = None
    """When the picture was asked for, in ISO 8601."""


@dataclass(frozen=True, slots=True)
class FinishedImage:
    """A file ready to be stored."""

    data: bytes
    media_type: str
    width: int
    height: int
    sha256: str


def finish(content: Pixels | Drawing | EncodedImage, spec: FinishSpec) -> FinishedImage:
    """Finish one picture; raises `UnreadableImage` for an upstream's that cannot be decoded."""
    pixels = _fit(_pixels(content), spec.width, spec.height)
    if spec.watermark:
        pixels = mark(pixels, spec.watermark_text)
    xmp = xmp_packet(
        digital_source_type=spec.digital_source_type,
        software=spec.software,
        created_at=spec.created_at,
        credit=spec.credit,
    )
    data = encode(pixels, spec.output_format, xmp)
    return FinishedImage(
        data,
        MEDIA_TYPES[spec.output_format],
        spec.width,
        spec.height,
        hashlib.sha256(data).hexdigest(),
    )


def _pixels(content: Pixels | Drawing | EncodedImage) -> Pixels:
    if isinstance(content, EncodedImage):
        return decode(content)
    return content if isinstance(content, np.ndarray) else content()


def _fit(pixels: Pixels, width: int, height: int) -> Pixels:
    """Resize to cover the exact size, and cut what stands over, equally on both sides."""
    tall, wide = pixels.shape[:2]
    if (wide, tall) == (width, height):
        return pixels
    scale = max(width / wide, height / tall)
    covering = (max(width, round(wide * scale)), max(height, round(tall * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(pixels, covering, interpolation=how), np.uint8)
    left, top = (covering[0] - width) // 2, (covering[1] - height) // 2
    return np.ascontiguousarray(resized[top : top + height, left : left + width])
