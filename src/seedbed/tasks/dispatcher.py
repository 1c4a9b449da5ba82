"""The dispatcher seam: it carries ids to runners, never truth.

    dispatcher = LocalDispatcher(run=runner.run, concurrency=2)
    dispatcher.start()
    dispatcher.enqueue(task_id)

What it forgets, because its process died or a run failed, is in the task rows:
`tasks.recovery` finds it there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

log = structlog.get_logger()


class Dispatcher(Protocol):
    """Brings each enqueued task to a runner, soon and at least once."""

    def enqueue(self, task_id: str) -> None:
        """Have the task run."""
        ...

    def holds(self, task_id: str) -> bool:
        """Tell whether the task waits for a runner or is with one."""
        ...


class LocalDispatcher:
    """Runs tasks in this process, first come first served, without polling."""

    def __init__(self, run: Callable[[str], Awaitable[None]], concurrency: int) -> None:
        self._run = run
        self._concurrency = concurrency
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._runners: list[asyncio.Task[None]] = []
        self._held: Counter[str] = Counter()
        self._running = 0

    @property
    def waiting(self) -> int:
        """How many tasks wait for a runner."""
        return self._queue.qsize()

    @property
    def running(self) -> int:
        """How many tasks are being run."""
        return self._running

    def enqueue(self, task_id: str) -> None:
        """Have the task run as soon as a runner is free."""
        self._held[task_id] += 1
        self._queue.put_nowait(task_id)

    def holds(self, task_id: str) -> bool:
        """Tell whether the task waits for a runner or is with one."""
        return task_id in self._held

    def start(self) -> None:
        """Start the runners."""
        self._runners = [
            asyncio.create_task(self._serve(), name=f"runner-{number}")
            for number in range(self._concurrency)
        ]

    async def close(self) -> None:
        """Stop at once; what was waiting or running is found again by recovery."""
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)

    async def _serve(self) -> None:
        while True:
            task_id = await self._queue.get()
            self._running += 1
            try:
                await self._run(task_id)
            except Exception:
                # A runner outlives whatever one task does to it; recovery finds the task when
                # even recording its failure was impossible.
                log.exception("run failed", task_id=task_id)
            finally:
                self._running -= 1
                self._let_go(task_id)

    def _let_go(self, task_id: str) -> None:
        self._held[task_id] -= 1
        if not self._held[task_id]:
            del self._held[task_id]
