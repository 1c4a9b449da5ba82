"""`seedbed serve`: the service."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from seedbed.engines.registry import engines_asked_for
from seedbed.logs import configure_logging
from seedbed.settings import Settings
from seedbed.storage.migrate import open_database


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Serve the API until Ctrl-C."""
    given = {"host": host, "port": port}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings)
    # Tried before anything starts, so that what is wrong is told in one line.
    engines_asked_for(settings)
    open_database(settings).close()
    from seedbed.cli.server import run_server

    # Uvicorn raises the signal that stopped it again at its end; to stop when told is success.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)
    if not run_server(settings):
        raise typer.Exit(1)
