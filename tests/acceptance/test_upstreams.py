"""The upstream engines before a live second Seedbed, with its fault drills switched on.

Drills are off at the server in front, so that the words which ask for one go on in the prompt.
"""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.acceptance.server import Server
from tests.acceptance.test_streams import COMPLETED, FAILED, GROUP, SUCCEEDED, lines
from tests.acceptance.test_tasks import ended, error, retrieve

KINDS = {"seedream": "", "ark": "/api/v3"}
SMALL = {"prompt": "a cat", "model": "doubao-seedream-3.0-t2i", "size": "512x512", "seed": 7}


@pytest.fixture(scope="module", params=KINDS)
def front(
    request: pytest.FixtureRequest, studio: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server whose engine is the second one, by one dialect of it."""
    kind = request.param
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


@pytest.fixture
def asked_once(caller: httpx.Client) -> Iterator[None]:
    """Hold a test against what the second server was asked for: one task, whatever went wrong."""
    newest = _newest(caller)
    yield
    assert made_since(caller, newest) == 1


def made_since(back: httpx.Client, newest: str | None) -> int:
    """How many tasks a server has made after the one that was its newest."""
    ids = [one["id"] for one in _recent(back)]
    return ids.index(newest) if newest is not None else len(ids)


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
    body = {"prompt": "a cat", "model": SMALL["model"], "size": "512x512", "n": 3}
    answer = shop.post("/v1/images/generations", json=body)
    assert len(answer.json()["data"]) == 3
    assert made_since(caller, before) == 3


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
    body = SMALL | {"prompt": "a cat [drill: slow=3]", "async": True}
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


@pytest.fixture(scope="module", params=KINDS)
def atelier(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of a server whose engine is one that can edit and take apart."""
    kind = request.param
    options = {kind: {"base_url": server.url + KINDS[kind], "key_env": "KEY_OF_THE_SECOND"}}
    settings = {
        "engines": json.dumps({"*": kind}),
        "engine_options": json.dumps(options),
    }
    before = Server(tmp_path_factory.mktemp("atelier") / "data", settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY_OF_THE_SECOND", server.key)
        before.start()
    with before.client() as client:
        yield client
    assert before.stop() == 0


def uri(mode: str = "RGB", hole: bool = False) -> str:
    """A picture of two halves as a data URI; with a hole, its right half is transparent."""
    image = Image.new(mode, (1024, 1024), (200, 40, 40))
    image.paste((20, 60, 220) if mode == "RGB" else (20, 60, 220, 0 if hole else 255),
                (512, 0, 1024, 1024))  # fmt: skip
    out = io.BytesIO()
    image.save(out, "png")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


PRO = "doubao-seedream-5-0-pro-260628"


def test_a_picture_is_edited_at_the_upstream(atelier: httpx.Client, client: httpx.Client) -> None:
    body = {"model": PRO, "prompt": "make it black and white", "image": uri(), "size": "1K"}
    answer = atelier.post("/seedream/images", json=body).json()
    behind = _recent(client)[0]
    assert fetched(atelier, answer) == fetched(client, behind["response"])
    assert len(behind["request"]["image"]) == 1
    assert answer["usage"]["input_images"] == 1


def test_what_lies_outside_of_a_mask_stays(atelier: httpx.Client) -> None:
    mask = uri("RGBA", hole=True)
    body = {
        "model": PRO,
        "prompt": "make it black and white",
        "image": uri(),
        "mask": mask,
        "size": "1024x1024",
        "output_format": "png",
        "watermark": False,
    }
    answer = atelier.post("/seedream/images", json=body)
    if answer.json().get("error", {}).get("code") == "api_not_implemented":
        pytest.skip("masks are not offered over this engine")
    shown = Image.open(io.BytesIO(fetched(atelier, answer.json()))).convert("RGB")
    assert shown.getpixel((100, 500)) == (200, 40, 40)
    right = shown.getpixel((900, 500))
    assert isinstance(right, tuple) and max(right) - min(right) < 12, "it was made grey"


def test_a_picture_is_taken_apart_at_the_upstream(
    atelier: httpx.Client, client: httpx.Client
) -> None:
    body = {"model": PRO, "image": uri(), "layer_decomposition": True, "size": "auto"}
    answer = atelier.post("/seedream/images", json=body).json()
    behind = _recent(client)[0]["response"]
    assert len(answer["data"]) == len(behind["data"])
    for ours, theirs in zip(answer["data"], behind["data"], strict=True):
        assert ours["z_index"] == theirs["z_index"]
        assert ours.get("bounding_box") == theirs.get("bounding_box")
        here, there = (
            one.get(shown["image_url"]).content
            for one, shown in ((atelier, ours), (client, theirs))
        )
        assert here == there


@pytest.fixture(scope="module")
def painter(
    server: Server, studio: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of a server that has a model drawn by OpenAI's wire, and another edited by it."""
    shared = {"kind": "openai", "extra": {"watermark": False}}
    options = {
        "drawing": shared
        | {
            "base_url": f"{studio.url}/v1",
            "key_env": "KEY_OF_THE_STUDIO",
            "fields": ["seed"],
        },
        "editing": shared | {"base_url": f"{server.url}/v1", "key_env": "KEY_OF_THE_SERVER"},
    }
    settings = {
        "engines": json.dumps({"*": "drawing", PRO: "editing"}),
        "engine_options": json.dumps(options),
    }
    before = Server(tmp_path_factory.mktemp("painter") / "data", settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY_OF_THE_STUDIO", studio.key)
        patch.setenv("KEY_OF_THE_SERVER", server.key)
        before.start()
    with before.client() as client:
        yield client
    assert before.stop() == 0


def test_pictures_are_drawn_by_openais_wire(painter: httpx.Client, caller: httpx.Client) -> None:
    before = _newest(caller)
    body = {"prompt": "a cat", "model": SMALL["model"], "size": "640x512", "n": 3, "seed": 5}
    answer = painter.post("/v1/images/generations", json=body).json()
    assert len(answer["data"]) == 3
    assert made_since(caller, before) == 1, "several are one request"
    request = _recent(caller)[0]["request"]
    assert (request["size"], request["n"], request["watermark"]) == ("640x512", 3, False)
    shown = draw(painter).json()
    picture = Image.open(io.BytesIO(fetched(painter, shown)))
    assert picture.size == (512, 512)
    behind = fetched(caller, _recent(caller)[0]["response"])
    assert picture.tobytes() != Image.open(io.BytesIO(behind)).tobytes(), "it is marked here"


@pytest.mark.parametrize(
    ("drill", "status", "code"),
    [("upstream_error", 500, "api_error"), ("moderation", 403, "forbidden")],
)
def test_a_failure_by_openais_wire_is_told_once(
    painter: httpx.Client, caller: httpx.Client, drill: str, status: int, code: str
) -> None:
    before = _newest(caller)
    error(draw(painter, drill), status, code)
    assert made_since(caller, before) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_pictures_are_edited_by_openais_wire(
    painter: httpx.Client, client: httpx.Client, count: int
) -> None:
    body = {
        "model": PRO,
        "prompt": "make it black and white",
        "image": [uri()] * count,
        "size": "1024x1024",
    }
    answer = painter.post("/seedream/images", json=body)
    assert answer.status_code == 200, answer.text
    assert len(_recent(client)[0]["request"]["image"]) == count
    shown = Image.open(io.BytesIO(fetched(painter, answer.json())))
    red, green, blue = shown.convert("RGB").getpixel((100, 500))  # type: ignore[misc]
    assert count > 1 or max(red, green, blue) - min(red, green, blue) < 12, "it was made grey"


@pytest.mark.parametrize("idempotent", [False, True])
def test_a_death_in_front_is_never_paid_twice(
    studio: Server,
    caller: httpx.Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    idempotent: bool,
) -> None:
    options = {
        "seedream": {
            "base_url": studio.url,
            "key_env": "KEY_OF_THE_SECOND",
            "idempotent": idempotent,
        }
    }
    settings = {
        "engines": json.dumps({"*": "seedream"}),
        "engine_options": json.dumps(options),
    }
    monkeypatch.setenv("KEY_OF_THE_SECOND", studio.key)
    server = Server(tmp_path / "data", settings).start()
    before = _newest(caller)
    body = SMALL | {"prompt": "a cat [drill: slow=2]", "async": True}
    try:
        with server.client() as client:
            task_id = client.post("/seedream/images", json=body).json()["task_id"]
        give_up = time.monotonic() + 20
        while _newest(caller) == before and time.monotonic() < give_up:
            time.sleep(0.05)
        server.kill()
        server.start()
        with server.client() as client:
            record = ended(client, task_id)
        assert record["response"]["success"] is idempotent
        assert made_since(caller, before) == 1, "it was sent once"
    finally:
        server.kill()


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
