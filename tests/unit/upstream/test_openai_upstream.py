"""The engine `openai` before a mock upstream."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from seedbed.engines.engine import (
    EncodedImage,
    Engine,
    EngineError,
    EngineEvent,
    Failure,
    Picture,
    Preview,
    Unavailable,
    UpstreamFault,
)
from seedbed.engines.upstream.openai import nearest
from tests.upstream import (
    Asked,
    Upstream,
    answers,
    drawn,
    group,
    job,
    ok,
    picture,
    refused,
    status_of_file,
)

Lead = Callable[..., Engine]
PNG = tuple(EncodedImage(picture(n, "png"), "image/png") for n in range(3))


def pictures_of(events: list[EngineEvent]) -> list[Picture]:
    return [event for event in events if isinstance(event, Picture)]


async def test_a_picture_is_asked_for_in_its_exact_size(upstream: Upstream, lead: Lead) -> None:
    (event,) = await drawn(lead("openai"), job(width=640, height=480))
    assert isinstance(event, Picture)
    assert event.content == EncodedImage(picture(1), "image/jpeg")
    assert not event.is_finished, "it gets our size, mark and metadata"
    (asked,) = upstream.requests
    assert (asked.wire, asked.body) == (
        "openai",
        {"model": "doubao-seedream-4-0-250828", "prompt": "a cat", "size": "640x480"},
    )


async def test_what_servers_differ_in_is_an_option(upstream: Upstream, lead: Lead) -> None:
    engine = lead(
        "openai",
        models={"*": "qwen-image"},
        sizes=["1024x1024", "1536x1024"],
        fields=["seed", "guidance_scale"],
        response_format="url",
        transparent=True,
        extra={"quality": "high", "response_format": "b64_json"},
    )
    assert engine.description.features == {"image", "mask", "background"}
    wanted = job(width=1600, height=1000, guidance_scale=4.0, background="transparent")
    (event,) = await drawn(engine, wanted)
    assert isinstance(event, Picture)
    assert upstream.requests[0].body == {
        "quality": "high",
        "model": "qwen-image",
        "prompt": "a cat",
        "size": "1536x1024",
        "seed": 7,
        "guidance_scale": 4.0,
        "response_format": "url",
        "background": "transparent",
        "output_format": "png",
    }
    assert upstream.downloads["/pictures/1.jpeg"] == 1


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (2048, 2048, "1024x1024"),
        (300, 300, "512x512"),
        (1600, 900, "1536x1024"),
        (900, 1600, "1024x1536"),
        (1100, 1024, "1024x1024"),
    ],
)
def test_the_nearest_size_is_chosen(width: int, height: int, expected: str) -> None:
    allowed = ("512x512", "1024x1024", "1536x1024", "1024x1536")
    assert nearest(allowed, width, height) == expected


@pytest.mark.parametrize("wanted", [job(image_count=3), group(3)], ids=["tries", "group"])
async def test_several_are_one_request(upstream: Upstream, lead: Lead, wanted: Any) -> None:
    events = await drawn(lead("openai"), wanted)
    assert [one.index for one in pictures_of(events)] == [0, 1, 2]
    assert [one.body["n"] for one in upstream.requests] == [3]


async def test_more_than_a_request_may_ask_for_are_several(upstream: Upstream, lead: Lead) -> None:
    upstream.script = [ok, refused(500, None)]
    events = await drawn(lead("openai", max_n=2), job(image_count=4))
    assert len(pictures_of(events)) == 2
    assert sum(isinstance(event, Failure) for event in events) == 2
    assert [one.body["n"] for one in upstream.requests] == [2, 2]


async def test_a_picture_that_is_missing_is_told(upstream: Upstream, lead: Lead) -> None:
    async def too_few(up: Upstream, request: Any, asked: Asked) -> Any:
        return await answers(up.answer(asked, [up.item(asked)]))()

    upstream.script = [too_few]
    events = await drawn(lead("openai"), job(image_count=2))
    assert len(pictures_of(events)) == 1
    assert events[1] == Failure(1, "api_error", "The upstream made 1 of 2 pictures.")


@pytest.mark.parametrize("count", [1, 3])
async def test_input_pictures_and_a_mask_go_as_a_form(
    upstream: Upstream, lead: Lead, count: int
) -> None:
    wanted = job(images=PNG[:count], mask=PNG[0], image_count=2)
    engine = lead("openai", extra={"quality": "low", "moderation": False})
    assert len(pictures_of(await drawn(engine, wanted))) == 2
    (asked,) = upstream.requests
    sent = [one.data for one in PNG[:count]]
    files = {"image": sent[0]} if count == 1 else {"image[]": sent}
    assert asked.wire == "edits"
    assert asked.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert asked.body == files | {
        "mask": PNG[0].data,
        "model": "doubao-seedream-4-0-250828",
        "prompt": "a cat",
        "size": "1024x1024",
        "n": "2",
        "quality": "low",
        "moderation": "false",
    }


async def test_a_server_without_edits_offers_none(lead: Lead) -> None:
    assert lead("openai", edits=False).description.features == frozenset()
    assert lead("openai").description.features == {"image", "mask"}
    assert not lead("openai").description.repeatable
    assert not lead("openai").description.chooses_count


def partials(count: int, *, ends: bool = True, kind: str = "image_generation") -> Any:
    async def answer(up: Upstream, request: Any, asked: Asked) -> Any:
        events = [
            {"type": f"{kind}.partial_image", "partial_image_index": n}
            | {"b64_json": base64.b64encode(picture(n, "png")).decode()}
            for n in range(count)
        ]
        if ends:
            events.append({"type": f"{kind}.completed", **up.item(asked)})
        body = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
        return await answers(body.encode(), **{"Content-Type": "text/event-stream"})()

    return answer


@pytest.mark.parametrize("images", [(), PNG[:1]], ids=["generation", "edit"])
async def test_previews_are_shown_where_somebody_wants_them(
    upstream: Upstream, lead: Lead, images: Any
) -> None:
    kind = "image_edit" if images else "image_generation"
    upstream.script = [partials(2, kind=kind)] * 2
    wanted = job(previews=5, image_count=2, images=images)
    events = await drawn(lead("openai", stream=True), wanted)
    previews = [event for event in events if isinstance(event, Preview)]
    assert sorted(one.index for one in previews) == [0, 0, 1, 1]
    assert previews[0].pixels.shape == (48, 64, 3)
    assert sorted(one.index for one in pictures_of(events)) == [0, 1]
    assert len(upstream.requests) == 2
    for asked in upstream.requests:
        assert asked.body["partial_images"] in (3, "3")
        assert asked.streams
        assert "n" not in asked.body


async def test_no_more_previews_are_shown_than_somebody_wants(
    upstream: Upstream, lead: Lead
) -> None:
    upstream.script = [partials(3)]
    events = await drawn(lead("openai", stream=True), job(previews=1))
    assert [type(event) for event in events] == [Preview, Picture]


@pytest.mark.parametrize(
    ("options", "previews"), [({"stream": True}, 0), ({}, 2)], ids=["not wanted", "cannot"]
)
async def test_otherwise_nothing_is_streamed(
    upstream: Upstream, lead: Lead, options: dict[str, Any], previews: int
) -> None:
    await drawn(lead("openai", **options), job(previews=previews))
    assert "stream" not in upstream.requests[0].body


async def test_a_stream_that_is_cut_is_not_asked_for_again(upstream: Upstream, lead: Lead) -> None:
    upstream.script = [partials(1, ends=False)]
    with pytest.raises(EngineError, match="cut") as raised:
        await drawn(lead("openai", stream=True), job(previews=2))
    assert not isinstance(raised.value, Unavailable)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("data", [b"no picture", picture(1)[:200]], ids=["none", "cut"])
async def test_a_preview_that_cannot_be_read_is_not_shown(
    upstream: Upstream, lead: Lead, data: bytes
) -> None:
    async def answer(up: Upstream, request: Any, asked: Asked) -> Any:
        odd = {
            "type": "image_generation.partial_image",
            "b64_json": base64.b64encode(data).decode(),
        }
        done = {"type": "image_generation.completed", **up.item(asked)}
        body = "".join(f"data: {json.dumps(e)}\n\n" for e in (odd, done))
        return await answers(body.encode(), **{"Content-Type": "text/event-stream"})()

    upstream.script = [answer]
    events = await drawn(lead("openai", stream=True), job(previews=1))
    assert [type(event) for event in events] == [Picture]


async def test_a_server_that_does_not_stream_answers_as_ever(
    upstream: Upstream, lead: Lead
) -> None:
    async def plain(up: Upstream, request: Any, asked: Asked) -> Any:
        return await answers(up.answer(asked, [up.item(asked)]))()

    upstream.script = [plain]
    events = await drawn(lead("openai", stream=True), job(previews=1))
    assert len(pictures_of(events)) == 1


@pytest.mark.parametrize(
    ("status", "code", "expected", "is_unavailable"),
    [
        (400, "moderation_blocked", "forbidden", False),
        (400, "content_policy_violation", "forbidden", False),
        (400, "unknown_parameter", "bad_request", False),
        (400, "billing_hard_limit_reached", "api_error", True),
        (401, "invalid_api_key", "api_error", True),
        (404, "model_not_found", "api_error", True),
        (429, "insufficient_quota", "api_error", True),
        (429, "rate_limit_exceeded", "too_many_requests", True),
        (500, None, "api_error", False),
        (503, None, "api_error", True),
    ],
)
async def test_a_refusal_is_translated_once(
    upstream: Upstream,
    lead: Lead,
    status: int,
    code: str | None,
    expected: str,
    is_unavailable: bool,
) -> None:
    upstream.script = [refused(status, code)]
    with pytest.raises(EngineError) as raised:
        await drawn(lead("openai"), job())
    assert (raised.value.code, isinstance(raised.value, Unavailable)) == (expected, is_unavailable)
    assert raised.value.fault == UpstreamFault(code or "SomeType", "request-1")
    assert len(upstream.requests) == 1


async def test_a_lost_picture_of_several_fails_alone(upstream: Upstream, lead: Lead) -> None:
    upstream.files["/pictures/2.jpeg"] = [status_of_file(403)] * 3
    events = await drawn(lead("openai", response_format="url"), job(image_count=3))
    assert [one.index for one in pictures_of(events)] == [0, 2]
