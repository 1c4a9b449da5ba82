"""The deliverer: makes each callback, again and again by a schedule, until a 2xx.

    deliverer = Deliverer(database, outbound, compose, owner, schedule)
    deliverer.task_ended(task_id)

It carries ids and times, never truth: what it forgets is in the rows, and `tasks.recovery` finds
it there. Receivers are kept apart, and applications that share one: each has a few attempts at
once of its own, so one that is dead or slow delays nobody else's.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from sqlalchemy import Connection
from standardwebhooks import Webhook

from seedbed.accounts import secrets
from seedbed.outbound import Answer, Outbound, Refused, Unreachable
from seedbed.storage.database import Database
from seedbed.tasks import deliveries
from seedbed.tasks.deliveries import Delivery, DeliveryAttempt, DeliveryState, Due

log = structlog.get_logger()

TIMEOUT_SECONDS = 15.0
ANSWER_BYTES = 500
"""How much of a receiver's answer is kept, for who looks for what went wrong."""
LANE_WIDTH = 4
"""Attempts at once to one receiver, for one application."""
TENANT_WIDTH = 64
"""Attempts at once for one application, however many receivers it names."""
JITTER = 0.2
"""Share by which a delay is made longer or shorter, so that retries do not come in waves."""
MAX_RETRY_AFTER = 86_400.0
GONE = 410

Compose = Callable[[Delivery], Awaitable[str]]
"""Makes the JSON text that a delivery carries."""


def signed_headers(delivery_id: str, body: str, keys: Sequence[str], now: float) -> dict[str, str]:
    """Sign a body for a receiver, once with each secret, by the Standard Webhooks scheme."""
    moment = datetime.fromtimestamp(int(now), UTC)
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": " ".join(Webhook(key).sign(delivery_id, moment, body) for key in keys),
    }


_chance = random.SystemRandom()  # nobody's seed, and no state that others share


@dataclass(slots=True)
class _Lane:
    """What waits for one receiver, and how many attempts at it are being made."""

    waiting: deque[Due] = field(default_factory=deque)
    busy: int = 0


class Deliverer:
    """Makes the callbacks of one process."""

    def __init__(
        self,
        database: Database,
        outbound: Outbound,
        compose: Compose,
        owner: str,
        schedule: Sequence[float],
    ) -> None:
        self._database = database
        self._outbound = outbound
        self._compose = compose
        self._owner = owner
        self._schedule = schedule
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._timers: dict[str, tuple[float, asyncio.TimerHandle]] = {}
        self._tenants: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(TENANT_WIDTH)
        )
        self._taken: set[str] = set()
        """Deliveries that wait in a lane or are being attempted."""
        self._running: set[asyncio.Future[None]] = set()

    def task_ended(self, task_id: str) -> None:
        """Make the task's callback, if it has one."""
        self._run(self._look(task_id))

    def enqueue(self, due: Due) -> None:
        """Make an attempt when it is due; one that is under way or comes sooner is left so."""
        if due.id in self._taken:
            return
        known = self._timers.get(due.id)
        if known is not None:
            if known[0] <= due.next_at:
                return
            known[1].cancel()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(max(0.0, due.next_at - time.time()), self._ready, due)
        self._timers[due.id] = due.next_at, timer

    async def close(self) -> None:
        """Stop at once; what was due or under way is found again in the rows."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _look(self, task_id: str) -> None:
        delivery = await self._database.read(deliveries.of_task, task_id)
        if delivery is not None and delivery.next_at is not None:
            self.enqueue(_due(delivery, delivery.next_at))

    def _ready(self, due: Due) -> None:
        self._timers.pop(due.id, None)
        self._taken.add(due.id)
        receiver = (due.application_id, urlsplit(due.url).netloc.lower())
        lane = self._lanes.setdefault(receiver, _Lane())
        lane.waiting.append(due)
        if lane.busy < LANE_WIDTH:
            lane.busy += 1
            self._run(self._serve(receiver, lane))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        # In a context of its own: what is logged of it is not part of what happens to begin it.
        task = asyncio.create_task(work, context=Context())
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The rows have it still; the next sweep brings it back.
            log.error("delivery failed", exc_info=error)

    async def _serve(self, receiver: tuple[str, str], lane: _Lane) -> None:
        try:
            while lane.waiting:
                due = lane.waiting.popleft()
                async with self._tenants[due.application_id]:
                    await self._deliver(due.id)
        finally:
            lane.busy -= 1
            if not lane.busy and not lane.waiting:
                self._lanes.pop(receiver, None)

    async def _deliver(self, delivery_id: str) -> None:
        following = None
        try:
            opened = await self._database.read(_open, delivery_id, self._owner)
            if opened is not None:
                following = await self._attempt(*opened)
        except Exception:
            log.exception("delivery failed", delivery_id=delivery_id)
        finally:
            self._taken.discard(delivery_id)
        if following is not None:
            self.enqueue(following)

    async def _attempt(self, delivery: Delivery, keys: Sequence[str]) -> Due | None:
        """Make one attempt, record it, and tell when the next is due, if any."""
        started, clock = time.time(), time.monotonic()
        status, error, answer, wait = None, None, None, None
        try:
            response = await self._post(delivery, keys)
            status, answer = response.status, response.body.decode("utf-8", "replace")
            wait = _retry_after(response)
        except (Refused, Unreachable) as failure:
            error = str(failure)
        except Exception:
            # Whatever it is, it counts: a callback that cannot be made must not be tried for ever.
            log.exception("callback could not be made", delivery_id=delivery.id)
            error = "internal error"
        attempt = DeliveryAttempt(
            number=delivery.attempts + 1,
            started_at=started,
            seconds=time.monotonic() - clock,
            status=status,
            error=error,
            answer=answer,
        )
        state, reason, next_at = self._judge(delivery, attempt, wait)
        recorded = await self._database.write(
            deliveries.record_attempt,
            delivery,
            attempt,
            state=state,
            next_at=next_at,
            reason=reason,
        )
        log.info(
            "callback attempted",
            task_id=delivery.task_id,
            delivery_id=delivery.id,
            number=attempt.number,
            status=status,
            error=error,
            state=str(state),
        )
        if not recorded or next_at is None:
            return None
        return _due(delivery, next_at)

    async def _post(self, delivery: Delivery, keys: Sequence[str]) -> Answer:
        body = await self._compose(delivery)
        return await self._outbound.request(
            "POST",
            delivery.url,
            headers={
                "Content-Type": "application/json",
                **signed_headers(delivery.id, body, keys, time.time()),
            },
            body=body.encode(),
            timeout=TIMEOUT_SECONDS,
            max_bytes=ANSWER_BYTES,
        )

    def _judge(
        self, delivery: Delivery, attempt: DeliveryAttempt, wait: float | None
    ) -> tuple[DeliveryState, str | None, float | None]:
        """Decide what follows from an attempt: its state, why it is given up, the next time."""
        if attempt.status is not None and 200 <= attempt.status < 300:
            return DeliveryState.DELIVERED, None, None
        if attempt.status == GONE:
            return DeliveryState.GIVEN_UP, "the receiver answered 410: it wants no more", None
        if delivery.tries >= len(self._schedule):
            return DeliveryState.GIVEN_UP, f"{delivery.tries + 1} attempts have failed", None
        delay = self._schedule[delivery.tries] * _chance.uniform(1 - JITTER, 1 + JITTER)
        return DeliveryState.READY, None, time.time() + max(delay, wait or 0.0)


def _due(delivery: Delivery, next_at: float) -> Due:
    return Due(delivery.id, delivery.application_id, delivery.url, next_at)


def _open(tx: Connection, delivery_id: str, owner: str) -> tuple[Delivery, Sequence[str]] | None:
    """Read a delivery that is this process's to make, with the secrets to sign it by."""
    delivery = deliveries.get(tx, delivery_id)
    if (
        delivery is None
        or delivery.owner != owner
        or delivery.state is not DeliveryState.READY
        or delivery.next_at is None
        or delivery.next_at > time.time() + 1
    ):
        return None
    return delivery, secrets.valid(tx, delivery.application_id)


def _retry_after(answer: Answer) -> float | None:
    """Read the seconds that a receiver asks to be left alone for, in either form of the header."""
    text = answer.headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        seconds = float(text) if text.isdigit() else _until(text)
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - time.time()
