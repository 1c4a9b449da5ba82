"""The life of a task: its states and the only moves between them."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a task is; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether a task in this state will never change again."""
        return not any(before is self for before, _ in TRANSITIONS)


TRANSITIONS = frozenset(
    {
        (State.QUEUED, State.RUNNING),  # an attempt begins
        (State.QUEUED, State.FAILED),  # its deadline passed before the next attempt
        (State.QUEUED, State.SUCCEEDED),  # likewise, and an earlier attempt had delivered
        (State.QUEUED, State.CANCELLED),
        (State.RUNNING, State.QUEUED),  # the process that ran it died: another attempt
        (State.RUNNING, State.SUCCEEDED),  # at least one picture was delivered
        (State.RUNNING, State.FAILED),
        (State.RUNNING, State.CANCELLED),
    }
)


class IllegalTransition(Exception):
    """A move that the table does not allow: a defect of the caller."""


def check_transition(before: State, after: State) -> None:
    """Raise `IllegalTransition` unless the table allows the move."""
    if (before, after) not in TRANSITIONS:
        raise IllegalTransition(f"a task cannot go from {before} to {after}")
