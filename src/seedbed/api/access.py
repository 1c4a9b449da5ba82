"""Who calls: the dependencies that routes ask for a caller and the resources."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

from fastapi import Depends, Request

from seedbed.accounts import credentials
from seedbed.accounts.credentials import Caller
from seedbed.contract.errors import InvalidToken
from seedbed.resources import Resources


def resources(request: Request) -> Resources:
    """Give the resources of the running app."""
    return cast(Resources, request.app.state.resources)


DRAWING = "seedream/images"
ASKING = "seedream/tasks"

Held = Annotated[Resources, Depends(resources)]


def caller_of(*apis: str) -> Callable[[Request, Resources], Awaitable[Caller]]:
    """Make the dependency that admits a request whose key may call any of these APIs.

    The first is the one that is called, and its limit is the one that counts.
    """

    async def admit(request: Request, held: Held) -> Caller:
        token = _bearer_token(request)
        caller = await held.database.read(credentials.authenticate, token, *apis)
        limiter = held.limiter if apis[0] == DRAWING else held.poll_limiter
        await limiter.check(caller.credential_id or caller.application_id)
        return caller

    return admit


def _bearer_token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidToken("No API key: send the header `Authorization: Bearer YOUR_KEY`.")
    return token.strip()
