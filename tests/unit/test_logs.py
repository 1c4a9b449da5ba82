"""Log lines: for people or machines, and never a prompt, key or secret, also when all fails."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import text

from seedbed.logs import configure_logging
from seedbed.settings import Settings
from seedbed.storage.database import Database

SECRET = "a-prompt-nobody-may-read"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def fail(database: Database) -> None:
    """Log a failure below which a secret lies in local variables and in a statement's values."""
    prompt = SECRET
    try:
        database.write_now(lambda tx: tx.execute(text("INSERT INTO no VALUES (:p)"), {"p": prompt}))
    except Exception:
        structlog.get_logger().exception("attempt failed", task_id="t-1")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_failure_is_logged_without_what_was_asked(
    database: Database, capfd: pytest.CaptureFixture[str], form: str
) -> None:
    configure_logging(Settings(log_format=form))
    fail(database)
    out, err = capfd.readouterr()
    assert out == ""
    assert "no such table" in err
    assert "t-1" in err
    assert SECRET not in err


def test_a_line_for_machines_is_one_object(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_format="json"))
    structlog.get_logger().info("task ended", state="failed")
    line = json.loads(capfd.readouterr().err)
    assert (line["event"], line["level"], line["state"]) == ("task ended", "info", "failed")


def test_what_is_below_the_level_is_not_logged(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_level="warning"))
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert "loud" in (err := capfd.readouterr().err)
    assert "quiet" not in err
