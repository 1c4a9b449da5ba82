"""The facts of the manual: all that its pages fill in, from the tables that the API works by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any, Literal

from seedbed.api.drawing import MAX_KEY
from seedbed.api.refusals import ARK, OPENAI
from seedbed.console.docs.schema import Wire
from seedbed.console.docs.words import Say, duration, mebibytes, speaker
from seedbed.console.visitor import Language
from seedbed.contract import sources
from seedbed.contract.errors import ALL_ERRORS, ApiError, error_of
from seedbed.contract.fields import MAX_PROMPT, MAX_URL
from seedbed.contract.models import DEFAULT_MODEL, LARGEST_INPUT, MODELS
from seedbed.contract.ratios import RATIOS
from seedbed.contract.request import SET_SIZE
from seedbed.contract.tasks import DEFAULT_LIMIT, MAX_IDS, MAX_LIMIT
from seedbed.contract.usage import PIXELS_PER_TOKEN
from seedbed.service.answers import COMPLETED, PARTIAL_FAILED, PARTIAL_SUCCEEDED, SHOWN_STATES
from seedbed.service.inputs import REDIRECTS
from seedbed.settings import PREFIX, Settings
from seedbed.tasks.deliverer import GONE, JITTER, TIMEOUT_SECONDS
from seedbed.tasks.deliveries import DeliveryState
from seedbed.tasks.drills import DRILLS
from seedbed.tasks.idempotency import KEPT_SECONDS

Kind = Literal["count", "seconds", "bytes", "credits"]

LIMITS: Mapping[str, Kind] = {
    "rate_limit": "count",
    "poll_limit": "count",
    "max_unfinished_tasks": "count",
    "login_limit": "count",
    "max_request_bytes": "bytes",
    "input_timeout": "seconds",
    "wait_timeout": "seconds",
    "keep_alive": "seconds",
    "task_timeout": "seconds",
    "max_attempts": "count",
}
"""The settings that bound what a caller may ask, and how long things take."""
KEPT: Mapping[str, Kind] = {
    "url_ttl": "seconds",
    "task_retention": "seconds",
    "picture_retention": "seconds",
}
"""Those that say how long things are kept."""
MONEY: Mapping[str, Kind] = {"price": "credits", "quota": "credits", "grant": "credits"}


@dataclass(frozen=True, slots=True)
class Limit:
    """A setting, as this server has it."""

    variable: str
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the API."""

    code: str
    status: int
    when: str
    advice: str


def facts(
    settings: Settings, document: Mapping[str, Any], language: Language, say: Say | None = None
) -> dict[str, Any]:
    """Give all that a page may name."""
    say = say or speaker(language)
    wire = Wire(document, say)
    lasting = partial(duration, language=language)
    limits = partial(_limits, settings, lasting, say)
    return {
        "say": say,
        "code": _code,
        "duration": lasting,
        "mebibytes": mebibytes,
        "settings": settings,
        "operations": wire.operations(),
        "objects": wire.objects(),
        "errors": [_refusal(error, say) for error in ALL_ERRORS],
        "dialect_errors": _dialect_errors(),
        "models": MODELS,
        "default_model": DEFAULT_MODEL,
        "largest_input": LARGEST_INPUT,
        "ratios": RATIOS,
        "limits": limits(LIMITS),
        "kept": limits(KEPT),
        "money": limits(MONEY),
        "prices": {model.id: f"{settings.price_of(model.id):f}" for model in MODELS},
        "states": tuple(dict.fromkeys(SHOWN_STATES.values())),
        "delivery_states": tuple(str(state) for state in DeliveryState),
        "events": {
            "succeeded": PARTIAL_SUCCEEDED,
            "failed": PARTIAL_FAILED,
            "completed": COMPLETED,
        },
        "drills": {name: say(text) for name, text in DRILLS.items()},
        "callbacks": {
            "retries": [lasting(delay) for delay in settings.callback_retries],
            "attempts": len(settings.callback_retries) + 1,
            "span": lasting(sum(settings.callback_retries)),
            "jitter": f"{JITTER:.0%}",
            "timeout": lasting(TIMEOUT_SECONDS),
            "gone": GONE,
        },
        "most": {
            "prompt": MAX_PROMPT,
            "callback_url": MAX_URL,
            "image_url": sources.MAX_URL,
            "idempotency_key": MAX_KEY,
            "ids": MAX_IDS,
            "listed": MAX_LIMIT,
            "redirects": REDIRECTS,
        },
        "default_listed": DEFAULT_LIMIT,
        "key_kept": lasting(KEPT_SECONDS),
        "set_size": SET_SIZE,
        "pixels_per_token": PIXELS_PER_TOKEN,
    }


def _limits(
    settings: Settings, lasting: Callable[[float], str], say: Say, table: Mapping[str, Kind]
) -> Sequence[Limit]:
    write: Mapping[Kind, Callable[[Any], str]] = {
        "count": "{:,}".format,
        "seconds": lambda seconds: _both(f"{seconds:,.12g}", lasting(seconds)),
        "bytes": lambda count: _both(f"{count:,}", mebibytes(count)),
        "credits": "{:f}".format,
    }
    return [
        Limit(
            PREFIX + name.upper(),
            say(str(Settings.model_fields[name].description)),
            write[kind](getattr(settings, name)),
        )
        for name, kind in table.items()
    ]


def _both(raw: str, shown: str) -> str:
    """Write a value as it is set and as people say it, where that is not the same."""
    return shown if shown.startswith(f"{raw}\N{NO-BREAK SPACE}") else f"{raw} ({shown})"


def _refusal(error: type[ApiError], say: Say) -> Refusal:
    return Refusal(error.code, error.status, say(error.when), say(error.advice))


def _dialect_errors() -> list[tuple[str, str, int, str, int]]:
    """List each code of ours, then Ark's and OpenAI's code and status."""
    listed = []
    for key, ark in ARK.items():
        status, openai = error_of(key.partition(".")[0], "").status, OPENAI[key]
        listed.append((key, ark.code, ark.status or status, openai.code, openai.status or status))
    return listed


def _code(name: str) -> str:
    """Give a piece of code that a page shows, as the tests run it."""
    return files("seedbed.console.docs").joinpath("code", name).read_text("utf-8").rstrip()
