"""Answers: what a task looks like on the SeeDream wire, whoever asks and however.

One form for the synchronous answer, the `response` of a polled record, the body of a callback and
the lines of a stream, so that they cannot disagree.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from typing import Any

from seedbed.contract.sizes import Size
from seedbed.contract.sources import INLINE
from seedbed.contract.usage import Usage
from seedbed.storage.blobs import BlobNotFound, BlobStore, UrlSigner
from seedbed.tasks import drills
from seedbed.tasks.deliveries import Delivery
from seedbed.tasks.previews import ShownPreview
from seedbed.tasks.states import State
from seedbed.tasks.task import Image, LayerPlace, Task, TaskError, TaskView

Json = dict[str, Any]

OUTPUT_FORMATS: dict[str | None, str] = {"image/jpeg": "jpeg", "image/png": "png"}
NOT_KEPT = TaskError("not_found", "This picture is not kept any more.")
SHOWN_STATES = {
    State.QUEUED: "pending",
    State.RUNNING: "processing",
    State.SUCCEEDED: "succeeded",
    State.FAILED: "failed",
    State.CANCELLED: "failed",
}
"""The words that existing clients read; a cancelled task tells so by its error's code."""

PARTIAL_IMAGE = "image_generation.partial_image"
PARTIAL_SUCCEEDED = "image_generation.partial_succeeded"
PARTIAL_FAILED = "image_generation.partial_failed"
COMPLETED = "image_generation.completed"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an unfinished task may expect."""

    queue_position: int
    """Tasks that are queued before it; 0 when it is next or runs."""
    estimated_seconds: float | None
    """Seconds until it is finished, by the pace of late; None before anything was drawn."""


@dataclass(frozen=True, slots=True)
class Record:
    """All there is to know of a task now."""

    view: TaskView
    delivery: Delivery | None
    outlook: Outlook | None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a stream; `number` counts from 1 within its task, and is 0 for a preview."""

    number: int
    body: Json

    @property
    def type(self) -> str:
        """The name of the event, also when it is one of server-sent events."""
        return str(self.body["type"])

    @property
    def shown(self) -> Json:
        """The whole line."""
        return self.body | {"sequence": self.number} if self.number else self.body


@dataclass(frozen=True, slots=True)
class Answers:
    """Shows tasks; URLs are signed here, each time anew."""

    blobs: BlobStore
    signer: UrlSigner

    async def answer(self, view: TaskView, base_url: str, *, inline: bool = True) -> Json:
        """Show how a task ended: its pictures, or why there are none.

        Where `inline` is false no picture is put into the answer itself, even if that was asked
        for: each has its URL.
        """
        task = view.task
        ids = {"task_id": task.id, "trace_id": task.trace_id}
        if task.state is State.SUCCEEDED:
            return {
                "success": True,
                **ids,
                "data": await self._pictures(view, view.images, base_url, inline),
                "usage": _usage(view),
            }
        failed: Json = {"success": False, "error": _error(task.error), **ids}
        if view.delivered:  # before it was cancelled; they are paid for
            failed["data"] = await self._pictures(view, view.delivered, base_url, inline)
            failed["usage"] = _usage(view)
        return failed

    async def record(self, record: Record, base_url: str, *, inline: bool = True) -> Json:
        """Show a task as polling does.

        While it is unfinished there is no `response`, and no key of the echoed request ends in
        `url`: clients take either for a sign that the task is done.
        """
        task = record.view.task
        shown: Json = {
            "id": task.id,
            "type": "images",
            "application_id": task.application_id,
            "credential_id": task.credential_id,
            "user_id": task.user_id,
            "trace_id": task.trace_id,
            "state": SHOWN_STATES[task.state],
            "progress": round(progress_of(record.view), 3),
            "request": {"model": task.model} | self._request(task, base_url),
            "created_at": round(task.created_at, 3),
        }
        if task.started_at is not None:
            shown["started_at"] = round(task.started_at, 3)
        if task.note is not None:
            shown["understood"] = task.note
        if task.engine is not None:
            shown["engine"] = task.engine
        if record.outlook is not None:
            shown["queue_position"] = record.outlook.queue_position
            if record.outlook.estimated_seconds is not None:
                shown["estimated_seconds"] = round(record.outlook.estimated_seconds, 1)
        if task.finished_at is not None:
            shown["finished_at"] = round(task.finished_at, 3)
            began = task.created_at if task.started_at is None else task.started_at
            shown["elapsed"] = round(task.finished_at - began, 3)
            shown["response"] = await self.answer(record.view, base_url, inline=inline)
        if record.delivery is not None:
            shown["callback"] = _callback(record.delivery)
        return shown

    def _request(self, task: Task, base_url: str) -> Json:
        """Show what was asked; a picture that came inside the request by the URL it now has."""
        shown = {name: value for name, value in task.body.items() if not name.endswith("url")}
        now = time.time()
        if task.pictures:
            shown["image"] = [
                self.signer.sign(one.blob_key, base_url, now) if said == INLINE else said
                for said, one in zip(task.request.images, task.pictures, strict=True)
            ]
        if task.mask is not None and shown.get("mask") == INLINE:
            shown["mask"] = self.signer.sign(task.mask.blob_key, base_url, now)
        return shown

    async def events(self, view: TaskView, after: int, base_url: str) -> list[Event]:
        """Show what has happened to a task after its event of that number, in order.

        Each settled picture is an event, and the end is the last one.
        """
        task = view.task
        ids = {"task_id": task.id, "trace_id": task.trace_id, "model": task.model}
        events = [
            Event(
                image.ordinal,
                {
                    "type": PARTIAL_FAILED if image.error else PARTIAL_SUCCEEDED,
                    **ids,
                    "image_index": image.index,
                    **await self._outcome(task, image, base_url),
                },
            )
            for image in sorted(view.images, key=lambda image: image.ordinal)
            if image.ordinal > after
        ]
        last = len(view.images) + 1
        if task.state.is_final and last > after:
            ending: Json = {"type": COMPLETED, **ids, "success": task.state is State.SUCCEEDED}
            if task.error is not None:
                ending["error"] = _error(task.error)
            events.append(Event(last, ending | {"usage": _usage(view)}))
        return events

    async def _outcome(self, task: Task, image: Image, base_url: str) -> Json:
        if image.error is not None:
            return {"error": _error(image.error)}
        return {"data": [await self._picture(task, image, base_url)]}

    async def _pictures(
        self, view: TaskView, images: tuple[Image, ...], base_url: str, inline: bool
    ) -> list[Json]:
        base = images[0].size if images else None
        return [await self._picture(view.task, image, base_url, inline, base) for image in images]

    async def _picture(
        self,
        task: Task,
        image: Image,
        base_url: str,
        inline: bool = True,
        base: Size | None = None,
    ) -> Json:
        shown: Json = {"prompt": image.prompt or task.request.prompt}
        if image.blob_key is None:
            return shown | {"error": _error(image.error)}
        shown["size"] = str(image.size)
        if image.layer is not None:
            shown |= _layer(image.layer, base)
        if inline and task.request.response_format == "b64_json":
            try:
                blob = await self.blobs.get(image.blob_key)
            except BlobNotFound:
                return shown | {"error": _error(NOT_KEPT)}
            shown["b64_json"] = base64.b64encode(blob.data).decode("ascii")
        else:
            shown["image_url"] = self._link(task, image.blob_key, base_url)
        shown["output_format"] = OUTPUT_FORMATS.get(image.media_type, task.request.output_format)
        return shown

    def _link(self, task: Task, blob_key: str, base_url: str) -> str:
        expired = drills.expires_links(task.drill)
        now = time.time() - (self.signer.ttl_seconds + 1 if expired else 0)
        return self.signer.sign(blob_key, base_url, now)


def preview_event(task: Task, preview: ShownPreview) -> Event:
    """Show what a picture looks like so far; a stream that goes on later does not repeat it."""
    return Event(
        0,
        {
            "type": PARTIAL_IMAGE,
            "task_id": task.id,
            "trace_id": task.trace_id,
            "model": task.model,
            "image_index": preview.image_index,
            "partial_image_index": preview.partial_index,
            "b64_json": base64.b64encode(preview.data).decode("ascii"),
            "size": str(preview.size),
            "progress": round(task.progress, 3),
        },
    )


def _layer(layer: LayerPlace, base: Size | None) -> Json:
    """Show where a layer lies: in pixels of the base, and in thousandths of its edges."""
    if layer.box is None or base is None:
        return {"z_index": layer.z_index}
    edges = (base.width, base.height, base.width, base.height)
    return {
        "z_index": layer.z_index,
        "name": layer.name,
        "description": layer.description,
        "bounding_box": {
            "absolute": list(layer.box),
            "normalized": [
                int(at * 1000 / edge + 0.5) for at, edge in zip(layer.box, edges, strict=True)
            ],
        },
    }


def progress_of(view: TaskView) -> float:
    """Tell how far a task is, from 0 to 1: as its engine says, or by its settled pictures."""
    return max(view.task.progress, len(view.images) / view.task.image_count)


def _error(error: TaskError | None) -> Json:
    assert error is not None, "what ended without success says why"
    shown: Json = {"code": error.code, "message": error.message}
    if error.fault is not None:
        shown["upstream"] = {
            name: said
            for name, said in (("code", error.fault.code), ("request_id", error.fault.request_id))
            if said is not None
        }
    return shown


def _usage(view: TaskView) -> Json:
    task = view.task
    counted = task.pictures and task.request.model.counts_input_images
    sizes = [image.size for image in view.delivered if image.size]
    used = Usage.of(sizes, len(task.pictures) if counted else None).as_dict()
    return used | ({"tool_usage": dict(task.tool_usage)} if task.tool_usage is not None else {})


def _callback(delivery: Delivery) -> Json:
    shown: Json = {
        "id": delivery.id,
        "state": str(delivery.state),
        "attempts": delivery.attempts,
    }
    if delivery.reason is not None:
        shown["reason"] = delivery.reason
    return shown
