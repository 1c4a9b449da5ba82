"""The command line as a person uses it: real processes, real files, real curl."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image
from sqlalchemy import text

from seedbed.storage.database import Database
from tests.acceptance.server import SEEDBED, Server

SMALL = ("--model", "doubao-seedream-3.0-t2i", "--size", "512x512")


def error_of(command: subprocess.CompletedProcess[str], status: int = 2) -> str:
    """Give what a command that failed said: a text for people, not a stack trace."""
    assert command.returncode == status, command.stderr
    assert "Traceback" not in command.stderr
    return " ".join(re.sub(r"[│╭╰╮╯─]", " ", command.stderr).split())


def token_of(command: subprocess.CompletedProcess[str]) -> str:
    assert command.returncode == 0, command.stderr
    assert re.fullmatch(r"[0-9a-f]{32}\n", command.stdout)
    return command.stdout.strip()


def status_of(server: Server, token: str, path: str = "/seedream/images") -> tuple[int, str]:
    with server.client(token) as client:
        body = {"prompt": "a", "model": "doubao-seedream-3.0-t2i", "size": "512x512"}
        answer = client.post(path, json=body).json()
        return (200, "") if answer["success"] else (400, answer["error"]["code"])


def test_the_first_start_prints_a_curl_that_works_and_the_second_no_key(slate: Server) -> None:
    slate.start()
    assert re.fullmatch(r"[0-9a-f]{32}", slate.key)
    assert slate.greeting.count(slate.key) == 2
    assert f"{slate.url}/docs" in slate.greeting
    curl = slate.greeting[slate.greeting.index("curl ") :]
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    # The engine of these tests has no 2K picture's worth of work, so the default size is fast.
    pasted = subprocess.run(
        ["bash", "-c", curl.replace("curl ", "curl -sS ", 1)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert pasted.returncode == 0, pasted.stderr
    answer = json.loads(pasted.stdout)
    assert answer["success"] is True
    assert httpx.get(answer["data"][0]["image_url"]).headers["Content-Type"] == "image/jpeg"
    first = slate.key
    assert slate.stop() == 0
    slate.start()
    assert first not in slate.greeting
    assert "YOUR_KEY" in slate.greeting
    with slate.client(first) as client:
        deadline = time.monotonic() + 20
        while client.get("/ready").status_code != 200:  # its engine is still loading
            assert time.monotonic() < deadline
    assert status_of(slate, first) == (200, "")


def test_a_port_that_is_taken_is_told_and_makes_no_key(slate: Server) -> None:
    slate.start()
    other = Server(slate.data_dir.parent / "other" / "data", slate.settings, slate.plugins)
    port = slate.url.rpartition(":")[2]
    told = other.run("serve", "--port", port)
    assert "address already in use" in error_of(told, 3)
    assert told.stdout == ""
    other.start()
    assert other.key, "the first start that succeeds has the first key"
    other.kill()


def test_ctrl_c_stops_quietly(slate: Server) -> None:
    slate.start()
    os.kill(slate.pid, signal.SIGINT)
    until = time.monotonic() + 10
    while slate.running and time.monotonic() < until:
        time.sleep(0.02)
    assert not slate.running
    assert slate.stop() == 0
    assert "Traceback" not in slate.log


def test_generate_writes_the_picture_and_says_where(slate: Server, tmp_path: Path) -> None:
    target = tmp_path / "apple.jpg"
    command = slate.run("generate", "an apple", "-o", str(target), "--seed", "7", *SMALL)
    assert command.returncode == 0, command.stderr
    assert command.stdout == f"{target}  512x512, seed 7\n"
    assert "\x1b" not in command.stdout + command.stderr
    assert "\r" not in command.stderr
    assert "understood: slate" in command.stderr
    with Image.open(target) as image:
        assert (image.format, image.size) == ("JPEG", (512, 512))


def test_generate_that_fails_says_why(slate: Server) -> None:
    command = slate.run("generate", "refuse", *SMALL)
    assert error_of(command, 1) == "seedbed: slate does not draw this"
    assert command.stdout == ""


def _heed_interrupts() -> None:
    """Undo what a shell does to commands in its background: they ignore the signal."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_generate_that_is_interrupted_leaves_nothing_to_draw(slate: Server) -> None:
    process = subprocess.Popen(
        [*SEEDBED, "generate", "behind the gate", *SMALL],
        env=slate.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,  # noqa: PLW1509  (no threads here)
    )
    path = slate.data_dir / "seedbed.db"
    until = time.monotonic() + 20
    while _states(path) != ["running"]:
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode != 0
    assert "Traceback" not in said
    assert _states(path) == ["cancelled"]


def test_keys_from_create_to_revoke(slate: Server) -> None:
    created = slate.run("keys", "create", "paint shop", "--credits", "2.5")
    token = token_of(created)
    assert "2.5 credits" in created.stderr
    stored = _everything(slate.data_dir / "seedbed.db")
    assert token not in stored
    assert hashlib.sha256(token.encode()).hexdigest() in stored
    slate.start()
    assert slate.key == "", "there was a key before the first start"
    expired = token_of(slate.run("keys", "create", "old", "--expires", "0"))
    limited = token_of(slate.run("keys", "create", "reader", "--allow", "seedream/tasks"))
    assert status_of(slate, token) == (200, "")
    assert status_of(slate, expired) == (400, "token_expired")
    assert status_of(slate, limited) == (400, "token_mismatched")
    assert slate.run("keys", "revoke", "paint shop").returncode == 0
    assert status_of(slate, token) == (400, "invalid_token")
    listed = slate.run("keys", "list").stdout
    assert token not in listed
    cells = [re.split(r"\s*│\s*", line.strip("│ ")) for line in listed.splitlines()]
    found = {row[0]: row[2:] for row in cells if len(row) == 7}
    assert [found[name][1] for name in ("paint shop", "old", "reader")] == [
        "revoked",
        "expired",
        "live",
    ]
    assert found["paint shop"][0] == f"…{token[-4:]}"
    assert found["paint shop"][3:] == ["1.5", "0"]


def _states(path: Path) -> list[str]:
    if not path.exists():
        return []
    database = Database(path)
    try:
        with database.engine.connect() as connection:
            if not connection.execute(text("SELECT 1 FROM sqlite_master WHERE name='tasks'")).all():
                return []
            return list(connection.execute(text("SELECT state FROM tasks")).scalars())
    finally:
        database.close()


def _everything(path: Path) -> str:
    database = Database(path)
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM credentials")).all()
    database.close()
    return repr(rows)
