"""Who calls: the dependencies that routes ask for a caller and the resources."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

from fastapi import Depends, Request

from seedbed.accounts import credentials, tokens
from seedbed.accounts.credentials import Caller
from seedbed.accounts.users import User
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
        caller = held.database.peek(credentials.authenticate, token, *apis)
        limiter = held.limiter if apis[0] == DRAWING else held.poll_limiter
        await limiter.check(caller.credential_id or caller.application_id)
        return caller

    return admit


async def owner(request: Request, held: Held) -> User:
    """Admit a request to manage what belongs to a user, by the platform token that it sends."""
    token = _bearer_token(request, "PLATFORM_TOKEN")
    if not token.startswith(tokens.PREFIX):
        raise InvalidToken(
            f"Keys are managed with a platform token, which begins with {tokens.PREFIX}; "
            "the console's account page makes one."
        )
    user = await held.database.read(tokens.user_of, token)
    await held.poll_limiter.check(user.id)
    return user


Owner = Annotated[User, Depends(owner)]


async def uploader(request: Request, held: Held) -> None:
    """Admit a request to keep a picture, by an API key or by a platform token."""
    if _bearer_token(request).startswith(tokens.PREFIX):
        await owner(request, held)
    else:
        await caller_of(DRAWING)(request, held)


def _bearer_token(request: Request, kind: str = "YOUR_KEY") -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidToken(f"No key: send the header `Authorization: Bearer {kind}`.")
    return token.strip()
