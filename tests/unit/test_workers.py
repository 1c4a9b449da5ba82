"""The worker pool: whatever one call does, only that call is hit."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from seedbed.workers import (
    ONE_THREAD_EACH,
    WorkerCrashed,
    WorkerPool,
    WorkerPoolClosed,
    WorkerTimeout,
)

pytestmark = pytest.mark.asyncio


class Awkward(Exception):
    """An error that cannot be unpickled."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


def echo(value: object) -> object:
    return value


def end(code: int) -> None:
    os._exit(code)


def kill_self(number: int) -> None:
    os.kill(os.getpid(), number)


def fail(error: type[Exception], *args: object) -> None:
    raise error(*args)


def fail_awkwardly() -> None:
    raise Awkward(1, 2)


def unpicklable() -> object:
    return threading.Lock()


def touch_after(path: Path, seconds: float) -> None:
    path.with_suffix(".tmp").write_text(str(os.getpid()))
    path.with_suffix(".tmp").rename(path.with_suffix(".begun"))
    time.sleep(seconds)
    path.touch()


def surroundings() -> tuple[int, dict[str, str | None], int]:
    names = ("VIPS_CONCURRENCY", "OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
    return os.nice(0), {name: os.environ.get(name) for name in names}, threading.active_count()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  (what happens in another process)
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(2)
    yield pool
    await pool.close()


async def test_it_runs_a_function_elsewhere(pool: WorkerPool) -> None:
    assert await pool.run(echo, "ok") == "ok"
    assert await pool.run(os.getpid) != os.getpid()
    large = os.urandom(10_000_000)
    assert await pool.run(echo, large) == large


async def test_as_many_run_at_once_as_there_are_workers(pool: WorkerPool) -> None:
    await pool.warm()
    begun = time.monotonic()
    await asyncio.gather(*(pool.run(time.sleep, 0.2) for _ in range(4)))
    assert 0.4 <= time.monotonic() - begun < 0.75
    assert len(set(await asyncio.gather(*(pool.run(os.getpid) for _ in range(6))))) == 2


async def test_an_error_comes_back_as_it_is(pool: WorkerPool) -> None:
    with pytest.raises(KeyError) as caught:
        await pool.run(fail, KeyError, "missing")
    assert caught.value.args == ("missing",)
    assert "in fail" in caught.value.__notes__[0]
    for error in (TimeoutError, EOFError, OSError):
        with pytest.raises(error):
            await pool.run(fail, error, "its own", timeout=5)


async def test_what_cannot_travel_is_an_error_and_no_crash(pool: WorkerPool) -> None:
    await pool.warm()
    before = set(await asyncio.gather(pool.run(os.getpid), pool.run(os.getpid)))
    with pytest.raises(RuntimeError, match="1 and 2"):
        await pool.run(fail_awkwardly)
    with pytest.raises(TypeError, match="pickle"):
        await pool.run(unpicklable)
    with pytest.raises(Exception, match=r"pickle|local object"):  # the words differ by version
        await pool.run(lambda: None)
    assert {await pool.run(os.getpid) for _ in range(4)} <= before


@pytest.mark.parametrize(
    ("work", "argument", "how"),
    [(end, 3, "exit code 3"), (end, 0, "exit code 0"),
     (kill_self, signal.SIGSEGV, "Segmentation fault"), (kill_self, signal.SIGKILL, "Killed")],
)  # fmt: skip
async def test_a_crash_fails_only_its_own_call(
    pool: WorkerPool, work: object, argument: int, how: str
) -> None:
    beside = asyncio.create_task(pool.run(time.sleep, 0.3))
    with pytest.raises(WorkerCrashed, match=how):
        await pool.run(work, argument)  # type: ignore[arg-type]
    assert await asyncio.gather(*(pool.run(echo, n) for n in range(4))) == [0, 1, 2, 3]
    await beside


async def test_a_worker_that_died_idle_is_replaced_unnoticed(pool: WorkerPool) -> None:
    pids = await asyncio.gather(pool.run(os.getpid), pool.run(os.getpid))
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    await until(lambda: not any(map(is_running, pids)))
    await asyncio.sleep(0.3)  # its other threads hold the pipe a moment longer
    assert await pool.run(echo, 1) == 1


async def test_a_call_over_its_time_is_killed(pool: WorkerPool, tmp_path: Path) -> None:
    await pool.warm()
    mark = tmp_path / "mark"
    with pytest.raises(WorkerTimeout, match=r"0\.2 s"):
        await pool.run(touch_after, mark, 0.5, timeout=0.2)
    pid = int(mark.with_suffix(".begun").read_text())
    await until(lambda: not is_running(pid))
    assert await pool.run(echo, 1, timeout=5) == 1
    await asyncio.sleep(0.4)
    assert not mark.exists()


async def test_a_cancelled_call_stops_its_process(pool: WorkerPool, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    task = asyncio.create_task(pool.run(touch_after, mark, 30))
    await until(mark.with_suffix(".begun").exists)
    pid = int(mark.with_suffix(".begun").read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not is_running(pid))
    assert await asyncio.gather(*(pool.run(echo, n) for n in range(4))) == [0, 1, 2, 3]


async def test_a_call_cancelled_while_its_process_starts_never_runs(tmp_path: Path) -> None:
    pool = WorkerPool(1)
    task = asyncio.create_task(pool.run(touch_after, tmp_path / "mark", 0))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pool.run(echo, 1) == 1
    assert not (tmp_path / "mark").exists()
    await pool.close()


async def test_waiting_is_first_come_first_served_also_past_cancelled_ones() -> None:
    pool = WorkerPool(1)
    order: list[int] = []

    async def call(number: int) -> None:
        await pool.run(echo, number)
        order.append(number)
        if number < 3:
            order.append(int(await pool.run(echo, 10 + number)))  # type: ignore[call-overload]

    tasks = [asyncio.create_task(call(number)) for number in range(6)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[4].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [0, 2, 3, 5, 10, 12]
    await pool.close()


async def test_a_worker_given_to_a_caller_who_left_goes_to_the_next() -> None:
    pool = WorkerPool(1)
    first = asyncio.create_task(pool.run(echo, 1))
    await asyncio.sleep(0)
    second = asyncio.create_task(pool.run(echo, 2))
    third = asyncio.create_task(pool.run(echo, 3))
    first.add_done_callback(lambda _: second.cancel())
    assert await third == 3
    await asyncio.gather(first, second, return_exceptions=True)
    assert await pool.run(echo, 4) == 4
    await pool.close()


async def test_close_ends_what_is_stuck_and_who_waits(tmp_path: Path) -> None:
    pool = WorkerPool(1)
    running = asyncio.create_task(pool.run(touch_after, tmp_path / "mark", 60))
    waiting = asyncio.create_task(pool.run(echo, 1))
    await until((tmp_path / "mark.begun").exists)
    begun = time.monotonic()
    await pool.close()
    assert time.monotonic() - begun < 2
    for task in (running, waiting):
        with pytest.raises(WorkerPoolClosed):
            await task
    with pytest.raises(WorkerPoolClosed):
        await pool.run(echo, 1)
    assert not is_running(int((tmp_path / "mark.begun").read_text()))


async def test_a_worker_is_modest_and_leaves_signals_to_the_server(pool: WorkerPool) -> None:
    await pool.warm()
    niceness, variables, threads = await pool.run(surroundings)
    assert niceness == min(19, os.nice(0) + 5)
    assert set(variables.values()) == {"1"}
    assert threads == 2  # its own, and the one that waits for the server's end
    assert not ONE_THREAD_EACH.keys() & os.environ.keys()
    pid = await pool.run(os.getpid)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)
    assert await pool.run(echo, 1) == 1
    assert is_running(pid)


SERVER = """
    import asyncio, os, time
    from seedbed.workers import WorkerPool

    async def main():
        pool = WorkerPool(2)
        await pool.warm()
        busy = asyncio.create_task(pool.run(time.sleep, 60))
        await asyncio.sleep(0.1)
        print(*(worker._process.pid for worker in pool._workers), flush=True)
        {ending}

    if __name__ == "__main__":
        asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("ending", "killed"), [("await busy", True), ("raise SystemExit(7)", False), ("return", False)]
)
async def test_no_worker_outlives_the_server(ending: str, killed: bool, tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(textwrap.dedent(SERVER).replace("{ending}", ending))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as server:  # noqa: ASYNC220
        assert server.stdout is not None
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert len(pids) == 2
        if killed:
            assert all(map(is_running, pids))
            server.kill()
        await asyncio.to_thread(server.wait, 10)
    await until(lambda: not any(map(is_running, pids)), 3)


async def test_the_event_loop_keeps_turning_while_all_workers_are_busy(pool: WorkerPool) -> None:
    await pool.warm()
    lags: list[float] = []

    async def watch() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.002)
            lags.append(time.perf_counter() - begun - 0.002)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(pool.run(bytes, 10_000_000) for _ in range(20)))
    watching.cancel()
    assert sorted(lags)[len(lags) // 2] < 0.05
