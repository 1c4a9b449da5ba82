"""Sessions of the console, and links that reset a password; only hashes of tokens are stored."""

from __future__ import annotations

import hashlib
import secrets
import time

from sqlalchemy import Connection, delete, insert, select

from seedbed.accounts import users
from seedbed.accounts.users import User
from seedbed.storage.schema import password_resets, sessions

RESET_SECONDS = 3600.0
TOKEN_BYTES = 32


def begin(tx: Connection, user_id: str, seconds: float) -> str:
    """Begin a session and give its token, which is told this once."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = time.time()
    tx.execute(delete(sessions).where(sessions.c.expires_at <= now))
    tx.execute(
        insert(sessions).values(
            token_hash=_hash(token), user_id=user_id, created_at=now, expires_at=now + seconds
        )
    )
    return token


def user_of(tx: Connection, token: str) -> User | None:
    """Tell whose session a token stands for; None when it has ended or its user may not log in."""
    found = tx.scalar(
        select(sessions.c.user_id).where(
            sessions.c.token_hash == _hash(token), sessions.c.expires_at > time.time()
        )
    )
    user = None if found is None else users.find(tx, found)
    return None if user is None or user.disabled_at is not None else user


def end(tx: Connection, token: str) -> None:
    """End a session."""
    tx.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))


def end_all(tx: Connection, user_id: str) -> None:
    """End every session of a user."""
    tx.execute(delete(sessions).where(sessions.c.user_id == user_id))


def offer_reset(tx: Connection, user_id: str) -> str:
    """Give the token of a link with which a user sets another password, good for an hour."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    tx.execute(delete(password_resets).where(password_resets.c.user_id == user_id))
    tx.execute(
        insert(password_resets).values(
            token_hash=_hash(token), user_id=user_id, expires_at=time.time() + RESET_SECONDS
        )
    )
    return token


def reset_offered_within(tx: Connection, user_id: str, seconds: float) -> bool:
    """Tell whether a link was made for a user a moment ago."""
    expires_at = tx.scalar(
        select(password_resets.c.expires_at).where(password_resets.c.user_id == user_id)
    )
    return expires_at is not None and expires_at - RESET_SECONDS > time.time() - seconds


def reset(tx: Connection, token: str, password_hash: str) -> bool:
    """Set the password of whom a link was made for, once; every session of theirs ends."""
    columns = password_resets.c
    user_id = tx.scalar(
        select(columns.user_id).where(
            columns.token_hash == _hash(token), columns.expires_at > time.time()
        )
    )
    if user_id is None:
        return False
    tx.execute(delete(password_resets).where(columns.user_id == user_id))
    users.set_password(tx, user_id, password_hash)
    end_all(tx, user_id)
    return True


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
