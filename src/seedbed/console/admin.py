"""Administration, for administrators: users, grants, engines, the queue, failing callbacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from seedbed.accounts import applications, ledger, sessions, users
from seedbed.accounts.applications import Application
from seedbed.accounts.credits import to_micros
from seedbed.accounts.ledger import Balance
from seedbed.accounts.users import User
from seedbed.api.access import Held
from seedbed.console.pages import go, show
from seedbed.console.visitor import Somebody, Visitor
from seedbed.contract.errors import Conflict, NotFound
from seedbed.contract.models import MODELS
from seedbed.resources import Resources
from seedbed.tasks import deliveries
from seedbed.tasks.deliveries import Delivery, DeliveryState

router = APIRouter(prefix="/admin", include_in_schema=False)

MOST_CREDITS = 10**9
SHOWN = 20


async def administrator(visitor: Somebody) -> Visitor:
    """Admit administrators; for everybody else there is nothing here."""
    if not visitor.known.is_admin:
        raise NotFound("There is no such page.")
    return visitor


Administrator = Annotated[Visitor, Depends(administrator)]


@dataclass(frozen=True, slots=True)
class Person:
    """A user with what is theirs."""

    user: User
    application: Application | None
    balance: Balance | None


@dataclass(frozen=True, slots=True)
class Overview:
    """What the database tells an administrator."""

    people: Sequence[Person]
    failing: Sequence[Delivery]
    retried: Sequence[Delivery]


@router.get("")
async def page(request: Request, held: Held, visitor: Administrator) -> Response:
    """Show how the service is, and who uses it."""
    return await _page(request, held, visitor)


@router.post("/users/{user_id}/grant")
async def grant(
    request: Request,
    held: Held,
    visitor: Administrator,
    user_id: str,
    credits: Annotated[str, Form(max_length=40)],
) -> Response:
    """Give a user's application credits."""
    try:
        amount = Decimal(credits.strip())
        micros = to_micros(amount) if 0 < amount <= MOST_CREDITS else 0
    except (InvalidOperation, ValueError):
        micros = 0
    if not micros:
        return await _page(
            request, held, visitor, "A grant is more than 0 credits, with at most six decimals."
        )
    await held.database.write(_grant, user_id, micros)
    return go("/admin#users")


@router.post("/users/{user_id}/disable")
async def disable(held: Held, visitor: Administrator, user_id: str) -> Response:
    """Keep a user out and refuse what their keys ask for; tasks under way go on."""
    if user_id == visitor.known.id:
        raise Conflict("You cannot disable yourself.")
    await held.database.write(_disable, user_id)
    return go("/admin#users")


@router.post("/users/{user_id}/enable")
async def enable(held: Held, visitor: Administrator, user_id: str) -> Response:
    """Let a user in again."""
    await held.database.write(_enable, user_id)
    return go("/admin#users")


@router.post("/users/{user_id}/promote")
async def promote(held: Held, visitor: Administrator, user_id: str) -> Response:
    """Make a user an administrator too."""
    await held.database.write(users.set_admin, user_id, True)
    return go("/admin#users")


@router.post("/users/{user_id}/demote")
async def demote(held: Held, visitor: Administrator, user_id: str) -> Response:
    """Make an administrator a user again; never oneself, so that one is always left."""
    if user_id == visitor.known.id:
        raise Conflict("Another administrator must do this.")
    await held.database.write(users.set_admin, user_id, False)
    return go("/admin#users")


async def _page(request: Request, held: Resources, visitor: Visitor, message: str = "") -> Response:
    found = await held.database.read(_overview)
    names = {model.id: model.name for model in MODELS}
    served = {seat.name: [names[model] for model in seat.models] for seat in held.engines.all()}
    limits = {
        name: getattr(held.settings, name)
        for name in ("rate_limit", "poll_limit", "max_unfinished_tasks", "workers")
    }
    return show(
        request,
        held,
        visitor,
        "admin.html",
        400 if message else 200,
        found=found,
        engines=held.engines.all(),
        served=served,
        waiting=held.dispatcher.waiting,
        running=held.dispatcher.running,
        limits=limits,
        message=message,
    )


def _overview(tx: Connection) -> Overview:
    return Overview(
        [_person(tx, user) for user in users.list_all(tx)],
        deliveries.recent(tx, state=DeliveryState.GIVEN_UP, limit=SHOWN),
        deliveries.failing(tx, limit=SHOWN),
    )


def _person(tx: Connection, user: User) -> Person:
    application = applications.of_user(tx, user.id)
    balance = None if application is None else ledger.balance(tx, application.id)
    return Person(user, application, balance)


def _grant(tx: Connection, user_id: str, micros: int) -> None:
    application = applications.of_user(tx, user_id)
    if application is None:
        raise NotFound("This user has acquired no application yet.")
    ledger.grant(tx, application.id, micros)


def _disable(tx: Connection, user_id: str) -> None:
    users.disable(tx, user_id)
    sessions.end_all(tx, user_id)
    application = applications.of_user(tx, user_id)
    if application is not None:
        applications.disable(tx, application.id)


def _enable(tx: Connection, user_id: str) -> None:
    users.enable(tx, user_id)
    application = applications.of_user(tx, user_id)
    if application is not None:
        applications.enable(tx, application.id)
