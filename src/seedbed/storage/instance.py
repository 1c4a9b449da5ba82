"""Instance locks: whether a process that tasks belong to still lives.

Each process that runs tasks holds an exclusive lock on a file of its own. The operating system
drops the lock the moment the process ends, also by `kill -9`, so there is no heartbeat to miss
and no timeout to wait for.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class InstanceLock:
    """The lock this process holds, and the way to look at those of others."""

    id: str
    folder: Path
    _descriptor: int

    @classmethod
    def acquire(cls, folder: Path) -> InstanceLock:
        """Lock a new file; it appears under its final name only once it is locked."""
        folder.mkdir(parents=True, exist_ok=True)
        identity = str(uuid.uuid4())
        hidden = folder / f".{identity}"
        descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        hidden.rename(_path(folder, identity))
        return cls(identity, folder, descriptor)

    def is_alive(self, identity: str) -> bool:
        """Tell whether the process of an instance still runs; forget it when it does not."""
        if identity == self.id:
            return True
        path = _path(self.folder, identity)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Give the lock back; this instance's tasks may be taken over from now on."""
        _path(self.folder, self.id).unlink(missing_ok=True)
        os.close(self._descriptor)


def _path(folder: Path, identity: str) -> Path:
    return folder / f"{identity}.lock"
