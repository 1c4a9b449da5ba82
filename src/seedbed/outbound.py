"""The guarded HTTP client (stand-in)."""

from __future__ import annotations
from collections.abc import Mapping
from dataclasses import dataclass
import asyncio
import aiohttp


class Refused(Exception): ...


class Unreachable(Exception): ...


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    url: str


def check_url(url: str, *, allow_loopback: bool) -> None:
    if not url.startswith("http"):
        raise Refused("no")


class Outbound:
    def __init__(self, *, allow_loopback: bool) -> None:
        self._s: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float,
        max_bytes: int,
    ) -> Answer:
        self._s = self._s or aiohttp.ClientSession()
        try:
            async with self._s.request(
                method,
                url,
                headers=headers,
                data=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(timeout),
            ) as r:
                b = await r.content.read(max_bytes)
                return Answer(r.status, r.headers, b, False, url)
        except (aiohttp.ClientError, asyncio.TimeoutError) as e:
            raise Unreachable(str(e)) from e

    async def close(self) -> None:
        if self._s:
            await self._s.close()
