"""`seedbed keys`: create, list and revoke API keys."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Connection

from seedbed.accounts import applications, credentials, ledger
from seedbed.accounts.credentials import APIS, Credential
from seedbed.accounts.credits import to_credits, to_micros
from seedbed.cli.tables import print_table
from seedbed.settings import Settings
from seedbed.storage.migrate import open_database

app = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)
DAY_SECONDS = 86_400
MOST_CREDITS = 10**9
MOST_DAYS = 36_500


def _credits(text: str) -> Decimal:
    try:
        credits = Decimal(text)
        # Compared first: what is out of this range may have more digits than can be reckoned with.
        if credits.is_nan() or 0 <= credits <= MOST_CREDITS:
            to_micros(credits)
    except (InvalidOperation, ValueError) as error:
        raise typer.BadParameter(
            f"{text!r} is not an amount such as 100 or 2.5, with at most six decimals"
        ) from error
    if not 0 <= credits <= MOST_CREDITS:
        raise typer.BadParameter(f"give 0 to {MOST_CREDITS:,} credits")
    return credits


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a number of days") from error
    if not 0 <= days <= MOST_DAYS:  # false for NaN too
        raise typer.BadParameter(f"give 0 to {MOST_DAYS:,} days")
    return days


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    amount: Annotated[
        Decimal | None,
        typer.Option("--credits", parser=_credits, metavar="N", help="Credits to grant."),
    ] = None,
    expires: Annotated[
        float | None, typer.Option(parser=_days, metavar="DAYS", help="Days until the key expires.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="API", help=f"Only allow this API, repeatable: {', '.join(APIS)}."),
    ] = None,
) -> None:
    """Create an application with credits and a key; the token is the last line of stdout."""
    settings = Settings()
    granted = settings.grant if amount is None else amount
    expires_at = None if expires is None else time.time() + expires * DAY_SECONDS
    database = open_database(settings)
    try:
        token = database.write_now(_create, name, to_micros(granted), expires_at, allow or None)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    finally:
        database.close()
    typer.echo(f"Created key {name!r} with {granted} credits. It is shown this once:", err=True)
    typer.echo(token)


@app.command("list")
def list_keys() -> None:
    """List every key with its application's credits; tokens cannot be shown again."""
    database = open_database(Settings())
    try:
        rows = database.read_now(_rows)
    finally:
        database.close()
    table = Table("name", "id", "token", "state", "created", "available", "reserved")
    for credential, balance in rows:
        table.add_row(
            credential.name,
            credential.id,
            f"…{credential.token_end}",
            _state(credential),
            datetime.fromtimestamp(credential.created_at, UTC).strftime("%Y-%m-%d %H:%M"),
            str(to_credits(balance.available)),
            str(to_credits(balance.reserved)),
        )
    print_table(table)


@app.command("revoke")
def revoke(key: Annotated[str, typer.Argument(help="The key's id or its name.")]) -> None:
    """Revoke a key at once; tasks it has started go on."""
    database = open_database(Settings())
    try:
        credential = database.write_now(credentials.revoke, key)
    except LookupError as error:
        raise typer.BadParameter(str(error)) from error
    finally:
        database.close()
    typer.echo(f"Revoked key {credential.name!r} ({credential.id}).")


def _create(
    tx: Connection, name: str, grant: int, expires_at: float | None, allow: list[str] | None
) -> str:
    application = applications.create(tx, name, grant)
    return credentials.create(tx, application.id, name, expires_at=expires_at, allowed_apis=allow)[
        1
    ]


def _rows(tx: Connection) -> list[tuple[Credential, ledger.Balance]]:
    return [
        (credential, ledger.balance(tx, credential.application_id))
        for credential in credentials.list_all(tx)
    ]


def _state(credential: Credential) -> str:
    if credential.revoked_at is not None:
        return "revoked"
    if credential.expires_at is not None and credential.expires_at <= time.time():
        return "expired"
    return "live"
