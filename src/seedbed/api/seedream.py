"""The SeeDream dialect: `/seedream/images` and `/seedream/models`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from seedbed.accounts.credentials import Caller
from seedbed.api.access import DRAWING, Held, caller_of
from seedbed.api.body import json_object
from seedbed.api.drawing import Order, failure_of, headers_at_end, order, task_headers, wait
from seedbed.api.errors import error_response
from seedbed.api.streams import event_after, stream_events
from seedbed.contract.capabilities import describe_model
from seedbed.contract.errors import BadRequest
from seedbed.contract.models import DEFAULT_MODEL, MODELS
from seedbed.resources import Resources
from seedbed.tasks.task import TaskView

router = APIRouter(prefix="/seedream", tags=["SeeDream"])

FOREIGN = ("n",)
"""Fields of another wire that this one ignores, as the hosted service does."""


@router.post("/images", summary="Draw pictures")
async def create_images(
    request: Request,
    held: Held,
    caller: Annotated[Caller, Depends(caller_of(DRAWING))],
) -> Response:
    """Draw what the prompt asks for.

    Answers with the pictures when they are finished; at once, with the task's id, when the
    request is asynchronous or has a callback; line by line when it is streamed.
    """
    body = await json_object(request)
    seen = _seen(request)
    if seen is not None and body.get("stream") is True:
        return await _resumed(request, held, caller, *seen)
    ordered = await order(request, held, caller, body, FOREIGN)
    asked = ordered.task.request
    if asked.stream:
        return stream_events(request, held, ordered.task.id, 0, ordered.headers)
    if asked.asynchronous or asked.callback_url is not None:
        return _accepted(ordered)
    view = await wait(request, held, ordered)
    if not view.task.state.is_final:
        return _accepted(ordered, {"Retry-After": "2"})
    response = await _answer(request, held, ordered, view)
    response.headers.update(headers_at_end(ordered, view))
    return response


@router.get("/models", summary="List the models", response_description="The models.")
async def list_models(held: Held) -> JSONResponse:
    """List every model with all that it allows, what it costs and which engines serve it."""
    return JSONResponse(
        {
            "default": DEFAULT_MODEL.id,
            "models": [
                describe_model(model)
                | {
                    "engines": held.settings.engines_of(model.id),
                    "price": float(held.settings.price_of(model.id)),
                }
                for model in MODELS
            ],
        }
    )


def _seen(request: Request) -> tuple[str, int] | None:
    """Read the event that a stream was cut off after, if the request names one."""
    if "last-event-id" not in request.headers:
        return None
    task_id, after = event_after(request)
    if task_id is None:
        raise BadRequest("Last-Event-ID names no task; give the id of an event, TASK:NUMBER.")
    return task_id, after


async def _resumed(
    request: Request, held: Resources, caller: Caller, task_id: str, after: int
) -> Response:
    """Go on with a stream that was cut off: the task that its last event names, no new one."""
    await held.images.find_one(caller, task_id)
    return stream_events(request, held, task_id, after, task_headers(task_id))


def _accepted(ordered: Order, more: dict[str, str] | None = None) -> JSONResponse:
    """Answer with the task's id, for who does not wait or has waited long enough.

    Always with 200: clients take it for success, and a 5xx for a reason to pay for another task.
    """
    task = ordered.task
    said = {"task_id": task.id, "trace_id": task.trace_id}
    return JSONResponse(said, headers={**ordered.headers, **(more or {})})


async def _answer(
    request: Request, held: Resources, ordered: Order, view: TaskView
) -> JSONResponse:
    shown = await held.answers.answer(view, ordered.base_url)
    failure = failure_of(view)
    return JSONResponse(shown) if failure is None else error_response(request, failure, shown)
