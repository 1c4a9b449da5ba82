"""Streams of an upstream, cut anywhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.engines.upstream import events
from seedbed.engines.upstream.events import NDJSON, SSE, BrokenStream, read_events


async def chunks(data: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in pairwise(places):
        yield data[start:end]


async def read(data: bytes, kind: str, cuts: list[int] | None = None) -> list[dict[str, Any]]:
    return [event async for event in read_events(chunks(data, cuts or []), kind)]


values = st.dictionaries(st.text(max_size=5), st.text(max_size=12) | st.integers(), max_size=3)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
CUTS = st.lists(st.integers(0, 10_000), max_size=12)


@given(st.lists(values, max_size=5), ENDS, CUTS, st.booleans())
async def test_every_object_of_server_sent_events_is_read(
    said: list[dict[str, Any]], end: str, cuts: list[int], is_spread: bool
) -> None:
    text = ""
    for one in said:
        data = json.dumps(one, indent=1 if is_spread else None, ensure_ascii=False)
        lines = [f"data: {line}" for line in data.split("\n")]
        text += end.join([": a comment", "id: 7", *lines, "", ""])
    stream = (text + f"data: [DONE]{end}{end}data: never{end}{end}").encode()
    assert await read(stream, SSE, cuts) == said


@given(st.lists(values, max_size=5), st.sampled_from(["\n", "\r\n"]), CUTS, st.booleans())
async def test_every_object_of_lines_is_read(
    said: list[dict[str, Any]], end: str, cuts: list[int], ends: bool
) -> None:
    text = (end + end).join(json.dumps(one) for one in said)
    assert await read((text + (end if ends else "")).encode(), NDJSON, cuts) == said


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_no_place_to_cut_matters(end: str) -> None:
    data = end.join(['data: {"a":', "data: 1}", "", 'data: {"b": 2}', "", ""]).encode()
    for cut in range(len(data)):
        assert await read(data, SSE, [cut]) == [{"a": 1}, {"b": 2}], cut


async def test_an_event_is_called_by_its_name_where_it_does_not_say_its_type() -> None:
    assert await read(b'event: a\ndata: {}\n\ndata:{"type":"b"}\n\n', SSE) == [
        {"type": "a"},
        {"type": "b"},
    ]


async def test_an_event_that_was_not_completed_is_none() -> None:
    assert await read(b'data: {"a": 1}\n\ndata: {"a"', SSE) == [{"a": 1}]


@pytest.mark.parametrize("data", [b"data: {\n\n", b"data: 7\n\n", b"data: \xff\n\n"])
async def test_what_is_no_object_breaks_the_stream(data: bytes) -> None:
    with pytest.raises(BrokenStream, match="no JSON object"):
        await read(data, SSE)
    with pytest.raises(BrokenStream, match="no JSON object"):
        await read(data.removeprefix(b"data: "), NDJSON)


@pytest.mark.parametrize("data", [b"x" * 2000, b"data: x\n" * 600])
async def test_an_event_is_read_only_so_far(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_EVENT", 500)
    with pytest.raises(BrokenStream, match="500 bytes"):
        await read(data, SSE)
