"""What a process of Seedbed holds while it runs, opened and closed in one place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from seedbed.accounts.limits import RateLimiter
from seedbed.engines.registry import Engines
from seedbed.service.images import ImageService
from seedbed.settings import Settings
from seedbed.storage.blobs import BlobStore, UrlSigner, load_or_create_secret
from seedbed.storage.database import Database
from seedbed.storage.instance import InstanceLock
from seedbed.storage.migrate import migrate
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.dispatcher import LocalDispatcher
from seedbed.tasks.recovery import Recovery
from seedbed.tasks.runner import Runner
from seedbed.workers import WorkerPool


@dataclass(frozen=True, slots=True)
class Resources:
    """The parts that requests are served with."""

    settings: Settings
    database: Database
    blobs: BlobStore
    signer: UrlSigner
    engines: Engines
    pool: WorkerPool
    dispatcher: LocalDispatcher
    limiter: RateLimiter
    images: ImageService


def open_database(settings: Settings) -> Database:
    """Open the database of the data folder, created or upgraded as needed."""
    database = Database(settings.data_dir / "seedbed.db")
    migrate(database)
    return database


@asynccontextmanager
async def open_resources(settings: Settings, *, recover: bool) -> AsyncIterator[Resources]:
    """Open everything, run tasks while open, and close in reverse.

    With `recover`, the process also takes over what dead processes left: the server does, a
    single command does not.
    """
    database = open_database(settings)
    instance = InstanceLock.acquire(settings.data_dir / "instances")
    engines = Engines(settings)
    pool = WorkerPool(settings.workers, preload=("seedbed.imaging.finish", *engines.modules))
    blobs = BlobStore.local(settings.data_dir / "blobs")
    signer = UrlSigner(load_or_create_secret(settings.data_dir / "url.secret"), settings.url_ttl)
    announcer = Announcer()
    runner = Runner(
        database, engines, pool, blobs, announcer, instance.id, settings.watermark_text
    )
    dispatcher = LocalDispatcher(runner.run, concurrency=settings.workers)
    service = ImageService(database, dispatcher, announcer, settings, instance.id)
    recovery = Recovery(database, dispatcher, announcer, instance, settings.max_attempts)
    background = [asyncio.create_task(_warm(engines, pool), name="warm")]
    if recover:
        await recovery.sweep()
        background.append(asyncio.create_task(recovery.run_forever(), name="recovery"))
    dispatcher.start()
    try:
        yield Resources(
            settings=settings,
            database=database,
            blobs=blobs,
            signer=signer,
            engines=engines,
            pool=pool,
            dispatcher=dispatcher,
            limiter=RateLimiter(settings.rate_limit),
            images=service,
        )
    finally:
        await dispatcher.close()
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await pool.close()
        await engines.close()
        database.close()
        instance.release()


async def _warm(engines: Engines, pool: WorkerPool) -> None:
    await engines.warm()
    await pool.warm()
