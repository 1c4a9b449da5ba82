"""Whether an encoded picture is whole: the one rule of who fetches it and of who stores it.

Only the file's frame is looked at, no pixel decoded, so that it costs nothing at the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

TAIL = 4096
"""Bytes at the end of a file among which its end is marked; some programs add a few after it."""


def is_whole(data: bytes, media_type: str) -> bool:
    """Tell whether a file of a type does not break off; a type that has no end to see is whole."""
    seen = _WHOLE.get(media_type)
    return seen is None or seen(data)


_WHOLE: Mapping[str, Callable[[bytes], bool]] = {
    "image/jpeg": lambda data: b"\xff\xd9" in data[-TAIL:],
    "image/png": lambda data: b"IEND" in data[-TAIL:],
    "image/webp": lambda data: len(data) >= int.from_bytes(data[4:8], "little") + 8,
}
