"""`seedbed serve`: the service, and what it says when it is ready."""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
import socket
from typing import Annotated, Any

import typer
import uvicorn
from sqlalchemy import Connection

from seedbed.accounts import applications, credentials
from seedbed.accounts.credits import to_micros
from seedbed.app import create_app
from seedbed.engines.registry import engines_asked_for
from seedbed.logs import configure_logging
from seedbed.resources import open_database
from seedbed.settings import Settings

FIRST_KEY = "default"
GRACE_SECONDS = 5
"""How long a stop waits for answers under way: well below the 10 s that containers are given."""


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
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, settings)
    # Uvicorn raises the signal that stopped it again at its end; to stop when told is success.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)
    server.run()
    if not server.started:
        raise typer.Exit(1)


class _Server(uvicorn.Server):
    """A server that says how to use it once it listens."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then greet.

        The first key is made only now: a start that fails would have made one nobody saw.
        """
        await super().startup(sockets)
        if self.started:
            token = await asyncio.to_thread(_first_key, self._settings)
            typer.echo(_greeting(self._url(), token))

    def _url(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _first_key(settings: Settings) -> str | None:
    """Create the first key of a new data folder and return its token."""
    database = open_database(settings)
    try:
        return database.write_now(_create_first_key, to_micros(settings.grant))
    finally:
        database.close()


def _create_first_key(tx: Connection, grant: int) -> str | None:
    if credentials.list_all(tx):
        return None
    application = applications.create(tx, FIRST_KEY, grant)
    return credentials.create(tx, application.id, FIRST_KEY)[1]


def _greeting(url: str, token: str | None) -> str:
    body: dict[str, Any] = {"prompt": "three red apples on a wooden table"}
    curl = _curl(url, token or "YOUR_KEY", body)
    about_key = (
        f"  Your first key:  {token}   (shown this once; only its hash is kept)"
        if token
        else "  Your keys are kept from before; `seedbed keys create NAME` makes another."
    )
    return "\n".join(
        (
            "",
            f"  Seedbed is ready at {url}   (API docs: {url}/docs)",
            about_key,
            "",
            "  Draw a picture, then open the image_url of the answer:",
            "",
            curl,
            "",
        )
    )


def _curl(url: str, token: str, body: dict[str, Any]) -> str:
    return (
        f"curl {url}/seedream/images \\\n"
        f"  -H 'Authorization: Bearer {token}' \\\n"
        f"  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(json.dumps(body))}"
    )
