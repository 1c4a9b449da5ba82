"""The database: one unit of work is a plain function over a connection.

    balance = await database.read(ledger.balance, application_id)
    task = await database.write(submit, request)
    caller = database.peek(authenticate, token)

A unit of work runs whole in the database's own threads, in one transaction, and commits when
the function returns. Writes take turns in a single thread, as SQLite wants it, and those that
wait there together share one commit; reads go beside them. Against an asynchronous driver, which
crosses threads at every statement, this crosses once for each transaction, and code that moves
credits reads as straight lines. What every request looks up by a key is looked up on the spot:
under load, the two crossings take ten times as long as the look.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from asyncio import wrap_future
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event

P = ParamSpec("P")
T = TypeVar("T")
UnitOfWork = Callable[Concatenate[Connection, P], T]

READERS = 4
MOST_AT_ONCE = 64
"""Units of work that share one commit."""
BUSY_SECONDS = 30
"""How long a write waits for another process, such as a command beside the server."""


class Database:
    """A SQLite database in WAL mode; every commit is on disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = _create_engine(path)
        self._writing = self.engine.execution_options(writing=True)
        self._writer = _Writer(self._writing)
        self._peeking: Connection | None = None
        self._readers = ThreadPoolExecutor(READERS, "database-reader")

    async def write(self, work: UnitOfWork[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit of work that may write; an exception from it rolls all of it back."""
        # A unit of work that has begun commits even when its caller is cancelled, so whoever
        # awaits must not conclude from a cancellation that nothing was written.
        return await wrap_future(self._writer.submit(partial(_called, work, args, kwargs)))

    async def read(self, work: UnitOfWork[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit of work that only reads, on a consistent snapshot."""
        reading = partial(self.read_now, work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._readers, reading)

    def peek(self, work: UnitOfWork[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a read of a few rows by their keys in the event loop's own thread.

        Readers wait for nobody in WAL mode, so this takes a tenth of a millisecond; what scans or
        sorts belongs into `read`.
        """
        if self._peeking is None:  # one connection for all looks: to fetch one takes longer
            self._peeking = self.engine.connect()
        with self._peeking.begin():
            return work(self._peeking, *args, **kwargs)

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
        self._writer.close()
        self._readers.shutdown()
        if self._peeking is not None:
            self._peeking.close()
        self.engine.dispose()


def _called(
    work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], connection: Connection
) -> T:
    return work(connection, *args, **kwargs)


class _Writer:
    """The one thread that writes: units of work that wait together become one transaction.

    Each stands in a savepoint of its own, so that one which fails takes no other with it, and each
    is told of its end only when the commit that holds it is on the disk.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[_Write | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="database-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Have a unit of work done, after those that came before."""
        if self._closed:
            raise RuntimeError("the database is closed")
        write = _Write(work)
        self._queue.put(write)
        return write.done

    def close(self) -> None:
        """Do what was submitted, and end."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while True:
            batch: list[_Write] = []
            ending = self._gather(batch)
            self._commit([write for write in batch if write.done.set_running_or_notify_cancel()])
            if ending:
                return

    def _gather(self, batch: list[_Write]) -> bool:
        """Wait for a write and take what else is there by then; tell whether it is the end."""
        write = self._queue.get()
        while write is not None:
            batch.append(write)
            if len(batch) == MOST_AT_ONCE or self._queue.empty():
                return False
            write = self._queue.get()
        return True

    def _commit(self, batch: Sequence[_Write]) -> None:
        if not batch:
            return
        try:
            with self._engine.begin() as connection:
                for write in batch:
                    write.run(connection, alone=len(batch) == 1)
        except BaseException as error:
            if len(batch) > 1:
                # One has undone all, for want of space perhaps: each gets a commit to itself.
                for write in batch:
                    self._commit([write])
                return
            batch[0].error = error
        for write in batch:
            write.tell()


class _Write:
    """A unit of work that waits for the writer, and what came of it."""

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.done: Future[Any] = Future()
        self.error: BaseException | None = None
        self._work = work
        self._result: Any = None

    def run(self, connection: Connection, *, alone: bool) -> None:
        """Do the work; what it raises ends it alone, or the transaction when that is its own."""
        self.error = None
        if alone:
            self._result = self._work(connection)
            return
        connection.exec_driver_sql("SAVEPOINT unit")
        try:
            self._result = self._work(connection)
        except Exception as error:
            self.error = error
            connection.exec_driver_sql("ROLLBACK TO unit")
        connection.exec_driver_sql("RELEASE unit")

    def tell(self) -> None:
        """Tell who waits, now that it is decided."""
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self._result)


def _create_engine(path: Path) -> Engine:
    # Errors reach the logs, and the values of a statement may be a prompt.
    engine = create_engine(
        f"sqlite:///{path}", pool_size=READERS + 2, max_overflow=4, hide_parameters=True
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
