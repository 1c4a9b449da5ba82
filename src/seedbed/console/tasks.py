"""Tasks of the visitor's application: the history, and one in full."""

from __future__ import annotations

import json
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from seedbed.accounts.credentials import Caller
from seedbed.api.access import Held
from seedbed.console.pages import go, show
from seedbed.console.visitor import Somebody, Visitor
from seedbed.contract.errors import NotFound
from seedbed.contract.tasks import Listing
from seedbed.resources import Resources
from seedbed.service.answers import Record

router = APIRouter(prefix="/tasks", include_in_schema=False)

PAGE = 24


@router.get("")
async def history(
    request: Request,
    held: Held,
    visitor: Somebody,
    page: int = 1,
    view: Literal["grid", "table"] = "grid",
) -> Response:
    """List the newest tasks, as pictures or as rows."""
    page = min(max(page, 1), 10_000)
    records: list[Record] = []
    if visitor.application is not None:
        listing = Listing(limit=PAGE + 1, offset=(page - 1) * PAGE)
        records = await held.images.recent(_caller(visitor), listing)
    shown = [await _shown(request, held, record) for record in records[:PAGE]]
    more = len(records) > PAGE
    return show(request, held, visitor, "tasks.html", tasks=shown, page=page, more=more, view=view)


@router.get("/{task_id}")
async def one(request: Request, held: Held, visitor: Somebody, task_id: str) -> Response:
    """Show all there is to know of a task."""
    record = await held.images.find_one(_caller(visitor), task_id)
    return show(request, held, visitor, "task.html", task=await _shown(request, held, record))


@router.post("/{task_id}/cancel")
async def cancel(held: Held, visitor: Somebody, task_id: str) -> Response:
    """Cancel a task that has not ended."""
    await held.images.cancel(_caller(visitor), task_id)
    return go(f"/tasks/{task_id}")


def _caller(visitor: Visitor) -> Caller:
    if visitor.application is None:
        raise NotFound("There is no such task.")
    return Caller(visitor.application.id, None, visitor.application.user_id)


async def _shown(request: Request, held: Resources, record: Record) -> dict[str, object]:
    shown = await held.answers.record(record, held.base_url(request.base_url), inline=False)
    response = shown.get("response", {})
    pictures = [item for item in response.get("data", []) if "image_url" in item]
    inputs = shown["request"].get("image", [])
    return {
        "record": shown,
        "pictures": pictures,
        "inputs": [inputs] if isinstance(inputs, str) else inputs,
        "request": json.dumps(shown["request"], indent=2, ensure_ascii=False),
        "response": json.dumps(response, indent=2, ensure_ascii=False),
        "task": record.view.task,
        "cost": len(record.view.delivered) * record.view.task.price / 1_000_000,
    }
