"""API keys of the visitor's application: create, rotate, revoke."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from seedbed.accounts import credentials
from seedbed.accounts.credentials import APIS, EXPIRY_RULE, LIMIT_RULE, Credential, WrongKey
from seedbed.api.access import Held
from seedbed.console.pages import go, show
from seedbed.console.visitor import Somebody, Visitor
from seedbed.resources import Resources

router = APIRouter(prefix="/keys", include_in_schema=False)

DAY_SECONDS = 86_400


@router.get("")
async def keys(request: Request, held: Held, visitor: Somebody) -> Response:
    """List the keys, each by its name and its last characters."""
    return await _page(request, held, visitor)


@router.post("")
async def create(
    request: Request,
    held: Held,
    visitor: Somebody,
    name: Annotated[str, Form(max_length=1000)],
    days: Annotated[str, Form(max_length=20)] = "",
    limit: Annotated[str, Form(max_length=40)] = "",
    apis: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Create a key and show it, this once."""
    application_id = visitor.caller.application_id
    allowed = [api for api in apis or [] if api in APIS]
    try:
        _, token = await held.database.write(
            credentials.create,
            application_id,
            credentials.checked_name(name),
            expires_at=_expiry(days.strip()),
            spend_limit=_limit(limit.strip()),
            allowed_apis=allowed or None,
        )
    except WrongKey as wrong:
        return await _page(request, held, visitor, str(wrong))
    return await _page(request, held, visitor, token=token)


@router.post("/{key_id}/revoke")
async def revoke(held: Held, visitor: Somebody, key_id: str) -> Response:
    """Revoke one of the visitor's own keys, at once."""
    await held.database.write(_revoke, visitor.caller.application_id, key_id)
    return go("/keys")


@router.post("/{key_id}/rotate")
async def rotate(request: Request, held: Held, visitor: Somebody, key_id: str) -> Response:
    """Give a key another token; the old one is dead at once."""
    token = await held.database.write(_rotate, visitor.caller.application_id, key_id)
    return await _page(request, held, visitor, token=token)


async def _page(
    request: Request, held: Resources, visitor: Visitor, message: str = "", token: str = ""
) -> Response:
    listed: Sequence[Credential] = []
    if visitor.application is not None:
        listed = await held.database.read(credentials.list_of, visitor.application.id)
    values = {"keys": listed, "apis": APIS, "message": message, "token": token}
    return show(
        request, held, visitor, "keys.html", 400 if message else 200, now=time.time(), **values
    )


def _expiry(days: str) -> float | None:
    if not days:
        return None
    if not days.isdecimal():
        raise WrongKey(EXPIRY_RULE)
    return credentials.checked_expiry(time.time() + int(days) * DAY_SECONDS)


def _limit(credits: str) -> int | None:
    try:
        return credentials.checked_limit(Decimal(credits)) if credits else None
    except InvalidOperation as error:
        raise WrongKey(LIMIT_RULE) from error


def _revoke(tx: Connection, application_id: str, key_id: str) -> None:
    credentials.revoke_one(tx, credentials.own(tx, application_id, key_id).id)


def _rotate(tx: Connection, application_id: str, key_id: str) -> str:
    return credentials.rotate(tx, credentials.own(tx, application_id, key_id).id)
