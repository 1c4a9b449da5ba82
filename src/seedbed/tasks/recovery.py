"""Recovery: finds what dead processes left, what runners lost, what is due and what is overdue.

Runs at start and every few seconds after. Whether a process is dead is told by the operating
system, through the lock each holds, so there is no timeout to wait for and a slow process is
never taken for a dead one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from seedbed.storage.database import Database
from seedbed.storage.instance import InstanceLock, reap
from seedbed.tasks import deliveries, store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.deliverer import Deliverer
from seedbed.tasks.dispatcher import Dispatcher
from seedbed.tasks.runner import OVERDUE
from seedbed.tasks.states import State
from seedbed.tasks.store import Resumed
from seedbed.tasks.task import TaskError

log = structlog.get_logger()

INTERVAL_SECONDS = 2.0
WORN_OUT = TaskError("api_error", "The service stopped during each attempt at this task.")


@dataclass(frozen=True, slots=True)
class Recovery:
    """Takes over orphaned tasks, finds lost ones and ends overdue ones."""

    database: Database
    dispatcher: Dispatcher
    deliverer: Deliverer
    announcer: Announcer
    instance: InstanceLock
    max_attempts: int
    lane_of: Callable[[str], str]
    """Names the lane of a model."""

    async def run_forever(self) -> None:
        """Sweep every few seconds until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            try:
                await self.sweep()
            except Exception:
                log.exception("sweep failed")

    async def sweep(self) -> None:
        """Look once for everything that nobody else will see to."""
        await self._end_overdue()
        await self._adopt_orphans()
        await self._find_lost()
        await self._find_due()
        await asyncio.to_thread(reap, self.instance.folder)

    async def _end_overdue(self) -> None:
        now = time.time()
        if not await self.database.read(store.any_overdue, now):
            return
        for task_id in await self.database.write(store.end_overdue, now, OVERDUE):
            log.warning("task overdue", task_id=task_id)
            self.announcer.announce_end(task_id)

    async def _adopt_orphans(self) -> None:
        owners = await self.database.read(_owners)
        own = self.instance.id  # which lives, even if somebody has removed its lock file
        dead = [owner for owner in owners if owner != own and not self.instance.is_alive(owner)]
        if dead:
            self._resume(
                await self.database.write(
                    _adopt, dead, self.instance.id, self.max_attempts, WORN_OUT
                )
            )

    async def _find_lost(self) -> None:
        """Find this process's own tasks that its dispatcher does not know.

        A caller that was cancelled after its task was recorded leaves one, and so does a runner
        that could not record how its attempt ended, for want of disk space for example.
        """
        running = self.dispatcher.running_ids()
        unfinished = await self.database.read(store.unfinished_of, self.instance.id)
        for task_id in running - {one.task_id for one in unfinished}:
            # Ended by somebody else: cancelled through another process, or overdue.
            self.dispatcher.stop(task_id)
        # Looked at after the rows were read: whoever began one of them holds it by now.
        lost = [one for one in unfinished if not self.dispatcher.holds(one.task_id)]
        self._resume(
            Resumed(tuple(one.waiting for one in lost if one.state is State.QUEUED), ended=())
        )
        abandoned = [one for one in lost if one.state is State.RUNNING]
        if abandoned:
            self._resume(
                await self.database.write(
                    store.requeue, abandoned, self.instance.id, self.max_attempts, WORN_OUT
                )
            )

    async def _find_due(self) -> None:
        """Hand over what is due to be delivered: after a start, a resend, an adoption."""
        due = await self.database.read(deliveries.open_of, self.instance.id, time.time())
        for one in due:
            self.deliverer.enqueue(one)

    def _resume(self, resumed: Resumed) -> None:
        for one in resumed.queued:
            log.info("task resumed", task_id=one.task_id)
            self.dispatcher.enqueue(one.task_id, self.lane_of(one.model))
        for task_id in resumed.ended:
            log.warning("task is not tried again", task_id=task_id)
            self.announcer.announce_end(task_id)


def _owners(tx: Connection) -> frozenset[str]:
    return store.owners_of_unfinished(tx) | deliveries.owners_of_open(tx)


def _adopt(
    tx: Connection, dead: Collection[str], owner: str, max_attempts: int, error: TaskError
) -> Resumed:
    deliveries.adopt(tx, dead, owner)
    return store.adopt(tx, dead, owner, max_attempts, error)
