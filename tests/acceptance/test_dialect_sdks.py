"""The SDKs of Ark and of OpenAI, unmodified, pointed at a live server by their base URL alone."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

from tests.acceptance.server import Server
from tests.acceptance.test_tasks import ended

ark_runtime = pytest.importorskip(
    "volcenginesdkarkruntime", reason="the Ark runtime SDK (volcengine-ark-runtime) is missing"
)
from volcenginesdkarkruntime import Ark, AsyncArk  # noqa: E402
from volcenginesdkarkruntime._exceptions import (  # noqa: E402
    ArkAPIError,
    ArkAPIStatusError,
    ArkAuthenticationError,
    ArkBadRequestError,
    ArkInternalServerError,
    ArkNotFoundError,
)
from volcenginesdkarkruntime.types.images import (  # noqa: E402
    OptimizePromptOptions,
    SequentialImageGenerationOptions,
)

FOUR, PRO = "doubao-seedream-4-0-250828", "doubao-seedream-5-0-pro-260628"
GROUP: dict[str, Any] = {
    "model": FOUR,
    "prompt": "a cat",
    "size": "1K",
    "sequential_image_generation": "auto",
}
THREE_OF_THEM = SequentialImageGenerationOptions(max_images=3)


def drill(names: str) -> dict[str, str]:
    return {"X-Seedbed-Drill": names}


def task_ids(server: Server) -> list[str]:
    with server.client() as client:
        listing = {"action": "retrieve_batch", "limit": 100}
        items = client.post("/seedream/tasks", json=listing).json()["items"]
    return [item["id"] for item in items]


def photo(value: int = 90, edge: int = 600, mode: str = "RGB") -> bytes:
    kept = io.BytesIO()
    pixels = np.full((edge, edge, len(mode)), value, np.uint8)
    pixels[edge // 3 : edge // 2, edge // 3 : edge // 2] = 255
    Image.fromarray(pixels).save(kept, "PNG")
    return kept.getvalue()


def read(stream: Iterable[Any], seen: list[Any]) -> None:
    """Read events until the last, or until one raises."""
    for event in stream:
        seen.append(event)


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.size


# Ark.


@pytest.fixture
def ark(studio: Server) -> Iterator[Any]:
    """The Ark SDK, pointed at the studio."""
    client = Ark(base_url=f"{studio.url}/api/v3", api_key=studio.key)
    yield client
    client.close()


def test_ark_draws_although_every_other_field_is_null(ark: Any) -> None:
    answer = ark.images.generate(model=FOUR, prompt="a cat", size="1K")
    (picture,) = answer.data
    assert (answer.model, picture.size) == (FOUR, "1024x1024")
    assert size_of(httpx.get(picture.url).content) == (1024, 1024)
    assert answer.usage.generated_images == 1
    assert answer.usage.output_tokens == answer.usage.total_tokens == 4096
    assert answer.error is None


def test_ark_draws_with_every_option_that_a_model_has(ark: Any) -> None:
    answer = ark.images.generate(
        model="doubao-seedream-3-0-t2i-250415",
        prompt="a cat",
        size="512x768",
        seed=7,
        guidance_scale=3.5,
        watermark=False,
        response_format="b64_json",
    )
    assert size_of(base64.b64decode(answer.data[0].b64_json)) == (512, 768)
    assert answer.data[0].url is None


async def test_ark_draws_asynchronously(studio: Server) -> None:
    client = AsyncArk(base_url=f"{studio.url}/api/v3", api_key=studio.key)
    answer = await client.images.generate(model=FOUR, prompt="a cat", size="1K")
    assert answer.data[0].url.startswith(studio.url)
    stream = await client.images.generate(
        **GROUP, sequential_image_generation_options=THREE_OF_THEM, stream=True
    )
    assert [event.type.rpartition(".")[2] async for event in stream] == [
        *["partial_succeeded"] * 3,
        "completed",
    ]
    await client.close()


def test_ark_streams_a_group_through_silence(ark: Any) -> None:
    # Signs of life come before, between and after its events.
    stream = ark.images.generate(
        **GROUP,
        sequential_image_generation_options=THREE_OF_THEM,
        stream=True,
        extra_headers=drill("slow=1"),
    )
    *pictures, end = list(stream)
    assert [event.type for event in pictures] == ["image_generation.partial_succeeded"] * 3
    assert [event.image_index for event in pictures] == [0, 1, 2]
    assert all(httpx.get(event.url).status_code == 200 for event in pictures)
    assert (end.type, end.usage["generated_images"]) == ("image_generation.completed", 3)


def test_ark_raises_at_a_failed_picture_and_the_rest_is_read_from_the_task(
    ark: Any, studio: Server
) -> None:
    stream = ark.images.generate(
        **GROUP,
        sequential_image_generation_options=THREE_OF_THEM,
        stream=True,
        extra_headers=drill("partial"),
    )
    task_id = stream.response.headers["x-seedbed-task"]
    seen: list[Any] = []
    with pytest.raises(ArkAPIError) as raised:
        read(stream, seen)
    assert raised.value.code == "InternalServiceError"
    assert len(seen) == 2
    with studio.client() as client:
        response = ended(client, task_id)["response"]
    assert response["usage"]["generated_images"] == 2
    assert ["error" in picture for picture in response["data"]] == [False, False, True]


def test_ark_shows_a_failed_picture_in_its_place(ark: Any) -> None:
    answer = ark.images.generate(
        **GROUP,
        sequential_image_generation_options=THREE_OF_THEM,
        extra_headers=drill("partial"),
    )
    assert [picture.url is None for picture in answer.data] == [False, False, True]
    assert answer.data[2].error["code"] == "InternalServiceError"
    assert answer.usage.generated_images == 2


@pytest.mark.parametrize(
    ("fields", "kind", "code", "param"),
    [
        ({"model": "ep-nobody"}, ArkNotFoundError, "InvalidEndpointOrModel.NotFound", "model"),
        ({"prompt": None}, ArkBadRequestError, "MissingParameter", "prompt"),
        ({"size": "7K"}, ArkBadRequestError, "InvalidParameter", "size"),
        ({"seed": 7}, ArkBadRequestError, "InvalidParameter.UnsupportedParameter", "seed"),
        (
            {"optimize_prompt_options": OptimizePromptOptions(mode="slow")},
            ArkBadRequestError,
            "InvalidParameter",
            "optimize_prompt_options",
        ),
        ({"prompt": "refuse"}, ArkBadRequestError, "SensitiveContentDetected", ""),
        ({"stream": True, "size": "7K"}, ArkBadRequestError, "InvalidParameter", "size"),
    ],
)
def test_ark_understands_our_refusals(
    ark: Any, fields: dict[str, Any], kind: type[ArkAPIStatusError], code: str, param: str
) -> None:
    with pytest.raises(kind) as raised:
        ark.images.generate(**{"model": FOUR, "prompt": "a cat", "size": "1K"} | fields)
    error = raised.value
    assert (error.code, error.param) == (code, param)
    request_id = error.response.headers["x-request-id"]
    assert request_id in error.body["message"]
    # The SDK's own id of the request is given back.
    assert error.request_id == error.response.headers["x-client-request-id"]


def test_ark_is_told_of_a_wrong_key(studio: Server) -> None:
    with Ark(base_url=f"{studio.url}/api/v3", api_key="0" * 32) as client:
        with pytest.raises(ArkAuthenticationError) as raised:
            client.images.generate(model=FOUR, prompt="a cat")
    assert raised.value.code == "AuthenticationError"


def test_ark_does_not_pay_twice_for_what_failed_or_takes_long(ark: Any, studio: Server) -> None:
    before = task_ids(studio)
    with pytest.raises(ArkInternalServerError):
        ark.images.generate(
            model=FOUR, prompt="a cat", size="1K", extra_headers=drill("upstream_error")
        )
    with pytest.raises(ArkAPIStatusError) as raised:
        ark.images.generate(
            model=FOUR,
            prompt="a cat",
            size="1K",
            extra_headers=drill("slow=0.6") | {"Prefer": "wait=0"},
        )
    assert (raised.value.status_code, raised.value.code) == (422, "TaskUnfinished")
    task_id = raised.value.response.headers["x-seedbed-task"]
    assert task_id in raised.value.body["message"]
    # Two requests, two tasks, although this SDK sends what answered 500 or 409 twice more.
    assert len(task_ids(studio)) == len(before) + 2
    with studio.client() as client:
        assert ended(client, task_id)["response"]["success"] is True


def test_ark_takes_a_picture_apart(server: Server) -> None:
    with Ark(base_url=f"{server.url}/api/v3", api_key=server.key) as client:
        answer = client.images.generate(
            model=PRO,
            prompt="",
            image=f"data:image/png;base64,{base64.b64encode(photo()).decode()}",
            layer_decomposition=True,
        )
    base, *layers = answer.data
    assert (base.z_index, base.bounding_box, base.name) == (0, None, None)
    assert layers
    for z_index, layer in enumerate(layers, 1):
        assert (layer.z_index, layer.output_format) == (z_index, "png")
        assert len(layer.bounding_box.absolute) == len(layer.bounding_box.normalized) == 4
        assert layer.name
        assert layer.description
    assert answer.usage.input_images == 1


# OpenAI.


@pytest.fixture
def client(studio: Server) -> Iterator[openai.OpenAI]:
    """The OpenAI SDK, pointed at the studio."""
    with openai.OpenAI(base_url=f"{studio.url}/v1", api_key=studio.key) as client:
        yield client


def test_openai_draws_by_url_and_inline(client: openai.OpenAI) -> None:
    answer = client.images.generate(model="doubao-seedream-4.0", prompt="a cat", size="1024x1024")
    assert answer.data is not None
    assert answer.data[0].url is not None
    assert size_of(httpx.get(answer.data[0].url).content) == (1024, 1024)
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (0, 4096)
    answer = client.images.generate(
        model=FOUR, prompt="a cat", size="1024x1024", response_format="b64_json"
    )
    assert answer.data is not None
    assert size_of(base64.b64decode(answer.data[0].b64_json or "")) == (1024, 1024)


def test_openai_draws_n_pictures(client: openai.OpenAI) -> None:
    answer = client.images.generate(model=FOUR, prompt="a cat", size="1024x1024", n=3)
    assert answer.data is not None
    assert len(answer.data) == 3


def test_openai_is_told_what_was_ignored(client: openai.OpenAI) -> None:
    raw = client.images.with_raw_response.generate(
        model=FOUR,
        prompt="a cat",
        size="auto",
        background="auto",
        quality="high",
        style="vivid",
        user="me",
        extra_body={"watermark": False, "sequential_image_generation": "disabled"},
    )
    assert raw.headers["x-seedbed-ignored"] == "quality, style, user"
    assert raw.parse().data


async def test_openai_draws_asynchronously(studio: Server) -> None:
    async with openai.AsyncOpenAI(base_url=f"{studio.url}/v1", api_key=studio.key) as client:
        answer = await client.images.generate(model=FOUR, prompt="a cat", size="1024x1024")
        assert answer.data is not None
        stream: AsyncIterator[Any] = await client.images.generate(
            model=FOUR, prompt="a cat", size="1024x1024", n=2, stream=True
        )
        events = [event async for event in stream]
    assert [event.type for event in events] == ["image_generation.completed"] * 2


def test_openai_streams_through_silence(client: openai.OpenAI) -> None:
    stream = client.images.generate(
        model=FOUR,
        prompt="a cat",
        size="1024x1024",
        stream=True,
        extra_body=GROUP | {"sequential_image_generation_options": {"max_images": 3}},
        extra_headers=drill("slow=1"),
    )
    events: list[Any] = list(stream)
    assert [event.type for event in events] == ["image_generation.completed"] * 3
    for event in events:
        assert size_of(base64.b64decode(event.b64_json)) == (1024, 1024)
        assert (event.size, event.output_format, event.background) == (
            "1024x1024",
            "jpeg",
            "opaque",
        )
        assert event.usage.output_tokens == 4096
        assert event.created_at > 1_700_000_000


def test_openai_raises_at_a_failed_picture_after_all_others(
    client: openai.OpenAI, studio: Server
) -> None:
    stream = client.images.generate(
        model=FOUR,
        prompt="a cat",
        n=3,
        size="1024x1024",
        stream=True,
        extra_headers=drill("partial"),
    )
    task_id = stream.response.headers["x-seedbed-task"]
    seen: list[Any] = []
    with pytest.raises(openai.APIError) as raised:
        read(stream, seen)
    assert raised.value.code == "server_error"
    assert len(seen) == 2
    with studio.client() as other:
        assert ended(other, task_id)["response"]["usage"]["generated_images"] == 2


@pytest.mark.parametrize(
    ("fields", "kind", "code", "param"),
    [
        ({"model": "dall-e-9"}, openai.NotFoundError, "model_not_found", "model"),
        ({"prompt": ""}, openai.BadRequestError, "missing_required_parameter", "prompt"),
        ({"size": "7K"}, openai.BadRequestError, "invalid_value", "size"),
        ({"n": 99}, openai.BadRequestError, "invalid_value", "n"),
        ({"prompt": "refuse"}, openai.BadRequestError, "moderation_blocked", None),
        ({"stream": True, "size": "7K"}, openai.BadRequestError, "invalid_value", "size"),
        ({"background": "transparent"}, openai.BadRequestError, "unsupported_parameter", None),
    ],
)
def test_openai_understands_our_refusals(
    client: openai.OpenAI,
    fields: dict[str, Any],
    kind: type[openai.APIStatusError],
    code: str,
    param: str | None,
) -> None:
    with pytest.raises(kind) as raised:
        client.images.generate(**{"model": FOUR, "prompt": "a cat", "size": "1024x1024"} | fields)
    assert raised.value.code == code
    assert param is None or raised.value.param == param
    assert raised.value.request_id


def test_openai_is_told_of_a_wrong_key(studio: Server) -> None:
    with openai.OpenAI(base_url=f"{studio.url}/v1", api_key="0" * 32) as client:
        with pytest.raises(openai.AuthenticationError) as raised:
            client.models.list()
    assert raised.value.code == "invalid_api_key"


def test_openai_does_not_pay_twice_for_what_failed_or_takes_long(
    client: openai.OpenAI, studio: Server
) -> None:
    before = task_ids(studio)
    body: dict[str, Any] = {"model": FOUR, "prompt": "a cat", "size": "1024x1024"}
    with pytest.raises(openai.InternalServerError):
        client.images.generate(**body, extra_headers=drill("upstream_error"))
    with pytest.raises(openai.UnprocessableEntityError) as raised:
        client.images.generate(**body, extra_headers=drill("slow=0.6") | {"Prefer": "wait=0"})
    assert raised.value.code == "task_unfinished"
    task_id = raised.value.response.headers["x-seedbed-task"]
    assert task_id in raised.value.message
    with pytest.raises(openai.RateLimitError):  # not sent again either: no wait brings credits
        client.images.generate(**body, extra_headers=drill("used_up"))
    assert len(task_ids(studio)) == len(before) + 2
    with studio.client() as other:
        assert ended(other, task_id)["response"]["success"] is True


def test_openai_edits_one_picture_several_and_streams(server: Server) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key) as client:
        fields: dict[str, Any] = {"model": FOUR, "prompt": "at night", "size": "1024x1024"}
        answer = client.images.edit(image=("a.png", photo()), **fields)
        assert answer.data is not None
        assert size_of(httpx.get(answer.data[0].url or "").content) == (1024, 1024)
        answer = client.images.edit(
            image=[("a.png", photo()), ("b.png", photo(200))],
            **fields,
            n=2,
            extra_body={
                "watermark": False,
                "optimize_prompt_options": {"mode": "standard"},
            },
        )
        assert answer.data is not None
        assert len(answer.data) == 2
        stream: Any = client.images.edit(image=photo(), **fields, stream=True)
        (event,) = list(stream)
        assert event.type == "image_edit.completed"
        assert size_of(base64.b64decode(event.b64_json)) == (1024, 1024)
        with server.client() as other:
            record = ended(other, stream.response.headers["x-seedbed-task"])
        assert record["request"]["image"][0].startswith(server.url)


def test_openai_lists_the_models(client: openai.OpenAI) -> None:
    listed = client.models.list().data
    assert FOUR in [model.id for model in listed]
    assert client.models.retrieve("doubao-seedream-4.0").id == FOUR
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


@pytest.mark.parametrize("path", ["/api/v3/images/generations", "/v1/images/generations"])
def test_a_stop_of_the_server_names_the_task_and_the_next_start_goes_on(
    slate: Server, path: str
) -> None:
    slate.start()
    body = {"model": FOUR, "prompt": "behind the gate", "size": "1K", "stream": True}
    with slate.client() as client:
        with client.stream("POST", path, json=body) as response:
            task_id = response.headers["X-Seedbed-Task"]
            with ThreadPoolExecutor(1) as beside:
                stopped = beside.submit(slate.stop)
                text = "".join(response.iter_text())
                assert stopped.result() == 0
        told = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
        assert [one["error"]["code"] for one in told] in (["TaskUnfinished"], ["task_unfinished"])
        assert task_id in told[0]["error"]["message"]
    (slate.data_dir.parent / "gate").touch()
    slate.start()
    with slate.client() as client:
        assert ended(client, task_id)["response"]["success"] is True


def test_signs_of_life_between_events_are_no_events(slate: Server) -> None:
    slate.settings["keep_alive"] = "0.01"  # each picture takes five times as long
    slate.start()
    options = {"max_images": 3}
    body = {**GROUP, "prompt": "slow", "sequential_image_generation_options": options}
    with openai.OpenAI(base_url=slate.url, api_key=slate.key) as client:
        raw = client.post(
            "/seedream/images",
            body=body | {"stream": True},
            cast_to=object,
            stream=True,
            stream_cls=openai.Stream[Any],
            options={"headers": {"Accept": "text/event-stream"}},
        )
        assert len(list(raw)) == 4
    with openai.OpenAI(base_url=f"{slate.url}/v1", api_key=slate.key) as client:
        stream: Any = client.images.generate(prompt="slow", stream=True, extra_body=body)
        assert len(list(stream)) == 3
    with Ark(base_url=f"{slate.url}/api/v3", api_key=slate.key) as client:
        fields = body | {"sequential_image_generation_options": THREE_OF_THEM}
        assert len(list(client.images.generate(**fields, stream=True))) == 4


# What the manual shows.


def shown(server: Server, language: str) -> list[str]:
    """The Python of the manual's page, with the key of a server."""
    headers = {"Accept": "text/html", "Accept-Language": language}
    page = httpx.get(f"{server.url}/docs/dialects", headers=headers).text
    codes = re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    texts = [html.unescape(re.sub(r"<[^>]+>", "", code)) for code in codes]
    return [text.replace("YOUR_KEY", server.key) for text in texts if "import " in text]


def ran(code: str, folder: Path) -> list[str]:
    """Run a program where two pictures lie; give the lines that it prints."""
    for name in ("one.png", "other.png"):
        (folder / name).write_bytes(photo())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_snippets_of_the_manual_run(server: Server, tmp_path: Path, language: str) -> None:
    first, stream, generate, edit, events = shown(server, language)
    assert ran(first, tmp_path)[0].startswith(f"{server.url}/files/")
    assert ran(stream, tmp_path) == [
        *["image_generation.partial_succeeded"] * 3,
        "image_generation.completed",
    ]
    assert ran(generate, tmp_path)[0].count(f"{server.url}/files/") == 2
    assert ran(edit, tmp_path)[0].startswith(f"{server.url}/files/")
    assert int(ran(events, tmp_path)[0]) > 1000


def test_the_manual_s_program_reads_the_rest_of_a_group(studio: Server, tmp_path: Path) -> None:
    code = shown(studio, "en")[1]
    assert "3 pictures of a fox" in code
    printed = ran(code.replace("of a fox", "of a fox [drill: partial, slow=1]"), tmp_path)
    *types, code_of_error, urls = printed
    assert types == ["image_generation.partial_succeeded"] * 2
    assert code_of_error == "InternalServiceError"
    assert urls.count(f"{studio.url}/files/") == 2
    assert urls.endswith("None]")
