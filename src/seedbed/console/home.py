"""The API page: what this is, Acquire, and the playground that sends real requests."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from sqlalchemy import Connection

from seedbed.accounts import applications, credentials, ledger
from seedbed.accounts.applications import AlreadyAcquired
from seedbed.accounts.credentials import Caller
from seedbed.accounts.credits import to_credits, to_micros
from seedbed.accounts.users import User
from seedbed.api.access import Held
from seedbed.api.body import json_object
from seedbed.api.drawing import header_value, task_headers
from seedbed.api.errors import error_response
from seedbed.api.files import keep_upload
from seedbed.api.health import WHERE_TO_GO
from seedbed.console.pages import go, show
from seedbed.console.tasks import request_of
from seedbed.console.visitor import Anybody, Somebody, Visitor
from seedbed.contract.capabilities import describe_model
from seedbed.contract.errors import ApiError, BadRequest, error_of
from seedbed.contract.models import DEFAULT_MODEL, MODELS
from seedbed.resources import Resources
from seedbed.service.images import Asked

router = APIRouter(include_in_schema=False)

FIRST_KEY = "first key"
IDLE_SECONDS = 1.0
EXAMPLES = (
    "a red fox in a snowy forest at dawn",
    "three red apples on a wooden table, watercolour",
    "停在街上的红色跑车，夜晚，霓虹灯",
    'poster with the words "HELLO WORLD" and a rocket launching at night',
)


@router.get("/")
async def home(request: Request, held: Held, visitor: Anybody, again: str = "") -> Response:
    """Show the service and its playground; a task's id in `again` fills the form as it was.

    A program that asks for no page is told where to go.
    """
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse(WHERE_TO_GO)
    balance = None
    if visitor.application is not None:
        balance = await held.database.read(ledger.balance, visitor.application.id)
    return show(
        request,
        held,
        visitor,
        "home.html",
        models=MODELS,
        default=DEFAULT_MODEL,
        matrix={model.id: describe_model(model) for model in MODELS},
        prices={model.id: f"{held.settings.price_of(model.id):f}" for model in MODELS},
        available=None if balance is None else to_credits(balance.available),
        quota=held.settings.quota,
        examples=EXAMPLES,
        new_key="",
        filled=await _filled(request, held, visitor, again),
    )


@router.post("/acquire")
async def acquire(request: Request, held: Held, visitor: Anybody) -> Response:
    """Make the user's application, with the free quota and a first key; once."""
    if visitor.user is None:
        return go("/login?next=%2F%3Facquire%3D1")
    token = await held.database.write(_acquire, visitor.user, to_micros(held.settings.quota))
    if token is None:
        return go("/#playground")
    return show(request, held, visitor, "acquired.html", token=token, quota=held.settings.quota)


@router.post("/console/run")
async def run(request: Request, held: Held, visitor: Somebody) -> Response:
    """Submit a request of the playground, as the API would; its task is then followed."""
    caller = visitor.caller
    await held.limiter.check(caller.application_id)
    if request.headers.get("content-type") != "application/json":
        raise BadRequest("Send the request as application/json.")
    body = await json_object(request)
    try:
        submitted = await held.images.submit(
            Asked(body, caller, str(uuid.uuid4()), held.base_url(request.base_url))
        )
    except ApiError as error:
        response = error_response(request, error)
        if error.param:
            response.headers["X-Seedbed-Field"] = error.param
        return response
    ignored = list(submitted.ignored)
    return JSONResponse({"task_id": submitted.task.id, "ignored": ignored})


@router.post("/console/files")
async def upload(request: Request, held: Held, visitor: Somebody) -> Response:
    """Keep a picture that was dropped into the playground, so that the code can name its URL."""
    await held.limiter.check(visitor.caller.application_id)
    return await keep_upload(request, held)


@router.get("/console/tasks/{task_id}/live")
async def live(request: Request, held: Held, visitor: Somebody, task_id: str) -> Response:
    """Tell how a task goes, as server-sent events: its record, whenever it has changed."""
    caller = visitor.caller
    await held.images.find_one(caller, task_id)
    base_url = held.base_url(request.base_url)
    return StreamingResponse(
        _records(held, caller, task_id, base_url),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _records(
    held: Resources, caller: Caller, task_id: str, base_url: str
) -> AsyncIterator[str]:
    async for view in held.images.follow(task_id, IDLE_SECONDS):
        record = await held.images.find_one(caller, task_id)
        shown = await held.answers.record(record, base_url, inline=False)
        shown["pictures"] = [
            held.signer.sign(image.blob_key, base_url, time.time())
            for image in view.delivered
            if image.blob_key
        ]
        task = view.task
        shown["headers"] = {"X-Trace-Id": task.trace_id, **task_headers(task.id)}
        if task.note is not None:
            shown["headers"]["X-Seedbed-Understood"] = header_value(task.note)
        if task.state.is_final and task.error is not None:
            shown["status"] = error_of(task.error.code, task.error.message).status
        shown["cost"] = float(to_credits(task.price * len(view.delivered)))
        yield f"data: {json.dumps(shown)}\n\n"


async def _filled(
    request: Request, held: Resources, visitor: Visitor, task_id: str
) -> dict[str, Any]:
    """Give the request of an earlier task of this user, to be tried again."""
    if not task_id or visitor.application is None:
        return {}
    found = await held.images.find(visitor.caller, [task_id])
    return request_of(held, found[0], held.base_url(request.base_url)) if found else {}


def _acquire(tx: Connection, user: User, quota: int) -> str | None:
    try:
        application = applications.acquire(tx, user, quota)
    except AlreadyAcquired:
        return None
    return credentials.create(tx, application.id, FIRST_KEY)[1]
