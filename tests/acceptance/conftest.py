"""Servers for the acceptance tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.acceptance.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server that the tests which do not disturb it share."""
    server = Server(tmp_path_factory.mktemp("server") / "data").start()
    yield server
    assert server.stop() == 0


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of the shared server, with its first key."""
    with server.client() as client:
        yield client


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Server]:
    """A server of its own, not started yet, for a test that kills it or sets it up its way."""
    server = Server(tmp_path / "data")
    yield server
    server.kill()
