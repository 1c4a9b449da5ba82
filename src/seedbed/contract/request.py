"""A request for pictures in domain form, and the way to it from the wire's JSON object.

`parse_request` reads each field strictly by type (`fields`), holds what was read against the
model's row of the matrix (`rules`), decides the size (`resolve`) and fills in what was not said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from seedbed.contract.errors import BadRequest
from seedbed.contract.fields import Fields, read_fields, unknown_fields
from seedbed.contract.groups import pictures_asked
from seedbed.contract.models import DEFAULT_MODEL, InputAllowance, Model, Number, Range, find_model
from seedbed.contract.resolve import follows_input, resolve_base_size, resolve_size
from seedbed.contract.rules import check
from seedbed.contract.sizes import Size

SET_SIZE = 4
"""Pictures of a group whose prompt asks for several without saying how many."""
A_SET = re.compile(
    r"\b(?:series|set|sequence|collection|storyboard|comic strip|variations)\b"
    r"|组图|系列|一组|一套|连环画|分镜",
    re.IGNORECASE,
)

BY_THE_SERVICE: frozenset[str] = frozenset(
    {"async", "callback_url", "stream", "sequential_image_generation", "mask"}
)
"""Features of the contract that the service offers with every engine."""

Action = Literal["generate", "edit"]
ResponseFormat = Literal["url", "b64_json"]
OutputFormat = Literal["jpeg", "png"]


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """What was asked, validated, in domain form: every dialect translates to this."""

    model: Model
    prompt: str
    """Empty only for a layer decomposition."""
    action: Action
    """`edit` as soon as there is an input picture, whatever was said."""
    size: Size | None
    """None when an input picture must be seen first: `sized` then decides."""
    size_asked: str | None
    images: tuple[str, ...]
    """URLs, data URIs or base64, as they were sent."""
    seed: int | None
    """-1 for a random one; None when the model has no seed."""
    guidance_scale: float | None
    max_images: int | None
    """How many pictures a group may have at most; None for a single picture."""
    image_count: int
    """How many pictures to draw: `n`; for a group, as its prompt says, within `max_images`; for a
    decomposition the most that there may be, the base among them."""
    stream: bool
    asynchronous: bool
    callback_url: str | None
    response_format: ResponseFormat
    output_format: OutputFormat
    watermark: bool
    tools: tuple[str, ...]
    optimize_prompt_mode: str | None
    """How the prompt is to be rewritten; None when nobody asked for that."""
    background: str | None
    """None when the model has no choice of it."""
    layer_decomposition: bool
    mask: str | None
    """A picture over the first one, as it was sent; where it is transparent, that may change."""
    previews: int
    """How many previews of each picture a stream is to show, at most."""


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A request, and the fields of its body that nobody knows."""

    request: ImageRequest
    ignored: tuple[str, ...]


def parse_request(body: Mapping[str, Any]) -> ParsedRequest:
    """Read and check a body; raise `BadRequest` naming the field, the fault and what is allowed."""
    if not isinstance(body, Mapping):
        raise BadRequest('a request is a JSON object such as {"prompt": "a cat"}')
    fields = read_fields(body)
    model = find_model(fields.model) if fields.model is not None else DEFAULT_MODEL
    check(model, fields)
    return ParsedRequest(_request(model, fields), unknown_fields(body))


def input_allowance(request: ImageRequest) -> InputAllowance | None:
    """Say what the input pictures of a request may be; None when its model takes none."""
    layers = request.model.layer_decomposition
    if request.layer_decomposition and layers is not None:
        return layers.input_image
    return request.model.input_image


def features(request: ImageRequest) -> frozenset[str]:
    """Name what a request uses beyond one picture from words, answered when it is finished.

    The names are the fields of the wire by which a caller asks for it.
    """
    model = request.model
    used = {
        "image": bool(request.images),
        "sequential_image_generation": request.max_images is not None,
        "stream": request.stream,
        "async": request.asynchronous,
        "callback_url": request.callback_url is not None,
        "tools": bool(request.tools),
        "optimize_prompt_options": request.optimize_prompt_mode
        not in (None, _first(model.optimize_prompt_modes)),
        "background": request.background != _first(model.backgrounds),
        "layer_decomposition": request.layer_decomposition,
        "mask": request.mask is not None,
    }
    return frozenset(name for name, is_used in used.items() if is_used)


def asks_of_engine(request: ImageRequest) -> frozenset[str]:
    """Name the features of a request that the engine must have: the rest the service does."""
    return features(request) - BY_THE_SERVICE


def _request(model: Model, fields: Fields) -> ImageRequest:
    prompt = fields.prompt or ""
    max_images = _group(model, fields)
    return ImageRequest(
        model=model,
        prompt=prompt,
        action="edit" if fields.image else "generate",
        size=_size(model, fields, prompt),
        size_asked=fields.size,
        images=fields.image,
        seed=_or_default(fields.seed, model.seed),
        guidance_scale=_or_default(fields.guidance_scale, model.guidance_scale),
        max_images=max_images,
        image_count=_image_count(model, fields, prompt, max_images),
        stream=bool(fields.stream),
        asynchronous=bool(fields.asynchronous),
        callback_url=fields.callback_url,
        response_format=cast(ResponseFormat, fields.response_format or "url"),
        output_format=_output_format(model, fields),
        watermark=fields.watermark is not False,
        tools=fields.tools,
        optimize_prompt_mode=fields.optimize_prompt_mode,
        background=fields.background or _first(model.backgrounds),
        layer_decomposition=bool(fields.layer_decomposition),
        mask=fields.mask,
        previews=fields.partial_images or 0,
    )


def _size(model: Model, fields: Fields, prompt: str) -> Size | None:
    if fields.layer_decomposition or (fields.image and follows_input(model, fields.size, prompt)):
        return None
    return resolve_size(model, fields.size, prompt)


def sized(request: ImageRequest, input_sizes: Sequence[Size]) -> Size:
    """Decide the size of a request whose input pictures have been seen; raise `BadRequest`."""
    model = request.model
    if request.layer_decomposition:
        return resolve_base_size(model, request.size_asked, input_sizes[0])
    return request.size or resolve_size(model, request.size_asked, request.prompt, input_sizes)


def _group(model: Model, fields: Fields) -> int | None:
    """Bound a group: by what was said, else by the default and the room that references leave."""
    if model.sequential is None or fields.sequential_image_generation != "auto":
        return None
    if fields.max_images is not None:
        return fields.max_images
    limit = model.refs_plus_outputs_max
    room = model.sequential.max if limit is None else limit - len(fields.image)
    return min(model.sequential.default, room)


def _image_count(model: Model, fields: Fields, prompt: str, most: int | None) -> int:
    """Decide how many pictures there are: in a group the prompt's number, else all allowed."""
    if fields.n is not None and fields.n > 1:
        return fields.n
    if fields.layer_decomposition and model.layer_decomposition is not None:
        return model.layer_decomposition.max_layers + 1
    if most is None:
        return 1
    asked = pictures_asked(prompt)
    if asked is None:
        asked = fields.max_images or (SET_SIZE if A_SET.search(prompt) else 1)
    return min(asked, most)


def _output_format(model: Model, fields: Fields) -> OutputFormat:
    # Only a PNG can be transparent, so nothing need be said for it.
    default = "png" if fields.background == "transparent" else model.output_formats[0]
    return cast(OutputFormat, fields.output_format or default)


def _or_default(value: Number | None, allowed: Range[Number] | None) -> Number | None:
    return value if value is not None or allowed is None else allowed.default


def _first(values: tuple[str, ...]) -> str | None:
    return values[0] if values else None
