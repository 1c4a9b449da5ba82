"""The console's own front door: its pages, its scripts, and how it shows what went wrong."""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from seedbed.console import account, admin, callbacks, home, keys, tasks, usage
from seedbed.console.pages import go
from seedbed.console.visitor import LoginNeeded


def install(app: FastAPI) -> None:
    """Add the pages to the app."""
    for room in (home, account, tasks, keys, callbacks, usage, admin):
        app.include_router(room.router)
    app.mount("/static", StaticFiles(directory=str(files("seedbed.console") / "static")))
    app.add_exception_handler(LoginNeeded, _log_in)


async def _log_in(request: Request, error: Exception) -> Response:
    """Send a stranger to log in, and back; a script is told instead."""
    if request.url.path.startswith("/console/") or request.method != "GET":
        said = {"success": False, "error": {"code": "invalid_token", "message": "Log in first."}}
        return JSONResponse(said, 401)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return go(f"/login?next={quote(here, safe='')}")
