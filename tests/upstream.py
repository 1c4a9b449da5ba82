"""A mock upstream on loopback that speaks three wires and goes wrong as its script says.

    async with Upstream() as upstream:
        upstream.script = [refused(429, "RateLimitExceeded", retry_after="7"), ok]
        ...
        assert len(upstream.requests) == 1

Each request for pictures is answered by the next entry of the script, and by `ok` after its end.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self, TypeAlias

from aiohttp import web
from PIL import Image

from seedbed.engines.engine import Engine, EngineContext, EngineEvent, Job

KEY = "a-key-of-the-upstream"
MODEL = "doubao-seedream-4-0-250828"
MAX_BODY = 64 * 1024 * 1024
PATHS = {
    "ark": "/api/v3/images/generations",
    "seedream": "/seedream/images",
    "openai": "/v1/images/generations",
    "edits": "/v1/images/edits",
}
BASES = {"ark": "/api/v3", "seedream": "", "openai": "/v1"}


@cache
def picture(number: int, kind: str = "jpeg", size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture whose colour tells its number; a PNG has a corner that is transparent."""
    image = Image.new("RGBA", size, (number * 7 % 256, number * 31 % 256, 90))
    if kind == "png":
        image.paste((0, 0, 0, 0), (0, 0, 8, 8))
    return encoded(image if kind == "png" else image.convert("RGB"), kind)


def encoded(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@dataclass(frozen=True)
class Asked:
    """A request for pictures as it came."""

    wire: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    """Its JSON, or the fields of its form; a file is its bytes, several of a name are a list."""

    @property
    def streams(self) -> bool:
        return self.body.get("stream") in (True, "true")

    @property
    def count(self) -> int:
        """How many pictures it asks for."""
        options = self.body.get("sequential_image_generation_options") or {}
        return int(self.body.get("n") or options.get("max_images") or 1)


@dataclass
class Upstream:
    """The server; what it was asked, and what it is to answer."""

    script: list[Answer] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)
    """Questions about tasks."""
    tasks: list[dict[str, Any]] = field(default_factory=list)
    """What the next questions about a task are answered with; the last stays."""
    downloads: Counter[str] = field(default_factory=Counter)
    files: dict[str, list[Callable[[], web.StreamResponse]]] = field(default_factory=dict)
    """How a picture's next downloads go wrong, by its path."""
    under_way: int = 0
    most_under_way: int = 0
    hung_up: int = 0
    """Requests whose caller went away."""
    url: str = ""
    made: int = 0
    kind: str = "jpeg"
    port: int = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY)
        for wire, path in PATHS.items():
            app.router.add_post(path, self._handler(wire))
        app.router.add_post("/seedream/tasks", self._task)
        app.router.add_get("/pictures/{name}", self._picture)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()

    def base_url(self, wire: str) -> str:
        return self.url + BASES[wire]

    def new_picture(self) -> str:
        """Make one more picture and give its path."""
        self.made += 1
        return f"/pictures/{self.made}.{self.kind}"

    def item(self, asked: Asked, number: int | None = None) -> dict[str, Any]:
        """One picture as an item of an answer."""
        path = self.new_picture()
        item: dict[str, Any] = {"size": "64x48"}
        if asked.body.get("optimize_prompt_options") and asked.wire == "seedream":
            item["prompt"] = f"{asked.body['prompt']}, in the evening light"
        if asked.body.get("response_format") == "b64_json" or (
            asked.wire in ("openai", "edits") and asked.body.get("response_format") != "url"
        ):
            item["b64_json"] = base64.b64encode(picture(self.made, self.kind)).decode()
        elif asked.wire == "seedream":
            item["image_url"] = self.url + path
        else:
            item["url"] = self.url + path
        return item

    def answer(self, asked: Asked, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A whole answer of the wire."""
        usage = {"generated_images": len(items), "output_tokens": 12, "total_tokens": 12}
        if asked.body.get("tools"):
            usage["tool_usage"] = {"web_search": 2}  # type: ignore[assignment]
        if asked.wire == "seedream":
            ids = {"task_id": f"task-{len(self.requests)}", "trace_id": "trace-1"}
            return {"success": True, **ids, "data": list(items), "usage": usage}
        said = {"created": 1, "data": list(items), "usage": usage}
        return said | ({"model": asked.body["model"]} if asked.wire == "ark" else {})

    def _handler(self, wire: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            try:
                if request.headers.get("Authorization") != f"Bearer {KEY}":
                    return error(401, "AuthenticationError", f"no such key {KEY[:4]}")
                asked = Asked(wire, request.headers.copy(), await _body(request))
                self.requests.append(asked)
                answer = self.script.pop(0) if self.script else ok
                return await answer(self, request, asked)
            except (asyncio.CancelledError, ConnectionError):
                self.hung_up += 1
                raise
            finally:
                self.under_way -= 1

        return handle

    async def _task(self, request: web.Request) -> web.StreamResponse:
        self.queries.append(await request.json())
        said = self.tasks.pop(0) if len(self.tasks) > 1 else self.tasks[0]
        return web.json_response(said, status=said.pop("status", 200))

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        self.downloads[request.path] += 1
        faults = self.files.get(request.path) or self.files.get("*")
        if faults:
            return faults.pop(0)()
        number, _, kind = request.match_info["name"].partition(".")
        return web.Response(body=picture(int(number), kind), content_type=f"image/{kind}")


Answer: TypeAlias = Callable[[Upstream, web.Request, Asked], Awaitable[web.StreamResponse]]


async def ok(upstream: Upstream, request: web.Request, asked: Asked) -> web.StreamResponse:
    """All that is asked for."""
    if asked.streams:
        return await streamed()(upstream, request, asked)
    if asked.body.get("layer_decomposition"):
        return web.json_response(upstream.answer(asked, apart(asked)), headers=IDS)
    items = [upstream.item(asked) for _ in range(asked.count)]
    return web.json_response(upstream.answer(asked, items), headers=IDS)


def apart(asked: Asked) -> list[dict[str, Any]]:
    """The picture itself as the base, and its middle as a layer."""
    data = base64.b64decode(asked.body["image"].partition(",")[2])
    image = Image.open(io.BytesIO(data)).convert("RGB")
    width, height = image.size
    box = (width // 4, height // 4, width * 3 // 4, height * 3 // 4)
    layer = encoded(image.crop(box).convert("RGBA"), "png")
    return [
        {"z_index": 0, "b64_json": base64.b64encode(encoded(image, "png")).decode()},
        {
            "z_index": 1,
            "b64_json": base64.b64encode(layer).decode(),
            "name": "middle",
            "description": "What is in the middle.",
            "bounding_box": {"absolute": list(box), "normalized": [250, 250, 750, 750]},
        },
    ]


IDS = {"x-request-id": "request-1"}


def answers(said: Any, status: int = 200, **headers: str) -> Answer:
    """An answer as it is written."""

    async def answer(*_: Any) -> web.StreamResponse:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return web.Response(status=status, body=body, headers=IDS | headers)

    return answer


def error(status: int, code: str | None, message: str, **headers: str) -> web.Response:
    said = {"error": {"code": code, "message": message, "param": "", "type": "SomeType"}}
    return web.json_response(said, status=status, headers=IDS | headers)


def refused(status: int, code: str | None, message: str = "No.", **headers: str) -> Answer:
    """A refusal in the words of the wire."""

    async def answer(*_: Any) -> web.StreamResponse:
        return error(status, code, message, **headers)

    return answer


def slow(seconds: float, then: Answer = ok) -> Answer:
    async def answer(*given: Any) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await then(*given)

    return answer


async def hangs_up(upstream: Upstream, request: web.Request, asked: Asked) -> web.StreamResponse:
    """The connection ends before an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def streamed(
    tells: int | None = None,
    *,
    fails: Mapping[int, str] | None = None,
    error: Mapping[str, Any] | None = None,
    cut: str | None = None,
    pause: float = 0,
    with_index: bool = True,
    chunk: int | None = None,
) -> Answer:
    """A stream in the form of its wire.

    It tells of so many pictures, some of which have `fails` with that code; then of a general
    `error`, or is `cut` (by `abort`, or by `end`, without a last event), or is completed.
    """

    async def answer(upstream: Upstream, request: web.Request, asked: Asked) -> web.StreamResponse:
        is_sse = asked.wire != "seedream"
        response = web.StreamResponse(headers=IDS)
        response.content_type = "text/event-stream" if is_sse else "application/x-ndjson"
        await response.prepare(request)

        async def tell(event: dict[str, Any]) -> None:
            data = json.dumps(event)
            text = (
                f": hi\r\nevent: {event.get('type')}\r\ndata: {data}\r\n\r\n"
                if is_sse
                else data + "\n\n"
            )
            raw = text.encode()
            for start in range(0, len(raw), chunk or len(raw)):
                await response.write(raw[start : start + (chunk or len(raw))])
                if chunk:
                    await asyncio.sleep(0)

        for index in range(asked.count if tells is None else tells):
            place = {"image_index": index} if with_index else {}
            if fails and index in fails:
                failed = {"code": fails[index], "message": "This one not."}
                await tell({"type": "image_generation.partial_failed", **place, "error": failed})
            else:
                item = upstream.item(asked)
                data = item if is_sse else {"data": [item]}
                await tell({"type": "image_generation.partial_succeeded", **place, **data})
            await asyncio.sleep(pause)
        if error is not None:
            await tell({"error": dict(error)} | ({} if is_sse else {"trace_id": "trace-1"}))
            await asyncio.sleep(0.05)
        if cut == "abort":
            assert request.transport is not None
            request.transport.abort()
        elif error is None and cut is None:
            usage = upstream.answer(asked, [])["usage"]
            await tell({"type": "image_generation.completed", "usage": usage})
            if is_sse:
                await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    return answer


def status_of_file(status: int) -> Callable[[], web.StreamResponse]:
    return lambda: web.Response(status=status, text="gone")


def bytes_of_file(data: bytes) -> Callable[[], web.StreamResponse]:
    return lambda: web.Response(body=data, content_type="image/jpeg")


@contextmanager
def in_a_thread(kind: str = "jpeg") -> Iterator[Upstream]:
    """Run one beside tests that have no loop of their own, or one each."""
    loop, upstream = asyncio.new_event_loop(), Upstream(kind=kind)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(upstream.__aenter__(), loop).result(10)
        yield upstream
        asyncio.run_coroutine_threadsafe(upstream.__aexit__(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        said = await request.json()
        assert isinstance(said, dict)
        return said
    form: dict[str, Any] = {}
    for name, value in (await request.post()).items():
        read = value.file.read() if isinstance(value, web.FileField) else value
        form[name] = [*_as_list(form[name]), read] if name in form else read
    return form


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def job(**fields: Any) -> Job:
    """A job for one picture, or what the fields say."""
    count = fields.get("image_count", 1)
    asked = {"model": MODEL, "prompt": "a cat"} | fields.pop("asked", {})
    plain = {
        "task_id": "task-a",
        "model": MODEL,
        "prompt": "a cat",
        "width": 1024,
        "height": 1024,
        "seed": 7,
        "indexes": tuple(range(count)),
    }
    return Job(**(plain | fields), asked=asked)


def group(count: int = 3, **fields: Any) -> Job:
    """A job for a group of at most so many."""
    asked = {
        "sequential_image_generation": "auto",
        "sequential_image_generation_options": {"max_images": count},
    } | fields.pop("asked", {})
    return job(image_count=count, is_group=True, asked=asked, **fields)


async def drawn(engine: Engine, wanted: Job) -> list[EngineEvent]:
    """All that an engine makes of a job."""
    return [event async for event in engine.draw(wanted, EngineContext())]
