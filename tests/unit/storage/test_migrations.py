"""The migrations make exactly the schema that the code reads and writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from seedbed.storage.database import Database
from seedbed.storage.migrate import DatabaseUnusable, current_revision, migrate, newest_revision
from seedbed.storage.schema import metadata


def test_the_migrated_schema_is_the_schema_of_the_code(database: Database) -> None:
    def compare(tx: Connection) -> object:
        context = MigrationContext.configure(
            tx, opts={"compare_type": True, "compare_server_default": True}
        )
        return compare_metadata(context, metadata)

    assert database.read_now(compare) == []


def test_every_check_index_and_key_is_there(database: Database) -> None:
    # What the comparison above does not look at: checks, and the condition of an index.
    def found(tx: Connection) -> dict[str, set[str | None]]:
        tables = inspect(tx)
        return {
            name: {check["name"] for check in tables.get_check_constraints(name)}
            for name in metadata.tables
        }

    assert database.read_now(found)["applications"] == {
        "ck_applications_available_not_negative",
        "ck_applications_reserved_not_negative",
    }
    plan = database.read_now(
        lambda tx: tx.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'ix_tasks_unfinished'")
        ).scalar_one()
    )
    assert "WHERE finished_at IS NULL" in plan


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM tasks WHERE application_id = 'a' AND finished_at IS NULL",
        "SELECT DISTINCT owner FROM tasks WHERE finished_at IS NULL",
        "SELECT id FROM tasks WHERE finished_at IS NULL AND owner = 'a' ORDER BY created_at",
        "SELECT id FROM tasks WHERE finished_at IS NULL AND deadline_at <= 1 LIMIT 1",
        "SELECT sum(reserved) FROM ledger_entries WHERE task_id = 'a'",
        "SELECT id FROM credentials WHERE token_hash = 'a'",
        "SELECT * FROM images WHERE task_id = 'a' ORDER BY image_index",
    ],
)
def test_no_question_of_every_request_reads_the_whole_history(
    database: Database, query: str
) -> None:
    plan = database.read_now(lambda tx: tx.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
    assert all("USING" in row.detail for row in plan if row.detail.startswith(("SCAN", "SEARCH")))


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database)
    assert database.read_now(current_revision) == newest_revision()


def test_a_database_of_a_newer_version_is_told(database: Database) -> None:
    database.write_now(
        lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '9999'")) and None
    )
    with pytest.raises(DatabaseUnusable, match="another version"):
        migrate(database)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "seedbed.db").write_text("a shopping list\n" * 100)
    database = Database(tmp_path / "seedbed.db")
    with pytest.raises(DatabaseUnusable, match="not a database"):
        migrate(database)
    database.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = Database(tmp_path / "file" / "data" / "seedbed.db")
    with pytest.raises(DatabaseUnusable, match="cannot make the folder"):
        migrate(database)
    database.close()


def test_a_folder_with_a_percent_sign_is_no_trouble(tmp_path: Path) -> None:
    database = Database(tmp_path / "100%" / "seedbed.db")
    migrate(database)
    database.close()
