"""Bring a database to the schema of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from seedbed.storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Create or upgrade the schema, in one transaction; two processes that try take turns."""
    database.path.parent.mkdir(parents=True, exist_ok=True)
    database.write_now(_upgrade)


def current_revision(connection: Connection) -> str | None:
    """Name the revision that a database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Name the revision that this version of the code expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    if current_revision(connection) == newest_revision():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
