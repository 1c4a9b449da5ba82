"""Retention: removes finished tasks and their pictures after settable times.

The ledger is never touched: what was paid for stays on record.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from seedbed.storage.blobs import BlobStore
from seedbed.storage.database import Database
from seedbed.tasks import idempotency, store

log = structlog.get_logger()

INTERVAL_SECONDS = 600.0
BATCH = 200
"""Tasks removed in one transaction: requests wait for no more than that."""
PAUSE_SECONDS = 0.05
"""Between two batches, so that a large clean-up leaves the database to others most of the time."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Removes what is older than it needs to be."""

    database: Database
    blobs: BlobStore
    task_seconds: float
    picture_seconds: float

    async def run_forever(self) -> None:
        """Clean up every few minutes until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("clean-up failed")
            await asyncio.sleep(INTERVAL_SECONDS)

    async def sweep(self) -> None:
        """Remove everything that is too old now."""
        await self.database.write(idempotency.forget_old)
        before = time.time() - self.task_seconds
        tasks = 0
        while removed := await self.database.write(store.remove_finished, before, BATCH):
            tasks += removed
            await asyncio.sleep(PAUSE_SECONDS)
        oldest = datetime.fromtimestamp(time.time() - self.picture_seconds, UTC)
        pictures = await self.blobs.remove_older_than(oldest)
        if tasks or pictures:
            log.info("cleaned up", tasks=tasks, pictures=pictures)
