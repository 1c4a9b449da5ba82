"""Small copies of pictures, for who looks at them in passing."""

from __future__ import annotations

import pyvips

from seedbed.engines.engine import EncodedImage
from seedbed.imaging.decode import decode
from seedbed.imaging.formats import UnreadableImage

QUALITY = 80


def thumbnail(image: EncodedImage, edge: int) -> EncodedImage:
    """Shrink a picture so that no edge is longer than `edge` pixels; it never grows.

    Gives a JPEG, or a PNG where something is transparent. What the metadata say of its origin
    stays in it. Raises `UnreadableImage`.
    """
    try:
        small = decode(image).thumbnail_image(edge, height=edge, size="down")
        if small.hasalpha():
            return EncodedImage(bytes(small.pngsave_buffer(keep="xmp")), "image/png")
        return EncodedImage(bytes(small.jpegsave_buffer(Q=QUALITY, keep="xmp")), "image/jpeg")
    except pyvips.Error as error:
        raise UnreadableImage(str(error).strip()) from error
