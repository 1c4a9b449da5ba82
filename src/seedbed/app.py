"""The front door: the ASGI app, its middleware and its routers in order.

A request goes through the body limit and the trace, is parsed by a dialect (`api.seedream`),
becomes a task in the service (`service.images`), is brought to a runner by the dispatcher
(`tasks.dispatcher`, `tasks.runner`), drawn by an engine (`engines`), finished (`imaging`),
stored (`storage`), and answered from its row.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from seedbed import __version__
from seedbed.api import ark, docs, errors, files, health, metrics, openai, platform, seedream, tasks
from seedbed.api.metrics import Metrics
from seedbed.api.middleware import BodyLimit, Trace
from seedbed.api.openapi import document
from seedbed.console import site as console
from seedbed.mcp import http as mcp
from seedbed.resources import open_resources
from seedbed.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the app; its resources open when it starts and close when it stops."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings, recover=True) as resources:
            app.state.resources = resources
            async with mcp.serving(app, settings):
                yield

    app = FastAPI(
        title="Seedbed",
        version=__version__,
        summary="The SeeDream Images API on your own machine.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit, max_bytes=settings.max_request_bytes)
    app.add_middleware(Metrics)
    app.add_middleware(Trace)
    errors.install(app)
    for dialect in (seedream, tasks, ark, openai, files, platform, health, metrics, docs):
        app.include_router(dialect.router)
    mcp.install(app)
    console.install(app)
    document(app, settings)
    return app
