"""The worker pool: processes that draw and encode, so that the event loop never does.

    pool = WorkerPool(2, preload=("seedbed.imaging.finish",))
    finished = await pool.run(finish, drawing, spec, timeout=60)

Each worker is a process of its own with a pipe to it, not one of a shared executor: one that
crashes, or is killed because its time was over or its caller gave up, fails only the call it
was in, and another starts in its place at once.
"""

from __future__ import annotations

import asyncio
import atexit
import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any, TypeAlias, TypeVar, cast

from seedbed.parcels import Channel, Parcel, pack, unpack

T = TypeVar("T")
Context: TypeAlias = ForkServerContext | SpawnContext

NICENESS = 5
"""Workers yield to the event loop: answering comes before drawing."""
ONE_THREAD_EACH = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
    "VIPS_CONCURRENCY": "1",
}
"""There are as many workers as cores, so a library's own threads would only be in the way."""
END_SECONDS = 5.0
"""How long a killed process may take to disappear."""


class WorkerCrashed(Exception):
    """The process that ran the call ended before the call did."""


class WorkerTimeout(Exception):
    """The call took longer than it may; its process was killed."""


class WorkerPoolClosed(Exception):
    """The pool was closed before or during the call."""


class WorkerPool:
    """Runs functions in `count` processes, first come first served.

    `preload` names the modules that every worker needs: they are imported once and shared.
    """

    def __init__(self, count: int, preload: Sequence[str] = ()) -> None:
        self._context = _context(preload)
        # Only this process holds the writing end and nothing is ever written: a worker that
        # reads its end knows, when the reading ends, that this process has.
        self._lifeline, self._life = self._context.Pipe(duplex=False)
        self._workers = {self._new_worker() for _ in range(count)}
        self._idle = list(self._workers)
        self._waiting: deque[asyncio.Future[_Worker]] = deque()
        self._closed = False
        # A process that exits without `close` would wait for its workers, and they for it.
        atexit.register(self._kill_all)

    async def run(self, work: Callable[..., T], *args: object, timeout: float | None = None) -> T:
        """Run `work(*args)` in the next free worker; all of it must be picklable.

        What it raises is raised here, with the worker's traceback as a note. Raises
        `WorkerTimeout` after `timeout` seconds in the worker, waiting for one not counted, and
        `WorkerCrashed` when the process ended. When the caller is cancelled, the process is
        killed: nobody would take its result.
        """
        worker = await self._take()
        call = worker.call(work, args)
        try:
            done, _ = await asyncio.wait({call}, timeout=timeout)
            if not done:
                worker.kill()
                raise WorkerTimeout(f"not done within {timeout:g} s")
            return cast(T, call.result())
        except asyncio.CancelledError:
            worker.kill()
            raise
        except WorkerCrashed as error:
            if self._closed:
                raise WorkerPoolClosed from error
            raise
        finally:
            self._give(worker)

    async def warm(self) -> None:
        """Start every process now, so that no first call waits for one."""
        await asyncio.gather(*(self.run(os.getpid) for _ in self._workers))

    async def close(self) -> None:
        """End every process, whatever it is doing; calls that wait or run are given up."""
        self._closed = True
        atexit.unregister(self._kill_all)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(WorkerPoolClosed())
        self._kill_all()
        for worker in self._workers:
            await asyncio.to_thread(worker.join)
        self._lifeline.close()
        self._life.close()

    async def _take(self) -> _Worker:
        if self._closed:
            raise WorkerPoolClosed
        if self._idle:
            return self._replaced(self._idle.pop())
        waiting: asyncio.Future[_Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            # Given a worker and cancelled in the same turn of the event loop: hand it on.
            if not waiting.cancelled() and waiting.exception() is None:
                self._give(waiting.result())
            with suppress(ValueError):
                self._waiting.remove(waiting)
            raise

    def _give(self, worker: _Worker) -> None:
        """Hand a worker straight to who waits longest, so that no newcomer can slip in."""
        worker = self._replaced(worker)
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(worker)
                return
        self._idle.append(worker)

    def _replaced(self, worker: _Worker) -> _Worker:
        if self._closed or worker.usable():
            return worker
        self._workers.remove(worker)
        fresh = self._new_worker()
        self._workers.add(fresh)
        return fresh

    def _new_worker(self) -> _Worker:
        return _Worker(self._context, self._lifeline)

    def _kill_all(self) -> None:
        for worker in self._workers:
            worker.kill()


class _Worker:
    """One process, and the thread that starts it and talks with it."""

    def __init__(self, context: Context, lifeline: Connection) -> None:
        self._context = context
        self._lifeline = lifeline
        self._process: BaseProcess | None = None
        self._channel: Channel | None = None
        self._killed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="worker")
        self._started = self._thread.submit(self._start)

    def usable(self) -> bool:
        """Tell whether the process can take a call, or is still starting."""
        if self._killed:
            return False
        if not self._started.done():
            return True
        if self._process is None or self._channel is None:
            return False
        # The pipe tells of a death at once, the process object only when it has been reaped.
        return self._channel.is_open() and self._process.is_alive()

    def call(self, work: Callable[..., Any], args: tuple[object, ...]) -> asyncio.Future[Any]:
        """Begin a call; its future ends also when the process does."""
        call = asyncio.get_running_loop().run_in_executor(self._thread, self._exchange, work, args)
        # The caller may be gone by the time that the killed process has ended.
        call.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return call

    def kill(self) -> None:
        """Kill the process, now or as soon as it has started."""
        self._killed = True
        if self._process is not None:
            _kill(self._process)
        self._thread.shutdown(wait=False)

    def join(self) -> None:
        """Wait until a killed process has ended."""
        self._thread.shutdown(wait=True)
        if self._process is not None:
            self._process.join(END_SECONDS)

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_serve, args=(theirs, self._lifeline), name="seedbed-worker", daemon=True
        )
        with theirs, _environment(ONE_THREAD_EACH):
            process.start()
        self._channel, self._process = Channel(ours), process
        if self._killed:
            _kill(process)

    def _exchange(self, work: Callable[..., Any], args: tuple[object, ...]) -> Any:
        if error := self._started.exception():
            raise WorkerCrashed("a worker process could not be started") from error
        assert self._channel is not None
        parcel = pack((work, args))
        try:
            self._channel.send(parcel)
            answer = self._channel.receive()
        except (EOFError, OSError) as error:
            raise WorkerCrashed(self._last_words()) from error
        succeeded, outcome = unpack(answer)
        if not succeeded:
            raise outcome
        return outcome

    def _last_words(self) -> str:
        assert self._process is not None
        self._process.join(END_SECONDS)
        code = self._process.exitcode or 0
        how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
        return f"a worker process ended unexpectedly: {how}"


def _kill(process: BaseProcess) -> None:
    # Asked first, since the number of a process that has ended may be another's by now.
    if process.is_alive():
        process.kill()


def _context(preload: Sequence[str]) -> Context:
    # A fork server has loaded the modules once, and its children share that memory. Forking the
    # server process itself would copy locks that its threads hold.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


_environment_lock = threading.Lock()


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables for the processes started within, and for them alone."""
    with _environment_lock:
        before = {name: os.environ.get(name) for name in values}
        os.environ.update(values)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _serve(pipe: Connection, lifeline: Connection) -> None:
    """Answer calls until the pipe ends: the whole life of a worker process."""
    # Both go to the whole group on Ctrl-C or a service stop; the server decides what ends when.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_server, args=(lifeline,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    channel = Channel(pipe)
    with suppress(EOFError, OSError):
        while True:
            channel.send(_answer(channel.receive()))


def _end_with_server(lifeline: Connection) -> None:
    """End this process with the server's, even when that was killed without a word."""
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


def _answer(parcel: Parcel) -> Parcel:
    try:
        work, args = unpack(parcel)
        return pack((True, work(*args)))
    except Exception as error:
        error.add_note(f"In a worker process:\n{traceback.format_exc()}")
        return pack((False, _portable(error)))


def _portable(error: Exception) -> Exception:
    """Keep an error that survives the journey; describe one that does not."""
    try:
        unpack(pack(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
