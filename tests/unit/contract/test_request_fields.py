"""Reading a body: types are strict, null is absent, unknown fields are named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.contract.errors import ApiError, BadRequest
from seedbed.contract.fields import KNOWN, MAX_PROMPT, MAX_URL
from seedbed.contract.models import MODELS
from seedbed.contract.request import ImageRequest, features, parse_request
from seedbed.contract.sizes import Size

V3 = "doubao-seedream-3.0-t2i"


def parse(**fields: Any) -> ImageRequest:
    return parse_request({"prompt": "a cat"} | fields).request


def refusal(**fields: Any) -> BadRequest:
    with pytest.raises(BadRequest) as refused:
        parse(**fields)
    return refused.value


def test_a_prompt_is_enough() -> None:
    request = parse()
    assert request.model.id == "doubao-seedream-4-0-250828"
    assert request == ImageRequest(
        model=request.model,
        prompt="a cat",
        action="generate",
        size=Size(2048, 2048),
        size_asked=None,
        images=(),
        seed=None,
        guidance_scale=None,
        max_images=None,
        image_count=1,
        stream=False,
        asynchronous=False,
        callback_url=None,
        response_format="url",
        output_format="jpeg",
        watermark=True,
        tools=(),
        optimize_prompt_mode=None,
        background=None,
        layer_decomposition=False,
        mask=None,
        previews=0,
    )
    assert features(request) == frozenset()


def test_null_is_absent() -> None:
    nothing = dict.fromkeys(KNOWN) | {"prompt": "a cat", "optimize_prompt": None}
    assert parse_request(nothing) == parse_request({"prompt": "a cat"})
    options = {"sequential_image_generation_options": {"max_images": None}, "tools": None}
    assert parse(**options) == parse()


def test_unknown_fields_are_named_and_change_nothing() -> None:
    body = {
        "prompt": "a cat",
        "zebra": 1,
        "style": 4,
        "empty": None,
        "optimize_prompt_options": {"mode": "standard", "thinking": "on", "none": None},
    }
    parsed = parse_request(body)
    assert parsed.request == parse(optimize_prompt_options={"mode": "standard"})
    assert parsed.ignored == (
        "optimize_prompt_options.thinking",
        "style",
        "zebra",
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"prompt": 5}, "prompt must be a string, not a number"),
        ({"prompt": ["a"]}, "prompt must be a string, not a list"),
        ({"prompt": None}, "prompt is missing; say what to draw"),
        ({"prompt": " \n"}, "prompt is empty; say what to draw"),
        (
            {"prompt": "x" * (MAX_PROMPT + 1)},
            "prompt has 20,001 characters; at most 20,000 are taken",
        ),
        ({"prompt": "\ud800"}, "prompt is not valid Unicode text"),
        ({"prompt": "a\0b"}, "prompt holds the character U+0000, which no text may"),
        ({"model": 4}, "model must be a string, not a number"),
        ({"size": 2048}, "size must be a string, not a number"),
        ({"size": {}}, "size must be a string, not an object"),
        ({"action": "paint"}, "action 'paint' is not known; use generate or edit"),
        ({"response_format": "png"}, "response_format 'png' is not known; use url or b64_json"),
        ({"stream": "true"}, "stream must be true or false, not a string"),
        ({"stream": 1}, "stream must be true or false, not a number"),
        ({"watermark": "false"}, "watermark must be true or false, not a string"),
        ({"async": 0}, "async must be true or false, not a number"),
        ({"seed": True}, "seed must be a number, not a boolean"),
        ({"seed": "7"}, "seed must be a number, not a string"),
        ({"seed": 1.5}, "seed must be a whole number, not 1.5"),
        ({"seed": 10**400}, "seed must be a finite number of ordinary size"),
        (
            {"guidance_scale": float("nan")},
            "guidance_scale must be a finite number of ordinary size",
        ),
        (
            {"guidance_scale": float("inf")},
            "guidance_scale must be a finite number of ordinary size",
        ),
        ({"guidance_scale": [2]}, "guidance_scale must be a number, not a list"),
        ({"image": 5}, "image must be a string or a list of strings, not a number"),
        ({"image": {"url": "x"}}, "image must be a string or a list of strings, not an object"),
        ({"image": ["x", None]}, "image[1] must be a string, not null"),
        ({"image": ["x", ""]}, "image[1] is empty; give a URL or a data URI"),
        ({"image": ""}, "image[0] is empty; give a URL or a data URI"),
        (
            {"sequential_image_generation": "yes"},
            "sequential_image_generation 'yes' is not known; use disabled or auto",
        ),
        (
            {"sequential_image_generation_options": 3},
            "sequential_image_generation_options must be an object, not a number",
        ),
        (
            {"sequential_image_generation_options": {"max_images": "3"}},
            "sequential_image_generation_options.max_images must be a number, not a string",
        ),
        (
            {"optimize_prompt_options": "fast"},
            "optimize_prompt_options must be an object, not a string",
        ),
        (
            {"tools": "web_search"},
            'tools must be a list such as [{"type": "web_search"}], not a string',
        ),
        (
            {"tools": ["web_search"]},
            'tools[0] must be an object such as {"type": "web_search"}, not a string',
        ),
        ({"tools": [{}]}, "tools[0].type must be a string, not null"),
        (
            {"callback_url": "x.com"},
            "callback_url 'x.com' is no URL such as https://example.com/hook",
        ),
        (
            {"callback_url": "https://x.com/" + "a" * MAX_URL},
            "callback_url has 2,062 characters; at most 2,048 are taken",
        ),
        ({"layer_decomposition": "yes"}, "layer_decomposition must be true or false, not a string"),
    ],
)
def test_wrong_types_are_refused_by_name(fields: dict[str, Any], message: str) -> None:
    refused = refusal(**fields)
    assert refused.message == message
    assert refused.param in KNOWN


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com",
        "http://",
        "https:///path",
        "http://[::1",
        "http://host:99999/",
        "http://ex ample.com",
        "http://example.com/\n",
        "javascript:alert(1)",
    ],
)
def test_a_callback_must_be_a_web_address(url: str) -> None:
    assert "is no URL such as" in refusal(callback_url=url).message


def test_a_callback_keeps_its_spelling() -> None:
    for url in ("HTTPS://Example.com/Hook?a=1", "http://[::1]:8080/x", "http://例子.测试/"):
        assert parse(callback_url=url).callback_url == url


def test_numbers_may_be_written_either_way() -> None:
    assert parse(model=V3, size="512x512", seed=7.0, guidance_scale=3).seed == 7
    assert parse(model=V3, seed=7).guidance_scale == 2.5
    assert parse(model=V3).seed == -1


def test_one_image_may_come_without_a_list() -> None:
    assert parse(image="http://x/a.png").images == ("http://x/a.png",)
    assert parse(image=["a", "b"]).images == ("a", "b")
    assert parse(image=[]).images == ()


def test_a_group_is_bounded_by_default_and_by_the_room_that_references_leave() -> None:
    auto = {"sequential_image_generation": "auto"}
    three = {"sequential_image_generation_options": {"max_images": 3}}
    assert parse(**auto).max_images == 15
    assert parse(**auto, image=["x"] * 4).max_images == 11
    assert parse(**auto, **three).max_images == 3
    assert parse(**three).max_images is None
    assert parse(sequential_image_generation="disabled", **three).max_images is None


@pytest.mark.parametrize(
    ("fields", "used"),
    [
        ({"image": "x"}, {"image"}),
        ({"sequential_image_generation": "auto"}, {"sequential_image_generation"}),
        ({"stream": True}, {"stream"}),
        ({"async": True}, {"async"}),
        ({"callback_url": "http://x.com"}, {"callback_url"}),
        ({"optimize_prompt_options": {"mode": "fast"}}, {"optimize_prompt_options"}),
        ({"model": "doubao-seedream-5.0", "tools": [{"type": "web_search"}]}, {"tools"}),
        (
            {"model": "doubao-seedream-5.0-pro", "background": "transparent", "image": "x"},
            {"background", "image"},
        ),
        (
            {"model": "doubao-seedream-5.0-pro", "layer_decomposition": True, "image": "x"},
            {"layer_decomposition", "image"},
        ),
        (
            {
                "stream": False,
                "async": False,
                "image": [],
                "sequential_image_generation": "disabled",
                "optimize_prompt_options": {"mode": "standard"},
                "watermark": False,
            },
            set(),
        ),
        ({"model": "doubao-seedream-5.0-pro", "background": "opaque"}, set()),
    ],
)
def test_features_are_the_fields_that_ask_for_more(fields: dict[str, Any], used: set[str]) -> None:
    assert features(parse(**fields)) == used


# Any JSON at all.

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
likely = {
    "model": st.sampled_from([name for model in MODELS for name in (model.id, model.aliases[0])]),
    "prompt": st.text(max_size=40),
    "action": st.sampled_from(["generate", "edit"]),
    "size": st.sampled_from(["1K", "2k", "4K", "adaptive", "auto", "1024x1024", "2048x2048"]),
    "image": st.lists(st.text(max_size=5), max_size=16) | st.text(max_size=5),
    "seed": st.integers(-2, 2**31),
    "guidance_scale": st.floats(0, 11),
    "sequential_image_generation": st.sampled_from(["auto", "disabled"]),
    "sequential_image_generation_options": st.fixed_dictionaries(
        {"max_images": st.integers(0, 16)}
    ),
    "stream": st.booleans(),
    "async": st.booleans(),
    "output_format": st.sampled_from(["jpeg", "png", "webp"]),
    "tools": st.lists(st.fixed_dictionaries({"type": st.just("web_search")}), max_size=2),
    "background": st.sampled_from(["opaque", "transparent"]),
    "layer_decomposition": st.booleans(),
}
bodies = st.fixed_dictionaries({}, optional=likely)
wild = st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=8), json_values, max_size=6)


@given(json_values)
def test_anything_is_parsed_or_refused(body: Any) -> None:
    holds(body)


@given(bodies, wild)
def test_any_object_is_parsed_or_refused(body: dict[str, Any], noise: dict[str, Any]) -> None:
    holds(body)
    holds(body | noise)


def is_for_the_caller(refused: ApiError) -> None:
    assert (refused.status, refused.code) == (400, "bad_request")
    assert 0 < len(refused.message) < 1000


def holds(body: Any) -> None:
    """Parse a body; what comes out is within its model's row, or is an error for the caller."""
    try:
        parsed = parse_request(body)
    except ApiError as refused:
        return is_for_the_caller(refused)
    request, model = parsed.request, parsed.request.model
    assert model.images.min <= len(request.images) <= model.images.max
    assert (request.seed is None) == (model.seed is None)
    assert (request.guidance_scale is None) == (model.guidance_scale is None)
    assert request.output_format in model.output_formats
    assert not request.stream or (model.stream and not request.asynchronous)
    assert (request.action == "edit") == bool(request.images)
    assert request.size is not None or request.images
    if request.size is not None:
        assert model.size.min_pixels <= request.size.pixels <= model.size.max_pixels
    if request.max_images is not None and model.refs_plus_outputs_max is not None:
        assert 1 <= request.max_images + len(request.images) <= model.refs_plus_outputs_max
    assert not set(parsed.ignored) & set(KNOWN)
    # What is stored is the known part: it must mean the same again.
    known = {name: value for name, value in body.items() if name not in parsed.ignored}
    assert parse_request(known).request == request
