"""Processes to measure: `seedbed serve` over a new data folder, and a plain FastAPI app."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PLUGIN = """
import asyncio
from seedbed.engines.engine import EngineDescription, Picture
import numpy as np


class Nothing:
    description = EngineDescription(name="nothing", summary="One grey picture, ready at once.")

    async def warm(self): ...
    async def close(self): ...

    async def draw(self, job, ctx):
        if job.prompt == "wait":
            await asyncio.sleep(3600)
        for index in job.indexes:
            yield Picture(index, np.full((job.height, job.width, 3), 128, np.uint8))


def create(settings):
    return Nothing()
"""
PLAIN = """
import asyncio, fastapi, uvicorn, sys, uuid, aiohttp, io
from fastapi.responses import StreamingResponse
from PIL import Image
app = fastapi.FastAPI()
posting = set()

def draw():
    Image.new("RGB", (512, 512), "grey").save(io.BytesIO(), "jpeg")

async def call_back(url, answer):
    await asyncio.to_thread(draw)
    async with aiohttp.ClientSession() as session:
        await (await session.post(url, json=answer)).read()

async def silence():
    while True:
        yield "\\n"
        await asyncio.sleep(5)

@app.post("/seedream/images")
async def images(request: fastapi.Request):
    body = await request.json()
    if body.get("stream"):
        return StreamingResponse(silence(), media_type="application/x-ndjson")
    answer = {"success": True, "task_id": str(uuid.uuid4()), "data": [{"prompt": body["prompt"]}]}
    if url := body.get("callback_url"):
        task = asyncio.create_task(call_back(url, answer))
        posting.add(task)
        task.add_done_callback(posting.discard)
    return answer

uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="error")
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A running server."""

    url: str
    key: str
    pid: int
    start_seconds: float


@contextmanager
def seedbed(history: Callable[[Path], None] | None = None, **settings: str) -> Iterator[Service]:
    """Start `seedbed serve` and stop it again; `engines` may name `nothing`, an idle engine.

    `history` is called with the new database before the service is measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        _plugin(Path(folder))
        kept = ""
        environment = os.environ | {
            "PYTHONPATH": folder,
            "PYTHONUNBUFFERED": "1",
            "SEEDBED_DATA_DIR": f"{folder}/data",
            "SEEDBED_RATE_LIMIT": "1000000",
            "SEEDBED_LOG_LEVEL": "error",
            **{f"SEEDBED_{name.upper()}": value for name, value in settings.items()},
        }
        if history is not None:
            first = _start(environment)
            kept = _greeting(first)[1]
            stop(first)
            history(Path(environment["SEEDBED_DATA_DIR"]) / "seedbed.db")
        started = time.perf_counter()
        process = _start(environment)
        try:
            url, key = _greeting(process)
            yield Service(url, key or kept, process.pid, time.perf_counter() - started)
        finally:
            stop(process)


def _start(environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "seedbed", "serve", "--port", "0"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@contextmanager
def plain() -> Iterator[Service]:
    """Start a FastAPI handler that parses and answers, and does nothing else."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", PLAIN, str(port)], stdout=subprocess.PIPE)
    try:
        while not listens(port):
            time.sleep(0.02)
        taken = time.perf_counter() - started
        yield Service(f"http://127.0.0.1:{port}", "", process.pid, taken)
    finally:
        stop(process)


def resident_bytes(pid: int) -> dict[str, int]:
    """Give the proportional memory of a process and of its descendants, in bytes.

    Shared pages count once over all of them, so the sum is what the machine really holds.
    """
    return {name: _proportional(process) for process, name in _family(pid)}


def _family(pid: int) -> Iterator[tuple[int, str]]:
    yield pid, f"{'server' if pid == os.getpid() else 'process'} {pid}"
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            yield from _family(int(path.parent.name))


def _proportional(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _plugin(folder: Path) -> None:
    (folder / "bench_nothing.py").write_text(PLUGIN)
    info = folder / "bench_nothing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bench-nothing\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[seedbed.engines]\nnothing = bench_nothing:create\n")


def _greeting(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line.strip().startswith("-d "):
            break
    url = re.search(r"ready at (\S+)", text)
    key = re.search(r"first key:\s+(\w+)", text)
    if url is None:
        raise RuntimeError(f"the service did not start: {text}")
    return url[1], key[1] if key else ""


def listens(port: int) -> bool:
    """Tell whether something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End a process and wait until it has."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
