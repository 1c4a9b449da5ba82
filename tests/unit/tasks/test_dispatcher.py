"""The local dispatcher: in order, never more at once than it may, never stopped by a task."""

from __future__ import annotations

import asyncio
import time

from seedbed.storage.database import Database
from seedbed.tasks.dispatcher import LocalDispatcher
from seedbed.tasks.task import Attempt
from tests.tasks import begin, record


class Runs:
    """A runner that is told when to go on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.attempts: list[Attempt | None] = []
        self.go = asyncio.Event()
        self.most = self.now = 0

    async def run(self, task_id: str, attempt: Attempt | None = None) -> None:
        self.begun.append(task_id)
        self.attempts.append(attempt)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.go.wait()
            if task_id.startswith("bad"):
                raise ZeroDivisionError
        finally:
            self.now -= 1


async def until_idle(dispatcher: LocalDispatcher) -> None:
    deadline = time.monotonic() + 5
    while dispatcher.waiting or dispatcher.running:
        assert time.monotonic() < deadline
        await asyncio.sleep(0)


async def test_tasks_run_in_order_and_not_too_many_at_once() -> None:
    runs = Runs()
    dispatcher = LocalDispatcher(runs.run, {"x": 2})
    for name in "abcde":
        dispatcher.enqueue(name, "x")
    assert (dispatcher.waiting, dispatcher.running) == (5, 0)
    dispatcher.start()
    await asyncio.sleep(0.01)
    assert (dispatcher.waiting, dispatcher.running) == (3, 2)
    assert all(dispatcher.holds(name) for name in "abcde")
    runs.go.set()
    await until_idle(dispatcher)
    assert (runs.begun, runs.most) == (list("abcde"), 2)
    assert not any(dispatcher.holds(name) for name in "abcde")
    await dispatcher.close()


async def test_a_run_that_raises_ends_no_runner() -> None:
    runs = Runs()
    runs.go.set()
    dispatcher = LocalDispatcher(runs.run, {"x": 1})
    dispatcher.start()
    for name in ("bad", "worse", "bad again", "good"):
        dispatcher.enqueue(name, "x")
    await until_idle(dispatcher)
    assert runs.begun[-1] == "good"
    assert not dispatcher.holds("bad")
    await dispatcher.close()


async def test_a_task_enqueued_twice_is_held_until_both_are_done() -> None:
    runs = Runs()
    dispatcher = LocalDispatcher(runs.run, {"x": 1})
    dispatcher.enqueue("a", "x")
    dispatcher.enqueue("a", "x")
    dispatcher.start()
    await asyncio.sleep(0.01)
    assert dispatcher.holds("a")
    runs.go.set()
    await until_idle(dispatcher)
    assert not dispatcher.holds("a")
    await dispatcher.close()


async def test_closing_stops_at_once_and_starts_nothing_more() -> None:
    runs = Runs()
    dispatcher = LocalDispatcher(runs.run, {"x": 1})
    dispatcher.enqueue("running", "x")
    dispatcher.enqueue("waiting", "x")
    dispatcher.start()
    await asyncio.sleep(0.01)
    await asyncio.wait_for(dispatcher.close(), 1)
    assert runs.begun == ["running"]
    assert runs.now == 0


async def test_a_lane_that_is_full_holds_up_no_other() -> None:
    runs = Runs()
    dispatcher = LocalDispatcher(runs.run, {"slow": 1, "quick": 2})
    dispatcher.start()
    for name in ("a", "b"):
        dispatcher.enqueue(name, "slow")
    dispatcher.enqueue("c", "quick")
    await asyncio.sleep(0.01)
    assert sorted(runs.begun) == ["a", "c"]
    runs.go.set()
    await until_idle(dispatcher)
    assert sorted(runs.begun) == ["a", "b", "c"]
    await dispatcher.close()


async def test_a_claim_keeps_a_free_runner_and_there_is_none_too_many(database: Database) -> None:
    runs = Runs()
    dispatcher = LocalDispatcher(runs.run, {"x": 2})
    assert not dispatcher.claim("too early", "x"), "nobody runs yet"
    dispatcher.start()
    assert dispatcher.claim("a", "x")
    assert dispatcher.holds("a"), "recovery must not take it for lost"
    dispatcher.enqueue("b", "x")
    assert not dispatcher.claim("c", "x")
    assert not dispatcher.holds("c")
    attempt = begin(database, record(database))
    dispatcher.enqueue("a", "x", attempt)
    await asyncio.sleep(0.01)
    assert (runs.begun, runs.attempts) == (["b", "a"], [None, attempt])
    runs.go.set()
    await until_idle(dispatcher)
    assert dispatcher.claim("d", "x")
    dispatcher.let_go("d", "x")
    assert not dispatcher.holds("d")
    assert dispatcher.claim("e", "x")
    assert dispatcher.claim("f", "x")
    await dispatcher.close()
