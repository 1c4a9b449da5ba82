"""Callbacks of the visitor's application: the secret, each delivery with its attempts, a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from seedbed.accounts import secrets
from seedbed.api.access import Held
from seedbed.console.pages import go, show
from seedbed.console.visitor import Somebody, Visitor
from seedbed.contract.errors import BadRequest, NotFound
from seedbed.resources import Resources
from seedbed.tasks import deliveries
from seedbed.tasks.deliveries import Delivery, DeliveryAttempt, DeliveryState

router = APIRouter(prefix="/callbacks", include_in_schema=False)

PAGE = 30
OVERLAP_SECONDS = 86_400.0
STATES = tuple(str(state) for state in DeliveryState)


@router.get("")
async def callbacks(
    request: Request, held: Held, visitor: Somebody, state: str = "", page: int = 1
) -> Response:
    """List the newest deliveries, below the secret that they are signed with."""
    return await _page(request, held, visitor, state, page)


@router.post("/secret")
async def rotate(held: Held, visitor: Somebody) -> Response:
    """Make a new secret; callbacks are signed with both for a day."""
    application_id = visitor.caller.application_id
    await held.database.write(secrets.rotate, application_id, OVERLAP_SECONDS)
    return go("/callbacks")


@router.post("/test")
async def test(
    request: Request, held: Held, visitor: Somebody, url: Annotated[str, Form(max_length=2000)]
) -> Response:
    """Send a signed test to a receiver and show its answer."""
    caller = visitor.caller
    await held.limiter.check(caller.application_id)
    try:
        attempt = await held.callbacks.test(caller, url.strip())
    except BadRequest as refused:
        return await _page(request, held, visitor, message=refused.message, url=url)
    return await _page(request, held, visitor, attempt=attempt, url=url)


@router.get("/{delivery_id}")
async def one(request: Request, held: Held, visitor: Somebody, delivery_id: str) -> Response:
    """Show a delivery with every attempt at it."""
    found = await held.database.read(_one, visitor.caller.application_id, delivery_id)
    if found is None:
        raise NotFound("There is no such callback.")
    delivery, attempts = found
    return show(request, held, visitor, "callback.html", delivery=delivery, attempts=attempts)


@router.post("/{delivery_id}/resend")
async def resend(held: Held, visitor: Somebody, delivery_id: str) -> Response:
    """Have a callback made once more, now."""
    delivery = await held.callbacks.resend(visitor.caller, delivery_id)
    return go(f"/callbacks/{delivery.id}")


async def _page(
    request: Request,
    held: Resources,
    visitor: Visitor,
    state: str = "",
    page: int = 1,
    message: str = "",
    url: str = "",
    attempt: DeliveryAttempt | None = None,
) -> Response:
    listed: Sequence[Delivery] = []
    signing: Sequence[str] = []
    page = min(max(page, 1), 10_000)
    if visitor.application is not None:
        signing = await held.database.read(secrets.valid, visitor.application.id)
        listed = await held.database.read(
            deliveries.recent,
            application_id=visitor.application.id,
            state=DeliveryState(state) if state in STATES else None,
            limit=PAGE + 1,
            offset=(page - 1) * PAGE,
        )
    return show(
        request,
        held,
        visitor,
        "callbacks.html",
        400 if message else 200,
        deliveries=listed[:PAGE],
        more=len(listed) > PAGE,
        page=page,
        state=state,
        states=STATES,
        secrets=signing,
        message=message,
        url=url,
        attempt=attempt,
    )


def _one(
    tx: Connection, application_id: str, delivery_id: str
) -> tuple[Delivery, Sequence[DeliveryAttempt]] | None:
    delivery = deliveries.get(tx, delivery_id)
    if delivery is None or delivery.application_id != application_id:
        return None
    return delivery, deliveries.attempts_of(tx, delivery_id)
