"""`seedbed mcp`: the tools for an assistant on this machine, over stdin and stdout."""

from __future__ import annotations

import asyncio

from seedbed.engines.registry import engines_asked_for
from seedbed.logs import configure_logging
from seedbed.settings import Settings
from seedbed.storage.migrate import open_database


def mcp() -> None:
    """Let an assistant draw through stdin and stdout; needs no server and no key."""
    settings = Settings()
    configure_logging(settings)
    # Tried before anything starts, so that what is wrong is told in one line.
    engines_asked_for(settings)
    open_database(settings).close()
    from seedbed.mcp.local import serve_stdio

    asyncio.run(serve_stdio(settings))
