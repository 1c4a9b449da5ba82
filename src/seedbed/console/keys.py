"""API keys of the visitor's application: create, rename nothing, rotate, revoke."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from seedbed.accounts import credentials
from seedbed.accounts.applications import Application
from seedbed.accounts.credentials import APIS, Credential
from seedbed.api.access import Held
from seedbed.console.pages import go, show
from seedbed.console.visitor import Somebody, Visitor
from seedbed.contract.errors import NotFound

router = APIRouter(prefix="/keys", include_in_schema=False)

DAY_SECONDS = 86_400
MOST_DAYS = 3_650
LONGEST_NAME = 80


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
    apis: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Create a key and show it, this once."""
    name = " ".join(name.split())
    if visitor.application is None:
        return go("/")
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        return await _page(request, held, visitor, "A name has 1 to 80 characters.")
    expires_at = None
    if days.strip():
        if not days.strip().isdigit() or not 0 < int(days) <= MOST_DAYS:
            return await _page(request, held, visitor, "A key expires after 1 to 3,650 days.")
        expires_at = time.time() + int(days) * DAY_SECONDS
    allowed = [api for api in apis or [] if api in APIS]
    token = await held.database.write(
        _create, visitor.application.id, name, expires_at, allowed or None
    )
    return await _page(request, held, visitor, token=token)


@router.post("/{key_id}/revoke")
async def revoke(held: Held, visitor: Somebody, key_id: str) -> Response:
    """Revoke one of the visitor's own keys, at once."""
    await held.database.write(_revoke, visitor.application, key_id)
    return go("/keys")


@router.post("/{key_id}/rotate")
async def rotate(request: Request, held: Held, visitor: Somebody, key_id: str) -> Response:
    """Give a key another token; the old one is dead at once."""
    token = await held.database.write(_rotate, visitor.application, key_id)
    return await _page(request, held, visitor, token=token)


async def _page(
    request: Request, held: Held, visitor: Visitor, message: str = "", token: str = ""
) -> Response:
    listed: list[Credential] = []
    if visitor.application is not None:
        listed = await held.database.read(credentials.list_of, visitor.application.id)
    values = {"keys": listed, "apis": APIS, "message": message, "token": token}
    return show(
        request, held, visitor, "keys.html", 400 if message else 200, now=time.time(), **values
    )


def _create(
    tx: Connection,
    application_id: str,
    name: str,
    expires_at: float | None,
    allow: list[str] | None,
) -> str:
    made = credentials.create(tx, application_id, name, expires_at=expires_at, allowed_apis=allow)
    return made[1]


def _revoke(tx: Connection, application: Application | None, key_id: str) -> None:
    _own(tx, application, key_id)
    credentials.revoke_one(tx, key_id)


def _rotate(tx: Connection, application: Application | None, key_id: str) -> str:
    _own(tx, application, key_id)
    return credentials.rotate(tx, key_id)


def _own(tx: Connection, application: Application | None, key_id: str) -> None:
    mine = credentials.list_of(tx, application.id if application else "")
    if not any(key.id == key_id and key.revoked_at is None for key in mine):
        raise NotFound("There is no such key.")
