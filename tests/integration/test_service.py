"""The service with real rows and files: whatever an engine does, a task ends once and adds up."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from seedbed.accounts import ledger
from seedbed.contract.errors import (
    BadRequest,
    NotImplementedYet,
    TooManyRequests,
    UsedUp,
)
from seedbed.service.images import Asked
from seedbed.storage.database import Database
from seedbed.tasks import recovery, store
from seedbed.tasks.states import State
from seedbed.tasks.task import TaskView
from tests.service import SMALL, audit, caller_with, credits_of, open_service

pytestmark = pytest.mark.usefixtures("grey_engine")


async def draw(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str | None,
    *,
    processes: bool = False,
    **given: object,
) -> tuple[TaskView, tuple[float, float]]:
    """Draw one picture for an application with 3 credits; give its end and what is left."""
    async with open_service(
        tmp_path / "data", monkeypatch, script, processes=processes, **given
    ) as held:
        caller = caller_with(held.database, 3)
        submitted = await held.images.submit(Asked(SMALL, caller, "trace"))
        view = await held.images.wait(submitted.task.id, 20)
        audit(held.database)
        return view, credits_of(held.database, caller)


async def test_a_picture_is_drawn_stored_and_charged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path / "data", monkeypatch) as held:
        caller = caller_with(held.database, 3)
        submitted = await held.images.submit(Asked(SMALL | {"colour": "blue"}, caller, "trace"))
        assert submitted.ignored == ("colour",)
        assert "colour" not in submitted.task.body
        view = await held.images.wait(submitted.task.id, 20)
        assert (view.task.state, view.task.progress) == (State.SUCCEEDED, 1.0)
        assert (view.task.note, view.task.seed, view.task.attempt) == ("grey", 7, 1)
        (image,) = view.delivered
        assert image.blob_key is not None
        assert (await held.blobs.get(image.blob_key)).data.startswith(b"\xff\xd8")
        assert credits_of(held.database, caller) == (2, 0)
        audit(held.database)


@pytest.mark.parametrize(
    ("script", "code", "message"),
    [
        ("nothing", "api_error", "The engine drew nothing."),
        ("failure", "forbidden", "not that"),
        ("engine_error", "too_many_requests", "the upstream is full"),
        ("refusal", "forbidden", "no ink left"),
        ("defect", "api_error", "Internal server error."),
        ("own_timeout", "api_error", "Internal server error."),
        ("own_cancellation", "api_error", "Internal server error."),
        ("not_pixels", "api_error", "Internal server error."),
    ],
)
async def test_a_failure_is_told_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, code: str, message: str
) -> None:
    view, credits = await draw(tmp_path, monkeypatch, script)
    assert view.task.state is State.FAILED
    assert view.task.error is not None
    assert (view.task.error.code, view.task.error.message) == (code, message)
    assert 0 <= view.task.progress <= 1
    assert credits == (3, 0)


@pytest.mark.parametrize("script", ["twice", "not_asked_for", "late_defect"])
async def test_one_picture_is_charged_once_whatever_else_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    view, credits = await draw(tmp_path, monkeypatch, script)
    assert view.task.state is State.SUCCEEDED
    assert [image.index for image in view.images] == [0]
    assert credits == (2, 0)


async def test_a_crash_of_the_drawing_process_fails_its_task_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, credits = await draw(tmp_path, monkeypatch, "crash", processes=True)
    assert view.task.state is State.FAILED
    assert view.task.error is not None
    assert "ended unexpectedly" in view.task.error.message
    assert credits == (3, 0)
    view, _ = await draw(tmp_path, monkeypatch, None, processes=True)
    assert view.task.state is State.SUCCEEDED


async def test_a_task_that_takes_too_long_fails_with_timeout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, credits = await draw(tmp_path, monkeypatch, "forever", task_timeout=0.3)
    assert view.task.error is not None
    assert view.task.error.code == "timeout"
    assert credits == (3, 0)


async def test_a_task_nobody_begins_in_time_fails_with_timeout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "INTERVAL_SECONDS", 0.05)
    async with open_service(tmp_path / "data", monkeypatch, "forever", task_timeout=0.6) as held:
        caller = caller_with(held.database, 3)
        first = await held.images.submit(Asked(SMALL, caller, "trace"))
        second = await held.images.submit(Asked(SMALL, caller, "trace"))
        for submitted in (first, second):
            view = await held.images.wait(submitted.task.id, 5)
            assert view.task.error is not None
            assert view.task.error.code == "timeout"
        audit(held.database)
        assert credits_of(held.database, caller) == (3, 0)


async def test_a_waiter_that_goes_away_does_not_stop_its_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path / "data", monkeypatch) as held:
        caller = caller_with(held.database, 1)
        submitted = await held.images.submit(Asked(SMALL, caller, "trace"))
        waiting = asyncio.create_task(held.images.wait(submitted.task.id, 20))
        await asyncio.sleep(0)
        waiting.cancel()
        assert (await held.images.wait(submitted.task.id, 20)).task.state is State.SUCCEEDED


@pytest.mark.parametrize("turns", range(8))
async def test_a_caller_cancelled_while_submitting_leaves_no_task_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    async with open_service(tmp_path / "data", monkeypatch, recover=False) as held:
        caller = caller_with(held.database, 1)
        submitting = asyncio.create_task(held.images.submit(Asked(SMALL, caller, "trace")))
        for _ in range(turns):
            await asyncio.sleep(0.0003)
        submitting.cancel()
        await asyncio.gather(submitting, return_exceptions=True)
        await _until_all_ended(held.database)
        audit(held.database)


async def test_waiting_too_long_is_told_and_the_task_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path / "data", monkeypatch, "forever") as held:
        caller = caller_with(held.database, 1)
        submitted = await held.images.submit(Asked(SMALL, caller, "trace"))
        waited = await held.images.wait(submitted.task.id, 0.1)
        assert waited.task.state is State.RUNNING
        with pytest.raises(LookupError):
            await held.images.wait("no such task", 0.1)
        view = await held.database.read(store.view, submitted.task.id)
        assert view is not None
        assert view.task.state is State.RUNNING


async def test_a_cancelled_task_ends_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path / "data", monkeypatch, "forever") as held:
        caller = caller_with(held.database, 1)
        submitted = await held.images.submit(Asked(SMALL, caller, "trace"))
        for _ in range(2):
            record = await held.images.cancel(caller, submitted.task.id)
            assert record.view.task.state is State.CANCELLED
        view = await held.images.wait(submitted.task.id, 1)
        assert view.task.state is State.CANCELLED
        assert credits_of(held.database, caller) == (1, 0)
        audit(held.database)


async def test_what_cannot_be_asked_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path / "data", monkeypatch) as held:
        caller = caller_with(held.database, 1)
        with pytest.raises(BadRequest):
            await held.images.submit(Asked({"prompt": ""}, caller, "trace"))
        search = [{"type": "web_search"}]
        with pytest.raises(NotImplementedYet, match="tools"):
            await held.images.submit(
                Asked(
                    {"prompt": "a cat", "model": "doubao-seedream-5.0-lite", "tools": search},
                    caller,
                    "t",
                )
            )
        assert _count(held.database) == 0
        assert credits_of(held.database, caller) == (1, 0)


async def test_credits_that_do_not_suffice_are_refused_under_concurrency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path / "data", monkeypatch, workers=2) as held:
        caller = caller_with(held.database, 5)
        results = await asyncio.gather(
            *(held.images.submit(Asked(SMALL, caller, "trace")) for _ in range(12)),
            return_exceptions=True,
        )
        refused = [one for one in results if isinstance(one, BaseException)]
        assert len(refused) == 7
        assert all(isinstance(one, UsedUp) for one in refused)
        await _until_all_ended(held.database)
        assert _count(held.database) == 5
        assert credits_of(held.database, caller) == (0, 0)
        audit(held.database)


async def test_unfinished_tasks_are_limited_per_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(
        tmp_path / "data", monkeypatch, "forever", max_unfinished_tasks=100
    ) as held:
        caller, other = caller_with(held.database, 200), caller_with(held.database, 1)
        results = await asyncio.gather(
            *(held.images.submit(Asked(SMALL, caller, "trace")) for _ in range(110)),
            return_exceptions=True,
        )
        refused = [one for one in results if isinstance(one, BaseException)]
        assert len(refused) == 10
        assert all(isinstance(one, TooManyRequests) and one.retry_after for one in refused)
        await held.images.submit(Asked(SMALL, other, "trace"))
        assert credits_of(held.database, caller) == (100, 100)
        audit(held.database)


async def _until_all_ended(database: Database) -> None:
    deadline = time.monotonic() + 20
    while database.read_now(store.owners_of_unfinished):
        assert time.monotonic() < deadline, "some task never ended"
        await asyncio.sleep(0.02)


def _count(database: Database) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM tasks")).scalar_one())


@pytest.mark.parametrize("broken", ["begin", "add_image", "end"])
async def test_a_task_whose_rows_could_not_be_written_for_a_while_ends_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """As when the disk is full until somebody makes room."""
    monkeypatch.setattr(recovery, "INTERVAL_SECONDS", 0.05)
    works, refusals = getattr(store, broken), iter([True])

    def full_once(*args: object) -> object:
        if next(refusals, False):
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        return works(*args)

    monkeypatch.setattr(store, broken, full_once)
    async with open_service(tmp_path / "data", monkeypatch) as held:
        caller = caller_with(held.database, 3)
        submitted = await held.images.submit(Asked(SMALL, caller, "trace"))
        view = await held.images.wait(submitted.task.id, 20)
        # The attempt was begun again, or its one picture was lost: never paid and not there.
        assert view.task.state is (State.SUCCEEDED if broken == "begin" else State.FAILED)
        assert credits_of(held.database, caller) == ((2, 0) if broken == "begin" else (3, 0))
        audit(held.database)


async def test_what_cannot_be_recorded_is_refused_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path / "data", monkeypatch) as held:
        caller = caller_with(held.database, 3)

        def full(*args: object) -> None:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))

        monkeypatch.setattr(ledger, "reserve", full)
        with pytest.raises(OperationalError):
            await held.images.submit(Asked(SMALL, caller, "trace"))
        assert _count(held.database) == 0
        assert credits_of(held.database, caller) == (3, 0)
        audit(held.database)
