"""Tasks of the SeeDream dialect: polling, listing, cancelling and following them."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, StreamingResponse

from seedbed.accounts.credentials import Caller
from seedbed.api.access import ASKING, DRAWING, Held, caller_of
from seedbed.api.body import json_object
from seedbed.api.streams import NDJSON, event_after, stream_events
from seedbed.contract.tasks import TaskQuery, parse_task_query
from seedbed.resources import Resources
from seedbed.service.answers import Record

router = APIRouter(prefix="/seedream", tags=["Tasks"])
Asking = Annotated[Caller, Depends(caller_of(ASKING, DRAWING))]


@router.post("/tasks", summary="Ask for tasks, or cancel one")
async def query_tasks(request: Request, held: Held, caller: Asking) -> JSONResponse:
    """Give one task, several by their ids, or the newest; or cancel one."""
    query = parse_task_query(await json_object(request))
    if query.action == "retrieve_batch":
        records = await _several(held, caller, query)
        base_url = held.base_url(request.base_url)
        # A hundred tasks of fifteen pictures each are a list of URLs, not a gigabyte.
        items = [await held.answers.record(one, base_url, inline=False) for one in records]
        return JSONResponse({"items": items, "count": len(items)})
    if query.ids is not None:
        task_id = query.ids[0]
    else:
        task_id = await held.images.id_of_trace(caller, (query.trace_ids or ("",))[0])
    if query.action == "cancel":
        record = await held.images.cancel(caller, task_id)
    else:
        record = await held.images.find_one(caller, task_id)
    return JSONResponse(await _shown(request, held, record))


@router.get("/tasks/{task_id}", summary="Ask for a task")
async def get_task(request: Request, held: Held, caller: Asking, task_id: str) -> JSONResponse:
    """Give one task, as polling does."""
    return JSONResponse(await _shown(request, held, await held.images.find_one(caller, task_id)))


@router.get("/tasks/{task_id}/events", summary="Follow a task", response_class=StreamingResponse)
async def follow_task(
    request: Request, held: Held, caller: Asking, task_id: str, after: str | None = None
) -> StreamingResponse:
    """Give the events of a task from its first, or after the one that was seen last."""
    _, seen = event_after(request, after)
    await held.images.find_one(caller, task_id)
    return stream_events(request, held, task_id, seen, {"X-Seedbed-Task": task_id})


@router.get("/callbacks", summary="Listen to callbacks", response_class=StreamingResponse)
async def listen(held: Held, caller: Asking, since: float | None = None) -> StreamingResponse:
    """Give a copy of each callback of the application, signed, as a line of JSON, without end.

    For a developer whose machine nobody can call: `seedbed listen` passes them on.
    """
    started = time.time() if since is None else since
    return StreamingResponse(_copies(held, caller, started), media_type=NDJSON)


async def _copies(held: Resources, caller: Caller, since: float) -> AsyncIterator[str]:
    yield "\n"
    async for copy in held.callbacks.copies(caller, since, held.settings.keep_alive):
        if copy is None:
            yield "\n"
            continue
        shown = {
            "id": copy.delivery.id,
            "task_id": copy.delivery.task_id,
            "ready_at": copy.delivery.ready_at,
            "headers": copy.headers,
            "body": copy.body,
        }
        yield json.dumps(shown) + "\n"


async def _several(held: Resources, caller: Caller, query: TaskQuery) -> list[Record]:
    if query.ids is not None:
        return await held.images.find(caller, query.ids)
    if query.trace_ids is not None:
        return await held.images.find_by_trace(caller, query.trace_ids)
    return await held.images.recent(caller, query.listing)


async def _shown(request: Request, held: Resources, record: Record) -> dict[str, Any]:
    return await held.answers.record(record, held.base_url(request.base_url))
