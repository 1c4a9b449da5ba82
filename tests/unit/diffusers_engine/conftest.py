"""Tiny models on disk, and engines over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

NEEDS_EXTRA = "needs the extra: pip install 'seedbed[diffusers]'"
EDGE = 64
"""What the editing pipelines bring pictures to here, in place of 1024, so that tiny is quick."""


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of a family's tiny model, built once."""
    torch = pytest.importorskip("torch", reason=NEEDS_EXTRA)
    pytest.importorskip("diffusers", reason=NEEDS_EXTRA)
    from seedbed.engines.diffusers.loading import library
    from tests.unit.diffusers_engine import tiny

    torch.set_num_threads(1)
    library()
    root = tmp_path_factory.mktemp("models")

    def folder(family: str) -> Path:
        path = root / family
        return path if path.exists() else tiny.save(family, path)

    return folder


@pytest.fixture
def _small_edits(model: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit as single
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as plus

    measure = single.calculate_dimensions
    monkeypatch.setattr(plus, "VAE_IMAGE_SIZE", EDGE * EDGE)
    monkeypatch.setattr(single, "calculate_dimensions", lambda _, ratio: measure(EDGE**2, ratio))


@pytest.fixture
async def engine(
    model: Callable[[str], Path], _small_edits: None
) -> AsyncIterator[Callable[..., Any]]:
    """Make engines over tiny models; they are closed at the end."""
    from seedbed.engines.diffusers.engine import create

    made = []

    def make(family: str, **options: Any) -> Any:
        given = {"model": str(model(family)), "pixels": EDGE * EDGE, "steps": 2, "device": "cpu"}
        made.append(create(given | options))
        return made[-1]

    yield make
    for one in made:
        await one.close()
