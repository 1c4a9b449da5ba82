"""The command line, `seedbed`: one module a group of commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from tomllib import TOMLDecodeError
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from seedbed import __version__
from seedbed.cli import (
    deliveries,
    engines,
    generate,
    inspect,
    keys,
    listen,
    mcp,
    models,
    serve,
    users,
)
from seedbed.contract.errors import ApiError
from seedbed.engines.registry import UnknownEngine
from seedbed.settings import CONFIG_FILE
from seedbed.storage.migrate import DatabaseUnusable

app = typer.Typer(
    name="seedbed",
    help="The SeeDream Images API on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("generate")(generate.generate)
app.command("mcp")(mcp.mcp)
app.add_typer(keys.app, name="keys")
app.add_typer(engines.app, name="engines")
app.add_typer(deliveries.app, name="deliveries")
app.command("listen")(listen.listen)
app.add_typer(users.app, name="users")
app.add_typer(models.app, name="models")
app.command("doctor")(inspect.doctor)
app.add_typer(inspect.config, name="config")


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Show the version when asked."""
    if version:
        typer.echo(f"seedbed {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; what the user can mend is told in a line, not in a stack trace."""
    try:
        app()
    except (ValidationError, SettingsError, TOMLDecodeError) as error:
        _fail(_wrong_settings(error), 2)
    except (ApiError, UnknownEngine, DatabaseUnusable) as error:
        _fail([str(error)], 1)


def _fail(lines: list[str], status: int) -> None:
    for line in lines:
        typer.echo(f"seedbed: {line}", err=True)
    sys.exit(status)


def _wrong_settings(error: ValidationError | SettingsError | TOMLDecodeError) -> list[str]:
    if isinstance(error, TOMLDecodeError):
        return [f"{CONFIG_FILE} is not valid TOML: {error}"]
    if isinstance(error, SettingsError):
        return [f"{error}: {error.__cause__}"]
    return list(_problems(error))


def _problems(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            yield f"{name!r} in {CONFIG_FILE} is no setting; `seedbed config show` lists them"
        else:
            yield f"setting {name}: {problem['msg']}"
