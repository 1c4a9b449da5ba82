"""Platform tokens: with one, a program manages what belongs to a user. Only hashes are stored.

A platform token makes and revokes API keys; it draws nothing, as an API key manages nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from seedbed.accounts import users
from seedbed.accounts.users import User
from seedbed.contract.errors import InvalidToken
from seedbed.storage.schema import platform_tokens

PREFIX = "platform-v1-"
MOST = 50
"""Tokens that a user may have at once."""
_columns = platform_tokens.c


class TooManyTokens(Exception):
    """The user has as many tokens as anybody may have."""


@dataclass(frozen=True, slots=True)
class PlatformToken:
    """A token as it may be shown: only its last characters."""

    id: str
    user_id: str
    token_end: str
    created_at: float


def create(tx: Connection, user_id: str) -> tuple[PlatformToken, str]:
    """Make a token, which is told here and can never be read again; raise `TooManyTokens`."""
    if len(list_of(tx, user_id)) >= MOST:
        raise TooManyTokens
    token = PREFIX + secrets.token_hex(32)
    made = PlatformToken(str(uuid.uuid4()), user_id, token[-4:], time.time())
    tx.execute(
        insert(platform_tokens).values(
            id=made.id,
            user_id=user_id,
            token_hash=_hash(token),
            token_end=made.token_end,
            created_at=made.created_at,
        )
    )
    return made, token


def list_of(tx: Connection, user_id: str) -> Sequence[PlatformToken]:
    """List the tokens of a user, oldest first."""
    rows = tx.execute(
        select(_columns.id, _columns.user_id, _columns.token_end, _columns.created_at)
        .where(_columns.user_id == user_id)
        .order_by(_columns.created_at)
    )
    return [PlatformToken(*row) for row in rows]


def remove(tx: Connection, user_id: str, token_id: str) -> bool:
    """Remove one of a user's tokens; False when they have none of this id."""
    gone = tx.execute(
        delete(platform_tokens).where(_columns.id == token_id, _columns.user_id == user_id)
    )
    return gone.rowcount == 1


def user_of(tx: Connection, token: str) -> User:
    """Tell whose token this is; raise `InvalidToken` for nobody's, or a disabled user's."""
    found = tx.scalar(select(_columns.user_id).where(_columns.token_hash == _hash(token)))
    user = None if found is None else users.find(tx, found)
    if user is None or user.disabled_at is not None:
        raise InvalidToken()
    return user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
