"""Pages: templates, in the visitor's language, with headers that let nothing foreign in."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from seedbed import __version__
from seedbed.accounts.credits import to_credits
from seedbed.console.visitor import Visitor, local_path, remember
from seedbed.resources import Resources

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def show(
    request: Request,
    held: Resources,
    visitor: Visitor,
    template: str,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """Render a page for a visitor."""
    text = (
        _environment()
        .get_template(template)
        .render(
            visitor=visitor,
            path=request.url.path,
            base_url=held.base_url(request.base_url),
            settings=held.settings,
            version=__version__,
            t=translator(visitor.language),
            **values,
        )
    )
    response = HTMLResponse(text, status, HEADERS)
    if visitor.is_new:
        remember(response, request, held, visitor.token)
    return response


def go(path: str) -> RedirectResponse:
    """Send the browser on, after a change, to a page of this site."""
    return RedirectResponse(local_path(path), 303, HEADERS)


@cache
def translations() -> dict[str, str]:
    """Give the Chinese of every text of the console, by its English."""
    text = files("seedbed.console").joinpath("zh.toml").read_text("utf-8")
    return {str(key): str(value) for key, value in tomllib.loads(text).items()}


def translator(language: str) -> Callable[..., str]:
    """Give what turns an English text, and values in it, into the visitor's language."""
    words = translations() if language == "zh" else {}

    def translate(text: str, **values: object) -> str:
        said = words.get(text, text)
        return said.format(**values) if values else said

    return translate


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _signed(micros: int) -> str:
    """Write a movement of micro-credits with its sign; nothing for none."""
    return f"{to_credits(micros):+f}" if micros else ""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("seedbed.console"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": _day, "signed": _signed, "credits": to_credits}
    return environment
