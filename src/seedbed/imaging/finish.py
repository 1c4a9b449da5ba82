"""Finishing: the one way from what an engine made to the file that is delivered.

draw or decode -> exact size -> mask -> watermark -> metadata -> encode. Runs in a worker process,
on one picture, and needs about three times the memory of its pixels. What an upstream of the same
API has finished already is only looked at, and kept as it is.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from seedbed.contract.sizes import Size
from seedbed.engines.encoded import is_whole
from seedbed.engines.engine import (
    Decomposition,
    Drawing,
    EncodedImage,
    EncodedLayer,
    Layer,
    Pixels,
)
from seedbed.imaging.decode import (
    checked_format,
    decode,
    decode_input,
    fit,
    from_pixels,
    on_white,
    pixels_of,
)
from seedbed.imaging.encode import OutputFormat, encode
from seedbed.imaging.formats import MEDIA_TYPES, UnreadableImage, measured
from seedbed.imaging.inputs import photos
from seedbed.imaging.metadata import xmp_packet
from seedbed.imaging.watermark import mark

__all__ = [
    "MEDIA_TYPES",
    "FinishSpec",
    "FinishedImage",
    "FinishedLayer",
    "UnreadableImage",
    "finish",
    "finish_layers",
    "kept",
]

LARGE = 24 * 2**20
"""Bytes of pixels from which freed memory is given back to the system before each step."""


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


@dataclass(frozen=True, slots=True)
class FinishedLayer:
    """A part of a picture, ready to be stored; the base has no `layer`."""

    image: FinishedImage
    layer: Layer | EncodedLayer | None
    """Where it lies; of a layer that was drawn the pixels are left out."""


def finish(
    content: Pixels | Drawing | EncodedImage,
    spec: FinishSpec,
    inputs: Sequence[EncodedImage] = (),
    mask: EncodedImage | None = None,
) -> FinishedImage:
    """Finish one picture; the same content, spec, inputs and mask give the same bytes.

    `content` is left as it is; a drawing gets the `inputs`, decoded. Where a `mask` is opaque, the
    first input is put back. Raises `UnreadableImage` for what cannot be decoded, and ValueError
    for pixels that are none.
    """
    large = spec.width * spec.height * 3 >= LARGE
    if large:
        _give_back()
    pixels = _fitted(content, spec, inputs)
    if large:
        _give_back()  # before the encoder takes its own
    if mask is not None:
        pixels = _within(mask, pixels, inputs[0])
    if spec.watermark:
        # A drawing's or a decoder's pixels are ours to write on; an array is its maker's.
        if pixels is content or not pixels.flags.writeable:
            pixels = pixels.copy()
        mark(pixels, spec.watermark_text)
    return _written(pixels, spec)


def kept(image: EncodedImage) -> FinishedImage:
    """Take a picture that an upstream has finished byte for byte, if it seems whole.

    Cheap enough for the event loop: its header is read and its end looked at, no pixel decoded.
    Raises `UnreadableImage`.
    """
    name = checked_format(image)
    width, height = measured(image.data, name)
    if not is_whole(image.data, MEDIA_TYPES[name]):
        raise UnreadableImage(f"a {name.upper()} file that breaks off")
    return FinishedImage(image.data, MEDIA_TYPES[name], width, height)


def finish_layers(
    content: Decomposition, spec: FinishSpec, inputs: Sequence[EncodedImage]
) -> tuple[tuple[FinishedLayer, ...], str | None]:
    """Take a picture apart and finish the base as `spec` says and each layer as a PNG.

    Gives the base, the layers from the lowest to the highest, and a note on them. The base
    alone is marked. Raises as `finish` does.
    """
    parts = content(*photos(inputs, Size(spec.width, spec.height)))
    base = finish(parts.base, spec)
    png = replace(spec, output_format="png")
    finished = [FinishedLayer(base, None)]
    for layer in parts.layers:
        without = replace(layer, pixels=layer.pixels[:0])
        finished.append(FinishedLayer(_written(_checked(layer.pixels), png), without))
    return tuple(finished), parts.note


def _written(pixels: Pixels, spec: FinishSpec) -> FinishedImage:
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
        width=pixels.shape[1],
        height=pixels.shape[0],
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


def _fitted(
    content: Pixels | Drawing | EncodedImage, spec: FinishSpec, inputs: Sequence[EncodedImage]
) -> Pixels:
    """Give pixels of the exact size, opaque for JPEG."""
    opaque = spec.output_format == "jpeg"
    if isinstance(content, EncodedImage):
        image = decode(content)
    else:
        size = Size(spec.width, spec.height)
        drawn = content if isinstance(content, np.ndarray) else content(*photos(inputs, size))
        pixels = _checked(drawn)
        tall, wide, channels = pixels.shape
        if (wide, tall) == (spec.width, spec.height) and not (opaque and channels == 4):
            return pixels
        image = from_pixels(pixels)
    image = on_white(image) if opaque else image
    return pixels_of(fit(image, spec.width, spec.height))


def _within(mask: EncodedImage, pixels: Pixels, original: EncodedImage) -> Pixels:
    """Let a picture show only where a mask is transparent, and elsewhere what was there before."""
    height, width = pixels.shape[:2]
    before = pixels_of(fit(on_white(decode_input(original)), width, height))[..., :3]
    over = fit(decode_input(mask), width, height)
    if not over.hasalpha():
        raise UnreadableImage("the mask has no transparency")
    stays = pixels_of(over)[..., 3:].astype(np.uint16)
    drawn = pixels[..., :3]
    mixed = (before * stays + drawn * (255 - stays) + 127) // 255
    return cast(Pixels, mixed.astype(np.uint8))


def _checked(pixels: Pixels) -> Pixels:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError(f"pixels are {pixels.dtype} {pixels.shape}, not uint8 height x width x 3")
    return pixels
