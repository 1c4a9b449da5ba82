"""Measures what durability costs: accepting, calling back, streaming, and a long history."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bench.load import Load, load, message
from bench.service import Service, plain, resident_bytes, seedbed
from seedbed.storage.database import Database

SMALL = {"prompt": "a cat", "model": "doubao-seedream-3.0-t2i", "size": "512x512"}
WAITING = SMALL | {"prompt": "wait", "async": True}
STREAMED = {"prompt": "wait", "model": "doubao-seedream-4.0", "size": "1K", "stream": True}
IDLE = {"engines": json.dumps({"*": "nothing"}), "max_unfinished_tasks": "1000000"}
ACCEPTS = 1000
CALLBACKS = 100
STREAMS = 500
LONG_HISTORY, SHORT_HISTORY = 1_000_000, 1_000
BATCH = 20_000


def measures() -> Iterator[str]:
    """Give every measure, a line each, beside that of a handler that keeps nothing."""
    with plain() as bare, seedbed(**IDLE) as service:
        yield from asyncio.run(_accepting(bare, service))
    with plain() as bare, seedbed(**IDLE) as service:  # one with nothing waiting in it
        yield from asyncio.run(_calling_back(bare, service))
    with plain() as bare:
        without = asyncio.run(_streaming(bare))
    with seedbed(**IDLE) as service:
        yield from _compared(asyncio.run(_streaming(service)), without)
    yield from _histories()


async def _accepting(bare: Service, service: Service) -> list[str]:
    lines = []
    for connections in (1, 8, 64):
        base = await _asked(bare, SMALL, connections)
        kept = await _asked(service, WAITING, connections)
        lines.append(
            f"  {connections:>2} connections: {kept.per_second:6.0f} durable accepts/s, median "
            f"{_ms(kept.quantile(0.5))}, 99 % {_ms(kept.quantile(0.99))}; "
            f"{kept.per_second / base.per_second:.2f} of a plain handler ({base.per_second:.0f}/s)"
            + _failed(kept)
        )
    return lines


async def _asked(service: Service, body: dict[str, object], connections: int) -> Load:
    url = f"{service.url}/seedream/images"
    await load(url, connections=connections, requests=50, body=body, key=service.key)
    return await load(url, connections=connections, requests=ACCEPTS, body=body, key=service.key)


async def _calling_back(bare: Service, service: Service) -> list[str]:
    with_us = await _callback_seconds(service)
    without = await _callback_seconds(bare)
    ours, theirs = statistics.median(with_us), statistics.median(without)
    return [
        f"  submit to signed callback, 512²: median {_ms(ours)}, slowest {_ms(max(with_us))}; "
        f"{ours / theirs:.1f} times a plain handler ({_ms(theirs)})"
    ]


async def _callback_seconds(service: Service) -> list[float]:
    arrived: asyncio.Queue[float] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
        arrived.put_nowait(time.perf_counter())
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    body = SMALL | {"callback_url": f"http://127.0.0.1:{port}/"}
    seconds = []
    for _ in range(CALLBACKS):
        began = time.perf_counter()
        await load(
            f"{service.url}/seedream/images",
            connections=1,
            requests=1,
            body=body,
            key=service.key,
        )
        seconds.append(await asyncio.wait_for(arrived.get(), 30) - began)
    server.close()
    return seconds


async def _streaming(service: Service) -> tuple[int, float, float, float]:
    """Open many streams: how many are open, in how long, what they weigh, how /health does."""
    before = sum(resident_bytes(service.pid).values())
    target = urlsplit(service.url)
    request = message(f"{service.url}/seedream/images", STREAMED, service.key)
    began = time.perf_counter()
    writers = []
    opened = 0
    for _ in range(STREAMS):
        reader, writer = await asyncio.open_connection(target.hostname, target.port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        opened += head.startswith(b"HTTP/1.1 200")
        writers.append(writer)
    took = time.perf_counter() - began
    await asyncio.sleep(6)  # until each has had a sign of life
    path = "/health" if service.key else "/docs"
    probe = await load(f"{service.url}{path}", connections=1, requests=50)
    after = sum(resident_bytes(service.pid).values())
    for writer in writers:
        writer.close()
    return opened, took, (after - before) / STREAMS, probe.quantile(0.5)


def _compared(
    ours: tuple[int, float, float, float], plain: tuple[int, float, float, float]
) -> Iterator[str]:
    opened, took, weight, health = ours
    yield (
        f"  {opened} streams open at once in one process, each a durable task: opened in "
        f"{took:.2f} s ({took / plain[1]:.1f} times a plain handler), {weight / 1024:.0f} kB each "
        f"({plain[2] / 1024:.0f} kB), /health beside them {_ms(health)}"
    )


def _histories() -> Iterator[str]:
    times = {}
    for count in (SHORT_HISTORY, LONG_HISTORY):
        with seedbed(lambda path, count=count: fill(path, count), **IDLE) as service:
            times[count] = asyncio.run(_times(service))
    for name in ("submit", "retrieve", "list"):
        short, long = times[SHORT_HISTORY][name], times[LONG_HISTORY][name]
        yield (
            f"  {name} with {LONG_HISTORY:,} tasks in the database: median {_ms(long)}, "
            f"{long / short:.2f} of its time with {SHORT_HISTORY:,} ({_ms(short)})"
        )


async def _times(service: Service) -> dict[str, float]:
    """Give the median seconds of a submit, a retrieve and a listing, one after the other."""
    known = {"id": _id(0), "action": "retrieve"}
    newest = {"action": "retrieve_batch", "limit": 12}
    asked = {
        "submit": (f"{service.url}/seedream/images", WAITING),
        "retrieve": (f"{service.url}/seedream/tasks", known),
        "list": (f"{service.url}/seedream/tasks", newest),
    }
    medians = {}
    for name, (url, body) in asked.items():
        await load(url, connections=1, requests=100, body=body, key=service.key)
        done = await load(url, connections=1, requests=600, body=body, key=service.key)
        if done.failures:
            raise RuntimeError(f"{name}: {done.failures} requests failed")
        medians[name] = done.quantile(0.5)
    return medians


def fill(path: Path, count: int) -> None:
    """Write so many finished tasks, with pictures and ledger entries, for the first application."""
    database = Database(path)
    connection = database.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("SELECT id, user_id FROM applications")
    application, user = cursor.fetchone()
    now = time.time()
    for begin in range(0, count, BATCH):
        numbers = range(begin, min(begin + BATCH, count))
        cursor.execute("BEGIN")
        cursor.executemany(
            "INSERT INTO tasks (id, application_id, user_id, trace_id, state, attempt, owner,"
            " model, request, width, height, image_count, seed, price, progress, created_at,"
            " deadline_at, started_at, finished_at) VALUES (?, ?, ?, ?, 'succeeded', 1, 'nobody',"
            " 'doubao-seedream-3-0-t2i-250415', ?, 512, 512, 1, 7, 1000000, 1, ?, ?, ?, ?)",
            [
                (_id(n), application, user, _id(n + count), json.dumps(SMALL), *_lived(now, n))
                for n in numbers
            ],
        )
        cursor.executemany(
            "INSERT INTO images (task_id, image_index, ordinal, blob_key, media_type, width,"
            " height, created_at) VALUES (?, 0, 1, ?, 'image/jpeg', 512, 512, ?)",
            [(_id(n), f"ab/cd/{'ab' * 32}.jpg", now - n) for n in numbers],
        )
        for kind in ("reserve", "settle"):
            cursor.executemany(
                "INSERT INTO ledger_entries (application_id, task_id, kind, image_index, available,"
                " reserved, created_at) VALUES (?, ?, ?, ?, 0, 0, ?)",
                [(application, _id(n), kind, -1, now - n) for n in numbers],
            )
        cursor.execute("COMMIT")
    connection.close()
    database.close()


def _id(number: int) -> str:
    """A task id that looks like any, and can be made again."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(number)))


def _lived(now: float, number: int) -> tuple[float, float, float, float]:
    return now - number - 9, now + 900, now - number - 8, now - number - 7


def _failed(result: Load) -> str:
    return f", {result.failures} FAILED" if result.failures else ""


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"
