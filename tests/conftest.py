"""Fixtures that every level of test shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seedbed.settings import Settings
from seedbed.storage.database import Database
from seedbed.storage.migrate import migrate
from tests.engines import grey_engine  # noqa: F401  (a fixture)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the developer's own environment and `seedbed.toml` out of the tests."""
    import os

    for name in os.environ:
        if name.upper().startswith("SEEDBED_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a service in an empty folder."""
    return Settings(data_dir=tmp_path / "data", workers=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database of the newest schema."""
    database = Database(tmp_path / "seedbed.db")
    migrate(database)
    yield database
    database.close()
