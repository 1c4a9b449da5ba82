"""The Ark dialect: `/api/v3/images/generations`, as the Ark runtime SDK speaks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from seedbed.accounts.credentials import Caller
from seedbed.api.access import DRAWING, Held, caller_of
from seedbed.api.body import json_object
from seedbed.api.drawing import (
    OF_PREVIEWS,
    Json,
    Order,
    answer_at_end,
    by_other_names,
    order,
    unfinished,
)
from seedbed.api.refusals import ark_error, error_shown
from seedbed.api.streams import ALIVE, SSE, follow_events, server_sent, stream
from seedbed.contract.errors import BadRequest
from seedbed.contract.models import MODELS
from seedbed.resources import Resources
from seedbed.service.answers import COMPLETED, PARTIAL_IMAGE, Event
from seedbed.tasks.task import Task

router = APIRouter(prefix="/api/v3", tags=["Ark"])

FOREIGN = ("action", "async", "callback_url", "n")
"""Fields of other wires that this one ignores."""
DONE = "data: [DONE]\n\n"


@router.post("/images/generations", summary="Draw pictures, as Ark does", name="ark_generations")
async def create_images(
    request: Request,
    held: Held,
    caller: Annotated[Caller, Depends(caller_of(DRAWING))],
) -> Response:
    """Draw what the prompt asks for, for a program that speaks to Ark.

    Answers with the pictures when they are finished, or event by event when it is streamed.
    """
    body = await json_object(request)
    if body.get("model") is None:
        known = ", ".join(model.id for model in MODELS)
        raise BadRequest(f"model is missing; name one of {known}", param="model", fault="missing")
    ordered = await order(request, held, caller, body, FOREIGN)
    trace_id = request.state.trace_id
    if ordered.task.request.stream:
        return stream(_lines(held, ordered, trace_id), SSE, ordered.headers)
    return await answer_at_end(request, held, ordered, partial(_answer, trace_id))


def _answer(trace_id: str, task: Task, shown: Json) -> Json:
    return {
        **_head(task),
        "data": [_picture(one, trace_id) for one in shown["data"]],
        **_tools(task),
        "usage": shown["usage"],
    }


def _head(task: Task) -> Json:
    return {"model": task.model, "created": int(task.created_at)}


def _tools(task: Task) -> Json:
    tools = task.request.tools
    return {"tools": [{"type": tool} for tool in tools]} if tools else {}


def _picture(shown: Json, trace_id: str) -> Json:
    """Say a picture by Ark's names; or the error in its place."""
    if "error" in shown:
        return {"error": _brief(shown["error"], trace_id)}
    return by_other_names(shown)


def _brief(error: Json, trace_id: str) -> Json:
    said = ark_error(error_shown(error), trace_id)
    return {"code": said["code"], "message": said["message"]}


async def _lines(held: Resources, ordered: Order, trace_id: str) -> AsyncIterator[str]:
    """Say the events of a task as Ark does; a stop of this server is an error as well."""
    task, has_ended = ordered.task, False
    async for event in follow_events(held, task.id, 0, ordered.base_url):
        if event is None:
            yield ALIVE
            continue
        has_ended = event.type == COMPLETED
        for said in _events(task, event, trace_id):
            yield server_sent(said.get("type", "error"), said)
    if not has_ended:
        yield server_sent("error", {"error": ark_error(unfinished(task), trace_id)})
    yield DONE


def _events(task: Task, event: Event, trace_id: str) -> Iterator[Json]:
    body = event.body
    head = {"type": event.type, **_head(task)}
    if event.type == COMPLETED:
        if not body["success"]:
            yield {"error": _brief(body["error"], trace_id)}
        else:
            yield {**head, **_tools(task), "usage": body["usage"]}
        return
    if event.type == PARTIAL_IMAGE:
        yield head | {name: body[name] for name in OF_PREVIEWS}
        return
    for shown in body.get("data", [body]):
        yield {**head, "image_index": body["image_index"], **_picture(shown, trace_id)}
