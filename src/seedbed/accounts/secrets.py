"""Signing secrets: what an application checks its callbacks with.

After a rotation the old secret stays valid for a while, and callbacks carry a signature by each,
so that a receiver can change over without refusing one.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Sequence

from sqlalchemy import Connection, insert, or_, select, update

from seedbed.storage.schema import signing_secrets

PREFIX = "whsec_"
SECRET_BYTES = 32
_columns = signing_secrets.c


def create(tx: Connection, application_id: str) -> str:
    """Make a secret for an application and return it, in the form of Standard Webhooks."""
    secret = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")
    tx.execute(
        insert(signing_secrets).values(
            application_id=application_id, secret=secret, created_at=time.time()
        )
    )
    return secret


def valid(tx: Connection, application_id: str) -> Sequence[str]:
    """Give the secrets that are valid now, the newest first."""
    return tx.scalars(
        select(_columns.secret)
        .where(
            _columns.application_id == application_id,
            or_(_columns.expires_at.is_(None), _columns.expires_at > time.time()),
        )
        .order_by(_columns.id.desc())
    ).all()


def rotate(tx: Connection, application_id: str, overlap: float) -> str:
    """Make a new secret; the one before it stays valid for `overlap` seconds, older ones end."""
    now = time.time()
    mine = _columns.application_id == application_id
    tx.execute(
        update(signing_secrets)
        .where(mine, _columns.expires_at.is_not(None), _columns.expires_at > now)
        .values(expires_at=now)
    )
    tx.execute(
        update(signing_secrets)
        .where(mine, _columns.expires_at.is_(None))
        .values(expires_at=now + overlap)
    )
    return create(tx, application_id)
