"""Servers for the acceptance tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.acceptance.receiver import Receiver
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


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as pip would leave it: the module of `slate`, and its entry point."""
    folder = tmp_path_factory.mktemp("plugins")
    shutil.copy(Path(__file__).parent / "plugin" / "slate.py", folder)
    about = folder / "slate-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: slate\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[seedbed.engines]\nslate = slate:create\n")
    return folder


@pytest.fixture
def slate(tmp_path: Path, plugins: Path) -> Iterator[Server]:
    """A server whose pictures come at once, or when the file `gate` appears; not started yet."""
    options = {"slate": {"gate": str(tmp_path / "gate")}}
    settings = {
        "engines": json.dumps({"*": "slate"}),
        "engine_options": json.dumps(options),
        "workers": "1",
    }
    server = Server(tmp_path / "data", settings, plugins)
    yield server
    server.kill()


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory, plugins: Path) -> Iterator[Server]:
    """A server that draws one grey at once, with drills, for tests that do not disturb it."""
    settings = {
        "engines": json.dumps({"*": "slate"}),
        "workers": "2",
        "drills": "true",
        "keep_alive": "0.3",
        "rate_limit": "100000",
        "callback_retries": "[0.2, 0.2, 0.2]",
    }
    server = Server(tmp_path_factory.mktemp("studio") / "data", settings, plugins).start()
    yield server
    assert server.stop() == 0


@pytest.fixture
def caller(studio: Server) -> Iterator[httpx.Client]:
    """A client of the studio, with its first key."""
    with studio.client() as client:
        yield client


@pytest.fixture(scope="session")
def stranger_key(studio: Server) -> str:
    """The key of another application of the studio."""
    return studio.run("keys", "create", "stranger").stdout.strip().splitlines()[-1]


@pytest.fixture
def stranger(studio: Server, stranger_key: str) -> Iterator[httpx.Client]:
    """A client of another application."""
    with studio.client(stranger_key) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who takes callbacks."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Server]:
    """A server of its own, not started yet, for a test that kills it or sets it up its way."""
    server = Server(tmp_path / "data")
    yield server
    server.kill()
