"""Input pictures: what is taken, what is refused, and that neither costs memory."""

from __future__ import annotations

import base64
import io
import multiprocessing
import resource
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from seedbed.contract.models import LARGEST_INPUT, find_model
from seedbed.contract.sizes import Size
from seedbed.engines.engine import EncodedImage
from seedbed.imaging import inputs
from seedbed.imaging.formats import format_of
from seedbed.imaging.inputs import RefusedImage, examine, examine_base64, photos
from tests.pictures.hostile import REFUSED, picture, png_header

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAAA4AAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34"
    "+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmu"
    "bgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAA"
    "QAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAABZtZGF0AAAACigBrxmA9zBakPw="
)
"""A grey picture of 64 x 64 in HEVC, which nothing here can write."""
V3 = find_model("doubao-seededit-3-0-i2i-250628").input_image
assert V3 is not None


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedImage) as refused:
        examine(data, LARGEST_INPUT)
    return str(refused.value)


def decoded(data: bytes, size: Size | None = None) -> np.ndarray:
    examined = examine(data, LARGEST_INPUT)
    encoded = EncodedImage(examined.data, examined.media_type)
    return photos([encoded], size or examined.size)[0]


def test_the_corpus_is_large() -> None:
    assert len(REFUSED) >= 80


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused(name: str) -> None:
    data, says = REFUSED[name]
    said = refusal(data)
    assert says in said
    assert "Traceback" not in said
    assert "\n" not in said
    assert len(said) < 300


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_every_format_is_decoded(form: str) -> None:
    good = picture(form, (160, 120))
    examined = examine(good, LARGEST_INPUT)
    assert examined.size == Size(160, 120)
    assert examined.media_type == f"image/{form.lower()}"
    assert examined.data == good
    shown = np.asarray(Image.open(io.BytesIO(picture("PNG", (160, 120)))).convert("RGB"))
    assert np.abs(decoded(good)[..., :3].astype(int) - shown).mean() < (20 if form == "GIF" else 3)


def test_heic_is_decoded() -> None:
    assert format_of(HEIC) == "heic"
    assert examine(HEIC, LARGEST_INPUT).size == Size(64, 64)
    assert decoded(HEIC).shape == (64, 64, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_becomes_srgb(mode: str) -> None:
    if mode == "I;16":
        stream = io.BytesIO()
        Image.fromarray(np.full((48, 64), 32_768, np.uint16)).save(stream, "PNG")
        pixels = decoded(stream.getvalue())
        assert abs(int(pixels[..., :3].mean()) - 128) < 2
        return
    pixels = decoded(picture("PNG", mode=mode))
    assert pixels.dtype == np.uint8
    assert pixels.shape == (48, 64, 4 if mode in ("LA", "RGBA") else 3)


def test_cmyk_becomes_srgb() -> None:
    pixels = decoded(picture("JPEG", mode="CMYK"))
    assert pixels.shape == (48, 64, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.zeros((40, 80, 3), np.uint8))
    image.paste((255, 0, 0), (0, 0, 40, 20))
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif, quality=95)
    turned = orientation >= 5
    examined = examine(stream.getvalue(), LARGEST_INPUT)
    assert examined.size == (Size(40, 80) if turned else Size(80, 40))
    pixels = decoded(stream.getvalue())
    assert pixels.shape[:2] == ((80, 40) if turned else (40, 80))
    corners = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1),
               8: (-1, 0)}  # fmt: skip
    assert pixels[corners[orientation]][0] > 200


def test_a_colour_profile_is_heeded() -> None:
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decoded(picture("JPEG", icc_profile=swapped)).shape == (48, 64, 3)
    assert decoded(picture("JPEG", icc_profile=b"no profile at all")).shape == (48, 64, 3)


def test_of_an_animation_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (64, 48), tone) for tone in ("red", "lime", "blue")]
    for form in ("GIF", "PNG", "WEBP", "TIFF"):
        stream = io.BytesIO()
        frames[0].save(stream, form, save_all=True, append_images=frames[1:], lossless=True)
        assert tuple(decoded(stream.getvalue())[20, 20, :3]) == (255, 0, 0)


def test_what_follows_a_picture_is_not_read() -> None:
    good = picture("JPEG")
    assert examine(good + b"<html>" * 50, LARGEST_INPUT).size == Size(64, 48)


def test_a_transparent_pixel_is_seen() -> None:
    clear = Image.new("RGBA", (64, 48), (255, 0, 0, 255))
    stream = io.BytesIO()
    clear.save(stream, "PNG")
    assert not examine(stream.getvalue(), LARGEST_INPUT).is_transparent
    clear.putpixel((63, 47), (0, 0, 0, 254))
    stream = io.BytesIO()
    clear.save(stream, "PNG")
    assert examine(stream.getvalue(), LARGEST_INPUT).is_transparent


def test_each_model_has_limits_of_its_own() -> None:
    with pytest.raises(RefusedImage, match="WEBP picture; taken are jpeg, png"):
        examine(picture("WEBP"), V3)
    with pytest.raises(RefusedImage, match="1/3 to 3"):
        examine(picture(size=(400, 100)), V3)
    assert examine(picture(size=(400, 100)), LARGEST_INPUT).size == Size(400, 100)
    with pytest.raises(RefusedImage, match="at most 10,485,760 are taken"):
        examine(picture() + bytes(10_485_761), V3)


def test_the_largest_picture_is_taken() -> None:
    assert examine(picture(size=(6000, 6000), compress_level=1), LARGEST_INPUT).size.pixels == (
        36_000_000
    )
    assert "36,000,000" in refusal(picture(size=(6001, 6000), compress_level=1))


def test_base64_is_decoded_here() -> None:
    good = picture()
    assert examine_base64(base64.b64encode(good), LARGEST_INPUT).data == good
    for text in (b"!!!!", b"iVBOR", b"=", b"iVBO Rw0K"):
        with pytest.raises(RefusedImage):
            examine_base64(text, LARGEST_INPUT)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"]),
       st.floats(0, 1))  # fmt: skip
def test_whatever_is_sent_is_taken_or_refused(junk: bytes, form: str, at: float) -> None:
    good = picture(form)
    start = int(len(good) * at)
    for data in (junk, good[:start] + junk + good[start + len(junk) :]):
        try:
            examined = examine(data, LARGEST_INPUT)
        except RefusedImage:
            continue
        assert examined.size.pixels <= LARGEST_INPUT.max_pixels


def test_large_pictures_are_shrunk_while_they_are_decoded() -> None:
    good = picture("JPEG", (3000, 2000))
    encoded = EncodedImage(good, "image/jpeg")
    first, second, third = photos([encoded] * 3, Size(1024, 1024))
    assert first.shape[0] * first.shape[1] == pytest.approx(1024 * 1024, rel=0.01)
    assert second.shape == third.shape
    assert photos([encoded], Size(4096, 4096))[0].shape == (2000, 3000, 3)


def _peak(data: bytes, answer: multiprocessing.Queue[tuple[str, int]]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        said = str(examine(data, LARGEST_INPUT).size)
    except RefusedImage as refused:
        said = str(refused)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer.put((said, (after - before) // 1024))


@pytest.mark.parametrize(
    ("data", "says", "most"),
    [
        (png_header(20_000, 20_000), "400,000,000 pixels", 8),
        (REFUSED["png bomb of 10,000 squared"][0], "100,000,000 pixels", 8),
        (picture("JPEG", (6000, 6000), quality=60), "6000x6000", 120),
    ],
    ids=["header", "bomb", "largest"],
)
def test_memory_is_bound(data: bytes, says: str, most: int) -> None:
    context = multiprocessing.get_context("spawn")
    answer: multiprocessing.Queue[tuple[str, int]] = context.Queue()
    process = context.Process(target=_peak, args=(data, answer))
    process.start()
    said, grown = answer.get(timeout=60)
    process.join(60)
    assert says in said
    assert grown <= most, f"{grown} MB more"


def test_limits_of_memory_that_overlap_leave_none_behind() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)

    def limit_often() -> None:
        for _ in range(200):
            with inputs._bounded_memory():
                pass

    threads = [threading.Thread(target=limit_often) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
