"""Recovery: what nobody else sees to is found, and what somebody holds is left alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from seedbed.storage.database import Database
from seedbed.storage.instance import InstanceLock
from seedbed.tasks import recovery, store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.deliverer import Deliverer
from seedbed.tasks.recovery import WORN_OUT, Recovery
from seedbed.tasks.states import State
from seedbed.tasks.task import Attempt
from tests.service import audit
from tests.tasks import Due, begin, now, record


@dataclass
class Known:
    """A dispatcher that only remembers."""

    ids: list[str] = field(default_factory=list)

    def claim(self, task_id: str, lane: str) -> bool:
        raise AssertionError("nothing is new here")

    def let_go(self, task_id: str, lane: str) -> None:
        raise AssertionError("nothing was claimed")

    def enqueue(self, task_id: str, lane: str, attempt: Attempt | None = None) -> None:
        self.ids.append(task_id)

    def holds(self, task_id: str) -> bool:
        return task_id in self.ids

    def running_ids(self) -> frozenset[str]:
        return frozenset()

    def stop(self, task_id: str) -> None:
        raise AssertionError("nothing runs here")


@dataclass
class Process:
    recovery: Recovery
    lock: InstanceLock
    known: Known
    announcer: Announcer


@pytest.fixture
def processes(database: Database, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """Two living processes over one data folder."""

    def process() -> Process:
        lock = InstanceLock.acquire(tmp_path / "instances")
        known, announcer = Known(), Announcer()
        recovery = Recovery(database, known, cast(Deliverer, Due()), announcer, lock, 2, str)
        return Process(recovery, lock, known, announcer)

    one, other = process(), process()
    yield one, other
    one.lock.release()
    other.lock.release()


async def test_a_living_process_keeps_its_tasks(
    database: Database, processes: tuple[Process, Process]
) -> None:
    one, other = processes
    queued, running = record(database, one.lock.id), record(database, one.lock.id)
    begin(database, running, one.lock.id)
    await other.recovery.sweep()
    assert other.known.ids == []
    assert now(database, queued).owner == now(database, running).owner == one.lock.id
    assert now(database, running).state is State.RUNNING


async def test_tasks_of_a_dead_process_go_to_exactly_one_other(
    database: Database, processes: tuple[Process, Process]
) -> None:
    tasks = [record(database, "00000000-0000-0000-0000-000000000000") for _ in range(5)]
    begin(database, tasks[0], tasks[0].owner)
    one, other = processes
    await asyncio.gather(one.recovery.sweep(), other.recovery.sweep())
    assert sorted(one.known.ids + other.known.ids) == sorted(task.id for task in tasks)
    for process in processes:
        assert all(
            found.owner == process.lock.id
            for found in (now(database, task) for task in tasks)
            if found.id in process.known.ids
        )
    audit(database)


async def test_a_worn_out_task_ends_and_its_waiters_wake(
    database: Database, processes: tuple[Process, Process]
) -> None:
    one, _ = processes
    task = record(database, "dead", attempt=0)
    begin(database, task, "dead")
    database.write_now(store.adopt, ["dead"], "dead again", 2, WORN_OUT)
    begin(database, task, "dead again")
    with one.announcer.watch(task.id) as changed:
        await one.recovery.sweep()
        assert changed.is_set()
    assert now(database, task).error == WORN_OUT
    audit(database)


async def test_an_overdue_task_ends_and_its_waiters_wake(
    database: Database, processes: tuple[Process, Process]
) -> None:
    one, other = processes
    task = record(database, other.lock.id, deadline_at=time.time() - 1)
    with one.announcer.watch(task.id) as changed:
        await one.recovery.sweep()
        assert changed.is_set()
    error = now(database, task).error
    assert error is not None
    assert error.code == "timeout"


async def test_a_recorded_task_that_never_reached_the_dispatcher_is_found(
    database: Database, processes: tuple[Process, Process]
) -> None:
    one, _ = processes
    task = record(database, one.lock.id)
    await one.recovery.sweep()
    await one.recovery.sweep()
    assert one.known.ids == [task.id]


async def test_a_running_task_without_a_runner_runs_again_and_ends_in_the_end(
    database: Database, processes: tuple[Process, Process]
) -> None:
    one, _ = processes
    task = record(database, one.lock.id)
    for attempt in (1, 2):
        assert begin(database, task, one.lock.id).number == attempt
        one.known.ids.clear()
        await one.recovery.sweep()
    assert one.known.ids == []
    assert now(database, task).error == WORN_OUT
    audit(database)


async def test_a_running_task_with_its_runner_is_left(
    database: Database, processes: tuple[Process, Process]
) -> None:
    one, _ = processes
    task = record(database, one.lock.id)
    one.known.enqueue(task.id, "lane")
    begin(database, task, one.lock.id)
    await one.recovery.sweep()
    assert now(database, task).state is State.RUNNING
    assert one.known.ids == [task.id]


async def test_locks_of_dead_processes_are_cleared_away(
    database: Database, processes: tuple[Process, Process]
) -> None:
    one, _ = processes
    left = one.lock.folder / "11111111-1111-1111-1111-111111111111.lock"
    left.touch()
    await one.recovery.sweep()
    assert not left.exists()
    assert len(list(one.lock.folder.iterdir())) == 2


async def test_sweeping_goes_on_after_a_sweep_that_failed(
    database: Database,
    processes: tuple[Process, Process],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, _ = processes
    monkeypatch.setattr(recovery, "INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(store, "any_overdue", lambda *_: 1 / 0)
    sweeping = asyncio.create_task(one.recovery.run_forever())
    await asyncio.sleep(0.05)
    monkeypatch.undo()
    task = record(database, one.lock.id)
    deadline = time.monotonic() + 5
    while task.id not in one.known.ids:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    sweeping.cancel()
