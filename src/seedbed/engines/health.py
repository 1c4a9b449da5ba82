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
PROBE_SECONDS = 5.0
"""How soon to ask again while another job tries."""

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
    """Jobs do not go to it for a while, or it could not be warmed and has done none yet."""


class Health:
    """What is known of one engine; lives in the event loop's thread."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.last_error: str | None = None
        """What it said when it last failed, for the operator."""
        self.failed_at: float | None = None
        """When that was, in Unix seconds."""
        self._clock = clock
        self._loading, self._is_cold = True, False
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False
        _up.labels(name).set(1)

    @property
    def condition(self) -> Condition:
        """How it is now."""
        if self._is_cold or self._is_resting:
            return Condition.DOWN
        if self._loading:
            return Condition.LOADING
        return Condition.FAILING if self._failures else Condition.READY

    @property
    def rest(self) -> float:
        """Seconds after which it is worth asking again."""
        if self._opened_at is None or self._probing:
            return PROBE_SECONDS
        return max(1.0, OPEN_SECONDS - (self._clock() - self._opened_at))

    @property
    def _is_resting(self) -> bool:
        # After the rest it may be asked again, and so must not be told to be down: whoever sends
        # requests by that word would never send the one that finds it back.
        return self._opened_at is not None and self._clock() - self._opened_at < OPEN_SECONDS

    def admits(self) -> bool:
        """Tell whether a job may be tried; after a rest of the circuit, one at a time may."""
        if self._opened_at is None:
            return True
        if self._probing or self._is_resting:
            return False
        self._probing = True
        return True

    def warmed(self, fault: str | None = None) -> None:
        """Note that its warming up has ended, and the fault when it has not ended well."""
        self._loading = False
        if fault is not None:
            self._is_cold = True
            self.last_error, self.failed_at = fault, time.time()
            _up.labels(self.name).set(0)

    def succeeded(self, seconds: float) -> None:
        """Note a job that it did, or refused for the job's own fault."""
        _jobs.labels(self.name, "done").inc()
        _seconds.labels(self.name).observe(seconds)
        if self._opened_at is not None:
            log.info("engine is back", engine=self.name)
        self._failures, self._opened_at, self._probing, self._is_cold = 0, None, False, False
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
