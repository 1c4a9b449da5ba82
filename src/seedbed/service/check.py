"""A check of an engine: one real picture, all the way to a finished file, without a task.

Nothing is recorded and nobody is charged here; an upstream may charge for it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass

from seedbed.contract.models import find_model
from seedbed.contract.request import ImageRequest, parse_request
from seedbed.contract.sizes import Size
from seedbed.engines.engine import (
    EngineContext,
    EngineError,
    Failure,
    Job,
    Picture,
)
from seedbed.engines.registry import Seat
from seedbed.imaging.finish import FinishedImage, FinishSpec, UnreadableImage
from seedbed.tasks.recorder import finish_picture
from seedbed.workers import WorkerPool

PROMPT = "a red apple on a wooden table"
SEED = 7


class CheckFailed(Exception):
    """The engine made no picture; the text says why."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The picture that an engine made."""

    model: str
    image: FinishedImage
    warm_seconds: float
    """How long it took to be ready."""
    draw_seconds: float
    """How long the picture took from then on, to a finished file."""


async def check(seat: Seat, pool: WorkerPool, timeout: float) -> Checked:
    """Have an engine make one picture; raise `CheckFailed` when there is none.

    `timeout` is in seconds, and counts for all of it.
    """
    request = _request(seat)
    if request is None:
        raise CheckFailed("none of its models draws from words alone")
    started = time.monotonic()
    try:
        async with asyncio.timeout(timeout):
            await pool.warm()
            await seat.engine.warm()
            warm = time.monotonic()
            job = _job(request)
            picture = await _picture(seat, job)
            image = await finish_picture(pool, picture, _spec(seat, request), job, timeout)
    except EngineError as error:
        fault = error.fault
        told = [error.message.removesuffix(".")]
        if fault and fault.code:
            told.append(f"code {fault.code}")
        if fault and fault.request_id:
            told.append(f"request {fault.request_id}")
        raise CheckFailed("; ".join(told)) from error
    except UnreadableImage as error:
        raise CheckFailed(f"its picture cannot be read: {error}") from error
    except TimeoutError as error:
        raise CheckFailed(f"no picture within {timeout:g} s") from error
    except CheckFailed:
        raise
    except Exception as error:  # an engine is anybody's code
        raise CheckFailed(f"{type(error).__name__}: {error}") from error
    return Checked(request.model.id, image, warm - started, time.monotonic() - warm)


def _request(seat: Seat) -> ImageRequest | None:
    """Ask for what the first of its models draws when only a prompt is given."""
    for model in seat.models:
        if find_model(model).text_to_image:
            return parse_request({"model": model, "prompt": PROMPT}).request
    return None


def _job(request: ImageRequest) -> Job:
    size = _size(request)
    return Job(
        task_id=str(uuid.uuid4()),
        model=request.model.id,
        prompt=request.prompt,
        width=size.width,
        height=size.height,
        seed=SEED,
        guidance_scale=request.guidance_scale,
        output_format=request.output_format,
        asked={"model": request.model.id, "prompt": request.prompt},
    )


async def _picture(seat: Seat, job: Job) -> Picture:
    async for event in seat.engine.draw(job, EngineContext()):
        if isinstance(event, Failure):
            raise EngineError(event.message, event.code, event.fault)
        if isinstance(event, Picture):
            return event
    raise CheckFailed("it drew nothing")


def _spec(seat: Seat, request: ImageRequest) -> FinishSpec:
    size = _size(request)
    return FinishSpec(
        width=size.width,
        height=size.height,
        output_format=request.output_format,
        watermark=request.watermark,
        digital_source_type=seat.description.digital_source_type,
        software=f"Seedbed {seat.name}",
        credit=seat.description.credit,
    )


def _size(request: ImageRequest) -> Size:
    assert request.size is not None, "only an input picture leaves the size open"
    return request.size
