"""Instance locks: who is dead is known at once, and nobody is thought dead who lives."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from seedbed.storage.instance import STALE_SECONDS, InstanceLock, is_alive, reap

HOLDER = """
import sys, time
from pathlib import Path
from seedbed.storage.instance import InstanceLock
print(InstanceLock.acquire(Path(sys.argv[1])).id, flush=True)
{then}
"""


def start(folder: Path, then: str = "time.sleep(60)") -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER.replace("{then}", then), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_an_instance_is_alive_until_it_is_released(tmp_path: Path) -> None:
    one, other = InstanceLock.acquire(tmp_path), InstanceLock.acquire(tmp_path)
    assert one.id != other.id
    assert one.is_alive(one.id) and one.is_alive(other.id) and is_alive(tmp_path, one.id)
    other.release()
    assert not one.is_alive(other.id)
    assert reap(tmp_path) == []
    one.release()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_is_dead_at_once(tmp_path: Path) -> None:
    process, identity = start(tmp_path)
    with process:
        assert is_alive(tmp_path, identity)
        process.kill()
        process.wait()
        assert not is_alive(tmp_path, identity)
    assert reap(tmp_path) == [identity]
    assert list(tmp_path.iterdir()) == []


def test_a_child_does_not_keep_its_dead_parent_alive(tmp_path: Path) -> None:
    child = "import subprocess; c = subprocess.Popen(['sleep', '60']); print(c.pid, flush=True)"
    process, identity = start(tmp_path, f"{child}\ntime.sleep(60)")
    with process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        try:
            process.kill()
            process.wait()
            assert not is_alive(tmp_path, identity)
        finally:
            os.kill(pid, 9)


@pytest.mark.parametrize("identity", ["", "..", "../x", "nobody", "/etc/passwd", "a" * 36])
def test_what_is_no_id_is_dead(tmp_path: Path, identity: str) -> None:
    assert not is_alive(tmp_path, identity)


def test_two_that_look_at_once_do_not_take_each_other_for_the_owner(tmp_path: Path) -> None:
    process, identity = start(tmp_path, "")
    with process:
        process.wait()
    seen: list[bool] = []

    def look() -> None:
        seen.extend(is_alive(tmp_path, identity) for _ in range(300))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(seen)


def test_an_instance_that_is_just_starting_is_never_reaped(tmp_path: Path) -> None:
    stop = threading.Event()

    def reap_on() -> None:
        while not stop.is_set():
            reap(tmp_path)

    thread = threading.Thread(target=reap_on)
    thread.start()
    try:
        for _ in range(200):
            lock = InstanceLock.acquire(tmp_path)
            assert is_alive(tmp_path, lock.id)
            lock.release()
    finally:
        stop.set()
        thread.join()


def test_what_a_start_left_behind_is_reaped_when_it_is_old(tmp_path: Path) -> None:
    left = tmp_path / ".7b0e5e2c-0000-4000-8000-000000000000"
    left.touch()
    assert reap(tmp_path) == []
    assert left.exists()
    old = time.time() - STALE_SECONDS - 1
    os.utime(left, (old, old))
    reap(tmp_path)
    assert not left.exists()
