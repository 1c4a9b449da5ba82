"""Measures the service, in one run: `python -m bench`.

Absolute figures are this machine's; the ratios are what to compare.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator

from bench import tasks, upstreams
from bench.load import Load, load
from bench.service import Service, plain, resident_bytes, seedbed
from seedbed.workers import ONE_THREAD_EACH

REQUESTS = 800
CONNECTIONS = 8


def main() -> None:
    """Print every measure, a line each."""
    for line in _measures():
        print(line, flush=True)


def _measures() -> Iterator[str]:
    yield "every picture of the gallery on one core, drawn and finished as a watermarked JPEG"
    yield from _run("bench.pictures")
    yield "edits of photos on one core"
    yield from _run("bench.edits")
    yield "requests on 8 connections"
    yield from _requests()
    yield "tasks that are kept, beside a plain FastAPI handler that keeps nothing"
    yield from tasks.measures()
    yield "a door before an upstream that answers at once"
    yield from upstreams.measures()
    yield "the service while every worker draws 4096 x 4096"
    with seedbed() as service:
        yield from asyncio.run(_under_load(service))


def _run(module: str) -> Iterator[str]:
    command = [sys.executable, "-m", module]
    environment = os.environ | ONE_THREAD_EACH  # as a worker has it
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as drawing:
        assert drawing.stdout is not None
        for line in drawing.stdout:
            yield line.rstrip("\n")


def _requests() -> Iterator[str]:
    small = {"prompt": "a cat", "model": "doubao-seedream-3.0-t2i", "size": "512x512"}
    with plain() as bare:
        base = asyncio.run(_load(bare, small, REQUESTS * 2))
    yield f"  a plain FastAPI handler that keeps nothing  {_line(base)}"
    with seedbed(engines=json.dumps({"*": "nothing"})) as service:
        health = asyncio.run(
            load(f"{service.url}/health", connections=CONNECTIONS, requests=REQUESTS)
        )
        tasks = asyncio.run(_load(service, small, REQUESTS))
        yield f"  /health  {_line(health)}"
        yield (
            f"  a durable task, an engine that draws nothing  {_line(tasks)}  "
            f"{tasks.per_second / base.per_second:.2f} of the plain handler"
        )
        yield f"  start to ready in {service.start_seconds:.2f} s"
    with seedbed() as service:
        one = {"prompt": "three red apples on a table", "size": "1K"}
        pictures = asyncio.run(_load(service, one, 40))
        yield f"  1K pictures by sketch  {_line(pictures)}"
        memory = resident_bytes(service.pid)
        each = ", ".join(f"{size / 1e6:.0f}" for size in sorted(memory.values(), reverse=True))
        total = sum(memory.values()) / 1e6
        yield f"  memory after that: {total:.0f} MB in all ({each} MB a process)"


async def _load(service: Service, body: dict[str, object], requests: int) -> Load:
    url = f"{service.url}/seedream/images"
    await load(url, connections=2, requests=8, body=body, key=service.key)
    return await load(url, connections=CONNECTIONS, requests=requests, body=body, key=service.key)


async def _under_load(service: Service) -> list[str]:
    large = {"prompt": "a castle in the mountains at sunset", "size": "4096x4096"}
    url = f"{service.url}/seedream/images"
    drawing = asyncio.create_task(
        load(url, connections=8, requests=16, body=large, key=service.key)
    )
    await asyncio.sleep(1)
    latencies: list[float] = []
    while not drawing.done():
        probe = await load(f"{service.url}/health", connections=1, requests=1)
        latencies += probe.latencies
        await asyncio.sleep(0.01)
    pictures = await drawing
    health = Load(1, tuple(latencies), 0)
    memory = sum(resident_bytes(service.pid).values()) / 1e6
    return [
        f"  /health median {_ms(health.quantile(0.5))}, 99 % {_ms(health.quantile(0.99))}, slowest "
        f"{_ms(max(latencies))} of {len(latencies)}",
        f"  4096² pictures  {_line(pictures)};  memory {memory:.0f} MB",
    ]


def _line(result: Load) -> str:
    failed = f", {result.failures} FAILED" if result.failures else ""
    return (
        f"{result.per_second:7.1f}/s, median {_ms(result.quantile(0.5))}, 99 % "
        f"{_ms(result.quantile(0.99))}{failed}"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
