"""Streams: events as they happen, in both forms, and going on where one was cut off."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.acceptance.server import Server
from tests.acceptance.test_tasks import ended, error, start

GROUP = {
    "prompt": "a cat",
    "model": "doubao-seedream-4.0",
    "size": "1K",
    "stream": True,
    "sequential_image_generation": "auto",
    "sequential_image_generation_options": {"max_images": 3},
}
NDJSON, SSE = "application/x-ndjson", "text/event-stream"
SUCCEEDED, FAILED, COMPLETED = (
    f"image_generation.{name}" for name in ("partial_succeeded", "partial_failed", "completed")
)


def lines(response: httpx.Response) -> Iterator[Any]:
    for line in response.iter_lines():
        if line:
            yield json.loads(line)


def server_sent(response: httpx.Response) -> Iterator[dict[str, str]]:
    """Read server-sent events as their specification says."""
    event: dict[str, str] = {}
    for line in response.iter_lines():
        if line.startswith(":"):
            event.setdefault("comments", "")
        elif line:
            name, _, value = line.partition(":")
            event[name] = value.removeprefix(" ")
        elif event.get("data"):
            yield event
            event = {}


def streamed(client: httpx.Client, accept: str = NDJSON, drill: str = "", **fields: Any) -> Any:
    headers = {"Accept": accept} | ({"X-Seedbed-Drill": drill} if drill else {})
    return client.stream("POST", "/seedream/images", json=GROUP | fields, headers=headers)


def test_each_picture_is_a_line_and_the_end_is_the_last(caller: httpx.Client) -> None:
    with streamed(caller) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == NDJSON
        events = list(lines(response))
    assert [event["type"] for event in events] == [SUCCEEDED] * 3 + [COMPLETED]
    assert [event["sequence"] for event in events] == [1, 2, 3, 4]
    task_id = response.headers["X-Seedbed-Task"]
    assert {event["task_id"] for event in events} == {task_id}
    for index, event in enumerate(events[:3]):
        assert event["image_index"] == index
        (picture,) = event["data"]
        assert picture["size"] == "1024x1024"
        assert caller.get(picture["image_url"]).status_code == 200
    assert events[-1]["usage"]["generated_images"] == 3
    record = ended(caller, task_id)
    assert record["response"]["usage"] == events[-1]["usage"]
    assert len(record["response"]["data"]) == 3


def test_server_sent_events_say_the_same(caller: httpx.Client) -> None:
    with streamed(caller, SSE) as response:
        assert response.headers["content-type"].startswith(SSE)
        events = list(server_sent(response))
    task_id = response.headers["X-Seedbed-Task"]
    assert [event["event"] for event in events] == [SUCCEEDED] * 3 + [COMPLETED]
    assert [event["id"] for event in events] == [f"{task_id}:{n}" for n in (1, 2, 3, 4)]
    assert [json.loads(event["data"])["type"] for event in events] == [
        event["event"] for event in events
    ]


def test_a_picture_comes_before_the_next_is_drawn(slate: Server) -> None:
    slate.start()
    with slate.client() as client, streamed(client, prompt="a slow cat") as response:
        arrived = [time.monotonic() for event in lines(response) if event["type"] == SUCCEEDED]
    # Each takes 50 ms to draw and comes by itself, not all at the end.
    assert all(later - sooner > 0.03 for sooner, later in pairwise(arrived))


def test_headers_go_out_at_once_and_silence_is_filled(caller: httpx.Client) -> None:
    began = time.monotonic()
    with streamed(caller, drill="slow=1.5") as response:
        assert time.monotonic() - began < 0.8
        received = list(response.iter_raw())
    assert received[0] == b"\n"
    assert b"".join(received).count(b"\n\n") >= 1
    with streamed(caller, SSE, drill="slow=1") as response:
        assert next(response.iter_raw()).startswith(b":")


def test_a_failed_picture_is_an_event_and_the_rest_is_charged(caller: httpx.Client) -> None:
    with streamed(caller, drill="partial") as response:
        events = list(lines(response))
    assert [event["type"] for event in events] == [SUCCEEDED, SUCCEEDED, FAILED, COMPLETED]
    assert events[2]["error"]["code"] == "api_error"
    assert events[2]["image_index"] == 2
    assert "data" not in events[2]
    assert events[3]["success"] is True
    assert events[3]["usage"]["generated_images"] == 2


@pytest.mark.parametrize("accept", [NDJSON, SSE])
def test_a_stream_that_is_cut_can_be_gone_on_with(caller: httpx.Client, accept: str) -> None:
    with streamed(caller, accept, drill="cut_stream") as response:
        text = response.read().decode()
    assert text.count("partial_succeeded") == (1 if accept == NDJSON else 2)
    assert COMPLETED not in text
    task_id = response.headers["X-Seedbed-Task"]
    headers = {"Last-Event-ID": f"{task_id}:1", "Accept": accept}
    with caller.stream("POST", "/seedream/images", json=GROUP, headers=headers) as rest:
        gone_on = rest.read().decode()
    assert COMPLETED in gone_on
    assert ended(caller, task_id)["response"]["usage"]["generated_images"] == 3


def test_a_failed_task_ends_its_stream_with_the_reason(caller: httpx.Client) -> None:
    with streamed(caller, drill="moderation") as response:
        events = list(lines(response))
    assert [event["type"] for event in events] == [COMPLETED]
    assert events[0]["success"] is False
    assert events[0]["error"]["code"] == "forbidden"
    assert events[0]["usage"]["generated_images"] == 0


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"async": True}, "async"),
        ({"callback_url": "http://127.0.0.1:9/"}, "callback_url"),
        ({"size": "3x3"}, "size"),
        ({"prompt": ""}, "prompt"),
        ({"model": "doubao-seedream-3.0-t2i"}, "doubao-seedream-4-0"),
    ],
)
def test_what_cannot_be_streamed_is_a_plain_refusal(
    caller: httpx.Client, fields: dict[str, Any], says: str
) -> None:
    group = {"sequential_image_generation": "disabled"}
    group |= {"sequential_image_generation_options": None}
    with streamed(caller, SSE, **(group | fields)) as response:
        response.read()
    assert says in error(response, 400, "bad_request")
    assert response.headers["content-type"] == "application/json"


def test_async_false_beside_stream_is_no_contradiction(caller: httpx.Client) -> None:
    with streamed(caller, **{"async": False}) as response:
        assert len(list(lines(response))) == 4


def test_what_a_stream_wants_is_not_asked_for_by_the_accept_header_alone(
    caller: httpx.Client,
) -> None:
    body = GROUP | {"stream": False, "async": True}
    response = caller.post("/seedream/images", json=body, headers={"Accept": NDJSON})
    assert set(response.json()) == {"task_id", "trace_id"}


def test_a_dropped_stream_loses_nothing_and_resumes(caller: httpx.Client) -> None:
    with streamed(caller, drill="slow=0.4") as response:
        task_id = response.headers["X-Seedbed-Task"]
    record = ended(caller, task_id)
    assert record["response"]["usage"]["generated_images"] == 3
    path = f"/seedream/tasks/{task_id}/events"
    with caller.stream("GET", path) as response:
        everything = list(lines(response))
    assert [event["sequence"] for event in everything] == [1, 2, 3, 4]
    for seen in (f"{task_id}:2", "2"):
        with caller.stream("GET", path, headers={"Last-Event-ID": seen}) as response:
            assert [event["sequence"] for event in lines(response)] == [3, 4]
    with caller.stream("GET", path, params={"after": "3"}) as response:
        assert [event["type"] for event in lines(response)] == [COMPLETED]
    with caller.stream("GET", path, params={"after": "4"}) as response:
        assert list(lines(response)) == []
    error(caller.get(path, params={"after": "the second"}), 400, "bad_request")


def test_a_repeated_request_goes_on_with_its_task_instead_of_paying_again(
    caller: httpx.Client, stranger: httpx.Client
) -> None:
    with streamed(caller, SSE) as response:
        first = next(server_sent(response))
    headers = {"Last-Event-ID": first["id"], "Accept": SSE}
    with caller.stream("POST", "/seedream/images", json=GROUP, headers=headers) as response:
        rest = [event["id"] for event in server_sent(response)]
    task_id = first["id"].split(":")[0]
    assert rest == [f"{task_id}:{n}" for n in (2, 3, 4)]
    answer = stranger.post("/seedream/images", json=GROUP, headers=headers)
    error(answer, 404, "not_found")
    headers["Last-Event-ID"] = "7"
    error(caller.post("/seedream/images", json=GROUP, headers=headers), 400, "bad_request")


def test_a_repeated_key_streams_the_same_task(caller: httpx.Client) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Accept": NDJSON}
    events = []
    for _ in range(2):
        with caller.stream("POST", "/seedream/images", json=GROUP, headers=headers) as response:
            events.append([(event["task_id"], event["type"]) for event in lines(response)])
    assert events[0] == events[1]


def test_a_stream_ends_with_a_cancellation(caller: httpx.Client) -> None:
    with streamed(caller, drill="slow=20") as response:
        task_id = response.headers["X-Seedbed-Task"]
        caller.post("/seedream/tasks", json={"id": task_id, "action": "cancel"})
        events = list(lines(response))
    assert [event["error"]["code"] for event in events] == ["canceled"]


def test_a_stream_survives_a_death_of_the_server(slate: Server) -> None:
    slate.settings["keep_alive"] = "0.2"
    slate.start()
    with slate.client() as client:
        with streamed(client, prompt="behind the gate") as response:
            task_id = response.headers["X-Seedbed-Task"]
            slate.kill()
            with pytest.raises(httpx.HTTPError):
                list(lines(response))
    (slate.data_dir.parent / "gate").touch()
    slate.start()
    with slate.client() as client:
        with client.stream("GET", f"/seedream/tasks/{task_id}/events") as response:
            assert [event["type"] for event in lines(response)] == [SUCCEEDED] * 3 + [COMPLETED]


def test_b64_pictures_come_in_the_stream(caller: httpx.Client) -> None:
    with streamed(caller, response_format="b64_json") as response:
        events = list(lines(response))
    assert all(event["data"][0]["b64_json"].startswith("/9j/") for event in events[:3])
    task_id = start(caller, response_format="b64_json")
    assert "b64_json" in ended(caller, task_id)["response"]["data"][0]
