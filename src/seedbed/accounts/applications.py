"""Applications: a tenant's use of the service, with a balance."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from seedbed.accounts import ledger, secrets
from seedbed.accounts.users import User
from seedbed.storage.schema import applications


@dataclass(frozen=True, slots=True)
class Application:
    """A tenant's use of the service."""

    id: str
    user_id: str
    name: str
    created_at: float
    disabled_at: float | None


def create(
    tx: Connection,
    name: str,
    grant: int,
    application_id: str | None = None,
    user_id: str | None = None,
) -> Application:
    """Create an application, of nobody in particular unless a user is named.

    It is granted `grant` micro-credits. A user has one application at most.
    """
    application = Application(
        id=application_id or str(uuid.uuid4()),
        user_id=user_id or str(uuid.uuid4()),
        name=name,
        created_at=time.time(),
        disabled_at=None,
    )
    tx.execute(
        insert(applications).values(
            id=application.id,
            user_id=application.user_id,
            name=name,
            created_at=application.created_at,
        )
    )
    ledger.grant(tx, application.id, grant)
    secrets.create(tx, application.id)
    return application


class AlreadyAcquired(Exception):
    """The user has an application; there is one for each."""


def acquire(tx: Connection, user: User, quota: int) -> Application:
    """Make a user's application, with the free quota in micro-credits; once."""
    if of_user(tx, user.id) is not None:
        raise AlreadyAcquired
    return create(tx, user.email, quota, user_id=user.id)


def find(tx: Connection, application_id: str) -> Application | None:
    """Read an application."""
    columns = applications.c
    row = tx.execute(
        select(
            columns.id, columns.user_id, columns.name, columns.created_at, columns.disabled_at
        ).where(columns.id == application_id)
    ).first()
    return Application(*row) if row else None


def of_user(tx: Connection, user_id: str) -> Application | None:
    """Read the application of a user, who may have none yet."""
    found = tx.scalar(select(applications.c.id).where(applications.c.user_id == user_id))
    return None if found is None else find(tx, found)


def disable(tx: Connection, application_id: str) -> None:
    """Refuse every further request of an application; its tasks go on."""
    tx.execute(
        update(applications)
        .where(applications.c.id == application_id, applications.c.disabled_at.is_(None))
        .values(disabled_at=time.time())
    )


def enable(tx: Connection, application_id: str) -> None:
    """Take an application's requests again."""
    tx.execute(
        update(applications).where(applications.c.id == application_id).values(disabled_at=None)
    )
