"""Several requests for one job, under way together: their events as they come.

A request that the upstream has no room for, as several at once easily meet, has begun nothing: it
is asked again after the wait that the upstream names, while another of the job is under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from seedbed.engines.engine import EngineError, EngineEvent, Failure, Picture, Unavailable

MAX_WAIT = 60.0
"""Seconds that one request waits in all for an upstream that is busy."""


@dataclass(frozen=True, slots=True)
class Part:
    """The pictures that one request is to make, and what becomes of it."""

    indexes: tuple[int, ...]
    ask: Callable[[], AsyncGenerator[EngineEvent, None]]
    """Sends the request, and once more when it is called again."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A part was refused before anything of it was begun; it may be waiting to ask again."""


@dataclass(frozen=True, slots=True)
class _End:
    part: Part
    error: BaseException | None


_Told: TypeAlias = EngineEvent | _Refused | _End


def as_they_come(parts: Sequence[Part]) -> AsyncGenerator[EngineEvent, None]:
    """Give the events of every part; a part that fails fails its own pictures only.

    As soon as every part is refused and nothing was begun, that is `Unavailable`; the only part's
    error is the job's.
    """
    return parts[0].ask() if len(parts) == 1 else _together(parts)


def failures(indexes: Sequence[int], settled: set[int], error: EngineError) -> list[Failure]:
    """Fail those pictures that are not settled with the error of their request."""
    missing = [index for index in indexes if index not in settled]
    settled.update(missing)
    return [Failure(index, error.code, error.message, error.fault) for index in missing]


async def _together(parts: Sequence[Part]) -> AsyncGenerator[EngineEvent, None]:
    told: asyncio.Queue[_Told] = asyncio.Queue()
    refused = dict[tuple[int, ...], Unavailable]()
    running = [asyncio.create_task(_run(part, told, refused)) for part in parts]
    settled, ended = set[int](), 0
    try:
        while ended < len(parts):
            event = await told.get()
            if isinstance(event, _End):
                ended += 1
                for failed in _failed(event, settled):
                    yield failed
            elif not isinstance(event, _Refused):
                if isinstance(event, Picture | Failure):
                    settled.add(event.index)
                yield event
            # Without waiting in between, so that none of them asks again before all are stopped.
            elif len(refused) == len(parts):
                raise next(iter(refused.values()))
        for part in parts:
            if part.indexes in refused:
                for failed in failures(part.indexes, settled, refused[part.indexes]):
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


async def _run(
    part: Part, told: asyncio.Queue[_Told], refused: dict[tuple[int, ...], Unavailable]
) -> None:
    """Ask until something was begun, or the wait is over; `refused` holds who is not begun."""
    error: BaseException | None = None
    waited = 0.0
    try:
        while (again := await _asked(part, told)) is not None:
            refused[part.indexes] = again
            told.put_nowait(_Refused())
            wait = again.retry_after
            if wait is None or waited + wait > MAX_WAIT:
                break
            await asyncio.sleep(wait)
            waited += wait
            del refused[part.indexes]
    except (Exception, asyncio.CancelledError) as raised:  # also a defect: the job fails of it
        error = raised
    told.put_nowait(_End(part, error))


async def _asked(part: Part, told: asyncio.Queue[_Told]) -> Unavailable | None:
    """Pass on what one request tells; give the refusal of one that was not begun."""
    try:
        async with aclosing(part.ask()) as events:
            async for event in events:
                told.put_nowait(event)
    except Unavailable as refusal:
        return refusal
    return None
