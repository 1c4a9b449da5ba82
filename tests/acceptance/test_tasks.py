"""Tasks over HTTP: asked for, waited for, found, listed, cancelled, repeated safely."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.acceptance.server import Server

SMALL = {"prompt": "a cat", "model": "doubao-seedream-3.0-t2i", "size": "512x512"}
GROUP = {
    "prompt": "a cat",
    "model": "doubao-seedream-4.0",
    "size": "1K",
    "sequential_image_generation": "auto",
}


def draw(client: httpx.Client, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    response = client.post("/seedream/images", json=SMALL | fields, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def start(client: httpx.Client, drill: str | None = None, **fields: Any) -> str:
    headers = {} if drill is None else {"X-Seedbed-Drill": drill}
    answer = draw(client, headers, **({"async": True} | fields))
    assert set(answer) == {"task_id", "trace_id"}
    return str(answer["task_id"])


def retrieve(client: httpx.Client, task_id: str) -> Any:
    response = client.post("/seedream/tasks", json={"id": task_id, "action": "retrieve"})
    assert response.status_code == 200, response.text
    return response.json()


def ended(client: httpx.Client, task_id: str) -> Any:
    deadline = time.monotonic() + 30
    while "response" not in (record := retrieve(client, task_id)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return record


def error(response: httpx.Response, status: int, code: str) -> str:
    assert response.status_code == status, response.text
    body = response.json()
    assert body["success"] is False
    assert body["error"]["code"] == code
    return str(body["error"]["message"])


def urls_within(value: Any) -> list[str]:
    """Every key that clients take for a link to a finished picture."""
    if isinstance(value, dict):
        own = [key for key in value if key.endswith("url")]
        return own + [found for inner in value.values() for found in urls_within(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in urls_within(inner)]
    return []


# Polling


def test_an_asynchronous_request_is_answered_at_once_and_polled(caller: httpx.Client) -> None:
    began = time.monotonic()
    task_id = start(caller, "slow=1")
    assert time.monotonic() - began < 0.8
    pending = retrieve(caller, task_id)
    assert pending["state"] in ("pending", "processing")
    assert pending["id"] == task_id
    assert pending["request"]["prompt"] == "a cat"
    assert not {"response", "finished_at", "elapsed"} & pending.keys()
    assert urls_within(pending) == []
    assert pending["queue_position"] >= 0
    record = ended(caller, task_id)
    assert record["state"] == "succeeded"
    assert record["progress"] == 1
    assert record["type"] == "images"
    assert record["elapsed"] == pytest.approx(
        record["finished_at"] - record["started_at"], abs=0.01
    )
    assert record["created_at"] <= record["started_at"] < record["finished_at"]
    for name in ("application_id", "credential_id", "user_id", "trace_id"):
        assert uuid.UUID(record[name])
    response = record["response"]
    assert response["success"] is True
    assert (response["task_id"], response["trace_id"]) == (task_id, record["trace_id"])
    assert "state" not in response
    assert caller.get(response["data"][0]["image_url"]).headers["content-type"] == "image/jpeg"
    assert caller.get(f"/seedream/tasks/{task_id}").json()["id"] == task_id


def test_a_pending_task_with_a_callback_shows_no_url(caller: httpx.Client) -> None:
    fields = {"callback_url": "http://127.0.0.1:9/hook", "async": False}
    task_id = start(caller, "slow=0.5,callback_withheld", **fields)
    pending = retrieve(caller, task_id)
    assert urls_within(pending) == []
    assert "response" not in pending
    assert pending["callback"]["state"] == "given_up"
    ended(caller, task_id)


def test_a_failed_task_says_so_in_every_way_that_clients_read(caller: httpx.Client) -> None:
    record = ended(caller, start(caller, prompt="refuse"))
    assert record["state"] == "failed"
    assert record["finished_at"]
    assert record["response"]["success"] is False
    assert record["response"]["error"] == {
        "code": "forbidden",
        "message": "slate does not draw this",
    }
    assert record["response"]["task_id"] == record["id"]


def test_no_other_task_exists(caller: httpx.Client, stranger: httpx.Client) -> None:
    own, foreign = start(caller), start(stranger)
    for task_id in (foreign, str(uuid.uuid4()), "", "no id", "x" * 5000):
        for action in ("retrieve", "cancel"):
            asked = caller.post("/seedream/tasks", json={"id": task_id, "action": action})
            error(asked, 404, "not_found")
    for path in (f"/seedream/tasks/{foreign}", f"/seedream/tasks/{foreign}/events"):
        error(caller.get(path), 404, "not_found")
    body = {"ids": [foreign, own, str(uuid.uuid4())], "action": "retrieve_batch"}
    found = caller.post("/seedream/tasks", json=body).json()
    assert [item["id"] for item in found["items"]] == [own]
    assert found["count"] == 1
    trace = ended(stranger, foreign)["trace_id"]
    error(caller.post("/seedream/tasks", json={"trace_id": trace}), 404, "not_found")
    assert stranger.post("/seedream/tasks", json={"trace_id": trace}).json()["id"] == foreign
    batch = {"trace_ids": [trace], "action": "retrieve_batch"}
    assert caller.post("/seedream/tasks", json=batch).json() == {"items": [], "count": 0}
    assert stranger.post("/seedream/tasks", json=batch).json()["count"] == 1


@pytest.mark.parametrize("value", ["\\ud800", "1e999", '"' + "A" * 10_000 + '"'])
def test_what_nobody_knows_is_not_kept(caller: httpx.Client, value: str) -> None:
    value = f'"{value}"' if value.startswith("\\") else value
    text = json.dumps(SMALL | {"async": True})[:-1]
    text += f', "x": {value}, "sequential_image_generation_options": {{"x": {value}}}}}'
    headers = {"Content-Type": "application/json"}
    response = caller.post("/seedream/images", content=text, headers=headers)
    assert response.status_code == 200, response.text
    request = ended(caller, response.json()["task_id"])["request"]
    assert request.get("sequential_image_generation_options", {}) == {}
    assert "x" not in request


def test_a_list_gives_urls_and_one_task_its_picture(caller: httpx.Client) -> None:
    task_id = start(caller, response_format="b64_json")
    assert "b64_json" in ended(caller, task_id)["response"]["data"][0]
    batch = {"ids": [task_id], "action": "retrieve_batch"}
    (item,) = caller.post("/seedream/tasks", json=batch).json()["items"]
    (picture,) = item["response"]["data"]
    assert "b64_json" not in picture
    assert caller.get(picture["image_url"]).content[:2] == b"\xff\xd8"


@pytest.mark.parametrize("moment", [10**300, 2**63, -(2**63), 0.5])
def test_any_number_is_a_time_to_list_from(caller: httpx.Client, moment: float) -> None:
    body = {"action": "retrieve_batch", "created_at_min": moment, "created_at_max": moment}
    assert caller.post("/seedream/tasks", json=body).json() == {"items": [], "count": 0}


def test_a_batch_of_none_is_none_and_of_the_same_twice_is_both(caller: httpx.Client) -> None:
    nothing = {"action": "retrieve_batch", "ids": []}
    assert caller.post("/seedream/tasks", json=nothing).json() == {"items": [], "count": 0}
    task_id = start(caller)
    twice = {"action": "retrieve_batch", "ids": [task_id, task_id]}
    assert caller.post("/seedream/tasks", json=twice).json()["count"] == 2


def test_the_newest_tasks_are_listed_within_the_application(
    caller: httpx.Client, stranger: httpx.Client
) -> None:
    before = time.time()
    mine = [start(stranger) for _ in range(5)]
    start(caller)
    own = ended(stranger, mine[0])

    def listed(**fields: Any) -> list[str]:
        body = {"action": "retrieve_batch"} | fields
        return [item["id"] for item in stranger.post("/seedream/tasks", json=body).json()["items"]]

    assert listed(limit=5) == mine[::-1]
    assert listed(limit=2, offset=1) == mine[::-1][1:3]
    assert listed(created_at_min=before, type="images") == mine[::-1]
    assert not set(listed(created_at_max=before, limit=100)) & set(mine)
    assert listed(created_at_min=own["created_at"], created_at_max=own["created_at"] + 0.002)[-1:]
    assert listed(application_id=own["application_id"], user_id=own["user_id"], limit=1)
    assert listed(application_id=str(uuid.uuid4())) == []
    assert listed(user_id="somebody else") == listed(type="videos") == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "id"),
        ({"action": "retrieve"}, "id"),
        ({"action": "cancel"}, "id"),
        ({"id": 7}, "id must be a string"),
        ({"id": ["a"]}, "id must be a string"),
        ({"ids": "a", "action": "retrieve_batch"}, "ids must be a list"),
        ({"ids": [1], "action": "retrieve_batch"}, "ids[0]"),
        ({"ids": ["a"] * 101, "action": "retrieve_batch"}, "at most 100"),
        ({"id": "a", "action": "paint"}, "retrieve_batch"),
        ({"action": "retrieve_batch", "limit": 0}, "1 to 100"),
        ({"action": "retrieve_batch", "limit": "all"}, "a number"),
        ({"action": "retrieve_batch", "offset": -1}, "0 to"),
        ({"action": "retrieve_batch", "created_at_min": "yesterday"}, "a number"),
    ],
)
def test_a_malformed_question_is_told_what_is_allowed(
    caller: httpx.Client, body: dict[str, Any], says: str
) -> None:
    assert says in error(caller.post("/seedream/tasks", json=body), 400, "bad_request")


def test_a_key_for_tasks_alone_may_ask_and_not_draw(studio: Server) -> None:
    created = studio.run("keys", "create", "reader", "--allow", "seedream/tasks")
    with studio.client(created.stdout.strip().splitlines()[-1]) as reader:
        body = {"action": "retrieve_batch", "ids": []}
        assert reader.post("/seedream/tasks", json=body).status_code == 200
        error(reader.post("/seedream/images", json=SMALL), 400, "token_mismatched")
    error(httpx.post(f"{studio.url}/seedream/tasks", json={"id": "a"}), 401, "invalid_token")


# Waiting


def test_who_has_waited_long_enough_gets_the_task(caller: httpx.Client) -> None:
    headers = {"Prefer": "respond-async, wait=0", "X-Seedbed-Drill": "slow=0.6"}
    response = caller.post("/seedream/images", json=SMALL, headers=headers)
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"task_id", "trace_id"}
    assert response.headers["X-Should-Retry"] == "false"
    assert response.headers["X-Seedbed-Task"] == body["task_id"]
    assert response.headers["Retry-After"]
    assert response.headers["Link"] == f'</seedream/tasks/{body["task_id"]}>; rel="monitor"'
    assert ended(caller, body["task_id"])["state"] == "succeeded"


def test_a_failure_says_that_its_task_exists(caller: httpx.Client) -> None:
    response = caller.post("/seedream/images", json=SMALL | {"prompt": "refuse"})
    error(response, 403, "forbidden")
    assert response.json()["task_id"] == response.headers["X-Seedbed-Task"]
    assert response.headers["X-Should-Retry"] == "false"


# Groups


@pytest.mark.parametrize(
    ("prompt", "most", "count"),
    [
        ("a 3-panel story of a cat", 5, 3),
        ("a 4-panel story of a cat", 2, 2),
        ("三张图,一只猫", None, 3),
        ("四格漫画:一只猫的一天", 15, 4),
        ("three cats", 2, 2),
        ("a cat", None, 1),
    ],
)
def test_a_group_has_as_many_pictures_as_its_prompt_asks_for(
    caller: httpx.Client, prompt: str, most: int | None, count: int
) -> None:
    options = {} if most is None else {"sequential_image_generation_options": {"max_images": most}}
    answer = draw(caller, **(GROUP | options | {"prompt": prompt}))
    assert len(answer["data"]) == answer["usage"]["generated_images"] == count
    assert len({picture["image_url"] for picture in answer["data"]}) >= 1


def test_one_picture_that_fails_does_not_kill_the_group(caller: httpx.Client) -> None:
    options = {"sequential_image_generation_options": {"max_images": 3}}
    answer = draw(caller, {"X-Seedbed-Drill": "partial"}, **(GROUP | options))
    assert answer["success"] is True
    assert ["error" in picture for picture in answer["data"]] == [False, False, True]
    assert answer["data"][2]["error"]["code"] == "api_error"
    assert answer["usage"]["generated_images"] == 2


# Idempotency


def keyed(client: httpx.Client, key: str, **fields: Any) -> httpx.Response:
    return client.post("/seedream/images", json=SMALL | fields, headers={"Idempotency-Key": key})


def test_the_same_key_and_request_are_one_task_also_at_once(caller: httpx.Client) -> None:
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: keyed(caller, key), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["task_id"] for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers].count("true") == 7
    again = caller.post(
        "/seedream/images",
        content='{"size":"512x512",  "model": "doubao-seedream-3.0-t2i","prompt":"a cat"}',
        headers={"Idempotency-Key": key},
    )
    assert again.json()["task_id"] == answers[0].json()["task_id"]


def test_the_same_key_with_another_request_is_a_conflict(
    caller: httpx.Client, stranger: httpx.Client
) -> None:
    key = "order 66"
    first = keyed(caller, key)
    conflict = keyed(caller, key, prompt="a dog")
    assert "another request" in error(conflict, 409, "conflict")
    assert conflict.headers["X-Should-Retry"] == "false"
    other = keyed(stranger, key, prompt="a dog")
    assert other.json()["task_id"] != first.json()["task_id"]


def test_a_refused_request_does_not_use_its_key_up(caller: httpx.Client) -> None:
    key = str(uuid.uuid4())
    error(keyed(caller, key, size="1x1"), 400, "bad_request")
    assert keyed(caller, key).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_malformed_key_is_refused(caller: httpx.Client, key: str) -> None:
    assert "Idempotency-Key" in error(keyed(caller, key), 400, "bad_request")


def test_a_key_holds_across_a_death(slate: Server) -> None:
    slate.start()
    with slate.client() as client:
        first = keyed(client, "before", **{"async": True}).json()["task_id"]
    slate.kill()
    slate.start()
    with slate.client() as client:
        assert keyed(client, "before", **{"async": True}).json()["task_id"] == first
        error(keyed(client, "before"), 409, "conflict")
        assert ended(client, first)["state"] == "succeeded"
    assert "9999" in slate.run("keys", "list").stdout


# Cancelling


def cancel(client: httpx.Client, task_id: str) -> httpx.Response:
    return client.post("/seedream/tasks", json={"id": task_id, "action": "cancel"})


def test_a_queued_and_a_running_task_are_cancelled_and_cost_nothing(slate: Server) -> None:
    slate.start()
    with slate.client() as client:
        running, queued = (start(client, prompt="behind the gate") for _ in range(2))
        deadline = time.monotonic() + 20
        while retrieve(client, running)["state"] != "processing":
            assert time.monotonic() < deadline
        waiting = retrieve(client, queued)
        assert (waiting["state"], waiting["queue_position"]) == ("pending", 0)
        third = start(client, prompt="behind the gate")
        assert retrieve(client, third)["queue_position"] == 1
        for task_id in (queued, running, third):
            record = cancel(client, task_id).json()
            assert record["state"] == "failed"
            assert record["response"]["error"]["code"] == "canceled"
            assert cancel(client, task_id).json() == record
        # Its worker is free again at once, although the gate never opens.
        assert client.post("/seedream/images", json=SMALL, timeout=20).status_code == 200
    assert "9999" in slate.run("keys", "list").stdout


def test_a_waiting_caller_is_told_of_a_cancellation(caller: httpx.Client) -> None:
    key = str(uuid.uuid4())
    headers = {"X-Seedbed-Drill": "slow=20", "Idempotency-Key": key}
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(caller.post, "/seedream/images", json=SMALL, headers=headers)
        deadline = time.monotonic() + 10
        listing = {"action": "retrieve_batch", "limit": 1}
        while True:
            (newest,) = caller.post("/seedream/tasks", json=listing).json()["items"]
            if newest["state"] == "processing":
                break
            assert time.monotonic() < deadline
        assert cancel(caller, newest["id"]).status_code == 200
        error(waiting.result(10), 410, "canceled")


def test_what_has_ended_cannot_be_cancelled(caller: httpx.Client) -> None:
    task_id = draw(caller)["task_id"]
    assert "succeeded" in error(cancel(caller, task_id), 409, "conflict")


# Drills


@pytest.mark.parametrize(
    ("drill", "status", "code"),
    [
        ("rate_limit", 429, "too_many_requests"),
        ("used_up", 403, "used_up"),
        ("upstream_error", 500, "api_error"),
        ("moderation", 403, "forbidden"),
        ("partial", 500, "api_error"),
        ("flood", 400, "bad_request"),
        ("slow=forever", 400, "bad_request"),
    ],
)
@pytest.mark.parametrize("where", ["header", "prompt"])
def test_a_drill_fails_as_it_was_asked_to(
    caller: httpx.Client, drill: str, status: int, code: str, where: str
) -> None:
    headers = {"X-Seedbed-Drill": drill} if where == "header" else {}
    prompt = "a cat" if where == "header" else f"a cat [drill: {drill}]"
    response = caller.post("/seedream/images", json=SMALL | {"prompt": prompt}, headers=headers)
    error(response, status, code)


def test_a_drill_shows_links_that_have_expired(caller: httpx.Client) -> None:
    body = SMALL | {"prompt": "a cat [drill: expired_url]"}
    answer = caller.post("/seedream/images", json=body)
    assert answer.status_code == 200
    record = retrieve(caller, answer.json()["task_id"])
    for shown in (answer.json(), record["response"]):
        error(caller.get(shown["data"][0]["image_url"]), 403, "forbidden")


def test_where_drills_are_off_nothing_is_drilled(client: httpx.Client) -> None:
    headers = {"X-Seedbed-Drill": "used_up"}
    body = SMALL | {"prompt": "a cat [drill: moderation]"}
    response = client.post("/seedream/images", json=body, headers=headers)
    assert response.status_code == 200
    assert "drills are off" in response.headers["X-Seedbed-Ignored"]
