"""Three dialects, one service: the same wish gives the same pictures, byte for byte.

The app runs in this process with the real engine. What differs between two tasks of one wish is
taken away: the hour, which is written into each picture, and the dice for a seed nobody gave.
"""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import httpx
import numpy as np
import pytest
from PIL import Image

from seedbed import resources
from seedbed.accounts import applications, credentials
from seedbed.app import create_app
from seedbed.contract.models import MODELS
from seedbed.resources import Resources
from seedbed.service import images
from seedbed.settings import Settings
from tests.service import CREDIT, InlinePool, audit

FOUR, LITE, PRO = (
    "doubao-seedream-4-0-250828",
    "doubao-seedream-5-0-lite-260128",
    "doubao-seedream-5-0-pro-260628",
)
THREE, EDIT = "doubao-seedream-3-0-t2i-250415", "doubao-seededit-3-0-i2i-250628"
Wish = Mapping[str, Any]


@asynccontextmanager
async def open_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """Open the app with a client of it, whose hour stands still and whose dice have one side."""
    now = time.time()
    monkeypatch.setattr(images, "time", SimpleNamespace(time=lambda: now, monotonic=time.monotonic))
    monkeypatch.setattr(images, "MAX_SEED", 0)
    monkeypatch.setattr(resources, "WorkerPool", InlinePool)
    base = {"workers": 2, "drills": True, "keep_alive": 0.2}
    app = create_app(Settings(data_dir=tmp_path / "data", **(base | settings)))
    async with app.router.lifespan_context(app):
        held: Resources = app.state.resources
        application = held.database.write_now(applications.create, "tenant", 10**4 * CREDIT)
        _, token = held.database.write_now(credentials.create, application.id, "key")
        transport = httpx.ASGITransport(app=app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=headers, timeout=60
        ) as client:
            yield client
        audit(held.database)


@pytest.fixture
async def client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app with its real engine."""
    async with open_client(tmp_path, monkeypatch) as client:
        yield client


def photo(form: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (600, 600)) -> bytes:
    """A picture of a disc; outside of it nothing, where there is alpha."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    disc = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(size) / 3) ** 2
    pixels = np.full((height, width, 4), (90, 140, 200, 0 if mode == "RGBA" else 255), np.uint8)
    pixels[disc] = (200, 60, 40, 255)
    kept = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(kept, form)
    return kept.getvalue()


WISHES: dict[str, tuple[Wish, tuple[bytes, ...]]] = {
    "words": ({"model": FOUR, "prompt": "a red fox in a snowy forest", "size": "1K"}, ()),
    "a seed": ({"model": THREE, "prompt": "a boat", "size": "512x768", "seed": 11}, ()),
    "guidance": (
        {"model": THREE, "prompt": "a boat", "size": "512x512", "guidance_scale": 7.5, "seed": 3},
        (),
    ),
    "no watermark": ({"model": FOUR, "prompt": "a lamp", "size": "1K", "watermark": False}, ()),
    "png": ({"model": LITE, "prompt": "a lamp", "size": "2K", "output_format": "png"}, ()),
    "base64": (
        {"model": FOUR, "prompt": "a lamp", "size": "1280x720", "response_format": "b64_json"},
        (),
    ),
    "another name": ({"model": "doubao-seedream-4.0", "prompt": "一只猫", "size": "1K"}, ()),
    "a group": (
        {
            "model": FOUR,
            "prompt": "a cat through the four seasons",
            "size": "1K",
            "sequential_image_generation": "auto",
            "sequential_image_generation_options": {"max_images": 3},
        },
        (),
    ),
    "an edit": ({"model": EDIT, "prompt": "make it night"}, (photo(),)),
    "two pictures": (
        {"model": FOUR, "prompt": "both on one table", "size": "1K"},
        (photo(), photo("JPEG", size=(500, 400))),
    ),
    "a cutout": (
        {"model": PRO, "prompt": "cut it out", "size": "1K", "background": "transparent"},
        (photo(mode="RGBA"),),
    ),
    "layers": ({"model": PRO, "prompt": "", "layer_decomposition": True}, (photo(),)),
}
STREAMED = frozenset({"words", "no watermark", "png", "base64", "a group", "two pictures"})


class Dialect(Protocol):
    """Says a wish on one wire, and reads the pictures of the answer."""

    async def __call__(
        self, client: httpx.AsyncClient, wish: Wish, photos: tuple[bytes, ...]
    ) -> list[dict[str, Any]]: ...


def uris(photos: tuple[bytes, ...]) -> dict[str, Any]:
    listed = [f"data:image/png;base64,{base64.b64encode(one).decode()}" for one in photos]
    return {"image": listed} if listed else {}


def good(response: httpx.Response) -> httpx.Response:
    assert response.status_code == 200, response.text
    return response


async def seedream(
    client: httpx.AsyncClient, wish: Wish, photos: tuple[bytes, ...]
) -> list[dict[str, Any]]:
    answer = good(await client.post("/seedream/images", json={**wish, **uris(photos)}))
    return [one | {"url": one.get("image_url")} for one in answer.json()["data"]]


async def ark(
    client: httpx.AsyncClient, wish: Wish, photos: tuple[bytes, ...]
) -> list[dict[str, Any]]:
    nulls = {"optimize_prompt": None, "stream": None, "seed": None, "layer_decomposition": None}
    body = {**nulls, **wish, **uris(photos)}
    answer = good(await client.post("/api/v3/images/generations", json=body)).json()
    assert set(answer) == {"model", "created", "data", "usage"}
    assert answer["model"] in {model.id for model in MODELS}
    assert answer["usage"]["generated_images"] == len(answer["data"])
    return list(answer["data"])


async def openai_json(
    client: httpx.AsyncClient, wish: Wish, photos: tuple[bytes, ...]
) -> list[dict[str, Any]]:
    what = "edits" if photos else "generations"
    body = {"size": "auto", "quality": "auto", **wish}
    if photos:
        body["images"] = [{"image_url": uri} for uri in uris(photos)["image"]]
    answer = good(await client.post(f"/v1/images/{what}", json=body))
    assert answer.headers["X-Seedbed-Ignored"] == "quality"
    return list(answer.json()["data"])


async def openai_form(
    client: httpx.AsyncClient, wish: Wish, photos: tuple[bytes, ...]
) -> list[dict[str, Any]]:
    what = "edits" if photos else "generations"
    name = "image" if len(photos) == 1 else "image[]"
    texts = dict(flat(wish))
    files = [(name, (f"{n}.png", one, "image/png")) for n, one in enumerate(photos)]
    # A form is one even when there is no file in it.
    parts = [(key, (None, text)) for key, text in texts.items()]
    answer = await client.post(f"/v1/images/{what}", files=[*parts, *files])
    return list(good(answer).json()["data"])


def flat(wish: Wish) -> Iterator[tuple[str, str]]:
    """Say a wish as openai-python writes a form: `obj[key]`, `false`."""
    for name, value in wish.items():
        if isinstance(value, dict):
            yield from ((f"{name}[{key}]", str(inner)) for key, inner in value.items())
        else:
            yield name, value if isinstance(value, str) else json.dumps(value)


def events(text: str) -> list[dict[str, Any]]:
    """Read a stream of either kind."""
    lines = [line.removeprefix("data: ") for line in text.splitlines()]
    return [json.loads(line) for line in lines if line.startswith("{")]


async def seedream_stream(
    client: httpx.AsyncClient, wish: Wish, photos: tuple[bytes, ...]
) -> list[dict[str, Any]]:
    body = {**wish, **uris(photos), "stream": True}
    said = events(good(await client.post("/seedream/images", json=body)).text)
    made = sorted(said[:-1], key=lambda event: event["image_index"])
    return [one["data"][0] | {"url": one["data"][0].get("image_url")} for one in made]


async def ark_stream(
    client: httpx.AsyncClient, wish: Wish, photos: tuple[bytes, ...]
) -> list[dict[str, Any]]:
    body = {**wish, **uris(photos), "stream": True}
    text = good(await client.post("/api/v3/images/generations", json=body)).text
    assert text.endswith("data: [DONE]\n\n")
    said = events(text)
    assert [one["type"] for one in said[-1:]] == ["image_generation.completed"]
    return sorted(said[:-1], key=lambda event: event["image_index"])


async def openai_stream(
    client: httpx.AsyncClient, wish: Wish, photos: tuple[bytes, ...]
) -> list[dict[str, Any]]:
    what, kind = ("edits", "image_edit") if photos else ("generations", "image_generation")
    body = {**wish, **uris(photos), "stream": True}
    said = events(good(await client.post(f"/v1/images/{what}", json=body)).text)
    assert {one["type"] for one in said} == {f"{kind}.completed"}
    assert all(one["b64_json"] for one in said)
    return sorted(said, key=lambda event: event["image_index"])


DIALECTS: tuple[Dialect, ...] = (seedream, ark, openai_json, openai_form)
STREAMS: tuple[Dialect, ...] = (seedream_stream, ark_stream, openai_stream)


async def contents(client: httpx.AsyncClient, pictures: list[dict[str, Any]]) -> list[bytes]:
    """Give the bytes of pictures, wherever they are."""
    return [
        base64.b64decode(one["b64_json"])
        if one.get("b64_json")
        else (await client.get(one["url"])).content
        for one in pictures
    ]


@pytest.mark.parametrize("name", WISHES)
async def test_the_same_wish_gives_the_same_pictures(client: httpx.AsyncClient, name: str) -> None:
    wish, photos = WISHES[name]
    ways = DIALECTS + (STREAMS if name in STREAMED else ())
    drawn = {}
    for way in ways:
        pictures = await way(client, wish, photos)
        drawn[way.__name__] = (  # type: ignore[attr-defined]
            [one["size"] for one in pictures],
            [(one.get("z_index"), one.get("bounding_box")) for one in pictures],
            await contents(client, pictures),
        )
    first = drawn.pop("seedream")
    assert len(first[2]) == (3 if name == "a group" else len(first[2])) > 0
    assert all(len(data) > 1000 for data in first[2])
    for way_name, rest in drawn.items():
        assert rest == first, way_name


async def test_another_wish_gives_another_picture(client: httpx.AsyncClient) -> None:
    wish, _ = WISHES["no watermark"]
    plain = await contents(client, await ark(client, wish, ()))
    marked = await contents(client, await ark(client, {**wish, "watermark": True}, ()))
    assert plain != marked


async def test_one_idempotency_key_is_one_task_in_every_dialect(client: httpx.AsyncClient) -> None:
    body = {"model": FOUR, "prompt": "a lamp", "size": "1K"}
    headers = {"Idempotency-Key": "one"}
    answers = [
        good(await client.post(path, json=body, headers=headers))
        for path in ("/seedream/images", "/api/v3/images/generations", "/v1/images/generations")
    ]
    assert len({answer.headers["X-Seedbed-Task"] for answer in answers}) == 1
    assert ["Idempotent-Replayed" in answer.headers for answer in answers] == [False, True, True]
    other = await client.post(
        "/v1/images/generations", json={**body, "prompt": "a chair"}, headers=headers
    )
    assert other.status_code == 409
    assert other.headers["X-Should-Retry"] == "false"


async def test_n_is_several_pictures_for_openai_and_nothing_elsewhere(
    client: httpx.AsyncClient,
) -> None:
    body = {"model": FOUR, "prompt": "a lamp", "size": "1K", "n": 2}
    answer = good(await client.post("/v1/images/generations", json=body))
    assert len(answer.json()["data"]) == 2
    assert answer.json()["usage"]["generated_images"] == 2
    for path in ("/seedream/images", "/api/v3/images/generations"):
        answer = good(await client.post(path, json=body))
        assert len(answer.json()["data"]) == 1
        assert answer.headers["X-Seedbed-Ignored"] == "n"


async def test_fields_of_other_wires_are_ignored_and_named(client: httpx.AsyncClient) -> None:
    body = {"model": FOUR, "prompt": "a lamp", "size": "1K", "async": True}
    body["callback_url"] = "http://127.0.0.1:9/"
    more = {"optimize_prompt": True, "optimize_prompt_options": {"thinking": None}}
    answer = good(await client.post("/api/v3/images/generations", json=body | more))
    assert answer.headers["X-Seedbed-Ignored"] == "optimize_prompt, async, callback_url"
    more = {"quality": "high", "style": "vivid", "user": "u", "moderation": "low"}
    answer = good(await client.post("/v1/images/generations", json=body | more))
    assert answer.headers["X-Seedbed-Ignored"] == (
        "moderation, quality, style, user, async, callback_url"
    )


REFUSED: tuple[tuple[Wish, int, tuple[int, str, str | None], tuple[int, str, str | None]], ...] = (
    (
        {"model": "dall-e-9"},
        400,
        (404, "InvalidEndpointOrModel.NotFound", "model"),
        (404, "model_not_found", "model"),
    ),
    (
        {"prompt": None},
        400,
        (400, "MissingParameter", "prompt"),
        (400, "missing_required_parameter", "prompt"),
    ),
    ({"size": "3x3"}, 400, (400, "InvalidParameter", "size"), (400, "invalid_value", "size")),
    (
        {"seed": 3},
        400,
        (400, "InvalidParameter.UnsupportedParameter", "seed"),
        (400, "unsupported_parameter", "seed"),
    ),
    (
        {"watermark": "no"},
        400,
        (400, "InvalidParameter", "watermark"),
        (400, "invalid_value", "watermark"),
    ),
    (
        {"model": PRO, "stream": True},
        400,
        (400, "InvalidParameter.UnsupportedParameter", "stream"),
        (400, "unsupported_parameter", "stream"),
    ),
    (
        {"model": LITE, "tools": [{"type": "web_search"}], "size": "2K"},
        400,
        (400, "InvalidParameter.UnsupportedParameter", ""),
        (400, "unsupported_parameter", None),
    ),
    (
        {"prompt": "x [drill: used_up]"},
        403,
        (403, "AccountOverdueError", ""),
        (429, "insufficient_quota", None),
    ),
    (
        {"prompt": "x [drill: rate_limit]"},
        429,
        (429, "RateLimitExceeded.EndpointRPMExceeded", ""),
        (429, "rate_limit_exceeded", None),
    ),
    (
        {"prompt": "x [drill: moderation]"},
        403,
        (400, "SensitiveContentDetected", ""),
        (400, "moderation_blocked", None),
    ),
    (
        {"prompt": "x [drill: upstream_error]"},
        500,
        (500, "InternalServiceError", ""),
        (500, "server_error", None),
    ),
)


@pytest.mark.parametrize(("fields", "ours", "arks", "openais"), REFUSED)
async def test_a_refusal_is_worded_in_each_dialect(
    client: httpx.AsyncClient,
    fields: Wish,
    ours: int,
    arks: tuple[int, str, str],
    openais: tuple[int, str, str],
) -> None:
    body = {"model": FOUR, "prompt": "a cat", "size": "1K", **fields}
    told = await client.post("/seedream/images", json=body)
    message = told.json()["error"]["message"]
    assert told.status_code == ours
    told = await client.post("/api/v3/images/generations", json=body)
    error = told.json()["error"]
    assert set(error) == {"code", "message", "param", "type"}
    assert (told.status_code, error["code"], error["param"]) == arks
    request_id = told.headers["X-Request-Id"]
    assert error["message"].endswith(f". Request id: {request_id}")
    assert message.rstrip(".") in error["message"]
    told = await client.post("/v1/images/generations", json=body)
    error = told.json()["error"]
    assert set(error) == {"code", "message", "param", "type"}
    assert (told.status_code, error["code"], error["param"]) == openais
    assert error["message"] == message
    assert told.headers["X-Request-Id"]


async def test_ark_needs_a_model(client: httpx.AsyncClient) -> None:
    told = await client.post("/api/v3/images/generations", json={"prompt": "x", "model": None})
    error = told.json()["error"]
    assert (told.status_code, error["code"], error["param"]) == (400, "MissingParameter", "model")
    assert FOUR in error["message"]


PATHS = ("/api/v3/images/generations", "/v1/images/generations", "/v1/images/edits")


@pytest.mark.parametrize("path", PATHS)
async def test_what_no_endpoint_sees_is_worded_too(client: httpx.AsyncClient, path: str) -> None:
    async def told(method: str, at: str, status: int, **options: Any) -> dict[str, Any]:
        answer = await client.request(method, at, **options)
        assert answer.status_code == status, answer.text
        assert list(answer.json()) == ["error"]
        assert set(answer.json()["error"]) == {"code", "message", "param", "type"}
        assert answer.headers["X-Request-Id"] == answer.headers["X-Trace-Id"]
        assert answer.headers["X-Client-Request-Id"] == "mine"
        return dict(answer.json()["error"])

    client.headers["X-Client-Request-Id"] = "mine"
    assert "POST" in (await told("GET", path, 405))["message"]
    assert path in (await told("POST", f"{path}/more", 404))["message"]
    assert "JSON" in (await told("POST", path, 400, content=b"{"))["message"]
    assert "empty" in (await told("POST", path, 400))["message"]
    nobody = {"Authorization": "Bearer nobody"}
    assert (await told("POST", path, 401, json={}, headers=nobody))["code"] in (
        "AuthenticationError",
        "invalid_api_key",
    )
    large = {"Content-Length": str(10**12)}
    assert "larger" in (await told("POST", path, 413, content=b"{}", headers=large))["message"]


async def test_the_platform_api_keeps_its_own_words(client: httpx.AsyncClient) -> None:
    told = (await client.get("/api/v1/nothing")).json()
    assert (told["success"], told["code"]) == (False, "not_found")
    assert told["error"]["code"] == "no_api"


@pytest.mark.parametrize("path", PATHS[:2])
async def test_a_wait_that_is_over_names_the_task_and_is_not_sent_again(
    client: httpx.AsyncClient, path: str
) -> None:
    body = {"model": FOUR, "prompt": "a cat [drill: slow=0.5]", "size": "1K"}
    told = await client.post(path, json=body, headers={"Prefer": "wait=0"})
    task_id = told.headers["X-Seedbed-Task"]
    # A status that no client sends again, with the header that both SDKs heed.
    assert told.status_code == 422
    assert told.headers["X-Should-Retry"] == "false"
    assert f"GET /seedream/tasks/{task_id}" in told.json()["error"]["message"]
    followed = events((await client.get(f"/seedream/tasks/{task_id}/events")).text)
    assert [one["type"].rpartition(".")[2] for one in followed] == [
        "partial_succeeded",
        "completed",
    ]


@pytest.mark.parametrize("path", PATHS[:2])
async def test_an_error_of_a_recorded_task_is_not_sent_again(
    client: httpx.AsyncClient, path: str
) -> None:
    body = {"model": FOUR, "prompt": "a cat [drill: upstream_error]", "size": "1K"}
    told = await client.post(path, json=body)
    assert told.status_code == 500
    assert told.headers["X-Should-Retry"] == "false"
    assert told.headers["X-Seedbed-Task"]


GROUP = {**WISHES["a group"][0], "stream": True}


async def test_a_failed_picture_in_a_stream(client: httpx.AsyncClient) -> None:
    drill = {"X-Seedbed-Drill": "partial"}
    said = await client.post("/api/v3/images/generations", json=GROUP, headers=drill)
    names = [line[7:] for line in said.text.splitlines() if line.startswith("event: ")]
    assert names == [
        "image_generation.partial_succeeded",
        "image_generation.partial_succeeded",
        "image_generation.partial_failed",
        "image_generation.completed",
    ]
    failed, completed = events(said.text)[2:]
    assert (failed["image_index"], failed["error"]["code"]) == (2, "InternalServiceError")
    assert completed["usage"]["generated_images"] == 2
    said = await client.post("/v1/images/generations", json=GROUP, headers=drill)
    names = [line[7:] for line in said.text.splitlines() if line.startswith("event: ")]
    # The error is the last, since clients read no further.
    assert names == ["image_generation.completed"] * 2 + ["error"]
    assert events(said.text)[-1]["error"]["code"] == "server_error"


async def test_a_failed_task_in_a_stream(client: httpx.AsyncClient) -> None:
    drill = {"X-Seedbed-Drill": "moderation, slow=0.5"}
    said = await client.post("/api/v3/images/generations", json=GROUP, headers=drill)
    assert said.text.startswith(": still here\n")
    (error,) = events(said.text)
    assert error["error"]["code"] == "SensitiveContentDetected"
    assert said.text.endswith("data: [DONE]\n\n")
    said = await client.post("/v1/images/generations", json=GROUP, headers=drill)
    (error,) = events(said.text)
    assert (error["type"], error["error"]["code"]) == ("error", "moderation_blocked")


async def test_a_failed_picture_of_a_group_leaves_the_others(client: httpx.AsyncClient) -> None:
    body, drill = {**GROUP, "stream": False}, {"X-Seedbed-Drill": "partial"}
    said = good(await client.post("/api/v3/images/generations", json=body, headers=drill)).json()
    assert ["error" in one for one in said["data"]] == [False, False, True]
    said = good(await client.post("/v1/images/generations", json=body, headers=drill)).json()
    assert len(said["data"]) == said["usage"]["generated_images"] == 2
    (failed,) = said["failed"]
    assert (failed["index"], failed["code"]) == (2, "server_error")


async def test_models_are_listed_and_found_by_any_name(client: httpx.AsyncClient) -> None:
    listed = good(await client.get("/v1/models")).json()
    names = [one["id"] for one in listed["data"]]
    assert names[: len(MODELS)] == [model.id for model in MODELS]
    assert names[len(MODELS) :] == list(Settings().model_aliases)
    alias = good(await client.get("/v1/models/GPT-image-1")).json()
    assert alias["id"] == "gpt-image-1"
    assert alias in listed["data"]
    found = good(await client.get("/v1/models/doubao-seedream-4.0")).json()
    assert found in listed["data"]
    assert found["created"] == 1756339200  # 28 August 2025, as its name says
    told = await client.get("/v1/models/nothing")
    assert (told.status_code, told.json()["error"]["code"]) == (404, "model_not_found")


async def test_models_of_openai_give_their_pictures_inline(client: httpx.AsyncClient) -> None:
    body = {"model": "gpt-image-1", "prompt": "a lamp", "size": "1024x1024"}
    (picture,) = good(await client.post("/v1/images/generations", json=body)).json()["data"]
    assert base64.b64decode(picture["b64_json"]).startswith(b"\xff\xd8\xff")
    assert "url" not in picture
    body["response_format"] = "url"
    (picture,) = good(await client.post("/v1/images/generations", json=body)).json()["data"]
    assert (await client.get(picture["url"])).status_code == 200


async def test_what_every_model_does_by_itself_may_be_asked_of_openai(
    client: httpx.AsyncClient,
) -> None:
    asked = {"size": "auto", "background": "opaque", "output_format": "jpeg"}
    body = {"model": FOUR, "prompt": "a lamp", **asked}
    good(await client.post("/v1/images/generations", json=body))
    for more in ({"output_format": "png"}, {"output_format": "webp"}, {"background": "clear"}):
        told = await client.post("/v1/images/generations", json=body | more)
        assert told.json()["error"]["param"] == next(iter(more))
    cutout = {"model": PRO, "prompt": "cut it out", **uris((photo(mode="RGBA"),))}
    told = await client.post(
        "/v1/images/edits", json={**cutout, "background": "transparent", "output_format": "jpeg"}
    )
    assert (told.status_code, told.json()["error"]["param"]) == (400, "output_format")


async def test_a_rewritten_prompt_is_told(client: httpx.AsyncClient) -> None:
    body = {"model": FOUR, "prompt": "a fox", "size": "1K"}
    plain = good(await client.post("/v1/images/generations", json=body)).json()
    assert "revised_prompt" not in plain["data"][0]
    body["optimize_prompt_options"] = {"mode": "standard"}
    ours = good(await client.post("/seedream/images", json=body)).json()
    openais = good(await client.post("/v1/images/generations", json=body)).json()
    assert openais["data"][0]["revised_prompt"] == ours["data"][0]["prompt"] != "a fox"


MASKED = ("/seedream/images", "/api/v3/images/generations", "/v1/images/edits")


async def test_a_mask_bounds_what_changes_in_every_dialect(client: httpx.AsyncClient) -> None:
    mask = np.full((1024, 1024, 4), 255, np.uint8)
    mask[:512, :, 3] = 0
    kept = io.BytesIO()
    Image.fromarray(mask).save(kept, "PNG")
    covered, under = kept.getvalue(), photo(size=(1024, 1024))
    texts = {"model": FOUR, "prompt": "make it night", "size": "1024x1024"}
    more = {"watermark": False, **uris((under,)), "mask": uris((covered,))["image"][0]}
    drawn = [
        (await contents(client, pictures_of(await client.post(path, json={**texts, **more}))))[0]
        for path in MASKED
    ]
    files = {"image": ("a.png", under), "mask": ("mask.png", covered)}
    form = await client.post("/v1/images/edits", data=texts | {"watermark": "false"}, files=files)
    drawn += await contents(client, pictures_of(form))
    assert len(set(drawn)) == 1
    before, after = (
        np.asarray(Image.open(io.BytesIO(one)).convert("RGB")).astype(int)
        for one in (under, drawn[0])
    )
    changed = np.abs(after - before).max(axis=2)
    assert changed[:480].mean() > 20
    assert changed[544:].mean() < 4  # what a JPEG alters


def pictures_of(response: httpx.Response) -> list[dict[str, Any]]:
    return [{"url": one.get("image_url"), **one} for one in good(response).json()["data"]]


@pytest.mark.usefixtures("grey_engine")
async def test_previews_come_to_streams_that_ask_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"grey": {"script": "preview"}}
    body = {"model": FOUR, "prompt": "a cat", "size": "1K", "stream": True, "partial_images": 2}
    async with open_client(
        tmp_path, monkeypatch, engines={"*": "grey"}, engine_options=options
    ) as client:
        said = events(good(await client.post("/v1/images/generations", json=body)).text)
        arks = events(good(await client.post("/api/v3/images/generations", json=body)).text)
        none = events(
            good(
                await client.post("/v1/images/generations", json=body | {"partial_images": 0})
            ).text
        )
    *previews, end = said
    assert end["type"] == "image_generation.completed"
    assert [one["type"] for one in previews] == ["image_generation.partial_image"] * 2
    assert [one["partial_image_index"] for one in previews] == [0, 1]
    for one in previews:
        assert base64.b64decode(one["b64_json"]).startswith(b"\xff\xd8\xff")
        assert (one["output_format"], one["background"]) == ("jpeg", "opaque")
    names = [one["type"].rpartition(".")[2] for one in arks]
    assert names == ["partial_image", "partial_image", "partial_succeeded", "completed"]
    assert set(arks[0]) >= {"model", "created", "image_index", "partial_image_index", "b64_json"}
    assert [one["type"] for one in none] == ["image_generation.completed"]


@pytest.mark.usefixtures("grey_engine")
async def test_an_upstream_is_quoted_to_programs_of_ark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"grey": {"script": "upstream_fault"}}
    body = {"model": FOUR, "prompt": "a cat", "size": "1K"}
    async with open_client(
        tmp_path, monkeypatch, engines={"*": "grey"}, engine_options=options
    ) as client:
        told = await client.post("/api/v3/images/generations", json=body)
        assert (told.status_code, told.json()["error"]["code"]) == (400, "Sensitive")
        body["stream"] = True
        (told_in_stream,) = events(
            (await client.post("/api/v3/images/generations", json=body)).text
        )
        assert told_in_stream["error"]["code"] == "Sensitive"
        del body["stream"]
        told = await client.post("/v1/images/generations", json=body)
        assert (told.status_code, told.json()["error"]["code"]) == (400, "moderation_blocked")


@pytest.mark.usefixtures("grey_engine")
async def test_the_use_of_tools_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searches = {"features": frozenset({"tools"}), "chooses_count": True}
    options = {"grey": {"script": "two_of_many", "description": searches}}
    body = {
        "model": LITE,
        "prompt": "a cat",
        "size": "2K",
        "tools": [{"type": "web_search"}],
        "sequential_image_generation": "auto",
    }
    async with open_client(
        tmp_path, monkeypatch, engines={"*": "grey"}, engine_options=options
    ) as client:
        path = "/api/v3/images/generations"
        answer = good(await client.post(path, json=body)).json()
        *_, end = events(good(await client.post(path, json=body | {"stream": True})).text)
        openais = good(await client.post("/v1/images/generations", json=body)).json()
    for said in (answer, end):
        assert said["tools"] == [{"type": "web_search"}]
        assert said["usage"]["tool_usage"] == {"web_search": 1}
        assert said["usage"]["generated_images"] == 2
    assert len(answer["data"]) == 2
    assert openais["usage"]["tool_usage"] == {"web_search": 1}


async def test_variations_say_what_to_do_instead(client: httpx.AsyncClient) -> None:
    told = await client.post("/v1/images/variations", files={"image": photo()})
    assert told.status_code == 400
    assert "/v1/images/edits" in told.json()["error"]["message"]


ODD_FORMS: tuple[tuple[list[tuple[str, Any]], str], ...] = (
    ([("prompt", (None, "x"))], "needs an image"),
    ([("image", ("a.png", b"", "image/png"))], "image[0]"),
    ([("image", ("a.png", b"no picture at all", "image/png"))], "image[0]"),
    ([("image[]", (None, "file:///etc/passwd"))], "image[0]"),
    ([("image", (None, "x")), ("size", (None, "1K")), ("size", (None, "2K"))], "'size' twice"),
    ([("a[b][c][d]", (None, "x"))], "nested too deeply"),
    ([("a]b[", (None, "x"))], "has no name"),
    ([("a[b]", (None, "x")), ("a[]", (None, "x"))], "'a' twice"),
    ([("image", photo()), ("n", (None, "many"))], "n must be a number"),
    ([("image", photo()), ("stream", (None, "perhaps"))], "stream must be true or false"),
    ([("image", photo()), ("tools", (None, "{not json"))], "tools must be a list"),
)


@pytest.mark.parametrize(("parts", "says"), ODD_FORMS)
async def test_a_form_that_cannot_be_is_refused(
    client: httpx.AsyncClient, parts: list[tuple[str, Any]], says: str
) -> None:
    words = [] if any(name == "prompt" for name, _ in parts) else [("prompt", (None, "a cat"))]
    model = ("model", (None, FOUR))
    told = await client.post("/v1/images/edits", files=[model, *words, *parts])
    assert told.status_code == 400, told.text
    assert says in told.json()["error"]["message"]


async def test_a_form_without_an_end_is_refused(client: httpx.AsyncClient) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        told = await client.post(
            "/v1/images/edits", content=b"--x\r\nnot a form", headers={"Content-Type": kind}
        )
        assert told.status_code == 400, told.text
        assert told.json()["error"]["message"]


async def test_repeated_pictures_of_every_spelling_are_taken_in_their_order(
    client: httpx.AsyncClient,
) -> None:
    one, other = photo(), photo("JPEG", size=(500, 400))
    drawn = []
    for first, second in (("image", "image"), ("image[]", "image[]"), ("image[0]", "image[1]")):
        files = [(first, ("1.png", one)), (second, ("2.jpg", other))]
        texts = {"model": FOUR, "prompt": "both on one table", "size": "1K", "stream": "false"}
        answer = await client.post("/v1/images/edits", files=files, data=texts)
        drawn.append(await contents(client, good(answer).json()["data"]))
    wish, photos = WISHES["two pictures"]
    expected = await contents(client, await seedream(client, wish, photos))
    assert drawn == [expected] * 3
