"""Previews: what pictures under way look like so far, for the streams that asked to see them.

They live in this process's memory until their task ends, and are no part of any record: a stream
that was cut off shows those that come after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from seedbed.contract.sizes import Size


@dataclass(frozen=True, slots=True)
class ShownPreview:
    """One preview of one picture."""

    number: int
    """Counts the previews of its task from 1."""
    image_index: int
    partial_index: int
    """Counts the previews of its picture from 0."""
    data: bytes
    """A JPEG."""
    size: Size


class Previews:
    """Holds the previews of the tasks that run in this process."""

    def __init__(self) -> None:
        self._of: defaultdict[str, list[ShownPreview]] = defaultdict(list)

    def add(self, task_id: str, image_index: int, data: bytes, size: Size) -> None:
        """Keep a preview until its task ends."""
        known = self._of[task_id]
        partial = sum(one.image_index == image_index for one in known)
        known.append(ShownPreview(len(known) + 1, image_index, partial, data, size))

    def of(self, task_id: str, after: int = 0) -> Sequence[ShownPreview]:
        """Give the previews of a task that came after the one of a number."""
        return self._of.get(task_id, [])[after:]

    def forget(self, task_id: str) -> None:
        """Drop what a task that has ended leaves."""
        self._of.pop(task_id, None)
