"""The worst day: two hundred tasks, a receiver that fails half the time, five deaths of the server.

Every task ends once, every callback arrives, every credit is where it belongs, and nothing is
delivered to another tenant's receiver.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import httpx
from sqlalchemy import text
from standardwebhooks import Webhook

from tests.acceptance.receiver import Call, Receiver, Reply
from tests.acceptance.server import Server
from tests.acceptance.test_crash import rows, states, until
from tests.service import CREDIT, audit

TASKS, TENANTS, DEATHS = 200, 4, 5
PROMPTS = ("at once", "a slow one", "refuse")
PRICE = "0.37"


def test_the_worst_day(slate: Server) -> None:
    slate.settings |= {
        "workers": "2",
        "max_attempts": "50",
        "price": PRICE,
        "rate_limit": "1000000",
        "callback_retries": json.dumps([0.05] * 200),
    }
    slate.start()
    keys = [
        slate.run("keys", "create", f"tenant {number}", "--credits", "1000").stdout.split()[-1]
        for number in range(TENANTS)
    ]
    secrets = [
        slate.run("deliveries", "secret", f"tenant {number}").stdout.strip()
        for number in range(TENANTS)
    ]
    luck = random.Random(3)
    with Receiver(lambda call, before: Reply(500 if luck.random() < 0.5 else 200)) as receiver:
        with ThreadPoolExecutor(8) as threads:
            asking = [
                threads.submit(_ask, slate, keys, receiver.url, number) for number in range(TASKS)
            ]
            for _ in range(DEATHS):
                time.sleep(0.5 + luck.random())
                slate.kill()
                slate.start()
            tenant_of = dict(future.result(120) for future in asking)
        with rows(slate) as database:
            until(lambda: states(database).keys() <= {"succeeded", "failed"}, 90)
            until(lambda: _deliveries(database) == {"delivered": TASKS}, 90)
            assert len(tenant_of) == TASKS
            assert states(database).total() == TASKS
            audit(database)
            _check_credits(database)
        _check_calls(receiver.calls, tenant_of, secrets)


def _ask(server: Server, keys: list[str], receiver: str, number: int) -> tuple[str, int]:
    """Ask for a task until the server says that it has it, as a careful client does."""
    tenant = number % TENANTS
    body = {
        "model": "doubao-seedream-3.0-t2i",
        "size": "512x512",
        "prompt": PROMPTS[number % len(PROMPTS)],
        "callback_url": f"{receiver}/tenant/{tenant}",
    }
    headers = {"Authorization": f"Bearer {keys[tenant]}", "Idempotency-Key": f"order {number}"}
    while True:
        try:
            response = httpx.post(
                f"{server.url}/seedream/images", json=body, headers=headers, timeout=5
            )
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        assert response.status_code == 200, response.text
        return response.json()["task_id"], tenant


def _deliveries(database: Any) -> Counter[str]:
    with database.engine.connect() as connection:
        return Counter(connection.execute(text("SELECT state FROM deliveries")).scalars())


def _check_credits(database: Any) -> None:
    with database.engine.connect() as connection:
        for name, available, reserved in connection.execute(
            text("SELECT name, available, reserved FROM applications WHERE name LIKE 'tenant %'")
        ):
            delivered = connection.execute(
                text(
                    "SELECT count(*) FROM images JOIN tasks ON tasks.id = task_id "
                    "JOIN applications a ON a.id = application_id "
                    "WHERE a.name = :name AND blob_key IS NOT NULL"
                ),
                {"name": name},
            ).scalar()
            assert reserved == 0
            assert available == int((1000 - Decimal(PRICE) * delivered) * CREDIT)


def _check_calls(calls: list[Call], tenant_of: dict[str, int], secrets: list[str]) -> None:
    bodies: defaultdict[str, set[bool]] = defaultdict(set)
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for call in calls:
        task_id = call.json["task_id"]
        tenant = tenant_of[task_id]
        assert call.path == f"/tenant/{tenant}"
        Webhook(secrets[tenant]).verify(call.body, call.headers)
        bodies[task_id].add(call.json["success"])
        ids[task_id].add(call.headers["webhook-id"])
    assert bodies.keys() == tenant_of.keys()
    assert all(len(outcomes) == 1 for outcomes in bodies.values())
    assert all(len(one) == 1 for one in ids.values())
