"""The engine `openai`: any server of OpenAI's Images API, such as vLLM-Omni, SGLang or LocalAI.

Its pictures are a model's, not a service's: they get our size, mark and metadata like those of
any engine. What such servers differ in is an option.
"""

from __future__ import annotations

import asyncio
import io
import json
import math
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
from aiohttp import FormData
from PIL import Image

from seedbed.engines.engine import (
    EncodedImage,
    Engine,
    EngineContext,
    EngineDescription,
    EngineError,
    EngineEvent,
    Failure,
    Job,
    Picture,
    Pixels,
    Preview,
)
from seedbed.engines.upstream.client import JSON_HEADERS, Client
from seedbed.engines.upstream.events import SSE
from seedbed.engines.upstream.faults import error_of
from seedbed.engines.upstream.options import (
    Link,
    Option,
    boolean,
    choice,
    connection,
    count,
    link_of,
    read_options,
    some_of,
    table,
)
from seedbed.engines.upstream.parallel import Part, as_they_come
from seedbed.engines.upstream.pictures import PictureLost, Pictures

GENERATIONS, EDITS = "/images/generations", "/images/edits"
MAX_PARTIAL_IMAGES = 3
MAX_PREVIEW_PIXELS = 16_777_216
SEEDS = 2**31
SEED_STEP = 7919
"""Between the seeds of pictures that are asked for one by one."""
OURS = frozenset({"model", "prompt", "n", "size", "image", "mask", "stream", "partial_images"})
"""Fields of a request that `extra` may not set."""

_SIZE = re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}")


def sizes(value: object) -> tuple[str, ...]:
    """Read a list of sizes."""
    if isinstance(value, list | tuple) and all(
        isinstance(one, str) and _SIZE.fullmatch(one) for one in value
    ):
        return tuple(value)
    raise ValueError("must be a list such as ['1024x1024', '1536x1024']")


def extra(value: object) -> dict[str, Any]:
    """Read fields that go into every request."""
    fields = table(value)
    if taken := sorted(fields.keys() & OURS):
        raise ValueError(f"may not set {', '.join(taken)}, which the request decides")
    return fields


OPTIONS = (
    *connection("https://api.openai.com/v1", "OPENAI_API_KEY"),
    Option("sizes", (), "The sizes that the model draws, as `WIDTHxHEIGHT`: the one nearest in "
           "shape is asked for, and brought to the exact size here. Without any, the exact size "
           "is asked for.", sizes),
    Option("max_n", 10, "Pictures that one request may ask for; more are several requests.",
           count(1, 100)),
    Option("fields", (), "Fields beyond OpenAI's that the server takes, of `seed` and "
           "`guidance_scale`.", some_of("seed", "guidance_scale")),
    Option("response_format", None, "`b64_json` or `url`, for a server that is to be told; "
           "gpt-image refuses the field.", choice("b64_json", "url", None)),
    Option("edits", True, "Whether the server takes input pictures and masks, at `/images/edits`.",
           boolean),
    Option("transparent", False, "Whether the model draws on a transparent background.", boolean),
    Option("stream", False, "Whether the server streams previews of an unfinished picture.",
           boolean),
    Option("extra", {}, "Further fields of every request, such as `quality`.", extra),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one server takes and can do."""

    sizes: tuple[str, ...]
    max_n: int
    fields: tuple[str, ...]
    response_format: str | None
    stream: bool
    extra: Mapping[str, Any]


class OpenAIEngine:
    """Asks one server for pictures."""

    def __init__(self, description: EngineDescription, link: Link, dialect: Dialect) -> None:
        self.description = description
        self._link = link
        self._dialect = dialect
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
        """Ask for the job's pictures; raises `Unavailable` and `EngineError`."""
        shows = self._dialect.stream and job.previews > 0
        # An event of a stream does not say which of several pictures it is of.
        most = 1 if shows else self._dialect.max_n
        ask = self._streamed if shows else self._asked
        starts = range(0, len(job.indexes), most)
        groups = [job.indexes[start : start + most] for start in starts]
        return as_they_come([Part(indexes, partial(ask, job, indexes)) for indexes in groups])

    async def _asked(self, job: Job, indexes: tuple[int, ...]) -> AsyncGenerator[EngineEvent, None]:
        path, body, headers = await _request(self._fields(job, indexes), job)
        reply = await self._client.ask(path, body, headers)
        error = error_of(reply.said)
        if error is not None:
            raise self._client.failure(error, reply.said, reply.headers)
        data = reply.said.get("data")
        items = data if isinstance(data, list) else []
        for place, index in enumerate(indexes):
            if place < len(items) and isinstance(items[place], dict):
                yield await self._picture(index, items[place])
            else:
                yield Failure(
                    index,
                    "api_error",
                    f"The upstream made {len(items)} of {len(indexes)} pictures.",
                )

    async def _streamed(
        self, job: Job, indexes: tuple[int, ...]
    ) -> AsyncGenerator[EngineEvent, None]:
        (index,) = indexes
        fields = self._fields(job, indexes) | {
            "stream": True,
            "partial_images": min(job.previews, MAX_PARTIAL_IMAGES),
        }
        path, body, headers = await _request(fields, job)
        shown = 0
        async with self._client.streaming(path, body, headers | {"Accept": SSE}) as stream:
            async for event in stream.events:
                kind, error = str(event.get("type", "")), error_of(event)
                if error is not None:
                    raise self._client.failure(error, event, stream.headers)
                if kind.endswith(".partial_image"):
                    pixels = await self._preview(event) if shown < job.previews else None
                    if pixels is not None:
                        shown += 1
                        yield Preview(index, pixels)
                elif kind.endswith(".completed"):
                    yield await self._picture(index, event)
                    return
                elif isinstance(event.get("data"), list) and event["data"]:
                    # A server that does not stream answers as ever.
                    yield await self._picture(index, event["data"][0])
                    return
        raise EngineError("The upstream's stream was cut before its picture was finished.")

    async def _picture(self, index: int, item: Mapping[str, Any]) -> Picture | Failure:
        try:
            image = await self._pictures.of(item)
        except PictureLost as lost:
            return Failure(index, "api_error", str(lost))
        prompt = item.get("revised_prompt")
        return Picture(index, image, prompt=prompt if isinstance(prompt, str) and prompt else None)

    async def _preview(self, event: Mapping[str, Any]) -> Pixels | None:
        """Decode a preview; one that cannot be decoded is not shown, and the picture goes on."""
        try:
            image = await self._pictures.of(event)
        except PictureLost:
            return None
        return await asyncio.to_thread(_pixels, image)

    def _fields(self, job: Job, indexes: Sequence[int]) -> dict[str, Any]:
        dialect = self._dialect
        fields: dict[str, Any] = {
            "model": self._link.model(job.model),
            "prompt": job.prompt,
            "size": nearest(dialect.sizes, job.width, job.height),
        }
        if len(indexes) > 1:
            fields["n"] = len(indexes)
        if dialect.response_format is not None:
            fields["response_format"] = dialect.response_format
        if job.background == "transparent":
            fields |= {"background": "transparent", "output_format": "png"}
        if "seed" in dialect.fields:
            fields["seed"] = (job.seed + SEED_STEP * indexes[0]) % SEEDS
        if "guidance_scale" in dialect.fields and job.guidance_scale is not None:
            fields["guidance_scale"] = job.guidance_scale
        return {**dialect.extra, **fields}


def nearest(allowed: Sequence[str], width: int, height: int) -> str:
    """Choose the size that is nearest in shape, then in area; the exact one where any is taken."""
    if not allowed:
        return f"{width}x{height}"

    def distance(size: str) -> tuple[float, float]:
        w, h = map(int, size.split("x"))
        return (
            round(abs(math.log(w * height / (h * width))), 6),
            abs(math.log(w * h / (width * height))),
        )

    return min(allowed, key=distance)


async def _request(
    fields: Mapping[str, Any], job: Job
) -> tuple[str, bytes | FormData, dict[str, str]]:
    """Write a request: JSON, or a form where there are input pictures."""
    headers = JSON_HEADERS | {"X-Client-Request-Id": job.task_id}
    if not job.images:
        return GENERATIONS, json.dumps(fields).encode(), headers
    del headers["Content-Type"]  # the form's own names its boundary
    form = FormData()
    for name, value in fields.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    # As OpenAI's own client: one file by this name, several by that.
    name = "image" if len(job.images) == 1 else "image[]"
    for number, image in enumerate(job.images):
        _add_file(form, name, f"image{number}", image)
    if job.mask is not None:
        _add_file(form, "mask", "mask", job.mask)
    return EDITS, form, headers


def _add_file(form: FormData, name: str, stem: str, image: EncodedImage) -> None:
    ending = image.media_type.rpartition("/")[2]
    form.add_field(name, image.data, filename=f"{stem}.{ending}", content_type=image.media_type)


def _pixels(image: EncodedImage) -> Pixels | None:
    try:
        with Image.open(io.BytesIO(image.data), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > MAX_PREVIEW_PIXELS:
                return None
            return cast(Pixels, np.asarray(opened.convert("RGB")))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def create(options: Mapping[str, Any]) -> Engine:
    """Create the engine; raise ValueError for a wrong option."""
    values = read_options("openai", OPTIONS, options)
    link = link_of("openai", values)
    features = {
        "image": values["edits"],
        "mask": values["edits"],
        "background": values["transparent"],
    }
    description = EngineDescription(
        name="openai",
        summary="Any server of OpenAI's Images API.",
        features=frozenset(name for name, is_offered in features.items() if is_offered),
        concurrency=link.concurrency,
        repeatable=False,
    )
    names = ("sizes", "max_n", "fields", "response_format", "stream", "extra")
    return OpenAIEngine(description, link, Dialect(**{name: values[name] for name in names}))
