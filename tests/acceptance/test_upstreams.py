"""The upstream engines before a live second Seedbed, with its fault drills switched on.

Drills are off at the server in front, so that the words which ask for one go on in the prompt.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.server import Server
from tests.acceptance.test_streams import COMPLETED, FAILED, GROUP, SUCCEEDED, lines
from tests.acceptance.test_tasks import ended, error, retrieve

KINDS = {"seedream": "", "ark": "/api/v3"}
SMALL = {"prompt": "a cat", "model": "doubao-seedream-3.0-t2i", "size": "512x512", "seed": 7}


def has_dialect(back: Server, kind: str) -> bool:
    """Whether the second server speaks what the engine does."""
    with back.client() as client:
        body = {"prompt": "x", "size": "nonsense", "model": GROUP["model"]}
        path = {"ark": "/api/v3/images/generations", "seedream": "/seedream/images"}[kind]
        return client.post(path, json=body).status_code != 404


@pytest.fixture(scope="module", params=KINDS)
def front(
    request: pytest.FixtureRequest, studio: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server whose engine is the second one, by one dialect of it."""
    kind = request.param
    if not has_dialect(studio, kind):
        pytest.skip(f"this Seedbed does not speak {kind}")
    options = {
        "behind": {
            "kind": kind,
            "base_url": studio.url + KINDS[kind],
            "key_env": "KEY_OF_THE_SECOND",
            "timeout": 30,
        }
    }
    settings = {
        "engines": json.dumps({"*": "behind"}),
        "engine_options": json.dumps(options),
        "keep_alive": "0.3",
    }
    server = Server(tmp_path_factory.mktemp("front") / "data", settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY_OF_THE_SECOND", studio.key)
        server.start()
    yield server
    assert server.stop() == 0
    assert studio.key not in server.log


@pytest.fixture
def shop(front: Server) -> Iterator[httpx.Client]:
    """A client of the server in front."""
    with front.client() as client:
        yield client


def count_at(back: httpx.Client) -> int:
    """How many tasks of the last minutes the second server has."""
    body = {"action": "retrieve_batch", "created_at_min": time.time() - 3000, "limit": 100}
    return int(back.post("/seedream/tasks", json=body).json()["count"])


@pytest.fixture
def asked_once(caller: httpx.Client) -> Iterator[None]:
    """Hold a test against what the second server was asked for: one task, whatever went wrong."""
    newest = _newest(caller)
    yield
    made = [one["id"] for one in _recent(caller)]
    assert made.index(newest) if newest in made else len(made) == 1


def _recent(back: httpx.Client) -> list[Any]:
    body = {"action": "retrieve_batch", "limit": 20}
    items = back.post("/seedream/tasks", json=body).json()["items"]
    assert isinstance(items, list)
    return items


def _newest(back: httpx.Client) -> str | None:
    recent = _recent(back)
    return str(recent[0]["id"]) if recent else None


def draw(client: httpx.Client, drill: str = "", **fields: Any) -> httpx.Response:
    prompt = f"a cat [drill: {drill}]" if drill else "a cat"
    return client.post("/seedream/images", json=SMALL | {"prompt": prompt} | fields)


def streamed(client: httpx.Client, drill: str = "") -> list[Any]:
    prompt = f"a cat [drill: {drill}]" if drill else "a cat"
    with client.stream("POST", "/seedream/images", json=GROUP | {"prompt": prompt}) as response:
        return list(lines(response))


def fetched(client: httpx.Client, answer: Any) -> bytes:
    (shown,) = answer["data"]
    response = client.get(shown["image_url"])
    assert response.status_code == 200
    return response.content


def test_a_picture_is_the_upstreams_byte_for_byte(
    shop: httpx.Client, caller: httpx.Client, front: Server
) -> None:
    answer = draw(shop).json()
    behind = _recent(caller)[0]
    assert fetched(shop, answer) == fetched(caller, behind["response"])
    assert answer["data"][0]["image_url"].startswith(front.url)
    assert answer["data"][0]["size"] == "512x512"
    assert answer["usage"]["generated_images"] == 1


def test_fields_reach_the_upstream(shop: httpx.Client, caller: httpx.Client) -> None:
    assert draw(shop, guidance_scale=4.5, watermark=False).status_code == 200
    request = _recent(caller)[0]["request"]
    assert request["model"] == "doubao-seedream-3-0-t2i-250415"
    assert {name: request[name] for name in ("size", "seed", "guidance_scale", "watermark")} == {
        "size": "512x512",
        "seed": 7,
        "guidance_scale": 4.5,
        "watermark": False,
    }
    preset = {"model": "doubao-seedream-4.0", "size": "1K", "prompt": "a cat, 16:9"}
    assert shop.post("/seedream/images", json=preset).json()["data"][0]["size"] == "1280x720"
    assert _recent(caller)[0]["request"]["size"] == "1K"


def test_a_group_comes_picture_by_picture(shop: httpx.Client) -> None:
    events = streamed(shop)
    assert [event["type"] for event in events] == [SUCCEEDED] * 3 + [COMPLETED]
    assert events[-1]["usage"]["generated_images"] == 3


def test_several_are_so_many_requests(shop: httpx.Client, caller: httpx.Client) -> None:
    before = _newest(caller)
    answer = shop.post("/seedream/images", json=SMALL | {"n": 3}).json()
    assert len(answer["data"]) == 3
    assert [one["id"] for one in _recent(caller)].index(before) == 3


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize(
    ("drill", "status", "code"),
    [("upstream_error", 500, "api_error"), ("moderation", 403, "forbidden")],
)
def test_a_failure_is_told_and_not_tried_again(
    shop: httpx.Client, drill: str, status: int, code: str
) -> None:
    error(draw(shop, drill), status, code)


def test_a_busy_upstream_fails_only_after_a_while(shop: httpx.Client, caller: httpx.Client) -> None:
    before = _newest(caller)
    body = SMALL | {"prompt": "a cat [drill: rate_limit]", "async": True}
    task_id = shop.post("/seedream/images", json=body).json()["task_id"]
    time.sleep(1)
    shop.post("/seedream/tasks", json={"action": "cancel", "id": task_id})
    record = ended(shop, task_id)
    assert record["response"]["error"]["code"] in ("too_many_requests", "canceled")
    assert _newest(caller) == before, "a refused request makes no task"


def test_an_account_without_credits_is_the_operators(shop: httpx.Client) -> None:
    message = error(draw(shop, "used_up"), 500, "api_error")
    assert "whoever runs this server" in message


def test_a_slow_upstream_is_waited_for(shop: httpx.Client) -> None:
    began = time.monotonic()
    assert draw(shop, "slow=2").status_code == 200
    assert time.monotonic() - began > 2


@pytest.mark.usefixtures("asked_once")
def test_an_expired_link_fails_its_picture(shop: httpx.Client) -> None:
    message = error(draw(shop, "expired_url"), 500, "api_error")
    assert "may have expired" in message


@pytest.mark.usefixtures("asked_once")
def test_a_stream_that_is_cut_keeps_its_first_picture(shop: httpx.Client) -> None:
    events = streamed(shop, "cut_stream")
    assert [event["type"] for event in events] == [SUCCEEDED, FAILED, FAILED, COMPLETED]
    assert "cut" in events[1]["error"]["message"]
    assert events[-1]["usage"]["generated_images"] == 1


@pytest.mark.usefixtures("asked_once")
def test_a_picture_of_a_group_fails_alone(shop: httpx.Client) -> None:
    events = streamed(shop, "partial")
    assert [event["type"] for event in events] == [SUCCEEDED, SUCCEEDED, FAILED, COMPLETED]


def test_who_cancels_frees_the_upstreams_slot(shop: httpx.Client) -> None:
    body = SMALL | {"prompt": "a cat [drill: slow=60]", "async": True}
    task_id = shop.post("/seedream/images", json=body).json()["task_id"]
    time.sleep(0.3)
    shop.post("/seedream/tasks", json={"action": "cancel", "id": task_id})
    assert retrieve(shop, task_id)["response"]["error"]["code"] == "canceled"
    assert draw(shop).status_code == 200


def test_many_at_once_are_all_served(shop: httpx.Client) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda seed: draw(shop, seed=seed), range(24)))
    assert {one.status_code for one in answers} == {200}
    assert len({fetched(shop, one.json()) for one in answers}) == 24


def test_a_server_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    options = {"seedream": {"base_url": "http://127.0.0.1:9", "key_env": ""}}
    settings = {
        "engines": json.dumps({"*": "seedream"}),
        "engine_options": json.dumps(options),
    }
    server = Server(tmp_path / "data", settings).start()
    try:
        with server.client() as client:
            message = error(draw(client), 500, "api_error")
        assert "cannot be reached" in message
    finally:
        server.stop()
