"""The deliverer: when, how often and to whom; by a clock and a network that the test holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook

from seedbed.accounts import applications, secrets
from seedbed.accounts.applications import Application
from seedbed.outbound import Answer, Outbound, Unreachable
from seedbed.storage.database import Database
from seedbed.storage.schema import deliveries as rows
from seedbed.tasks import deliveries, store
from seedbed.tasks.deliverer import JITTER, Deliverer
from seedbed.tasks.deliveries import Delivery, DeliveryState
from seedbed.tasks.task import Task, TaskError
from tests.service import CREDIT
from tests.tasks import record

SCHEDULE = (10.0, 100.0, 1000.0)
FAR = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"
FAILED = TaskError("api_error", "no")
Reply = Callable[[str], int | Exception]


@dataclass
class Network:
    """A client that answers as the test says, and remembers what it was asked."""

    reply: Reply = lambda url: 200
    headers: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    now: int = 0
    most: int = 0
    gate: asyncio.Event | None = None

    async def request(self, method: str, url: str, **options: Any) -> Answer:
        self.calls.append((url, options["body"], options["headers"]))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if self.gate is not None:
                await self.gate.wait()
            answer = self.reply(url)
        finally:
            self.now -= 1
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, self.headers, b"answer", False, url)


async def compose(delivery: Delivery) -> str:
    return f'{{"task_id":"{delivery.task_id}"}}'


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
async def deliverer(database: Database, network: Network) -> AsyncIterator[Deliverer]:
    deliverer = Deliverer(database, cast(Outbound, network), compose, "me", SCHEDULE)
    yield deliverer
    await deliverer.close()


def ended(
    database: Database,
    url: str = "https://example.com/hook",
    owner: str = "me",
    application: Application | None = None,
) -> Task:
    """Record a task with a callback, and end it."""
    task = record(database, owner, application=application)
    database.write_now(
        deliveries.plan,
        task_id=task.id,
        application_id=task.application_id,
        owner=owner,
        url=url,
        base_url="http://here",
    )
    database.write_now(store.cancel, task.id, FAILED)
    return task


def of(database: Database, task: Task) -> Delivery:
    found = database.read_now(deliveries.of_task, task.id)
    assert found is not None
    return found


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


async def attempted(database: Database, task: Task, count: int) -> Delivery:
    await until(lambda: of(database, task).attempts >= count)
    return of(database, task)


async def time_passes(database: Database, deliverer: Deliverer, task: Task) -> None:
    """Let the time pass until the next attempt, and do what a sweep does."""
    database.write_now(
        lambda tx: tx.execute(
            update(rows).where(rows.c.task_id == task.id).values(next_at=time.time())
        )
    )
    before = of(database, task).attempts
    while of(database, task).attempts == before:
        for due in database.read_now(deliveries.open_of, "me"):
            deliverer.enqueue(due)
        await asyncio.sleep(0.005)


async def test_it_is_made_once_when_it_is_taken(
    database: Database, deliverer: Deliverer, network: Network
) -> None:
    task = ended(database)
    for _ in range(5):
        deliverer.task_ended(task.id)
    delivery = await attempted(database, task, 1)
    await asyncio.sleep(0.05)
    assert delivery.state is DeliveryState.DELIVERED
    assert (delivery.next_at, delivery.ended_at is None) == (None, False)
    ((url, body, headers),) = network.calls
    assert url == "https://example.com/hook"
    (secret,) = database.read_now(secrets.valid, task.application_id)
    assert Webhook(secret).verify(body, headers) == {"task_id": task.id}


async def test_a_task_without_a_callback_makes_none(
    database: Database, deliverer: Deliverer, network: Network
) -> None:
    task = record(database)
    database.write_now(store.cancel, task.id, FAILED)
    deliverer.task_ended(task.id)
    await asyncio.sleep(0.05)
    assert network.calls == []


async def test_nothing_goes_out_before_the_task_has_ended(
    database: Database, deliverer: Deliverer, network: Network
) -> None:
    task = record(database)
    plan = {"task_id": task.id, "application_id": task.application_id, "owner": "me"}
    database.write_now(deliveries.plan, **plan, url="https://example.com", base_url="")
    deliverer.task_ended(task.id)
    await asyncio.sleep(0.05)
    assert network.calls == []
    assert database.read_now(deliveries.open_of, "me") == []
    with pytest.raises(LookupError, match="has not ended"):
        database.write_now(deliveries.resend, of(database, task).id)


async def test_what_is_withheld_is_not_resent_before_its_task_has_ended(
    database: Database, deliverer: Deliverer
) -> None:
    task = record(database)
    plan = {"task_id": task.id, "application_id": task.application_id, "owner": "me"}
    database.write_now(
        deliveries.plan, **plan, url="https://example.com", base_url="", withheld="by a drill"
    )
    with pytest.raises(LookupError, match="has not ended"):
        database.write_now(deliveries.resend, of(database, task).id)
    database.write_now(store.cancel, task.id, FAILED)
    database.write_now(deliveries.resend, of(database, task).id)
    deliverer.task_ended(task.id)
    assert (await attempted(database, task, 1)).state is DeliveryState.DELIVERED


@pytest.mark.parametrize("failure", [500, 404, 301, 304, 199, Unreachable("connection refused")])
async def test_a_failure_is_tried_again_by_the_schedule_and_then_given_up(
    database: Database, deliverer: Deliverer, network: Network, failure: int | Exception
) -> None:
    network.reply = lambda url: failure
    task = ended(database)
    deliverer.task_ended(task.id)
    for number, delay in enumerate(SCHEDULE, 1):
        delivery = await attempted(database, task, number)
        assert delivery.state is DeliveryState.READY
        assert delivery.next_at is not None
        assert delivery.next_at - time.time() == pytest.approx(delay, rel=JITTER + 0.01)
        await time_passes(database, deliverer, task)
    delivery = await attempted(database, task, 4)
    assert delivery.state is DeliveryState.GIVEN_UP
    assert delivery.reason == "4 attempts have failed"
    attempts = database.read_now(deliveries.attempts_of, delivery.id)
    assert [attempt.number for attempt in attempts] == [1, 2, 3, 4]
    if isinstance(failure, int):
        assert {attempt.status for attempt in attempts} == {failure}
        assert {attempt.answer for attempt in attempts} == {"answer"}
    else:
        assert {attempt.error for attempt in attempts} == {"connection refused"}


async def test_delays_vary(database: Database, deliverer: Deliverer, network: Network) -> None:
    network.reply = lambda url: 500
    tasks = [ended(database) for _ in range(10)]
    for task in tasks:
        deliverer.task_ended(task.id)
    delays = [(await attempted(database, task, 1)).next_at for task in tasks]
    assert len({round(delay or 0, 1) for delay in delays}) > 5


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_a_receiver_may_ask_for_more_time(
    database: Database, deliverer: Deliverer, network: Network, form: str
) -> None:
    later = "120" if form == "seconds" else formatdate(time.time() + 120, usegmt=True)
    network.reply, network.headers = (lambda url: 503), {"Retry-After": later}
    task = ended(database)
    deliverer.task_ended(task.id)
    delivery = await attempted(database, task, 1)
    assert (delivery.next_at or 0) - time.time() == pytest.approx(120, abs=3)


@pytest.mark.parametrize(
    "nonsense", ["soon", "-5", "1e9", "", "99999999999", "Mon, 99 Foo 2026", FAR]
)
async def test_a_senseless_retry_after_delays_nothing_for_ever(
    database: Database, deliverer: Deliverer, network: Network, nonsense: str
) -> None:
    network.reply, network.headers = (lambda url: 503), {"Retry-After": nonsense}
    task = ended(database)
    deliverer.task_ended(task.id)
    delivery = await attempted(database, task, 1)
    assert (delivery.next_at or 0) - time.time() <= 86_400


async def test_410_ends_it(database: Database, deliverer: Deliverer, network: Network) -> None:
    network.reply = lambda url: 410
    task = ended(database)
    deliverer.task_ended(task.id)
    delivery = await attempted(database, task, 1)
    assert delivery.state is DeliveryState.GIVEN_UP
    database.write_now(deliveries.resend, delivery.id)
    again = of(database, task)
    assert (again.state, again.tries, again.attempts) == (DeliveryState.READY, 0, 1)


async def test_a_receiver_has_few_attempts_at_once_and_delays_no_other(
    database: Database, deliverer: Deliverer, network: Network
) -> None:
    network.gate = asyncio.Event()
    tenant = database.write_now(applications.create, "tenant", 100 * CREDIT)
    dead = [
        ended(database, f"https://dead.example/{number}", application=tenant)
        for number in range(20)
    ]
    for task in dead:
        deliverer.task_ended(task.id)
    await until(lambda: network.now == 4)
    alive = ended(database, "https://alive.example/", application=tenant)
    others = ended(database, "https://dead.example/of-another-application")
    deliverer.task_ended(alive.id)
    deliverer.task_ended(others.id)
    await until(lambda: network.now == 6)
    called = {call[0] for call in network.calls}
    assert called >= {"https://alive.example/", "https://dead.example/of-another-application"}
    network.gate.set()
    for task in [*dead, alive, others]:
        assert (await attempted(database, task, 1)).state is DeliveryState.DELIVERED
    assert network.most == 6


@pytest.mark.parametrize("status", [500, 200])
async def test_a_resend_during_an_attempt_is_not_lost(
    database: Database, deliverer: Deliverer, network: Network, status: int
) -> None:
    network.reply, network.gate = (lambda url: status), asyncio.Event()
    task = ended(database)
    deliverer.task_ended(task.id)
    await until(lambda: network.now == 1)
    database.write_now(deliveries.resend, of(database, task).id)
    network.gate.set()
    delivery = await attempted(database, task, 1)
    assert (delivery.state, delivery.tries) == (DeliveryState.READY, 0)
    network.reply = lambda url: 200
    await time_passes(database, deliverer, task)
    assert (await attempted(database, task, 2)).state is DeliveryState.DELIVERED


async def test_a_body_that_cannot_be_made_is_an_attempt_that_failed(
    database: Database, network: Network
) -> None:
    async def broken(delivery: Delivery) -> str:
        raise ZeroDivisionError

    deliverer = Deliverer(database, cast(Outbound, network), broken, "me", SCHEDULE)
    task = ended(database)
    deliverer.task_ended(task.id)
    delivery = await attempted(database, task, 1)
    (attempt,) = database.read_now(deliveries.attempts_of, delivery.id)
    assert attempt.error == "internal error"
    await deliverer.close()


async def test_another_process_s_delivery_is_left_to_it(
    database: Database, deliverer: Deliverer, network: Network
) -> None:
    task = ended(database, owner="another")
    deliverer.task_ended(task.id)
    await asyncio.sleep(0.05)
    assert network.calls == []
    database.write_now(deliveries.adopt, ["another"], "me")
    deliverer.task_ended(task.id)
    await attempted(database, task, 1)


async def test_who_lost_a_delivery_meanwhile_records_nothing(
    database: Database, deliverer: Deliverer, network: Network
) -> None:
    network.gate = asyncio.Event()
    task = ended(database)
    deliverer.task_ended(task.id)
    await until(lambda: network.now == 1)
    database.write_now(deliveries.adopt, ["me"], "another")
    network.gate.set()
    await until(lambda: network.now == 0)
    await asyncio.sleep(0.05)
    assert (of(database, task).attempts, of(database, task).state) == (0, DeliveryState.READY)


async def test_closing_stops_at_once_and_the_rows_keep_what_is_due(
    database: Database, network: Network, tmp_path: Path
) -> None:
    network.gate = asyncio.Event()
    deliverer = Deliverer(database, cast(Outbound, network), compose, "me", SCHEDULE)
    task = ended(database)
    deliverer.task_ended(task.id)
    await until(lambda: network.now == 1)
    await deliverer.close()
    assert [due.id for due in database.read_now(deliveries.open_of, "me")] == [
        of(database, task).id
    ]


async def test_one_that_is_wanted_sooner_comes_sooner(
    database: Database, deliverer: Deliverer, network: Network
) -> None:
    network.reply = lambda url: 200 if len(network.calls) > 1 else 500
    task = ended(database)
    deliverer.task_ended(task.id)
    await attempted(database, task, 1)
    await time_passes(database, deliverer, task)
    assert (await attempted(database, task, 2)).state is DeliveryState.DELIVERED
