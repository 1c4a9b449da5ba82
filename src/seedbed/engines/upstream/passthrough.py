"""A server of the SeeDream API as an engine: the request is passed on, the pictures are kept.

`ark` and `seedream` are this engine with another `Wire`. One picture is one request; several
independent ones are so many, together; a group is one stream, whose pictures come as they are
told; a picture taken apart is one request, all or nothing.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import structlog

from seedbed.engines.engine import (
    EncodedImage,
    EncodedLayer,
    EncodedLayers,
    EngineContext,
    EngineDescription,
    EngineError,
    EngineEvent,
    Failure,
    Job,
    Parts,
    Picture,
    Summary,
)
from seedbed.engines.upstream.client import (
    JSON_HEADERS,
    Client,
    Reply,
    Stream,
    Unanswerable,
)
from seedbed.engines.upstream.faults import error_of
from seedbed.engines.upstream.options import Link
from seedbed.engines.upstream.parallel import Part, as_they_come, failures
from seedbed.engines.upstream.pictures import PictureLost, Pictures

FEATURES = frozenset(
    {"image", "background", "layer_decomposition", "optimize_prompt_options", "tools"}
)
PASSED = (
    "size",
    "seed",
    "guidance_scale",
    "tools",
    "optimize_prompt_options",
    "background",
    "layer_decomposition",
    "output_format",
)
"""The fields that go on as the caller wrote them; one that was not written is the upstream's to
decide."""
MAX_SEED = 2**31 - 1
PARTIALS = frozenset({"image_generation.partial_succeeded", "image_generation.partial_failed"})
"""The events of one picture of a group; a preview (`partial_image`) is none."""
COMPLETED = "image_generation.completed"
FIRST_POLL, LAST_POLL, SLOWER = 0.5, 5.0, 1.5
"""Seconds before the first question about a task and before the last ones, and the factor of
growth between."""
UNKNOWN_POLLS = 5
"""Answers in a row that know nothing of a task, after which it is given up."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wire:
    """How a server of the API is spoken to."""

    path: str
    stream_type: str
    """The media type that a stream is asked for by."""
    tasks_path: str | None = None
    """Where a task is asked for, on a server that may answer with a task's id alone."""
    response_format: str = "url"
    is_idempotent: bool = False
    """Whether the server honours `Idempotency-Key`: it is then sent, made of the task's id."""


@dataclass(slots=True)
class _Told:
    """What the stream of a group has told so far."""

    indexes: set[int] = field(default_factory=set)
    """The pictures that it has told of, made or failed."""
    tool_usage: Mapping[str, int] = field(default_factory=dict)
    is_complete: bool = False
    error: EngineError | None = None


class PassThrough:
    """Passes requests on to one server."""

    def __init__(self, description: EngineDescription, link: Link, wire: Wire) -> None:
        self.description = description
        self._wire = wire
        self._link = link
        self._client = Client(link)
        self._pictures = Pictures(link)

    async def warm(self) -> None:
        """Look for the key; nothing is asked for before there is a request."""
        self._client.check()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()
        await self._pictures.close()

    def draw(self, job: Job, ctx: EngineContext) -> AsyncGenerator[EngineEvent, None]:
        """Pass the job on; raises `Unavailable` and `EngineError`."""
        if job.layer_decomposition:
            return self._parts(job)
        if job.is_group:
            return self._group(job)
        return self._singles(job)

    async def _singles(self, job: Job) -> AsyncGenerator[EngineEvent, None]:
        images = await _image_field(job)
        used: dict[str, int] = {}
        parts = [
            Part((index,), partial(self._single, job, index, images, used)) for index in job.indexes
        ]
        async with aclosing(as_they_come(parts)) as events:
            async for event in events:
                yield event
        if used:  # nothing else is to be said of so many pictures as were asked for
            yield Summary(job.image_count, used)

    async def _single(
        self, job: Job, index: int, images: bytes, used: dict[str, int]
    ) -> AsyncGenerator[EngineEvent, None]:
        reply = await self._asked(self._body(job, index, images), self._headers(job, index))
        item = _items(reply.said)[0]
        for name, times in _tool_usage(reply.said).items():
            used[name] = used.get(name, 0) + times
        yield await self._outcome(job, index, item, reply)

    async def _parts(self, job: Job) -> AsyncGenerator[EngineEvent, None]:
        body = self._body(job, 0, await _image_field(job))
        reply = await self._asked(body, self._headers(job, 0))
        items = sorted(_items(reply.said), key=lambda item: _whole(item.get("z_index")) or 0)
        for item in items:
            error = error_of(item)
            if error is not None:
                raise self._client.failure(error, reply.said, reply.headers)
        try:
            base, *layers = await asyncio.gather(*map(self._pictures.of, items))
        except PictureLost as lost:
            raise EngineError(str(lost)) from lost
        pairs = zip(layers, items[1:], strict=True)
        yield Parts(EncodedLayers(base, tuple(_layer(image, item) for image, item in pairs)))

    async def _group(self, job: Job) -> AsyncGenerator[EngineEvent, None]:
        """Pass a group's stream through; when it is cut, what has come stays."""
        body = self._body(job, None, await _image_field(job))
        headers = self._headers(job, None) | {"Accept": self._wire.stream_type}
        told, wanted = _Told(), frozenset(job.indexes)
        try:
            async with self._client.streaming(self._wire.path, body, headers) as stream:
                async for event in stream.events:
                    for index, item in self._news(event, stream, told):
                        if index in wanted:
                            yield await self._outcome(job, index, item, stream)
        except EngineError as error:
            if not told.is_complete:
                told.error = told.error or error
        if told.error is None and not told.is_complete:
            told.error = EngineError(
                "The upstream's stream was cut before its end; what it still had is lost."
            )
        if not told.indexes:
            raise told.error or EngineError("The upstream made no picture and did not say why.")
        in_all = _in_all(job, told)
        silent = told.error or EngineError("The upstream told nothing of this picture.")
        for failed in failures([i for i in range(in_all) if i in wanted], told.indexes, silent):
            yield failed
        yield Summary(in_all, told.tool_usage)

    def _news(
        self, event: Mapping[str, Any], stream: Stream, told: _Told
    ) -> list[tuple[int, dict[str, Any]]]:
        """List the pictures that an event of a group tells of first, each with its index.

        What it says of the group as a whole is noted in `told`.
        """
        kind = str(event.get("type", COMPLETED))
        error = error_of(event)
        if kind in PARTIALS:
            items = event.get("data") or [event]
            shared = {} if error is None else {"error": event["error"]}
        elif error is not None:
            told.error = self._client.failure(error, event, stream.headers)
            return []
        elif kind == COMPLETED:
            told.is_complete, told.tool_usage = True, _tool_usage(event)
            # A server that does not stream answers with all of them in one object.
            items, shared = event.get("data") if not told.indexes else [], {}
        else:
            return []
        news = list[tuple[int, dict[str, Any]]]()
        for item in items if isinstance(items, list) else []:
            if not isinstance(item, dict):
                continue
            index = _index(item, event, told.indexes)
            if index not in told.indexes:
                told.indexes.add(index)
                news.append((index, item | shared))
        return news

    async def _outcome(
        self, job: Job, index: int, item: Mapping[str, Any], around: Reply | Stream
    ) -> Picture | Failure:
        error = error_of(item)
        if error is not None:
            said = around.said if isinstance(around, Reply) else item
            failed = self._client.failure(error, said, around.headers)
            return Failure(index, failed.code, failed.message, failed.fault)
        try:
            image = await self._pictures.of(item)
        except PictureLost as lost:
            return Failure(index, "api_error", str(lost))
        prompt = item.get("prompt")
        return Picture(
            index,
            image,
            prompt=prompt if isinstance(prompt, str) and prompt not in ("", job.prompt) else None,
            is_finished=job.mask is None and image.media_type == f"image/{job.output_format}",
        )

    async def _asked(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a request, and wait for its task where the answer names no more than that."""
        reply = await self._client.ask(self._wire.path, body, headers)
        if self._wire.tasks_path and _is_only_task(reply.said):
            try:
                async with asyncio.timeout(self._link.timeout):
                    reply = await self._ended(self._wire.tasks_path, reply)
            except TimeoutError:
                raise EngineError("The upstream's task was not ready in time.", "timeout") from None
        error = error_of(reply.said)
        if error is not None:
            raise self._client.failure(error, reply.said, reply.headers)
        return reply

    async def _ended(self, path: str, accepted: Reply) -> Reply:
        """Ask for a task until it has ended; a question that may yet be answered is repeated.

        Whatever comes of it, the task was begun: nothing here is `Unavailable`.
        """
        question = json.dumps({"id": accepted.said["task_id"], "action": "retrieve"}).encode()
        pause, unknown = FIRST_POLL, 0
        while unknown < UNKNOWN_POLLS:
            await asyncio.sleep(pause)
            pause = min(pause * SLOWER, LAST_POLL)
            try:
                reply = await self._client.query(path, question)
            except Unanswerable as error:
                raise EngineError(
                    "The upstream took the request, which is not sent again, but does not tell of "
                    f"its task. {error.message}",
                    fault=error.fault,
                ) from error
            except EngineError as error:
                log.warning("upstream did not tell of its task", code=error.code)
                continue
            said = reply.said.get("response")
            if isinstance(said, dict) and said:
                return Reply(said, reply.headers)
            unknown = 0 if reply.said.get("id") else unknown + 1
        raise EngineError("The upstream does not know its task any more.")

    def _headers(self, job: Job, index: int | None) -> dict[str, str]:
        """Name the request after its task, so that both sides find it in their logs."""
        name = job.task_id if index is None or job.image_count == 1 else f"{job.task_id}-{index}"
        headers = JSON_HEADERS | {"X-Client-Request-Id": name}
        if self._wire.is_idempotent:
            headers["Idempotency-Key"] = name
        return headers

    def _body(self, job: Job, index: int | None, images: bytes) -> bytes:
        """Write the request for one picture, or for a group where there is no index."""
        asked = job.asked
        body: dict[str, Any] = {"model": self._link.model(job.model)}
        if job.prompt:
            body["prompt"] = job.prompt
        body |= _implied(job) | {name: asked[name] for name in PASSED if name in asked}
        if index and isinstance(body.get("seed"), int) and body["seed"] >= 0:
            body["seed"] = (body["seed"] + index) % (MAX_SEED + 1)
        # What is outside of a mask is put back afterwards, and the mark is made after that.
        body["watermark"] = job.watermark and job.mask is None
        body["response_format"] = self._wire.response_format
        if index is None:
            body |= _group_fields(job) | {"stream": True}
        head = json.dumps(body).encode()
        return b"".join((head[:-1], images, b"}")) if images else head


def _in_all(job: Job, told: _Told) -> int:
    """Count the pictures of a group that was told to its end, or was cut."""
    seen = max(told.indexes) + 1
    if told.error is None:
        return min(seen, job.image_count)
    # All that were asked for; where no number was, at least one more was to come.
    is_counted = _group_options(job).get("max_images") is not None
    return job.image_count if is_counted else min(seen + 1, job.image_count)


def _group_options(job: Job) -> Mapping[str, Any]:
    options = job.asked.get("sequential_image_generation_options")
    return options if isinstance(options, Mapping) else {}


def _group_fields(job: Job) -> dict[str, Any]:
    """Ask for a group as its caller did, but for no more pictures than it is to have.

    An engine that stands in may find the number settled already, below what was asked for: what
    it made beyond that would be paid for, and delivered to nobody.
    """
    options = _group_options(job)
    most = options.get("max_images")
    count = job.image_count if most is None else min(most, job.image_count)
    return {
        "sequential_image_generation": job.asked.get("sequential_image_generation", "auto"),
        "sequential_image_generation_options": {**options, "max_images": count},
    }


def _implied(job: Job) -> dict[str, Any]:
    """Say what a job is in the fields of the wire, for one whose caller spoke another."""
    said: dict[str, Any] = {}
    if job.layer_decomposition:
        said["layer_decomposition"] = True
    if job.background == "transparent":
        said["background"] = job.background
    if job.output_format == "png":  # also where only its being transparent asks for it
        said["output_format"] = job.output_format
    if job.optimize_prompt is not None:
        said["optimize_prompt_options"] = {"mode": job.optimize_prompt}
    return said


async def _image_field(job: Job) -> bytes:
    """Write the input pictures as a field of a request; away from the event loop, being large."""
    return await asyncio.to_thread(_as_json, job.images) if job.images else b""


def _as_json(images: Sequence[EncodedImage]) -> bytes:
    uris = [
        b'"data:%b;base64,%b"' % (one.media_type.encode(), base64.b64encode(one.data))
        for one in images
    ]
    return b',"image":' + (uris[0] if len(uris) == 1 else b"[%b]" % b",".join(uris))


def _items(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the pictures of an answer; raise `EngineError` where there are none."""
    data = said.get("data")
    items = [one for one in (data if isinstance(data, list) else [data]) if isinstance(one, dict)]
    if not items:
        raise EngineError("The upstream's answer holds no picture.")
    return items


def _index(item: Mapping[str, Any], event: Mapping[str, Any], told: set[int]) -> int:
    """Tell which picture an item is: as it says, or the next one."""
    for said in (item, event):
        index = _whole(said.get("image_index"))
        if index is not None:
            return index
    return next(index for index in count() if index not in told)


def _tool_usage(said: Mapping[str, Any]) -> dict[str, int]:
    usage = said.get("usage")
    tools = usage.get("tool_usage") if isinstance(usage, Mapping) else None
    if not isinstance(tools, Mapping):
        return {}
    return {str(name): times for name, times in tools.items() if _whole(times) is not None}


def _layer(image: EncodedImage, item: Mapping[str, Any]) -> EncodedLayer:
    bounds = item.get("bounding_box")
    box = bounds.get("absolute") if isinstance(bounds, Mapping) else None
    if not isinstance(box, list) or len(box) != 4 or any(_whole(edge) is None for edge in box):
        raise EngineError("The upstream's answer does not say where a layer lies.")
    left, top, right, bottom = box
    name, description = (str(item.get(field) or "") for field in ("name", "description"))
    return EncodedLayer(image, (left, top, right, bottom), name, description)


def _is_only_task(said: Mapping[str, Any]) -> bool:
    has_id = isinstance(said.get("task_id"), str)
    return has_id and not said.get("data") and error_of(said) is None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
