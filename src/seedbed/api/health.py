"""Whether the service lives and is ready, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, text

from seedbed import __version__
from seedbed.api.access import Held
from seedbed.engines.health import Condition

router = APIRouter(tags=["Health"])


WHERE_TO_GO = {
    "name": "Seedbed",
    "version": __version__,
    "docs": "/docs",
    "openapi": "/openapi.json",
    "models": "/seedream/models",
    "health": "/health",
}
"""What `/` says to a program; people get the console there."""


@router.get("/health", summary="Whether the process answers", response_description="It answers.")
async def health() -> dict[str, str]:
    """Answer at once; touches nothing."""
    return {"status": "ok"}


@router.get("/ready", summary="Whether requests can be served", response_description="They can be.")
async def ready(held: Held) -> JSONResponse:
    """Tell whether the database answers, how each engine is and how long the queue is.

    Answers 503 while no engine can draw: all of them are still loading, or down.
    """
    await held.database.read(_probe)
    seats = held.engines.all()
    able = any(seat.health.condition in (Condition.READY, Condition.FAILING) for seat in seats)
    return JSONResponse(
        {
            "status": "ready" if able else "not ready",
            "engines": [
                {
                    "name": seat.name,
                    "state": seat.health.condition,
                    "models": seat.models,
                }
                for seat in seats
            ],
            "workers": held.settings.workers,
            "tasks": {"waiting": held.dispatcher.waiting, "running": held.dispatcher.running},
        },
        status_code=200 if able else 503,
    )


def _probe(tx: Connection) -> None:
    tx.execute(text("SELECT 1"))
