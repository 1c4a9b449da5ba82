"""The model matrix as values: what each model allows, read once from `models.toml`.

Validation, OpenAPI, the command line and `GET /seedream/models` all read this table; nothing
else knows a model's name. Adding a model is adding a row.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Generic, TypeVar

from seedbed.contract.errors import BadRequest
from seedbed.contract.sizes import Size

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Range(Generic[Number]):
    """The values a number may take, both ends included, and the one taken when it is absent."""

    min: Number
    max: Number
    default: Number


@dataclass(frozen=True, slots=True)
class ImageCount:
    """How many input pictures a model takes."""

    min: int
    max: int


@dataclass(frozen=True, slots=True)
class SizeAllowance:
    """The sizes of a model's pictures: presets by name, and the bounds of explicit pixels."""

    default: str
    min_pixels: int
    max_pixels: int
    max_ratio: int
    """Longest edge over shortest edge."""
    presets: Mapping[str, Mapping[str, Size]]
    """Preset name to ratio (`16:9`) to size."""
    recommended: Mapping[str, Size]
    """Ratio to size for a model without presets."""
    adaptive: tuple[tuple[float, Size], ...]
    """Width over height to size, for a model that follows its input picture."""


@dataclass(frozen=True, slots=True)
class InputAllowance:
    """What an input picture may be."""

    formats: tuple[str, ...]
    max_bytes: int
    max_pixels: int
    min_edge: int
    max_ratio: int


@dataclass(frozen=True, slots=True)
class Model:
    """A public model with its allowances: one row of the matrix."""

    id: str
    name: str
    aliases: tuple[str, ...]
    text_to_image: bool
    images: ImageCount
    size: SizeAllowance
    input: InputAllowance | None
    seed: Range[int] | None
    guidance_scale: Range[float] | None
    max_images: Range[int] | None
    """How many pictures a group may have; None when the model makes no groups."""
    references_and_outputs: int | None
    stream: bool
    output_formats: tuple[str, ...]
    """The first is the default."""
    tools: tuple[str, ...]
    optimize_prompt_modes: tuple[str, ...]
    backgrounds: tuple[str, ...]
    layer_decomposition: bool


def find_model(name: str) -> Model:
    """Find a model by its id or any of its aliases; raise `BadRequest` naming the known ones."""
    model = _BY_NAME.get(name.strip().lower())
    if model is None:
        known = ", ".join(model.id for model in MODELS)
        raise BadRequest(f"model {name[:100]!r} is not known; use one of {known}", param="model")
    return model


def _load() -> tuple[Model, ...]:
    table = tomllib.loads(files("seedbed.contract").joinpath("models.toml").read_text("utf-8"))
    sizes = {name: _sizes(rows) for name, rows in table["presets"].items()}
    adaptive = tuple((float(ratio), Size.parse(size)) for ratio, size in table["adaptive"])
    return tuple(_model(row, sizes, adaptive) for row in table["models"])


def _model(
    row: Mapping[str, Any],
    tables: Mapping[str, Mapping[str, Size]],
    adaptive: tuple[tuple[float, Size], ...],
) -> Model:
    size, bounds = row["size"], row.get("input")
    return Model(
        id=row["id"],
        name=row["name"],
        aliases=tuple(row["aliases"]),
        text_to_image=row["text_to_image"],
        images=ImageCount(**row["images"]),
        size=SizeAllowance(
            default=size["default"],
            min_pixels=size["min_pixels"],
            max_pixels=size["max_pixels"],
            max_ratio=size["max_ratio"],
            presets={name: tables[key] for name, key in size.get("presets", {}).items()},
            recommended=tables[size["recommended"]] if "recommended" in size else {},
            adaptive=adaptive if size.get("adaptive") else (),
        ),
        input=InputAllowance(**(bounds | {"formats": tuple(bounds["formats"])}))
        if bounds
        else None,
        seed=Range[int](**row["seed"]) if "seed" in row else None,
        guidance_scale=Range[float](**row["guidance_scale"]) if "guidance_scale" in row else None,
        max_images=Range[int](**row["max_images"]) if "max_images" in row else None,
        references_and_outputs=row.get("references_and_outputs"),
        stream=row["stream"],
        output_formats=tuple(row["output_formats"]),
        tools=tuple(row["tools"]),
        optimize_prompt_modes=tuple(row["optimize_prompt_modes"]),
        backgrounds=tuple(row["backgrounds"]),
        layer_decomposition=row["layer_decomposition"],
    )


def _sizes(rows: Mapping[str, str]) -> Mapping[str, Size]:
    return {ratio: Size.parse(size) for ratio, size in rows.items()}


MODELS = _load()
_BY_NAME = {name.lower(): model for model in MODELS for name in (model.id, *model.aliases)}
DEFAULT_MODEL = find_model("doubao-seedream-4.0")
