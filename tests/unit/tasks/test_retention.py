"""Retention: what is old goes, what somebody still needs stays, the ledger is never touched."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from seedbed.accounts import ledger
from seedbed.storage.blobs import BlobNotFound, BlobStore
from seedbed.storage.database import Database
from seedbed.storage.schema import deliveries as delivery_rows
from seedbed.storage.schema import delivery_attempts, idempotency_keys, images, tasks
from seedbed.tasks import deliveries, idempotency, retention, store
from seedbed.tasks.deliveries import DeliveryAttempt, DeliveryState
from seedbed.tasks.retention import Retention
from seedbed.tasks.task import Task
from tests.service import audit
from tests.tasks import PICTURE, begin, record

DAY = 86_400.0


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore.local(tmp_path / "blobs")


@pytest.fixture
def sweep(database: Database, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch) -> Retention:
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    return Retention(database, blobs, task_seconds=10 * DAY, picture_seconds=5 * DAY)


def finished(database: Database, days_ago: float) -> Task:
    task = record(database)
    attempt = begin(database, task)
    database.write_now(store.add_image, attempt, PICTURE)
    database.write_now(store.end, attempt, None)
    age(database, task, days_ago)
    return task


def age(database: Database, task: Task, days: float) -> None:
    then = time.time() - days * DAY
    database.write_now(
        lambda tx: tx.execute(update(tasks).where(tasks.c.id == task.id).values(finished_at=then))
    )


def kept(database: Database) -> set[str]:
    return set(database.read_now(lambda tx: tx.scalars(select(tasks.c.id)).all()))


def plan(database: Database, task: Task) -> deliveries.Delivery:
    database.write_now(
        deliveries.plan,
        task_id=task.id,
        application_id=task.application_id,
        owner="me",
        url="https://example.com",
        base_url="",
    )
    database.write_now(deliveries.make_ready, task.id)
    delivery = database.read_now(deliveries.of_task, task.id)
    assert delivery is not None
    return delivery


async def test_old_tasks_go_with_all_that_is_about_them(
    database: Database, sweep: Retention
) -> None:
    old = [finished(database, 11) for _ in range(5)]
    young, unfinished = finished(database, 9), record(database, created_at=time.time() - 50 * DAY)
    delivery = plan(database, old[0])
    attempt = DeliveryAttempt(1, 0.0, 0.1, status=200)
    database.write_now(deliveries.record_attempt, delivery, attempt, state=DeliveryState.DELIVERED)
    charged = [ledger.charged, old[0].id]
    before = database.read_now(*charged)
    await sweep.sweep()
    assert kept(database) == {young.id, unfinished.id}
    for table, left in ((images, 1), (delivery_rows, 0), (delivery_attempts, 0)):
        count = select(func.count()).select_from(table)
        assert database.read_now(lambda tx, count=count: tx.scalar(count)) == left
    assert database.read_now(*charged) == before > 0
    audit(database)


async def test_what_is_still_needed_stays(database: Database, sweep: Retention) -> None:
    undelivered, keyed = finished(database, 11), finished(database, 11)
    delivery = plan(database, undelivered)
    database.write_now(idempotency.keep, keyed.application_id, "key", "asked", keyed.id)
    await sweep.sweep()
    assert kept(database) == {undelivered.id, keyed.id}
    attempt = DeliveryAttempt(1, 0.0, 0.1, status=410)
    database.write_now(deliveries.record_attempt, delivery, attempt, state=DeliveryState.GIVEN_UP)
    database.write_now(
        lambda tx: tx.execute(update(idempotency_keys).values(created_at=time.time() - 2 * DAY))
    )
    await sweep.sweep()
    assert kept(database) == set()


async def test_old_pictures_go_unless_they_were_stored_again(
    blobs: BlobStore, sweep: Retention, tmp_path: Path
) -> None:
    old, again, young = [await blobs.put(data, "image/png") for data in (b"old", b"again", b"new")]
    stranger = tmp_path / "blobs" / "notes.txt"
    stranger.write_text("not ours")
    for path in (tmp_path / "blobs" / old, tmp_path / "blobs" / again, stranger):
        os.utime(path, (0, 0))
    assert await blobs.put(b"again", "image/png") == again
    await sweep.sweep()
    with pytest.raises(BlobNotFound):
        await blobs.get(old)
    assert (await blobs.get(again)).data == b"again"
    assert (await blobs.get(young)).data == b"new"
    assert stranger.exists()
