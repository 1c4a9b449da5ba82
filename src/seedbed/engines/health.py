"""Health: how each engine has fared of late, and the circuit breaker that spares one that is down.

    health = Health("ark")
    if health.admits():
        ...
        health.failed("connection refused")

After `TOLERATED` failures in a row the circuit opens: for `OPEN_SECONDS` no job is tried, then one
is, and what becomes of it decides. So a task is not kept waiting for an upstream that is known to
be down, and an upstream that comes back is not met by all at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

import structlog
from prometheus_client import Counter, Gauge, Histogram

log = structlog.get_logger()

TOLERATED = 5
"""Failures in a row after which the circuit opens."""
OPEN_SECONDS = 30.0

_jobs = Counter("seedbed_engine_jobs", "Jobs of an engine, by outcome.", ["engine", "outcome"])
_seconds = Histogram(
    "seedbed_engine_seconds",
    "Seconds that an engine took for a job that it did.",
    ["engine"],
    buckets=(0.01, 0.05, 0.2, 1, 3, 10, 30, 60, 120, 300, 600),
)
_up = Gauge("seedbed_engine_up", "Whether jobs go to an engine: 1, or 0 when not.", ["engine"])


class Condition(StrEnum):
    """How an engine is."""

    LOADING = "loading"
    """It is still being warmed; jobs wait for it."""
    READY = "ready"
    FAILING = "failing"
    """Its last job failed for its own fault; jobs still go to it."""
    DOWN = "down"
    """Its circuit is open: jobs do not go to it."""


class Health:
    """What is known of one engine; lives in the event loop's thread."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.last_error: str | None = None
        """What it said when it last failed, for the operator."""
        self.failed_at: float | None = None
        """When that was, in Unix seconds."""
        self._clock = clock
        self._loading = True
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False
        _up.labels(name).set(1)

    @property
    def condition(self) -> Condition:
        """How it is now."""
        if self._opened_at is not None:
            return Condition.DOWN
        if self._loading:
            return Condition.LOADING
        return Condition.FAILING if self._failures else Condition.READY

    def admits(self) -> bool:
        """Tell whether a job may be tried; after a rest of the circuit, one at a time may."""
        if self._opened_at is None:
            return True
        if self._probing or self._clock() - self._opened_at < OPEN_SECONDS:
            return False
        self._probing = True
        return True

    def warmed(self) -> None:
        """Note that its warming up has ended, well or not."""
        self._loading = False

    def succeeded(self, seconds: float) -> None:
        """Note a job that it did, or refused for the job's own fault."""
        _jobs.labels(self.name, "done").inc()
        _seconds.labels(self.name).observe(seconds)
        if self._opened_at is not None:
            log.info("engine is back", engine=self.name)
        self._failures, self._opened_at, self._probing = 0, None, False
        _up.labels(self.name).set(1)

    def failed(self, reason: str) -> None:
        """Note a job that failed for the engine's own fault."""
        _jobs.labels(self.name, "failed").inc()
        self.last_error, self.failed_at = reason, time.time()
        self._failures += 1
        if self._failures >= TOLERATED or self._probing:
            if self._opened_at is None:
                log.warning("engine is down", engine=self.name)
            self._opened_at = self._clock()
            _up.labels(self.name).set(0)
        self._probing = False

    def busy(self) -> None:
        """Note a job that it had no room for: it lives."""
        _jobs.labels(self.name, "busy").inc()
        self._probing = False

    def given_up(self) -> None:
        """Note a job that ended before the engine could show what it can."""
        _jobs.labels(self.name, "given up").inc()
        self._probing = False
