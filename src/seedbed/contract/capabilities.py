"""The matrix for programs, forms and documents: each model's row as plain JSON or as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from seedbed.contract.fields import RESPONSE_FORMATS
from seedbed.contract.models import (
    MODELS,
    GroupAllowance,
    InputAllowance,
    LayerAllowance,
    Model,
    Range,
    SizeAllowance,
)
from seedbed.contract.resolve import AUTO


def describe_model(model: Model) -> dict[str, Any]:
    """Give all that a model allows; null or an empty list stands for what it does not take.

    The first of each list is the default.
    """
    return {
        "id": model.id,
        "name": model.name,
        "aliases": list(model.aliases),
        "text_to_image": model.text_to_image,
        "image": asdict(model.images) | _input(model.input_image),
        "size": _size(model.size),
        "seed": _range(model.seed),
        "guidance_scale": _range(model.guidance_scale),
        "max_images": _range(model.sequential),
        "refs_plus_outputs_max": model.refs_plus_outputs_max,
        "stream": model.stream,
        "response_format": list(RESPONSE_FORMATS),
        "output_format": list(model.output_formats),
        "tools": list(model.tools),
        "optimize_prompt_modes": list(model.optimize_prompt_modes),
        "background": list(model.backgrounds),
        "layer_decomposition": _layers(model.layer_decomposition, model.size),
    }


def _size(allowed: SizeAllowance) -> dict[str, Any]:
    return {
        "default": allowed.default,
        "presets": {
            name: {ratio: str(pixels) for ratio, pixels in table.items()}
            for name, table in allowed.presets.items()
        },
        "recommended": {ratio: str(pixels) for ratio, pixels in allowed.recommended.items()},
        "adaptive": bool(allowed.adaptive),
        "min_pixels": allowed.min_pixels,
        "max_pixels": allowed.max_pixels,
        "max_ratio": allowed.max_ratio,
    }


def _range(allowed: Range[int] | Range[float] | GroupAllowance | None) -> dict[str, Any] | None:
    return asdict(allowed) if allowed else None


def _input(allowed: InputAllowance | None) -> dict[str, Any]:
    return asdict(allowed) | {"formats": list(allowed.formats)} if allowed else {}


def _layers(allowed: LayerAllowance | None, size: SizeAllowance) -> dict[str, Any] | None:
    if allowed is None:
        return None
    return {
        "max_layers": allowed.max_layers,
        "size": [AUTO, *size.presets],
        "image": {"min": 1, "max": 1} | _input(allowed.input_image),
    }


_COLUMNS = (
    "model",
    "input images",
    "size",
    "pixels",
    "default size",
    "seed",
    "guidance_scale",
    "group",
    "stream",
    "output_format",
    "more",
)


def model_rules_markdown(models: Sequence[Model] = MODELS) -> str:
    """Write what each model allows as a Markdown table, for the OpenAPI document and the docs."""
    lines = (_COLUMNS, ["---"] * len(_COLUMNS), *map(_cells, models))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cells(model: Model) -> list[str]:
    size = model.size
    sizes = [*size.presets, *(["adaptive"] if size.adaptive else []), "WxH"]
    return [
        f"`{model.id}`",
        _span(model.images.min, model.images.max),
        ", ".join(sizes),
        f"{size.min_pixels:,}–{size.max_pixels:,}, 1/{size.max_ratio}–{size.max_ratio}",
        size.default,
        _numbers(model.seed),
        _numbers(model.guidance_scale),
        _numbers(model.sequential),
        "yes" if model.stream else "–",
        ", ".join(model.output_formats) if len(model.output_formats) > 1 else "–",
        "; ".join(_more(model)) or "–",
    ]


def _more(model: Model) -> list[str]:
    named = (
        ("tools", model.tools),
        ("prompt optimisation", model.optimize_prompt_modes),
        ("background", model.backgrounds),
    )
    said = [f"{name}: {', '.join(values)}" for name, values in named if values]
    return [*said, *(["layer_decomposition"] if model.layer_decomposition else [])]


def _span(least: int, most: int) -> str:
    if most == 0:
        return "none"
    return str(most) if least == most else f"{least}–{most}"


def _numbers(allowed: Range[int] | Range[float] | GroupAllowance | None) -> str:
    if allowed is None:
        return "–"
    return f"{allowed.min} to {allowed.max}, default {allowed.default}"
