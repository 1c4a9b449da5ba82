"""Recovery: finds what dead processes left and what deadlines have passed.

Runs at start and every few seconds after. Whether a process is dead is told by the operating
system, through the lock each holds, so there is no timeout to wait for and a slow process is
never taken for a dead one.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import structlog

from seedbed.storage.database import Database
from seedbed.storage.instance import InstanceLock
from seedbed.tasks import store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.dispatcher import Dispatcher
from seedbed.tasks.runner import OVERDUE
from seedbed.tasks.task import TaskError

log = structlog.get_logger()

INTERVAL_SECONDS = 2.0
WORN_OUT = TaskError("api_error", "The service stopped during each attempt at this task.")


@dataclass(frozen=True, slots=True)
class Recovery:
    """Takes over orphaned tasks and fails overdue ones."""

    database: Database
    dispatcher: Dispatcher
    announcer: Announcer
    instance: InstanceLock
    max_attempts: int

    async def run_forever(self) -> None:
        """Sweep every few seconds until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            try:
                await self.sweep()
            except Exception:
                log.exception("sweep failed")

    async def sweep(self) -> None:
        """Adopt, enqueue and expire once."""
        await self._fail_overdue()
        await self._adopt_orphans()

    async def _fail_overdue(self) -> None:
        now = time.time()
        if not await self.database.read(store.any_overdue, now):
            return
        for task_id in await self.database.write(store.fail_overdue, now, OVERDUE):
            log.warning("task overdue", task_id=task_id)
            self.announcer.announce(task_id)

    async def _adopt_orphans(self) -> None:
        owners = await self.database.read(store.owners_of_unfinished)
        dead = [owner for owner in owners if not self.instance.is_alive(owner)]
        if not dead:
            return
        adopted = await self.database.write(
            store.adopt, dead, self.instance.id, self.max_attempts, WORN_OUT
        )
        log.info("tasks adopted", count=len(adopted))
        for task_id in adopted:
            self.dispatcher.enqueue(task_id)
