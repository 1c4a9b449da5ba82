"""Tiny models on disk, and engines over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra: pip install 'seedbed[diffusers]'")
pytest.importorskip("diffusers", reason="needs the extra: pip install 'seedbed[diffusers]'")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of a family's tiny model, built once."""
    import torch

    from tests.unit.diffusers_engine import tiny

    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("models")

    def folder(family: str) -> Path:
        path = root / family
        return path if path.exists() else tiny.save(family, path)

    return folder


@pytest.fixture
async def engine(model: Callable[[str], Path]) -> AsyncIterator[Callable[..., Any]]:
    """Make engines over tiny models; they are closed at the end."""
    from seedbed.engines.diffusers.engine import create

    made = []

    def make(family: str, **options: Any) -> Any:
        one = create({"model": str(model(family)), "pixels": 64 * 64, "steps": 2} | options)
        made.append(one)
        return one

    yield make
    for one in made:
        await one.close()
