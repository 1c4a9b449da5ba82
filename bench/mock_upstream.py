"""An upstream that costs next to nothing: the Ark and OpenAI wires, one small JPEG by URL.

`python -m bench.mock_upstream PORT`. It answers at once, so that what is measured is the door
before it and not the drawing behind.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import time
from typing import cast

import numpy as np
import uvloop
from PIL import Image, ImageFilter


def main() -> None:
    """Serve on loopback until killed."""
    uvloop.run(_serve(int(sys.argv[1])))


async def _serve(port: int) -> None:
    picture = _picture()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Wire(port, picture), "127.0.0.1", port)
    await server.serve_forever()


def _picture() -> bytes:
    """Make a JPEG of 512 x 512, some 40 kB."""
    noise = np.random.default_rng(7).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).filter(ImageFilter.GaussianBlur(4)).save(stream, "JPEG", quality=95)
    return stream.getvalue()


class _Wire(asyncio.Protocol):
    """Just enough HTTP/1.1 for a POST that is answered with a URL, and a GET of the picture."""

    def __init__(self, port: int, picture: bytes) -> None:
        self._port, self._picture = port, picture
        self._transport: asyncio.Transport | None = None
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is of no such class

    def data_received(self, data: bytes) -> None:
        self._read += data
        while True:
            head, end, rest = self._read.partition(b"\r\n\r\n")
            length = _length(head) if end else 0
            if not end or len(rest) < length:
                return
            self._read = rest[length:]
            self._answer(*((self._picture, b"image/jpeg") if head[:3] == b"GET" else self._made()))

    def _made(self) -> tuple[bytes, bytes]:
        answer = {
            "created": int(time.time()),
            "model": "mock",
            "data": [{"url": f"http://127.0.0.1:{self._port}/picture.jpg", "size": "512x512"}],
            "usage": {"generated_images": 1, "output_tokens": 1024, "total_tokens": 1024},
        }
        return json.dumps(answer).encode(), b"application/json"

    def _answer(self, body: bytes, kind: bytes) -> None:
        assert self._transport is not None
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % (kind, len(body)) + body)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


if __name__ == "__main__":
    main()
