"""Fault drills: failures that a request asks for, so that a client's own handling can be tested.

With the setting `drills` on, the header `X-Seedbed-Drill: slow=3, partial`, or the same words in
the prompt as `[drill: slow=3, partial]`, make exactly that go wrong. A drill is kept with its
task, so it also happens after a restart. Where drills are off, nothing here is ever reached.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from seedbed.contract.errors import BadRequest, TooManyRequests, UsedUp
from seedbed.engines.engine import EngineError, EngineEvent, Failure, Job, Parts, Picture, Progress

DRILLS: Mapping[str, str] = {
    "rate_limit": "refused with 429 `too_many_requests` and a `Retry-After`",
    "used_up": "refused with 403 `used_up`",
    "upstream_error": "the task fails with 500 `api_error`",
    "moderation": "the task fails with 403 `forbidden`",
    "slow": "the task takes 10 s longer, or as many as `slow=SECONDS` says",
    "partial": "the last picture fails; the others of a group are delivered",
    "cut_stream": "a stream ends after its first picture, without a last event; one that goes on "
    "after it does not",
    "expired_url": "every link to a picture has expired",
    "callback_withheld": "the callback is not made, until somebody resends it",
}
SLOW_SECONDS = 10.0
MAX_SLOW_SECONDS = 600.0
STEPS = 20

_IN_PROMPT = re.compile(r"\[\s?drill\s?:([^\]\[]{0,200})\]", re.IGNORECASE)


class Drilled(EngineError):
    """What goes wrong because somebody asked for it: no fault of the engine."""


@dataclass(frozen=True, slots=True)
class _Drill:
    """The failures that are asked for."""

    names: frozenset[str]
    seconds: float


def asked(header: str | None, prompt: str) -> str | None:
    """Find what a request asks for, in its header or else its prompt, in one normal form.

    Raises `BadRequest` for a drill that does not exist.
    """
    found = _IN_PROMPT.search(prompt)
    text = header if header is not None else found[1] if found else None
    if text is None:
        return None
    wanted = sorted({part for part in re.split(r"[\s,]+", text.strip().lower()) if part})
    normal = ",".join(wanted)
    _read(normal)
    return normal or None


def without(prompt: str) -> str:
    """Take the words that ask for a drill out of a prompt."""
    return _IN_PROMPT.sub("", prompt).strip()


def refuse(drill: str | None) -> None:
    """Raise the refusal that a drill asks for, before anything is recorded."""
    names = _read(drill).names if drill else frozenset()
    if "rate_limit" in names:
        raise TooManyRequests("A drill: this key has made too many requests.", retry_after=1)
    if "used_up" in names:
        raise UsedUp("A drill: the application's credits are used up.")


def withheld(drill: str | None) -> str | None:
    """Say why a callback is not to be made, if a drill wants that."""
    if drill and "callback_withheld" in _read(drill).names:
        return "withheld by a drill"
    return None


def cuts_stream(drill: str | None, after: int) -> bool:
    """Tell whether a stream that begins after that event is to be cut after its first picture."""
    return drill is not None and after == 0 and "cut_stream" in _read(drill).names


def expires_links(drill: str | None) -> bool:
    """Tell whether the links to a task's pictures are to have expired."""
    return drill is not None and "expired_url" in _read(drill).names


async def apply(
    drill: str | None, events: AsyncIterator[EngineEvent], job: Job
) -> AsyncIterator[EngineEvent]:
    """Let an engine's events pass, or go wrong as the drill asks."""
    wanted = _read(drill) if drill else _Drill(frozenset(), 0.0)
    if "slow" in wanted.names:
        for step in range(STEPS):
            yield Progress(step / STEPS, "a drill: waiting")
            await asyncio.sleep(wanted.seconds / STEPS)
    if "upstream_error" in wanted.names:
        raise Drilled("A drill: the upstream failed.", "api_error")
    if "moderation" in wanted.names:
        raise Drilled("A drill: the request was refused for its content.", "forbidden")
    async for event in events:
        if "partial" in wanted.names and isinstance(event, Parts):
            raise Drilled("A drill: a layer failed, and so all of them.", "api_error")
        if "partial" in wanted.names and isinstance(event, Picture) and _is_last(event, job):
            yield Failure(event.index, "api_error", "A drill: this picture failed.")
        else:
            yield event


def _is_last(picture: Picture, job: Job) -> bool:
    return picture.index == job.image_count - 1


def _read(text: str) -> _Drill:
    seconds = SLOW_SECONDS
    names = set()
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        if name not in DRILLS or (value and name != "slow"):
            raise BadRequest(f"there is no drill {part[:40]!r}; use {', '.join(DRILLS)}")
        if value:
            seconds = _seconds(value)
        names.add(name)
    return _Drill(frozenset(names), seconds)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_SLOW_SECONDS:
        raise BadRequest(f"slow={value[:20]} is no time from 0 to {MAX_SLOW_SECONDS:g} seconds")
    return seconds
