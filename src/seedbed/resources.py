"""What a process of Seedbed holds while it runs, opened and closed in one place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog

from seedbed.accounts.limits import RateLimiter
from seedbed.engines.registry import Engines
from seedbed.outbound import Outbound
from seedbed.service.answers import Answers
from seedbed.service.callbacks import Callbacks
from seedbed.service.images import ImageService
from seedbed.service.inputs import Inputs
from seedbed.settings import Settings
from seedbed.storage.blobs import BlobStore, UrlSigner, load_or_create_secret
from seedbed.storage.database import Database
from seedbed.storage.instance import InstanceLock
from seedbed.storage.migrate import open_database
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.deliverer import Deliverer
from seedbed.tasks.dispatcher import LocalDispatcher
from seedbed.tasks.pace import Pace
from seedbed.tasks.previews import Previews
from seedbed.tasks.recorder import Recorder
from seedbed.tasks.recovery import Recovery
from seedbed.tasks.retention import Retention
from seedbed.tasks.runner import Runner
from seedbed.workers import WorkerPool

log = structlog.get_logger()


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
    poll_limiter: RateLimiter
    login_limiter: RateLimiter
    images: ImageService
    inputs: Inputs
    answers: Answers
    callbacks: Callbacks
    announcer: Announcer
    previews: Previews

    def base_url(self, request_base: object) -> str:
        """Give the base of the URLs in an answer: as configured, or as the request came in."""
        return self.settings.public_url or str(request_base).rstrip("/")


@asynccontextmanager
async def open_resources(settings: Settings, *, recover: bool) -> AsyncIterator[Resources]:
    """Open everything, run tasks while open, and close in reverse.

    With `recover`, the process also takes over what dead processes left: the server does, a
    single command does not.
    """
    async with AsyncExitStack() as opened:
        database = open_database(settings)
        instance = InstanceLock.acquire(settings.data_dir / "instances")
        # Given back last: until nothing more can be written, the tasks are this process's.
        opened.callback(instance.release)
        opened.callback(database.close)
        engines = Engines(settings)
        opened.push_async_callback(engines.close)
        pool = WorkerPool(settings.workers, preload=("seedbed.imaging.finish", *engines.modules))
        opened.push_async_callback(pool.close)
        blobs = BlobStore.local(settings.data_dir / "blobs")
        secret = load_or_create_secret(settings.data_dir / "url.secret")
        signer = UrlSigner(secret, settings.url_ttl)
        answers = Answers(blobs, signer)
        outbound = Outbound(allow_loopback=settings.allows_loopback)
        opened.push_async_callback(outbound.close)
        inputs = Inputs(pool, blobs, signer, outbound, settings.input_timeout)
        announcer, pace, previews = Announcer(), Pace(), Previews()
        callbacks = Callbacks(database, answers, announcer, outbound)
        deliverer = Deliverer(
            database, outbound, callbacks.body, instance.id, settings.callback_retries
        )
        opened.push_async_callback(deliverer.close)
        announcer.at_end(deliverer.task_ended)
        runner = Runner(
            database,
            engines,
            blobs,
            Recorder(database, pool, blobs, announcer, previews, settings.watermark_text),
            announcer,
            pace,
            instance.id,
        )
        dispatcher = LocalDispatcher(runner.run, engines.lanes)
        recovery = Recovery(
            database,
            dispatcher,
            deliverer,
            announcer,
            instance,
            settings.max_attempts,
            lambda model: engines.first(model).name,
        )
        if recover:
            await recovery.sweep()
        dispatcher.start()
        opened.push_async_callback(dispatcher.close)
        await opened.enter_async_context(_beside(_warm(engines, pool)))
        if recover:
            await opened.enter_async_context(_beside(recovery.run_forever()))
            retention = Retention(
                database, blobs, settings.task_retention, settings.picture_retention
            )
            await opened.enter_async_context(_beside(retention.run_forever()))
        yield Resources(
            settings=settings,
            database=database,
            blobs=blobs,
            signer=signer,
            engines=engines,
            pool=pool,
            dispatcher=dispatcher,
            limiter=RateLimiter(settings.rate_limit),
            poll_limiter=RateLimiter(settings.poll_limit),
            login_limiter=RateLimiter(settings.login_limit),
            images=ImageService(
                database, dispatcher, announcer, pace, settings, instance.id, engines, inputs
            ),
            inputs=inputs,
            answers=answers,
            callbacks=callbacks,
            announcer=announcer,
            previews=previews,
        )


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run something in the background until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _warm(engines: Engines, pool: WorkerPool) -> None:
    """Load what first jobs would wait for; what cannot be loaded fails them, not the service."""
    fault, _ = await asyncio.gather(pool.warm(), engines.warm(), return_exceptions=True)
    if isinstance(fault, BaseException):
        log.error("warming up failed", exc_info=fault)
