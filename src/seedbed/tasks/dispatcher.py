"""The dispatcher seam: it carries tasks to runners, never truth.

    dispatcher = LocalDispatcher(run=runner.run, lanes={"sketch": 2, "ark": 16})
    dispatcher.start()
    dispatcher.enqueue(task_id, "ark")

Each engine has a lane, so that tasks which wait for an upstream hold up nobody else's. Where a
runner is free, `claim` keeps it for a task that is about to be recorded, so that its first attempt
can begin in the very transaction that records it.

What it forgets, because its process died or a run failed, is in the task rows:
`tasks.recovery` finds it there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import structlog

from seedbed.tasks.task import Attempt

log = structlog.get_logger()

Run: TypeAlias = Callable[[str, Attempt | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A task in a lane, and the attempt that has begun already, if one has."""

    task_id: str
    attempt: Attempt | None


class Dispatcher(Protocol):
    """Brings each enqueued task to a runner, soon and at least once."""

    def claim(self, task_id: str, lane: str) -> bool:
        """Keep a runner for a task, if one is free; `enqueue` or `let_go` must follow."""
        ...

    def let_go(self, task_id: str, lane: str) -> None:
        """Give back the runner that was claimed for a task."""
        ...

    def enqueue(self, task_id: str, lane: str, attempt: Attempt | None = None) -> None:
        """Have the task run, with the others of its lane; `attempt` began on a claim."""
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

    def __init__(self, run: Run, lanes: Mapping[str, int]) -> None:
        self._run = run
        self._lanes = dict(lanes)
        self._queues: dict[str, asyncio.Queue[_Waiting]] = {name: asyncio.Queue() for name in lanes}
        self._load: Counter[str] = Counter()
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

    def claim(self, task_id: str, lane: str) -> bool:
        """Keep a runner for a task, if one is free; `enqueue` or `let_go` must follow."""
        if not self._runners or self._load[lane] >= self._lanes[lane]:
            return False
        self._take(task_id, lane)
        return True

    def let_go(self, task_id: str, lane: str) -> None:
        """Give back the runner that was claimed for a task, or that has run it."""
        self._load[lane] -= 1
        self._held[task_id] -= 1
        if not self._held[task_id]:
            del self._held[task_id]

    def enqueue(self, task_id: str, lane: str, attempt: Attempt | None = None) -> None:
        """Have the task run as soon as a runner of its lane is free: at once, on a claim."""
        if attempt is None:
            self._take(task_id, lane)
        self._queues[lane].put_nowait(_Waiting(task_id, attempt))

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
            asyncio.create_task(self._serve(lane), name=f"{lane}-{number}")
            for lane, concurrency in self._lanes.items()
            for number in range(concurrency)
        ]

    async def close(self) -> None:
        """Stop at once; what was waiting or running is found again by recovery."""
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)

    def _take(self, task_id: str, lane: str) -> None:
        self._load[lane] += 1
        self._held[task_id] += 1

    async def _serve(self, lane: str) -> None:
        queue = self._queues[lane]
        while True:
            waiting = await queue.get()
            try:
                await self._run_one(waiting)
            finally:
                self.let_go(waiting.task_id, lane)

    async def _run_one(self, waiting: _Waiting) -> None:
        """Run one task, in an asyncio task of its own so that it can be stopped alone."""
        task_id = waiting.task_id
        run = asyncio.ensure_future(self._run(task_id, waiting.attempt))
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
