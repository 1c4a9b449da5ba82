"""Picture formats: told by a file's first bytes, and opened without decoding a pixel.

What a file is called and what its sender says it is are never asked.
"""

from __future__ import annotations

import io
import struct
from typing import Any, TypeAlias

import numpy as np
import pi_heif
import pyvips
from PIL import Image

VipsImage: TypeAlias = Any
"""A `pyvips.Image`; the library has no types. Work on it happens when pixels are asked for."""

MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
}
"""The formats that can be read, and their types."""

HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis")
HEIF_BRANDS = (b"mif1", b"msf1", b"heif")
PNG_SIZE = slice(16, 24)
"""Where a PNG says its width and height."""
FTYP = 12
"""Bytes of an ISO media file up to the end of its main brand."""

_STARTS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
_STRANGERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\x01\0", "an icon file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"II+\0", "a BigTIFF file"),
    (b"MM\0+", "a BigTIFF file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"{", "JSON"),
    (b"ID3", "sound"),
    (b"OggS", "sound or video"),
    (b"\x1aE\xdf\xa3", "video"),
)
_BY_PILLOW = ("bmp", "heic")
Image.MAX_IMAGE_PIXELS = None  # every size is held against our own limits, before it is decoded

_FAULTS = (pyvips.Error, OSError, ValueError, RuntimeError, SyntaxError, EOFError, MemoryError)
"""What the libraries raise for what they cannot read."""
_READERS = {
    "heif": "heifload_buffer",
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "webp": "webpload_buffer",
    "tiff": "tiffload_buffer",
    "gif": "gifload_buffer",
}


class UnreadableImage(Exception):
    """What should be a picture cannot be decoded, or is too large to be."""


def format_of(data: bytes) -> str | None:
    """Tell which of `MEDIA_TYPES` a file is by its first bytes; None when it is none of them."""
    for start, name in _STARTS:
        if data.startswith(start):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        brand = data[8:FTYP]
        return "heic" if brand in HEIC_BRANDS else "heif" if brand in HEIF_BRANDS else None
    return None


def described(data: bytes) -> str:
    """Say in words what a file seems to be that is no picture we read."""
    if not data:
        return "empty"
    for start, name in _STRANGERS:
        if data.startswith(start):
            return name
    if data[4:8] == b"ftyp":
        return "an AVIF picture" if data[8:FTYP] in (b"avif", b"avis") else "video"
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head:
        return "an SVG drawing"
    if head.startswith((b"<!doctype html", b"<html")) or b"<body" in head:
        return "an HTML page"
    if head.startswith(b"<"):
        return "XML"
    return "no picture"


def measured(data: bytes, name: str) -> tuple[int, int]:
    """Read width and height from the header of a file of a known format.

    Raises `UnreadableImage`. No pixel is decoded, so what they promise costs nothing yet.
    """
    try:
        if name == "png" and len(data) >= PNG_SIZE.stop:
            # Where it always is: libpng tells no size that it finds too large itself.
            width, height = struct.unpack(">II", data[PNG_SIZE])
            return width, height
        if name in _BY_PILLOW:
            width, height = (_bitmap if name == "bmp" else _heif)(data).size
            return int(width), int(height)
        header = _read(data, name)
        return header.width, header.height
    except _FAULTS as error:
        raise UnreadableImage(_reason(error)) from error


def opened(data: bytes, name: str) -> VipsImage:
    """Open a file of a known format; of several frames or pages, the first.

    libvips decodes when pixels are asked for, band after band; what others read is decoded
    here, so the size must have been looked at before. Raises `UnreadableImage`.
    """
    try:
        if name == "bmp":
            return _viewed(_bitmap(data))
        if name == "heic":
            return _viewed(_heif(data).to_pillow())
        return _read(data, name)
    except _FAULTS as error:
        raise UnreadableImage(_reason(error)) from error


def _read(data: bytes, name: str) -> VipsImage:
    # The header is read here; a picture in AV1 within HEIF is the one case libvips reads of it.
    return getattr(pyvips.Image, _READERS[name])(data, access="sequential", fail_on="error")


def _bitmap(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["BMP"])


def _heif(data: bytes) -> Any:
    return pi_heif.open_heif(data, convert_hdr_to_8bit=True)


def _viewed(picture: Image.Image) -> VipsImage:
    """View what Pillow has decoded as an image of libvips."""
    picture.load()
    mode = "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB"
    pixels = np.asarray(picture.convert(mode))
    return pyvips.Image.new_from_array(pixels, interpretation="srgb")


def _reason(error: Exception) -> str:
    """Give the last line of what the library says, which is nearest to the cause."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else "it cannot be decoded"
