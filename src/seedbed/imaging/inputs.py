"""Input pictures: files that anybody may have sent, held against what a model takes.

    examined = examine(data, model.input_image)
    first, second = photos([examined.data, other], Size(2048, 2048))

Runs in a worker process, with a bound on its memory. A file is told by its first bytes, its size
is held against the limits before a pixel is decoded, and then all of it is decoded once, band
after band, so that what is kept is known to be whole.
"""

from __future__ import annotations

import base64
import binascii
import resource
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyvips

from seedbed.contract.models import InputAllowance
from seedbed.contract.sizes import Size
from seedbed.engines.engine import EncodedImage, Pixels
from seedbed.imaging.decode import pixels_of, upright
from seedbed.imaging.formats import (
    MEDIA_TYPES,
    UnreadableImage,
    described,
    format_of,
    measured,
    opened,
)

MEMORY = 1024 * 2**20
"""Bytes that a process may take beyond what it has, to examine a picture."""
SMALLEST = 1024 * 1024
"""Pixels that a picture keeps however many others it comes with."""
TURNED = (5, 6, 7, 8)
"""The orientations of EXIF by which width and height change places."""


class RefusedImage(Exception):
    """A picture that is not taken; the text says why, to whoever sent it."""


@dataclass(frozen=True, slots=True)
class ExaminedImage:
    """A picture that can be worked with, as it was sent."""

    data: bytes
    media_type: str
    size: Size
    """As it is shown: upright."""
    is_transparent: bool
    """Whether some pixel is not opaque."""


def examine_base64(text: bytes, allowed: InputAllowance) -> ExaminedImage:
    """Examine a picture that was sent as base64; raise `RefusedImage`."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedImage("is not valid base64") from None
    return examine(data, allowed)


def examine(data: bytes, allowed: InputAllowance) -> ExaminedImage:
    """Hold a file against what is allowed, and decode it once; raise `RefusedImage`."""
    if not data:
        raise RefusedImage("is empty")
    if len(data) > allowed.max_bytes:
        raise RefusedImage(f"has {len(data):,} bytes; at most {allowed.max_bytes:,} are taken")
    name = format_of(data)
    if name not in allowed.formats:
        what = f"a {name.upper()} picture" if name else described(data)
        raise RefusedImage(f"is {what}; taken are {', '.join(allowed.formats)}")
    assert name is not None
    try:
        with _bounded_memory():
            return _examined(data, name, allowed)
    except (UnreadableImage, MemoryError) as error:
        raise RefusedImage(f"is a {name.upper()} file that cannot be decoded: {error}") from error


def photos(images: Sequence[EncodedImage], size: Size) -> list[Pixels]:
    """Decode pictures to be worked on: upright, sRGB or sRGB and alpha.

    None is larger than a picture of `size` needs; the first covers it, the others share as
    many pixels. Raises `UnreadableImage`.
    """
    others = max(SMALLEST, size.pixels // max(1, len(images) - 1))
    return [
        _photo(image.data, size.pixels if index == 0 else others)
        for index, image in enumerate(images)
    ]


def _examined(data: bytes, name: str, allowed: InputAllowance) -> ExaminedImage:
    _check_size(Size(*measured(data, name)), allowed)
    image = opened(data, name)
    orientation = image.get("orientation") if image.get_typeof("orientation") else 1
    try:
        size = Size(image.width, image.height)
        alpha = image.hasalpha()
        darkest = image[image.bands - 1].min() if alpha else image.avg()
        most = 65535 if image.format == "ushort" else 255
    except pyvips.Error as error:
        raise UnreadableImage(str(error).strip().splitlines()[-1].strip()) from error
    if orientation in TURNED:
        size = Size(size.height, size.width)
    return ExaminedImage(data, MEDIA_TYPES[name], size, alpha and darkest < most)


def _check_size(size: Size, allowed: InputAllowance) -> None:
    shorter, longer = sorted((size.width, size.height))
    if shorter < allowed.min_edge:
        raise RefusedImage(f"has {size} pixels; each edge must have at least {allowed.min_edge}")
    if not allowed.min_pixels <= size.pixels <= allowed.max_pixels:
        raise RefusedImage(
            f"has {size} = {size.pixels:,} pixels; taken are {allowed.min_pixels:,} to "
            f"{allowed.max_pixels:,}"
        )
    if longer > allowed.max_ratio * shorter:
        raise RefusedImage(
            f"has {size} pixels; a ratio of 1/{allowed.max_ratio} to {allowed.max_ratio} is taken"
        )


def _photo(data: bytes, pixels: int) -> Pixels:
    name = format_of(data)
    if name is None:
        raise UnreadableImage(described(data))
    image = upright(opened(data, name))
    share = (pixels / (image.width * image.height)) ** 0.5
    if share < 1:
        image = (
            image.premultiply().resize(share).unpremultiply().cast("uchar")
            if (image.hasalpha())
            else image.resize(share)
        )
    if image.bands not in (3, 4):
        image = image.colourspace("srgb")
    return pixels_of(image)


_limiting = threading.Lock()
"""Two that set the process's limit at once would each leave behind the other's."""


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Let this process take no more than `MEMORY` beyond what it has, within the block."""
    with _limiting:
        yield from _limited()


def _limited() -> Iterator[None]:
    try:
        fields = Path("/proc/self/statm").read_text().split()
        taken = int(fields[5]) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        yield  # no Linux: nothing tells what is taken
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    limit = taken + MEMORY
    if before[1] != resource.RLIM_INFINITY:
        limit = min(limit, before[1])
    resource.setrlimit(resource.RLIMIT_DATA, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
