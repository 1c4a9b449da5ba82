"""Drawing, as every dialect does it: hand a request over, say which task it is, wait for its end.

A dialect reads its own wire into the one body that the service takes, and shapes what comes back;
what lies between is here, so that all of them keep the same rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from seedbed.accounts.credentials import Caller
from seedbed.api.errors import error_response
from seedbed.contract.errors import ApiError, BadRequest, Unfinished, error_of
from seedbed.resources import Resources
from seedbed.service.images import Asked
from seedbed.tasks.states import State
from seedbed.tasks.task import Task, TaskView

Json = dict[str, Any]

OTHER_NAMES = {"image_url": "url"}
"""Fields of a picture that Ark and OpenAI call otherwise."""
OUR_OWN = frozenset({"prompt"})
"""Fields of a picture that Ark and OpenAI have not."""
OF_PREVIEWS = ("image_index", "partial_image_index", "b64_json", "size")
"""Fields of a preview that Ark and OpenAI have."""
MAX_KEY = 255
"""Characters that an idempotency key may have."""
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])")


@dataclass(frozen=True, slots=True)
class Order:
    """The task that a request has made, or stands for, and what its answer says of it."""

    task: Task
    base_url: str
    """Where the caller reached the service: what URLs in the answer start with."""
    headers: Mapping[str, str]


async def order(
    request: Request,
    held: Resources,
    caller: Caller,
    body: Mapping[str, Any],
    foreign: tuple[str, ...] = (),
) -> Order:
    """Submit a request; fields that are `foreign` to its wire are ignored there, and named.

    Raises what `ImageService.submit` raises.
    """
    drill = request.headers.get("x-seedbed-drill")
    base_url = held.base_url(request.base_url)
    submitted = await held.images.submit(
        Asked(
            body={name: value for name, value in body.items() if name not in foreign},
            caller=caller,
            trace_id=request.state.trace_id,
            base_url=base_url,
            idempotency_key=_idempotency_key(request),
            drill=drill,
        )
    )
    ignored = [*submitted.ignored, *(name for name in foreign if body.get(name) is not None)]
    if drill is not None and not held.settings.drills:
        ignored.append("X-Seedbed-Drill (drills are off)")
    headers = task_headers(submitted.task.id)
    if ignored:
        headers["X-Seedbed-Ignored"] = header_value(", ".join(ignored))
    if submitted.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Order(submitted.task, base_url, headers)


async def wait(request: Request, held: Resources, order: Order) -> TaskView:
    """Wait for the end of a task as long as the settings allow, and give it as it is then.

    `Prefer: wait=SECONDS` makes that shorter.
    """
    asked = _WAIT.search(request.headers.get("prefer", "").lower())
    longest = held.settings.wait_timeout
    return await held.images.wait(
        order.task.id, min(longest, float(asked[1])) if asked else longest
    )


async def answer_at_end(
    request: Request, held: Resources, order: Order, shape: Callable[[Task, Json], Json]
) -> Response:
    """Wait for the pictures and answer with them as `shape` has them, or with what went wrong.

    For a dialect whose answers have no place for a task that goes on.
    """
    view = await wait(request, held, order)
    failure = failure_of(view)
    if failure is None:
        shown = await held.answers.answer(view, order.base_url)
        response = JSONResponse(shape(order.task, shown))
    else:
        response = error_response(request, failure)
    response.headers.update(headers_at_end(order, view))
    return response


def headers_at_end(order: Order, view: TaskView) -> dict[str, str]:
    """Say what an answer says of its task, and what the engine understood."""
    note = view.task.note
    return {**order.headers, **({"X-Seedbed-Understood": header_value(note)} if note else {})}


def failure_of(view: TaskView) -> ApiError | None:
    """Tell why there are no pictures to answer with; None when there are."""
    task = view.task
    if not task.state.is_final:
        return unfinished(task)
    if task.state is State.SUCCEEDED:
        return None
    error = task.error
    assert error is not None, "a task that ended without success says why"
    return error_of(error.code, error.message, error.fault.code if error.fault else None)


def by_other_names(shown: Json) -> Json:
    """Say a picture of ours by the names that Ark and OpenAI have for its fields."""
    return {
        OTHER_NAMES.get(name, name): value for name, value in shown.items() if name not in OUR_OWN
    }


def unfinished(task: Task) -> Unfinished:
    """Tell, where an answer has no place for a task, which one it is and how to ask for it."""
    return Unfinished(
        f"The pictures are not finished yet, and the task {task.id} goes on. Do not send the "
        f"request again: that would be another task. Ask for it with GET /seedream/tasks/{task.id}."
    )


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


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not key or len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        raise BadRequest(
            f"Idempotency-Key must be 1 to {MAX_KEY} printable ASCII characters, such as a UUID"
        )
    return key
