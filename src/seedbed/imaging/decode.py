"""Decoding and fitting: from files to pixels of the exact size.

What an upstream sends is not trusted: only three formats are read, by their first bytes and not
by what they are called, and the size is checked before any pixel is decoded.
"""

from __future__ import annotations

import numpy as np
import pyvips

from seedbed.engines.engine import EncodedImage, Pixels
from seedbed.imaging.formats import UnreadableImage, VipsImage, format_of, measured, opened

UPSTREAM_FORMATS = ("jpeg", "png", "webp")

MAX_BYTES = 100_000_000
MAX_PIXELS = 36_000_000
"""Twice the largest size of the matrix and a little more."""
SAME_RATIO = 0.01
"""Ratios this close differ by rounding: such a picture is stretched rather than cut."""


def decode(image: EncodedImage) -> VipsImage:
    """Open a JPEG, PNG or WebP as upright 8-bit sRGB, with or without alpha.

    Raises `UnreadableImage`; so may `pixels`, once it comes to a part that is damaged.
    """
    name = checked_format(image)
    width, height = measured(image.data, name)
    if width * height > MAX_PIXELS:
        raise UnreadableImage(f"{width} x {height}; at most {MAX_PIXELS:,} pixels are read")
    return upright(opened(image.data, name))


def checked_format(image: EncodedImage) -> str:
    """Tell the format of what an upstream sent; raise `UnreadableImage` for any other."""
    if len(image.data) > MAX_BYTES:
        raise UnreadableImage(f"{len(image.data):,} bytes; at most {MAX_BYTES:,} are read")
    name = format_of(image.data)
    if name not in UPSTREAM_FORMATS:
        raise UnreadableImage("neither JPEG, PNG nor WebP")
    return str(name)


def decode_input(image: EncodedImage) -> VipsImage:
    """Open an input picture, of any format that is taken and was examined, upright as sRGB."""
    name = format_of(image.data)
    if name is None:
        raise UnreadableImage("no picture")
    return upright(opened(image.data, name))


def upright(image: VipsImage) -> VipsImage:
    """Turn what was opened as its EXIF data say, and bring it to 8-bit sRGB."""
    try:
        # What is turned is read in no order that a file is in.
        turned = image.get("orientation") > 1 if image.get_typeof("orientation") else False
        return _as_srgb(image.copy_memory().autorot() if turned else image)
    except pyvips.Error as error:
        raise UnreadableImage(str(error).strip()) from error


def from_pixels(pixels: Pixels) -> VipsImage:
    """View height x width x 3 or 4 pixels as an image."""
    return pyvips.Image.new_from_array(np.ascontiguousarray(pixels), interpretation="srgb")


def pixels_of(image: VipsImage) -> Pixels:
    """Do the work and give a fresh height x width x 3 or 4 array; raises `UnreadableImage`."""
    try:
        return np.asarray(image.numpy(), np.uint8)
    except pyvips.Error as error:
        raise UnreadableImage(str(error).strip()) from error


def on_white(image: VipsImage) -> VipsImage:
    """Put what is transparent on white."""
    return image.flatten(background=[255, 255, 255]) if image.hasalpha() else image


def fit(image: VipsImage, width: int, height: int) -> VipsImage:
    """Resize to exactly `width` x `height`, cutting both sides alike where the ratio differs.

    Lanczos by libvips: 45 ms from 4096 to 2048 squared and 150 ms from 1024 to 2048. OpenCV's
    kernels are faster but alias when shrinking, all but one that blurs.
    """
    if (image.width, image.height) == (width, height):
        return image
    image = _cut_to_ratio(image, width, height)
    across, down = width / image.width, height / image.height
    if not image.hasalpha():
        return image.resize(across, vscale=down)
    # Premultiplied, so that the colour of what is transparent does not bleed into the rest.
    resized = image.premultiply().resize(across, vscale=down).unpremultiply()
    return resized.cast("uchar").copy(interpretation="srgb")


def _cut_to_ratio(image: VipsImage, width: int, height: int) -> VipsImage:
    ratio = (image.width * height) / (image.height * width)
    if abs(ratio - 1) <= SAME_RATIO:
        return image
    wide = min(image.width, max(1, round(image.height * width / height)))
    tall = min(image.height, max(1, round(image.width * height / width)))
    return image.crop((image.width - wide) // 2, (image.height - tall) // 2, wide, tall)


def _as_srgb(image: VipsImage) -> VipsImage:
    if image.get_typeof("icc-profile-data"):
        # Bad profiles are common; a picture without its profile is better than none.
        try:
            return image.icc_transform("srgb", embedded=True, depth=8)
        except pyvips.Error:
            pass
    return image.colourspace("srgb").cast("uchar")
