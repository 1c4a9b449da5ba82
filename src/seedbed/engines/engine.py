"""The Engine seam: the one protocol behind which pixels are made.

An engine turns a `Job` into a stream of `Progress`, `Preview`, `Picture` and `Failure`. A CPU
engine yields pictures as *drawings*, picklable callables that the worker pool runs beside the
finishing, so that pixels never cross a process border; a GPU engine yields pixels; an engine
in front of an upstream yields encoded bytes.

A complete engine:

    class Grey:
        description = EngineDescription(name="grey", summary="One grey picture.")

        async def warm(self) -> None: ...
        async def close(self) -> None: ...

        async def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
            for index in job.indexes:
                yield Picture(index, np.full((job.height, job.width, 3), 128, np.uint8))

It is found by its entry point: `[project.entry-points."seedbed.engines"] grey = "pkg:create"`,
where `create(options: Mapping[str, Any]) -> Engine`; wrong options are a ValueError whose text
tells the operator what is allowed. `seedbed.engines.contract` holds the tests that every engine
passes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
"""Height x width x 3 (sRGB) or x 4 (sRGB and straight alpha), 0 to 255."""


class Drawing(Protocol):
    """A picklable callable that makes the pixels, run in a process of the worker pool."""

    def __call__(self, *photos: Pixels) -> Pixels:
        """Make the pixels; `photos` are the job's input pictures, decoded, in their order.

        Each is upright and no larger than a picture of the job's size needs; they are the
        drawing's to write on.
        """
        ...


@dataclass(frozen=True, slots=True)
class Layer:
    """One part of a picture that was taken apart, and where it lies."""

    pixels: Pixels
    """Height x width x 4, sRGB and straight alpha."""
    box: tuple[int, int, int, int]
    """Left, top, right and bottom, in pixels of the base."""
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Layers:
    """A picture taken apart: pasted over the base in their order, the layers give it again."""

    base: Pixels
    layers: tuple[Layer, ...]
    note: str | None = None


class Decomposition(Protocol):
    """A picklable callable that takes a picture apart, run in a process of the worker pool."""

    def __call__(self, *photos: Pixels) -> Layers:
        """Take the first photo apart."""
        ...


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """A picture an upstream has encoded already."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class EncodedLayer:
    """One part of a picture that an upstream has taken apart, and where it lies."""

    image: EncodedImage
    box: tuple[int, int, int, int]
    """Left, top, right and bottom, in pixels of the base."""
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class EncodedLayers:
    """A picture that an upstream has taken apart, its parts kept as they came."""

    base: EncodedImage
    layers: tuple[EncodedLayer, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """What an engine is asked to draw: one attempt at the pictures a task still lacks."""

    task_id: str
    model: str
    prompt: str
    width: int
    height: int
    seed: int
    """Decides the picture: the same seed, prompt and size give the same pixels."""
    indexes: tuple[int, ...] = (0,)
    """The pictures still to be made, by their index in the task."""
    image_count: int = 1
    """How many pictures the task has in all."""
    is_group: bool = False
    """Whether its pictures belong together (the same subjects and colours, another moment in
    each); otherwise several pictures are so many tries at one prompt. For an engine that
    `chooses_count`, `image_count` is then the most that there may be."""
    guidance_scale: float | None = None
    images: tuple[EncodedImage, ...] = ()
    """The input pictures, as they were sent; every one of them can be decoded."""
    background: str | None = None
    """`transparent` for pictures with alpha."""
    layer_decomposition: bool = False
    """Whether the input picture is to be taken apart: the answer is one `Parts`."""
    max_layers: int = 0
    optimize_prompt: str | None = None
    """How the prompt is to be rewritten first (`standard`, `fast`); None to leave it alone."""
    mask: EncodedImage | None = None
    """A PNG over the first input picture: only where it is transparent may that change."""
    previews: int = 0
    """How many previews of each picture somebody wants to see; none are kept."""
    output_format: str = "jpeg"
    """What the finished picture will be (`jpeg`, `png`); only a pass-through heeds it."""
    watermark: bool = True
    """Whether the finished picture will be marked; only a pass-through heeds it."""
    asked: Mapping[str, Any] = field(default_factory=dict)
    """The fields of the request as its caller wrote them, without pictures, for an engine that
    passes the request on to a server of the same API."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job is, from 0 to 1, with the stage in the engine's words."""

    fraction: float
    stage: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What one picture looks like so far: small, shown to who asked for it, and never kept."""

    index: int
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, before resizing, watermark and encoding."""

    index: int
    content: Pixels | Drawing | EncodedImage
    note: str | None = None
    """What the engine understood of the prompt, for `X-Seedbed-Understood`."""
    prompt: str | None = None
    """The prompt that it was drawn from, where the engine has rewritten it."""
    is_finished: bool = False
    """Whether an encoded picture is already of the size, format and mark that were asked for: it
    is then kept byte for byte."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A picture taken apart: all that a job of decomposition yields, all or nothing."""

    content: Decomposition | EncodedLayers


@dataclass(frozen=True, slots=True)
class Failure:
    """One picture that could not be made; the others of the job go on."""

    index: int
    code: str
    message: str
    fault: UpstreamFault | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What an upstream says of a job as a whole, when all of its pictures have been told."""

    image_count: int
    """How many pictures there are, made or failed, where the engine `chooses_count`."""
    tool_usage: Mapping[str, int] = field(default_factory=dict)
    """How often each tool was used."""


@dataclass(frozen=True, slots=True)
class UpstreamFault:
    """What an upstream itself called a failure, for whoever has to ask its support."""

    code: str | None = None
    request_id: str | None = None


EngineEvent: TypeAlias = Progress | Preview | Picture | Parts | Failure | Summary


@dataclass(frozen=True, slots=True)
class EngineDescription:
    """What an engine is and can do; `seedbed models`, `/ready` and the docs show it."""

    name: str
    summary: str
    digital_source_type: str = "trainedAlgorithmicMedia"
    """IPTC digital source type written into each picture's metadata."""
    features: frozenset[str] = frozenset()
    """What it can do beyond pictures from words, by the fields of the wire: `image`,
    `background`, `layer_decomposition`, `mask`, `optimize_prompt_options`, `tools`."""
    credit: str | None = None
    """A credit line that each picture's metadata must carry."""
    concurrency: int | None = None
    """How many jobs it takes at once; None for as many as there are worker processes."""
    repeatable: bool = True
    """Whether a job whose process died may simply be begun again: not where somebody may have
    been billed for it."""
    sticky: bool = False
    """Whether a job that it may have begun must go to no other engine, also after a restart: it is
    `repeatable` because this one knows it again by a key."""
    draws_in_workers: bool = False
    """Whether it yields drawings: worker processes then load its module before their first."""
    chooses_count: bool = False
    """Whether it decides itself how many pictures a group has, up to `Job.image_count`; it then
    ends with a `Summary`."""


@dataclass(frozen=True, slots=True)
class EngineContext:
    """What the service lends an engine for one job."""

    options: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Engine(Protocol):
    """Makes pictures. Raise `EngineError` to fail a whole job with a clear text."""

    description: EngineDescription

    async def warm(self) -> None:
        """Load what the first job would otherwise wait for."""
        ...

    def draw(self, job: Job, ctx: EngineContext) -> AsyncIterator[EngineEvent]:
        """Draw the job's pictures, each yielded as soon as it is there."""
        ...

    async def close(self) -> None:
        """Give back what `warm` took."""
        ...


class EngineError(Exception):
    """The engine cannot do this job; `code` is an error code of the contract."""

    def __init__(
        self, message: str, code: str = "api_error", fault: UpstreamFault | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fault = fault


class Unavailable(EngineError):
    """The engine cannot do any job now, and has begun nothing and billed nobody for this one.

    Only this lets the next engine of the model's list try, so it must never be raised after
    work that somebody may be billed for has begun. With `retry_after`, in seconds, it is merely
    busy, and worth waiting for where there is no other.
    """

    def __init__(
        self,
        message: str,
        code: str = "api_error",
        fault: UpstreamFault | None = None,
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code, fault)
        self.retry_after = retry_after
