"""Real processes that are killed, stopped and started again over one data folder."""

from __future__ import annotations

import json
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from seedbed.storage.database import Database
from tests.acceptance.server import Server
from tests.service import audit

SMALL = {"model": "doubao-seedream-3.0-t2i", "size": "512x512"}
GATE, AT_ONCE, SLOW = "behind the gate", "at once", "a slow one"


@contextmanager
def rows(server: Server) -> Iterator[Database]:
    """Look at the server's database from beside it."""
    database = Database(server.data_dir / "seedbed.db")
    try:
        yield database
    finally:
        database.close()


def states(database: Database) -> Counter[str]:
    with database.engine.connect() as connection:
        return Counter(connection.execute(text("SELECT state FROM tasks")).scalars())


def owners(database: Database) -> dict[str, str]:
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT id, owner FROM tasks"))
        return {row.id: row.owner for row in rows}


def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


class Clients:
    """Clients that ask for pictures and wait, until they go away."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def ask(self, server: Server, prompt: str, count: int) -> None:
        """Send requests whose answers nobody reads."""
        address = urlsplit(server.url)
        assert address.hostname is not None
        assert address.port is not None
        for seed in range(count):
            body = json.dumps(SMALL | {"prompt": prompt, "seed": seed})
            client = socket.create_connection((address.hostname, address.port), 20)
            self._sockets.append(client)
            client.sendall(
                f"POST /seedream/images HTTP/1.1\r\nHost: {address.netloc}\r\n"
                f"Authorization: Bearer {server.key}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )

    def go_away(self) -> None:
        for client in self._sockets:
            client.close()
        self._sockets.clear()


@pytest.fixture
def clients() -> Iterator[Clients]:
    clients = Clients()
    yield clients
    clients.go_away()


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "gate"


def test_killed_while_tasks_wait_and_run_all_finish_after_a_restart(
    slate: Server, clients: Clients, gate: Path
) -> None:
    slate.start()
    clients.ask(slate, AT_ONCE, 1)
    with rows(slate) as database:
        until(lambda: states(database) == {"succeeded": 1})
        clients.ask(slate, GATE, 4)
        until(lambda: states(database) == {"succeeded": 1, "running": 1, "queued": 3})
        slate.kill()
        audit(database)
        assert states(database) == {"succeeded": 1, "running": 1, "queued": 3}
        slate.start()
        until(lambda: states(database)["running"] == 1)
        gate.touch()
        until(lambda: states(database) == {"succeeded": 5})
        audit(database)
        # The one that ran when the process died has had a second attempt, the others one.
        with database.engine.connect() as connection:
            attempts = connection.execute(text("SELECT attempt FROM tasks")).scalars().all()
        assert sorted(attempts) == [1, 1, 1, 1, 2]
    available = slate.run("keys", "list").stdout
    assert "9995" in available


def test_a_task_that_dies_with_every_process_fails_and_its_credits_come_back(
    slate: Server, clients: Clients
) -> None:
    slate.settings["max_attempts"] = "2"
    slate.start()
    clients.ask(slate, GATE, 1)
    with rows(slate) as database:
        for _ in range(2):
            until(lambda: states(database) == {"running": 1})
            slate.kill()
            slate.start()
        until(lambda: states(database) == {"failed": 1})
        audit(database)
    assert "10000" in slate.run("keys", "list").stdout


def test_killed_again_and_again_at_any_moment_every_task_ends_once(
    slate: Server, clients: Clients
) -> None:
    slate.settings |= {"workers": "2", "max_attempts": "9"}
    slate.start()
    clients.ask(slate, SLOW, 24)
    with rows(slate) as database:
        until(lambda: states(database).total() == 24)
        for number in range(3):
            time.sleep(0.1 + 0.07 * number)
            slate.kill()
            audit(database)
            slate.start()
        until(lambda: states(database).keys() == {"succeeded"})
        audit(database)
        assert states(database) == {"succeeded": 24}


def test_a_client_that_goes_away_does_not_stop_its_task(
    slate: Server, clients: Clients, gate: Path
) -> None:
    slate.start()
    clients.ask(slate, GATE, 1)
    with rows(slate) as database:
        until(lambda: states(database) == {"running": 1})
        clients.go_away()
        time.sleep(0.2)
        gate.touch()
        until(lambda: states(database) == {"succeeded": 1})
        audit(database)


def test_a_refusal_of_a_plugin_is_told_and_costs_nothing(slate: Server) -> None:
    slate.start()
    with slate.client() as client:
        response = client.post("/seedream/images", json=SMALL | {"prompt": "refuse"})
        assert response.status_code == 403
        assert response.json()["error"]["message"] == "slate does not draw this"
        models = client.get("/seedream/models").json()["models"]
        assert {engine for model in models for engine in model["engines"]} == {"slate"}
    with rows(slate) as database:
        audit(database)


def test_told_to_stop_it_stops_in_seconds_and_the_next_goes_on(
    slate: Server, clients: Clients, gate: Path
) -> None:
    slate.settings["stop_timeout"] = "1"
    slate.start()
    with rows(slate) as database:
        clients.ask(slate, AT_ONCE, 1)
        until(lambda: states(database) == {"succeeded": 1})
        clients.go_away()
        started = time.monotonic()
        assert slate.stop() == 0
        assert time.monotonic() - started < 5
        slate.start()
        clients.ask(slate, GATE, 3)
        until(lambda: states(database) == {"succeeded": 1, "running": 1, "queued": 2})
        worker_pids = _children(slate.pid)
        started = time.monotonic()
        assert slate.stop() == 0
        assert time.monotonic() - started < 8
        assert list((slate.data_dir / "instances").iterdir()) == []
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in worker_pids))
        audit(database)
        gate.touch()
        slate.start()
        until(lambda: states(database) == {"succeeded": 4})
        audit(database)


def test_two_processes_over_one_folder_leave_each_other_their_tasks(
    slate: Server, clients: Clients, gate: Path, tmp_path: Path
) -> None:
    slate.start()
    clients.ask(slate, GATE, 2)
    with rows(slate) as database:
        until(lambda: states(database) == {"running": 1, "queued": 1})
    other = Server(slate.data_dir, slate.settings, slate.plugins).start()
    try:
        other.key = slate.key
        with rows(slate) as database:
            before = owners(database)
            clients.ask(other, AT_ONCE, 1)
            written = other.run("generate", "at once", "-o", str(tmp_path / "a.jpg"))
            assert written.returncode == 0, written.stderr
            assert other.run("keys", "create", "beside").returncode == 0
            time.sleep(2.2)  # longer than between two sweeps
            assert states(database) == {"running": 1, "queued": 1, "succeeded": 2}
            assert {task: owners(database)[task] for task in before} == before
            slate.kill()
            until(lambda: not set(before.values()) & set(owners(database).values()))
            gate.touch()
            until(lambda: states(database) == {"succeeded": 4})
            audit(database)
    finally:
        other.kill()


def _children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found.append(int(status.parent.name))
    assert found or os.name != "posix"
    return found
