"""A question about tasks in domain form, and the way to it from the wire's JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from seedbed.contract.errors import BadRequest
from seedbed.contract.fields import choice, integer, number, text, texts

Action = Literal["retrieve", "retrieve_batch", "cancel"]

ACTIONS = ("retrieve", "retrieve_batch", "cancel")
TASK_TYPE = "images"
MAX_IDS = 100
MAX_LIMIT = 100
DEFAULT_LIMIT = 12
MAX_OFFSET = 10**6


@dataclass(frozen=True, slots=True)
class Listing:
    """Which of an application's tasks to list, newest first."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    created_at_min: float | None = None
    created_at_max: float | None = None
    type: str | None = None
    application_id: str | None = None
    user_id: str | None = None
    model: str | None = None
    credential_id: str | None = None
    states: tuple[str, ...] | None = None
    """The last three are asked by the console alone; the wire has no words for them."""


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """What is asked about which tasks."""

    action: Action
    ids: tuple[str, ...] | None
    """For one task, its id alone; None when it is asked for otherwise."""
    trace_ids: tuple[str, ...] | None
    listing: Listing


def parse_task_query(body: Mapping[str, Any]) -> TaskQuery:
    """Read a body; raise `BadRequest` naming what is wrong with it and what is allowed."""
    task_id, trace_id = text(body, "id"), text(body, "trace_id")
    ids, trace_ids = texts(body, "ids", MAX_IDS), texts(body, "trace_ids", MAX_IDS)
    several = ids is not None or trace_ids is not None
    default = "retrieve_batch" if several and task_id is None else "retrieve"
    action = cast(Action, choice(body, "action", ACTIONS) or default)
    if action == "retrieve_batch":
        return TaskQuery(action, ids, trace_ids, _listing(body))
    if task_id is None and trace_id is None:
        raise BadRequest(f"id is missing; {action} needs the id of a task", param="id")
    if task_id is not None:
        return TaskQuery(action, (task_id,), None, Listing())
    assert trace_id is not None
    return TaskQuery(action, None, (trace_id,), Listing())


def _listing(body: Mapping[str, Any]) -> Listing:
    limit, offset = integer(body, "limit"), integer(body, "offset")
    return Listing(
        limit=_within("limit", DEFAULT_LIMIT if limit is None else limit, 1, MAX_LIMIT),
        offset=_within("offset", offset or 0, 0, MAX_OFFSET),
        created_at_min=_moment(body, "created_at_min"),
        created_at_max=_moment(body, "created_at_max"),
        type=text(body, "type"),
        application_id=text(body, "application_id"),
        user_id=text(body, "user_id"),
    )


def _moment(body: Mapping[str, Any], name: str) -> float | None:
    value = number(body, name)
    return None if value is None else float(value)


def _within(name: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise BadRequest(f"{name} {value} is out of range; use {least} to {most:,}", param=name)
    return value
