"""A mock upstream, and engines that lead to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from seedbed.engines.engine import Engine
from seedbed.engines.upstream import ark, openai, passthrough, pictures, seedream
from tests.upstream import KEY, Upstream

CREATE: dict[str, Callable[[dict[str, Any]], Engine]] = {
    "ark": ark.create,
    "seedream": seedream.create,
    "openai": openai.create,
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once what is tried again after a while."""
    monkeypatch.setattr(pictures, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(passthrough, "FIRST_POLL", 0.01)
    for name in ("ARK_API_KEY", "SEEDREAM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, KEY)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        yield upstream


@pytest.fixture
async def lead(upstream: Upstream) -> AsyncIterator[Callable[..., Engine]]:
    """Create an engine of a kind that leads to the mock upstream."""
    async with AsyncExitStack() as opened:

        def create(kind: str, **options: Any) -> Engine:
            engine = CREATE[kind]({"base_url": upstream.base_url(kind)} | options)
            opened.push_async_callback(engine.close)
            return engine

        yield create
