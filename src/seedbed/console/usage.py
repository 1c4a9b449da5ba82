"""Usage of the visitor's application: credits left, what they were spent on, the ledger."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy import Connection

from seedbed.accounts import credentials, ledger, usage
from seedbed.accounts.credits import to_credits
from seedbed.accounts.ledger import Balance
from seedbed.accounts.usage import DAY_SECONDS, Movement, Spent
from seedbed.api.access import Held
from seedbed.console.pages import HEADERS, show
from seedbed.console.visitor import Somebody
from seedbed.resources import Resources

router = APIRouter(prefix="/usage", include_in_schema=False)

PAGE = 30
BATCH = 1000
SPANS = (7, 30, 90)
COLUMNS = ("time", "kind", "task", "model", "key", "available", "reserved")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart: what it stands for and how high it is, of 100."""

    of: str
    credits: str
    pictures: int
    height: float


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page tells."""

    balance: Balance
    days: Sequence[Spent]
    models: Sequence[Spent]
    keys: Sequence[Spent]
    names: Mapping[str, str]
    """The keys' names, by their ids."""
    movements: Sequence[Movement]


@router.get("")
async def page(
    request: Request, held: Held, visitor: Somebody, days: int = 30, page: int = 1
) -> Response:
    """Show what was spent in a span of days, and the ledger."""
    days = days if days in SPANS else 30
    page = min(max(page, 1), 10_000)
    if visitor.application is None:
        return show(request, held, visitor, "usage.html", found=None)
    today = time.time() // DAY_SECONDS * DAY_SECONDS
    since = today - (days - 1) * DAY_SECONDS
    found = await held.database.read(_overview, visitor.application.id, since, (page - 1) * PAGE)
    named = [_named(one, found.names) for one in found.keys]
    return show(
        request,
        held,
        visitor,
        "usage.html",
        found=found,
        available=to_credits(found.balance.available),
        reserved=to_credits(found.balance.reserved),
        spent=to_credits(sum(one.amount for one in found.days)),
        pictures=sum(one.pictures for one in found.days),
        days=days,
        spans=SPANS,
        daily=_bars(_every_day(found.days, since, days)),
        models=_bars(found.models),
        keys=_bars(named),
        movements=found.movements[:PAGE],
        more=len(found.movements) > PAGE,
        page=page,
    )


@router.get("/ledger.csv")
async def ledger_csv(held: Held, visitor: Somebody) -> Response:
    """Give the whole ledger as a table for other programs, oldest entry first."""
    headers = HEADERS | {"Content-Disposition": 'attachment; filename="ledger.csv"'}
    lines = _lines(held, visitor.caller.application_id)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(held: Resources, application_id: str) -> AsyncIterator[str]:
    yield _line(COLUMNS)
    after = 0
    while rows := await held.database.read(usage.movements_after, application_id, after, BATCH):
        yield "".join(_line(_cells(row)) for row in rows)
        after = rows[-1].id


def _cells(row: Movement) -> Sequence[str]:
    return (
        datetime.fromtimestamp(row.created_at, UTC).isoformat(timespec="milliseconds"),
        row.kind,
        row.task_id or "",
        row.model or "",
        row.credential_id or "",
        str(to_credits(row.available)),
        str(to_credits(row.reserved)),
    )


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _overview(tx: Connection, application_id: str, since: float, offset: int) -> Overview:
    return Overview(
        balance=ledger.balance(tx, application_id),
        days=usage.by_day(tx, application_id, since),
        models=usage.by_model(tx, application_id, since),
        keys=usage.by_key(tx, application_id, since),
        names={key.id: key.name for key in credentials.list_of(tx, application_id)},
        movements=usage.movements(tx, application_id, limit=PAGE + 1, offset=offset),
    )


def _named(one: Spent, names: Mapping[str, str]) -> Spent:
    return Spent(names.get(one.of, one.of) or "console", one.pictures, one.amount)


def _every_day(spent: Sequence[Spent], since: float, days: int) -> list[Spent]:
    known = {int(one.of): one for one in spent}
    starts = (int(since) + day * DAY_SECONDS for day in range(days))
    return [known.get(start, Spent(str(start), 0, 0)) for start in starts]


def _bars(spent: Sequence[Spent]) -> list[Bar]:
    most = max((one.amount for one in spent), default=0) or 1
    return [
        Bar(one.of, str(to_credits(one.amount)), one.pictures, round(100 * one.amount / most, 2))
        for one in spent
    ]
