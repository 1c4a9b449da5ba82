"""Streams of an upstream: server-sent events, or one JSON object a line.

Chunks may be cut anywhere. A line ends with LF, CR LF or CR; a comment and a blank line mean
nothing by themselves; `[DONE]` ends a stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

MAX_EVENT = 96 * 1024 * 1024
"""Bytes of one event: a picture of 64 MiB may be inside it, as base64."""
SSE = "text/event-stream"
NDJSON = "application/x-ndjson"
DONE = b"[DONE]"

_END_OF_LINE = re.compile(rb"\r\n|[\r\n]")


class BrokenStream(Exception):
    """A stream holds what it must not; a short text says what."""


async def read_events(
    chunks: AsyncIterable[bytes], media_type: str
) -> AsyncIterator[dict[str, Any]]:
    """Give the objects of a stream as they come, until it ends; raise `BrokenStream`."""
    payloads = _sse(read_lines(chunks)) if media_type == SSE else _ndjson(read_lines(chunks))
    async for name, payload in payloads:
        if payload == DONE:
            return
        event = _object(payload)
        if name is not None:
            event.setdefault("type", name)
        yield event


async def read_lines(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Give the lines of a stream without their ends, and last what no end has followed."""
    rest, after_cr = bytearray(), False
    async for chunk in chunks:
        start = 1 if after_cr and chunk.startswith(b"\n") else 0
        after_cr = chunk.endswith(b"\r")
        for end in _END_OF_LINE.finditer(chunk, start):
            rest += chunk[start : end.start()]
            yield bytes(rest)
            rest.clear()
            start = end.end()
        rest += chunk[start:]
        if len(rest) > MAX_EVENT:
            raise BrokenStream(f"an event has more than {MAX_EVENT:,} bytes")
    if rest:
        yield bytes(rest)


async def _ndjson(lines: AsyncIterator[bytes]) -> AsyncIterator[tuple[None, bytes]]:
    async for line in lines:
        if line.strip():
            yield None, line.strip()


async def _sse(lines: AsyncIterator[bytes]) -> AsyncIterator[tuple[str | None, bytes]]:
    """Give the data of each event that its blank line has completed, and its name."""
    name, data = None, list[bytes]()
    async for line in lines:
        if not line:
            if data:
                yield name, b"\n".join(data)
            name, data = None, []
            continue
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
            if sum(map(len, data)) > MAX_EVENT:
                raise BrokenStream(f"an event has more than {MAX_EVENT:,} bytes")
        elif field == b"event":
            name = value.decode("utf-8", "replace")


def _object(payload: bytes) -> dict[str, Any]:
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise BrokenStream("it holds what is no JSON object")
    return event
