"""What an upstream's refusal means here: one table, by its code first and by its status else.

A refusal that comes before anything can have been billed, and that another upstream may not
share, is `Unavailable`; everything else fails what was asked for, and is never asked again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from seedbed.engines.engine import EngineError, Unavailable, UpstreamFault

MAX_TEXT = 500
"""Characters of an upstream's message that are passed on."""
LEAST_WAIT, MAX_WAIT = 1.0, 86_400.0
"""Seconds that are waited although an upstream asks for less, and the most that it may ask for."""
REQUEST_ID_HEADERS = ("x-request-id", "x-trace-id")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal is for the caller."""

    code: str
    """A code of the contract."""
    says: str
    is_unavailable: bool = False
    """Whether nothing was begun, and another upstream may do it."""
    is_about_request: bool = False
    """Whether the upstream's own words help the caller; otherwise they are the operator's."""
    retry_after: float | None = None
    """Seconds after which it may be asked again, where it does not say so itself."""


MODERATED = Verdict("forbidden", "The upstream refused the content", is_about_request=True)
WRONG = Verdict("bad_request", "The upstream refused the request", is_about_request=True)
NOT_OFFERED = Verdict(
    "api_not_implemented", "The upstream does not offer this", is_about_request=True
)
ACCOUNT = Verdict(
    "api_error",
    "The upstream does not serve this server's account or model; that is for whoever runs this "
    "server to see to",
    is_unavailable=True,
)
BUSY = Verdict(
    "too_many_requests",
    "The upstream takes no more requests for now",
    is_unavailable=True,
    retry_after=5.0,
)
FULL = Verdict(
    "too_many_requests", "The upstream takes no more requests of this account", is_unavailable=True
)
DOWN = Verdict("api_error", "The upstream is not available for now", is_unavailable=True)
STRANGER = (
    "What answers at the upstream's address is not its API: a firewall before it may have refused "
    "this request, or the address is wrong, which is for whoever runs this server to see to"
)
BLOCKED = Verdict("forbidden", STRANGER)
ASTRAY = Verdict("bad_request", STRANGER)
FAILED = Verdict(
    "api_error", "The upstream failed; it may have counted the request, which is not sent again"
)
LATE = Verdict(
    "timeout",
    "The upstream was not ready in time; it may have counted the request, which is not sent again",
)

BY_CODE: Mapping[str, Verdict] = {
    # Content
    "SensitiveContentDetected": MODERATED,
    "InputTextSensitiveContentDetected": MODERATED,
    "InputImageSensitiveContentDetected": MODERATED,
    "OutputTextSensitiveContentDetected": MODERATED,
    "OutputImageSensitiveContentDetected": MODERATED,
    "InputTextRiskDetection": MODERATED,
    "InputImageRiskDetection": MODERATED,
    "OutputTextRiskDetection": MODERATED,
    "OutputImageRiskDetection": MODERATED,
    "ContentSecurityDetectionError": MODERATED,
    "forbidden": MODERATED,
    "moderation_blocked": MODERATED,
    "content_policy_violation": MODERATED,
    "content_filter": MODERATED,
    # The request
    "MissingParameter": WRONG,
    "InvalidParameter": WRONG,
    "InvalidImageURL": WRONG,
    "OutofContextError": WRONG,
    "bad_request": WRONG,
    "api_not_implemented": NOT_OFFERED,
    # The operator's account, key and model
    "AuthenticationError": ACCOUNT,
    "InvalidAccountStatus": ACCOUNT,
    "AccountOverdueError": ACCOUNT,
    "AccessDenied": ACCOUNT,
    "OperationDenied": ACCOUNT,
    "InvalidEndpoint": ACCOUNT,
    "InvalidEndpointOrModel": ACCOUNT,
    "InvalidParameter.UnsupportedModel": ACCOUNT,
    "ModelNotOpen": ACCOUNT,
    "UnsupportedModel": ACCOUNT,
    "token_mismatched": ACCOUNT,
    "no_token": ACCOUNT,
    "invalid_token": ACCOUNT,
    "token_expired": ACCOUNT,
    "used_up": ACCOUNT,
    "disabled": ACCOUNT,
    "no_api": ACCOUNT,
    "invalid_api_key": ACCOUNT,
    "model_not_found": ACCOUNT,
    "insufficient_quota": ACCOUNT,
    "billing_hard_limit_reached": ACCOUNT,
    # Its limits
    "RateLimitExceeded": BUSY,
    "ModelAccount": BUSY,
    "APIAccountRpmRateLimitExceeded": BUSY,
    "AccountRateLimitExceeded": BUSY,
    "QuotaExceeded": FULL,
    "SetLimitExceeded": FULL,
    "InflightBatchsizeExceeded": BUSY,
    "RequestBurstTooFast": BUSY,
    "too_many_requests": BUSY,
    "rate_limit": BUSY,
    "ServerOverloaded": DOWN,
    # Its own troubles
    "InternalServiceError": FAILED,
    "timeout": LATE,
}
"""By the start of a code; the longest that fits decides."""

BY_STATUS: Mapping[int, Verdict] = {
    400: WRONG,
    401: ACCOUNT,
    402: ACCOUNT,
    403: ACCOUNT,
    404: ACCOUNT,
    405: ACCOUNT,
    408: LATE,
    413: WRONG,
    422: WRONG,
    429: BUSY,
    503: DOWN,
    504: LATE,
}
"""Any other status is `FAILED`; a redirect is `ACCOUNT`, for `base_url` is wrong."""

BY_STATUS_ALONE: Mapping[int, Verdict] = {403: BLOCKED, 404: ASTRAY, 405: ASTRAY, 503: FAILED}
"""What a status means instead where the answer holds no error object of the wire, so that a proxy
before the upstream gave it: of a firewall that one prompt has set off, not of the account; and of
one whose upstream may have begun before it went away. A 503 that says `Retry-After` is a limit."""


def refusal(status: int, headers: Mapping[str, str], body: bytes, key: str | None) -> EngineError:
    """Translate an answer that is no success; the key is taken out of whatever is passed on."""
    said = _read(body)
    error = error_of(said) or {}
    wait = _seconds(headers.get("retry-after"))
    says_why = bool(error) and error is said.get("error")  # a bare text may be any proxy's
    verdict, fault = _verdict(_text(error.get("code")), status), _fault(error, said, headers)
    if not says_why and not (status == 503 and wait is not None):
        verdict = BY_STATUS_ALONE.get(status, verdict)
    words = _words(error, key)
    if verdict in (ACCOUNT, BLOCKED, ASTRAY):  # for the operator, whom no answer reaches
        log.warning("upstream refuses this server", status=status, code=fault.code, said=words)
    return _made(
        verdict,
        fault,
        words if verdict.is_about_request else f"it answered {status}",
        wait if verdict in (BUSY, DOWN) else None,
    )


def failure(
    error: Mapping[str, Any], around: Mapping[str, Any], headers: Mapping[str, str], key: str | None
) -> EngineError:
    """Translate an error inside a success, an event or a task: nothing of it is `Unavailable`."""
    verdict = _verdict(_text(error.get("code")), 200)
    words = _words(error, key) if verdict.is_about_request else None
    return _made(verdict, _fault(error, around, headers), words, None)


def error_of(said: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find the error that an object tells of, if it tells of one; some say it as a bare text."""
    error = said.get("error")
    if isinstance(error, str) and error:
        return {"message": error}
    return error if isinstance(error, Mapping) and error else None


def _verdict(code: str | None, status: int) -> Verdict:
    known = max((start for start in BY_CODE if (code or "").startswith(start)), key=len, default="")
    by_status = ACCOUNT if 300 <= status < 400 else BY_STATUS.get(status, FAILED)
    verdict = BY_CODE.get(known, by_status)
    # Whatever it is called: only such an answer says that nothing has been begun.
    if verdict.is_unavailable and not (300 <= status < 500 or status == 503):
        return LATE if by_status is LATE else FAILED
    return verdict


def _made(
    verdict: Verdict, fault: UpstreamFault, words: str | None, wait: float | None
) -> EngineError:
    said = [verdict.says, f": {words}" if words else ""]
    if wait is not None:
        said.append(f"; it asks to wait {wait:g} s")
    if fault.code:
        said.append(f" ({fault.code})")
    text = "".join(said) + "."
    if not verdict.is_unavailable:
        return EngineError(text, verdict.code, fault)
    retry_after = verdict.retry_after if wait is None else max(wait, LEAST_WAIT)
    return Unavailable(text, verdict.code, fault, retry_after=retry_after)


def _fault(
    error: Mapping[str, Any], around: Mapping[str, Any], headers: Mapping[str, str]
) -> UpstreamFault:
    code = _text(error.get("code")) or _text(error.get("type"))
    request_id = next(filter(None, (_text(headers.get(name)) for name in REQUEST_ID_HEADERS)), None)
    return UpstreamFault(code, request_id or _text(around.get("trace_id")))


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, Mapping) else {}


def _words(error: Mapping[str, Any], key: str | None) -> str | None:
    message = _text(error.get("message"), MAX_TEXT)
    if message and key:
        message = message.replace(key, "…")
    return message.rstrip(".") if message else None


def _text(value: object, most: int = 200) -> str | None:
    """Read one line of printable text, cut where it is too long."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    line = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return line[:most] or None


def _seconds(text: str | None) -> float | None:
    try:
        wait = float(text or "")
    except ValueError:
        return None
    return wait if math.isfinite(wait) and 0 <= wait <= MAX_WAIT else None
