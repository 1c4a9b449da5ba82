"""`seedbed listen`: callbacks for a developer whose machine nobody can call."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer

from seedbed.settings import Settings

RECONNECT_SECONDS = 2.0
FORWARD_SECONDS = 15.0
MAX_LINE = 2**29
"""A copy with pictures as base64 is one long line."""


def listen(
    forward_to: Annotated[str, typer.Option(metavar="URL", help="Where to POST each callback.")],
    key: Annotated[
        str, typer.Option(envvar="SEEDBED_KEY", help="A key of the application to listen for.")
    ],
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="The service; by default the local one.")
    ] = None,
) -> None:
    """Pass on a copy of each callback of an application, with its signature, until Ctrl-C.

    The service goes on calling the callback URLs of the requests as ever.
    """
    settings = Settings()
    base = server or settings.public_url or f"http://{settings.host}:{settings.port}"
    try:
        asyncio.run(_listen(base.rstrip("/"), key, forward_to))
    except KeyboardInterrupt:
        raise typer.Exit from None


async def _listen(base: str, key: str, forward_to: str) -> None:
    import aiohttp

    since: dict[str, str] = {}
    seen: set[str] = set()
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout, read_bufsize=MAX_LINE) as session:
        while True:
            try:
                async with session.get(
                    f"{base}/seedream/callbacks",
                    params=since,
                    headers={"Authorization": f"Bearer {key}"},
                ) as copies:
                    if copies.status != 200:
                        typer.echo(f"seedbed: {await _refusal(copies)}", err=True)
                        raise typer.Exit(1)
                    typer.echo(f"Listening at {base}; callbacks go to {forward_to}", err=True)
                    async for line in copies.content:
                        if line.strip():
                            copy = json.loads(line)
                            if copy["id"] not in seen:
                                await _forward(session, forward_to, copy)
                            seen.add(copy["id"])
                            since = {"since": str(copy["ready_at"])}
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                typer.echo(f"{base}: {error or type(error).__name__}; trying again", err=True)
            await asyncio.sleep(RECONNECT_SECONDS)


async def _forward(session: Any, forward_to: str, copy: dict[str, Any]) -> None:
    import aiohttp

    try:
        async with session.post(
            forward_to,
            data=copy["body"].encode(),
            headers={"Content-Type": "application/json", **copy["headers"]},
            timeout=aiohttp.ClientTimeout(total=FORWARD_SECONDS),
        ) as answer:
            outcome = str(answer.status)
    except (aiohttp.ClientError, TimeoutError) as error:
        outcome = str(error) or type(error).__name__
    typer.echo(f"{copy['task_id']}  {outcome}")


async def _refusal(answer: Any) -> str:
    try:
        return str(json.loads(await answer.text())["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the service answered {answer.status}"
