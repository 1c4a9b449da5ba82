"""The engines `ark` and `seedream` before a mock upstream: what is sent, and what becomes of it."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from seedbed.engines.engine import (
    EncodedImage,
    EncodedLayers,
    Engine,
    EngineContext,
    EngineError,
    EngineEvent,
    Failure,
    Parts,
    Picture,
    Summary,
    Unavailable,
    UpstreamFault,
)
from seedbed.engines.upstream import client as client_module
from seedbed.engines.upstream import limits, parallel
from seedbed.imaging.finish import UnreadableImage, kept
from tests.upstream import (
    KEY,
    Upstream,
    answers,
    bytes_of_file,
    drawn,
    group,
    hangs_up,
    job,
    ok,
    picture,
    refused,
    slow,
    status_of_file,
    streamed,
)

Lead = Callable[..., Engine]
BOTH = pytest.mark.parametrize("kind", ["ark", "seedream"])
CODE_MODERATED = "OutputImageSensitiveContentDetected.Violence"


def pictures_of(events: list[EngineEvent]) -> list[Picture]:
    return [event for event in events if isinstance(event, Picture)]


def failures_of(events: list[EngineEvent]) -> list[Failure]:
    return [event for event in events if isinstance(event, Failure)]


def data_of(event: Picture) -> bytes:
    assert isinstance(event.content, EncodedImage)
    return event.content.data


# What is sent


@BOTH
async def test_a_picture_is_kept_byte_for_byte(upstream: Upstream, lead: Lead, kind: str) -> None:
    events = await drawn(lead(kind), job())
    (shown,) = events
    assert isinstance(shown, Picture)
    assert shown.is_finished
    assert shown.content == EncodedImage(picture(1), "image/jpeg")
    (asked,) = upstream.requests
    assert asked.body == {
        "model": "doubao-seedream-4-0-250828",
        "prompt": "a cat",
        "watermark": True,
        "response_format": "url",
    }
    assert asked.headers["X-Client-Request-Id"] == "task-a"
    assert "Idempotency-Key" not in asked.headers


@BOTH
async def test_every_field_is_passed_on_as_it_was_written(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    asked = {
        "size": "2K",
        "seed": 11,
        "guidance_scale": 3.5,
        "tools": [{"type": "web_search"}],
        "optimize_prompt_options": {"mode": "fast"},
        "background": "transparent",
        "output_format": "png",
    }
    never = {
        "async": True,
        "callback_url": "https://example.com",
        "action": "generate",
        "n": 1,
        "partial_images": 2,
        "response_format": "b64_json",
        "stream": True,
    }
    upstream.kind = "png"
    wanted = job(
        asked=asked | never, output_format="png", watermark=False, background="transparent"
    )
    events = await drawn(lead(kind, models={"*": "ep-1"}), wanted)
    assert upstream.requests[0].body == asked | {
        "model": "ep-1",
        "prompt": "a cat",
        "watermark": False,
        "response_format": "url",
    }
    assert events[-1] == Summary(1, {"web_search": 2})
    assert pictures_of(events)[0].is_finished


@BOTH
async def test_a_job_of_another_wire_is_said_in_the_fields_of_this_one(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.kind = "png"
    engine = lead(kind)
    await drawn(engine, job(background="transparent", output_format="png", optimize_prompt="fast"))
    await drawn(engine, job(is_group=True))
    said = upstream.requests[0].body
    assert (said["background"], said["output_format"]) == ("transparent", "png")
    assert said["optimize_prompt_options"] == {"mode": "fast"}
    assert upstream.requests[1].body["sequential_image_generation"] == "auto"


@BOTH
@pytest.mark.parametrize("count", [1, 2])
async def test_input_pictures_go_as_data_uris(
    upstream: Upstream, lead: Lead, kind: str, count: int
) -> None:
    images = tuple(EncodedImage(picture(n, "png"), "image/png") for n in range(count))
    await drawn(lead(kind), job(images=images))
    uris = [f"data:image/png;base64,{base64.b64encode(one.data).decode()}" for one in images]
    assert upstream.requests[0].body["image"] == (uris[0] if count == 1 else uris)


@BOTH
async def test_what_lies_under_a_mask_is_neither_finished_nor_marked_there(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    image = EncodedImage(picture(1, "png"), "image/png")
    events = await drawn(lead(kind), job(images=(image,), mask=image, watermark=True))
    assert not pictures_of(events)[0].is_finished
    assert upstream.requests[0].body["watermark"] is False
    assert "mask" not in upstream.requests[0].body


@BOTH
async def test_a_picture_of_another_format_is_to_be_finished_here(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    events = await drawn(lead(kind), job(output_format="png"))
    assert not pictures_of(events)[0].is_finished


@BOTH
async def test_pictures_may_come_inside_the_answer(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    events = await drawn(lead(kind, response_format="b64_json"), job())
    assert data_of(pictures_of(events)[0]) == picture(1)
    assert not upstream.downloads


@BOTH
async def test_a_prompt_that_the_upstream_rewrote_is_told(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    item = {"url": None, "prompt": "a tabby cat"}
    upstream.script = [
        answers({"data": [item | {"b64_json": base64.b64encode(picture(1)).decode()}]})
    ]
    assert pictures_of(await drawn(lead(kind), job()))[0].prompt == "a tabby cat"


# Several


@BOTH
async def test_several_tries_are_so_many_requests(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [slow(0.4)] * 3
    events = await drawn(lead(kind), job(image_count=3, asked={"seed": 2**31 - 2}))
    assert sorted(one.index for one in pictures_of(events)) == [0, 1, 2]
    assert upstream.most_under_way == 3
    assert sorted(one.body["seed"] for one in upstream.requests) == [0, 2**31 - 2, 2**31 - 1]
    assert {one.headers["X-Client-Request-Id"] for one in upstream.requests} == {
        "task-a-0",
        "task-a-1",
        "task-a-2",
    }


@BOTH
async def test_only_what_is_missing_is_asked_for(upstream: Upstream, lead: Lead, kind: str) -> None:
    events = await drawn(lead(kind), job(image_count=3, indexes=(2,)))
    assert [one.index for one in pictures_of(events)] == [2]
    assert len(upstream.requests) == 1


@BOTH
async def test_a_try_that_fails_fails_alone(upstream: Upstream, lead: Lead, kind: str) -> None:
    upstream.script = [refused(500, "InternalServiceError"), ok, refused(429, "QuotaExceeded")]
    events = await drawn(lead(kind), job(image_count=3))
    assert len(pictures_of(events)) == 1
    assert sorted(one.code for one in failures_of(events)) == ["api_error", "too_many_requests"]
    assert {one.fault and one.fault.code for one in failures_of(events)} == {
        "InternalServiceError",
        "QuotaExceeded",
    }
    assert len(upstream.requests) == 3


@BOTH
async def test_tries_that_are_all_refused_may_go_elsewhere(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [refused(429, "QuotaExceeded")] * 3
    with pytest.raises(Unavailable):
        await drawn(lead(kind), job(image_count=3))
    assert len(upstream.requests) == 3


BUSY = refused(429, "RateLimitExceeded", **{"Retry-After": "1"})


@BOTH
async def test_a_try_that_meets_a_busy_upstream_is_asked_again(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [slow(0.5), BUSY, slow(0.5), BUSY]
    clock = asyncio.get_running_loop().time
    began = clock()
    events = await drawn(lead(kind, concurrency=2), job(image_count=3))
    assert sorted(one.index for one in pictures_of(events)) == [0, 1, 2]
    assert not failures_of(events)
    assert len(upstream.requests) == 5
    assert upstream.most_under_way <= 2, "also who asks again passes the gate"
    assert clock() - began > 0.9


async def test_a_try_that_waits_may_be_the_last_one(upstream: Upstream, lead: Lead) -> None:
    upstream.script = [ok, BUSY, BUSY, ok]
    events = await drawn(lead("ark"), job(image_count=2))
    assert len(pictures_of(events)) == 2
    assert len(upstream.requests) == 4


async def test_a_try_waits_for_a_busy_upstream_only_so_long(
    upstream: Upstream, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "MAX_WAIT", 2.5)
    upstream.script = [slow(0.3), *[BUSY] * 9]
    events = await drawn(lead("ark"), job(image_count=2))
    assert len(pictures_of(events)) == 1
    (failed,) = failures_of(events)
    assert failed.code == "too_many_requests"
    assert failed.fault == UpstreamFault("RateLimitExceeded", "request-1")
    assert len(upstream.requests) == 1 + 3, "at once, and after 1 s and 2 s"


@BOTH
async def test_tries_that_all_meet_a_busy_upstream_may_go_elsewhere_at_once(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [refused(429, "RateLimitExceeded", **{"Retry-After": "20"})] * 9
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable) as raised:
            await drawn(lead(kind), job(image_count=3))
    assert raised.value.retry_after == 20
    assert len(upstream.requests) == 3


async def test_tries_are_unavailable_only_while_none_is_under_way(
    upstream: Upstream, lead: Lead
) -> None:
    """The one that was refused first is asked again, and begun, before the other is refused."""
    upstream.script = [BUSY, slow(1.5, refused(429, "QuotaExceeded")), slow(1.0)]
    events = await drawn(lead("ark"), job(image_count=2))
    assert len(pictures_of(events)) == 1
    assert [one.code for one in failures_of(events)] == ["too_many_requests"]
    assert len(upstream.requests) == 3


@BOTH
async def test_no_more_are_under_way_than_allowed(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [slow(0.2)] * 6
    engine = lead(kind, concurrency=2)
    assert engine.description.concurrency == 2
    await asyncio.gather(drawn(engine, job(image_count=3)), drawn(engine, job(image_count=3)))
    assert upstream.most_under_way == 2
    assert len(upstream.requests) == 6


async def test_no_more_are_sent_in_a_minute_than_allowed(
    upstream: Upstream, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MINUTE", 1.0)
    engine = lead("ark", requests_per_minute=2)
    clock = asyncio.get_running_loop().time
    began = clock()
    ends = await asyncio.gather(*(_ended(engine) for _ in range(5)))
    passed = sorted(end - began for end in ends)
    assert passed[1] < 0.9
    assert passed[2] > 0.98
    assert passed[4] > 1.98
    assert len(upstream.requests) == 5


async def _ended(engine: Engine) -> float:
    await drawn(engine, job())
    return asyncio.get_running_loop().time()


# Groups


@BOTH
async def test_a_group_is_one_stream_whose_pictures_come_one_by_one(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [streamed(pause=0.3)]
    clock = asyncio.get_running_loop().time
    came, events = [], []
    async for event in lead(kind).draw(group(3, asked={"size": "1K"}), EngineContext()):
        came.append(clock())
        events.append(event)
    assert [one.index for one in pictures_of(events)] == [0, 1, 2]
    assert events[-1] == Summary(3)
    assert came[1] - came[0] > 0.1
    assert came[2] - came[1] > 0.1
    (asked,) = upstream.requests
    assert asked.body["stream"] is True
    assert asked.body["sequential_image_generation"] == "auto"
    assert asked.body["sequential_image_generation_options"] == {"max_images": 3}
    accepted = {"ark": "text/event-stream", "seedream": "application/x-ndjson"}
    assert asked.headers["Accept"] == accepted[kind]


@BOTH
async def test_the_upstream_decides_how_many_a_group_has(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [streamed(2, with_index=False)]
    engine = lead(kind)
    assert engine.description.chooses_count
    events = await drawn(engine, group(15))
    assert len(pictures_of(events)) == 2
    assert events[-1] == Summary(2)


@BOTH
@pytest.mark.parametrize(
    ("options", "expected"),
    [({"max_images": 15}, 3), ({"max_images": 2}, 2), ({}, 3), (None, 3)],
    ids=["more", "fewer", "no number", "nothing"],
)
async def test_a_group_is_asked_for_no_more_pictures_than_it_delivers(
    upstream: Upstream,
    lead: Lead,
    kind: str,
    options: dict[str, int] | None,
    expected: int,
) -> None:
    asked = {"sequential_image_generation_options": options}
    events = await drawn(lead(kind), group(3, asked=asked))
    body = upstream.requests[0].body
    assert body["sequential_image_generation_options"] == {"max_images": expected}
    assert len(pictures_of(events)) == expected == upstream.made


@BOTH
async def test_a_preview_in_a_group_is_no_picture(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    async def previewed(up: Upstream, request: Any, asked: Any) -> Any:
        shown = {"b64_json": base64.b64encode(picture(99)).decode(), "image_index": 0}
        events = [
            {"type": "image_generation.partial_image", **shown},
            {"type": "image_generation.partial_succeeded", "image_index": 0, **up.item(asked)},
            {"type": "image_generation.completed"},
        ]
        if asked.wire == "ark":
            body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
            return await answers(body.encode(), **{"Content-Type": "text/event-stream"})()
        return await answers("\n".join(map(json.dumps, events)).encode())()

    upstream.script = [previewed]
    events = await drawn(lead(kind), group(2))
    assert [data_of(one) for one in pictures_of(events)] == [picture(1)]
    assert events[-1] == Summary(1)


@BOTH
async def test_a_picture_of_a_group_that_fails_leaves_the_others(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [streamed(fails={1: CODE_MODERATED})]
    events = await drawn(lead(kind), group(3))
    assert [one.index for one in pictures_of(events)] == [0, 2]
    (failed,) = failures_of(events)
    assert (failed.index, failed.code) == (1, "forbidden")
    assert failed.fault == UpstreamFault(CODE_MODERATED, "request-1")
    assert "This one not" in failed.message
    assert events[-1] == Summary(3)


@BOTH
@pytest.mark.parametrize("cut", ["abort", "end"])
async def test_a_stream_that_is_cut_keeps_what_has_come(
    upstream: Upstream, lead: Lead, kind: str, cut: str
) -> None:
    upstream.script = [streamed(1, cut=cut)]
    events = await drawn(lead(kind), group(3))
    assert [one.index for one in pictures_of(events)] == [0]
    assert [one.index for one in failures_of(events)] == [1, 2]
    assert all(
        "cut" in one.message or "broke off" in one.message or "closed" in one.message
        for one in failures_of(events)
    )
    assert len(upstream.requests) == 1


@BOTH
async def test_a_group_that_is_refused_may_go_elsewhere(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [refused(429, "QuotaExceeded")]
    with pytest.raises(Unavailable, match="QuotaExceeded"):
        await drawn(lead(kind), group(3))


@BOTH
async def test_a_stream_that_takes_too_long_keeps_what_has_come(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [streamed(pause=2.5)]
    events = await drawn(lead(kind, timeout=2.0), group(2))
    assert len(pictures_of(events)) == 1
    (failed,) = failures_of(events)
    assert failed.code == "timeout"


@BOTH
async def test_where_no_number_was_asked_for_one_more_is_missed(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [streamed(2, cut="end")]
    wanted = group(15, asked={"sequential_image_generation_options": None})
    events = await drawn(lead(kind), wanted)
    assert [one.index for one in pictures_of(events)] == [0, 1]
    assert [one.index for one in failures_of(events)] == [2]
    assert events[-1] == Summary(3)


@BOTH
@pytest.mark.parametrize("cut", ["abort", "end"])
async def test_a_stream_that_is_cut_before_its_first_picture_fails(
    upstream: Upstream, lead: Lead, kind: str, cut: str
) -> None:
    upstream.script = [streamed(0, cut=cut)]
    with pytest.raises(EngineError) as raised:
        await drawn(lead(kind), group(3))
    assert not isinstance(raised.value, Unavailable), "it may have been billed"
    assert len(upstream.requests) == 1


@BOTH
@pytest.mark.parametrize("cut", [None, "abort"])
async def test_an_error_in_the_middle_of_a_stream_fails_the_rest(
    upstream: Upstream, lead: Lead, kind: str, cut: str | None
) -> None:
    said = {"code": "ServerOverloaded", "message": "too hot"}
    upstream.script = [streamed(1, error=said, cut=cut)]
    events = await drawn(lead(kind), group(2))
    assert len(pictures_of(events)) == 1
    (failed,) = failures_of(events)
    assert failed.fault == UpstreamFault("ServerOverloaded", "request-1")
    upstream.script = [streamed(0, error=said)]
    with pytest.raises(EngineError) as raised:
        await drawn(lead(kind), group(2))
    assert not isinstance(raised.value, Unavailable), "a stream that has begun may be billed"


@BOTH
@pytest.mark.parametrize("chunk", [1, 7])
async def test_a_stream_may_come_in_any_chunks(
    upstream: Upstream, lead: Lead, kind: str, chunk: int
) -> None:
    upstream.script = [streamed(chunk=chunk)]
    assert len(pictures_of(await drawn(lead(kind), group(2)))) == 2


@BOTH
async def test_a_server_that_does_not_stream_answers_with_all_at_once(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    async def whole(up: Upstream, request: Any, asked: Any) -> Any:
        return await answers(up.answer(asked, [up.item(asked), up.item(asked)]))()

    upstream.script = [whole]
    events = await drawn(lead(kind), group(5))
    assert len(pictures_of(events)) == 2
    assert events[-1] == Summary(2)


@BOTH
async def test_a_group_without_a_picture_is_an_error(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [streamed(0)]
    with pytest.raises(EngineError, match="no picture"):
        await drawn(lead(kind), group(2))


@BOTH
async def test_an_index_beyond_all_is_no_picture(upstream: Upstream, lead: Lead, kind: str) -> None:
    event = {"type": "image_generation.partial_succeeded", "image_index": 10**9, "url": "x"}
    said = json.dumps(event) + "\n" + json.dumps({"type": "image_generation.completed"})
    upstream.script = [answers(said.encode())]
    events = await drawn(lead(kind), group(2))
    assert len(failures_of(events)) == 2


# Taking apart


def layer(upstream: Upstream, asked: Any, z_index: int) -> dict[str, Any]:
    box = {"absolute": [1, 2, 30, 40], "normalized": [0, 0, 1, 1]}
    named = {"name": f"part {z_index}", "description": "a part", "bounding_box": box}
    return upstream.item(asked) | {"z_index": z_index} | (named if z_index else {})


@BOTH
async def test_a_picture_is_taken_apart(upstream: Upstream, lead: Lead, kind: str) -> None:
    async def parts(up: Upstream, request: Any, asked: Any) -> Any:
        items = [layer(up, asked, z_index) for z_index in (0, 2, 1)]
        return await answers(up.answer(asked, items))()

    upstream.script, upstream.kind = [parts], "png"
    image = EncodedImage(picture(9, "png"), "image/png")
    wanted = job(
        prompt="",
        images=(image,),
        layer_decomposition=True,
        image_count=17,
        asked={"layer_decomposition": True, "size": "auto"},
    )
    (event,) = await drawn(lead(kind), wanted)
    assert isinstance(event, Parts)
    content = event.content
    assert isinstance(content, EncodedLayers)
    assert content.base.data == picture(1, "png")
    assert [one.name for one in content.layers] == ["part 1", "part 2"]
    assert content.layers[0].image.data == picture(3, "png")
    assert content.layers[0].box == (1, 2, 30, 40)
    (asked,) = upstream.requests
    assert asked.body["layer_decomposition"] is True
    assert asked.body["size"] == "auto"
    assert "prompt" not in asked.body


@BOTH
async def test_taking_apart_is_all_or_nothing(upstream: Upstream, lead: Lead, kind: str) -> None:
    async def parts(up: Upstream, request: Any, asked: Any) -> Any:
        return await answers(up.answer(asked, [layer(up, asked, z) for z in (0, 1)]))()

    upstream.script = [parts]
    upstream.files["/pictures/2.jpeg"] = [status_of_file(403)] * 3
    wanted = job(image_count=17, layer_decomposition=True)
    with pytest.raises(EngineError, match="403"):
        await drawn(lead(kind), wanted)


# Errors


@BOTH
@pytest.mark.parametrize(
    ("status", "code", "expected", "is_unavailable", "says"),
    [
        (400, "InvalidParameter.size", "bad_request", False, "the words of it"),
        (400, CODE_MODERATED, "forbidden", False, "the words of it"),
        (400, "InvalidEndpoint.ClosedEndpoint", "api_error", True, "whoever runs this server"),
        (401, "AuthenticationError", "api_error", True, "whoever runs this server"),
        (403, "AccountOverdueError", "api_error", True, "whoever runs this server"),
        (403, "forbidden", "forbidden", False, "the words of it"),
        (403, "used_up", "api_error", True, "whoever runs this server"),
        (404, "ModelNotOpen", "api_error", True, "whoever runs this server"),
        (404, None, "api_error", True, "whoever runs this server"),
        (307, None, "api_error", True, "307"),
        (429, "RateLimitExceeded.EndpointRPMExceeded", "too_many_requests", True, "wait 7 s"),
        (429, "ServerOverloaded", "api_error", True, "not available"),
        (503, None, "api_error", True, "not available"),
        (500, "InternalServiceError", "api_error", False, "not sent again"),
        (500, "ServerOverloaded", "api_error", False, "not sent again"),
        (500, CODE_MODERATED, "forbidden", False, "the words of it"),
        (502, None, "api_error", False, "not sent again"),
        (504, "timeout", "timeout", False, "not sent again"),
        (418, None, "api_error", False, "not sent again"),
    ],
)
async def test_a_refusal_is_translated_once(
    upstream: Upstream,
    lead: Lead,
    kind: str,
    status: int,
    code: str | None,
    expected: str,
    is_unavailable: bool,
    says: str,
) -> None:
    headers = {"Retry-After": "7", "Location": "http://169.254.169.254/"}
    upstream.script = [refused(status, code, "the words of it\nand more.", **headers)]
    with pytest.raises(EngineError) as raised:
        await drawn(lead(kind), job())
    error = raised.value
    assert (error.code, isinstance(error, Unavailable)) == (expected, is_unavailable)
    assert says in error.message
    assert error.fault == UpstreamFault(code or "SomeType", "request-1")
    if isinstance(error, Unavailable):
        is_busy = "for now" in says or "wait" in says or "not available" in says
        assert error.retry_after == (7 if is_busy else None)
    assert "\n" not in error.message
    assert len(upstream.requests) == 1


HTML = b"<html>upstream connect error or disconnect/reset before headers</html>"


@BOTH
@pytest.mark.parametrize(
    ("status", "body", "headers", "expected", "is_unavailable"),
    [
        (503, HTML, {}, "api_error", False),
        (503, b"", {}, "api_error", False),
        (503, b'{"error": "no healthy upstream"}', {}, "api_error", False),
        (503, b'{"error": {}}', {}, "api_error", False),
        (503, HTML, {"Retry-After": "3"}, "api_error", True),
        (503, b'{"error": {"message": "full"}}', {}, "api_error", True),
        (403, HTML, {}, "forbidden", False),
        (403, HTML, {"Retry-After": "3"}, "forbidden", False),
        (404, HTML, {}, "bad_request", False),
        (405, b'{"detail": "no"}', {}, "bad_request", False),
        (403, b'{"error": {"message": "this key may not"}}', {}, "api_error", True),
        (401, HTML, {}, "api_error", True),
        (429, HTML, {}, "too_many_requests", True),
    ],
)
async def test_what_answers_in_other_words_is_no_upstream(
    upstream: Upstream,
    lead: Lead,
    kind: str,
    status: int,
    body: bytes,
    headers: dict[str, str],
    expected: str,
    is_unavailable: bool,
) -> None:
    upstream.script = [answers(body, status, **headers)]
    with pytest.raises(EngineError) as raised:
        await drawn(lead(kind), job())
    error = raised.value
    assert (error.code, isinstance(error, Unavailable)) == (expected, is_unavailable)
    if isinstance(error, Unavailable) and headers:
        assert error.retry_after == 3
    assert str(status) in error.message
    assert len(upstream.requests) == 1


@BOTH
@pytest.mark.parametrize(
    ("code", "retry_after", "expected"),
    [
        ("RateLimitExceeded.EndpointRPMExceeded", None, 5),
        ("RateLimitExceeded.EndpointRPMExceeded", "soon", 5),
        ("RateLimitExceeded.EndpointRPMExceeded", "0", 1),
        ("ServerOverloaded", None, None),
        ("SetLimitExceeded", "7", None),
    ],
)
async def test_who_is_merely_busy_may_be_asked_again(
    upstream: Upstream,
    lead: Lead,
    kind: str,
    code: str,
    retry_after: str | None,
    expected: float | None,
) -> None:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    upstream.script = [refused(429, code, **headers)]
    with pytest.raises(Unavailable) as raised:
        await drawn(lead(kind), job())
    assert raised.value.retry_after == expected


@BOTH
async def test_the_words_for_the_operator_are_not_shown_to_callers(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [refused(401, "AuthenticationError", f"key {KEY} of account 77 is wrong")]
    with structlog.testing.capture_logs() as logs, pytest.raises(Unavailable) as raised:
        await drawn(lead(kind), job())
    assert "77" not in raised.value.message
    assert "account 77 is wrong" in str(logs)
    assert KEY not in str(logs)


async def test_the_key_is_never_passed_on(
    upstream: Upstream, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = lead("ark")
    upstream.script = [refused(400, "InvalidParameter", f"odd: Bearer {KEY}")]
    with pytest.raises(EngineError) as raised:
        await drawn(engine, job())
    assert KEY not in raised.value.message
    assert KEY not in repr(vars(engine))


async def test_a_trace_id_in_the_body_names_the_request(upstream: Upstream, lead: Lead) -> None:
    said = {"success": False, "error": {"code": "bad_request", "message": "no"}, "trace_id": "t-9"}
    upstream.script = [answers(said, 400)]
    with pytest.raises(EngineError) as raised:
        await drawn(lead("seedream"), job())
    assert raised.value.fault == UpstreamFault("bad_request", "request-1")
    from seedbed.engines.upstream.faults import refusal

    error = refusal(400, {}, json.dumps(said).encode(), None)
    assert error.fault == UpstreamFault("bad_request", "t-9")


@BOTH
async def test_a_picture_that_failed_inside_a_success_keeps_its_code(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    said = {"data": [{"error": {"code": CODE_MODERATED, "message": "not that"}}]}
    upstream.script = [answers(said)]
    (failed,) = failures_of(await drawn(lead(kind), job()))
    assert failed.code == "forbidden"
    assert failed.fault == UpstreamFault(CODE_MODERATED, "request-1")


@BOTH
@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "no picture"),
        (b'{"data": []}', "no picture"),
        (b'{"data": "x"}', "no picture"),
    ],
)
async def test_an_answer_that_is_none_is_an_error(
    upstream: Upstream, lead: Lead, kind: str, body: bytes, says: str
) -> None:
    upstream.script = [answers(body)]
    with pytest.raises(EngineError, match=says) as raised:
        await drawn(lead(kind), job())
    assert not isinstance(raised.value, Unavailable)
    assert len(upstream.requests) == 1


@BOTH
@pytest.mark.parametrize("is_chunked", [False, True])
async def test_an_answer_is_read_only_so_far(
    upstream: Upstream,
    lead: Lead,
    kind: str,
    is_chunked: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "MAX_ANSWER", 100_000)

    async def huge(up: Upstream, request: Any, asked: Any) -> Any:
        response = await answers(b" " * 3_000_000)()
        if is_chunked:
            response.enable_chunked_encoding()
        return response

    upstream.script = [huge]
    with pytest.raises(EngineError, match="100,000 bytes"):
        await drawn(lead(kind), job())


@BOTH
@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_compressed_answer_is_counted_as_it_unfolds(
    upstream: Upstream,
    lead: Lead,
    kind: str,
    is_chunked: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "MAX_ANSWER", 100_000)

    def packed(body: bytes) -> Any:
        async def answer(up: Upstream, request: Any, asked: Any) -> Any:
            said = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
            response = await answers(gzip.compress(body), **said)()
            if is_chunked:
                response.enable_chunked_encoding()
            return response

        return answer

    item = {"b64_json": base64.b64encode(picture(1)).decode()}
    upstream.script = [packed(json.dumps({"data": [item]}).encode()), packed(b" " * 3_000_000)]
    engine = lead(kind)
    assert data_of(pictures_of(await drawn(engine, job()))[0]) == picture(1)
    with pytest.raises(EngineError, match="100,000 bytes"):
        await drawn(engine, job())


@BOTH
async def test_a_connection_that_breaks_after_sending_is_not_tried_again(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    engine = lead(kind)
    await drawn(engine, job())  # so that a connection is kept
    upstream.script = [hangs_up]
    with pytest.raises(EngineError, match="closed the connection") as raised:
        await drawn(engine, job())
    assert not isinstance(raised.value, Unavailable)
    assert len(upstream.requests) == 2


@BOTH
async def test_a_time_out_is_not_tried_again(upstream: Upstream, lead: Lead, kind: str) -> None:
    upstream.script = [slow(5)]
    with pytest.raises(EngineError) as raised:
        await drawn(lead(kind, timeout=0.2), job())
    assert (raised.value.code, isinstance(raised.value, Unavailable)) == ("timeout", False)
    assert len(upstream.requests) == 1


@BOTH
async def test_nobody_there_is_unavailable(lead: Lead, kind: str, upstream: Upstream) -> None:
    with pytest.raises(Unavailable, match="refused the connection"):
        await drawn(lead(kind, base_url="http://127.0.0.1:9"), job())
    with pytest.raises(Unavailable, match="no address"):
        await drawn(lead(kind, base_url="http://nowhere.invalid"), job())
    with pytest.raises(Unavailable, match="TLS"):
        await drawn(lead(kind, base_url=upstream.url.replace("http:", "https:")), job())


async def test_a_connection_that_is_not_taken_in_time_is_unavailable(lead: Lead) -> None:
    """A full backlog takes no connection, and refuses none."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        host, port = listening.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex((host, port))
        try:
            with pytest.raises(Unavailable, match="in time"):
                await drawn(
                    lead("ark", base_url=f"http://{host}:{port}", connect_timeout=0.2), job()
                )
        finally:
            for one in waiting:
                one.close()


@BOTH
async def test_without_its_key_an_upstream_is_unavailable(
    upstream: Upstream, lead: Lead, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THE_KEY", raising=False)
    engine = lead(kind, key_env="THE_KEY")
    with pytest.raises(Unavailable, match="THE_KEY is not set"):
        await engine.warm()
    with pytest.raises(Unavailable, match="THE_KEY is not set"):
        await drawn(engine, job())
    await lead(kind, key_env="").warm()
    assert not upstream.requests


@BOTH
async def test_who_goes_away_closes_the_connection_and_frees_the_slot(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    engine = lead(kind, concurrency=1)
    for wanted, script in ((job(), slow(30)), (group(2), streamed(pause=30))):
        upstream.script = [script]
        running = asyncio.create_task(drawn(engine, wanted))
        while not upstream.under_way:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        async with asyncio.timeout(10):
            assert pictures_of(await drawn(engine, job()))
            while upstream.under_way:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert upstream.hung_up == 2


@BOTH
async def test_who_goes_away_from_several_leaves_none_behind(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [slow(30), ok, slow(30)]
    engine = lead(kind, concurrency=3)
    drawing = engine.draw(job(image_count=3), EngineContext())
    first = await anext(drawing)
    assert isinstance(first, Picture)
    await drawing.aclose()  # type: ignore[attr-defined]
    async with asyncio.timeout(10):
        while upstream.under_way:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert len(pictures_of(await drawn(engine, job(image_count=3)))) == 3
    assert upstream.hung_up == 2


async def test_a_defect_in_one_of_several_requests_is_not_hidden(
    upstream: Upstream, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("seedbed.engines.upstream.passthrough._items", broken)
    with pytest.raises(ZeroDivisionError):
        await drawn(lead("ark"), job(image_count=2))


@BOTH
async def test_an_error_inside_a_success_is_never_unavailability(
    upstream: Upstream, lead: Lead, kind: str
) -> None:
    upstream.script = [answers({"error": {"code": "RateLimitExceeded", "message": "no"}})]
    with pytest.raises(EngineError) as raised:
        await drawn(lead(kind), job())
    assert not isinstance(raised.value, Unavailable)
    assert raised.value.fault == UpstreamFault("RateLimitExceeded", "request-1")


# Downloads


@BOTH
@pytest.mark.parametrize(
    "fault",
    [status_of_file(403), status_of_file(500), bytes_of_file(picture(1)[:-40]), bytes_of_file(b"")],
    ids=["expired", "500", "truncated", "empty"],
)
async def test_a_download_is_tried_again_and_the_request_is_not(
    upstream: Upstream, lead: Lead, kind: str, fault: Any
) -> None:
    upstream.files["/pictures/1.jpeg"] = [fault, fault]
    events = await drawn(lead(kind), job())
    assert data_of(pictures_of(events)[0]) == picture(1)
    assert upstream.downloads["/pictures/1.jpeg"] == 3
    assert len(upstream.requests) == 1
    upstream.files["/pictures/2.jpeg"] = [fault] * 3
    (failed,) = failures_of(await drawn(lead(kind), job()))
    assert failed.code == "api_error"
    assert "picture" in failed.message
    assert upstream.url not in failed.message
    assert upstream.downloads["/pictures/2.jpeg"] == 3


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("added", [0, 65, 4000, 5000])
async def test_what_is_fetched_as_whole_is_kept_as_whole(
    upstream: Upstream, lead: Lead, kind: str, added: int
) -> None:
    """A picture that was paid for is not thrown away for bytes that its writer has added."""
    data = picture(1, kind) + b"\0" * added
    upstream.files["*"] = [bytes_of_file(data)] * 3
    (event,) = await drawn(lead("ark"), job(output_format=kind))
    is_lost = added == 5000 and kind != "webp"
    assert isinstance(event, Failure) == is_lost
    if isinstance(event, Picture):
        assert isinstance(event.content, EncodedImage)
        assert event.is_finished
        assert kept(event.content).data == data
    else:
        with pytest.raises(UnreadableImage, match="breaks off"):
            kept(EncodedImage(data, f"image/{kind}"))


async def test_a_picture_that_is_lost_leaves_the_rest_of_its_group(
    upstream: Upstream, lead: Lead
) -> None:
    upstream.files["/pictures/2.jpeg"] = [status_of_file(404)] * 3
    events = await drawn(lead("ark"), group(3))
    assert [one.index for one in pictures_of(events)] == [0, 2]
    (failed,) = failures_of(events)
    assert failed.index == 1
    assert "may have expired" in failed.message


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:1/x.jpg",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x.jpg",
    ],
)
async def test_no_link_leads_inside(upstream: Upstream, lead: Lead, link: str) -> None:
    upstream.script = [answers({"data": [{"url": link}]})]
    (failed,) = failures_of(await drawn(lead("ark"), job()))
    assert "may not go" in failed.message
    assert "169" not in failed.message


async def test_no_redirect_of_a_link_leads_inside(upstream: Upstream, lead: Lead) -> None:
    from aiohttp import web

    def away() -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/secret"})

    upstream.files["*"] = [away] * 3
    (failed,) = failures_of(await drawn(lead("ark"), job()))
    assert "may not go" in failed.message


async def test_another_origin_may_be_named(upstream: Upstream, lead: Lead) -> None:
    async with Upstream() as other:
        upstream.script = [answers({"data": [{"url": f"{other.url}/pictures/5.jpeg"}]})] * 2
        (failed,) = failures_of(await drawn(lead("ark"), job()))
        assert "may not go" in failed.message
        events = await drawn(lead("ark", picture_origins=[other.url]), job())
        assert data_of(pictures_of(events)[0]) == picture(5)


# Tasks of a SeeDream server


async def test_an_answer_that_is_only_a_task_is_followed(upstream: Upstream, lead: Lead) -> None:
    pending = {"id": "t", "state": "processing"}
    done = pending | {
        "response": {"success": True, "data": [{"image_url": f"{upstream.url}/pictures/8.jpeg"}]}
    }
    upstream.script = [answers({"task_id": "t", "trace_id": "x"})]
    upstream.tasks = [pending, {"status": 500}, pending, done]
    events = await drawn(lead("seedream"), job())
    assert data_of(pictures_of(events)[0]) == picture(8)
    assert len(upstream.requests) == 1
    assert upstream.queries[0] == {"id": "t", "action": "retrieve"}


async def test_a_followed_task_that_fails_says_why(upstream: Upstream, lead: Lead) -> None:
    said = {"code": "too_many_requests", "message": "full"}
    failed = {"success": False, "error": said, "task_id": "t", "trace_id": "x"}
    upstream.script = [answers({"task_id": "t"})]
    upstream.tasks = [{"id": "t", "response": failed}]
    with pytest.raises(EngineError) as raised:
        await drawn(lead("seedream"), job())
    assert not isinstance(raised.value, Unavailable), "its task had begun"
    assert raised.value.fault == UpstreamFault("too_many_requests", "request-1") or (
        raised.value.fault == UpstreamFault("too_many_requests", "x")
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_followed_task_that_is_refused_for_good_is_given_up_at_once(
    upstream: Upstream, lead: Lead, status: int
) -> None:
    upstream.script = [answers({"task_id": "t"})]
    upstream.tasks = [{"status": status, "error": {"code": "SomeCode", "message": f"not {KEY}"}}]
    async with asyncio.timeout(5):
        with pytest.raises(EngineError, match=f"does not tell of its task.*{status}|not …") as told:
            await drawn(lead("seedream"), job())
    assert not isinstance(told.value, Unavailable), "its task had begun"
    assert told.value.code == "api_error"
    assert told.value.fault == UpstreamFault("SomeCode", None)
    assert KEY not in told.value.message
    assert len(upstream.queries) == len(upstream.requests) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
async def test_a_question_that_may_yet_be_answered_is_asked_again(
    upstream: Upstream, lead: Lead, status: int
) -> None:
    done = {"id": "t", "response": {"data": [{"image_url": f"{upstream.url}/pictures/8.jpeg"}]}}
    upstream.script = [answers({"task_id": "t"})]
    upstream.tasks = [{"status": status}, {"status": status}, done]
    assert len(pictures_of(await drawn(lead("seedream"), job()))) == 1
    assert len(upstream.queries) == 3


async def test_a_followed_task_that_is_forgotten_or_never_ends_is_given_up(
    upstream: Upstream, lead: Lead
) -> None:
    upstream.script = [answers({"task_id": "t"})] * 2
    upstream.tasks = [{}]
    with pytest.raises(EngineError, match="does not know"):
        await drawn(lead("seedream"), job())
    upstream.tasks = [{"id": "t"}]
    with pytest.raises(EngineError) as raised:
        await drawn(lead("seedream", timeout=0.3), job())
    assert raised.value.code == "timeout"


async def test_a_server_that_knows_idempotency_is_told_the_task(
    upstream: Upstream, lead: Lead
) -> None:
    engine = lead("seedream", idempotent=True)
    assert engine.description.repeatable
    assert engine.description.sticky, "no other engine knows the task by its key"
    for other in (lead("seedream"), lead("ark")):
        assert not other.description.repeatable
        assert not other.description.sticky
    await drawn(engine, job())
    await drawn(engine, job(image_count=2))
    await drawn(engine, group(2))
    keys = [one.headers["Idempotency-Key"] for one in upstream.requests]
    assert keys[0] == keys[3] == "task-a"
    assert set(keys[1:3]) == {"task-a-0", "task-a-1"}
