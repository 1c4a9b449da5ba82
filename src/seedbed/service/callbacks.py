"""Callbacks: what they say, a copy of each for who listens, a resend, and a test of a receiver."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from seedbed.accounts import credentials, secrets
from seedbed.accounts.credentials import Caller
from seedbed.contract.errors import BadRequest, Conflict, NotFound
from seedbed.outbound import Outbound, Refused, Unreachable
from seedbed.service.answers import Answers
from seedbed.storage.database import Database
from seedbed.tasks import deliveries, store
from seedbed.tasks.announcer import ANY_END, Announcer
from seedbed.tasks.deliverer import ANSWER_BYTES, TIMEOUT_SECONDS, signed_headers
from seedbed.tasks.deliveries import Delivery, DeliveryAttempt
from seedbed.tasks.task import TaskView

BATCH = 100


@dataclass(frozen=True, slots=True)
class Copy:
    """A callback as its receiver gets it."""

    delivery: Delivery
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Makes the bodies of callbacks, and copies of them."""

    database: Database
    answers: Answers
    announcer: Announcer
    outbound: Outbound

    async def body(self, delivery: Delivery) -> str:
        """Give the JSON text that a delivery carries: the answer that a waiting caller gets."""
        view = await self.database.read(store.view, delivery.task_id)
        assert view is not None, "a task stays as long as its delivery"
        return await self._written(view, delivery)

    async def _written(self, view: TaskView, delivery: Delivery) -> str:
        answer = await self.answers.answer(view, delivery.base_url)
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))

    async def copies(self, caller: Caller, since: float, idle: float) -> AsyncIterator[Copy | None]:
        """Give the caller's callbacks from a Unix time on, as their tasks end.

        Gives None when `idle` seconds have passed in silence, and ends when the caller's key does.
        Deliveries go on as if nobody listened.
        """
        seen: set[str] = set()
        with self.announcer.watch(ANY_END) as ended:
            while not self.announcer.stopping and await self._admits(caller):
                ended.clear()
                found = await self.database.read(
                    deliveries.ready_since, caller.application_id, since, BATCH + len(seen)
                )
                fresh = [one for one in found if one.id not in seen]
                if not fresh:
                    if not await _within(ended, idle):
                        yield None
                    continue
                # Several may have become ready in one instant: those are told apart by their ids.
                latest = max(one.ready_at or 0.0 for one in fresh)
                seen = {one.id for one in found if one.ready_at == latest}
                since = latest
                for one in fresh:
                    if (copy := await self._copy(one)) is not None:
                        yield copy

    async def resend(self, caller: Caller, delivery_id: str) -> Delivery:
        """Have one of the caller's own callbacks made once more, now.

        Raises `NotFound` when there is none of this id, `Conflict` when its task has not ended.
        """
        delivery = await self.database.read(deliveries.get, delivery_id)
        if delivery is None or delivery.application_id != caller.application_id:
            raise NotFound(f"There is no callback {delivery_id[:80]!r}.")
        try:
            await self.database.write(deliveries.resend, delivery_id)
        except LookupError as error:
            raise Conflict(f"This callback cannot be resent: {error}.") from error
        self.announcer.announce_end(delivery.task_id)
        return delivery

    async def test(self, caller: Caller, url: str) -> DeliveryAttempt:
        """Send a receiver one signed callback that says it is a test, and tell how it went.

        Raises `BadRequest` for an address that is never called.
        """
        message = f"msg_test_{uuid.uuid4().hex}"
        body = json.dumps({"success": True, "test": True, "task_id": message, "data": []})
        keys = await self.database.read(secrets.valid, caller.application_id)
        headers = {
            "Content-Type": "application/json",
            **signed_headers(message, body, keys, time.time()),
        }
        began, clock = time.time(), time.monotonic()
        try:
            answer = await self.outbound.request(
                "POST",
                url,
                headers=headers,
                body=body.encode(),
                timeout=TIMEOUT_SECONDS,
                max_bytes=ANSWER_BYTES,
            )
        except Refused as refused:
            raise BadRequest(f"{url[:200]}: {refused}", param="url") from refused
        except Unreachable as error:
            return DeliveryAttempt(1, began, time.monotonic() - clock, error=str(error))
        said = answer.body.decode("utf-8", "replace")
        return DeliveryAttempt(
            1, began, time.monotonic() - clock, status=answer.status, answer=said
        )

    async def _admits(self, caller: Caller) -> bool:
        key = caller.credential_id
        return key is None or await self.database.read(credentials.is_live, key)

    async def _copy(self, delivery: Delivery) -> Copy | None:
        view = await self.database.read(store.view, delivery.task_id)
        if view is None:  # removed since
            return None
        keys = await self.database.read(secrets.valid, delivery.application_id)
        body = await self._written(view, delivery)
        return Copy(delivery, signed_headers(delivery.id, body, keys, time.time()), body)


async def _within(event: asyncio.Event, timeout: float) -> bool:
    try:
        async with asyncio.timeout(timeout):
            await event.wait()
    except TimeoutError:
        return False
    return True
