"""MCP over stdio: for an assistant on this machine, which draws for the operator.

It speaks to nobody else, so it asks for no key, and it may name files: what it reads is what the
person who started it may read.
"""

from __future__ import annotations

import asyncio
import base64
import signal
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import anyio
from mcp.server.stdio import stdio_server

from seedbed.accounts.operator import operator
from seedbed.contract.errors import BadRequest
from seedbed.contract.models import LARGEST_INPUT
from seedbed.mcp.arguments import Json
from seedbed.mcp.tools import ABANDON_SECONDS, Visit, build_server
from seedbed.resources import Resources, open_resources
from seedbed.settings import Settings

JPEG = "/9j/"
"""What every JPEG in base64 begins with: no path is meant."""
MAX_PATH = 4096
FILE = "file:"
STOPS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""Signals by which an assistant, or a terminal, stops what it has started."""


async def serve_stdio(settings: Settings) -> None:
    """Serve an assistant over stdin and stdout until it closes them or sends a signal.

    Tasks that are unfinished then are ended: a server over the same data folder must not draw
    them for nobody. What others have left there is left to them.
    """
    # The streams first: whatever else writes to stdout from here on goes to stderr.
    async with stdio_server() as (incoming, outgoing):
        with _until_a_signal() as received:
            async with open_resources(settings, recover=False) as held:
                server = build_server(LocalDoor(held), settings)
                try:
                    await server.run(incoming, outgoing, server.create_initialization_options())
                finally:
                    with anyio.move_on_after(ABANDON_SECONDS, shield=True):
                        await held.images.abandon_own()
        for one in received:
            # Nothing else ends the thread that waits for a line of stdin.
            signal.signal(one, signal.SIG_DFL)
            signal.raise_signal(one)


@contextmanager
def _until_a_signal() -> Iterator[list[signal.Signals]]:
    """Cancel the block at a signal, and give those that came."""
    received: list[signal.Signals] = []
    loop = asyncio.get_running_loop()

    def stop(one: signal.Signals) -> None:
        received.append(one)
        block.cancel()

    with anyio.CancelScope() as block:
        for one in STOPS:
            loop.add_signal_handler(one, stop, one)
        try:
            yield received
        finally:
            for one in STOPS:
                loop.remove_signal_handler(one)


class LocalDoor:
    """Lets the operator in."""

    is_local = True

    def __init__(self, held: Resources) -> None:
        self._held = held

    async def to_draw(self, request: Any, body: Mapping[str, Any]) -> Visit:
        """Give the operator what the pictures cost, once it is clear that they can be asked for."""
        return await self._visit(self._held.images.cost(body))

    async def to_ask(self, request: Any) -> Visit:
        """Let the operator ask."""
        return await self._visit(0)

    async def _visit(self, cost: int) -> Visit:
        caller = await self._held.database.write(operator, cost)
        return Visit(self._held, caller, str(uuid.uuid4()), None)

    async def body(self, body: Json) -> Json:
        """Put the pictures into a request that it names as files."""
        return await asyncio.to_thread(_with_files, body)


def _with_files(body: Json) -> Json:
    read = dict(body)
    images = body.get("image")
    if isinstance(images, str):
        images = [images]
    if isinstance(images, list):
        read["image"] = [_read(one, f"image[{index}]") for index, one in enumerate(images)]
    if "mask" in body:
        read["mask"] = _read(body["mask"], "mask")
    return read


def _read(entry: Any, name: str) -> Any:
    """Read a picture that is named as a file, as base64; anything else is left as it is."""
    try:
        path = _path(entry)
    except ValueError as error:
        raise _refused(name, f"{entry[:200]!r} is no URL of a file: {error}") from error
    if path is None:
        return entry
    if not path.is_absolute():
        raise _refused(name, f"{str(path)!r} is no whole path; begin it with / or ~")
    try:
        if not path.is_file():
            raise _refused(name, f"there is no file {path}")
        size = path.stat().st_size
        if size > LARGEST_INPUT.max_bytes:
            most = f"at most {LARGEST_INPUT.max_bytes:,} are taken"
            raise _refused(name, f"{path} has {size:,} bytes; {most}")
        return base64.b64encode(path.read_bytes()).decode("ascii")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise _refused(name, f"cannot read {path}: {reason}") from error


def _path(entry: Any) -> Path | None:
    if not isinstance(entry, str) or len(entry) > MAX_PATH:
        return None
    if entry[: len(FILE)].lower() == FILE:
        path = Path(unquote(urlsplit(entry).path))
        if not path.is_absolute():
            raise ValueError("its path does not begin with /")
        return path
    if entry.startswith(("/", "~")) and not entry.startswith(JPEG):
        try:
            return Path(entry).expanduser()
        except RuntimeError:  # of somebody who has no home
            return Path(entry)
    if "." in entry and ":" not in entry:  # neither base64 nor a URL
        return Path(entry)
    return None


def _refused(name: str, why: str) -> BadRequest:
    return BadRequest(f"{name}: {why}", param=name.partition("[")[0])
