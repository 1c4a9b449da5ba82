"""MCP over stdio: for an assistant on this machine, which draws for the operator.

It speaks to nobody else, so it asks for no key, and it may name files: what it reads is what the
person who started it may read.
"""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mcp.server.stdio import stdio_server

from seedbed.accounts.credits import to_micros
from seedbed.accounts.operator import operator
from seedbed.contract.errors import BadRequest
from seedbed.contract.models import LARGEST_INPUT
from seedbed.contract.request import parse_request
from seedbed.mcp.arguments import Json
from seedbed.mcp.tools import Visit, build_server
from seedbed.resources import Resources, open_resources
from seedbed.settings import Settings

JPEG = "/9j/"
"""What every JPEG in base64 begins with: no path is meant."""
MAX_PATH = 4096
FILE = "file://"


async def serve_stdio(settings: Settings) -> None:
    """Serve an assistant over stdin and stdout until it closes them.

    Tasks that are unfinished then go on at the next start, here or in a server over the same
    data folder.
    """
    # The streams first: whatever else writes to stdout from here on goes to stderr.
    async with (
        stdio_server() as (incoming, outgoing),
        open_resources(settings, recover=True) as held,
    ):
        server = build_server(LocalDoor(held), settings)
        await server.run(incoming, outgoing, server.create_initialization_options())


class LocalDoor:
    """Lets the operator in."""

    is_local = True

    def __init__(self, held: Resources) -> None:
        self._held = held

    async def to_draw(self, request: Any, body: Mapping[str, Any]) -> Visit:
        """Give the operator what the pictures cost, once it is clear that they can be asked for."""
        asked = parse_request(self._held.images.by_its_name(body)).request
        price = to_micros(self._held.settings.price_of(asked.model.id))
        return await self._visit(price * asked.image_count)

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
    if isinstance(images, list):
        read["image"] = [_read(one, f"image[{index}]") for index, one in enumerate(images)]
    if "mask" in body:
        read["mask"] = _read(body["mask"], "mask")
    return read


def _read(entry: Any, name: str) -> Any:
    """Read a picture that is named as a file, as base64; anything else is left as it is."""
    path = _path(entry)
    if path is None:
        return entry
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
        return Path(unquote(urlsplit(entry).path))
    if entry.startswith(("/", "~")) and not entry.startswith(JPEG):
        try:
            return Path(entry).expanduser()
        except RuntimeError:  # of somebody who has no home
            return Path(entry)
    return None


def _refused(name: str, why: str) -> BadRequest:
    return BadRequest(f"{name}: {why}", param=name.partition("[")[0])
