"""What every request passes through: the trace id, and the limit on its body."""

from __future__ import annotations

import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedbed.contract.errors import RequestTooLarge

log = structlog.get_logger("seedbed.access")

MAX_CLIENT_ID = 200
"""Characters that a caller's own id of a request may have to be given back."""


class Trace:
    """Gives every request a trace id: in its scope, in its logs, in the headers of its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request with its trace."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = str(uuid.uuid4())
        headers = _trace_headers(trace_id, Headers(scope=scope).get("x-client-request-id"))
        scope.setdefault("state", {}).update(trace_id=trace_id, trace_headers=headers)
        started = time.perf_counter()
        status = 500

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(headers)
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=trace_id):
            try:
                await self._app(scope, receive, send_traced)
            finally:
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                )


def _trace_headers(trace_id: str, client_id: str | None) -> dict[str, str]:
    """Name a request by each header that some client reads, and as its caller named it."""
    headers = {"X-Trace-Id": trace_id, "X-Request-Id": trace_id}
    if client_id and len(client_id) <= MAX_CLIENT_ID and client_id.isprintable():
        headers["X-Client-Request-Id"] = client_id
    return headers


class BodyLimit:
    """Refuses a body that is too large, by its declared length or as it arrives."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose body is watched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes or (
                declared.isascii() and declared.isdigit() and int(declared) > self._max_bytes
            ):
                raise RequestTooLarge(f"The request body is larger than {self._max_bytes:,} bytes.")
            return message

        await self._app(scope, receive_limited, send)
