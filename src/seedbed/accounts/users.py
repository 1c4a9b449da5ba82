"""Users: people who log in to the console. Only a hash of a password is stored, by Argon2id.

    user = database.write_now(users.register, "ada@example.com", "correct horse battery", True)
    user = database.write_now(users.log_in, "ada@example.com", "correct horse battery")

Hashing takes tens of milliseconds on purpose; callers do it in a thread of their own.
"""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, func, insert, or_, select, update

from seedbed.storage.schema import users

LEAST_LETTERS = 10
MOST_LETTERS = 200
LONGEST_EMAIL = 254
_EMAIL = re.compile(
    r"[^\s@<>\"'(),:;\\]{1,64}@[^\s@<>\"'(),:;\\]{1,190}\.[^\s@.<>\"'(),:;\\]{2,63}"
)
_FIRST_TRIED = (
    "1234567890 0123456789 0987654321 1111111111 0000000000 123456789a a123456789 password12 "
    "password123 password1234 passw0rd123 mypassword mypassword1 letmein123 welcome123 "
    "welcome1234 qwertyuiop qwerty12345 qwerty123456 1q2w3e4r5t 1qaz2wsx3edc zxcvbnm123 "
    "asdfghjkl1 asdfghjkl; iloveyou12 iloveyou123 admin12345 administrator changeme123 "
    "football123 baseball123 sunshine123 princess123 dragon12345 monkey12345 superman123 "
    "trustno1trustno1 abcdefghij abcdefghijk abc1234567 seedbed123 seedbedseedbed "
    "seedream123 woaini1314 5201314520 woaini520520"
)
NO_PASSWORD = ""
"""A hash that no password has."""
COMMON = frozenset(_FIRST_TRIED.split())
"""Passwords of sufficient length that everybody tries first."""


class WeakPassword(ValueError):
    """The password may not be used; the text says why."""


class WrongEmail(ValueError):
    """What was given is no e-mail address."""


class EmailTaken(Exception):
    """Somebody has registered with this address before."""


class WrongLogin(Exception):
    """No such user, another password, or a user who may not log in: which, is not told."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can log in."""

    id: str
    email: str
    is_admin: bool
    created_at: float
    disabled_at: float | None


def checked_email(email: str) -> str:
    """Give an address in the form that it is stored in; raise `WrongEmail`."""
    email = email.strip().lower()
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise WrongEmail(email)
    return email


def hashed(password: str, email: str = "") -> str:
    """Hash a password that is good enough; raise `WeakPassword` for one that is not."""
    if not LEAST_LETTERS <= len(password) <= MOST_LETTERS:
        raise WeakPassword("length")
    plain = password.lower()
    name = email.partition("@")[0]
    if plain in COMMON or len(set(plain)) < 5 or (len(name) > 3 and plain.startswith(name)):
        raise WeakPassword("common")
    return _hasher().hash(password)


def register(tx: Connection, email: str, password_hash: str) -> User:
    """Make a user; the first of all is the administrator. Raises `EmailTaken`."""
    if tx.scalar(select(users.c.id).where(users.c.email == email)):
        raise EmailTaken(email)
    first = not tx.scalar(select(func.count()).select_from(users))
    user = User(str(uuid.uuid4()), email, first, time.time(), None)
    tx.execute(
        insert(users).values(
            id=user.id,
            email=email,
            password_hash=password_hash,
            is_admin=first,
            created_at=user.created_at,
        )
    )
    return user


def of_subject(tx: Connection, subject: str, email: str, here: str | None = None) -> User:
    """Give the user whom a provider vouches for; one who is unknown is made.

    A user of the same address who came without the provider is somebody else, as far as anybody
    knows: only with their own session, that of the user `here`, do the two become one. Raises
    `EmailTaken` otherwise.
    """
    known = tx.scalar(select(users.c.id).where(users.c.oidc_subject == subject))
    if known is not None:
        return _found(tx, known)
    user = find_by_email(tx, email)
    if user is None:
        user = register(tx, email, NO_PASSWORD)
    elif user.id != here:
        raise EmailTaken(email)
    tx.execute(update(users).where(users.c.id == user.id).values(oidc_subject=subject))
    return user


def is_known(tx: Connection, subject: str, email: str) -> bool:
    """Tell whether somebody has come before, by the provider or with the address."""
    either = or_(users.c.oidc_subject == subject, users.c.email == email)
    return tx.scalar(select(users.c.id).where(either)) is not None


def _found(tx: Connection, user_id: str) -> User:
    user = find(tx, user_id)
    assert user is not None, "users are not removed"
    return user


def password_hash_of(tx: Connection, email: str) -> tuple[str, str] | None:
    """Give the id and the password's hash of a user who may log in."""
    row = tx.execute(
        select(users.c.id, users.c.password_hash).where(
            users.c.email == email, users.c.disabled_at.is_(None)
        )
    ).first()
    return None if row is None else (row.id, row.password_hash)


def verify(known: tuple[str, str] | None, password: str) -> str:
    """Give the id of who has this password; raise `WrongLogin`.

    Takes as long for nobody as for somebody, so that the time tells nothing.
    """
    can_match = known is not None and known[1] != NO_PASSWORD
    try:
        _hasher().verify(known[1] if known and can_match else _nobody(), password[:MOST_LETTERS])
    except (VerificationError, InvalidHashError) as error:
        raise WrongLogin from error
    if known is None or not can_match:
        raise WrongLogin
    return known[0]


def find(tx: Connection, user_id: str) -> User | None:
    """Read a user."""
    columns = users.c
    row = tx.execute(
        select(
            columns.id, columns.email, columns.is_admin, columns.created_at, columns.disabled_at
        ).where(columns.id == user_id)
    ).first()
    return User(*row) if row else None


def list_all(tx: Connection) -> list[User]:
    """List every user, the first to register first."""
    ids = tx.scalars(select(users.c.id).order_by(users.c.created_at)).all()
    return [user for user_id in ids if (user := find(tx, user_id)) is not None]


def find_by_email(tx: Connection, email: str) -> User | None:
    """Read the user of an address."""
    found = tx.scalar(select(users.c.id).where(users.c.email == email))
    return None if found is None else find(tx, found)


def set_password(tx: Connection, user_id: str, password_hash: str) -> None:
    """Give a user another password."""
    tx.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))


def set_admin(tx: Connection, user_id: str, is_admin: bool) -> None:
    """Make a user an administrator, or no longer one."""
    tx.execute(update(users).where(users.c.id == user_id).values(is_admin=is_admin))


def disable(tx: Connection, user_id: str) -> None:
    """Keep a user from logging in."""
    tx.execute(update(users).where(users.c.id == user_id).values(disabled_at=time.time()))


def enable(tx: Connection, user_id: str) -> None:
    """Let a user log in again."""
    tx.execute(update(users).where(users.c.id == user_id).values(disabled_at=None))


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")
