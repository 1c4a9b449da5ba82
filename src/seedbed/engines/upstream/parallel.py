"""Several requests for one job, under way together: their events as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from seedbed.engines.engine import EngineError, EngineEvent, Failure, Picture, Unavailable


@dataclass(frozen=True, slots=True)
class Part:
    """The pictures that one request is to make, and what becomes of it."""

    indexes: tuple[int, ...]
    events: AsyncGenerator[EngineEvent, None]


@dataclass(frozen=True, slots=True)
class _End:
    part: Part
    error: BaseException | None


def as_they_come(parts: Sequence[Part]) -> AsyncGenerator[EngineEvent, None]:
    """Give the events of every part; a part that fails fails its own pictures only.

    When every part was refused before anything was begun, that is `Unavailable`; the only part's
    error is the job's.
    """
    return parts[0].events if len(parts) == 1 else _together(parts)


def failures(indexes: Sequence[int], settled: set[int], error: EngineError) -> list[Failure]:
    """Fail those pictures that are not settled with the error of their request."""
    missing = [index for index in indexes if index not in settled]
    settled.update(missing)
    return [Failure(index, error.code, error.message, error.fault) for index in missing]


async def _together(parts: Sequence[Part]) -> AsyncGenerator[EngineEvent, None]:
    told: asyncio.Queue[EngineEvent | _End] = asyncio.Queue()
    running = [asyncio.create_task(_run(part, told)) for part in parts]
    refused, settled, ended = list[_End](), set[int](), 0
    try:
        while ended < len(parts):
            event = await told.get()
            if isinstance(event, _End):
                ended += 1
                if isinstance(event.error, Unavailable):
                    refused.append(event)
                else:
                    for failed in _failed(event, settled):
                        yield failed
            else:
                if isinstance(event, Picture | Failure):
                    settled.add(event.index)
                yield event
        if len(refused) == len(parts):
            raise refused[0].error or AssertionError
        for end in refused:
            for failed in _failed(end, settled):
                yield failed
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _failed(end: _End, settled: set[int]) -> list[Failure]:
    if end.error is None:
        return []
    if not isinstance(end.error, EngineError):
        raise end.error
    return failures(end.part.indexes, settled, end.error)


async def _run(part: Part, told: asyncio.Queue[EngineEvent | _End]) -> None:
    error: BaseException | None = None
    try:
        async with aclosing(part.events) as events:
            async for event in events:
                told.put_nowait(event)
    except (Exception, asyncio.CancelledError) as raised:  # also a defect: the job fails of it
        error = raised
    told.put_nowait(_End(part, error))
