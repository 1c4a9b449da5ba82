"""Every error leaves in the shape of the dialect that is spoken at its path."""

from __future__ import annotations

import math
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from seedbed.api.refusals import FINAL, refusal
from seedbed.contract.errors import ApiError, BadRequest, InternalError, MethodNotAllowed, NoApi

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Answer every exception of the app in the shape of its dialect."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _wrong_parameter)
    app.add_exception_handler(Exception, _unexpected)


def error_response(
    request: Request, error: ApiError, body: dict[str, Any] | None = None
) -> JSONResponse:
    """Shape one error as an answer; `body` is what it says instead of the error alone."""
    headers = dict(request.state.trace_headers)
    if error.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    if error.code in FINAL:
        headers["X-Should-Retry"] = "false"
    said = refusal(request.url.path, error, request.state.trace_id)
    return JSONResponse(body or said.body, status_code=said.status, headers=headers)


async def _api_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return error_response(request, error)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    """Translate what the router itself refuses."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    match error.status_code:
        case 404:
            return error_response(
                request, NoApi(f"No API at {path}; /docs/endpoints lists them all.")
            )
        case 405:
            allowed = (error.headers or {}).get("Allow", "")
            refused = MethodNotAllowed(f"{request.method} is not allowed at {path}; use {allowed}.")
            response = error_response(request, refused)
            response.headers["Allow"] = allowed
            return response
        case _:
            return error_response(request, BadRequest(str(error.detail)))


async def _wrong_parameter(request: Request, error: Exception) -> JSONResponse:
    """Say which parameter of a URL cannot be read."""
    assert isinstance(error, RequestValidationError)
    problem = error.errors()[0]
    name = problem["loc"][-1]
    return error_response(request, BadRequest(f"{name}: {problem['msg']}", param=str(name)))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # Starlette logs nothing for a handled Exception and re-raises it to the server, which
    # prints the stack: the caller sees only the trace id to ask for.
    return error_response(request, InternalError())
