"""Streams: the events of a task as they happen, one JSON object a line or as server-sent events.

Headers go out at once, each picture as soon as it is finished, and a sign of life when there is
nothing else to say. An event's number lets a reader that was cut off go on after it.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

from seedbed.contract.errors import BadRequest
from seedbed.resources import Resources
from seedbed.service.answers import Event, preview_event
from seedbed.tasks import drills

NDJSON = "application/x-ndjson"
SSE = "text/event-stream"
ALIVE = ": still here\n"
"""A sign of life between server-sent events. No empty line ends it: some readers take one for the
end of an event, and fail on its missing data."""


class _Cut(Exception):
    """A drill ends this stream here, without a word."""


def stream_events(
    request: Request, held: Resources, task_id: str, after: int, headers: Mapping[str, str]
) -> StreamingResponse:
    """Answer with a task's events after that number, until its end."""
    accepted = request.headers.get("accept", "")
    as_sse = SSE in accepted and NDJSON not in accepted
    lines = _lines(held, task_id, after, held.base_url(request.base_url), as_sse)
    return stream(lines, SSE if as_sse else NDJSON, headers)


def stream(
    lines: AsyncIterator[str], media_type: str, headers: Mapping[str, str]
) -> StreamingResponse:
    """Answer with lines as they come."""
    return StreamingResponse(
        _until_cut(lines),
        media_type=media_type,
        # A proxy that keeps lines back would make a stream pointless.
        headers={**headers, "Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def follow_events(
    held: Resources, task_id: str, after: int, base_url: str
) -> AsyncIterator[Event | None]:
    """Give each event of a task after that number, and None when it is time for a sign of life.

    Previews are among them where the request asked for some. Ends with the task; sooner, without
    its last event, when the process is about to stop.
    """
    keep_alive = held.settings.keep_alive
    spoke, seen, began_after = time.monotonic(), 0, after
    async for view in held.images.follow(task_id, idle=keep_alive):
        if view.task.request.previews:
            for preview in held.previews.of(task_id, seen):
                yield preview_event(view.task, preview)
                seen, spoke = preview.number, time.monotonic()
        for event in await held.answers.events(view, after, base_url):
            yield event
            after, spoke = event.number, time.monotonic()
            if drills.cuts_stream(view.task.drill, began_after):
                raise _Cut
        if time.monotonic() - spoke >= keep_alive:
            yield None
            spoke = time.monotonic()


def event_after(request: Request, text: str | None = None) -> tuple[str | None, int]:
    """Read which event a reader has seen last: its task, if it says so, and its number.

    `Last-Event-ID` counts first, as `TASK:NUMBER` or `NUMBER`, then `text`. Raises `BadRequest`.
    """
    seen = request.headers.get("last-event-id", text or "0")
    task_id, _, number = seen.rpartition(":")
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise BadRequest(f"{seen[:60]!r} is the id of no event; ids are like TASK:3, or 3")
    return task_id or None, int(number)


def server_sent(name: str, data: Mapping[str, Any], event_id: str | None = None) -> str:
    """Write one server-sent event."""
    numbered = "" if event_id is None else f"id: {event_id}\n"
    return f"event: {name}\n{numbered}data: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _lines(
    held: Resources, task_id: str, after: int, base_url: str, as_sse: bool
) -> AsyncIterator[str]:
    async for event in follow_events(held, task_id, after, base_url):
        if event is None:
            yield ALIVE if as_sse else "\n"
            continue
        if as_sse:
            number = f"{task_id}:{event.number}" if event.number else None
            yield server_sent(event.type, event.shown, number)
        else:
            yield json.dumps(event.shown, ensure_ascii=False) + "\n"


async def _until_cut(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    try:
        async for line in lines:
            yield line
    except _Cut:
        return
