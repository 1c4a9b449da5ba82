"""The matrix against the published facts, cell by cell (`facts.json` is a copy of them)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedbed.contract.errors import BadRequest
from seedbed.contract.fields import RESPONSE_FORMATS
from seedbed.contract.models import DEFAULT_MODEL, MODELS, InputAllowance, find_model
from seedbed.contract.ratios import RATIOS
from seedbed.contract.request import parse_request
from seedbed.contract.sizes import Size

Fact = dict[str, Any]
FACTS: list[Fact] = json.loads(Path(__file__).with_name("facts.json").read_text("utf-8"))
each_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)

UNSTATED_RATIO = 16
"""Where no ratio is published, ours: that of the other models."""


def texts(table: Any) -> Any:
    return {ratio: str(size) for ratio, size in table.items()}


def limits(fact: Fact) -> tuple[Any, ...]:
    return (fact["min_ratio"], fact["max_ratio"], fact["min_pixels"], fact["max_pixels"])


@each_fact
def test_names(fact: Fact) -> None:
    model = find_model(fact["id"])
    assert model.id == fact["id"]
    for alias in fact["aliases"]:
        assert find_model(alias) is model


@each_fact
def test_what_goes_in(fact: Fact) -> None:
    model = find_model(fact["id"])
    assert model.text_to_image == fact["text_to_image"]
    assert [model.images.min, model.images.max] == fact["images"]
    assert (model.input_image is None) == (fact["input_image"] is None)
    if model.input_image:
        assert_input(model.input_image, fact["input_image"])
        assert model.input_image.min_edge == fact["input_image"]["min_edge_exclusive_px"] + 1


def assert_input(allowed: InputAllowance, fact: Fact) -> None:
    assert sorted(allowed.formats) == sorted(fact["formats"])
    assert allowed.max_bytes == fact["max_bytes"]
    assert limits(fact) == (
        pytest.approx(1 / allowed.max_ratio),
        allowed.max_ratio,
        allowed.min_pixels,
        allowed.max_pixels,
    )


@each_fact
def test_sizes(fact: Fact) -> None:
    size = find_model(fact["id"]).size
    least, most = fact["ratios"]
    assert size.default == fact["default_size"]
    assert [size.min_pixels, size.max_pixels] == fact["pixels"]
    assert size.max_ratio == (most or UNSTATED_RATIO)
    assert least is None or least == 1 / size.max_ratio
    assert {name: texts(table) for name, table in size.presets.items()} == fact["presets"]
    assert list(size.presets) == list(fact["presets"])
    assert texts(size.recommended) == fact["recommended"]
    assert [[float(ratio), str(pixels)] for ratio, pixels in size.adaptive] == fact["adaptive"]


@each_fact
def test_numbers(fact: Fact) -> None:
    model = find_model(fact["id"])
    for name in ("seed", "guidance_scale"):
        allowed = getattr(model, name)
        found = [allowed.min, allowed.max, allowed.default] if allowed else None
        assert found == fact[name]


@each_fact
def test_groups_and_streams(fact: Fact) -> None:
    model = find_model(fact["id"])
    group = model.sequential
    assert (group is not None) == fact["sequential"]
    assert ([group.min, group.max, group.default] if group else None) == fact["max_images"]
    assert model.refs_plus_outputs_max == fact["refs_plus_outputs_max"]
    assert model.stream == fact["stream"]


@each_fact
def test_what_comes_out(fact: Fact) -> None:
    model = find_model(fact["id"])
    assert list(RESPONSE_FORMATS) == fact["response_format"]
    assert list(model.output_formats) == fact["output_formats"]
    assert (len(model.output_formats) > 1) == fact["output_format_can_be_asked"]
    assert model.output_formats[0] == fact["output_format_default"]
    body = {"model": fact["id"], "prompt": "a cat", "image": ["x"] * fact["images"][0]}
    assert parse_request(body).request.watermark == fact["watermark_default"]


@each_fact
def test_extras(fact: Fact) -> None:
    model = find_model(fact["id"])
    assert list(model.tools) == fact["tools"]
    assert list(model.optimize_prompt_modes) == fact["optimize_prompt_modes"]
    assert model.optimize_prompt_modes[:1] == tuple(filter(None, [fact["optimize_default"]]))
    assert list(model.backgrounds) == fact["backgrounds"]
    assert model.backgrounds[:1] == tuple(filter(None, [fact["background_default"]]))


@each_fact
def test_layers(fact: Fact) -> None:
    model, layers = find_model(fact["id"]), fact["layer_decomposition"]
    if layers is None:
        assert model.layer_decomposition is None
        return
    assert model.layer_decomposition is not None
    assert model.layer_decomposition.max_layers == layers["max_layers"]
    assert_input(model.layer_decomposition.input_image, layers["input"])
    assert ["auto", *model.size.presets] == layers["size_values"]
    # No prompt and no size: the prompt is not needed, the size is `auto`.
    body = {"model": fact["id"], "image": "x", "layer_decomposition": True}
    request = parse_request(body).request
    assert (request.prompt, request.size, layers["size_default"]) == ("", None, "auto")
    assert layers["prompt_required"] is False


def test_flash_is_pro_with_standard_prompts_alone() -> None:
    pro, flash = find_model("doubao-seedream-5.0-pro"), find_model("doubao-seedream-5.0-flash")
    assert (
        replace(
            pro,
            id=flash.id,
            name=flash.name,
            aliases=flash.aliases,
            optimize_prompt_modes=("standard",),
        )
        == flash
    )
    assert find_model("dola-seedream-5-0-flash-260915") is flash


def test_every_model_has_its_facts() -> None:
    flash = find_model("doubao-seedream-5.0-flash").id
    assert {model.id for model in MODELS} == {fact["id"] for fact in FACTS} | {flash}


def test_no_name_stands_for_two_models() -> None:
    names = [name.lower() for model in MODELS for name in (model.id, *model.aliases)]
    assert len(names) == len(set(names))


@each_model
def test_the_table_keeps_its_own_limits(model: Any) -> None:
    size = model.size
    tables = [*size.presets.values(), *([size.recommended] if size.recommended else [])]
    for table in tables:
        assert tuple(table) == RATIOS
    for pixels in [pixels for table in tables for pixels in table.values()]:
        assert size.min_pixels <= pixels.pixels <= size.max_pixels
        assert max(pixels.ratio, 1 / pixels.ratio) <= size.max_ratio


@pytest.mark.parametrize(
    ("spelling", "id"),
    [
        ("doubao-seedream-4.0", "doubao-seedream-4-0-250828"),
        (" DOUBAO-SeeDream-4.5 ", "doubao-seedream-4-5-251128"),
        ("doubao-seedream-5-0-260128", "doubao-seedream-5-0-lite-260128"),
        ("seedream-5-0-260128", "doubao-seedream-5-0-lite-260128"),
        ("doubao-seedream-5.0", "doubao-seedream-5-0-lite-260128"),
        ("dola-seedream-5-0-pro-260628", "doubao-seedream-5-0-pro-260628"),
        ("seedream-4.5", "doubao-seedream-4-5-251128"),
        ("doubao-seedream-3.0-t2i", "doubao-seedream-3-0-t2i-250415"),
        ("seededit-3-0-i2i-250628", "doubao-seededit-3-0-i2i-250628"),
    ],
)
def test_a_model_answers_to_every_spelling(spelling: str, id: str) -> None:
    assert find_model(spelling).id == id


@pytest.mark.parametrize("name", ["", "dall-e-3", "doubao-seedream", "4.0", "x" * 10_000])
def test_an_unknown_model_is_refused_with_those_offered(name: str) -> None:
    with pytest.raises(BadRequest, match="is not known; use one of") as refused:
        find_model(name)
    assert refused.value.param == "model"
    assert len(refused.value.message) < 500
    for model in MODELS:
        assert model.id in refused.value.message


def test_the_default_is_seedream_4() -> None:
    assert find_model("doubao-seedream-4.0") is DEFAULT_MODEL
    assert parse_request({"prompt": "a cat"}).request.size == Size(2048, 2048)
