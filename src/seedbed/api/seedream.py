"""The SeeDream dialect: `/seedream/…`."""

from __future__ import annotations

import base64
import json
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from seedbed.accounts.credentials import Caller
from seedbed.api.access import Held, caller_of
from seedbed.api.body import json_object
from seedbed.api.errors import error_response
from seedbed.contract.capabilities import describe_model
from seedbed.contract.errors import ApiError, error_of
from seedbed.contract.models import DEFAULT_MODEL, MODELS
from seedbed.contract.usage import Usage
from seedbed.resources import Resources
from seedbed.tasks.states import State
from seedbed.tasks.task import Image, TaskView

router = APIRouter(prefix="/seedream", tags=["SeeDream"])


@router.post("/images", summary="Draw pictures")
async def create_images(
    request: Request,
    held: Held,
    caller: Annotated[Caller, Depends(caller_of("seedream/images"))],
) -> JSONResponse:
    """Draw what the prompt asks for and answer with the pictures."""
    body = await json_object(request)
    submitted = await held.images.submit(body, caller, request.state.trace_id)
    headers = {"X-Seedbed-Task": submitted.task.id, "X-Should-Retry": "false"}
    if submitted.ignored:
        headers["X-Seedbed-Ignored"] = _header(", ".join(submitted.ignored))
    try:
        view = await held.images.wait(submitted.task.id, held.settings.wait_timeout)
    except ApiError as error:
        response = error_response(request, error)
    else:
        response = await _answer(request, held, view)
        if view.task.note:
            headers["X-Seedbed-Understood"] = _header(view.task.note)
    response.headers.update(headers)
    return response


@router.get("/models", summary="List the models")
async def list_models(held: Held) -> JSONResponse:
    """List every model with all that it allows, what it costs and which engine serves it."""
    return JSONResponse(
        {
            "default": DEFAULT_MODEL.id,
            "models": [
                describe_model(model)
                | {
                    "engine": held.settings.engine_of(model.id),
                    "price": float(held.settings.price_of(model.id)),
                }
                for model in MODELS
            ],
        }
    )


async def _answer(request: Request, held: Resources, view: TaskView) -> JSONResponse:
    task = view.task
    if task.state is not State.SUCCEEDED:
        assert task.error is not None, "a task that ended without success says why"
        return error_response(request, error_of(task.error.code, task.error.message))
    return JSONResponse(
        {
            "success": True,
            "task_id": task.id,
            "trace_id": task.trace_id,
            "data": [await _picture(request, held, view, image) for image in view.images],
            "usage": Usage.of([image.size for image in view.delivered if image.size]).as_dict(),
        }
    )


async def _picture(
    request: Request, held: Resources, view: TaskView, image: Image
) -> dict[str, Any]:
    prompt = view.task.request.prompt
    if image.error is not None or image.blob_key is None:
        error = image.error
        assert error is not None, "a picture without a blob says why"
        return {"prompt": prompt, "error": {"code": error.code, "message": error.message}}
    shown: dict[str, Any] = {"prompt": prompt, "size": str(image.size)}
    if view.task.request.response_format == "b64_json":
        blob = await held.blobs.get(image.blob_key)
        shown["b64_json"] = base64.b64encode(blob.data).decode("ascii")
    else:
        base = held.settings.public_url or str(request.base_url).rstrip("/")
        shown["image_url"] = held.signer.sign(image.blob_key, base, time.time())
    shown["output_format"] = view.task.request.output_format
    return shown


def _header(text: str) -> str:
    """Make any text a header value: one line of ASCII, what is beyond it escaped as in JSON."""
    return json.dumps(text)[1:-1][:1000]
