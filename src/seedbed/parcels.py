"""Parcels: how objects travel between the server and its worker processes.

A parcel is a pickle and, beside it, each large `bytes` that the object holds. Those are written
as they lie and read straight into place, without the interpreter's lock: copied into and out of
one pickle, a 15 MB picture held up the event loop for up to 75 ms.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

Parcel: TypeAlias = Sequence[bytes]

LARGE = 65_536
"""Bytes from this length travel beside the pickle."""

_COUNT = struct.Struct(">I")


def pack(value: object) -> Parcel:
    """Make a parcel; raises whatever pickling the value raises."""
    stream = io.BytesIO()
    pickler = _Pickler(stream)
    pickler.dump(value)
    return [stream.getvalue(), *pickler.beside]


def unpack(parcel: Parcel) -> Any:
    """Make the value again; raises whatever unpickling it raises."""
    return _Unpickler(parcel).load()


class Channel:
    """One end of a pipe between two processes that trust each other."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        # Its `read` fills a large result in place and waits without the interpreter's lock.
        self._stream = open(pipe.fileno(), "rb", closefd=False)  # noqa: SIM115

    def send(self, parcel: Parcel) -> None:
        """Send a parcel; raises OSError when the other end is gone."""
        lengths = struct.pack(f">{len(parcel)}Q", *map(len, parcel))
        for part in (_COUNT.pack(len(parcel)), lengths, *parcel):
            rest = memoryview(part)
            while rest:
                rest = rest[os.write(self._pipe.fileno(), rest) :]

    def receive(self) -> Parcel:
        """Wait for a parcel; raises EOFError or OSError when the other end is gone."""
        (count,) = _COUNT.unpack(self._read(_COUNT.size))
        lengths = struct.unpack(f">{count}Q", self._read(8 * count))
        return [self._read(length) for length in lengths]

    def is_open(self) -> bool:
        """Tell, while no parcel is under way, whether the other end still holds the pipe."""
        return not self._pipe.poll()

    def _read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise EOFError
        return data


class _Pickler(pickle.Pickler):
    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self.beside: list[bytes] = []

    def persistent_id(self, obj: object) -> int | None:
        if type(obj) is not bytes or len(obj) < LARGE:
            return None
        self.beside.append(obj)
        return len(self.beside)


class _Unpickler(pickle.Unpickler):
    def __init__(self, parcel: Parcel) -> None:
        super().__init__(io.BytesIO(parcel[0]))
        self._parcel = parcel

    def persistent_load(self, pid: int) -> bytes:
        return self._parcel[pid]
