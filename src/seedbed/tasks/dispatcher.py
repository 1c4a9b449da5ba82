"""The dispatcher seam: it carries ids to runners, never truth.

    dispatcher = LocalDispatcher(run=runner.run, lanes={"sketch": 2, "ark": 16})
    dispatcher.start()
    dispatcher.enqueue(task_id, "ark")

Each engine has a lane, so that tasks which wait for an upstream hold up nobody else's.

What it forgets, because its process died or a run failed, is in the task rows:
`tasks.recovery` finds it there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog

log = structlog.get_logger()


class Dispatcher(Protocol):
    """Brings each enqueued task to a runner, soon and at least once."""

    def enqueue(self, task_id: str, lane: str) -> None:
        """Have the task run, with the others of its lane."""
        ...

    def holds(self, task_id: str) -> bool:
        """Tell whether the task waits for a runner or is with one."""
        ...

    def running_ids(self) -> frozenset[str]:
        """Name the tasks that are being run."""
        ...

    def stop(self, task_id: str) -> None:
        """Stop the run of a task that has ended otherwise, if it is being run."""
        ...


class LocalDispatcher:
    """Runs tasks in this process, in each lane first come first served, without polling.

    `lanes` says how many tasks of each are run at once.
    """

    def __init__(self, run: Callable[[str], Awaitable[None]], lanes: Mapping[str, int]) -> None:
        self._run = run
        self._lanes = dict(lanes)
        self._queues: dict[str, asyncio.Queue[str]] = {name: asyncio.Queue() for name in lanes}
        self._runners: list[asyncio.Task[None]] = []
        self._held: Counter[str] = Counter()
        self._runs: dict[asyncio.Future[None], str] = {}

    @property
    def waiting(self) -> int:
        """How many tasks wait for a runner."""
        return sum(queue.qsize() for queue in self._queues.values())

    @property
    def running(self) -> int:
        """How many tasks are being run."""
        return len(self._runs)

    def running_ids(self) -> frozenset[str]:
        """Name the tasks that are being run."""
        return frozenset(self._runs.values())

    def enqueue(self, task_id: str, lane: str) -> None:
        """Have the task run as soon as a runner of its lane is free."""
        self._held[task_id] += 1
        self._queues[lane].put_nowait(task_id)

    def holds(self, task_id: str) -> bool:
        """Tell whether the task waits for a runner or is with one."""
        return task_id in self._held

    def stop(self, task_id: str) -> None:
        """Stop the run of a task that has ended otherwise, if it is being run."""
        for run, running in self._runs.items():
            if running == task_id:
                run.cancel()

    def start(self) -> None:
        """Start the runners."""
        self._runners = [
            asyncio.create_task(self._serve(self._queues[lane]), name=f"{lane}-{number}")
            for lane, concurrency in self._lanes.items()
            for number in range(concurrency)
        ]

    async def close(self) -> None:
        """Stop at once; what was waiting or running is found again by recovery."""
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)

    async def _serve(self, queue: asyncio.Queue[str]) -> None:
        while True:
            task_id = await queue.get()
            try:
                await self._run_one(task_id)
            finally:
                self._let_go(task_id)

    async def _run_one(self, task_id: str) -> None:
        """Run one task, in an asyncio task of its own so that it can be stopped alone."""
        run = asyncio.ensure_future(self._run(task_id))
        self._runs[run] = task_id
        try:
            await asyncio.wait([run])
        finally:
            # Still running when this runner itself is cancelled: the run ends with it.
            if not run.done():
                run.cancel()
                await asyncio.wait([run])
            del self._runs[run]
        if not run.cancelled() and (error := run.exception()):
            # A runner outlives whatever one task does to it; recovery finds the task when even
            # recording its failure was impossible.
            log.error("run failed", task_id=task_id, exc_info=error)

    def _let_go(self, task_id: str) -> None:
        self._held[task_id] -= 1
        if not self._held[task_id]:
            del self._held[task_id]
