"""Every error of the API, each with its code, its status and what to do about it.

    ApiError
    ├── BadRequest            400 bad_request
    │   └── MethodNotAllowed  405 bad_request
    ├── TokenMismatched       400 token_mismatched
    ├── NotImplementedYet     400 api_not_implemented
    ├── Duplication           400 duplication
    ├── InvalidToken          401 invalid_token
    ├── TokenExpired          401 token_expired
    ├── UsedUp                403 used_up
    ├── Disabled              403 disabled
    ├── Forbidden             403 forbidden
    ├── NoApi                 404 no_api
    ├── NotFound              404 not_found
    ├── Conflict              409 conflict
    ├── Canceled              410 canceled
    ├── RequestTooLarge       413 request_too_large
    ├── Unfinished            422 unfinished
    ├── TooManyRequests       429 too_many_requests
    ├── InternalError         500 api_error
    └── TaskTimeout           504 timeout

The table feeds the OpenAPI document and the docs; a test holds this drawing against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

Fault = Literal["invalid", "missing", "unsupported", "unknown"]
"""What is wrong with a field: its value, that it is not there, that its model has no use for it,
or that it names what does not exist. Some dialects have a code for each."""


class ApiError(Exception):
    """Something that a caller is told, with a code that programs can rely on."""

    code: ClassVar[str]
    status: ClassVar[int]
    when: ClassVar[str]
    advice: ClassVar[str]

    def __init__(
        self,
        message: str | None = None,
        *,
        param: str | None = None,
        fault: Fault = "invalid",
        retry_after: float | None = None,
        upstream: str | None = None,
    ) -> None:
        self.message = message or self.when
        self.param = param
        """The field of the request that it is about."""
        self.fault = fault
        self.retry_after = retry_after
        """Seconds after which another try makes sense."""
        self.upstream = upstream
        """What an upstream called it, where one was asked."""
        super().__init__(self.message)


class BadRequest(ApiError):
    """The request asks for something that cannot be."""

    code = "bad_request"
    status = 400
    when = "The request is malformed, or asks for what its model does not allow."
    advice = "Change the request as the message says; sending it again unchanged cannot succeed."


class MethodNotAllowed(BadRequest):
    """The path exists, but not for this method."""

    status = 405
    when = "The path does not take this HTTP method."
    advice = "Use a method named in the header `Allow`."


class TokenMismatched(ApiError):
    """The key is good, but not for this API."""

    code = "token_mismatched"
    status = 400
    when = "The key may not call this API."
    advice = "Use a key without a limit on its APIs, or one that allows this API."


class NotImplementedYet(ApiError):
    """The contract knows this feature; this server does not offer it."""

    code = "api_not_implemented"
    status = 400
    when = "The feature is part of the contract but not offered by this server."
    advice = "Leave the named fields out."


class Duplication(ApiError):
    """There is one already, and may be no more."""

    code = "duplication"
    status = 400
    when = "An application is asked for by a user who has one; item already exists."
    advice = "List the applications and use that one."


class InvalidToken(ApiError):
    """No key, or one that nobody has."""

    code = "invalid_token"
    status = 401
    when = "The API key is missing, wrong or revoked."
    advice = "Send `Authorization: Bearer YOUR_KEY` with a live key."


class TokenExpired(ApiError):
    """The key was good once."""

    code = "token_expired"
    status = 401
    when = "The API key has expired."
    advice = "Create a new key."


class UsedUp(ApiError):
    """The application has too few credits."""

    code = "used_up"
    status = 403
    when = "The application's credits do not suffice for this request."
    advice = "Grant the application more credits; nothing was charged."


class Disabled(ApiError):
    """The application may do nothing any more."""

    code = "disabled"
    status = 403
    when = "The application has been disabled."
    advice = "Ask whoever runs this server."


class Forbidden(ApiError):
    """The server will not do this."""

    code = "forbidden"
    status = 403
    when = "The request is refused, for its content or for a link that is not valid any more."
    advice = "Change the request as the message says."


class NoApi(ApiError):
    """There is nothing at this path."""

    code = "no_api"
    status = 404
    when = "There is no API at this path."
    advice = "Check the URL; `/docs/endpoints` lists every path."


class NotFound(ApiError):
    """The path is right, the thing it names does not exist."""

    code = "not_found"
    status = 404
    when = "What the request names does not exist, or is not this application's."
    advice = "Check the id."


class Conflict(ApiError):
    """The request contradicts an earlier one."""

    code = "conflict"
    status = 409
    when = "The request contradicts an earlier one."
    advice = "Change the request as the message says."


class Canceled(ApiError):
    """The task was ended on request; a status that no client takes for a cause to try again."""

    code = "canceled"
    status = 410
    when = "The task was cancelled before it had ended."
    advice = "Nothing is charged for pictures that were not delivered; send the request again."


class RequestTooLarge(ApiError):
    """The body is larger than the server reads."""

    code = "request_too_large"
    status = 413
    when = "The request body is too large."
    advice = "Send less; the message names the limit."


class Unfinished(ApiError):
    """The wait is over and the task is not; a status that no client takes for a cause to retry."""

    code = "unfinished"
    status = 422
    when = "The pictures are not finished yet, and an Ark or OpenAI answer cannot wait longer."
    advice = "Ask for the task that the message names; the request sent again is another one."


class TooManyRequests(ApiError):
    """The key or its application asks for too much at once."""

    code = "too_many_requests"
    status = 429
    when = "The key's rate limit, or its application's limit of unfinished tasks, is reached."
    advice = "Wait for the seconds in `Retry-After`, then try again."


class InternalError(ApiError):
    """The server failed; never the caller's fault."""

    code = "api_error"
    status = 500
    when = "The server could not do what it should; nothing was charged for it."
    advice = "Report the `trace_id` to whoever runs this server."


class TaskTimeout(ApiError):
    """The task was not ready in time."""

    code = "timeout"
    status = 504
    when = "The pictures were not ready in time."
    advice = "Ask for a smaller size, or wait longer."


def _all(root: type[ApiError]) -> Iterator[type[ApiError]]:
    for error in root.__subclasses__():
        yield error
        yield from _all(error)


ALL_ERRORS: tuple[type[ApiError], ...] = tuple(_all(ApiError))
_BY_CODE = {error.code: error for error in reversed(ALL_ERRORS)} | {"bad_request": BadRequest}


def error_of(code: str, message: str, upstream: str | None = None) -> ApiError:
    """Make the error that a stored code stands for; an unknown code is an `InternalError`."""
    return _BY_CODE.get(code, InternalError)(message, upstream=upstream)
