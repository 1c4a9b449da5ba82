"""The model matrix as values: what each model allows, read once from `models.toml`.

Validation, OpenAPI, the command line and `GET /seedream/models` all read this table; nothing
else knows a model's name. Adding a model is adding a row.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from seedbed.contract.errors import BadRequest
from seedbed.contract.sizes import Size

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Range(Generic[Number]):
    """The values a number may take, both ends included, and the one taken when it is absent."""

    min: Number
    max: Number
    default: Number


@dataclass(frozen=True, slots=True)
class ImageAllowance:
    """How many input pictures a model takes."""

    min: int
    max: int


@dataclass(frozen=True, slots=True)
class GroupAllowance:
    """How many pictures a group may have at most, and the most when nothing is said."""

    min: int
    max: int
    default: int


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
    adaptive: tuple[tuple[Fraction, Size], ...]
    """Width over height to size, for a model that follows its input picture."""


@dataclass(frozen=True, slots=True)
class InputAllowance:
    """What an input picture may be."""

    formats: tuple[str, ...]
    max_bytes: int
    min_edge: int
    """The shortest edge in pixels that is taken."""
    min_pixels: int
    max_pixels: int
    max_ratio: int
    """Longest edge over shortest edge."""


@dataclass(frozen=True, slots=True)
class LayerAllowance:
    """How a model takes a picture apart: into one base and at most so many layers."""

    max_layers: int
    input_image: InputAllowance


@dataclass(frozen=True, slots=True)
class Model:
    """A public model with its allowances: one row of the matrix."""

    id: str
    """The dated name, which answers and messages show."""
    name: str
    """The name for people."""
    aliases: tuple[str, ...]
    """Every other spelling; the first is the dotted one."""
    text_to_image: bool
    images: ImageAllowance
    input_image: InputAllowance | None
    size: SizeAllowance
    seed: Range[int] | None
    guidance_scale: Range[float] | None
    sequential: GroupAllowance | None
    """None when the model makes no groups."""
    refs_plus_outputs_max: int | None
    stream: bool
    output_formats: tuple[str, ...]
    """The first is the default; one alone cannot be asked for."""
    tools: tuple[str, ...]
    optimize_prompt_modes: tuple[str, ...]
    """The first is the default."""
    backgrounds: tuple[str, ...]
    """The first is the default."""
    layer_decomposition: LayerAllowance | None
    counts_input_images: bool
    """Whether the usage of an answer says how many input pictures there were."""


def find_model(name: str) -> Model:
    """Find a model by its id or any alias, in any case; raise `BadRequest` naming those offered."""
    model = _BY_NAME.get(name.strip().lower())
    if model is None:
        known = ", ".join(model.id for model in MODELS)
        raise BadRequest(
            f"model {name[:100]!r} is not known; use one of {known}", param="model", fault="unknown"
        )
    return model


def _load() -> tuple[Model, ...]:
    table = tomllib.loads(files("seedbed.contract").joinpath("models.toml").read_text("utf-8"))
    sizes = {name: _sizes(rows) for name, rows in table["presets"].items()}
    adaptive = tuple((Fraction(str(ratio)), Size.parse(size)) for ratio, size in table["adaptive"])
    return tuple(_model(row, sizes, adaptive) for row in table["models"])


def _model(
    row: Mapping[str, Any],
    tables: Mapping[str, Mapping[str, Size]],
    adaptive: tuple[tuple[Fraction, Size], ...],
) -> Model:
    layers = row.get("layer_decomposition")
    return Model(
        id=row["id"],
        name=row["name"],
        aliases=tuple(row["aliases"]),
        text_to_image=row["text_to_image"],
        images=ImageAllowance(**row["images"]),
        input_image=_input_image(row) if "input_image" in row else None,
        size=_size(row["size"], tables, adaptive),
        seed=Range(**row["seed"]) if "seed" in row else None,
        guidance_scale=Range(**row["guidance_scale"]) if "guidance_scale" in row else None,
        sequential=GroupAllowance(**row["sequential"]) if "sequential" in row else None,
        refs_plus_outputs_max=row.get("refs_plus_outputs_max"),
        stream=row["stream"],
        output_formats=tuple(row["output_formats"]),
        tools=tuple(row["tools"]),
        optimize_prompt_modes=tuple(row["optimize_prompt_modes"]),
        backgrounds=tuple(row["backgrounds"]),
        layer_decomposition=LayerAllowance(layers["max_layers"], _input_image(layers))
        if layers
        else None,
        counts_input_images=row.get("counts_input_images", False),
    )


def _size(
    row: Mapping[str, Any],
    tables: Mapping[str, Mapping[str, Size]],
    adaptive: tuple[tuple[Fraction, Size], ...],
) -> SizeAllowance:
    presets = {name: tables[key] for name, key in row.get("presets", {}).items()}
    return SizeAllowance(
        default=row["default"],
        min_pixels=row["min_pixels"],
        max_pixels=row["max_pixels"],
        max_ratio=row["max_ratio"],
        presets=MappingProxyType(presets),
        recommended=tables[row["recommended"]] if "recommended" in row else MappingProxyType({}),
        adaptive=adaptive if row.get("adaptive") else (),
    )


def _input_image(row: Mapping[str, Any]) -> InputAllowance:
    bounds = row["input_image"]
    return InputAllowance(**(bounds | {"formats": tuple(bounds["formats"])}))


def _sizes(rows: Mapping[str, str]) -> Mapping[str, Size]:
    return MappingProxyType({ratio: Size.parse(size) for ratio, size in rows.items()})


MODELS = _load()
_BY_NAME = {name.lower(): model for model in MODELS for name in (model.id, *model.aliases)}
LARGEST_INPUT = max(
    (model.input_image for model in MODELS if model.input_image is not None),
    key=lambda allowed: (len(allowed.formats), allowed.max_bytes),
)
"""What the most lenient model takes as an input picture."""
DEFAULT_MODEL = find_model("doubao-seedream-4.0")
