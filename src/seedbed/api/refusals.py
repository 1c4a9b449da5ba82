"""How each dialect words an error: its status, its code and its type, from one table a dialect.

A row is found by our own code, and by what is wrong with a field where the dialect tells that
apart (`bad_request.missing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seedbed.contract.errors import ApiError, error_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """What a dialect calls one of our errors."""

    code: str
    type: str
    status: int | None = None
    """None for the status that we give it."""


_ARK_BAD = "BadRequest"
_ARK_DENIED = "Forbidden"
_ARK_FAILED = Row("InternalServiceError", "InternalServerError", 500)
ARK: Mapping[str, Row] = {
    "bad_request": Row("InvalidParameter", _ARK_BAD),
    "bad_request.missing": Row("MissingParameter", _ARK_BAD),
    "bad_request.unsupported": Row("InvalidParameter.UnsupportedParameter", _ARK_BAD),
    "bad_request.unknown": Row("InvalidEndpointOrModel.NotFound", "NotFound", 404),
    "api_not_implemented": Row("InvalidParameter.UnsupportedParameter", _ARK_BAD),
    "token_mismatched": Row("AccessDenied", _ARK_DENIED, 403),
    "duplication": Row("InvalidParameter", _ARK_BAD),
    "invalid_token": Row("AuthenticationError", "Unauthorized"),
    "token_expired": Row("AuthenticationError", "Unauthorized"),
    # Not `SetLimitExceeded`: its 429 would be sent again, and no wait brings credits back.
    "used_up": Row("AccountOverdueError", _ARK_DENIED),
    "disabled": Row("InvalidAccountStatus", "Unauthorized", 401),
    "forbidden": Row("SensitiveContentDetected", _ARK_BAD, 400),
    "no_api": Row("InvalidAction", "NotFound"),
    "not_found": Row("NotFound", "NotFound"),
    # Its clients send a 409 again, and it cannot succeed.
    "conflict": Row("InvalidParameter", _ARK_BAD, 400),
    "canceled": Row("OperationDenied.TaskCanceled", _ARK_DENIED, 403),
    "request_too_large": Row("InvalidParameter", _ARK_BAD),
    "unfinished": Row("TaskUnfinished", "UnprocessableEntity"),
    "too_many_requests": Row("RateLimitExceeded.EndpointRPMExceeded", "TooManyRequests"),
    "api_error": _ARK_FAILED,
    "timeout": _ARK_FAILED,
}
"""Ark's codes, and HTTP's own names of their statuses."""
ARK_WORDS: Mapping[str, str] = {
    "bad_request": "The parameter `{param}` specified in the request is not valid: {message}",
    "bad_request.missing": "The request failed because it is missing one or multiple required "
    "parameters: {message}",
}
"""What Ark puts around what is wrong with a parameter."""

_WRONG = "invalid_request_error"
OPENAI: Mapping[str, Row] = {
    "bad_request": Row("invalid_value", _WRONG),
    "bad_request.missing": Row("missing_required_parameter", _WRONG),
    "bad_request.unsupported": Row("unsupported_parameter", _WRONG),
    "bad_request.unknown": Row("model_not_found", _WRONG, 404),
    "api_not_implemented": Row("unsupported_parameter", _WRONG),
    "token_mismatched": Row("insufficient_permissions", _WRONG, 403),
    "duplication": Row("duplication", _WRONG),
    "invalid_token": Row("invalid_api_key", _WRONG),
    "token_expired": Row("invalid_api_key", _WRONG),
    "used_up": Row("insufficient_quota", "insufficient_quota", 429),
    "disabled": Row("account_deactivated", _WRONG, 403),
    "forbidden": Row("moderation_blocked", "image_generation_user_error", 400),
    "no_api": Row("unknown_url", _WRONG),
    "not_found": Row("not_found", _WRONG),
    "conflict": Row("idempotency_conflict", _WRONG),
    "canceled": Row("canceled", _WRONG),
    "request_too_large": Row("request_too_large", _WRONG),
    "unfinished": Row("task_unfinished", _WRONG),
    "too_many_requests": Row("rate_limit_exceeded", "requests"),
    "api_error": Row("server_error", "server_error"),
    "timeout": Row("timeout", "server_error"),
}
"""OpenAI's codes and types."""

FINAL = frozenset({"conflict", "used_up"})
"""Codes that the same request meets again, however often it is sent."""

PLATFORM: Mapping[str, str] = {
    "invalid_token": "not_authenticated",
    "forbidden": "permission_denied",
    "no_api": "not_found",
    "bad_request": "invalid",
}
"""Codes of the platform's own API, where they are not ours."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as a dialect says it."""

    status: int
    body: Json


def refusal(path: str, error: ApiError, trace_id: str) -> Refusal:
    """Word an error in the dialect that is spoken at a path."""
    if path.startswith("/api/v3/"):
        said = ark_error(error, trace_id)
        return Refusal(_row(ARK, error).status or error.status, {"error": said})
    if path.startswith("/v1/"):
        return Refusal(_row(OPENAI, error).status or error.status, {"error": openai_error(error)})
    body: Json = {
        "success": False,
        "error": {"code": error.code, "message": error.message},
        "trace_id": trace_id,
    }
    if path.startswith("/api/v1/"):
        body |= {"detail": error.message, "code": PLATFORM.get(error.code, error.code)}
    return Refusal(error.status, body)


def ark_error(error: ApiError, trace_id: str) -> Json:
    """Word an error as Ark does: the message ends with the id of the request.

    Where an upstream was asked, the code is its own.
    """
    row = _row(ARK, error)
    words = ARK_WORDS.get(_key(ARK_WORDS, error), "{message}") if error.param else "{message}"
    message = words.format(param=error.param, message=error.message).rstrip(".")
    return {
        "code": error.upstream or row.code,
        "message": f"{message}. Request id: {trace_id}",
        "param": error.param or "",
        "type": row.type,
    }


def openai_error(error: ApiError) -> Json:
    """Word an error as OpenAI does."""
    row = _row(OPENAI, error)
    return {"message": error.message, "type": row.type, "param": error.param, "code": row.code}


def error_shown(said: Mapping[str, Any]) -> ApiError:
    """Read an error out of an answer of ours."""
    return error_of(said["code"], said["message"], said.get("upstream", {}).get("code"))


def _row(table: Mapping[str, Row], error: ApiError) -> Row:
    return table[_key(table, error)]


def _key(table: Mapping[str, object], error: ApiError) -> str:
    precise = f"{error.code}.{error.fault}"
    return precise if precise in table else error.code
