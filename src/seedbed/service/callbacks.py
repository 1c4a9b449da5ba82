"""Callbacks: what they say, and a copy of each for who listens instead of being called."""

from __future__ import annotations

import json
from dataclasses import dataclass

from seedbed.service.answers import Answers
from seedbed.storage.database import Database
from seedbed.tasks import store
from seedbed.tasks.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Makes the bodies of callbacks."""

    database: Database
    answers: Answers

    async def body(self, delivery: Delivery) -> str:
        """Give the JSON text that a delivery carries: the answer that a waiting caller gets."""
        view = await self.database.read(store.view, delivery.task_id)
        assert view is not None, "a task stays as long as its delivery"
        answer = await self.answers.answer(view, delivery.base_url)
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
