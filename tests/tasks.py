"""Task rows for tests."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from seedbed.accounts import applications
from seedbed.accounts.applications import Application
from seedbed.contract.request import parse_request
from seedbed.storage.database import Database
from seedbed.tasks import deliveries, store
from seedbed.tasks.states import State
from seedbed.tasks.task import Attempt, Image, Task
from tests.service import CREDIT, SMALL

PICTURE = Image(0, "ab/cd/" + "ab" * 32 + ".jpg", "image/jpeg", None)


@dataclass
class Due:
    """A deliverer that only remembers."""

    deliveries: list[deliveries.Due] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def enqueue(self, due: deliveries.Due) -> None:
        self.deliveries.append(due)

    def task_ended(self, task_id: str) -> None:
        self.ended.append(task_id)


def record(
    database: Database,
    owner: str = "me",
    credits: int = 10,
    application: Application | None = None,
    **values: Any,
) -> Task:
    """Record a queued task, of a new application unless one is given."""
    if application is None:
        application = database.write_now(applications.create, "tenant", credits * CREDIT)
    size = parse_request(SMALL).request.size
    assert size is not None
    now = time.time()
    fields: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "application_id": application.id,
        "credential_id": None,
        "user_id": application.user_id,
        "trace_id": "trace",
        "state": State.QUEUED,
        "attempt": 0,
        "owner": owner,
        "model": "doubao-seedream-3.0-t2i",
        "body": SMALL,
        "inputs": (),
        "size": size,
        "image_count": 1,
        "seed": 7,
        "price": CREDIT,
        "drill": None,
        "progress": 0.0,
        "note": None,
        "error": None,
        "created_at": now,
        "deadline_at": now + 60,
        "started_at": None,
        "finished_at": None,
    }
    task = Task(**(fields | values))
    database.write_now(store.create, task)
    return task


def begin(database: Database, task: Task, owner: str = "me") -> Attempt:
    """Begin the next attempt at a task, which must be allowed."""
    attempt = database.write_now(store.begin, task.id, owner)
    assert attempt is not None
    return attempt


def now(database: Database, task: Task) -> Task:
    """Read a task as it is now."""
    found = database.read_now(store.get, task.id)
    assert found is not None
    return found
