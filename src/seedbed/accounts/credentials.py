"""Credentials: the API keys of an application. Only a hash of each is stored."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection, bindparam, insert, select, update

from seedbed.accounts.credits import to_micros
from seedbed.accounts.tokens import PREFIX as PLATFORM_PREFIX
from seedbed.contract.errors import Disabled, InvalidToken, NotFound, TokenExpired, TokenMismatched
from seedbed.storage.schema import applications, credentials

APIS = ("seedream/images", "seedream/tasks")
"""The APIs a credential can be limited to; who may draw may also ask for what was drawn."""


LONGEST_NAME = 80
MOST_SECONDS = 3_650 * 86_400
MOST_CREDITS = 10**9
NAME_RULE = "A name has 1 to 80 characters."
EXPIRY_RULE = "A key expires after 1 to 3,650 days."
LIMIT_RULE = "A spend limit is more than 0 credits, with at most six decimals."


_KNOWN = (
    select(
        credentials.c.id,
        credentials.c.application_id,
        credentials.c.allowed_apis,
        credentials.c.expires_at,
        credentials.c.revoked_at,
        applications.c.user_id,
        applications.c.disabled_at,
    )
    .join(applications, applications.c.id == credentials.c.application_id)
    .where(credentials.c.token_hash == bindparam("of_token"))
)
"""Who has a token; built once, since every request asks."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request, as its credential proves."""

    application_id: str
    credential_id: str | None
    user_id: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A key as it may be shown: never the token, only its last characters."""

    id: str
    application_id: str
    name: str
    token_end: str
    allowed_apis: tuple[str, ...] | None
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    spend_limit: int | None
    """Micro-credits that its tasks may use in all; None stands for no limit."""
    used: int
    """Micro-credits that its tasks have used, or hold."""
    last_used_at: float | None
    """When a task was last submitted with it."""

    @property
    def is_live(self) -> bool:
        """Whether it still admits who holds it, as far as itself can tell."""
        return self.revoked_at is None and (
            self.expires_at is None or self.expires_at > time.time()
        )


class WrongKey(ValueError):
    """What was asked of a new key cannot be; the text says what can."""


def checked_name(name: str) -> str:
    """Give a name for a key, its blanks made one; raise `WrongKey`."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise WrongKey(NAME_RULE)
    return name


def checked_expiry(expires_at: float) -> float:
    """Give a time, in Unix seconds, at which a key may expire; raise `WrongKey`."""
    if not 0 < expires_at - time.time() <= MOST_SECONDS:
        raise WrongKey(EXPIRY_RULE)
    return expires_at


def checked_limit(credits: Decimal) -> int:
    """Give a spend limit in micro-credits; raise `WrongKey`."""
    try:
        if 0 < credits <= MOST_CREDITS:
            return to_micros(credits)
    except (InvalidOperation, ValueError):
        pass
    raise WrongKey(LIMIT_RULE)


def create(
    tx: Connection,
    application_id: str,
    name: str,
    *,
    expires_at: float | None = None,
    allowed_apis: Sequence[str] | None = None,
    spend_limit: int | None = None,
) -> tuple[Credential, str]:
    """Create a key; the token is returned here and can never be read again.

    Without `allowed_apis` the key may call every API; `spend_limit` is in micro-credits.
    """
    for api in allowed_apis or ():
        if api not in APIS:
            raise ValueError(f"unknown API {api!r}; known are {', '.join(APIS)}")
    token = secrets.token_hex(16)
    credential = Credential(
        id=str(uuid.uuid4()),
        application_id=application_id,
        name=name,
        token_end=token[-4:],
        allowed_apis=None if allowed_apis is None else tuple(allowed_apis),
        created_at=time.time(),
        expires_at=expires_at,
        revoked_at=None,
        spend_limit=spend_limit,
        used=0,
        last_used_at=None,
    )
    tx.execute(
        insert(credentials).values(
            id=credential.id,
            application_id=application_id,
            name=name,
            token_hash=_hash(token),
            token_end=credential.token_end,
            allowed_apis=None if allowed_apis is None else list(allowed_apis),
            created_at=credential.created_at,
            expires_at=expires_at,
            spend_limit=spend_limit,
        )
    )
    return credential, token


def authenticate(tx: Connection, token: str, *apis: str) -> Caller:
    """Tell whose token this is.

    Raises `InvalidToken`, `TokenExpired`, `Disabled` (the application), or `TokenMismatched`
    when the key may call none of `apis`.
    """
    row = tx.execute(_KNOWN, {"of_token": _hash(token)}).first()
    if row is None and token.startswith(PLATFORM_PREFIX):
        raise InvalidToken("This is a platform token, which manages keys. Draw with an API key.")
    if row is None or row.revoked_at is not None:
        raise InvalidToken()
    if row.expires_at is not None and row.expires_at <= time.time():
        raise TokenExpired()
    if row.disabled_at is not None:
        raise Disabled()
    if row.allowed_apis is not None and not set(apis) & set(row.allowed_apis):
        raise TokenMismatched()
    return Caller(row.application_id, row.id, row.user_id)


def is_live(tx: Connection, credential_id: str) -> bool:
    """Tell whether a key still admits who holds it."""
    columns = credentials.c
    row = tx.execute(
        select(columns.expires_at)
        .join(applications, applications.c.id == columns.application_id)
        .where(
            columns.id == credential_id,
            columns.revoked_at.is_(None),
            applications.c.disabled_at.is_(None),
        )
    ).first()
    return row is not None and (row.expires_at is None or row.expires_at > time.time())


def find_live(tx: Connection, reference: str) -> Credential:
    """Find the one live key with this id or name; LookupError says why when there is none."""
    matching = [
        credential
        for credential in list_all(tx)
        if credential.revoked_at is None and reference in (credential.id, credential.name)
    ]
    if not matching:
        raise LookupError(f"no live key has the id or name {reference!r}")
    if len(matching) > 1:
        raise LookupError(f"{len(matching)} live keys are named {reference!r}; give the id")
    return matching[0]


def revoke(tx: Connection, reference: str) -> Credential:
    """Revoke the one live key with this id or name; LookupError says why when there is none."""
    credential = find_live(tx, reference)
    tx.execute(
        update(credentials).where(credentials.c.id == credential.id).values(revoked_at=time.time())
    )
    return credential


def revoke_one(tx: Connection, credential_id: str) -> None:
    """Revoke a key by its id, at once."""
    tx.execute(
        update(credentials).where(credentials.c.id == credential_id).values(revoked_at=time.time())
    )


def rotate(tx: Connection, credential_id: str) -> str:
    """Give a key another token and return it; the one before is dead at once."""
    token = secrets.token_hex(16)
    tx.execute(
        update(credentials)
        .where(credentials.c.id == credential_id)
        .values(token_hash=_hash(token), token_end=token[-4:])
    )
    return token


def own(tx: Connection, application_id: str, credential_id: str) -> Credential:
    """Give one live key of an application; raise `NotFound` when there is none of this id."""
    for one in list_of(tx, application_id):
        if one.id == credential_id and one.revoked_at is None:
            return one
    raise NotFound("There is no such key.")


def list_of(tx: Connection, application_id: str) -> list[Credential]:
    """List the keys of an application, oldest first."""
    return [one for one in list_all(tx) if one.application_id == application_id]


def list_all(tx: Connection) -> Sequence[Credential]:
    """List every key, oldest first."""
    columns = credentials.c
    rows = tx.execute(
        select(
            columns.id,
            columns.application_id,
            columns.name,
            columns.token_end,
            columns.allowed_apis,
            columns.created_at,
            columns.expires_at,
            columns.revoked_at,
            columns.spend_limit,
            columns.used,
            columns.last_used_at,
        ).order_by(columns.created_at)
    )
    return [
        Credential(*row[:4], tuple(row[4]) if row[4] is not None else None, *row[5:])
        for row in rows
    ]


def _hash(token: str) -> str:
    # A token is 128 random bits, so a plain hash cannot be searched and a slow one would only
    # slow every request.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
