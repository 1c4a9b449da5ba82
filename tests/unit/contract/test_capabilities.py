"""The matrix as JSON and as a table: plain, complete, and true to the rows."""

from __future__ import annotations

import json

import pytest

from seedbed.contract.capabilities import describe_model, model_rules_markdown
from seedbed.contract.models import MODELS, Model, find_model
from seedbed.contract.sizes import Size
from seedbed.contract.usage import Usage, output_tokens


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_a_model_is_described_in_plain_json(model: Model) -> None:
    described = describe_model(model)
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert described["id"] == model.id
    assert set(described["size"]["presets"]) == set(model.size.presets)


def test_every_description_has_the_same_fields() -> None:
    assert len({tuple(describe_model(model)) for model in MODELS}) == 1


def test_a_description_holds_what_a_form_needs() -> None:
    described = describe_model(find_model("doubao-seedream-3.0-t2i"))
    assert described["guidance_scale"] == {"min": 1, "max": 10, "default": 2.5}
    assert described["image"] == {"min": 0, "max": 0}
    assert described["size"]["recommended"]["16:9"] == "1280x720"
    assert described["max_images"] is None
    pro = describe_model(find_model("doubao-seedream-5.0-pro"))
    assert pro["layer_decomposition"]["size"] == ["auto", "1K", "1.5K", "2K"]
    assert pro["size"]["presets"]["2K"]["16:9"] == "2816x1584"


def test_the_table_has_a_row_for_each_model_and_a_cell_for_each_column() -> None:
    head, rule, *rows = model_rules_markdown().splitlines()
    assert len(rows) == len(MODELS)
    assert {line.count(" | ") for line in (head, rule, *rows)} == {head.count(" | ")}
    for model, row in zip(MODELS, rows, strict=True):
        assert row.startswith(f"| `{model.id}` |")
    assert "| -1 to 2147483647, default -1 | 1 to 10, default 2.5 |" in rows[-2]
    assert "| 1 to 15, default 15 | yes |" in rows[-3]


@pytest.mark.parametrize(
    ("sizes", "tokens"),
    [
        ([], 0),
        ([Size(2048, 2048)], 16384),
        ([Size(1, 255)], 0),
        ([Size(1, 255), Size(1, 257)], 2),
        ([Size(1760, 2368)], 16280),
    ],
)
def test_tokens_are_all_pixels_over_256_rounded_down(sizes: list[Size], tokens: int) -> None:
    assert output_tokens(iter(sizes)) == tokens
    assert Usage.of(sizes).as_dict() == {
        "generated_images": len(sizes),
        "output_tokens": tokens,
        "total_tokens": tokens,
    }
