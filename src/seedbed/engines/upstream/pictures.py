"""The pictures that an upstream answers with: downloaded at once, or decoded, and looked at.

A link is fetched through the guarded client, so that no redirect of it leads to an address of
ours; it may lead to the upstream's own origin, wherever that is. The link itself is never shown.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from seedbed.engines.encoded import is_whole
from seedbed.engines.engine import EncodedImage
from seedbed.engines.upstream.options import Link
from seedbed.outbound import Answer, Outbound, Refused, Unreachable

MAX_PICTURE = 64 * 1024 * 1024
"""Bytes of one picture."""
PAUSES = (0.2, 1.0)
"""Seconds before each further try at a download: fetching a picture again bills nobody."""
REDIRECTS = 5

log = structlog.get_logger()


class PictureLost(Exception):
    """An upstream has made a picture that cannot be had; the text is fit to be shown."""


class LinkRefused(PictureLost):
    """Its link leads where nothing is fetched from."""


class Pictures:
    """Brings in the pictures of one upstream."""

    def __init__(self, link: Link) -> None:
        self._timeout = link.download_timeout
        self._outbound = Outbound(allow_loopback=False, trusted=link.origins)

    async def of(self, item: Mapping[str, Any]) -> EncodedImage:
        """Bring in the picture of an item of an answer; raise `PictureLost`."""
        url = item.get("image_url") or item.get("url")
        if isinstance(url, str) and not url.startswith("data:"):
            return await self._download(url)
        data = url.partition(",")[2] if isinstance(url, str) else item.get("b64_json")
        if not isinstance(data, str) or not data:
            raise PictureLost("The upstream's answer holds no picture.")
        if len(data) > MAX_PICTURE * 4 / 3 + 4:
            raise PictureLost(f"The upstream's picture has more than {MAX_PICTURE:,} bytes.")
        return _seen(_decode(data))

    async def close(self) -> None:
        """Close every connection."""
        await self._outbound.close()

    async def _download(self, url: str) -> EncodedImage:
        for pause in PAUSES:
            try:
                return await self._fetch(url)
            except LinkRefused:
                raise
            except PictureLost:
                await asyncio.sleep(pause)
        return await self._fetch(url)

    async def _fetch(self, url: str) -> EncodedImage:
        try:
            answer = await self._outbound.request(
                "GET",
                url,
                headers={"Accept": "image/*"},
                timeout=self._timeout,
                max_bytes=MAX_PICTURE,
                max_redirects=REDIRECTS,
            )
        except Unreachable as error:
            raise PictureLost(f"The upstream's picture could not be downloaded: {error}.") from None
        except Refused as refused:
            log.warning("link of an upstream refused", reason=str(refused))
            raise LinkRefused("The upstream's picture lies where this server may not go.") from None
        return _downloaded(answer)


def media_type(data: bytes) -> str | None:
    """Tell a picture's format by its first bytes; None for what is no picture."""
    return next((name for name, fits in _STARTS.items() if fits(data)), None)


def _downloaded(answer: Answer) -> EncodedImage:
    if answer.status != 200:
        expired = ", so its link may have expired" if answer.status in (403, 404, 410) else ""
        raise PictureLost(
            "The upstream's picture could not be downloaded: "
            f"its host answered {answer.status}{expired}."
        )
    if answer.truncated:
        raise PictureLost(f"The upstream's picture has more than {MAX_PICTURE:,} bytes.")
    return _seen(answer.body)


def _seen(data: bytes) -> EncodedImage:
    kind = media_type(data)
    if kind is None:
        raise PictureLost("What the upstream calls a picture is none.")
    if not is_whole(data, kind):
        raise PictureLost("The upstream's picture is cut off in its middle.")
    return EncodedImage(data, kind)


def _decode(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise PictureLost("The upstream's picture is no base64.") from None


_STARTS: Mapping[str, Callable[[bytes], bool]] = {
    "image/jpeg": lambda data: data.startswith(b"\xff\xd8\xff"),
    "image/png": lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/webp": lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP",
}
