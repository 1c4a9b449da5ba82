"""What `seedbed serve` runs: the server, and what it says when it is ready."""

from __future__ import annotations

import asyncio
import json
import math
import re
import shlex
import socket
from typing import Any

import typer
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Connection
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from seedbed.accounts import applications, credentials
from seedbed.accounts.credits import to_micros
from seedbed.app import create_app
from seedbed.settings import Settings
from seedbed.storage.migrate import open_database

FIRST_KEY = "default"
MOST_HEADER_BYTES = 64 * 1024


def run_server(settings: Settings) -> bool:
    """Serve until a signal says to stop; tell whether the service came up at all."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=_Http1,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.stop_timeout),
    )
    server = _Server(config, app, settings)
    server.run()
    return server.started


class _Http1(HttpToolsProtocol):
    """HTTP/1.1, to which an offer of another protocol makes no difference.

    Java's client offers HTTP/2 with every request. The parser takes such an offer for the end of
    the request, so that its body would be lost; an offer may be ignored, and is.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = b""
        self._within = False

    def data_received(self, data: bytes) -> None:
        if self._within:
            super().data_received(data)
            return
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end and head[:1].isalpha() and len(head) < MOST_HEADER_BYTES:
            return  # the rest is still on its way; what is no HTTP at all is refused at once
        self._head = b""
        super().data_received(_OFFER.sub(b"", head) + end + rest)

    def on_message_begin(self) -> None:
        self._within = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._within = False
        super().on_message_complete()


_OFFER = re.compile(rb"\r\n(?:upgrade|http2-settings):[^\r\n]*", re.IGNORECASE)


class _Server(uvicorn.Server):
    """A server that says how to use it once it listens."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, settings: Settings) -> None:
        super().__init__(config)
        self._app = app
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then greet.

        The first key is made only now: a start that fails would have made one nobody saw.
        """
        await super().startup(sockets)
        if self.started:
            token = await asyncio.to_thread(_first_key, self._settings)
            typer.echo(_greeting(self._url(), token))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go of who waits, each with the id of its task, and stop."""
        self._app.state.resources.announcer.stop()
        await super().shutdown(sockets)

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
