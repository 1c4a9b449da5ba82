"""The matrix for programs, forms and documents: each model's row as plain JSON."""

from __future__ import annotations

from typing import Any

from seedbed.contract.models import Model, Range
from seedbed.contract.request import RESPONSE_FORMATS


def describe_model(model: Model) -> dict[str, Any]:
    """Give all that a model allows; null stands for a field that it does not take."""
    size = model.size
    return {
        "id": model.id,
        "name": model.name,
        "aliases": list(model.aliases),
        "text_to_image": model.text_to_image,
        "image": {"min": model.images.min, "max": model.images.max} | _input(model),
        "size": {
            "default": size.default,
            "presets": {
                name: {ratio: str(pixels) for ratio, pixels in table.items()}
                for name, table in size.presets.items()
            },
            "adaptive": bool(size.adaptive),
            "min_pixels": size.min_pixels,
            "max_pixels": size.max_pixels,
            "max_ratio": size.max_ratio,
        },
        "seed": _range(model.seed),
        "guidance_scale": _range(model.guidance_scale),
        "max_images": _range(model.max_images),
        "references_and_outputs": model.references_and_outputs,
        "stream": model.stream,
        "response_format": list(RESPONSE_FORMATS),
        "output_format": list(model.output_formats),
        "tools": list(model.tools),
        "optimize_prompt_modes": list(model.optimize_prompt_modes),
        "background": list(model.backgrounds),
        "layer_decomposition": model.layer_decomposition,
    }


def _range(allowed: Range[int] | Range[float] | None) -> dict[str, float] | None:
    if allowed is None:
        return None
    return {"min": allowed.min, "max": allowed.max, "default": allowed.default}


def _input(model: Model) -> dict[str, Any]:
    allowed = model.input
    if allowed is None:
        return {}
    return {
        "formats": list(allowed.formats),
        "max_bytes": allowed.max_bytes,
        "max_pixels": allowed.max_pixels,
        "min_edge": allowed.min_edge,
        "max_ratio": allowed.max_ratio,
    }
