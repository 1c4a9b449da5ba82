"""Instance locks: whether a process that tasks belong to still lives.

Each process that runs tasks holds an exclusive lock on a file of its own. The operating system
drops the lock the moment the process ends, also by `kill -9`, so there is no heartbeat to miss
and no timeout to wait for. The folder must be on a local disk.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

STALE_SECONDS = 60.0
"""After this, a file that was never renamed belongs to a process that died at its start."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class InstanceLock:
    """The lock this process holds, under an id that never comes again."""

    id: str
    folder: Path
    _descriptor: int

    @classmethod
    def acquire(cls, folder: Path) -> InstanceLock:
        """Lock a new file; it appears under its final name only once it is locked."""
        folder.mkdir(parents=True, exist_ok=True)
        identity = str(uuid.uuid4())
        hidden = folder / f".{identity}"
        # Closed on exec, so that no child of this process can keep the lock alive after it.
        descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        hidden.rename(_path(folder, identity))
        return cls(identity, folder, descriptor)

    def is_alive(self, identity: str) -> bool:
        """Tell whether another instance of the same folder still runs."""
        return is_alive(self.folder, identity)

    def release(self) -> None:
        """Give the lock back; this instance's tasks may be taken over from now on."""
        _path(self.folder, self.id).unlink(missing_ok=True)
        os.close(self._descriptor)


def is_alive(folder: Path, identity: str) -> bool:
    """Tell whether the process that acquired this id still runs; a missing file says no."""
    return _UUID.fullmatch(identity) is not None and _is_locked(_path(folder, identity))


def reap(folder: Path) -> list[str]:
    """Remove the files of dead instances and return their ids."""
    dead = [path for path in folder.glob("*.lock") if not _is_locked(path)]
    # Hidden while it starts, an instance is not locked for an instant: its age decides.
    unborn = [path for path in folder.glob(".*-*") if _age(path) > STALE_SECONDS]
    for path in dead + [path for path in unborn if not _is_locked(path)]:
        path.unlink(missing_ok=True)
    return [path.stem for path in dead]


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two processes that look at once do not take each other for the owner.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _path(folder: Path, identity: str) -> Path:
    return folder / f"{identity}.lock"
