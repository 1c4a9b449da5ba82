"""A bounded load on loopback: a few connections, each sending one request after the other."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Load:
    """What a load did: answers by second, and how long each took in seconds."""

    seconds: float
    latencies: tuple[float, ...]
    failures: int

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Give the latency that `share` of the answers stayed under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def load(
    url: str,
    *,
    connections: int,
    requests: int,
    body: Mapping[str, object] | None = None,
    key: str = "",
) -> Load:
    """Send `requests` in all over `connections`; anything but a 200 counts as a failure."""
    left = iter(range(requests))
    latencies: list[float] = []
    failures = 0
    request = message(url, body, key)
    target = urlsplit(url)

    async def connection() -> None:
        nonlocal failures
        reader, writer = await asyncio.open_connection(target.hostname, target.port)
        for _ in left:
            started = time.perf_counter()
            writer.write(request)
            if await _status(reader) != 200:
                failures += 1
            latencies.append(time.perf_counter() - started)
        writer.close()
        await writer.wait_closed()

    started = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return Load(time.perf_counter() - started, tuple(latencies), failures)


def message(url: str, body: Mapping[str, object] | None, key: str) -> bytes:
    """Write a request."""
    target = urlsplit(url)
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{'GET' if body is None else 'POST'} {target.path} HTTP/1.1",
        f"Host: {target.netloc}",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    )
    return ("\r\n".join(head) + "\r\n\r\n").encode() + content


async def _status(reader: asyncio.StreamReader) -> int:
    """Read one answer whole and give its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
