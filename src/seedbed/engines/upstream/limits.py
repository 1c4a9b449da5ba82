"""The gate before an upstream: so many requests at once, and so many in a minute."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MINUTE = 60.0


class Gate:
    """Lets requests pass in the order in which they came; who must wait is never refused."""

    def __init__(self, concurrency: int, per_minute: int | None) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._per_minute = per_minute
        self._passed: deque[float] = deque(maxlen=per_minute)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Wait for a slot and a turn, and hold the slot until the request is over."""
        async with self._slots:
            if self._per_minute is not None:
                await self._wait()
            yield

    async def _wait(self) -> None:
        clock = asyncio.get_running_loop().time
        async with self._turn:
            if len(self._passed) == self._per_minute:
                await asyncio.sleep(max(0.0, self._passed[0] + MINUTE - clock()))
            self._passed.append(clock())
