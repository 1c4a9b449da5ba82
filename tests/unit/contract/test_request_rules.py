"""What is asked of a model that does not allow it, and the words in which it is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from seedbed.contract.errors import BadRequest
from seedbed.contract.fields import read_fields
from seedbed.contract.models import MODELS, GroupAllowance, Model, find_model
from seedbed.contract.request import ImageRequest, parse_request
from seedbed.contract.rules import check
from seedbed.contract.sizes import Size

PRO = "doubao-seedream-5-0-pro-260628"
FLASH = "doubao-seedream-5-0-flash-260915"
LITE = "doubao-seedream-5-0-lite-260128"
V45 = "doubao-seedream-4-5-251128"
V4 = "doubao-seedream-4-0-250828"
V3 = "doubao-seedream-3-0-t2i-250415"
EDIT = "doubao-seededit-3-0-i2i-250628"
ALL = tuple(model.id for model in MODELS)

GROUPING = f"{LITE}, {V45} or {V4}"
SEEDED = f"{V3} or {EDIT}"
AUTO = {"sequential_image_generation": "auto"}
WEB = {"tools": [{"type": "web_search"}]}


def up_to(count: int) -> dict[str, Any]:
    return {"sequential_image_generation_options": {"max_images": count}}


def mode(name: str) -> dict[str, Any]:
    return {"optimize_prompt_options": {"mode": name}}


def parse(model: str, fields: dict[str, Any]) -> ImageRequest:
    return parse_request({"prompt": "a cat", "model": model} | fields).request


def unsupported(name: str, model: str, others: str) -> str:
    return f"{name} is not supported by {model}; leave it out, or use {others}"


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    # (model, fields, the field that is blamed, message)
    (
        V3,
        {"image": "x"},
        "image",
        unsupported("image", V3, f"{PRO}, {FLASH}, {LITE}, {V45}, {V4} or {EDIT}"),
    ),
    (EDIT, {}, "image", f"image is missing; {EDIT} takes exactly 1"),
    (EDIT, {"image": ["x", "y"]}, "image", f"image has 2 pictures; {EDIT} takes exactly 1"),
    (PRO, {"image": ["x"] * 11}, "image", f"image has 11 pictures; {PRO} takes at most 10"),
    *[
        (model, {"image": ["x"] * 15}, "image", f"image has 15 pictures; {model} takes at most 14")
        for model in (LITE, V45, V4)
    ],
    (
        V4,
        {"action": "edit"},
        "image",
        f"action 'edit' needs an image to edit; {V4} takes at most 14",
    ),
    (
        EDIT,
        {"action": "edit"},
        "image",
        f"action 'edit' needs an image to edit; {EDIT} takes exactly 1",
    ),
    (
        V3,
        {"action": "edit"},
        "action",
        f"action 'edit' is not offered by {V3}, which takes no input image; use 'generate'",
    ),
    *[
        (model, fields, name, unsupported(name, model, SEEDED))
        for model in (PRO, FLASH, LITE, V45, V4)
        for name, fields in (("seed", {"seed": -1}), ("guidance_scale", {"guidance_scale": 2.5}))
    ],
    *[
        (V3, {"seed": seed}, "seed", f"seed {seed} is out of range; {V3} takes -1 to 2147483647")
        for seed in (-2, 2**31)
    ],
    (
        EDIT,
        {"image": "x", "seed": 2**31},
        "seed",
        f"seed 2147483648 is out of range; {EDIT} takes -1 to 2147483647",
    ),
    *[
        (
            V3,
            {"guidance_scale": scale},
            "guidance_scale",
            f"guidance_scale {scale} is out of range; {V3} takes 1 to 10",
        )
        for scale in (0, 0.99, 10.01, -1e300)
    ],
    *[
        (
            model,
            fields | {"image": "x"} if model == EDIT else fields,
            name,
            unsupported(name, model, GROUPING),
        )
        for model in (PRO, FLASH, V3, EDIT)
        for name, fields in (
            ("sequential_image_generation", AUTO),
            ("stream", {"stream": True}),
            ("sequential_image_generation_options", up_to(4)),
        )
    ],
    *[
        (
            model,
            AUTO | up_to(count),
            "sequential_image_generation_options",
            f"sequential_image_generation_options.max_images {count} is out of range; "
            f"{model} takes 1 to 15",
        )
        for model in (LITE, V45, V4)
        for count in (0, 16, -1)
    ],
    (
        V4,
        AUTO | up_to(13) | {"image": ["x"] * 3},
        "sequential_image_generation_options",
        f"3 input images and max_images 13 are together more than 15, the most that {V4} takes",
    ),
    (
        V4,
        {"stream": True, "async": True},
        "stream",
        "stream and async exclude each other; leave one of them out",
    ),
    (
        V4,
        {"stream": True, "callback_url": "http://x.com"},
        "stream",
        "stream and callback_url exclude each other; leave one of them out",
    ),
    *[
        (
            model,
            {"output_format": "jpeg"} | ({"image": "x"} if model == EDIT else {}),
            "output_format",
            f"output_format is not supported by {model}, which always gives jpeg; leave it out",
        )
        for model in (V45, V4, V3, EDIT)
    ],
    *[
        (
            model,
            {"output_format": "webp"},
            "output_format",
            f"output_format 'webp' is not offered by {model}; use jpeg or png",
        )
        for model in (PRO, FLASH, LITE)
    ],
    *[
        (model, WEB, "tools", unsupported("tools", model, LITE))
        for model in (PRO, FLASH, V45, V4, V3)
    ],
    (
        LITE,
        {"tools": [{"type": "python"}]},
        "tools",
        f"tools 'python' is not offered by {LITE}; use web_search",
    ),
    *[
        (
            model,
            mode("fast"),
            "optimize_prompt_options",
            f"optimize_prompt_options.mode 'fast' is not offered by {model}; use standard",
        )
        for model in (FLASH, LITE, V45)
    ],
    (
        V4,
        mode("best"),
        "optimize_prompt_options",
        f"optimize_prompt_options.mode 'best' is not offered by {V4}; use standard or fast",
    ),
    (
        V3,
        mode("standard"),
        "optimize_prompt_options",
        unsupported("optimize_prompt_options", V3, f"{PRO}, {FLASH}, {LITE}, {V45} or {V4}"),
    ),
    *[
        (model, fields, name, unsupported(name, model, f"{PRO} or {FLASH}"))
        for model in (LITE, V45, V4, V3)
        for name, fields in (
            ("background", {"background": "opaque"}),
            ("layer_decomposition", {"layer_decomposition": True}),
        )
    ],
    (
        PRO,
        {"background": "blue"},
        "background",
        f"background 'blue' is not offered by {PRO}; use opaque or transparent",
    ),
    (
        PRO,
        {"background": "transparent"},
        "background",
        "transparent background requires exactly one input image, not 0",
    ),
    (
        PRO,
        {"background": "transparent", "image": ["x", "y"]},
        "background",
        "transparent background requires exactly one input image, not 2",
    ),
    (
        PRO,
        {"background": "transparent", "image": "x", "output_format": "jpeg"},
        "output_format",
        "output_format 'jpeg' has no transparency; it must be png when background is transparent",
    ),
    (
        PRO,
        {"layer_decomposition": True},
        "image",
        "layer_decomposition requires exactly one input image, not 0",
    ),
    (
        PRO,
        {"layer_decomposition": True, "image": "x", "background": "opaque"},
        "background",
        "layer_decomposition and background exclude each other; leave one of them out",
    ),
    (
        PRO,
        {"layer_decomposition": True, "image": "x", "size": "1024x1024"},
        "size",
        f"size '1024x1024' does not go with layer_decomposition on {PRO}; use auto, 1K, 1.5K or 2K",
    ),
    (
        PRO,
        {"size": "auto", "image": "x"},
        "size",
        "size 'auto' is for layer_decomposition alone; use 1K, 1.5K, 2K or WIDTHxHEIGHT",
    ),
    (
        V4,
        {"size": "adaptive", "image": "x"},
        "size",
        f"size 'adaptive' is not offered by {V4}; use 1K, 2K, 4K or WIDTHxHEIGHT with "
        "921,600 to 16,777,216 pixels and a ratio of 1/16 to 16",
    ),
]


@pytest.mark.parametrize(("model", "fields", "param", "message"), REFUSED)
def test_a_refusal_names_the_field_and_what_the_model_allows(
    model: str, fields: dict[str, Any], param: str, message: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(model, fields)
    assert refused.value.message == message
    assert refused.value.param == param


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize(
    "fields",
    [
        {"stream": False},
        {"sequential_image_generation": "disabled"},
        {"sequential_image_generation": "disabled"} | up_to(1),
        {"tools": []},
        {"async": False, "callback_url": None},
        {"layer_decomposition": False},
        {"optimize_prompt_options": {}},
        {"watermark": False, "response_format": "b64_json"},
        {"async": True, "callback_url": "https://example.com/hook"},
        {"action": "generate"},
    ],
)
def test_what_asks_for_nothing_special_passes_everywhere(
    model: str, fields: dict[str, Any]
) -> None:
    image = {"image": "x"} if find_model(model).images.min else {}
    assert parse(model, fields | image).model.id == model


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (V3, {"seed": 2**31 - 1, "guidance_scale": 10}),
        (V3, {"seed": -1, "guidance_scale": 1}),
        (EDIT, {"image": "x", "seed": 0, "size": "1024x1024"}),
        (V4, AUTO | up_to(15)),
        (V4, AUTO | up_to(1) | {"image": ["x"] * 14}),
        (V4, {"stream": True, "async": False}),
        (V4, mode("fast")),
        (LITE, WEB | {"output_format": "png", "size": "3k"}),
        (PRO, {"image": ["x"] * 10, "output_format": "png"}),
        (PRO, {"layer_decomposition": True, "image": "x", "size": "1.5k"}),
    ],
)
def test_limits_themselves_are_allowed(model: str, fields: dict[str, Any]) -> None:
    parse(model, fields)


def test_an_image_makes_it_an_edit_whatever_was_said() -> None:
    assert parse(V4, {"image": "x"}).action == "edit"
    assert parse(V4, {"image": "x", "action": "generate"}).action == "edit"
    assert parse(V4, {}).action == "generate"


def test_transparency_means_png_unless_said_otherwise() -> None:
    assert parse(PRO, {"background": "transparent", "image": "x"}).output_format == "png"


def test_a_size_that_follows_an_input_waits_for_it() -> None:
    assert parse(EDIT, {"image": "x"}).size is None
    assert parse(PRO, {"image": "x", "layer_decomposition": True}).size is None
    sized = parse(EDIT, {"image": "x", "size": "640x640"})
    assert (sized.size, sized.size_asked) == (Size(640, 640), "640x640")


def test_what_the_official_clients_send_is_taken() -> None:
    body = {
        "model": PRO,
        "image": "http://x/a.png",
        "size": "auto",
        "output_format": "jpeg",
        "watermark": True,
        "layer_decomposition": True,
    }
    request = parse_request(body).request
    assert (request.prompt, request.output_format) == ("", "jpeg")
    assert parse(LITE, {"async": False}).model.id == LITE


@pytest.mark.parametrize("fields", [AUTO, {"stream": True}, WEB])
def test_layers_stand_alone_on_any_model_that_will_have_them(fields: dict[str, Any]) -> None:
    """No model of today has both; the rule must hold for a row of tomorrow."""
    model: Model = replace(
        find_model(PRO), sequential=GroupAllowance(1, 15, 15), stream=True, tools=("web_search",)
    )
    check(model, read_fields({"prompt": "a cat", "image": "x"} | fields))
    with pytest.raises(BadRequest, match=r"layer_decomposition and .* exclude each other"):
        check(model, read_fields({"image": "x", "layer_decomposition": True} | fields))
