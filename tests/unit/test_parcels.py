"""Parcels: what is packed is unpacked, and half a parcel is none."""

from __future__ import annotations

import multiprocessing
import os
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.parcels import LARGE, Channel, pack, unpack

LARGE_BYTES = st.integers(LARGE - 1, LARGE + 1).map(bytes)
VALUES = st.recursive(
    st.none() | st.integers() | st.text() | st.binary() | LARGE_BYTES,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(), values, max_size=4),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_packed_is_unpacked(value: Any) -> None:
    assert unpack(pack(value)) == value


def test_only_large_bytes_travel_beside() -> None:
    large = os.urandom(LARGE)
    parcel = pack({"small": b"s", "large": large, "again": [large]})
    assert len(parcel) == 3
    assert parcel[1] is large
    assert len(parcel[0]) < 200


def test_pixels_arrive_writeable() -> None:
    pixels = np.arange(300_000, dtype=np.uint8).reshape(100, 1000, 3)
    arrived = unpack(pack(pixels))
    assert np.array_equal(arrived, pixels)
    assert arrived.flags.writeable


def test_parcels_cross_a_pipe_in_order() -> None:
    ours, theirs = multiprocessing.Pipe()
    values = [os.urandom(1_000_000), "text", b"", [os.urandom(LARGE)] * 3]

    def send_all() -> None:
        for value in values:
            Channel(theirs).send(pack(value))

    sender = threading.Thread(target=send_all)
    sender.start()
    channel = Channel(ours)
    assert [unpack(channel.receive()) for _ in values] == values
    sender.join()


@pytest.mark.parametrize("written", [0, 3, 4, 11, 5_000, -1])
def test_half_a_parcel_is_the_end(written: int) -> None:
    ours, theirs = multiprocessing.Pipe()
    reader, writer = multiprocessing.Pipe()
    Channel(writer).send(pack("x" * 10_000))
    whole = os.read(reader.fileno(), 100_000)
    os.write(theirs.fileno(), whole[:written])
    theirs.close()
    with pytest.raises(EOFError):
        Channel(ours).receive()
