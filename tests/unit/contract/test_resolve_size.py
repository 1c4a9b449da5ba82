"""From a request's size to pixels: presets, explicit pixels, sizes that follow an input."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.contract.errors import BadRequest
from seedbed.contract.models import MODELS, Model, find_model
from seedbed.contract.ratios import RATIOS
from seedbed.contract.resolve import allowed_sizes, follows_input, resolve_size
from seedbed.contract.sizes import Size

V4 = find_model("doubao-seedream-4.0")
V45 = find_model("doubao-seedream-4.5")
V3 = find_model("doubao-seedream-3.0-t2i")
EDIT = find_model("doubao-seededit-3.0-i2i")
PRO = find_model("doubao-seedream-5.0-pro")
LITE = find_model("doubao-seedream-5.0-lite")

models = st.sampled_from(MODELS)
edges = st.integers(1, 20_000) | st.sampled_from([14, 512, 640, 960, 1024, 2048, 4096, 16384])


def refusal(model: Model, size: str | None, prompt: str = "a cat") -> str:
    with pytest.raises(BadRequest) as refused:
        resolve_size(model, size, prompt)
    assert refused.value.param == "size"
    return refused.value.message


@given(models, edges, edges, st.sampled_from(["x", "X", "×", "*", " x "]))
def test_explicit_pixels_are_taken_exactly_or_refused(
    model: Model, width: int, height: int, times: str
) -> None:
    asked = Size(width, height)
    allowed = model.size
    fits = allowed.min_pixels <= asked.pixels <= allowed.max_pixels and max(
        width, height
    ) <= allowed.max_ratio * min(width, height)
    if fits:
        assert resolve_size(model, f"{width}{times}{height}", "a cat, 16:9") == asked
    else:
        assert allowed_sizes(model) in refusal(model, f"{width}{times}{height}")


@given(models, st.data(), st.sampled_from([*RATIOS, ""]))
def test_a_preset_gives_a_size_of_its_table(model: Model, data: Any, ratio: str) -> None:
    if not model.size.presets:
        return
    name = data.draw(st.sampled_from(list(model.size.presets)))
    spelled = data.draw(st.sampled_from([name, name.lower(), f" {name} "]))
    found = resolve_size(model, spelled, f"a cat, {ratio}")
    assert found == model.size.presets[name][ratio or "1:1"]


@given(models, st.text() | st.sampled_from(["auto", "adaptive", "0x0", "1kx1k"]), st.text())
def test_any_size_is_resolved_or_refused(model: Model, size: str, prompt: str) -> None:
    try:
        found = resolve_size(model, size, prompt)
    except BadRequest:
        assert allowed_sizes(model) in refusal(model, size, prompt)
    else:
        assert model.size.min_pixels <= found.pixels <= model.size.max_pixels


@given(models, st.sampled_from([*RATIOS, ""]))
def test_the_default_follows_the_prompt_in_its_tier(model: Model, ratio: str) -> None:
    if model.size.default == "adaptive":
        return
    found = resolve_size(model, None, f"a cat, {ratio}")
    if not ratio:
        assert found in (Size(2048, 2048), Size(1024, 1024))
    tables = [*model.size.presets.values(), model.size.recommended]
    assert any(table.get(ratio or "1:1") == found for table in tables)


@pytest.mark.parametrize(
    ("model", "prompt", "size"),
    [
        (V4, "a cat", "2048x2048"),
        (V4, "a cat, 16:9", "2848x1600"),
        (V4, "竖版海报", "1728x2304"),
        (PRO, "a cat", "2048x2048"),
        (PRO, "a cat, 16:9", "2816x1584"),
        (V3, "a cat", "1024x1024"),
        (V3, "a panorama of the Alps", "1512x648"),
    ],
)
def test_defaults(model: Model, prompt: str, size: str) -> None:
    assert str(resolve_size(model, None, prompt)) == size


def test_a_refusal_says_what_the_model_offers() -> None:
    assert refusal(V45, "1K") == (
        "size '1K' is not offered by doubao-seedream-4-5-251128; use 2K, 4K or WIDTHxHEIGHT with "
        "3,686,400 to 16,777,216 pixels and a ratio of 1/16 to 16"
    )
    assert refusal(V45, "1024x1024") == (
        "size '1024x1024' is not offered by doubao-seedream-4-5-251128: it has 1,048,576 pixels; "
        "use 2K, 4K or WIDTHxHEIGHT with 3,686,400 to 16,777,216 pixels and a ratio of 1/16 to 16"
    )
    assert refusal(V3, "2K") == (
        "size '2K' is not offered by doubao-seedream-3-0-t2i-250415; use WIDTHxHEIGHT with "
        "262,144 to 4,194,304 pixels and a ratio of 1/16 to 16"
    )
    assert "its ratio is 16.38;" in refusal(V4, "16384x1000")


@pytest.mark.parametrize(
    ("model", "size", "says"),
    [
        (V4, "16:9", "say the ratio in the prompt and only the preset here, or ask for 2848x1600"),
        (V4, "2K 16:9", "say the ratio in the prompt and only the preset here"),
        (V4, "5:4", "a ratio is no size: say the ratio in the prompt and only the preset here;"),
        (PRO, "16:9", "or ask for 2816x1584"),
        (V3, "16:9", "a ratio is no size: ask for 1280x720"),
        (EDIT, "16:9", "a ratio is no size; use adaptive or WIDTHxHEIGHT"),
        (V4, "2048x2048 2K", "a preset and pixels are never given together"),
        (V4, "2K 2048x2048", "a preset and pixels are never given together"),
    ],
)
def test_mixed_forms_are_refused_with_the_way_to_say_it(model: Model, size: str, says: str) -> None:
    assert says in refusal(model, size)


@pytest.mark.parametrize("size", ["", " ", "2048", "2048x", "x", "-1x5", "1e3x1e3", "٢٠٤٨x2048"])
def test_what_is_no_size_is_refused(size: str) -> None:
    assert allowed_sizes(V4) in refusal(V4, size)


def test_a_long_size_makes_a_short_message() -> None:
    assert len(refusal(V4, "9" * 100_000)) < 300


# Sizes that follow an input.


def test_adaptive_takes_the_row_nearest_in_ratio() -> None:
    for size in (None, "adaptive", "Adaptive"):
        assert follows_input(EDIT, size, "a cat")
        assert resolve_size(EDIT, size, "a cat", [Size(3000, 3000)]) == Size(1024, 1024)
    assert resolve_size(EDIT, None, "", [Size(1920, 1080)]) == Size(1312, 736)
    assert resolve_size(EDIT, None, "", [Size(100, 5000)]) == Size(512, 1536)
    assert resolve_size(EDIT, None, "", [Size(5000, 100), Size(1, 1)]) == Size(1536, 512)


def test_adaptive_takes_the_first_row_on_ties() -> None:
    low, high = EDIT.size.adaptive[12], EDIT.size.adaptive[13]
    assert (float(low[0]), float(high[0])) == (0.67, 0.7)
    assert resolve_size(EDIT, None, "", [Size(685, 1000)]) == low[1]


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_adaptive_gives_a_size_of_the_table(width: int, height: int) -> None:
    rows = {size: ratio for ratio, size in EDIT.size.adaptive}
    chosen = resolve_size(EDIT, "adaptive", "", [Size(width, height)])
    seen = Fraction(width, height)
    distance = abs(rows[chosen] - seen)
    assert all(distance <= abs(ratio - seen) for ratio in rows.values())


def test_adaptive_needs_an_input_and_a_model_that_adapts() -> None:
    assert "it follows an input image, and there is none" in refusal(EDIT, None)
    assert "it follows an input image, and there is none" in refusal(EDIT, "adaptive")
    assert "not offered by doubao-seedream-4-0-250828; use 1K" in refusal(V4, "adaptive")
    assert not follows_input(V4, "adaptive", "")


def test_auto_keeps_the_input_where_it_is_allowed() -> None:
    assert follows_input(PRO, "auto", "")
    assert not follows_input(LITE, "auto", "")
    assert resolve_size(PRO, "auto", "", [Size(1500, 1000)]) == Size(1500, 1000)
    assert "not offered by doubao-seedream-5-0-lite-260128" in refusal(LITE, "auto")
    assert "it follows an input image" in refusal(PRO, "auto")


@given(st.integers(1, 6000), st.integers(1, 6000))
def test_auto_brings_other_inputs_into_the_tiers(width: int, height: int) -> None:
    if max(width, height) > 16 * min(width, height):
        return
    found = resolve_size(PRO, "auto", "", [Size(width, height)])
    assert PRO.size.min_pixels <= found.pixels <= PRO.size.max_pixels
    # Rounding to whole pixels moves a thin picture's ratio the most.
    assert found.ratio == pytest.approx(width / height, rel=0.005)


def test_auto_goes_to_the_nearest_tier() -> None:
    assert resolve_size(PRO, "auto", "", [Size(100, 100)]) == Size(1024, 1024)
    assert resolve_size(PRO, "auto", "", [Size(5000, 5000)]) == Size(2048, 2048)


# The value.


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_a_size_is_read_as_it_is_written(width: int, height: int) -> None:
    size = Size(width, height)
    assert Size.parse(str(size)) == size
    assert size.pixels == width * height


@pytest.mark.parametrize("text", ["", "1x", "1024", "1024x1024x3", "axb"])
def test_what_is_no_size_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size such as"):
        Size.parse(text)
