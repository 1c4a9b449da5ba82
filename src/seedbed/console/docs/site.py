"""The pages of the manual at `/docs`, for anybody."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response

from seedbed.api.access import Held
from seedbed.console.docs.manual import HOME, PAGES, Manual
from seedbed.console.pages import show
from seedbed.console.visitor import Anybody, Visitor
from seedbed.contract.errors import NotFound
from seedbed.resources import Resources

router = APIRouter(prefix="/docs", include_in_schema=False)


@router.get("")
async def home(request: Request, held: Held, visitor: Anybody) -> Response:
    """Show what the manual holds, and the shortest way to a picture."""
    return _shown(request, held, visitor, HOME)


@router.get("/{name}")
async def page(request: Request, held: Held, visitor: Anybody, name: str) -> Response:
    """Show a page of the manual; raise `NotFound` for one that it has not."""
    if name not in PAGES:
        raise NotFound(f"The manual has no page {name[:40]!r}; /docs lists them all.")
    return _shown(request, held, visitor, name)


def _shown(request: Request, held: Resources, visitor: Visitor, name: str) -> Response:
    manual = _manual(request, held)
    base_url = held.base_url(request.base_url)
    return show(
        request,
        held,
        visitor,
        "docs.html",
        page=manual.page(name, visitor.language, base_url),
        shelf=manual.titles(visitor.language),
    )


def _manual(request: Request, held: Resources) -> Manual:
    """Give the manual of this server, written when it is first asked for."""
    state = request.app.state
    if not hasattr(state, "manual"):
        state.manual = Manual(held.settings, request.app.openapi())
    return cast(Manual, state.manual)
