"""A request for pictures: from the wire's JSON object to a value that holds every rule.

`parse_request` reads each field strictly by type, then asks every rule of `RULES` whether the
model's row of the matrix allows what was read. A null is an absent field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from seedbed.contract.errors import BadRequest
from seedbed.contract.models import DEFAULT_MODEL, Model, find_model
from seedbed.contract.resolve import resolve_size
from seedbed.contract.sizes import Size

MAX_PROMPT = 20_000
"""Characters that a prompt may have."""

ACTIONS = ("generate", "edit")
RESPONSE_FORMATS = ("url", "b64_json")
GROUP_MODES = ("disabled", "auto")


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """What was asked, validated, in domain form: every dialect translates to this."""

    model: Model
    prompt: str
    size: Size | None
    """None when an input picture decides."""
    size_asked: str | None
    images: tuple[str, ...]
    seed: int | None
    guidance_scale: float | None
    max_images: int | None
    """How many pictures a group may have at most; None for a single picture."""
    stream: bool
    asynchronous: bool
    callback_url: str | None
    response_format: Literal["url", "b64_json"]
    output_format: Literal["jpeg", "png"]
    watermark: bool
    tools: tuple[str, ...]
    optimize_prompt_mode: str | None
    background: str | None
    layer_decomposition: bool


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A request, and the fields of its body that nobody knows."""

    request: ImageRequest
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """The known fields of a body, each of the right type; None where absent."""

    model: str | None
    prompt: str | None
    action: str | None
    size: str | None
    image: tuple[str, ...]
    seed: int | None
    guidance_scale: float | None
    sequential_image_generation: str | None
    max_images: int | None
    stream: bool | None
    asynchronous: bool | None
    callback_url: str | None
    response_format: str | None
    output_format: str | None
    watermark: bool | None
    tools: tuple[str, ...]
    optimize_prompt_mode: str | None
    background: str | None
    layer_decomposition: bool | None


KNOWN = (
    "model",
    "prompt",
    "action",
    "size",
    "image",
    "seed",
    "guidance_scale",
    "sequential_image_generation",
    "sequential_image_generation_options",
    "stream",
    "async",
    "callback_url",
    "response_format",
    "output_format",
    "watermark",
    "tools",
    "optimize_prompt_options",
    "background",
    "layer_decomposition",
)
"""Every field of the wire; any other is ignored and named to the caller."""


def parse_request(body: Mapping[str, Any]) -> ParsedRequest:
    """Read and check a body; raise `BadRequest` naming the field, the fault and what is allowed."""
    given = {name: value for name, value in body.items() if value is not None}
    ignored = tuple(sorted(name for name in given if name not in KNOWN))
    fields = _read(given)
    model = find_model(fields.model) if fields.model is not None else DEFAULT_MODEL
    for rule in RULES:
        rule(model, fields)
    return ParsedRequest(_request(model, fields), ignored)


def features(request: ImageRequest) -> frozenset[str]:
    """Name what a request uses beyond one picture from words, answered when it is finished."""
    used = {
        "image": bool(request.images),
        "sequential_image_generation": request.max_images is not None,
        "stream": request.stream,
        "async": request.asynchronous,
        "callback_url": request.callback_url is not None,
        "tools": bool(request.tools),
        "optimize_prompt_options": request.optimize_prompt_mode not in (None, "standard"),
        "background": request.background == "transparent",
        "layer_decomposition": request.layer_decomposition,
    }
    return frozenset(name for name, is_used in used.items() if is_used)


def _request(model: Model, fields: Fields) -> ImageRequest:
    prompt = fields.prompt or ""
    grouped = fields.sequential_image_generation == "auto" and model.max_images is not None
    default_count = model.max_images.default if model.max_images else 1
    return ImageRequest(
        model=model,
        prompt=prompt,
        size=resolve_size(model, _size_asked(fields), prompt),
        size_asked=fields.size,
        images=fields.image,
        seed=fields.seed if fields.seed is not None else (model.seed and model.seed.default),
        guidance_scale=fields.guidance_scale
        if fields.guidance_scale is not None
        else (model.guidance_scale and model.guidance_scale.default),
        max_images=(fields.max_images or default_count) if grouped else None,
        stream=bool(fields.stream),
        asynchronous=bool(fields.asynchronous),
        callback_url=fields.callback_url,
        response_format=cast(Literal["url", "b64_json"], fields.response_format or "url"),
        output_format=cast(
            Literal["jpeg", "png"], fields.output_format or model.output_formats[0]
        ),
        watermark=fields.watermark is not False,
        tools=fields.tools,
        optimize_prompt_mode=fields.optimize_prompt_mode,
        background=fields.background,
        layer_decomposition=bool(fields.layer_decomposition),
    )


def _size_asked(fields: Fields) -> str | None:
    return fields.size or ("auto" if fields.layer_decomposition else None)


# Reading: types only, no model is known yet.


def _read(given: Mapping[str, Any]) -> Fields:
    group = _object(given, "sequential_image_generation_options")
    optimize = _object(given, "optimize_prompt_options")
    return Fields(
        model=_text(given, "model"),
        prompt=_prompt(given),
        action=_choice(given, "action", ACTIONS),
        size=_text(given, "size"),
        image=_images(given),
        seed=_integer(given, "seed"),
        guidance_scale=_number(given, "guidance_scale"),
        sequential_image_generation=_choice(given, "sequential_image_generation", GROUP_MODES),
        max_images=_integer(group, "max_images"),
        stream=_boolean(given, "stream"),
        asynchronous=_boolean(given, "async"),
        callback_url=_url(given, "callback_url"),
        response_format=_choice(given, "response_format", RESPONSE_FORMATS),
        output_format=_text(given, "output_format"),
        watermark=_boolean(given, "watermark"),
        tools=_tools(given),
        optimize_prompt_mode=_text(optimize, "mode"),
        background=_text(given, "background"),
        layer_decomposition=_boolean(given, "layer_decomposition"),
    )


def _text(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is None or isinstance(value, str):
        return _unicode(value, name)
    raise _wrong_type(name, "a string", value)


def _prompt(given: Mapping[str, Any]) -> str | None:
    prompt = _text(given, "prompt")
    if prompt is None:
        return None
    if not prompt.strip():
        raise BadRequest("prompt is empty; say what to draw", param="prompt")
    if len(prompt) > MAX_PROMPT:
        raise BadRequest(
            f"prompt has {len(prompt):,} characters; at most {MAX_PROMPT:,} are read",
            param="prompt",
        )
    return prompt


def _choice(given: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str | None:
    value = _text(given, name)
    if value is None or value in allowed:
        return value
    raise BadRequest(f"{name} {value[:60]!r} is not known; use {_or(allowed)}", param=name)


def _boolean(given: Mapping[str, Any], name: str) -> bool | None:
    value = given.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise _wrong_type(name, "true or false", value)


def _integer(given: Mapping[str, Any], name: str) -> int | None:
    number = _number(given, name)
    if number is None:
        return None
    if number != int(number):
        raise _wrong_type(name, "a whole number", given[name])
    return int(given[name])


def _number(given: Mapping[str, Any], name: str) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(name, "a number", value)
    try:
        finite = math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite:
        raise BadRequest(f"{name} is too large a number", param=name)
    return value


def _images(given: Mapping[str, Any]) -> tuple[str, ...]:
    value = given.get("image")
    if value is None:
        return ()
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise _wrong_type("image", "a string or a list of strings", value)
    return tuple(entry for entry in entries if _unicode(entry, "image"))


def _tools(given: Mapping[str, Any]) -> tuple[str, ...]:
    value = given.get("tools", [])
    if not isinstance(value, list) or not all(
        isinstance(tool, dict) and isinstance(tool.get("type"), str) for tool in value
    ):
        raise _wrong_type("tools", 'a list such as [{"type": "web_search"}]', value)
    return tuple(tool["type"] for tool in value)


def _object(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name, {})
    if not isinstance(value, dict):
        raise _wrong_type(name, "an object", value)
    return {key: entry for key, entry in value.items() if entry is not None}


def _url(given: Mapping[str, Any], name: str) -> str | None:
    value = _text(given, name)
    if value is not None and not value.lower().startswith(("http://", "https://")):
        raise BadRequest(f"{name} must start with http:// or https://", param=name)
    return value


def _unicode(value: str | None, name: str) -> str | None:
    """Refuse half of a surrogate pair, which JSON can say and no text can hold."""
    if value is not None and any("\ud800" <= character <= "\udfff" for character in value):
        raise BadRequest(f"{name} is not valid Unicode text", param=name)
    return value


def _wrong_type(name: str, expected: str, value: object) -> BadRequest:
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    kind = kinds.get(type(value), "an object" if isinstance(value, dict) else "a list")
    return BadRequest(f"{name} must be {expected}, not {kind}", param=name)


# Rules: what the model's row allows. Each raises `BadRequest` or lets pass.

Rule = Callable[[Model, Fields], None]


def _needs_a_prompt(model: Model, fields: Fields) -> None:
    if fields.prompt is None and not fields.layer_decomposition:
        raise BadRequest("prompt is missing; say what to draw", param="prompt")


def _pictures_in(model: Model, fields: Fields) -> None:
    count, allowed = len(fields.image), model.images
    if fields.action == "edit" and count == 0 and allowed.max > 0:
        raise BadRequest("action 'edit' needs an image to edit", param="image")
    if allowed.min <= count <= allowed.max:
        return
    takes = (
        "no input image"
        if allowed.max == 0
        else f"exactly {allowed.max}"
        if allowed.min == allowed.max
        else f"at most {allowed.max}"
    )
    raise BadRequest(f"image has {count} pictures; {model.id} takes {takes}", param="image")


def _number_in_range(name: str) -> Rule:
    """Make the rule for a number that only some models have: `seed`, `guidance_scale`."""

    def rule(model: Model, fields: Fields) -> None:
        value, allowed = getattr(fields, name), getattr(model, name)
        if value is None:
            return
        if allowed is None:
            raise _unsupported(name, model)
        if not allowed.min <= value <= allowed.max:
            raise BadRequest(
                f"{name} {value!r} is out of range; {model.id} takes {allowed.min} to "
                f"{allowed.max}",
                param=name,
            )

    return rule


def _groups(model: Model, fields: Fields) -> None:
    if fields.sequential_image_generation == "auto" and model.max_images is None:
        raise _unsupported("sequential_image_generation", model)
    if fields.max_images is None:
        return
    if model.max_images is None:
        raise _unsupported("sequential_image_generation_options", model)
    if not model.max_images.min <= fields.max_images <= model.max_images.max:
        raise BadRequest(
            f"max_images {fields.max_images} is out of range; {model.id} takes "
            f"{model.max_images.min} to {model.max_images.max}",
            param="sequential_image_generation_options",
        )


def _references_and_outputs(model: Model, fields: Fields) -> None:
    grouped = fields.sequential_image_generation == "auto"
    limit, outputs = model.references_and_outputs, fields.max_images
    if not grouped or limit is None or outputs is None:
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
        raise _unsupported("stream", model)
    for name, value in (("async", fields.asynchronous), ("callback_url", fields.callback_url)):
        if value:
            raise BadRequest(
                f"stream and {name} exclude each other; use one of them", param="stream"
            )


def _output_format(model: Model, fields: Fields) -> None:
    asked, offered = fields.output_format, model.output_formats
    if asked is None or asked in offered and len(offered) > 1:
        return
    if len(offered) == 1:
        raise BadRequest(
            f"output_format is not supported by {model.id}; it always gives {offered[0]}",
            param="output_format",
        )
    raise BadRequest(
        f"output_format {asked[:60]!r} is not offered by {model.id}; use {_or(offered)}",
        param="output_format",
    )


def _tools_offered(model: Model, fields: Fields) -> None:
    for tool in fields.tools:
        if tool not in model.tools:
            offered = f"; use {_or(model.tools)}" if model.tools else ""
            raise BadRequest(
                f"tool {tool[:60]!r} is not offered by {model.id}{offered}", param="tools"
            )


def _prompt_mode(model: Model, fields: Fields) -> None:
    mode, offered = fields.optimize_prompt_mode, model.optimize_prompt_modes
    if mode is None or mode in offered:
        return
    if not offered:
        raise _unsupported("optimize_prompt_options", model)
    raise BadRequest(
        f"optimize_prompt_options.mode {mode[:60]!r} is not offered by {model.id}; "
        f"use {_or(offered)}",
        param="optimize_prompt_options",
    )


def _background(model: Model, fields: Fields) -> None:
    asked = fields.background
    if asked is None:
        return
    if not model.backgrounds:
        raise _unsupported("background", model)
    if asked not in model.backgrounds:
        raise BadRequest(
            f"background {asked[:60]!r} is not offered by {model.id}; use {_or(model.backgrounds)}",
            param="background",
        )
    if asked != "transparent":
        return
    if len(fields.image) != 1:
        raise BadRequest("transparent background requires exactly one input image", param="image")
    if fields.output_format != "png":
        raise BadRequest(
            "output_format must be png when background is transparent", param="output_format"
        )


def _layers(model: Model, fields: Fields) -> None:
    if not fields.layer_decomposition:
        return
    if not model.layer_decomposition:
        raise _unsupported("layer_decomposition", model)
    if len(fields.image) != 1:
        raise BadRequest("layer_decomposition requires exactly one input image", param="image")
    if fields.background is not None:
        raise BadRequest(
            "layer_decomposition and background exclude each other", param="background"
        )
    names = ("auto", *(name.lower() for name in model.size.presets))
    if fields.size is not None and fields.size.strip().lower() not in names:
        raise BadRequest(
            f"size {fields.size[:60]!r} does not go with layer_decomposition; use {_or(names)}",
            param="size",
        )


def _auto_is_for_layers(model: Model, fields: Fields) -> None:
    is_auto = fields.size is not None and fields.size.strip().lower() == "auto"
    if is_auto and model.layer_decomposition and not fields.layer_decomposition:
        raise BadRequest("size 'auto' is only for layer_decomposition", param="size")


RULES: tuple[Rule, ...] = (
    _needs_a_prompt,
    _pictures_in,
    _number_in_range("seed"),
    _number_in_range("guidance_scale"),
    _groups,
    _references_and_outputs,
    _streams,
    _output_format,
    _tools_offered,
    _prompt_mode,
    _background,
    _layers,
    _auto_is_for_layers,
)


def _unsupported(name: str, model: Model) -> BadRequest:
    return BadRequest(f"{name} is not supported by {model.id}; leave it out", param=name)


def _or(allowed: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(allowed[:-1]), allowed[-1])))
