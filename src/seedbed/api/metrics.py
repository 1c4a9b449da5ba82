"""Metrics for Prometheus: what was asked, how long it took, and how much waits."""

from __future__ import annotations

import time

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedbed.api.access import Held

router = APIRouter(tags=["Health"])

_requests = Counter(
    "seedbed_requests", "Requests answered, by route and status.", ["route", "method", "status"]
)
_seconds = Histogram(
    "seedbed_request_seconds",
    "Seconds until a request was answered, by route.",
    ["route"],
    buckets=(0.005, 0.02, 0.1, 0.3, 1, 3, 10, 30, 100, 300),
)
_tasks = Gauge("seedbed_tasks", "Tasks of this process, by what they do.", ["state"])
METHODS = ("GET", "HEAD", "POST")


class Metrics:
    """Counts every request under its route, never under the path that was asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in METHODS else "other"
            _requests.labels(route, method, str(status)).inc()
            _seconds.labels(route).observe(time.perf_counter() - started)


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    response_description="The metrics.",
)
async def metrics(held: Held) -> Response:
    """Give every metric in Prometheus's text form."""
    _tasks.labels("waiting").set(held.dispatcher.waiting)
    _tasks.labels("running").set(held.dispatcher.running)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
