"""The command line, `seedbed`: one module a group of commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from seedbed import __version__
from seedbed.cli import generate, inspect, keys, serve

app = typer.Typer(
    name="seedbed",
    help="The SeeDream Images API on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("generate")(generate.generate)
app.add_typer(keys.app, name="keys")
app.command("models")(inspect.models)
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
    """Run the command line; a wrong setting is told in one line, not in a stack trace."""
    try:
        app()
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"])
            print(f"seedbed: setting {name}: {problem['msg']}", file=sys.stderr)
        sys.exit(2)
