"""A task and its pictures, as values read from their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seedbed.contract.request import ImageRequest, parse_request
from seedbed.contract.sizes import Size
from seedbed.engines.engine import UpstreamFault
from seedbed.tasks.states import State


@dataclass(frozen=True, slots=True)
class TaskError:
    """Why a task or a picture failed: a code of the contract and a text for its owner."""

    code: str
    message: str
    fault: UpstreamFault | None = None
    """What an upstream called it, where one was asked."""


@dataclass(frozen=True, slots=True)
class Input:
    """A picture that came with the request, kept by its content."""

    blob_key: str
    media_type: str
    size: Size
    is_mask: bool = False
    """Whether it says where the first one may change, and is no picture of its own."""


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """What a picture is as a layer of another: where it lies, and what it shows."""

    z_index: int
    """From 1 upwards; the base, which lies below all, is 0 and has no other of these."""
    name: str | None = None
    description: str | None = None
    box: tuple[int, int, int, int] | None = None
    """Left, top, right and bottom, in pixels of the base."""


@dataclass(frozen=True, slots=True)
class Image:
    """One picture of a task: delivered (it has a blob) or failed (it has an error)."""

    index: int
    """Its place in the task, as asked for."""
    blob_key: str | None = None
    media_type: str | None = None
    size: Size | None = None
    error: TaskError | None = None
    prompt: str | None = None
    """What the engine made of the prompt, where it has rewritten it."""
    layer: LayerPlace | None = None
    ordinal: int = 0
    """When it was settled: the first of its task is 1. Streams number their events by it."""
    settled_at: float | None = None
    """The same in Unix seconds; None before it is recorded."""


@dataclass(frozen=True)
class Task:
    """The durable life of one request; times are Unix seconds, the price is in micro-credits."""

    id: str
    application_id: str
    credential_id: str | None
    user_id: str
    trace_id: str
    state: State
    attempt: int
    owner: str
    model: str
    body: Mapping[str, Any]
    """The request as it was asked, known fields only: `request` parses it."""
    inputs: tuple[Input, ...]
    """Its input pictures, in their order, and then the mask if there is one."""
    size: Size
    image_count: int
    seed: int
    price: int
    drill: str | None
    """A failure that the request asked for, in a service that offers drills."""
    progress: float
    note: str | None
    error: TaskError | None
    created_at: float
    deadline_at: float
    started_at: float | None
    finished_at: float | None
    engine: str | None = None
    """The engine that made its pictures, or failed to."""
    tool_usage: Mapping[str, int] | None = None
    """How often an upstream used each tool that it was offered."""

    @property
    def pictures(self) -> tuple[Input, ...]:
        """Its input pictures alone."""
        return tuple(one for one in self.inputs if not one.is_mask)

    @property
    def mask(self) -> Input | None:
        """The mask over its first input picture."""
        return next((one for one in self.inputs if one.is_mask), None)

    @cached_property
    def request(self) -> ImageRequest:
        """The request in domain form."""
        return parse_request(self.body).request


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with its pictures, as everyone who waits, polls or streams sees it."""

    task: Task
    images: tuple[Image, ...]

    @property
    def delivered(self) -> tuple[Image, ...]:
        """The pictures that were made."""
        return tuple(image for image in self.images if image.blob_key is not None)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The right to write to a running task; lost when another attempt begins."""

    task: Task
    number: int
    done: frozenset[int]
    """Indexes of the pictures that earlier attempts settled."""
