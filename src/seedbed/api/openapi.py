"""The OpenAPI document: every field, model rule and error, generated from the contract's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from seedbed.api.openapi_dialects import describe_dialects
from seedbed.contract.capabilities import model_rules_markdown
from seedbed.contract.errors import ALL_ERRORS
from seedbed.contract.fields import ACTIONS, GROUP_MODES, MAX_PROMPT, MAX_URL, RESPONSE_FORMATS
from seedbed.contract.models import DEFAULT_MODEL, MODELS, Model
from seedbed.contract.rules import MAX_PREVIEWS
from seedbed.contract.tasks import ACTIONS as ACTIONS_ON_TASKS
from seedbed.contract.tasks import DEFAULT_LIMIT, MAX_IDS, MAX_LIMIT, MAX_OFFSET, TASK_TYPE
from seedbed.contract.usage import PIXELS_PER_TOKEN
from seedbed.service.answers import COMPLETED, PARTIAL_FAILED, PARTIAL_SUCCEEDED, SHOWN_STATES
from seedbed.settings import Settings
from seedbed.tasks.deliveries import DeliveryState

Schema = dict[str, Any]

DRAWING_STATUSES = (400, 401, 403, 404, 409, 410, 413, 429, 500, 504)
ASKING_STATUSES = (400, 401, 403, 404, 413, 429, 500)
FILE_STATUSES = (403, 404, 500)
PUBLIC = ("/api/v1/models/", "/api/v1/config/", "/api/v1/services/{service}/")
UPLOAD_STATUSES = (400, 401, 403, 413, 429, 500)
BY_MODEL = ", by model: "
"""Begins what a description says of each model."""
ONLY_FOR = " Only for "
"""Begins which models a field is for."""
PARAMETERS = {
    "task_id": "The task, as the request for pictures was answered.",
    "after": "The number of the event seen last, where no header says it.",
    "since": "Unix seconds: callbacks from then on; without it, from now on.",
    "key": "The picture, as its URL names it.",
    "expires": "Until when the URL is valid.",
    "signature": "That this server has made the URL.",
    "application_id": "The application: one's own.",
    "credential_id": "The key, by its id.",
    "token_id": "The platform token, by its id.",
    "name": "Only what has this name.",
    "model": "The model, under any of its names.",
    "limit": "So many of the list.",
    "offset": "After leaving out so many.",
    "service": "The service, by its id or its alias.",
    "owned_by": "Only models of this owner.",
    "type": "Only models of this type.",
    "capability": "Only models that can do this.",
    "with_pricing": "Whether to tell prices.",
}
"""What a parameter of a path or a query means."""
TASK_ID = "The task: ask for it, or cancel it, by this id."
TRACE_ID = "The request in the logs of the server."
TRACE_HEADER: Schema = {
    "X-Trace-Id": {"description": "Id of this request in the logs.", "schema": {"type": "string"}}
}


def document(app: FastAPI, settings: Settings) -> None:
    """Have the app give our document at `/openapi.json`, made once."""

    def openapi() -> Schema:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, settings)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI, settings: Settings) -> Schema:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=_description(settings),
        routes=app.routes,
    )
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key of an application."},
        "platform_token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A platform token of a user, from the console's account page.",
        },
    }
    modelled = components.get("schemas", {})
    components["schemas"] = {
        **{name: one for name, one in modelled.items() if not name.endswith("ValidationError")},
        "Error": _error_schema(),
        "ImageRequest": _request_schema(),
        "ImageAnswer": _answer_schema(),
        "Accepted": _accepted_schema(),
        "StreamEvent": _event_schema(),
        "TaskQuery": _task_query_schema(),
        "Task": _task_schema(),
        "Tasks": {
            "type": "object",
            "required": ["items", "count"],
            "properties": {
                "items": {"type": "array", "items": _ref("Task"), "description": "The tasks."},
                "count": _count("How many there are."),
            },
        },
    }
    paths = schema["paths"]
    _images(paths["/seedream/images"]["post"])
    _tasks(paths)
    describe_dialects(paths, components["schemas"], _errors)
    _files(paths["/files/{key}"])
    _upload(paths["/api/v1/files/"]["post"])
    for path, operations in paths.items():
        if path.startswith("/api/v1/") and path != "/api/v1/files/":
            for operation in operations.values():
                _platform(operation, public=path in PUBLIC)
    text = {"text/plain": {"schema": {"type": "string"}}}
    paths["/metrics"]["get"]["responses"]["200"]["content"] = text
    for path in paths.values():
        for operation in path.values():
            _everywhere(operation)
    return schema


def _description(settings: Settings) -> str:
    return (
        "The SeeDream Images API on your own machine.\n\n"
        "## What each model allows\n\n"
        f"{model_rules_markdown()}\n"
        f"A picture costs {settings.price} credits, unless its model has a price of its own.\n\n"
        "An engine may do less than its models allow; what it does not do is refused with "
        "`api_not_implemented`, and so are `tools`, as long as no search is configured.\n\n"
        "## Errors\n\n| status | code | when | what to do |\n| --- | --- | --- | --- |\n"
        + "\n".join(
            f"| {error.status} | `{error.code}` | {error.when} | {error.advice} |"
            for error in ALL_ERRORS
        )
    )


def _images(operation: Schema) -> None:
    operation["security"] = [{"key": []}]
    operation["requestBody"] = {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/ImageRequest"},
                "example": {"prompt": "three red apples on a wooden table", "size": "1K"},
            }
        },
    }
    operation["parameters"] = [
        _header_parameter(
            "Idempotency-Key",
            "The same key and the same request are the same task for 24 hours, at any number of "
            "requests; the same key with another request is a 409.",
            maxLength=255,
            minLength=1,
            pattern=r"^[ -~]+$",
        ),
        _header_parameter(
            "Prefer", "`wait=SECONDS`: wait no longer than this for the pictures; then the id."
        ),
        _header_parameter(
            "Last-Event-ID",
            "With `stream`: go on after this event of its task instead of making a new one.",
            pattern=r"^[!-~]+:[0-9]{1,9}$",
        ),
    ]
    operation["responses"] = {
        "200": {
            "description": "The pictures; or the id of their task, when the request does not wait "
            "or has waited as long as it may; or, with `stream`, each event on a line.",
            "headers": _answer_headers(),
            "content": {
                "application/json": {"schema": {"anyOf": [_ref("ImageAnswer"), _ref("Accepted")]}},
                **_stream_content(),
            },
        }
    } | _errors(*DRAWING_STATUSES)


def _tasks(paths: Schema) -> None:
    asking = paths["/seedream/tasks"]["post"]
    getting = paths["/seedream/tasks/{task_id}"]["get"]
    following = paths["/seedream/tasks/{task_id}/events"]["get"]
    listening = paths["/seedream/callbacks"]["get"]
    for operation in (asking, getting, following, listening):
        operation["security"] = [{"key": []}]
    asking["requestBody"] = {
        "required": True,
        "content": {
            "application/json": {
                "schema": _ref("TaskQuery"),
                "example": {"id": "0a2c7c1e-58d2-4d3e-9b43-5f5a0f3d7a11", "action": "retrieve"},
            }
        },
    }
    task_or_tasks = {"anyOf": [_ref("Task"), _ref("Tasks")]}
    asking["responses"] = {
        "200": {
            "description": "The task; or with `retrieve_batch`, those that there are.",
            "content": {"application/json": {"schema": task_or_tasks}},
        }
    } | _errors(*ASKING_STATUSES, 409)
    getting["responses"] = {
        "200": {
            "description": "The task.",
            "content": {"application/json": {"schema": _ref("Task")}},
        }
    } | _errors(*ASKING_STATUSES)
    following["parameters"].append(
        _header_parameter("Last-Event-ID", "The event seen last, as `TASK:NUMBER` or `NUMBER`.")
    )
    following["responses"] = {
        "200": {"description": "Each event on a line.", "content": _stream_content()}
    } | _errors(*ASKING_STATUSES)
    listening["responses"] = {
        "200": {
            "description": "Each callback on a line, as it is made; this answer has no end.",
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        }
    } | _errors(*ASKING_STATUSES)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _stream_content() -> Schema:
    return {
        "application/x-ndjson": {"schema": {"type": "string"}},
        "text/event-stream": {"schema": {"type": "string"}},
    }


def _header_parameter(name: str, description: str, **schema: Any) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string"} | schema,
    }


def _files(path: Schema) -> None:
    picture = {"schema": {"type": "string", "format": "binary"}}
    for operation in path.values():
        operation["responses"] = {
            "200": {
                "description": "The picture.",
                "content": {"image/jpeg": picture, "image/png": picture},
            },
            "304": {"description": "The caller has it already."},
        } | _errors(*FILE_STATUSES)


def _upload(operation: Schema) -> None:
    part = {"type": "string", "format": "binary", "description": "The picture."}
    operation["security"] = [{"key": []}]
    operation["requestBody"] = {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": part}}
            }
        },
    }
    text: Schema = {"type": "string"}
    kept = {"file_url": {"type": "string", "format": "uri"}, "mime": text, "size": text}
    operation["responses"] = {
        "200": {
            "description": "The picture is kept; `file_url` can be given as `image`.",
            "content": {
                "application/json": {
                    "schema": {"type": "object", "required": [*kept], "properties": kept}
                }
            },
        }
    } | _errors(*UPLOAD_STATUSES)
    refused: Schema = {
        "type": "object",
        "required": ["error", "detail", "trace_id"],
        "properties": {"error": text, "detail": text, "max_bytes": {"type": "integer"}},
    }
    for status in ("400", "413"):
        content = operation["responses"][status]["content"]["application/json"]
        content["schema"] = {"anyOf": [content["schema"], refused]}


def _platform(operation: Schema, *, public: bool) -> None:
    """Add what the platform's own API refuses, and the token that it wants."""
    for response in operation["responses"].values():
        response["description"] = "Done."
    if public:
        operation["responses"] |= _errors(400, 404)
        return
    operation["security"] = [{"platform_token": []}]
    operation["responses"] |= _errors(400, 401, 403, 404, 413, 429)
    if "delete" in operation["operationId"]:
        operation["responses"]["204"] = {"description": "It is gone."}


def _everywhere(operation: Schema) -> None:
    """Add what every operation has: the trace id, and the error of a server that failed."""
    for parameter in operation.get("parameters", []):
        parameter.setdefault("description", PARAMETERS.get(parameter["name"], ""))
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's own form of a bad request, which is never sent
    responses.setdefault("500", _errors(500)["500"])
    for response in responses.values():
        response["headers"] = response.get("headers", {}) | TRACE_HEADER


def _errors(*statuses: int) -> Schema:
    by_status = defaultdict(list)
    for error in ALL_ERRORS:
        by_status[error.status].append(error)
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    described = {}
    for status in statuses:
        text = " ".join(f"`{error.code}`: {error.when}" for error in by_status[status])
        described[str(status)] = {"description": text, "content": answer}
    if "429" in described:
        described["429"]["headers"] = {
            "Retry-After": {
                "description": "Seconds to wait.",
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return described


def _answer_headers() -> Schema:
    texts = {
        "X-Seedbed-Task": "Id of the task; the answer names it too.",
        "X-Seedbed-Ignored": "Fields of the request that nobody knows.",
        "X-Seedbed-Understood": "What the engine understood of the prompt.",
        "X-Should-Retry": "`false`: the task exists, and sending the request again is a new one.",
        "Link": "Where to ask for the task.",
        "Idempotent-Replayed": "`true`: this is the task of an earlier request with the same key.",
    }
    return {
        name: {"description": text, "schema": {"type": "string"}} for name, text in texts.items()
    }


def _request_schema() -> Schema:
    return {
        "type": "object",
        "description": "Unknown fields are ignored and named in a header; null is absent.",
        "properties": _properties(),
        "allOf": [_needs_a_prompt(), *(rule for model in MODELS for rule in _rules_of(model))],
    }


def _needs_a_prompt() -> Schema:
    layers: Schema = {"properties": {"layer_decomposition": {"const": True}}}
    return {"if": layers | {"required": ["layer_decomposition"]}, "else": {"required": ["prompt"]}}


def _properties() -> Schema:
    names = [name for model in MODELS for name in (model.id, *model.aliases)]
    formats = sorted({form for model in MODELS for form in model.output_formats})
    return {
        "prompt": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_PROMPT,
            "pattern": r"\S",
            "description": "What to draw. A ratio or format in its words shapes a preset size.",
        },
        "model": _optional(
            {"type": "string", "enum": names, "default": DEFAULT_MODEL.aliases[0]},
            "The model, under any of its names.",
        ),
        "action": _optional({"type": "string", "enum": list(ACTIONS)}, "`edit` needs an image."),
        "size": _optional(
            {"type": "string", "pattern": r"^(1K|1\.5K|2K|3K|4K|adaptive|auto|[0-9]+x[0-9]+)$"},
            _each("Preset or `WIDTHxHEIGHT`", lambda model: " ".join([*model.size.presets, "WxH"])),
        ),
        "seed": _optional(
            {"type": "integer", "minimum": -1, "maximum": 2**31 - 1},
            _some("Decides the picture; -1 or none is a fresh one each time.", "seed"),
        ),
        "guidance_scale": _optional(
            {"type": "number", "minimum": 1, "maximum": 10},
            _some("How literally the prompt is taken.", "guidance_scale"),
        ),
        "response_format": _optional(
            {"type": "string", "enum": list(RESPONSE_FORMATS), "default": "url"},
            "A signed URL, or the picture itself as base64.",
        ),
        "output_format": _optional(
            {"type": "string", "enum": formats},
            _each("Encoding", lambda model: " or ".join(model.output_formats)),
        ),
        "watermark": _optional(
            {"type": "boolean", "default": True}, "Write “AI generated” at the bottom right."
        ),
        "sequential_image_generation": _optional(
            {"type": "string", "enum": list(GROUP_MODES), "default": GROUP_MODES[0]},
            _some("`auto` draws a group: as many pictures as the prompt asks for.", "sequential"),
        ),
        "sequential_image_generation_options": _optional(
            {"type": "object", "properties": {"max_images": _group_size()}},
            "The most pictures that a group may have.",
        ),
        "stream": _optional(
            {"type": "boolean", "default": False},
            _some(
                "Send each picture as soon as it is finished, as a line of JSON or, with `Accept: "
                "text/event-stream`, as a server-sent event. Not with `async` or `callback_url`.",
                "stream",
            ),
        ),
        "async": _optional(
            {"type": "boolean", "default": False},
            "Answer at once with the task's id; `POST /seedream/tasks` tells how it goes.",
        ),
        "callback_url": _optional(
            {"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": MAX_URL},
            "Answer at once, and send the result here when the task has ended: signed, again and "
            "again until a 2xx.",
        ),
        "image": _optional(
            {"type": ["string", "array"], "items": {"type": "string"}},
            _each(
                "Pictures to work on, each an http(s) URL, a data URI or base64; how many",
                lambda model: _span(model.images.min, model.images.max),
            ),
        ),
        "mask": _optional(
            {"type": "string"},
            "A PNG of the first picture's size: it changes only where this is transparent.",
        ),
        "partial_images": _optional(
            {"type": "integer", "minimum": 0, "maximum": MAX_PREVIEWS, "default": 0},
            "Previews of each picture in a stream, where the engine has them.",
        ),
        "background": _optional(
            {"type": "string", "enum": ["opaque", "transparent"]},
            _some("`transparent` cuts the subject of a PNG with alpha out.", "backgrounds"),
        ),
        "layer_decomposition": _optional(
            {"type": "boolean", "default": False},
            _some("Take one picture apart into a base and layers.", "layer_decomposition"),
        ),
        "optimize_prompt_options": _optional(
            {"type": "object", "properties": {"mode": _rewriting()}},
            _some("Have the prompt rewritten first.", "optimize_prompt_modes"),
        ),
        "tools": _optional(
            {"type": "array", "items": {"type": "object"}},
            _some("Refused as long as no search is configured.", "tools"),
        ),
    }


def _span(least: int, most: int) -> str:
    return str(most) if least == most else f"{least} to {most}"


def _rewriting() -> Schema:
    modes = dict.fromkeys(mode for model in MODELS for mode in model.optimize_prompt_modes)
    told = "How: `standard` says where, in what light and mood; `fast` says only where."
    return {"type": ["string", "null"], "enum": [*modes, None], "description": told}


def _group_size() -> Schema:
    sizes = [model.sequential for model in MODELS if model.sequential is not None]
    return {
        "type": ["integer", "null"],
        "minimum": min(size.min for size in sizes),
        "maximum": max(size.max for size in sizes),
        "default": max(size.default for size in sizes),
        "description": "So many.",
    }


def _optional(schema: Schema, description: str) -> Schema:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    allowed = schema | {"type": [*kinds, "null"], "description": description}
    if "enum" in schema:
        allowed["enum"] = [*schema["enum"], None]
    return allowed


def _each(text: str, value: Callable[[Model], str]) -> str:
    return text + BY_MODEL + "; ".join(f"`{m.id}` {value(m)}" for m in MODELS) + "."


def _some(text: str, name: str) -> str:
    having = ", ".join(f"`{model.id}`" for model in MODELS if getattr(model, name))
    return f"{text}{ONLY_FOR}{having}."


def _rules_of(model: Model) -> list[Schema]:
    """Say which fields a model does not take, in a form that programs can check."""
    barred = [name for name in ("seed", "guidance_scale") if getattr(model, name) is None]
    if len(model.output_formats) == 1:
        barred.append("output_format")
    if not barred:
        return []
    named: Schema = {"properties": {"model": {"enum": [model.id, *model.aliases]}}}
    if model is not DEFAULT_MODEL:
        named["required"] = ["model"]
    else:
        named["properties"]["model"]["enum"].append(None)
    return [{"if": named, "then": {"properties": {name: {"type": "null"} for name in barred}}}]


def _identity(description: str) -> Schema:
    return {"type": "string", "format": "uuid", "description": description}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _answer_schema() -> Schema:
    return {
        "type": "object",
        "required": ["success", "task_id", "trace_id", "data", "usage"],
        "properties": {
            "success": {"const": True},
            "task_id": _identity(TASK_ID),
            "trace_id": _identity(TRACE_ID),
            "data": {
                "type": "array",
                "minItems": 1,
                "items": _picture_schema(),
                "description": "The pictures, or an error in the place of each that failed.",
            },
            "usage": {
                "type": "object",
                "description": "What is charged.",
                "required": ["generated_images", "output_tokens", "total_tokens"],
                "properties": {
                    "generated_images": _count("Pictures that were delivered."),
                    "output_tokens": _count(f"All their pixels over {PIXELS_PER_TOKEN}."),
                    "total_tokens": _count("The same."),
                    "input_images": _count("Pictures that came in, where the model counts them."),
                },
            },
        },
    }


def _accepted_schema() -> Schema:
    return {
        "type": "object",
        "description": "The task is recorded and goes on.",
        "required": ["task_id", "trace_id"],
        "properties": {"task_id": _identity(TASK_ID), "trace_id": _identity(TRACE_ID)},
        "additionalProperties": False,
    }


def _event_schema() -> Schema:
    return {
        "type": "object",
        "description": "One line of a stream. The last is `image_generation.completed`.",
        "required": ["type", "task_id", "trace_id", "sequence"],
        "properties": {
            "type": {
                "enum": [PARTIAL_SUCCEEDED, PARTIAL_FAILED, COMPLETED],
                "description": "What has happened.",
            },
            "task_id": _identity(TASK_ID),
            "trace_id": _identity(TRACE_ID),
            "sequence": {
                "type": "integer",
                "minimum": 1,
                "description": "The number of the event within its task.",
            },
            "model": {"type": "string", "description": "The model that draws."},
            "image_index": _count("Which picture it is, from 0."),
            "data": {
                "type": "array",
                "items": _picture_schema(),
                "description": "The picture that has succeeded.",
            },
            "error": _ref("Error/properties/error"),
            "success": {
                "type": "boolean",
                "description": "At the end: whether there is a picture.",
            },
            "usage": _ref("ImageAnswer/properties/usage"),
        },
    }


def _task_query_schema() -> Schema:
    word: Schema = {"type": ["string", "null"], "maxLength": 200, "pattern": "^[ -~]*$"}
    words: Schema = {
        "type": ["array", "null"],
        "items": {"type": "string", "pattern": r"^[^\u0000]*$"},
        "maxItems": MAX_IDS,
    }
    moment: Schema = {"type": ["number", "null"]}
    return {
        "type": "object",
        "properties": {
            "action": {
                "enum": [*ACTIONS_ON_TASKS, None],
                "default": ACTIONS_ON_TASKS[0],
                "description": "What to do.",
            },
            "id": word | {"description": "The task, for `retrieve` and `cancel`."},
            "trace_id": word | {"description": "Instead of `id`: the request that made the task."},
            "ids": words | {"description": "The tasks, for `retrieve_batch`."},
            "trace_ids": words | {"description": "Instead of `ids`."},
            "limit": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": MAX_LIMIT,
                "default": DEFAULT_LIMIT,
                "description": "`retrieve_batch` without ids lists the newest tasks: so many.",
            },
            "offset": {
                "type": ["integer", "null"],
                "minimum": 0,
                "maximum": MAX_OFFSET,
                "description": "Tasks of the list to leave out.",
            },
            "created_at_min": moment | {"description": "Unix seconds: only tasks since then."},
            "created_at_max": moment | {"description": "Unix seconds: only tasks until then."},
            "type": word | {"description": f"Only tasks of this type; all are `{TASK_TYPE}`."},
            "application_id": word | {"description": "Only tasks of this application: your own."},
            "user_id": word | {"description": "Only tasks of this user: yourself."},
        },
        "anyOf": [
            {"required": ["id"], "properties": {"id": {"type": "string"}}},
            {"required": ["trace_id"], "properties": {"trace_id": {"type": "string"}}},
            {"required": ["ids"], "properties": {"ids": {"type": "array"}}},
            {"required": ["trace_ids"], "properties": {"trace_ids": {"type": "array"}}},
            {"required": ["action"], "properties": {"action": {"const": "retrieve_batch"}}},
        ],
    }


def _task_schema() -> Schema:
    moment: Schema = {"type": "number"}
    return {
        "type": "object",
        "description": "A task; until it has ended there is no `response`.",
        "required": ["id", "type", "state", "progress", "request", "created_at", "trace_id"],
        "properties": {
            "id": _identity(TASK_ID),
            "type": {"const": TASK_TYPE},
            "application_id": _identity("The application that pays."),
            "credential_id": {"type": ["string", "null"], "description": "The key that was used."},
            "user_id": _identity("The user whose application it is."),
            "trace_id": {"type": "string", "description": TRACE_ID},
            "state": {
                "enum": list(dict.fromkeys(SHOWN_STATES.values())),
                "description": "How far it is.",
            },
            "progress": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "The share that is done.",
            },
            "engine": {"type": "string", "description": "The engine that made its pictures."},
            "understood": {
                "type": "string",
                "description": "What the engine understood of the prompt.",
            },
            "queue_position": _count("Until it has ended: the tasks before it."),
            "estimated_seconds": {
                "type": "number",
                "minimum": 0,
                "description": "Until it has ended: seconds to go, by the pace of late.",
            },
            "request": {
                "type": "object",
                "description": "What was asked, without what ends in `url`.",
            },
            "created_at": moment | {"description": "Unix seconds: when it was recorded."},
            "started_at": moment | {"description": "Unix seconds: when drawing began."},
            "finished_at": moment | {"description": "Unix seconds: when it ended."},
            "elapsed": {"type": "number", "description": "Seconds from start to end."},
            "response": {
                "type": "object",
                "description": "What a waiting caller gets: the pictures, or the error.",
                "required": ["success", "task_id", "trace_id"],
            },
            "callback": {
                "type": "object",
                "description": "What became of the callback, where one was asked for.",
                "required": ["id", "state", "attempts"],
                "properties": {
                    "id": {"type": "string", "description": "Its `webhook-id`."},
                    "state": {
                        "enum": [str(state) for state in DeliveryState],
                        "description": "How far it is.",
                    },
                    "attempts": _count("Attempts that were made."),
                    "reason": {"type": "string", "description": "Why it was given up."},
                },
            },
        },
    }


def _picture_schema() -> Schema:
    return {
        "type": "object",
        "description": "A picture, as `image_url` or `b64_json`; or an `error` in its place.",
        "required": ["prompt"],
        "properties": {
            "prompt": {"type": "string", "description": "What was drawn."},
            "size": {
                "type": "string",
                "pattern": "^[0-9]+x[0-9]+$",
                "description": "Width and height in pixels.",
            },
            "image_url": {
                "type": "string",
                "format": "uri",
                "description": "Where the picture is, until the URL expires.",
            },
            "b64_json": {
                "type": "string",
                "description": "The picture itself as base64, where that was asked for.",
            },
            "output_format": {"type": "string", "description": "`jpeg` or `png`."},
            "z_index": _count("Of a layer: its place in the stack; 0 is the base."),
            "name": {"type": "string", "description": "Of a layer: what it shows."},
            "description": {"type": "string", "description": "Of a layer: the same at length."},
            "bounding_box": {
                "type": "object",
                "description": "Of a layer: its left, top, right and bottom edges.",
                "required": ["absolute", "normalized"],
                "properties": {
                    "absolute": _box_schema("In pixels of the base."),
                    "normalized": _box_schema("In thousandths of the base."),
                },
            },
            "error": {"$ref": "#/components/schemas/Error/properties/error"},
        },
    }


def _box_schema(description: str) -> Schema:
    edge: Schema = {"type": "integer", "minimum": 0}
    four: Schema = {"type": "array", "minItems": 4, "maxItems": 4, "items": edge}
    return four | {"description": description}


def _error_schema() -> Schema:
    codes = sorted({error.code for error in ALL_ERRORS})
    return {
        "type": "object",
        "required": ["success", "error", "trace_id"],
        "properties": {
            "success": {"const": False},
            "error": {
                "type": "object",
                "description": "What went wrong.",
                "required": ["code", "message"],
                "properties": {
                    "code": {
                        "type": "string",
                        "enum": codes,
                        "description": "Which [error](/docs/errors) it is.",
                    },
                    "message": {
                        "type": "string",
                        "description": "What was wrong and what is allowed, for people.",
                    },
                },
            },
            "trace_id": _identity(TRACE_ID),
        },
    }
