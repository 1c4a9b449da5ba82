"""Finishing: the one way from what an engine made to the file that is delivered.

draw or decode -> exact size -> watermark -> metadata -> encode. Runs in a worker process, on
one picture, and needs about three times the memory of its pixels.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np

from seedbed.engines.engine import Drawing, EncodedImage, Pixels
from seedbed.imaging.decode import UnreadableImage, decode, fit, from_pixels, on_white, pixels_of
from seedbed.imaging.encode import OutputFormat, encode
from seedbed.imaging.metadata import xmp_packet
from seedbed.imaging.watermark import mark

__all__ = ["MEDIA_TYPES", "FinishSpec", "FinishedImage", "UnreadableImage", "finish"]

LARGE = 24 * 2**20
"""Bytes of pixels from which freed memory is given back to the system before each step."""
MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class FinishSpec:
    """What a delivered picture must be."""

    width: int
    height: int
    output_format: OutputFormat
    watermark: bool
    digital_source_type: str
    """A code of IPTC's digital source types, such as `trainedAlgorithmicMedia`."""
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
    """Finish one picture; the same content and spec give the same bytes.

    `content` is left as it is. Raises `UnreadableImage` for an upstream's that cannot be
    decoded, and ValueError for pixels that are none.
    """
    large = spec.width * spec.height * 3 >= LARGE
    if large:
        _give_back()
    pixels = _fitted(content, spec)
    if large:
        _give_back()  # before the encoder takes its own
    if spec.watermark:
        # A drawing's or a decoder's pixels are ours to write on; an array is its maker's.
        if pixels is content or not pixels.flags.writeable:
            pixels = pixels.copy()
        mark(pixels, spec.watermark_text)
    xmp = xmp_packet(
        digital_source_type=spec.digital_source_type,
        software=spec.software,
        created_at=spec.created_at,
        credit=spec.credit,
    )
    data = encode(pixels, spec.output_format, xmp)
    return FinishedImage(
        data=data,
        media_type=MEDIA_TYPES[spec.output_format],
        width=spec.width,
        height=spec.height,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _give_back() -> None:
    """Give freed memory back to the system, where the C library can be told to."""
    if _trim is not None:
        _trim(0)


def _find_trim() -> Callable[[int], int] | None:
    try:
        return cast(Callable[[int], int], ctypes.CDLL(None).malloc_trim)
    except (AttributeError, OSError, TypeError):
        return None  # not glibc


_trim = _find_trim()


def _fitted(content: Pixels | Drawing | EncodedImage, spec: FinishSpec) -> Pixels:
    """Give pixels of the exact size, opaque for JPEG."""
    opaque = spec.output_format == "jpeg"
    if isinstance(content, EncodedImage):
        image = decode(content)
    else:
        pixels = _checked(content if isinstance(content, np.ndarray) else content())
        tall, wide, channels = pixels.shape
        if (wide, tall) == (spec.width, spec.height) and not (opaque and channels == 4):
            return pixels
        image = from_pixels(pixels)
    image = on_white(image) if opaque else image
    return pixels_of(fit(image, spec.width, spec.height))


def _checked(pixels: Pixels) -> Pixels:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError(f"pixels are {pixels.dtype} {pixels.shape}, not uint8 height x width x 3")
    return pixels
