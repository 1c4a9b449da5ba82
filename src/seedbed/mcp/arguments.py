"""The tools by their arguments: what each takes, as JSON Schema, and what it asks of the service.

The schemas are made from the matrix of models, so that an assistant sees what the validation
allows; the validation itself is the service's alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seedbed.contract.errors import BadRequest
from seedbed.contract.fields import number
from seedbed.contract.models import DEFAULT_MODEL, MODELS, GroupAllowance, Model, Range
from seedbed.contract.rules import MAX_N

Json = dict[str, Any]

WAIT = 45.0
"""Seconds that a call waits unless told: many assistants give up on a tool after a minute."""
IMAGE = "an http(s) URL, or a data URI such as data:image/png;base64,…"
LOCAL_IMAGE = f"the absolute path of a file on this computer, {IMAGE}"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool."""

    name: str
    schema: Json
    wire: Callable[[Any], Json]
    """What the request says for a value."""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool, and what a call of it asks for."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    always: Json = field(default_factory=dict)
    """What the request says whatever the arguments are; an argument may say otherwise."""

    def schema(self, longest_wait: float) -> Json:
        """Give the JSON Schema of the arguments."""
        return {
            "type": "object",
            "properties": {one.name: one.schema for one in self.arguments}
            | {"wait": _wait_schema(longest_wait)},
            "required": [one.name for one in self.arguments if one.is_required],
        }


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of one call, read."""

    body: Json
    """The request, as the wire has it."""
    wait: float
    """Seconds to wait for the end."""
    ignored: tuple[str, ...]
    """Arguments that the tool does not have."""


def read_call(tool: Tool, arguments: Mapping[str, Any], longest_wait: float) -> Call:
    """Read the arguments of a call; raise `BadRequest` for a wait that cannot be."""
    known = {one.name: one for one in tool.arguments}
    body = dict(tool.always)
    for name, value in arguments.items():
        if name in known and value is not None:
            body |= known[name].wire(value)
    ignored = sorted(name for name in arguments if name not in known and name != "wait")
    return Call(body, _wait(arguments, longest_wait), tuple(ignored))


def _wait(arguments: Mapping[str, Any], longest: float) -> float:
    asked = number(arguments, "wait")
    if asked is None:
        return min(WAIT, longest)
    if not 0 <= asked <= longest:
        raise BadRequest(f"wait {asked} is out of range; 0 to {longest:g} seconds are allowed")
    return asked


def _wait_schema(longest: float) -> Json:
    return {
        "type": "number",
        "minimum": 0,
        "maximum": longest,
        "default": min(WAIT, longest),
        "description": "Seconds to wait for the end. A task that is not finished by then goes on, "
        "and get_task tells how it ended.",
    }


def _argument(name: str, schema: Json, *, is_required: bool = False) -> Argument:
    """Make an argument that is a field of the request under the same name."""
    return Argument(name, schema, lambda value: {name: value}, is_required)


def _text(description: str) -> Json:
    return {"type": "string", "description": description}


def _only(fits: Callable[[Model], object]) -> str:
    """Name the models that take a field which not all of them take."""
    return "Only for " + ", ".join(model.id for model in MODELS if fits(model)) + "."


def _union(values: Callable[[Model], tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(value for model in MODELS for value in values(model)))


def _model(fits: Callable[[Model], object], default: Model) -> Argument:
    schema = _text("Which model draws.") | {
        "enum": [model.id for model in MODELS if fits(model)],
        "default": default.id,
    }
    return _argument("model", schema)


def _size(fits: Callable[[Model], object]) -> Argument:
    offers = "; ".join(f"{model.id}: {_sizes(model)}" for model in MODELS if fits(model))
    return _argument(
        "size",
        _text(
            "The size: a preset, whose ratio follows the prompt (write e.g. 16:9 into it), or "
            f"WIDTHxHEIGHT in pixels. {offers}."
        ),
    )


def _sizes(model: Model) -> str:
    size = model.size
    presets = [*size.presets, *(["adaptive"] if size.adaptive else [])]
    pixels = f"WIDTHxHEIGHT of {size.min_pixels:,} to {size.max_pixels:,} pixels"
    return f"{', '.join([*presets, pixels])} (default {size.default})"


def _bounds(of: Callable[[Model], Range[int] | Range[float] | GroupAllowance | None]) -> Json:
    ranges = [allowed for model in MODELS if (allowed := of(model)) is not None]
    return {"minimum": min(one.min for one in ranges), "maximum": max(one.max for one in ranges)}


PROMPT = _argument(
    "prompt",
    _text("What to draw, or how to change the pictures, in plain words of any language."),
    is_required=True,
)
N = _argument(
    "n",
    {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_N,
        "default": 1,
        "description": "How many pictures to make of the same prompt, each another try at it. "
        "Each is charged.",
    },
)
MAX_IMAGES = Argument(
    "max_images",
    {
        "type": "integer",
        "description": "For a series of pictures that belong together (a story, a set): the most "
        "that there may be. Say in the prompt how many. "
        + _only(lambda model: model.sequential)
        + " Not together with n.",
        **_bounds(lambda model: model.sequential),
    },
    lambda value: {
        "sequential_image_generation": "auto",
        "sequential_image_generation_options": {"max_images": value},
    },
)
SEED = _argument(
    "seed",
    {
        "type": "integer",
        "description": "The same seed and prompt give a similar picture; -1 for a random one. "
        + _only(lambda model: model.seed),
        **_bounds(lambda model: model.seed),
    },
)
GUIDANCE_SCALE = _argument(
    "guidance_scale",
    {
        "type": "number",
        "description": "How literally the prompt is taken. "
        + _only(lambda model: model.guidance_scale),
        **_bounds(lambda model: model.guidance_scale),
    },
)
OUTPUT_FORMAT = _argument(
    "output_format",
    _text(
        "The format of the file; other models always give jpeg. "
        + _only(lambda model: len(model.output_formats) > 1)
    )
    | {"enum": _union(lambda model: model.output_formats)},
)
OPTIMIZE_PROMPT = Argument(
    "optimize_prompt",
    _text(
        "Have the prompt rewritten first, in this mode. "
        + _only(lambda model: model.optimize_prompt_modes)
    )
    | {"enum": _union(lambda model: model.optimize_prompt_modes)},
    lambda value: {"optimize_prompt_options": {"mode": value}},
)
WEB_SEARCH = Argument(
    "web_search",
    {
        "type": "boolean",
        "description": "Let the model look things up first. " + _only(lambda model: model.tools),
    },
    lambda value: {"tools": [{"type": "web_search"}] if value is True else value or None},
)
WATERMARK = _argument(
    "watermark",
    {
        "type": "boolean",
        "default": True,
        "description": "Whether the corner of the picture says that it was made by AI.",
    },
)
BACKGROUND = _argument(
    "background",
    _text(
        "`transparent` to keep the transparency of the one PNG that is given. "
        + _only(lambda model: model.backgrounds)
    )
    | {"enum": _union(lambda model: model.backgrounds)},
)


def _edits(model: Model) -> bool:
    return model.images.max > 0


def _takes_apart(model: Model) -> bool:
    return model.layer_decomposition is not None


def drawing_tools(image: str) -> tuple[Tool, ...]:
    """Give the tools that draw; `image` says what a picture may be given as."""
    apart = next(model for model in MODELS if _takes_apart(model))
    most = max(model.images.max for model in MODELS)
    return (
        Tool(
            "generate_image",
            "Draw pictures",
            "Draw one or several pictures from words. Returns a small copy of each to look at, "
            "and where the full size is.",
            (
                PROMPT,
                _model(lambda model: model.text_to_image, DEFAULT_MODEL),
                _size(lambda model: model.text_to_image),
                *(N, MAX_IMAGES, SEED, GUIDANCE_SCALE),
                *(OUTPUT_FORMAT, OPTIMIZE_PROMPT, WEB_SEARCH, WATERMARK),
            ),
        ),
        Tool(
            "edit_image",
            "Edit pictures",
            "Change a picture as the words say, or make one new picture of several. Returns a "
            "small copy of each result to look at, and where the full size is.",
            (
                PROMPT,
                Argument(
                    "images",
                    {
                        "type": "array",
                        "items": {"type": "string"},
                        "minItems": 1,
                        "maxItems": most,
                        "description": f"The pictures to work on, in the order in which the prompt "
                        f"speaks of them. Each is {image}.",
                    },
                    lambda value: {"image": value},
                    is_required=True,
                ),
                _argument(
                    "mask",
                    _text(
                        "A PNG as large as the first picture, which may change only where this is "
                        f"transparent. It is {image}."
                    ),
                ),
                _model(_edits, DEFAULT_MODEL),
                _size(_edits),
                *(N, MAX_IMAGES, SEED, GUIDANCE_SCALE),
                *(BACKGROUND, OUTPUT_FORMAT, OPTIMIZE_PROMPT, WATERMARK),
            ),
            {"action": "edit"},
        ),
        Tool(
            "decompose_image",
            "Take a picture apart",
            "Take a picture apart into a background and layers, each with its place, a name and "
            "a description. Returns a small copy of each, and where the full size is.",
            (
                Argument(
                    "image",
                    _text(f"The picture to take apart: {image}."),
                    lambda value: {"image": [value]},
                    is_required=True,
                ),
                _argument("prompt", _text("What to take care of, if anything.")),
                _model(_takes_apart, apart),
                _argument(
                    "size",
                    _text("The size of the background: `auto` keeps that of the picture.")
                    | {"enum": ["auto", *apart.size.presets]},
                ),
                *(OUTPUT_FORMAT, WATERMARK),
            ),
            {"layer_decomposition": True, "model": apart.id},
        ),
    )


GET_TASK = Tool(
    "get_task",
    "Look at a task",
    "Tell how a task goes that did not end within its call, and show its pictures when it has. "
    "Only your own tasks are found.",
    (
        Argument(
            "task_id",
            _text("The id that the other tools have told."),
            lambda value: {"task_id": value},
            is_required=True,
        ),
    ),
)
