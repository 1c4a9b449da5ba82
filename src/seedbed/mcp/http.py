"""MCP over HTTP at `/mcp`: the streamable transport, for whoever has a key.

It keeps no sessions, so any replica answers any request. What each request passes through is the
same as elsewhere: its key, its limits, its trace, the limit on its body, the metrics.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from seedbed.api.access import ASKING, DRAWING, caller_of, resources
from seedbed.api.errors import error_response
from seedbed.contract.errors import ApiError, Forbidden
from seedbed.resources import Resources
from seedbed.settings import Settings, is_loopback

if TYPE_CHECKING:  # the protocol's library takes more than a second to load
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from seedbed.mcp.tools import Visit

PATH = "/mcp"
INVALID_REQUEST = -32600
"""What JSON-RPC calls a request that is not let in."""


def install(app: FastAPI) -> None:
    """Put the endpoint into an app, whose lifespan must be within `serving`."""
    endpoint = _Endpoint()
    endpoint.route = Route(PATH, endpoint, methods=["POST"], name="mcp")
    app.router.routes.append(endpoint.route)


@asynccontextmanager
async def serving(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """Answer calls while the block lasts."""
    app.state.mcp = assistants = _Assistants()
    async with asyncio.TaskGroup() as beside:
        running = beside.create_task(assistants.run(settings))
        try:
            yield
        finally:
            running.cancel()


class _Assistants:
    """The protocol's library at work: loaded for the first request, for who has none pays none."""

    def __init__(self) -> None:
        self._wanted = asyncio.Event()
        self._ready: asyncio.Future[StreamableHTTPSessionManager] = asyncio.Future()

    async def manager(self) -> StreamableHTTPSessionManager:
        """Give what answers requests."""
        self._wanted.set()
        return await asyncio.shield(self._ready)

    async def run(self, settings: Settings) -> None:
        """Load it when it is wanted, and keep it until this is cancelled."""
        await self._wanted.wait()
        try:
            manager = await asyncio.to_thread(_manager, settings)
        except Exception as error:
            self._ready.set_exception(error)
            return
        async with manager.run():
            self._ready.set_result(manager)
            await asyncio.Event().wait()


def _manager(settings: Settings) -> StreamableHTTPSessionManager:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from seedbed.mcp.tools import build_server

    # The body has been limited on its way here, and the origin been checked.
    return StreamableHTTPSessionManager(
        build_server(HttpDoor(), settings), stateless=True, max_request_body_size=sys.maxsize
    )


class _Endpoint:
    """Admits a request and hands it to the protocol's library."""

    route: Route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self.route  # by which the metrics count it
        request = Request(scope, receive)
        try:
            await _admit(request)
            manager = await request.app.state.mcp.manager()
            await manager.handle_request(scope, receive, send)
        except ApiError as error:
            refused = error_response(request, error, _as_json_rpc(request, error))
            await refused(scope, receive, send)


async def _admit(request: Request) -> None:
    held = resources(request)
    _check_origin(request, held.settings)
    request.state.caller = await caller_of(ASKING, DRAWING)(request, held)


def _as_json_rpc(request: Request, error: ApiError) -> dict[str, Any]:
    """Say an error as the protocol does, so that its clients show the text of it."""
    return {
        "jsonrpc": "2.0",
        "id": None,
        "error": {
            "code": INVALID_REQUEST,
            "message": f"{error.code}: {error.message}",
            "data": {"code": error.code, "trace_id": request.state.trace_id},
        },
    }


class HttpDoor:
    """Lets in whose key is good: for a task of their own, or for drawing, as it allows."""

    is_local = False

    async def to_draw(self, request: Any, body: Mapping[str, Any]) -> Visit:
        """Admit who may draw; it counts as any request for pictures does."""
        held = resources(request)
        request.state.caller = await caller_of(DRAWING)(request, held)
        return _visit(request, held)

    async def to_ask(self, request: Any) -> Visit:
        """Admit whom the endpoint has admitted."""
        return _visit(request, resources(request))

    async def body(self, body: dict[str, Any]) -> dict[str, Any]:
        """Give the request as it is: a file of this machine is nobody's business."""
        return body


def _visit(request: Request, held: Resources) -> Visit:
    from seedbed.mcp.tools import Visit

    base_url = held.base_url(request.base_url)
    return Visit(held, request.state.caller, request.state.trace_id, base_url)


def _check_origin(request: Request, settings: Settings) -> None:
    """Refuse what a page of another site has sent, also one that calls itself this machine.

    Browsers say where a request comes from, other programs do not.
    """
    origin = request.headers.get("origin")
    if origin is not None and not _is_own(origin, request.headers.get("host", ""), settings):
        raise Forbidden(f"Pages of {origin[:100]} may not call this service.")


def _is_own(origin: str, host: str, settings: Settings) -> bool:
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    if settings.public_url is not None:
        return page.netloc in (urlsplit(settings.public_url).netloc, host)
    reached = not is_loopback(settings.host) or is_loopback(page.hostname or "")
    return page.netloc == host and reached
