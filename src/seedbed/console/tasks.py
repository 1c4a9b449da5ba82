"""Tasks of the visitor's application: the history, and one in full."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from seedbed.accounts import credentials
from seedbed.api.access import Held
from seedbed.console.pages import go, show
from seedbed.console.visitor import Somebody
from seedbed.contract.models import MODELS
from seedbed.contract.tasks import Listing
from seedbed.resources import Resources
from seedbed.service.answers import SHOWN_STATES, Record
from seedbed.service.images import Asked
from seedbed.tasks import deliveries
from seedbed.tasks.deliveries import DeliveryAttempt

router = APIRouter(prefix="/tasks", include_in_schema=False)

PAGE = 24
STATES = tuple(dict.fromkeys(SHOWN_STATES.values()))


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of a task's timeline; `text` is translated, `about` is not."""

    at: float
    text: str
    about: str = ""
    failed: bool = False


@router.get("")
async def history(
    request: Request,
    held: Held,
    visitor: Somebody,
    page: int = 1,
    view: Literal["grid", "table"] = "grid",
    model: str = "",
    state: str = "",
    key: str = "",
    since: str = "",
    until: str = "",
) -> Response:
    """List the newest tasks, as pictures or as rows, of a model, state, key or time."""
    page = min(max(page, 1), 10_000)
    asked = {"model": model, "state": state, "key": key, "since": since, "until": until}
    records: list[Record] = []
    keys: Sequence[credentials.Credential] = []
    if visitor.application is not None:
        listing = Listing(
            limit=PAGE + 1,
            offset=(page - 1) * PAGE,
            created_at_min=_day(since),
            created_at_max=_day(until, end=True),
            model=model or None,
            credential_id=key or None,
            states=_states(state),
        )
        records = await held.images.recent(visitor.caller, listing)
        keys = await held.database.read(credentials.list_of, visitor.application.id)
    return show(
        request,
        held,
        visitor,
        "tasks.html",
        tasks=[await _shown(request, held, record) for record in records[:PAGE]],
        page=page,
        more=len(records) > PAGE,
        view=view,
        models=MODELS,
        states=STATES,
        keys=keys,
        asked=asked,
        query="&" + urlencode({"view": view} | {k: v for k, v in asked.items() if v}),
        filtered=any(asked.values()),
    )


@router.get("/{task_id}")
async def one(request: Request, held: Held, visitor: Somebody, task_id: str) -> Response:
    """Show all there is to know of a task."""
    record = await held.images.find_one(visitor.caller, task_id)
    attempts: Sequence[DeliveryAttempt] = ()
    if record.delivery is not None:
        attempts = await held.database.read(deliveries.attempts_of, record.delivery.id)
    shown = await _shown(request, held, record)
    timeline = _timeline(record, attempts)
    return show(request, held, visitor, "task.html", task=shown, timeline=timeline)


@router.post("/{task_id}/cancel")
async def cancel(held: Held, visitor: Somebody, task_id: str) -> Response:
    """Cancel a task that has not ended."""
    await held.images.cancel(visitor.caller, task_id)
    return go(f"/tasks/{task_id}")


@router.post("/{task_id}/again")
async def again(request: Request, held: Held, visitor: Somebody, task_id: str) -> Response:
    """Submit the same request as a new task; it is followed on its own page."""
    caller = visitor.caller
    await held.limiter.check(caller.application_id)
    record = await held.images.find_one(caller, task_id)
    base_url = held.base_url(request.base_url)
    body = request_of(held, record, base_url)
    submitted = await held.images.submit(Asked(body, caller, str(uuid.uuid4()), base_url))
    return go(f"/tasks/{submitted.task.id}")


def request_of(held: Resources, record: Record, base_url: str) -> dict[str, Any]:
    """Give the request of a task so that it can be made again: its pictures by their URLs."""
    task = record.view.task
    body = dict(task.body)
    if task.inputs:
        body["image"] = [
            held.signer.sign(one.blob_key, base_url, time.time()) for one in task.inputs
        ]
    return body


async def _shown(request: Request, held: Resources, record: Record) -> Mapping[str, Any]:
    base_url = held.base_url(request.base_url)
    shown = await held.answers.record(record, base_url, inline=False)
    response = shown.get("response", {})
    pictures = [item for item in response.get("data", []) if "image_url" in item]
    now = time.time()
    return {
        "record": shown,
        "pictures": pictures,
        "inputs": [held.signer.sign(i.blob_key, base_url, now) for i in record.view.task.inputs],
        "layers": [item for item in pictures if "z_index" in item],
        "request": json.dumps(shown["request"], indent=2, ensure_ascii=False),
        "response": json.dumps(response, indent=2, ensure_ascii=False) if response else "",
        "error": response.get("error", {}).get("message", ""),
        "task": record.view.task,
        "delivery": record.delivery,
        "cost": len(record.view.delivered) * record.view.task.price,
    }


def _timeline(record: Record, attempts: Sequence[DeliveryAttempt]) -> list[Moment]:
    task = record.view.task
    told = [Moment(task.created_at, "Queued")]
    if task.started_at is not None:
        told.append(Moment(task.started_at, "Started"))
    for image in sorted(record.view.images, key=lambda image: image.ordinal):
        at = image.settled_at or task.created_at
        if image.error is None:
            told.append(Moment(at, "Picture", f"{image.index + 1}"))
        else:
            told.append(Moment(at, "Picture failed", image.error.message, failed=True))
    if task.finished_at is not None:
        ended = SHOWN_STATES[task.state]
        told.append(Moment(task.finished_at, ended, failed=ended == "failed"))
    for attempt in attempts:
        failed = attempt.status is None or not 200 <= attempt.status < 300
        about = str(attempt.status or attempt.error)
        told.append(Moment(attempt.started_at, "Callback", about, failed))
    return told


def _states(shown: str) -> tuple[str, ...] | None:
    """Give the states that are shown as a word; None for every state."""
    if shown not in STATES:
        return None
    return tuple(str(state) for state, word in SHOWN_STATES.items() if word == shown)


def _day(text: str, *, end: bool = False) -> float | None:
    """Read a day of UTC as Unix seconds, of its beginning or its end; None for what is none."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        return (day + timedelta(days=1 if end else 0)).timestamp()
    except (ValueError, OverflowError):
        return None
