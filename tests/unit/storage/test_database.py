"""Units of work: whole or not at all, in turns, also beside other processes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from seedbed.storage import database as database_module
from seedbed.storage.database import Database

OPEN = """
import sys
from pathlib import Path
from seedbed.storage.database import Database
from seedbed.storage.migrate import migrate
print("ready", flush=True)
for line in sys.stdin:
    database = Database(Path(line.strip()))
    migrate(database)
    database.close()
    print("opened", flush=True)
"""


def insert(tx: Connection, name: str) -> None:
    tx.execute(
        text("INSERT INTO applications (id, user_id, name, created_at) VALUES (:n, :n, :n, 0)"),
        {"n": name},
    )


def count(tx: Connection) -> int:
    return int(tx.execute(text("SELECT count(*) FROM applications")).scalar_one())


def pragma(tx: Connection, name: str) -> object:
    return tx.execute(text(f"PRAGMA {name}")).scalar_one()


async def test_a_unit_of_work_that_raises_leaves_nothing(database: Database) -> None:
    def fail(tx: Connection) -> None:
        insert(tx, "a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    assert await database.read(count) == 0


async def test_writes_take_turns_and_none_is_lost(database: Database) -> None:
    await asyncio.gather(*(database.write(insert, str(number)) for number in range(50)))
    assert await database.read(count) == 50


async def test_a_read_sees_one_moment(database: Database) -> None:
    started, written = threading.Event(), threading.Event()

    def look_twice(tx: Connection) -> tuple[int, int]:
        first = count(tx)
        started.set()
        assert written.wait(5)
        return first, count(tx)

    reading = asyncio.create_task(database.read(look_twice))
    await asyncio.to_thread(started.wait, 5)
    await database.write(insert, "a")
    written.set()
    assert await reading == (0, 0)


async def test_a_unit_that_has_begun_commits_though_its_caller_is_cancelled(
    database: Database,
) -> None:
    begun = threading.Event()

    def slow(tx: Connection) -> None:
        begun.set()
        time.sleep(0.1)
        insert(tx, "a")

    writing = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait, 5)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    # The next write waits its turn behind the one that was given up.
    assert await database.write(count) == 1


async def test_a_unit_that_has_not_begun_is_dropped_with_its_caller(database: Database) -> None:
    begun = threading.Event()

    def slow(tx: Connection) -> None:
        begun.set()
        time.sleep(0.1)

    first = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait, 5)
    second = asyncio.create_task(database.write(insert, "a"))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert await database.write(count) == 0


def test_a_commit_is_durable_and_keys_are_checked(database: Database) -> None:
    assert database.read_now(pragma, "journal_mode") == "wal"
    assert database.read_now(pragma, "synchronous") == 2
    assert database.read_now(pragma, "foreign_keys") == 1


def test_a_write_waits_for_another_process_and_a_read_does_not(
    database: Database, tmp_path: Path
) -> None:
    other = Database(database.path)
    holding, release = threading.Event(), threading.Event()

    def hold(tx: Connection) -> None:
        insert(tx, "held")
        holding.set()
        assert release.wait(5)

    holder = threading.Thread(target=other.write_now, args=(hold,))
    holder.start()
    assert holding.wait(5)
    assert database.read_now(count) == 0
    threading.Timer(0.1, release.set).start()
    database.write_now(insert, "waited")
    holder.join()
    assert database.read_now(count) == 2
    other.close()


def test_a_write_gives_up_in_the_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    impatient = Database(database.path)

    def hold(tx: Connection) -> None:
        with pytest.raises(OperationalError, match="locked"):
            impatient.write_now(insert, "late")

    database.write_now(hold)
    impatient.close()


def test_a_full_disk_fails_the_write_and_what_was_there_stays(database: Database) -> None:
    database.write_now(insert, "before")

    def fill(tx: Connection) -> None:
        tx.execute(text(f"PRAGMA max_page_count = {pragma(tx, 'page_count')}"))
        for number in range(1000):
            insert(tx, f"{number:0200}")

    with pytest.raises(OperationalError, match="full"):
        database.write_now(fill)
    assert database.read_now(count) == 1


def test_processes_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for number in range(6):
        for opener in openers:
            assert opener.stdin is not None
            assert opener.stdout is not None
            assert opener.stdout.readline() == ("opened\n" if number else "ready\n")
        for opener in openers:
            assert opener.stdin is not None
            opener.stdin.write(f"{tmp_path / str(number) / 'seedbed.db'}\n")
            opener.stdin.flush()
    assert [opener.communicate(timeout=60)[0] for opener in openers] == ["opened\n"] * 3


async def test_writes_that_share_a_commit_fail_alone(database: Database) -> None:
    begun, go = threading.Event(), threading.Event()

    def hold(tx: Connection) -> None:
        begun.set()
        assert go.wait(5)

    def fail(tx: Connection) -> None:
        insert(tx, "bad")
        raise ZeroDivisionError

    holding = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(begun.wait, 5)
    together = [
        asyncio.create_task(database.write(work, *args))
        for work, *args in ((insert, "a"), (fail,), (insert, "a"), (insert, "b"))
    ]
    await asyncio.sleep(0)
    go.set()
    await holding
    outcomes = await asyncio.gather(*together, return_exceptions=True)
    assert [type(one).__name__ for one in outcomes] == [
        "NoneType",
        "ZeroDivisionError",
        "IntegrityError",
        "NoneType",
    ]
    assert await database.read(count) == 2


async def test_a_commit_that_fails_is_told_to_all_who_share_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = 0

    def full(*_: object) -> None:
        nonlocal commits
        commits += 1
        raise OSError("no space left")

    event.listen(database.engine, "commit", full)
    outcomes = await asyncio.gather(
        *(database.write(insert, str(number)) for number in range(20)), return_exceptions=True
    )
    event.remove(database.engine, "commit", full)
    assert {type(one) for one in outcomes} == {OSError}
    assert commits > 20, "together, and then each alone"
    assert await database.read(count) == 0


async def test_who_undoes_a_shared_transaction_harms_no_other(database: Database) -> None:
    begun, go = threading.Event(), threading.Event()

    def hold(tx: Connection) -> None:
        begun.set()
        assert go.wait(5)

    def undo(tx: Connection) -> None:
        insert(tx, "a")
        tx.execute(
            text(
                "INSERT OR ROLLBACK INTO applications (id, user_id, name, created_at)"
                " VALUES ('a', 'a', 'a', 0)"
            )
        )

    holding = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(begun.wait, 5)
    works: list[tuple[Any, ...]] = [(insert, "b"), (undo,), (insert, "c")]
    together = [asyncio.create_task(database.write(*work)) for work in works]
    await asyncio.sleep(0)
    go.set()
    await holding
    good, bad, also_good = await asyncio.gather(*together, return_exceptions=True)
    assert (good, also_good) == (None, None)
    assert isinstance(bad, IntegrityError)
    assert await database.read(count) == 2


async def test_nothing_waits_for_a_database_that_is_closed(tmp_path: Path) -> None:
    database = Database(tmp_path / "closed.db")
    database.close()
    with pytest.raises(RuntimeError, match="the database is closed"):
        await database.write(count)
