"""The OpenAI dialect: `/v1/images/generations`, `/v1/images/edits` and `/v1/models`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from seedbed.accounts.credentials import Caller
from seedbed.api.access import ASKING, DRAWING, Held, caller_of
from seedbed.api.body import json_object
from seedbed.api.drawing import (
    OF_PREVIEWS,
    Json,
    Order,
    answer_at_end,
    by_other_names,
    order,
    unfinished,
)
from seedbed.api.form import boolean, form_object, is_form, number, structure
from seedbed.api.refusals import error_shown, openai_error
from seedbed.api.streams import ALIVE, SSE, follow_events, server_sent, stream
from seedbed.contract.errors import ApiError, NotImplementedYet
from seedbed.contract.models import MODELS, find_model
from seedbed.contract.sizes import Size
from seedbed.contract.usage import Usage
from seedbed.resources import Resources
from seedbed.service.answers import COMPLETED, PARTIAL_IMAGE
from seedbed.tasks.task import Task

router = APIRouter(prefix="/v1", tags=["OpenAI"])

Drawing = Annotated[Caller, Depends(caller_of(DRAWING))]
Asking = Annotated[Caller, Depends(caller_of(ASKING, DRAWING))]

FOREIGN = ("async", "callback_url")
"""Fields of other wires that this one ignores; so it does with what nobody here knows."""
NOTHING = {
    "size": ("auto",),
    "background": ("auto", "opaque"),
    "output_format": ("jpeg",),
}
"""What asks for nothing: what every model does by itself, also one that knows no such field."""
INLINE_MODELS = "gpt-image"
"""Begins the names of models whose pictures always come inside the answer."""
KINDS = {
    **dict.fromkeys(("watermark", "stream", "layer_decomposition"), boolean),
    **dict.fromkeys(("n", "partial_images", "seed", "guidance_scale", "max_images"), number),
    **dict.fromkeys(
        ("tools", "sequential_image_generation_options", "optimize_prompt_options"), structure
    ),
}
"""The fields of a form that are no texts."""
PREVIEW_FORMAT = "jpeg"
OWNER = "seedbed"


@router.post("/images/generations", summary="Draw pictures, as OpenAI does", name="openai_draw")
async def create_images(request: Request, held: Held, caller: Drawing) -> Response:
    """Draw what the prompt asks for, for a program that speaks to OpenAI.

    Answers with the pictures when they are finished, or event by event when it is streamed.
    """
    body = _body(await _said(request, held))
    return await _drawn(request, held, caller, body, "image_generation")


@router.post("/images/edits", summary="Edit pictures, as OpenAI does", name="openai_edit")
async def edit_images(request: Request, held: Held, caller: Drawing) -> Response:
    """Draw from pictures, sent as the parts `image` or `image[]` of a form, or as URLs in JSON.

    With a `mask`, the first picture changes only where that is transparent.
    """
    body = _body(await _said(request, held)) | {"action": "edit"}
    return await _drawn(request, held, caller, body, "image_edit")


@router.post("/images/variations", include_in_schema=False)
async def vary_images(caller: Drawing) -> None:
    """Refuse what no model here does, and say what to do instead."""
    raise NotImplementedYet(
        "Variations are not offered. Send the picture to /v1/images/edits, with a prompt that "
        "says what is to vary."
    )


@router.get("/models", summary="List the models, as OpenAI does", name="openai_models")
async def list_models(held: Held, caller: Asking) -> JSONResponse:
    """List every model by its id, and the other names that this server gives them."""
    names = [model.id for model in MODELS]
    data = [_model(held, name) for name in (*names, *held.settings.model_aliases)]
    return JSONResponse({"object": "list", "data": data})


@router.get("/models/{model:path}", summary="Show a model, as OpenAI does", name="openai_model")
async def show_model(held: Held, caller: Asking, model: str) -> JSONResponse:
    """Show a model, under any of its names."""
    return JSONResponse(_model(held, model))


def _model(held: Resources, name: str) -> Json:
    """Show a model as what it was asked for; it was created when its id says."""
    aliases = held.settings.model_aliases
    alias = name.strip().lower() if name.strip().lower() in aliases else None
    model = find_model(aliases[alias] if alias else name)
    dated = datetime.strptime(model.id[-6:], "%y%m%d").replace(tzinfo=UTC)
    return {
        "id": alias or model.id,
        "object": "model",
        "created": int(dated.timestamp()),
        "owned_by": OWNER,
    }


async def _said(request: Request, held: Resources) -> Mapping[str, Any]:
    """Read a body, whichever of the forms it has."""
    if not is_form(request):
        return await json_object(request)
    return await form_object(request, KINDS, ("image",), held.settings.max_request_bytes)


def _body(said: Mapping[str, Any]) -> Json:
    """Say in the contract's fields what was asked for in OpenAI's."""
    body = {
        name: value
        for name, value in said.items()
        if value is not None and value not in NOTHING.get(name, ())
    }
    if said.get("background") == "transparent" and said.get("output_format") is not None:
        body["output_format"] = said["output_format"]  # which has to be png then
    pictures = [*_listed(body.pop("image", None)), *_listed(body.pop("images", None))]
    if pictures:
        body["image"] = [_address(one) for one in pictures]
    if "mask" in body:
        body["mask"] = _address(body["mask"])
    if _is_inline(body):  # otherwise what the contract has, unsaid as in the other dialects
        body.setdefault("response_format", "b64_json")
    return body


def _is_inline(body: Json) -> bool:
    is_of_inline_model = str(body.get("model", "")).lower().startswith(INLINE_MODELS)
    return is_of_inline_model or body.get("stream") is True


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _address(picture: object) -> object:
    """Take the address out of `{"image_url": "…"}` and of `{"image_url": {"url": "…"}}`."""
    for name in ("image_url", "url"):
        if isinstance(picture, dict) and name in picture:
            picture = picture[name]
    return picture


async def _drawn(
    request: Request, held: Resources, caller: Caller, body: Json, kind: str
) -> Response:
    ordered = await order(request, held, caller, body, FOREIGN)
    if ordered.task.request.stream:
        return stream(_lines(held, ordered, kind), SSE, ordered.headers)
    return await answer_at_end(request, held, ordered, _answer)


def _answer(task: Task, shown: Json) -> Json:
    """Give the pictures that there are; those that failed are told beside them."""
    made = [one for one in shown["data"] if "error" not in one]
    failed = [
        {"index": index, **openai_error(error_shown(one["error"]))}
        for index, one in enumerate(shown["data"])
        if "error" in one
    ]
    return {
        "created": int(task.created_at),
        "data": [_picture(task, one) for one in made],
        **({"failed": failed} if failed else {}),
        **({"size": made[0]["size"], **_look(task, made[0]["output_format"])} if made else {}),
        "usage": _usage(shown["usage"]),
    }


def _picture(task: Task, shown: Json) -> Json:
    said = by_other_names(shown)
    if shown["prompt"] != task.request.prompt:
        said["revised_prompt"] = shown["prompt"]
    return said


def _look(task: Task, output_format: str) -> Json:
    return {
        "background": task.request.background or "opaque",
        "output_format": output_format,
        "quality": "auto",
    }


def _usage(counted: Mapping[str, Any]) -> Json:
    """Say what was used; the tokens of what came in are not counted here."""
    none = {"image_tokens": 0, "text_tokens": 0}
    return {"input_tokens": 0, "input_tokens_details": none, **counted}


async def _lines(held: Resources, ordered: Order, kind: str) -> AsyncIterator[str]:
    """Say each picture as it is finished, and at the end what has failed.

    An error ends the reading of OpenAI's clients, so none is told before the last picture.
    """
    task, failed, has_ended = ordered.task, list[ApiError](), False
    async for event in follow_events(held, task.id, 0, ordered.base_url):
        if event is None:
            yield ALIVE
            continue
        has_ended = event.type == COMPLETED
        if event.type == PARTIAL_IMAGE:
            yield server_sent(f"{kind}.partial_image", _preview(task, kind, event.body))
            continue
        for shown in event.body.get("data", [event.body]):
            if "error" in shown:
                failed.append(error_shown(shown["error"]))
            elif not has_ended:
                said = _completed(task, kind, shown, event.body["image_index"])
                yield server_sent(said["type"], said)
    if not has_ended:
        failed.append(unfinished(task))
    if failed:
        yield server_sent("error", {"type": "error", "error": openai_error(failed[-1])})


def _completed(task: Task, kind: str, shown: Json, index: int) -> Json:
    return {
        "type": f"{kind}.completed",
        "created_at": int(time.time()),
        **_look(task, shown["output_format"]),
        **_picture(task, shown),
        "image_index": index,
        "usage": _usage(Usage.of([Size.parse(shown["size"])]).as_dict()),
    }


def _preview(task: Task, kind: str, body: Json) -> Json:
    return {
        "type": f"{kind}.partial_image",
        "created_at": int(time.time()),
        **_look(task, PREVIEW_FORMAT),
        **{name: body[name] for name in OF_PREVIEWS},
    }
