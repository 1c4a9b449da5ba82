"""The worker pool: processes that draw and encode, so that the event loop never does.

    pool = WorkerPool(2, preload=("seedbed.imaging.finish",))
    finished = await pool.run(finish, drawing, spec, timeout=60)

Each slot is a process of its own: one that crashes, or that had to be killed because its time
was over or its caller gave up, fails only the call it was in, and is replaced.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

NICENESS = 5
"""Workers yield to the event loop: answering comes before drawing."""
ORPHAN_CHECK_SECONDS = 0.5


class WorkerCrashed(Exception):
    """The process that ran the call ended before the call did."""


class WorkerTimeout(Exception):
    """The call took longer than it may; its process was killed."""


class WorkerPool:
    """Runs functions in `count` processes, first come first served."""

    def __init__(self, count: int, preload: Sequence[str] = ()) -> None:
        self._context = _context(preload)
        self._slots = [_Slot(self._context) for _ in range(count)]
        self._idle: asyncio.LifoQueue[_Slot] = asyncio.LifoQueue()
        for slot in self._slots:
            self._idle.put_nowait(slot)

    async def run(self, work: Callable[..., T], *args: object, timeout: float | None = None) -> T:
        """Run `work(*args)` in the next free process; all of it must be picklable.

        What it raises is raised here. Raises `WorkerTimeout` after `timeout` seconds in the
        process, waiting for one not counted, and `WorkerCrashed` when the process ended. When
        the caller is cancelled, the process is killed: nobody would take its result.
        """
        slot = await self._idle.get()
        limit = asyncio.timeout(timeout)
        try:
            async with limit:
                # Submitting may start the process, which takes a while: not on the event loop.
                future = await asyncio.to_thread(slot.executor.submit, work, *args)
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if not limit.expired():
                raise  # the work's own
            slot.replace()
            raise WorkerTimeout(f"not done within {timeout:g} s") from None
        except asyncio.CancelledError:
            slot.replace()
            raise
        except BrokenProcessPool as error:
            slot.replace()
            raise WorkerCrashed("a worker process ended unexpectedly") from error
        finally:
            self._idle.put_nowait(slot)

    async def warm(self) -> None:
        """Start every process now, so that no first call waits for one."""
        await asyncio.gather(*(self.run(os.getpid) for _ in self._slots))

    async def close(self) -> None:
        """End every process, whatever it is doing."""
        await asyncio.to_thread(self._kill_all)

    def _kill_all(self) -> None:
        for slot in self._slots:
            slot.kill()


class _Slot:
    """One process, started by its first call."""

    def __init__(self, context: BaseContext) -> None:
        self._context = context
        self.executor = self._start()

    def replace(self) -> None:
        """Kill the process and make room for another."""
        self.kill()
        self.executor = self._start()

    def kill(self) -> None:
        """Kill the process."""
        # `_processes` is the only way to a worker's pid; it is None once it has been shut down.
        for process in list((self.executor._processes or {}).values()):
            process.kill()
        self.executor.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1, mp_context=self._context, initializer=_begin, initargs=(os.getpid(),)
        )


def _context(preload: Sequence[str]) -> BaseContext:
    # A fork server has loaded the modules once, and its children share that memory. Forking the
    # server process itself would copy locks that its threads hold.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


def _begin(server: int) -> None:
    """Prepare a worker process: its share of the processor, its signals, its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(NICENESS)
    threading.Thread(target=_end_with, args=(server,), daemon=True, name="orphan-check").start()


def _end_with(server: int) -> None:
    """End this process soon after the server's, even when that was killed without a word."""
    while _lives(server):
        time.sleep(ORPHAN_CHECK_SECONDS)
    os._exit(1)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
