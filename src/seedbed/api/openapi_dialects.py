"""What the OpenAPI document says of the Ark and the OpenAI dialect, from what it says of ours."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from seedbed.api import ark, drawing, openai
from seedbed.contract.rules import MAX_N
from seedbed.service.answers import OUTPUT_FORMATS

Schema = dict[str, Any]
Errors = Callable[..., Schema]

ARK_STATUSES = (400, 401, 403, 404, 413, 422, 429, 500)
OPENAI_STATUSES = (400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 504)
MODEL_STATUSES = (400, 401, 403, 404, 429, 500)
DRAWN = "The pictures; or, with `stream`, each event as it happens."
TEXT: Schema = {"type": "string"}
WHEN: Schema = {"type": "integer", "description": "Unix seconds: when it was recorded."}


def describe_dialects(paths: Schema, schemas: Schema, errors: Errors) -> None:
    """Describe both dialects' operations; `errors` words our statuses for an operation."""
    request, answer = schemas["ImageRequest"], schemas["ImageAnswer"]
    picture = _picture(answer["properties"]["data"]["items"])
    schemas |= {
        "ArkRequest": _ark_request(request),
        "ArkAnswer": _ark_answer(picture, answer),
        "ArkError": _error_schema(),
        "OpenAIRequest": _openai_request(request),
        "OpenAIAnswer": _openai_answer(picture, answer),
        "OpenAIModel": _model_schema(),
        "OpenAIError": _error_schema(),
    }
    headers = paths["/seedream/images"]["post"]["responses"]["200"]["headers"]
    key = paths["/seedream/images"]["post"]["parameters"][0]
    for path, said, statuses in (
        ("/api/v3/images/generations", "Ark", ARK_STATUSES),
        ("/v1/images/generations", "OpenAI", OPENAI_STATUSES),
        ("/v1/images/edits", "OpenAI", OPENAI_STATUSES),
    ):
        operation = paths[path]["post"]
        operation["security"] = [{"key": []}]
        operation["parameters"] = [key]
        content: Schema = {"application/json": {"schema": _ref(f"{said}Request")}}
        if path.endswith("edits"):
            content = {
                "multipart/form-data": {"schema": _form(request["properties"]["prompt"])}
            } | content
        operation["requestBody"] = {"required": True, "content": content}
        answered = {
            "application/json": {"schema": _ref(f"{said}Answer")},
            "text/event-stream": {"schema": TEXT},
        }
        good = {"description": DRAWN, "headers": headers, "content": answered}
        operation["responses"] = {"200": good} | _refused(errors, said, statuses)
    listing, showing = paths["/v1/models"]["get"], paths["/v1/models/{model}"]["get"]
    models: Schema = {"type": "array", "items": _ref("OpenAIModel")}
    listed = {"type": "object", "required": ["object", "data"], "properties": {"data": models}}
    for operation, schema in ((listing, listed), (showing, _ref("OpenAIModel"))):
        operation["security"] = [{"key": []}]
        content = {"application/json": {"schema": schema}}
        good = {"description": "The models.", "content": content}
        operation["responses"] = {"200": good} | _refused(errors, "OpenAI", MODEL_STATUSES)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _refused(errors: Errors, said: str, statuses: tuple[int, ...]) -> Schema:
    described = errors(*statuses)
    for response in described.values():
        response["content"] = {"application/json": {"schema": _ref(f"{said}Error")}}
    return described


def _without(schema: Schema, names: tuple[str, ...]) -> Schema:
    kept = deepcopy(schema)
    kept["properties"] = {
        name: one for name, one in kept["properties"].items() if name not in names
    }
    return kept


def _ark_request(request: Schema) -> Schema:
    ours = _without(request, ark.FOREIGN)
    model = ours["properties"]["model"]
    model["type"] = "string"
    model["enum"] = [name for name in model["enum"] if name is not None]
    model.pop("default", None)
    return ours | {"required": ["model"]}


def _openai_request(request: Schema) -> Schema:
    ours = _without(request, (*openai.FOREIGN, "action"))
    ours["properties"]["n"] = {
        "type": ["integer", "null"],
        "minimum": 1,
        "maximum": MAX_N,
        "default": 1,
        "description": "Pictures: so many tries at the prompt.",
    }
    return ours


def _form(prompt: Schema) -> Schema:
    """Describe the files of a form, and its prompt; its other texts are the fields of the JSON."""
    file: Schema = {"type": "string", "format": "binary"}
    return {
        "type": "object",
        "required": ["image", "prompt"],
        "properties": {
            "image": {
                "type": "array",
                "items": file,
                "minItems": 1,
                "description": "The pictures; the part may also be called `image[]`.",
            },
            "mask": file
            | {
                "description": "A PNG of the first picture's size: it changes only where this is "
                "transparent."
            },
            "prompt": prompt,
        },
    }


def _picture(shown: Schema) -> Schema:
    named = {
        drawing.OTHER_NAMES.get(name, name): one
        for name, one in shown["properties"].items()
        if name not in drawing.OUR_OWN
    }
    named["error"] = {
        "type": "object",
        "description": "What went wrong.",
        "required": ["code", "message"],
        "properties": {
            "code": TEXT | {"description": "Which error it is, in the words of the dialect."},
            "message": TEXT | {"description": "What was wrong and what is allowed, for people."},
        },
    }
    described = "A picture, as `url` or `b64_json`; or an `error` in its place."
    return {"type": "object", "description": described, "properties": named}


def _ark_answer(picture: Schema, answer: Schema) -> Schema:
    data = answer["properties"]["data"] | {"items": picture}
    return {
        "type": "object",
        "required": ["model", "created", "data", "usage"],
        "properties": {
            "model": TEXT | {"description": "The model that draws."},
            "created": WHEN,
            "data": data,
            "usage": answer["properties"]["usage"],
        },
    }


def _openai_answer(picture: Schema, answer: Schema) -> Schema:
    usage = deepcopy(answer["properties"]["usage"])
    usage["properties"]["input_tokens"] = {
        "type": "integer",
        "description": "Always 0: what comes in is not counted.",
    }
    without_error = _without(picture, ("error",))
    without_error["properties"]["revised_prompt"] = TEXT | {
        "description": "What was drawn, where the engine has rewritten the prompt."
    }
    formats = {"enum": sorted(OUTPUT_FORMATS.values()), "description": "`jpeg` or `png`."}
    return {
        "type": "object",
        "required": ["created", "data", "usage"],
        "properties": {
            "created": WHEN,
            "data": {
                "type": "array",
                "items": without_error,
                "description": "The pictures that were delivered.",
            },
            "failed": {
                "type": "array",
                "description": "Of several pictures those that failed, each with its index.",
                "items": {"type": "object", "required": ["index", "code", "message"]},
            },
            "size": TEXT | {"description": "Width and height in pixels."},
            "output_format": formats,
            "usage": usage,
        },
    }


def _model_schema() -> Schema:
    return {
        "type": "object",
        "required": ["id", "object", "created", "owned_by"],
        "properties": {
            "id": TEXT | {"description": "The name that answers show."},
            "object": {"const": "model"},
            "created": {"type": "integer", "description": "Unix seconds: the date in its name."},
            "owned_by": TEXT,
        },
    }


def _error_schema() -> Schema:
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "description": "What went wrong.",
                "required": ["code", "message", "param", "type"],
                "properties": {
                    "code": TEXT
                    | {"description": "Which error it is, in the words of the dialect."},
                    "message": TEXT
                    | {"description": "What was wrong and what is allowed, for people."},
                    "param": {
                        "type": ["string", "null"],
                        "description": "The field that it is about.",
                    },
                    "type": TEXT | {"description": "Which kind of error it is."},
                },
            }
        },
    }
