"""The database: one unit of work is a plain function over a connection.

    balance = await database.read(ledger.balance, application_id)
    task = await database.write(submit, request)

A unit of work runs whole in the database's own threads, in one transaction, and commits when
the function returns. Writes take turns in a single thread, as SQLite wants it; reads go beside
them. Against an asynchronous driver, which crosses threads at every statement, this crosses
once for each transaction, and code that moves credits reads as straight lines.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event

P = ParamSpec("P")
T = TypeVar("T")
UnitOfWork = Callable[Concatenate[Connection, P], T]

READERS = 4
BUSY_SECONDS = 30
"""How long a write waits for another process, such as a command beside the server."""


class Database:
    """A SQLite database in WAL mode; every commit is on disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = _create_engine(path)
        self._writing = self.engine.execution_options(writing=True)
        self._writer = ThreadPoolExecutor(1, "database-writer")
        self._readers = ThreadPoolExecutor(READERS, "database-reader")

    async def write(self, work: UnitOfWork[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit of work that may write; an exception from it rolls everything back."""
        return await self._in(self._writer, partial(self.write_now, work, *args, **kwargs))

    async def read(self, work: UnitOfWork[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit of work that only reads, on a consistent snapshot."""
        return await self._in(self._readers, partial(self.read_now, work, *args, **kwargs))

    def write_now(self, work: UnitOfWork[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what `write` does in the calling thread, for commands and tests."""
        with self._writing.begin() as connection:
            return work(connection, *args, **kwargs)

    def read_now(self, work: UnitOfWork[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what `read` does in the calling thread, for commands and tests."""
        with self.engine.begin() as connection:
            return work(connection, *args, **kwargs)

    def close(self) -> None:
        """Finish what is being written and close every connection."""
        self._writer.shutdown()
        self._readers.shutdown()
        self.engine.dispose()

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        # A unit of work that has begun commits even when its caller is cancelled, so whoever
        # awaits must not conclude from a cancellation that nothing was written.
        return await asyncio.get_running_loop().run_in_executor(threads, work)


def _create_engine(path: Path) -> Engine:
    # Errors reach the logs, and the values of a statement may be a prompt.
    engine = create_engine(
        f"sqlite:///{path}", pool_size=READERS + 1, max_overflow=4, hide_parameters=True
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, not by the driver
    connection.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL mode, which SQLite refuses at once, whatever its timeout, while others do."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: a transaction that reads first and writes later would
    # fail, not wait, when another one wrote in between.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
