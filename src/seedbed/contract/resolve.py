"""From what a request says about size to pixels, by the model's row of the matrix."""

from __future__ import annotations

import re
from collections.abc import Mapping

from seedbed.contract.errors import BadRequest
from seedbed.contract.models import Model
from seedbed.contract.ratios import RATIOS, ratio_from_prompt
from seedbed.contract.sizes import Size

_RATIO = re.compile(r"\d{1,3}\s*[:：]\s*\d{1,3}")
_PRESET = re.compile(r"\d(?:\.\d)?k", re.IGNORECASE)


def resolve_size(model: Model, asked: str | None, prompt: str) -> Size | None:
    """Decide the pixels of a picture; None when an input picture must be seen first.

    `asked` is a preset, whose ratio comes from the words of the prompt, or `WIDTHxHEIGHT`,
    taken exactly, or None for the model's default. Raises `BadRequest` naming what the model
    allows.
    """
    text = (asked or model.size.default).strip()
    lowered = text.lower()
    if lowered == "adaptive":
        if not model.size.adaptive:
            raise _refused(model, text, "it follows an input picture, which this model does not")
        return None
    if lowered == "auto":
        if not model.layer_decomposition:
            raise _refused(model, text, "it needs layer_decomposition, which this model lacks")
        return None
    for name, table in model.size.presets.items():
        if lowered == name.lower():
            return _by_ratio(table, prompt)
    size = _explicit(model, text)
    return size if asked else _default(model, size, prompt)


def adaptive_size(model: Model, input_size: Size) -> Size:
    """Choose the size nearest in ratio to an input picture, the first on ties."""
    return min(model.size.adaptive, key=lambda row: abs(row[0] - input_size.ratio))[1]


def allowed_sizes(model: Model) -> str:
    """Say in words what sizes a model allows."""
    size = model.size
    named = [*size.presets, *(["adaptive"] if size.adaptive else [])]
    names = f"{', '.join(named)} or " if named else ""
    return (
        f"{names}WIDTHxHEIGHT with {size.min_pixels:,} to {size.max_pixels:,} pixels "
        f"and a ratio of 1:{size.max_ratio} to {size.max_ratio}:1"
    )


def _explicit(model: Model, text: str) -> Size:
    try:
        size = Size.parse(text)
    except ValueError:
        raise _refused(model, text, _form_problem(text)) from None
    allowed = model.size
    if not allowed.min_pixels <= size.pixels <= allowed.max_pixels:
        raise _refused(model, text, f"it has {size.pixels:,} pixels")
    if max(size.width, size.height) > allowed.max_ratio * min(size.width, size.height):
        raise _refused(model, text, "it is too long for its width")
    return size


def _form_problem(text: str) -> str | None:
    """Say more where the form shows what was meant."""
    if _RATIO.search(text):
        return "a ratio is said in the prompt, such as “16:9”, beside a preset as size"
    if _PRESET.search(text) and not _PRESET.fullmatch(text):
        return "a preset and explicit pixels cannot be mixed"
    return None


def _default(model: Model, default: Size, prompt: str) -> Size:
    """Follow the prompt's ratio from the default size too: to the tier the default stands in."""
    for table in (*model.size.presets.values(), model.size.recommended):
        if default in table.values():
            return _by_ratio(table, prompt)
    return default


def _by_ratio(table: Mapping[str, Size], prompt: str) -> Size:
    return table[ratio_from_prompt(prompt) or RATIOS[0]]


def _refused(model: Model, text: str, problem: str | None) -> BadRequest:
    because = f": {problem}" if problem else ""
    return BadRequest(
        f"size {text[:60]!r} is not offered by {model.id}{because}; use {allowed_sizes(model)}",
        param="size",
    )
