"""What may be asked of which model: small rules, each reading the model's row of the matrix.

A rule takes the model and the fields that were given, and lets pass or raises `BadRequest`,
naming the field, what was wrong with it and what that model allows. No rule knows a model's
name, so a new row of the matrix needs no new rule. What asks for nothing passes everywhere:
`stream: false`, `sequential_image_generation: "disabled"`, `tools: []`.
"""

from __future__ import annotations

from collections.abc import Callable

from seedbed.contract.errors import BadRequest
from seedbed.contract.fields import Fields, either, shown
from seedbed.contract.models import MODELS, GroupAllowance, Model, Range
from seedbed.contract.resolve import AUTO

Rule = Callable[[Model, Fields], None]

MAX_N = 10
"""Pictures that `n` may ask for."""
MAX_PREVIEWS = 3
"""Previews of a picture that `partial_images` may ask for."""


def check(model: Model, fields: Fields) -> None:
    """Hold the fields against every rule; the first that is broken raises."""
    for rule in RULES:
        rule(model, fields)


def _needs_a_prompt(model: Model, fields: Fields) -> None:
    if fields.layer_decomposition or (fields.prompt and fields.prompt.strip()):
        return
    fault = "missing" if fields.prompt is None else "empty"
    raise BadRequest(f"prompt is {fault}; say what to draw", param="prompt", fault="missing")


def _edits_need_an_image(model: Model, fields: Fields) -> None:
    if fields.action != "edit" or fields.image:
        return
    if model.images.max == 0:
        raise BadRequest(
            f"action 'edit' is not offered by {model.id}, which takes no input image; "
            "use 'generate'",
            param="action",
        )
    raise BadRequest(
        f"action 'edit' needs an image to edit; {model.id} takes {_count(model)}",
        param="image",
        fault="missing",
    )


def _images_in(model: Model, fields: Fields) -> None:
    given, allowed = len(fields.image), model.images
    if allowed.min <= given <= allowed.max:
        return
    if allowed.max == 0:
        raise _unsupported("image", model, lambda other: other.images.max > 0)
    takes = f"{model.id} takes {_count(model)}"
    if not given:
        raise BadRequest(f"image is missing; {takes}", param="image", fault="missing")
    raise BadRequest(f"image has {given} pictures; {takes}", param="image")


def _count(model: Model) -> str:
    allowed = model.images
    return f"exactly {allowed.max}" if allowed.min == allowed.max else f"at most {allowed.max}"


def _seed(model: Model, fields: Fields) -> None:
    if fields.seed is None:
        return
    if model.seed is None:
        raise _unsupported("seed", model, lambda other: other.seed is not None)
    if not model.seed.min <= fields.seed <= model.seed.max:
        raise _out_of_range("seed", fields.seed, model, model.seed)


def _guidance_scale(model: Model, fields: Fields) -> None:
    value, allowed = fields.guidance_scale, model.guidance_scale
    if value is None:
        return
    if allowed is None:
        raise _unsupported("guidance_scale", model, lambda other: other.guidance_scale is not None)
    if not allowed.min <= value <= allowed.max:
        raise _out_of_range("guidance_scale", value, model, allowed)


def _groups(model: Model, fields: Fields) -> None:
    if model.sequential is None and fields.sequential_image_generation == "auto":
        raise _unsupported("sequential_image_generation", model, _makes_groups)


def _max_images(model: Model, fields: Fields) -> None:
    name, value = "sequential_image_generation_options", fields.max_images
    if value is None:
        return
    if model.sequential is None:
        # Beside an explicit "disabled" the options ask for nothing.
        if fields.sequential_image_generation != "disabled":
            raise _unsupported(name, model, _makes_groups)
        return
    allowed = model.sequential
    if not allowed.min <= value <= allowed.max:
        raise _out_of_range(f"{name}.max_images", value, model, allowed)


def _references_and_outputs(model: Model, fields: Fields) -> None:
    limit, outputs = model.refs_plus_outputs_max, fields.max_images
    if fields.sequential_image_generation != "auto" or limit is None or outputs is None:
        return
    if len(fields.image) + outputs > limit:
        raise BadRequest(
            f"{len(fields.image)} input images and max_images {outputs} are together more than "
            f"{limit}, the most that {model.id} takes",
            param="sequential_image_generation_options",
        )


def _streams(model: Model, fields: Fields) -> None:
    if not fields.stream:
        return
    if not model.stream:
        raise _unsupported("stream", model, lambda other: other.stream)
    for name, given in (("async", fields.asynchronous), ("callback_url", fields.callback_url)):
        if given:
            raise BadRequest(
                f"stream and {name} exclude each other; leave one of them out", param="stream"
            )


def _output_format(model: Model, fields: Fields) -> None:
    asked, offered = fields.output_format, model.output_formats
    if asked is None:
        return
    if len(offered) == 1:
        raise BadRequest(
            f"output_format is not supported by {model.id}, which always gives {offered[0]}; "
            "leave it out",
            param="output_format",
            fault="unsupported",
        )
    if asked not in offered:
        raise _not_offered("output_format", asked, model, offered)


def _tools(model: Model, fields: Fields) -> None:
    for tool in fields.tools:
        if not model.tools:
            raise _unsupported("tools", model, lambda other: bool(other.tools))
        if tool not in model.tools:
            raise _not_offered("tools", tool, model, model.tools)


def _optimize_prompt(model: Model, fields: Fields) -> None:
    mode, offered = fields.optimize_prompt_mode, model.optimize_prompt_modes
    name = "optimize_prompt_options"
    if mode is None:
        return
    if not offered:
        raise _unsupported(name, model, lambda other: bool(other.optimize_prompt_modes))
    if mode not in offered:
        raise _not_offered(f"{name}.mode", mode, model, offered)


def _background(model: Model, fields: Fields) -> None:
    asked, offered = fields.background, model.backgrounds
    if asked is None:
        return
    if not offered:
        raise _unsupported("background", model, lambda other: bool(other.backgrounds))
    if asked not in offered:
        raise _not_offered("background", asked, model, offered)


def _transparency(model: Model, fields: Fields) -> None:
    if fields.background != "transparent":
        return
    if len(fields.image) != 1:
        raise BadRequest(
            f"transparent background requires exactly one input image, not {len(fields.image)}",
            param="background",
        )
    if fields.output_format not in (None, "png"):
        raise BadRequest(
            f"output_format {shown(fields.output_format)} has no transparency; it must be png "
            "when background is transparent",
            param="output_format",
        )


def _layers(model: Model, fields: Fields) -> None:
    if not fields.layer_decomposition:
        return
    name = "layer_decomposition"
    if model.layer_decomposition is None:
        raise _unsupported(name, model, lambda other: other.layer_decomposition is not None)
    if len(fields.image) != 1:
        raise BadRequest(
            f"{name} requires exactly one input image, not {len(fields.image)}", param="image"
        )
    for other, given in (
        ("sequential_image_generation", fields.sequential_image_generation == "auto"),
        ("stream", fields.stream),
        ("tools", fields.tools),
        ("background", fields.background),
    ):
        if given:
            raise BadRequest(
                f"{name} and {other} exclude each other; leave one of them out", param=other
            )


def _layer_size(model: Model, fields: Fields) -> None:
    if fields.size is None:
        return
    asked = fields.size.strip().lower()
    offered = (AUTO, *model.size.presets)
    if fields.layer_decomposition and asked not in map(str.lower, offered):
        raise BadRequest(
            f"size {shown(fields.size)} does not go with layer_decomposition on {model.id}; "
            f"use {either(offered)}",
            param="size",
        )
    if asked == AUTO and model.layer_decomposition and not fields.layer_decomposition:
        raise BadRequest(
            "size 'auto' is for layer_decomposition alone; "
            f"use {either((*model.size.presets, 'WIDTHxHEIGHT'))}",
            param="size",
        )


def _several(model: Model, fields: Fields) -> None:
    if fields.n is None:
        return
    if not 1 <= fields.n <= MAX_N:
        raise BadRequest(f"n {fields.n} is out of range; 1 to {MAX_N} are taken", param="n")
    if fields.n == 1:
        return
    for other, given in (
        ("sequential_image_generation", fields.sequential_image_generation == "auto"),
        ("layer_decomposition", fields.layer_decomposition),
    ):
        if given:
            raise BadRequest(f"n and {other} exclude each other; leave one of them out", param="n")


def _mask(model: Model, fields: Fields) -> None:
    if fields.mask is None:
        return
    if not fields.image:
        raise BadRequest("mask needs an image that it lies over", param="mask")
    if fields.layer_decomposition or fields.background == "transparent":
        raise BadRequest(
            "mask says where a picture may change; it does not go with layer_decomposition or a "
            "transparent background",
            param="mask",
        )


def _previews(model: Model, fields: Fields) -> None:
    asked = fields.partial_images
    if asked is not None and not 0 <= asked <= MAX_PREVIEWS:
        raise BadRequest(
            f"partial_images {asked} is out of range; 0 to {MAX_PREVIEWS} are taken",
            param="partial_images",
        )


RULES: tuple[Rule, ...] = (
    _needs_a_prompt,
    _edits_need_an_image,
    _images_in,
    _seed,
    _guidance_scale,
    _groups,
    _max_images,
    _references_and_outputs,
    _streams,
    _output_format,
    _tools,
    _optimize_prompt,
    _background,
    _transparency,
    _layers,
    _layer_size,
    _several,
    _mask,
    _previews,
)


def _makes_groups(model: Model) -> bool:
    return model.sequential is not None


def _unsupported(name: str, model: Model, has_it: Callable[[Model], bool]) -> BadRequest:
    """Refuse a field that a model has no use for, naming the models that have."""
    others = either([other.id for other in MODELS if has_it(other)])
    return BadRequest(
        f"{name} is not supported by {model.id}; leave it out, or use {others}",
        param=name,
        fault="unsupported",
    )


def _not_offered(name: str, asked: str, model: Model, offered: tuple[str, ...]) -> BadRequest:
    return BadRequest(
        f"{name} {shown(asked)} is not offered by {model.id}; use {either(offered)}",
        param=name.split(".", maxsplit=1)[0],
    )


def _out_of_range(
    name: str, value: float, model: Model, allowed: Range[int] | Range[float] | GroupAllowance
) -> BadRequest:
    return BadRequest(
        f"{name} {shown(value)} is out of range; {model.id} takes {allowed.min} to {allowed.max}",
        param=name.split(".", maxsplit=1)[0],
    )
