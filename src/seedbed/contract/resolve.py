"""From what a request says about size to pixels, by the model's row of the matrix."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from seedbed.contract.errors import BadRequest
from seedbed.contract.models import Model
from seedbed.contract.ratios import RATIOS, ratio_from_prompt
from seedbed.contract.sizes import Size

ADAPTIVE = "adaptive"
"""As the input picture is, by the model's own table."""
AUTO = "auto"
"""As the input picture is, for a picture that is taken apart into layers."""

_RATIO = re.compile(r"([0-9]{1,3})\s*[:：]\s*([0-9]{1,3})")
_PRESET = re.compile(r"(?<![0-9])[0-9](?:\.[0-9])?k", re.IGNORECASE)
_PIXELS = re.compile(r"[0-9]{2,}\s*[xX×*]\s*[0-9]{2,}")


def resolve_size(
    model: Model, size: str | None, prompt: str, input_sizes: Sequence[Size] = ()
) -> Size:
    """Decide the pixels of a picture.

    `size` is a preset in any case, whose ratio comes from the words of the prompt, else from
    the first of `input_sizes`; `WIDTHxHEIGHT`, taken exactly; `adaptive` or `auto`, which follow
    the first of `input_sizes`; or None for the model's default. Raises `BadRequest` naming what
    the model allows.
    """
    asked = model.size.default if size is None else size.strip()
    lowered = asked.lower()
    if lowered == ADAPTIVE:
        return _adaptive(model, asked, input_sizes)
    if lowered == AUTO:
        return _auto(model, asked, input_sizes)
    for name, table in model.size.presets.items():
        if lowered == name.lower():
            return _by_ratio(table, prompt, input_sizes)
    pixels = _explicit(model, asked)
    return pixels if size is not None else _default(model, pixels, prompt, input_sizes)


def resolve_base_size(model: Model, size: str | None, input_size: Size) -> Size:
    """Decide the pixels of the base of a picture that is taken apart: always in its own ratio.

    `size` is `auto`, or a preset for as many pixels as its square has.
    """
    asked = (AUTO if size is None else size).strip().lower()
    for name, table in model.size.presets.items():
        if asked == name.lower():
            return _scaled(input_size, table[RATIOS[0]].pixels)
    return _auto(model, asked, [input_size])


def follows_input(model: Model, size: str | None, prompt: str) -> bool:
    """Tell whether a model decides this size only when it has seen the input picture."""
    asked = (model.size.default if size is None else size).strip().lower()
    if asked == AUTO:
        return model.layer_decomposition is not None
    if asked == ADAPTIVE:
        return bool(model.size.adaptive)
    by_ratio = size is None or asked in map(str.lower, model.size.presets)
    return by_ratio and ratio_from_prompt(prompt) is None


def allowed_sizes(model: Model) -> str:
    """Say in words what sizes a model allows."""
    size = model.size
    named = [*size.presets, *([ADAPTIVE] if size.adaptive else [])]
    names = f"{', '.join(named)} or " if named else ""
    return (
        f"{names}WIDTHxHEIGHT with {size.min_pixels:,} to {size.max_pixels:,} pixels "
        f"and a ratio of 1/{size.max_ratio} to {size.max_ratio}"
    )


def _adaptive(model: Model, asked: str, input_sizes: Sequence[Size]) -> Size:
    """Choose the row nearest in ratio to the input picture, the first on ties."""
    if not model.size.adaptive:
        raise _refused(model, asked)
    if not input_sizes:
        raise _refused(model, asked, "it follows an input image, and there is none")
    # Exact numbers, so that a tie of the table's decimals is a tie.
    seen = Fraction(input_sizes[0].width, input_sizes[0].height)
    return min(model.size.adaptive, key=lambda row: abs(row[0] - seen))[1]


def _auto(model: Model, asked: str, input_sizes: Sequence[Size]) -> Size:
    """Keep the input's size where it is allowed, else scale it to the nearest tier."""
    if model.layer_decomposition is None:
        raise _refused(model, asked)
    if not input_sizes:
        raise _refused(model, asked, "it follows an input image, and there is none")
    seen, allowed = input_sizes[0], model.size
    if allowed.min_pixels <= seen.pixels <= allowed.max_pixels:
        return seen
    tiers = [table[RATIOS[0]].pixels for table in allowed.presets.values()]
    return _scaled(seen, min(tiers) if seen.pixels < allowed.min_pixels else max(tiers))


def _scaled(size: Size, pixels: int) -> Size:
    scale = math.sqrt(pixels / size.pixels)
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


def _explicit(model: Model, asked: str) -> Size:
    try:
        size = Size.parse(asked)
    except ValueError:
        raise _refused(model, asked, _form_problem(model, asked)) from None
    allowed = model.size
    if not allowed.min_pixels <= size.pixels <= allowed.max_pixels:
        raise _refused(model, asked, f"it has {size.pixels:,} pixels")
    longer, shorter = max(size.width, size.height), min(size.width, size.height)
    if longer > allowed.max_ratio * shorter:
        raise _refused(model, asked, f"its ratio is {size.width / size.height:.4g}")
    return size


def _form_problem(model: Model, asked: str) -> str | None:
    """Say more where the form shows what was meant."""
    ratio = _RATIO.search(asked)
    if ratio:
        return _where_a_ratio_goes(model, f"{int(ratio[1])}:{int(ratio[2])}")
    if _PRESET.search(asked) and _PIXELS.search(asked):
        return "a preset and pixels are never given together"
    return None


def _where_a_ratio_goes(model: Model, ratio: str) -> str:
    """Advise on a ratio in `size`: words of the prompt, or the pixels that it stands for."""
    ways = ["say the ratio in the prompt and only the preset here"] if model.size.presets else []
    pixels = _default_table(model).get(ratio)
    if pixels is not None:
        ways.append(f"ask for {pixels}")
    advice = f": {', or '.join(ways)}" if ways else ""
    return f"a ratio is no size{advice}"


def _default(model: Model, default: Size, prompt: str, input_sizes: Sequence[Size]) -> Size:
    """Follow a ratio from the default size too, in the tier where the default stands."""
    table = _default_table(model)
    return _by_ratio(table, prompt, input_sizes) if table else default


def _default_table(model: Model) -> Mapping[str, Size]:
    """Find the table of the tier that a model's default is, or stands in; empty without one."""
    size = model.size
    if size.default in size.presets:
        return size.presets[size.default]
    tables = (*size.presets.values(), size.recommended)
    return next((table for table in tables if size.default in map(str, table.values())), {})


def _by_ratio(table: Mapping[str, Size], prompt: str, input_sizes: Sequence[Size]) -> Size:
    """Follow the ratio that the prompt says, else that of the first input picture, else none."""
    told = ratio_from_prompt(prompt)
    if told is not None:
        return table[told]
    if input_sizes:
        seen = math.log(input_sizes[0].ratio)
        return min(table.values(), key=lambda size: abs(math.log(size.ratio) - seen))
    return table[RATIOS[0]]


def _refused(model: Model, asked: str, problem: str | None = None) -> BadRequest:
    because = f": {problem}" if problem else ""
    return BadRequest(
        f"size {asked[:60]!r} is not offered by {model.id}{because}; use {allowed_sizes(model)}",
        param="size",
    )
