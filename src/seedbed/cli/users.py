"""`seedbed users`: who can log in to the console, and links for who has forgotten a password."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Connection

from seedbed.accounts import sessions, tokens, users
from seedbed.cli.tables import print_table
from seedbed.settings import Settings
from seedbed.storage.migrate import open_database

app = typer.Typer(help="Who can log in to the console.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="The e-mail address that they registered with.")]


@app.command("list")
def list_users() -> None:
    """List everybody who has registered."""
    database = open_database(Settings())
    try:
        found = database.read_now(users.list_all)
    finally:
        database.close()
    table = Table("e-mail", "id", "administrator", "registered")
    for user in found:
        registered = datetime.fromtimestamp(user.created_at, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(user.email, user.id, "yes" if user.is_admin else "", registered)
    print_table(table)


@app.command("reset")
def reset(email: Email) -> None:
    """Print a link with which somebody sets another password; it is good for an hour, once."""
    settings = Settings()
    database = open_database(settings)
    try:
        token = database.write_now(_offer, email)
    except LookupError as error:
        raise typer.BadParameter(str(error)) from error
    finally:
        database.close()
    typer.echo("The link is good for an hour, and once:", err=True)
    typer.echo(f"{settings.own_url}/reset/{token}")


@app.command("token")
def token(email: Email) -> None:
    """Make a platform token for somebody: with it a program manages their keys."""
    database = open_database(Settings())
    try:
        made = database.write_now(_token, email)
    except LookupError as error:
        raise typer.BadParameter(str(error)) from error
    finally:
        database.close()
    typer.echo("The token is shown this once:", err=True)
    typer.echo(made)


def _token(tx: Connection, email: str) -> str:
    user = users.find_by_email(tx, email.strip().lower())
    if user is None:
        raise LookupError(f"nobody has registered with {email!r}")
    return tokens.create(tx, user.id)[1]


def _offer(tx: Connection, email: str) -> str:
    user = users.find_by_email(tx, email.strip().lower())
    if user is None:
        raise LookupError(f"nobody has registered with {email!r}")
    return sessions.offer_reset(tx, user.id)
