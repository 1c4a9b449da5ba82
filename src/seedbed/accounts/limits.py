"""The rate limit of each key."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from seedbed.contract.errors import TooManyRequests


class RateLimiter:
    """Allows a key so many requests in any minute, counted in this process."""

    def __init__(self, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        # It remembers every request of the minute: counters alone let a third more through at the
        # turn of a minute, and cannot say when to come back.
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    async def check(self, key: str) -> None:
        """Count one request of `key`; raise `TooManyRequests` with the seconds to wait."""
        if await self._windows.hit(self._limit, key):
            return
        window = await self._windows.get_window_stats(self._limit, key)
        wait = max(0, math.floor(window.reset_time - time.time())) + 1
        raise TooManyRequests(
            f"This key has made its {self._limit.amount} requests of the minute; "
            f"try again in {wait} s.",
            retry_after=wait,
        )
