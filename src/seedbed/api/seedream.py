"""The SeeDream dialect: `/seedream/images` and `/seedream/models`."""

from __future__ import annotations

import json
import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from seedbed.accounts.credentials import Caller
from seedbed.api.access import DRAWING, Held, caller_of
from seedbed.api.body import json_object
from seedbed.api.errors import error_response
from seedbed.api.streams import event_after, stream_events
from seedbed.contract.capabilities import describe_model
from seedbed.contract.errors import BadRequest, error_of
from seedbed.contract.models import DEFAULT_MODEL, MODELS
from seedbed.resources import Resources
from seedbed.service.images import Asked, Submitted
from seedbed.tasks.states import State
from seedbed.tasks.task import TaskView

router = APIRouter(prefix="/seedream", tags=["SeeDream"])

MAX_KEY = 255
"""Characters that an idempotency key may have."""
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])")


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
    drill = request.headers.get("x-seedbed-drill")
    submitted = await held.images.submit(
        Asked(
            body=body,
            caller=caller,
            trace_id=request.state.trace_id,
            base_url=held.base_url(request.base_url),
            idempotency_key=_idempotency_key(request),
            drill=drill,
        )
    )
    ignored = submitted.ignored
    if drill is not None and not held.settings.drills:
        ignored = (*ignored, "X-Seedbed-Drill (drills are off)")
    headers = _headers(submitted, ignored)
    asked = submitted.task.request
    if asked.stream:
        return stream_events(request, held, submitted.task.id, 0, headers)
    if asked.asynchronous or asked.callback_url is not None:
        return _accepted(submitted, headers)
    view = await held.images.wait(submitted.task.id, _patience(request, held))
    if not view.task.state.is_final:
        return _accepted(submitted, headers | {"Retry-After": "2"})
    response = await _answer(request, held, view)
    if view.task.note:
        headers["X-Seedbed-Understood"] = header_value(view.task.note)
    response.headers.update(headers)
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


def _accepted(submitted: Submitted, headers: dict[str, str]) -> JSONResponse:
    """Answer with the task's id, for who does not wait or has waited long enough.

    Always with 200: clients take it for success, and a 5xx for a reason to pay for another task.
    """
    task = submitted.task
    return JSONResponse({"task_id": task.id, "trace_id": task.trace_id}, headers=headers)


async def _answer(request: Request, held: Resources, view: TaskView) -> JSONResponse:
    task = view.task
    shown = await held.answers.answer(view, held.base_url(request.base_url))
    if task.state is State.SUCCEEDED:
        return JSONResponse(shown)
    assert task.error is not None, "a task that ended without success says why"
    return error_response(request, error_of(task.error.code, task.error.message), shown)


def _patience(request: Request, held: Resources) -> float:
    """How long to wait: the setting, or less when the request says `Prefer: wait=SECONDS`."""
    asked = _WAIT.search(request.headers.get("prefer", "").lower())
    longest = held.settings.wait_timeout
    return min(longest, float(asked[1])) if asked else longest


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not key or len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        raise BadRequest(
            f"Idempotency-Key must be 1 to {MAX_KEY} printable ASCII characters, such as a UUID"
        )
    return key


def _headers(submitted: Submitted, ignored: tuple[str, ...]) -> dict[str, str]:
    headers = task_headers(submitted.task.id)
    if ignored:
        headers["X-Seedbed-Ignored"] = header_value(", ".join(ignored))
    if submitted.replayed:
        headers["Idempotent-Replayed"] = "true"
    return headers


def task_headers(task_id: str) -> dict[str, str]:
    """Say which task it is, where to ask for it, and that sending the request again is another."""
    return {
        "X-Seedbed-Task": task_id,
        "X-Should-Retry": "false",
        "Link": f'</seedream/tasks/{task_id}>; rel="monitor"',
    }


def header_value(text: str) -> str:
    """Make any text a header value: one line of ASCII, what is beyond it escaped as in JSON."""
    return json.dumps(text)[1:-1][:1000]
