"""The worker: one thread that owns a model, and draws waiting pictures of one shape together.

    wish -> queue -> (those of the same shape, up to a batch) -> one call of the pipeline -> pixels

A pipeline is only ever used by this thread, one call at a time. What a wish's asker hears
(`Step`, `Glimpse`, `Drawn`, `Lost`) is handed over by its `tell`, from this thread.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import structlog

from seedbed.engines.diffusers import previews
from seedbed.engines.diffusers.families import Brief, Shape, call
from seedbed.engines.diffusers.loading import Model, free_memory, is_out_of_memory
from seedbed.engines.engine import Pixels, Unavailable

log = structlog.get_logger()

MOST_PATIENCE = 600.0
"""The longest wait, in seconds, before a model that could not be loaded is tried again."""


@dataclass(frozen=True, slots=True)
class Step:
    """A picture is so far, from 0 to 1."""

    fraction: float
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a picture looks like so far."""

    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture is there."""

    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Lost:
    """A picture could not be made."""

    code: str
    message: str


News: TypeAlias = Step | Glimpse | Drawn | Lost


@dataclass(eq=False, slots=True)
class Wish:
    """One picture that somebody waits for."""

    brief: Brief
    shape: Shape
    tell: Callable[[News], None]
    previews: int = 0
    is_cancelled: bool = field(default=False)
    """Set by the asker, from any thread, when nobody waits for it any more."""


class _Abandoned(Exception):
    """Nobody waits for any picture of the batch any more."""


class Worker:
    """A thread that loads a model once, and draws with it until it is closed."""

    def __init__(self, load: Callable[[], Model], batch: int, retry_seconds: float) -> None:
        self._load = load
        self._batch = batch
        self._retry_seconds = retry_seconds
        self._changed = threading.Condition()
        self._waiting: deque[Wish] = deque()
        self._most: dict[int, int] = {}
        """How many pictures of so many pixels memory has borne together, where it was too little
        for a batch."""
        self._thread: threading.Thread | None = None
        self._ready: Future[Model] | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._is_closing = False

    def ready(self) -> Future[Model]:
        """Give the loading of the model, begun now unless it has been, or has just failed."""
        with self._changed:
            failed = self._ready is not None and self._ready.done() and self._failures
            if self._ready is None or (failed and time.monotonic() >= self._retry_at):
                self._ready = Future()
                self._is_closing = False
                self._start()
                self._changed.notify_all()
            return self._ready

    def submit(self, wishes: Sequence[Wish]) -> None:
        """Queue pictures; the model must be ready."""
        with self._changed:
            if not self._is_closing:
                self._waiting.extend(wishes)
                self._changed.notify_all()
                return
        _tell_all(wishes, CLOSED)

    def close(self) -> None:
        """End the thread, after the step it is at, and free the model; blocks until then."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._is_closing = True
            self._changed.notify_all()
        if thread is not None:
            thread.join()
        with self._changed:
            self._ready, self._failures = None, 0
            _tell_all(self._waiting, CLOSED)
            self._waiting.clear()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="diffusers", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        """Load, then draw; a failed load ends the thread, and the next try starts another."""
        assert self._ready is not None
        ready = self._ready
        try:
            model = self._load()
        except BaseException as error:
            reason = error if isinstance(error, Unavailable) else _unloaded(error)
            log.warning("model not loaded", reason=reason.message)
            self._failed(ready, reason)
            return
        with self._changed:
            self._failures = 0
        ready.set_result(model)
        while batch := self._take():
            self._draw(model, batch)
        del model, ready
        free_memory()

    def _failed(self, ready: Future[Model], reason: Unavailable) -> None:
        with self._changed:
            patience = min(MOST_PATIENCE, self._retry_seconds * 2**self._failures)
            self._failures += 1
            self._retry_at = time.monotonic() + patience
            self._thread = None
        reason.__traceback__ = reason.__cause__ = reason.__context__ = None  # they hold its weights
        ready.set_exception(reason)
        free_memory()

    def _take(self) -> list[Wish]:
        """Wait for pictures, and take the oldest with others of its shape; none when closing."""
        with self._changed:
            while not self._is_closing:
                self._waiting = deque(wish for wish in self._waiting if not wish.is_cancelled)
                if self._waiting:
                    return self._together(self._waiting[0].shape)
                self._changed.wait()
            return []

    def _together(self, shape: Shape) -> list[Wish]:
        most = self._most.get(shape.width * shape.height, self._batch)
        batch = [wish for wish in self._waiting if wish.shape == shape][:most]
        for wish in batch:
            self._waiting.remove(wish)
        return batch

    def _draw(self, model: Model, batch: list[Wish]) -> None:
        """Draw a batch; where memory does not suffice, its halves, down to single pictures."""
        batch = [wish for wish in batch if not wish.is_cancelled]
        if not batch or self._is_closing:
            _tell_all(batch, CLOSED)
            return
        trouble = self._try(model, batch)
        if trouble is None:
            return
        free_memory()  # here, where no traceback holds the tensors of the failed call any more
        if trouble.is_out_of_memory and len(batch) > 1:
            half = len(batch) // 2
            shape = batch[0].shape
            self._most[shape.width * shape.height] = half
            log.warning("batch too large for memory", pictures=len(batch), next=half)
            self._draw(model, batch[:half])
            self._draw(model, batch[half:])
            return
        _tell_all(batch, Lost("api_error", trouble.message))

    def _try(self, model: Model, batch: list[Wish]) -> _Trouble | None:
        dtype = model.pipeline.vae.dtype
        try:
            pictures = self._pixels(model, batch)
        except _Abandoned:
            _tell_all(batch, CLOSED)  # who has cancelled hears it no more
            return None
        except Exception as error:
            trouble = _trouble(error, batch[0].shape)
            if not trouble.is_out_of_memory:
                log.error("call of the model failed", error=trouble.message, at=_place_of(error))
        else:
            for wish, picture in zip(batch, pictures, strict=True):
                wish.tell(picture)
            return None
        finally:
            # A call that was cut off may have left the decoder at another precision, or parts
            # on the device.
            if model.pipeline.vae.dtype != dtype:
                model.pipeline.vae.to(dtype=dtype)
            model.pipeline.maybe_free_model_hooks()
        return trouble

    def _pixels(self, model: Model, batch: list[Wish]) -> list[Drawn | Lost]:
        import torch

        shape = batch[0].shape
        pipeline = model.view(redraws=shape.strength is not None)
        generators = [torch.Generator("cpu").manual_seed(wish.brief.seed) for wish in batch]
        watch = _Watch(self, model, pipeline, batch)
        arguments = call(model.family, shape, [wish.brief for wish in batch], generators)
        result = pipeline(**arguments, callback_on_step_end=watch)
        unsafe = getattr(result, "nsfw_content_detected", None) or [False] * len(batch)
        return [
            REFUSED if refused else _picture(image)
            for image, refused in zip(result.images, unsafe, strict=True)
        ]

    @property
    def is_closing(self) -> bool:
        """Whether the thread is to end."""
        return self._is_closing


CLOSED = Lost("api_error", "The engine was closed.")
REFUSED = Lost("forbidden", "The model's own filter has refused this picture.")
NO_NUMBERS = Lost(
    "api_error", "The model's numbers overflowed; set the engine's option dtype to float32."
)


@dataclass(frozen=True, slots=True)
class _Trouble:
    is_out_of_memory: bool
    message: str


class _Watch:
    """What is done after each step: tell how far it is, show previews, stop where nobody waits."""

    def __init__(self, worker: Worker, model: Model, pipeline: Any, batch: Sequence[Wish]) -> None:
        self._worker, self._family, self._batch = worker, model.family, batch
        shown = model.plan.previews and any(wish.previews for wish in batch)
        self._foresight = previews.Foresight(pipeline.scheduler) if shown else None

    def __call__(self, pipeline: Any, step: int, _: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        if self._worker.is_closing or all(wish.is_cancelled for wish in self._batch):
            raise _Abandoned
        done, of = step + 1, pipeline.num_timesteps
        for wish in self._batch:
            wish.tell(Step(done / of, done, of))
        if self._foresight is not None:
            try:
                self._show(pipeline, self._foresight.expected, done, of)
            except Exception as error:  # a picture must not be lost for a glimpse of it
                log.warning("preview failed", error=type(error).__name__, at=_place_of(error))
                self._foresight = None
        return tensors

    def _show(self, pipeline: Any, expected: Any, done: int, of: int) -> None:
        eager = [
            at
            for at, wish in enumerate(self._batch)
            if not wish.is_cancelled and done in previews.steps_shown(wish.previews, of)
        ]
        if not eager:
            return
        shape = self._batch[0].shape
        for at, pixels in zip(
            eager, previews.preview(pipeline, self._family, shape, expected[eager]), strict=True
        ):
            self._batch[at].tell(Glimpse(pixels))


def _tell_all(batch: Iterable[Wish], news: News) -> None:
    for wish in batch:
        wish.tell(news)


def _picture(image: Any) -> Drawn | Lost:
    light = np.asarray(image)
    if not np.isfinite(light).all():
        return NO_NUMBERS
    return Drawn((light * 255).round().astype(np.uint8))


def _trouble(error: Exception, shape: Shape) -> _Trouble:
    if is_out_of_memory(error):
        return _Trouble(
            True,
            f"The device ran out of memory at {shape.width}x{shape.height}; the operator can set "
            "the engine's options offload, vae_tiling or pixels.",
        )
    return _Trouble(False, f"The model failed ({type(error).__name__}).")


def _unloaded(error: BaseException) -> Unavailable:
    return Unavailable(f"the model could not be loaded ({type(error).__name__})")


def _place_of(error: Exception) -> list[str]:
    """Say where an error was raised, without its text and its values, which may be of a prompt."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
