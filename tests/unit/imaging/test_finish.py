"""Finishing: exact size and format, honest metadata, a pure function."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from seedbed.engines.engine import EncodedImage, Pixels
from seedbed.imaging import decode
from seedbed.imaging.finish import FinishSpec, UnreadableImage, finish

SPEC = FinishSpec(
    width=96,
    height=64,
    output_format="jpeg",
    watermark=True,
    digital_source_type="trainedAlgorithmicMedia",
    software="Seedbed test",
)
NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
}


@dataclass(frozen=True)
class Gradient:
    """A drawing."""

    width: int
    height: int
    channels: int = 3

    def __call__(self) -> Pixels:
        rows, columns = np.mgrid[0 : self.height, 0 : self.width]
        layers = [columns * 255 // max(1, self.width - 1), rows * 255 // max(1, self.height - 1)]
        layers += [np.full_like(rows, value) for value in (90, 128)]
        return np.stack(layers, -1).astype(np.uint8)[..., : self.channels]


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def encoded(pixels: Pixels, kind: str, **options: Any) -> EncodedImage:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return EncodedImage(buffer.getvalue(), f"image/{kind}")


def description(data: bytes) -> ElementTree.Element:
    info = opened(data).info
    packet = info.get("xmp") or info["XML:com.adobe.xmp"].encode()
    found = ElementTree.fromstring(packet.decode()).find(".//rdf:Description", NAMESPACES)
    assert found is not None
    return found


def named(name: str) -> str:
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


@settings(max_examples=60, deadline=None)
@given(
    source=st.tuples(st.integers(1, 90), st.integers(1, 90), st.sampled_from([3, 4])),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    kind=st.sampled_from(["array", "drawing", "png", "webp"]),
    output_format=st.sampled_from(["jpeg", "png"]),
    watermark=st.booleans(),
)
def test_any_content_becomes_the_size_and_format_asked_for(
    source: tuple[int, int, int], size: tuple[int, int], kind: str, output_format: Any,
    watermark: bool,
) -> None:  # fmt: skip
    drawing = Gradient(*source)
    contents: dict[str, Callable[[], Any]] = {
        "array": drawing,
        "drawing": lambda: drawing,
        "png": lambda: encoded(drawing(), "png"),
        "webp": lambda: encoded(drawing(), "webp"),
    }
    spec = replace(
        SPEC, width=size[0], height=size[1], output_format=output_format, watermark=watermark
    )
    finished = finish(contents[kind](), spec)
    image = opened(finished.data)
    assert image.size == size == (finished.width, finished.height)
    assert image.format == output_format.upper()
    assert finished.media_type == f"image/{output_format}"
    assert output_format == "png" or image.mode == "RGB"


@pytest.mark.parametrize("output_format", ["jpeg", "png"])
def test_the_same_content_and_spec_give_the_same_bytes(output_format: Any) -> None:
    spec = replace(SPEC, output_format=output_format, created_at="2026-01-01T00:00:00+00:00")
    drawing, spec_again = pickle.loads(pickle.dumps((Gradient(96, 64), spec)))
    assert finish(Gradient(96, 64), spec) == finish(drawing, spec_again)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("writeable", [True, False])
def test_an_array_is_left_as_it_was(channels: int, writeable: bool) -> None:
    pixels = Gradient(96, 64, channels)()
    before = pixels.copy()
    pixels.flags.writeable = writeable
    finish(pixels, replace(SPEC, output_format="png"))
    assert np.array_equal(pixels, before)


def test_png_without_watermark_is_what_was_drawn() -> None:
    finished = finish(Gradient(96, 64, 4), replace(SPEC, output_format="png", watermark=False))
    assert np.array_equal(np.asarray(opened(finished.data)), Gradient(96, 64, 4)())


def test_jpeg_shows_what_is_transparent_as_white() -> None:
    clear = np.zeros((64, 96, 4), np.uint8)
    finished = finish(clear, replace(SPEC, watermark=False))
    assert np.asarray(opened(finished.data)).min() == 255


def test_what_is_transparent_does_not_bleed_when_resized() -> None:
    pixels = np.zeros((40, 40, 4), np.uint8)  # transparent, black underneath
    pixels[10:30, 10:30] = 255
    finished = finish(pixels, replace(SPEC, width=60, height=60, output_format="png",
                                      watermark=False))  # fmt: skip
    image = np.asarray(opened(finished.data))
    assert image[image[..., 3] > 8][..., :3].min() >= 250


def test_another_ratio_is_cut_alike_on_both_sides() -> None:
    pixels = np.zeros((50, 200, 3), np.uint8)
    pixels[:, 75:125] = 255
    finished = finish(pixels, replace(SPEC, width=50, height=50, output_format="png",
                                      watermark=False))  # fmt: skip
    assert np.asarray(opened(finished.data)).min() == 255


def test_nearly_the_same_ratio_is_not_cut() -> None:
    pixels = np.zeros((100, 100, 3), np.uint8)
    pixels[:, 0] = 255
    finished = finish(pixels, replace(SPEC, width=200, height=199, output_format="png",
                                      watermark=False))  # fmt: skip
    assert np.asarray(opened(finished.data))[:, 0].min() > 200


@pytest.mark.parametrize("output_format", ["jpeg", "png"])
def test_metadata_says_how_the_picture_was_made(output_format: Any) -> None:
    spec = replace(
        SPEC, output_format=output_format, software="Seedbed sketch", credit="Grüße <&\"'> ]]> 图",
        created_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    data = finish(Gradient(96, 64), spec).data
    # The specification's places, where other programs look.
    assert (
        b"http://ns.adobe.com/xap/1.0/\0" if output_format == "jpeg" else b"iTXtXML:com.adobe.xmp"
    ) in data
    found = description(data)
    assert found.get(named("ext:DigitalSourceType")) == (
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    )
    assert found.get(named("xmp:CreatorTool")) == "Seedbed sketch"
    assert found.get(named("xmp:CreateDate")) == "2026-01-01T00:00:00+00:00"
    assert found.get(named("photoshop:Credit")) == spec.credit
    assert found.findtext("dc:rights/rdf:Alt/rdf:li", namespaces=NAMESPACES) == spec.credit


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_well_formed_metadata(text: str) -> None:
    from seedbed.imaging.metadata import xmp_packet

    text = text.encode("utf-8", "ignore").decode()
    packet = xmp_packet(
        digital_source_type="x", software=text, created_at=None, credit=text
    ).decode()
    assert ElementTree.fromstring(packet) is not None


@pytest.mark.parametrize("output_format", ["jpeg", "png"])
def test_nothing_of_an_upstreams_metadata_is_kept(output_format: Any) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    upstream = encoded(Gradient(96, 64)(), "jpeg", exif=exif, comment=b"secret comment",
                       xmp=b"<x>secret xmp</x>")  # fmt: skip
    finished = finish(upstream, replace(SPEC, output_format=output_format))
    assert b"secret" in upstream.data
    assert b"secret" not in finished.data
    assert not opened(finished.data).getexif()


def test_an_upstreams_orientation_is_followed() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter
    upstream = encoded(np.zeros((40, 80, 3), np.uint8), "jpeg", exif=exif)
    assert decode.pixels_of(decode.decode(upstream)).shape == (80, 40, 3)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "I;16", "CMYK"])
def test_an_upstreams_other_modes_become_srgb(mode: str) -> None:
    buffer = io.BytesIO()
    kind = "jpeg" if mode == "CMYK" else "png"
    Image.new("RGB", (32, 32), "white").convert("L" if mode == "I;16" else mode).convert(mode).save(
        buffer, kind
    )
    found = decode.pixels_of(decode.decode(EncodedImage(buffer.getvalue(), f"image/{kind}")))
    assert found.shape[2] in (3, 4)
    assert found.dtype == np.uint8


def test_a_profile_is_turned_into_srgb() -> None:
    profile = bytes(pyvips.Operation.call("profile_load", "p3"))
    upstream = encoded(np.full((16, 16, 3), (0, 200, 0), np.uint8), "png", icc_profile=profile)
    finished = finish(upstream, replace(SPEC, width=16, height=16, output_format="png",
                                        watermark=False))  # fmt: skip
    red, green, _ = np.asarray(opened(finished.data))[8, 8]
    assert (red, green) != (0, 200)


GOOD_JPEG = encoded(Gradient(64, 64)(), "jpeg").data


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", b"\xff\xd8\xff",
     b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", GOOD_JPEG[:-400], GOOD_JPEG[:300]],
)  # fmt: skip
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableImage):
        finish(EncodedImage(data, "image/jpeg"), SPEC)


def test_a_picture_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = encoded(Gradient(64, 64)(), "png")
    monkeypatch.setattr(decode, "MAX_PIXELS", 64 * 64 - 1)
    with pytest.raises(UnreadableImage, match="64 x 64; at most 4,095 pixels"):
        finish(upstream, SPEC)
    monkeypatch.setattr(decode, "MAX_BYTES", 10)
    with pytest.raises(UnreadableImage, match="at most 10 are read"):
        finish(upstream, SPEC)


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (8, 8, 2)])
def test_pixels_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="uint8 height x width x 3"):
        finish(np.zeros(shape, np.uint8), SPEC)
    with pytest.raises(ValueError, match="float64"):
        finish(np.zeros((8, 8, 3)), SPEC)  # type: ignore[arg-type]
