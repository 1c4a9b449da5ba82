"""The operator's own application: what commands on this machine draw for; it never runs out."""

from __future__ import annotations

from sqlalchemy import Connection

from seedbed.accounts import applications, ledger
from seedbed.accounts.credentials import Caller

APPLICATION = "command-line"
"""Its id."""


def operator(tx: Connection, cost: int = 0) -> Caller:
    """Give the operator as a caller, with so many micro-credits more for what is drawn now."""
    application = applications.find(tx, APPLICATION)
    if application is None:
        application = applications.create(tx, "command line", 0, APPLICATION)
    if cost:
        ledger.grant(tx, application.id, cost)
    return Caller(application.id, None, application.user_id)
