"""`seedbed deliveries`: what became of callbacks, and the secret they are signed with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Connection

from seedbed.accounts import credentials, secrets
from seedbed.cli.tables import print_table
from seedbed.settings import Settings
from seedbed.storage.database import Database
from seedbed.storage.migrate import open_database
from seedbed.tasks import deliveries
from seedbed.tasks.deliveries import Delivery, DeliveryAttempt, DeliveryState

app = typer.Typer(help="Look after callbacks.", no_args_is_help=True)
HOUR_SECONDS = 3600.0
Id = Annotated[str, typer.Argument(help="The delivery's id, or its task's.")]


@app.command("list")
def list_deliveries(
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
) -> None:
    """List callbacks, the newest first."""
    with _database() as database:
        found = database.read_now(deliveries.recent, state=state, limit=limit)
    table = Table("id", "task", "state", "attempts", "created", "next", "url")
    for one in found:
        table.add_row(
            one.id,
            one.task_id,
            str(one.state),
            str(one.attempts),
            _moment(one.created_at),
            _moment(one.next_at),
            one.url,
        )
    print_table(table)


@app.command("show")
def show(delivery: Id) -> None:
    """Show one callback with every attempt, as JSON."""
    with _database() as database:
        found = database.read_now(_with_attempts, delivery)
    if found is None:
        raise typer.BadParameter(f"there is no delivery of this id or task: {delivery!r}")
    one, attempts = found
    about = {
        "id": one.id,
        "task_id": one.task_id,
        "application_id": one.application_id,
        "url": one.url,
        "state": str(one.state),
        "reason": one.reason,
        "created_at": _moment(one.created_at),
        "ready_at": _moment(one.ready_at),
        "next_at": _moment(one.next_at),
        "ended_at": _moment(one.ended_at),
        "attempts": [_attempt(attempt) for attempt in attempts],
    }
    typer.echo(json.dumps(about, indent=2, ensure_ascii=False))


@app.command("resend")
def resend(delivery: Id) -> None:
    """Have a callback made once more, by a running server, whatever became of it before."""
    with _database() as database:
        try:
            sent = database.write_now(_resend, delivery)
        except LookupError as error:
            raise typer.BadParameter(str(error)) from error
    typer.echo(f"{sent.id} goes to {sent.url} again within seconds, if a server runs.")


@app.command("secret")
def secret(
    key: Annotated[str, typer.Argument(help="The id or the name of an application's live key.")],
    rotate: Annotated[bool, typer.Option("--rotate", help="Make a new secret.")] = False,
    overlap: Annotated[
        float,
        typer.Option(min=0, max=720, metavar="HOURS", help="How long the old one stays valid."),
    ] = 24.0,
) -> None:
    """Print the secret that an application's callbacks are signed with."""
    with _database() as database:
        try:
            credential = database.read_now(credentials.find_live, key)
        except LookupError as error:
            raise typer.BadParameter(str(error)) from error
        application = credential.application_id
        if rotate:
            database.write_now(secrets.rotate, application, overlap * HOUR_SECONDS)
            typer.echo(f"New secret; the old one stays valid for {overlap:g} hours:", err=True)
        typer.echo(database.read_now(secrets.valid, application)[0])


@contextmanager
def _database() -> Iterator[Database]:
    database = open_database(Settings())
    try:
        yield database
    finally:
        database.close()


def _find(tx: Connection, reference: str) -> Delivery | None:
    return deliveries.get(tx, reference) or deliveries.of_task(tx, reference)


def _with_attempts(
    tx: Connection, reference: str
) -> tuple[Delivery, Sequence[DeliveryAttempt]] | None:
    found = _find(tx, reference)
    return None if found is None else (found, deliveries.attempts_of(tx, found.id))


def _resend(tx: Connection, reference: str) -> Delivery:
    found = _find(tx, reference)
    return deliveries.resend(tx, found.id if found else reference)


def _attempt(attempt: DeliveryAttempt) -> dict[str, object]:
    return {
        "number": attempt.number,
        "started_at": _moment(attempt.started_at),
        "seconds": round(attempt.seconds, 3),
        "status": attempt.status,
        "error": attempt.error,
        "answer": attempt.answer,
    }


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
