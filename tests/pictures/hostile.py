"""Files that are no pictures, or no pictures that are taken: each made here, none kept.

`REFUSED` maps a name to the bytes and a part of what the refusal must say.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

Case = tuple[str, bytes, str]
NOT_DECODED = "cannot be decoded"


def picture(
    form: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object
) -> bytes:
    """Make a small good picture with some detail."""
    width, height = size
    across = np.linspace(0, 255, width)[None].repeat(height, 0)
    down = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    image = Image.fromarray(np.dstack([across, down, 255 - across]).astype(np.uint8)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_header(width: int, height: int, depth: int = 8, kind: int = 2) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    )


def png(width: int, height: int, data: bytes, **kind: int) -> bytes:
    return png_header(width, height, **kind) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bomb(width: int, height: int) -> bytes:
    """A few kilobytes that say they are all of these pixels, and would be."""
    pack = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    data = b"".join(pack.compress(row) for _ in range(min(height, 400))) + pack.flush()
    return png(width, height, data)


def jpeg_of_size(width: int, height: int) -> bytes:
    """A JPEG whose header says another size than its data have."""
    data = bytearray(picture("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def gif_of_size(width: int, height: int) -> bytes:
    data = bytearray(picture("GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    at = data.index(b"\x2c\0\0\0\0")  # the picture's own header: it begins at the left top
    data[at + 5 : at + 9] = struct.pack("<HH", width, height)
    return bytes(data)


def bmp_of_size(width: int, height: int) -> bytes:
    data = bytearray(picture("BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def webp_of_size(width: int, height: int) -> bytes:
    data = bytearray(picture("WEBP", lossless=False))
    at = data.index(b"\x9d\x01\x2a") + 3
    data[at : at + 4] = struct.pack("<HH", width & 0x3FFF, height & 0x3FFF)
    return bytes(data)


def tiff_of_size(width: int, height: int) -> bytes:
    """A TIFF of one strip that is not there."""
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1),
               (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, 4)]  # fmt: skip
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return (
        b"II*\0"
        + struct.pack("<IH", 12, len(entries))[:4]
        + b"xxxx"
        + struct.pack("<H", len(entries))
        + table
        + bytes(4)
    )


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("a.txt", "text")
    return stream.getvalue()


def flipped(data: bytes, at: float) -> bytes:
    """Turn every bit of a stretch in the middle."""
    start = int(len(data) * at)
    middle = bytes(byte ^ 0xFF for byte in data[start : start + 40])
    return data[:start] + middle + data[start + 40 :]


def refused() -> Iterator[Case]:
    """Give every file with a name and a part of what must be said of it."""
    yield "zero bytes", b"", "empty"
    yield "one byte", b"\x89", "no picture"
    yield "blanks", b"   \n\t ", "no picture"
    yield "zeros", bytes(4096), "no picture"
    yield (
        "noise",
        np.random.default_rng(1).integers(128, 255, 4096, dtype=np.uint8).tobytes(),
        ("no picture"),
    )
    yield "text", b"this is not a picture\n" * 20, "no picture"
    yield from _strangers()
    for form in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"):
        yield from _damaged(form)
    yield from _too_large()
    yield from _odd_shapes()
    yield from _false_headers()


def _strangers() -> Iterator[Case]:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "svg", svg, "SVG"
    yield "svg with prolog", b'<?xml version="1.0"?>\n<!-- x -->\n' + svg, "SVG"
    yield "svg after blanks", b"\n\n   " + svg, "SVG"
    yield (
        "svg that reads a file",
        b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg,
        ("SVG"),
    )
    yield "html", b"<!DOCTYPE html><html><body>404</body></html>", "HTML"
    yield "html without a doctype", b"<html><body>not found</body></html>", "HTML"
    yield "xml", b'<?xml version="1.0"?><a/>', "XML"
    yield "json", json.dumps({"error": "not found"}).encode(), "JSON"
    yield "pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"
    yield "zip", archive(), "ZIP"
    yield "gzip", gzip.compress(picture()), "gzip"
    yield "svgz", gzip.compress(svg), "gzip"
    yield "photoshop", b"8BPS\0\1" + bytes(60), "Photoshop"
    yield "icon", picture("ICO"), "icon"
    yield "jpeg 2000", picture("JPEG2000"), "JPEG 2000"
    yield "jpeg xl", b"\xff\x0a" + bytes(60), "JPEG XL"
    yield "avif", picture("AVIF"), "AVIF"
    yield "big tiff", b"II+\0\x08\0\0\0" + bytes(60), "BigTIFF"
    yield "a program", b"\x7fELF" + bytes(200), "program"
    yield "a windows program", b"MZ" + bytes(200), "program"
    yield "mp4", b"\0\0\0\x20ftypisom" + bytes(60), "video"
    yield "webm", b"\x1aE\xdf\xa3" + bytes(60), "video"
    yield "ogg", b"OggS" + bytes(60), "sound or video"
    yield "mp3", b"ID3\x04" + bytes(60), "sound"
    yield "pcx", picture("PCX"), "no picture"
    yield "targa", picture("TGA"), "no picture"
    yield "portable pixmap", picture("PPM"), "no picture"
    yield "dds", picture("DDS"), "no picture"
    yield "data uri inside", b"data:image/png;base64,iVBORw0KGgo=", "no picture"
    yield "riff that is a sound", b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), "no picture"
    yield "script after a gif's name", b"GIF89a/*" + b"*/=1;alert(1)//" * 8, NOT_DECODED
    yield "script after a bitmap's name", b"BM=1;alert(1)//" + bytes(80), NOT_DECODED
    yield "page after a jpeg's name", b"\xff\xd8\xff\xe0<html><script>x</script>", NOT_DECODED


def _damaged(form: str) -> Iterator[Case]:
    good = picture(form, (160, 120))
    for share in (0.02, 0.3, 0.7):
        if form == "GIF" and share == 0.7:
            continue  # what is there is whole rows: viewers show it, and so do we
        yield f"{form} cut off at {share:.0%}", good[: max(12, int(len(good) * share))], NOT_DECODED
    if form in ("PNG", "WEBP"):
        yield f"{form} with turned bits", flipped(good, 0.5), NOT_DECODED
    yield f"{form} of its first bytes alone", good[:12], NOT_DECODED


def _too_large() -> Iterator[Case]:
    for side in (20_000, 100_000):
        yield f"png header of {side} squared", png_header(side, side), "pixels"
    yield "png header of the most pixels", png_header(2**31 - 1, 2**31 - 1), ""
    yield "png bomb of 10,000 squared", bomb(10_000, 10_000), "36,000,000"
    yield (
        "png bomb of 1 bit",
        png(30_000, 30_000, zlib.compress(bytes(9000)), depth=1, kind=0),
        ("36,000,000"),
    )
    yield "jpeg that says 60,000 squared", jpeg_of_size(60_000, 60_000), "36,000,000"
    yield "jpeg that says 7,000 squared", jpeg_of_size(7_000, 7_000), "36,000,000"
    yield "gif that says 65,535 squared", gif_of_size(65_535, 65_535), ""
    yield "gif that says 9,000 squared", gif_of_size(9_000, 9_000), ""
    yield "bitmap that says 40,000 squared", bmp_of_size(40_000, 40_000), ""
    yield "bitmap of negative width", bmp_of_size(-64, 48), "36,000,000"
    yield "webp that says 16,000 squared", webp_of_size(16_000, 16_000), ""
    yield "tiff that says 50,000 squared", tiff_of_size(50_000, 50_000), "36,000,000"
    yield "tiff that says 5,000 squared and has no data", tiff_of_size(5_000, 5_000), NOT_DECODED


def _odd_shapes() -> Iterator[Case]:
    yield "one pixel", picture(size=(1, 1)), "at least 15"
    yield "an edge of 14", picture(size=(14, 100)), "at least 15"
    yield "no width", png_header(0, 100) + chunk(b"IEND", b""), ""
    yield "a line", picture(size=(2000, 15)), "ratio"
    yield "a column", picture(size=(15, 400)), "ratio"
    yield "17 to 1", picture(size=(340, 20)), "ratio"
    yield "1 to 17", picture(size=(20, 340)), "ratio"


def _false_headers() -> Iterator[Case]:
    good = picture()
    yield "png without its end and data", good[:33], NOT_DECODED
    yield "png with a wrong checksum", good[:29] + b"\0\0\0\0" + good[33:], NOT_DECODED
    yield "png of a depth that is none", png(64, 48, b"", depth=3), NOT_DECODED
    yield "png of a colour type that is none", png(64, 48, b"", kind=5), NOT_DECODED
    yield "png without data", png(64, 48, b""), NOT_DECODED
    yield "png whose data are no zlib", png(64, 48, b"not zlib at all"), NOT_DECODED
    yield "png with too few rows", png(64, 48, zlib.compress(bytes(193 * 20))), NOT_DECODED
    yield (
        "palette png without a palette",
        png(64, 48, zlib.compress(bytes(65 * 48)), kind=3),
        (NOT_DECODED),
    )
    yield (
        "a chunk of 2 GB",
        png_header(64, 48) + struct.pack(">I", 2**31 - 1) + b"IDAT",
        NOT_DECODED,
    )
    yield (
        "jpeg of markers alone",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(40) + b"\xff\xd9",
        (NOT_DECODED),
    )
    yield (
        "jpeg with a huge comment",
        b"\xff\xd8" + (b"\xff\xfe\xff\xff" + bytes(65_533)) * 30,
        (NOT_DECODED),
    )
    yield "heic without a picture", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), NOT_DECODED
    yield "heif without a picture", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(40), NOT_DECODED
    yield "tiff whose directory is itself", b"II*\0\x08\0\0\0\x00\x00\x08\0\0\0", NOT_DECODED
    yield (
        "tiff whose directory is beyond its end",
        b"II*\0\xff\xff\xff\x7f" + bytes(20),
        NOT_DECODED,
    )
    yield "webp of no frames", b"RIFF\x1a\0\0\0WEBPVP8L" + bytes(20), NOT_DECODED
    yield "gif without a picture", b"GIF89a\x40\0\x30\0\0\0\0;", NOT_DECODED


REFUSED: dict[str, tuple[bytes, str]] = {name: (data, says) for name, data, says in refused()}
