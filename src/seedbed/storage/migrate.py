"""Bring a database to the schema of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from seedbed.settings import Settings
from seedbed.storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseUnusable(Exception):
    """The database cannot be opened by this version, or not at all; the text says why."""


def open_database(settings: Settings) -> Database:
    """Open the database of the data folder, created or upgraded as needed.

    Raises `DatabaseUnusable` when that cannot be.
    """
    database = Database(settings.data_dir / "seedbed.db")
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def migrate(database: Database) -> None:
    """Create or upgrade the schema, in one transaction; two processes that try take turns.

    Raises `DatabaseUnusable` when there is no using it.
    """
    path = database.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        database.write_now(_upgrade)
    except OSError as error:
        raise DatabaseUnusable(f"cannot make the folder {path.parent}: {error.strerror}") from error
    except DatabaseError as error:
        raise DatabaseUnusable(f"cannot open the database {path}: {error.orig}") from error
    except CommandError as error:
        raise DatabaseUnusable(
            f"the database {path} was made by another version: {error}"
        ) from error


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
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
