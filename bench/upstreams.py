"""What a door before an upstream costs: ours, which records every task, and LiteLLM's.

`python -m bench.upstreams`. Both stand before the same upstream, which answers at once; `make
litellm` installs the other gateway into an environment of its own. Ours also fetches the picture
and keeps it, which the other leaves to the caller.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load import Load, load
from bench.service import listens, seedbed, stop

LITELLM = Path("build/litellm/bin/litellm")
MASTER_KEY = "sk-bench"
CONNECTIONS = 16
ROUNDS = 3
"""Each is measured in turn, so many times; the medians are told."""
READY_SECONDS = 120
LITELLM_CONFIG = """
model_list:
  - model_name: mock
    litellm_params:
      model: openai/dall-e-3
      api_base: {base}/v1
      api_key: unused
general_settings:
  master_key: {key}
litellm_settings:
  num_retries: 0
"""
ASKED = {
    "model": "doubao-seedream-4-0-250828",
    "prompt": "a cat",
    "size": "1024x1024",
    "response_format": "url",
}


def measures() -> Iterator[str]:
    """Give every measure, a line each."""
    with _upstream() as base, _ours(base) as (ours, key, folder):
        doors = {"directly": (f"{base}/api/v3/images/generations", "", ASKED)}
        doors["Seedbed"] = (f"{ours}/seedream/images", key, ASKED)
        with _litellm(base) as theirs:
            if theirs is not None:
                body = ASKED | {"model": "mock"}
                doors["LiteLLM"] = (f"{theirs}/v1/images/generations", MASTER_KEY, body)
            found = {name: _measured(*door) for name, door in doors.items()}
        yield from _told(found)
        yield _kept(folder)
        if theirs is None:
            yield f"  LiteLLM is not installed at {LITELLM}: `make litellm` brings it"


def _measured(url: str, key: str, body: dict[str, str]) -> tuple[Load, Load]:
    """Load a door at one connection and at many; the round in the middle counts."""
    asyncio.run(load(url, connections=CONNECTIONS, requests=3 * CONNECTIONS, body=body, key=key))
    one, many = [], []
    for _ in range(ROUNDS):
        one.append(asyncio.run(load(url, connections=1, requests=100, body=body, key=key)))
        run = load(url, connections=CONNECTIONS, requests=400, body=body, key=key)
        many.append(asyncio.run(run))
    one.sort(key=lambda each: each.quantile(0.5))
    many.sort(key=lambda each: each.per_second)
    return one[ROUNDS // 2], many[ROUNDS // 2]


def _told(found: dict[str, tuple[Load, Load]]) -> Iterator[str]:
    direct = found["directly"][0].quantile(0.5)
    for name, (one, many) in found.items():
        added = (one.quantile(0.5) - direct) * 1000
        failed = one.failures + many.failures
        yield (
            f"  {name:9} {many.per_second:7.1f}/s at {CONNECTIONS} connections; at one, median "
            f"{one.quantile(0.5) * 1000:.2f} ms, {added:.2f} ms added"
            + (f"; {failed} FAILED" if failed else "")
        )
    if "LiteLLM" in found:
        ours, theirs = found["Seedbed"][1].per_second, found["LiteLLM"][1].per_second
        yield f"  Seedbed serves {ours / theirs:.1f} times what LiteLLM does"


def _kept(folder: Path) -> str:
    with sqlite3.connect(folder / "seedbed.db") as database:
        (tasks,) = database.execute("SELECT count(*) FROM tasks").fetchone()
        (ended,) = database.execute(
            "SELECT count(*) FROM tasks WHERE state = 'succeeded'"
        ).fetchone()
    return f"  every task is recorded: {ended} of {tasks} succeeded"


@contextmanager
def _ours(base: str) -> Iterator[tuple[str, str, Path]]:
    options = {"ark": {"base_url": f"{base}/api/v3", "concurrency": 2 * CONNECTIONS}}
    os.environ.setdefault("ARK_API_KEY", "unused")
    with tempfile.TemporaryDirectory() as folder:
        with seedbed(
            data_dir=folder,
            engines=json.dumps({"*": "ark"}),
            engine_options=json.dumps(options),
            grant="1000000",
        ) as service:
            yield service.url, service.key, Path(folder)


@contextmanager
def _upstream() -> Iterator[str]:
    port = _free_port()
    command = [sys.executable, "-m", "bench.mock_upstream", str(port)]
    process = subprocess.Popen(command)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


@contextmanager
def _litellm(base: str) -> Iterator[str | None]:
    if not LITELLM.exists():
        yield None
        return
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.yaml")
        config.write_text(LITELLM_CONFIG.format(base=base, key=MASTER_KEY))
        # Its table of prices would be fetched from elsewhere; it ships one too.
        environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        process = subprocess.Popen(
            [LITELLM, "--config", config, "--host", "127.0.0.1", "--port", str(port)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"nothing listens on port {port}")
        time.sleep(0.05)


def main() -> None:
    """Print every measure."""
    for line in measures():
        print(line, flush=True)


if __name__ == "__main__":
    main()
