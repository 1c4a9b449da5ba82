"""What an assistant is told of a task: a text, and small copies of its pictures."""

from __future__ import annotations

import base64
import math
import time
from collections.abc import Iterator, Sequence

from mcp.types import CallToolResult, ContentBlock, ImageContent, TextContent

from seedbed.contract.errors import ApiError
from seedbed.engines.engine import EncodedImage
from seedbed.imaging.formats import UnreadableImage
from seedbed.imaging.thumbnail import thumbnail
from seedbed.resources import Resources
from seedbed.service.answers import OUTPUT_FORMATS, Record, progress_of
from seedbed.storage.blobs import BlobNotFound
from seedbed.tasks.states import State
from seedbed.tasks.task import Image, TaskView
from seedbed.workers import WorkerCrashed, WorkerTimeout

EDGE = 768
"""Pixels of the longest edge of a single small copy; several share the room of one and a half."""
LEAST_EDGE = 192
SECONDS = 30.0
"""Seconds that the small copy of one picture may take."""


def refusal(error: ApiError) -> CallToolResult:
    """Say why a call came to nothing."""
    return CallToolResult(
        content=[TextContent(text=f"{error.code}: {error.message}")], is_error=True
    )


async def shown(
    held: Resources, record: Record, base_url: str | None, ignored: Sequence[str] = ()
) -> CallToolResult:
    """Show a task as it is now; one that failed is an error of the tool.

    Pictures are told by URLs that begin with `base_url`; without one, as files of this machine.
    """
    view = record.view
    copies = await _copies(held, view.delivered)
    lines = [*_state(record), *_remarks(view, ignored)]
    lines += [_picture(held, view, image, base_url) for image in view.images]
    if copies:
        lines.append("What is shown here are smaller copies.")
    content: list[ContentBlock] = [TextContent(text="\n".join(lines)), *copies]
    failed = view.task.state in (State.FAILED, State.CANCELLED)
    return CallToolResult(content=content, is_error=failed)


def _state(record: Record) -> Iterator[str]:
    view = record.view
    task = view.task
    yield f"Task {task.id}: {task.state}."
    if task.error is not None:
        yield f"{task.error.code}: {task.error.message}"
    if not task.state.is_final:
        yield f"{progress_of(view):.0%} done.{_outlook(record)}"
        yield f"It goes on. Call get_task with task_id {task.id} to see its pictures."


def _outlook(record: Record) -> str:
    outlook = record.outlook
    if outlook is None:
        return ""
    said = f" Tasks before it: {outlook.queue_position}." if outlook.queue_position else ""
    if outlook.estimated_seconds is not None:
        said += f" About {math.ceil(outlook.estimated_seconds)} s are left."
    return said


def _remarks(view: TaskView, ignored: Sequence[str]) -> Iterator[str]:
    task = view.task
    seed = f", seed {task.seed}" if task.request.model.seed else ""
    yield f"Model {task.model}{seed}."
    if task.note is not None:
        yield f"Understood: {task.note}"
    if ignored:
        yield f"Ignored, for the tool does not have it: {', '.join(ignored)}."


def _picture(held: Resources, view: TaskView, image: Image, base_url: str | None) -> str:
    name = f"Picture {image.index + 1}" if image.layer is None else _layer(image)
    if image.blob_key is None or image.size is None or image.media_type is None:
        why = image.error
        return f"{name} failed: {why.code}: {why.message}" if why else f"{name} failed."
    kind = OUTPUT_FORMATS.get(image.media_type, view.task.request.output_format)
    prompt = f" (drawn from the prompt {image.prompt!r})" if image.prompt else ""
    return f"{name}: {image.size} {kind}, {_where(held, image.blob_key, base_url)}{prompt}"


def _layer(image: Image) -> str:
    layer = image.layer
    if layer is None or layer.box is None:
        return "Background"
    left, top, right, bottom = layer.box
    where = f"from ({left}, {top}) to ({right}, {bottom})"
    return f"Layer {layer.z_index}, {layer.name} ({layer.description}), {where}"


def _where(held: Resources, key: str, base_url: str | None) -> str:
    path = held.blobs.path_of(key) if base_url is None else None
    if path is not None:
        return str(path)
    return held.signer.sign(key, base_url or held.settings.own_url, time.time())


async def _copies(held: Resources, images: Sequence[Image]) -> list[ImageContent]:
    """Make the small copies; a picture that is not kept any more has none."""
    edge = max(LEAST_EDGE, min(EDGE, round(EDGE * math.sqrt(1.5 / max(1, len(images))))))
    copies = [
        await _copy(held, image.blob_key, edge) for image in images if image.blob_key is not None
    ]
    return [copy for copy in copies if copy is not None]


async def _copy(held: Resources, key: str, edge: int) -> ImageContent | None:
    try:
        blob = await held.blobs.get(key)
        small = await held.pool.run(
            thumbnail, EncodedImage(blob.data, blob.media_type), edge, timeout=SECONDS
        )
    except (BlobNotFound, UnreadableImage, WorkerCrashed, WorkerTimeout):
        return None
    data = base64.b64encode(small.data).decode("ascii")
    return ImageContent(data=data, mime_type=small.media_type)
