"""The circuit breaker: when it opens, whom it lets try, and when it closes again."""

from __future__ import annotations

from dataclasses import dataclass

from seedbed.engines.health import OPEN_SECONDS, PROBE_SECONDS, TOLERATED, Condition, Health


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Health:
    health = Health("ark", clock)
    health.warmed()
    for _ in range(TOLERATED):
        assert health.admits()
        health.failed("refused")
    return health


def test_an_engine_is_loading_until_it_is_warm() -> None:
    health = Health("ark", Clock())
    assert (health.condition, health.admits()) == (Condition.LOADING, True)
    health.warmed()
    assert health.condition is Condition.READY


def test_failures_in_a_row_open_the_circuit_and_a_success_between_does_not() -> None:
    health = Health("ark", Clock())
    health.warmed()
    for _ in range(3):
        for _ in range(TOLERATED - 1):
            health.failed("refused")
        assert health.condition is Condition.FAILING
        health.succeeded(0.1)
        assert health.condition is Condition.READY
    assert opened(Clock()).condition is Condition.DOWN


def test_after_a_rest_one_job_at_a_time_tries() -> None:
    clock = Clock()
    health = opened(clock)
    assert not health.admits()
    clock.now += OPEN_SECONDS
    assert health.admits()
    assert not health.admits()
    health.failed("refused")
    assert not health.admits(), "it rests again"
    clock.now += OPEN_SECONDS
    assert health.admits()
    health.succeeded(0.1)
    assert health.condition is Condition.READY
    assert health.admits()
    assert health.admits()


def test_a_try_that_told_nothing_lets_another_try() -> None:
    clock = Clock()
    health = opened(clock)
    clock.now += OPEN_SECONDS
    assert health.admits()
    health.given_up()
    assert health.admits()
    health.busy()
    assert health.admits()


def test_an_engine_that_has_rested_is_told_to_be_there_or_nobody_would_ask_it() -> None:
    clock = Clock()
    health = opened(clock)
    assert (health.condition, health.rest) == (Condition.DOWN, OPEN_SECONDS)
    clock.now += OPEN_SECONDS - 10
    assert (health.condition, health.rest) == (Condition.DOWN, 10)
    clock.now += 10
    assert health.condition is Condition.FAILING
    assert health.admits()
    assert health.rest == PROBE_SECONDS, "while another tries"


def test_an_engine_that_could_not_be_warmed_is_down_until_it_has_done_a_job() -> None:
    health = Health("ark", Clock())
    health.warmed("no key")
    assert (health.condition, health.last_error) == (Condition.DOWN, "no key")
    assert health.admits(), "it may have been mended"
    health.succeeded(1.0)
    assert health.condition is Condition.READY
