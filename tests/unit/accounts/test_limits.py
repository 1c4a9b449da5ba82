"""The rate limit: so many requests in a minute, each key for itself, and when to come back."""

from __future__ import annotations

import time

import pytest

from seedbed.accounts.limits import RateLimiter
from seedbed.contract.errors import TooManyRequests


class Clock:
    """Time that passes when told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_700_000_000.0
        monkeypatch.setattr(time, "time", lambda: self.now)


async def refusal(limiter: RateLimiter, key: str = "a") -> float:
    with pytest.raises(TooManyRequests) as refused:
        await limiter.check(key)
    assert refused.value.retry_after is not None
    return refused.value.retry_after


async def test_what_is_beyond_the_limit_is_refused_and_other_keys_are_not() -> None:
    limiter = RateLimiter(5)
    for _ in range(5):
        await limiter.check("a")
    assert 1 <= await refusal(limiter) <= 60
    await limiter.check("b")


@pytest.mark.parametrize("begun", [0.0, 17.0, 59.5])
async def test_who_comes_back_when_told_is_let_in(
    monkeypatch: pytest.MonkeyPatch, begun: float
) -> None:
    clock = Clock(monkeypatch)
    clock.now += begun
    limiter = RateLimiter(600)
    for _ in range(600):
        await limiter.check("a")
    clock.now += await refusal(limiter)
    await limiter.check("a")


async def test_no_minute_has_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    limiter = RateLimiter(60)
    admitted: list[float] = []
    for _ in range(2400):  # ten a second for four minutes
        clock.now += 0.1
        try:
            await limiter.check("a")
        except TooManyRequests:
            continue
        admitted.append(clock.now)
    worst = max(sum(1 for at in admitted if start <= at < start + 60) for start in admitted)
    assert worst == 60
    assert len(admitted) == 240
