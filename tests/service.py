"""A service within the test's own process, and the audit that every ledger must pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, func, select

from seedbed import resources
from seedbed.accounts import applications, ledger
from seedbed.accounts.credentials import Caller
from seedbed.outbound import Answer, Unreachable
from seedbed.resources import Resources, open_resources
from seedbed.settings import Settings
from seedbed.storage.database import Database
from seedbed.storage.schema import applications as application_rows
from seedbed.storage.schema import images, tasks

T = TypeVar("T")
SMALL = {"prompt": "a cat", "model": "doubao-seedream-3.0-t2i", "size": "512x512", "seed": 7}
CREDIT = 1_000_000
ROOT = Path(__file__).parent.parent


class InlinePool:
    """A worker pool without processes, for tests of what is around it."""

    def __init__(self, count: int = 1, preload: tuple[str, ...] = ()) -> None:
        self.calls = 0

    async def run(self, work: Callable[..., T], *args: object, timeout: float | None = None) -> T:
        self.calls += 1
        return await asyncio.to_thread(work, *args)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...


class NowhereToGo:
    """The guarded client of a service that may call nobody."""

    def __init__(self, *, allow_loopback: bool) -> None:
        self.calls = 0

    async def request(self, method: str, url: str, **options: Any) -> Answer:
        self.calls += 1
        raise Unreachable("there is nobody")

    async def close(self) -> None: ...


@asynccontextmanager
async def open_service(
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str | None = None,
    *,
    processes: bool = False,
    recover: bool = True,
    **given: Any,
) -> AsyncIterator[Resources]:
    """Open a service whose engine is grey or follows a script of `tests.engines`."""
    if processes:
        # The fork server loads the engine's module, and another package is called `tests` too.
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
    else:
        monkeypatch.setattr(resources, "WorkerPool", InlinePool)
    options = {"grey": {"script": script}}
    base = {"workers": 1, "engines": {"*": "grey"}, "engine_options": options}
    async with open_resources(
        Settings(data_dir=data_dir, **(base | given)), recover=recover
    ) as held:
        yield held


def caller_with(database: Database, credits: int) -> Caller:
    """Give a caller of a new application with so many credits."""
    application = database.write_now(applications.create, "tenant", credits * CREDIT)
    return Caller(application.id, None, application.user_id)


def credits_of(database: Database, caller: Caller) -> tuple[float, float]:
    """Give what is available and what is reserved, in credits."""
    balance = database.read_now(ledger.balance, caller.application_id)
    return balance.available / CREDIT, balance.reserved / CREDIT


def audit(database: Database) -> None:
    """Assert that every balance is the sum of its entries and every task paid what it must."""
    database.read_now(_audit)


def _audit(tx: Connection) -> None:
    for application in tx.execute(select(application_rows)).all():
        entries = ledger.entries_of(tx, application.id)
        assert application.available == sum(entry.available for entry in entries) >= 0
        assert application.reserved == sum(entry.reserved for entry in entries) >= 0
    for task in tx.execute(select(tasks)).all():
        delivered = int(
            tx.scalar(
                select(func.count()).where(
                    images.c.task_id == task.id, images.c.blob_key.is_not(None)
                )
            )
            or 0
        )
        assert ledger.charged(tx, task.id) == task.price * delivered, task
        total = task.price * task.image_count
        ended = task.finished_at is not None
        assert ledger.held(tx, task.id) == (0 if ended else total - task.price * delivered), task
        assert ended == (task.state in ("succeeded", "failed", "cancelled")), task
        if ended:
            assert (task.state == "succeeded") == (delivered > 0), task
            assert (task.error_code is None) == (task.state == "succeeded"), task
