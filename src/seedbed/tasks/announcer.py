"""Announcements: wakes whoever waits for a task when its row has changed.

An announcement carries no truth: who is woken reads the row. Waiters also wake by themselves
now and then, so that a task another process finishes is noticed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ANY_END = "any end"
"""What to watch for the end of whichever task."""


class Announcer:
    """Wakes the waiters of a task, within this process and this event loop."""

    def __init__(self) -> None:
        self._waiters: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._at_end: list[Callable[[str], None]] = []
        self.stopping = False
        """Whether the process is about to end: who waits says so to its caller and leaves."""

    def stop(self) -> None:
        """Wake everyone, once and for all: the process is about to end."""
        self.stopping = True
        for events in self._waiters.values():
            for event in events:
                event.set()

    def at_end(self, call: Callable[[str], None]) -> None:
        """Have something called with the id of each task that ends in this process."""
        self._at_end.append(call)

    def announce_end(self, task_id: str) -> None:
        """Wake everyone who watches the task, and who wants to know of every end."""
        self.announce(task_id)
        self.announce(ANY_END)
        for call in self._at_end:
            call(task_id)

    def announce(self, task_id: str) -> None:
        """Wake everyone who watches the task."""
        for event in self._waiters.get(task_id, ()):
            event.set()

    @contextmanager
    def watch(self, task_id: str) -> Iterator[asyncio.Event]:
        """Give an event that every announcement sets; watch first, then read, then wait.

        The watcher clears it before it reads, so that no announcement can fall between.
        """
        event = asyncio.Event()
        self._waiters[task_id].add(event)
        try:
            yield event
        finally:
            self._waiters[task_id].discard(event)
            if not self._waiters[task_id]:
                del self._waiters[task_id]
