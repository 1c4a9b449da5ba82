"""The console's own front door: its pages, its scripts, and how it shows what went wrong."""

from __future__ import annotations

import json
from functools import partial
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from seedbed.api.access import resources
from seedbed.console import account, admin, callbacks, home, keys, oidc, tasks, usage
from seedbed.console.docs import site as docs
from seedbed.console.pages import go, show
from seedbed.console.visitor import LoginNeeded, visitor_of
from seedbed.contract.errors import ApiError


def install(app: FastAPI) -> None:
    """Add the pages to the app."""
    for room in (home, account, oidc, tasks, keys, callbacks, usage, admin, docs):
        app.include_router(room.router)
    app.mount("/static", StaticFiles(directory=str(files("seedbed.console") / "static")))
    app.add_exception_handler(LoginNeeded, _log_in)
    for kind in (ApiError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, partial(_as_page, app.exception_handlers[kind]))


async def _as_page(known: Any, request: Request, error: Exception) -> Response:
    """Show what went wrong as a page to who looks at pages; programs get it as ever."""
    response: JSONResponse = await known(request, error)
    if not _looks_at_pages(request):
        return response
    held = resources(request)
    message = json.loads(bytes(response.body))["error"]["message"]
    visitor = await visitor_of(request, held)
    values = {"code": response.status_code, "message": message}
    return show(request, held, visitor, "error.html", response.status_code, **values)


def _looks_at_pages(request: Request) -> bool:
    """Tell a person's browser, at a page or nowhere, from a program that asks an API."""
    endpoint = request.scope.get("endpoint")
    ours = endpoint is None or endpoint.__module__.startswith("seedbed.console")
    scripted = request.url.path.startswith("/console/")
    return ours and not scripted and "text/html" in request.headers.get("accept", "")


async def _log_in(request: Request, error: Exception) -> Response:
    """Send a stranger to log in, and back; a script is told instead."""
    if request.url.path.startswith("/console/") or request.method != "GET":
        said = {"success": False, "error": {"code": "invalid_token", "message": "Log in first."}}
        return JSONResponse(said, 401)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return go(f"/login?next={quote(here, safe='')}")
