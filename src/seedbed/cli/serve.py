"""`seedbed serve`: the service, and what it says when it is ready."""

from __future__ import annotations

import shlex
import socket
from typing import Annotated, Any

import typer
import uvicorn
from sqlalchemy import Connection

from seedbed.accounts import applications, credentials
from seedbed.accounts.credits import to_micros
from seedbed.app import create_app
from seedbed.logs import configure_logging
from seedbed.resources import open_database
from seedbed.settings import Settings

FIRST_KEY = "default"
GRACE_SECONDS = 15
"""How long a stop waits for answers that are under way."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Serve the API until Ctrl-C."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings(**given)
    configure_logging(settings)
    token = _first_key(settings)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _Server(config, token).run()


class _Server(uvicorn.Server):
    """A server that says how to use it once it listens."""

    def __init__(self, config: uvicorn.Config, token: str | None) -> None:
        super().__init__(config)
        self._token = token

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then greet."""
        await super().startup(sockets)
        if self.started:
            typer.echo(_greeting(self._url(), self._token))

    def _url(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
        return f"http://{reachable}:{port}"


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
    import json

    return (
        f"curl {url}/seedream/images \\\n"
        f"  -H 'Authorization: Bearer {token}' \\\n"
        f"  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(json.dumps(body))}"
    )
