"""Input pictures: from files that have been checked to upright RGB of the size a model takes."""

from __future__ import annotations

import io

import numpy as np
import pi_heif
import pyvips
from PIL import Image

from seedbed.engines.engine import EncodedImage, EngineError

LARGEST = 4096
"""The longest edge that is ever decoded to: no model sees more."""


def decoded(image: EncodedImage) -> Image.Image:
    """Decode a picture: upright, 8-bit sRGB, on white where it is transparent.

    Raises `EngineError` for what cannot be decoded.
    """
    try:
        try:
            opened = pyvips.Image.thumbnail_buffer(
                image.data, LARGEST, height=LARGEST, size="down", output_profile="srgb"
            )
            opened = opened.colourspace("srgb").cast("uchar")
        except pyvips.Error:
            opened = _by_pillow(image.data)
        flat = opened.flatten(background=[255, 255, 255]) if opened.hasalpha() else opened
        return Image.fromarray(np.asarray(flat.numpy()))
    except (pyvips.Error, OSError, ValueError, RuntimeError, SyntaxError, EOFError) as error:
        raise EngineError("an input picture cannot be decoded", "bad_request") from error


def covering(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Resize a picture to exactly `width` x `height`, cutting both sides alike."""
    scale = max(width / picture.width, height / picture.height)
    wide, tall = width / scale, height / scale
    left, top = (picture.width - wide) / 2, (picture.height - tall) / 2
    box = (left, top, min(picture.width, left + wide), min(picture.height, top + tall))
    return picture.resize((width, height), Image.Resampling.LANCZOS, box=box)


def _by_pillow(data: bytes) -> pyvips.Image:
    """Open what libvips does not read: HEIC and BMP."""
    if data[4:8] == b"ftyp":
        picture = pi_heif.open_heif(data, convert_hdr_to_8bit=True).to_pillow()
    else:
        picture = Image.open(io.BytesIO(data), formats=["BMP"])
    mode = "RGBA" if "A" in picture.getbands() else "RGB"
    return pyvips.Image.new_from_array(np.asarray(picture.convert(mode)), interpretation="srgb")
