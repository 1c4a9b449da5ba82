"""The engines' contract, over a tiny model that draws from words and one that edits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

pytest.importorskip("diffusers", reason="needs the extra: pip install 'seedbed[diffusers]'")

from seedbed.engines.contract import EngineContract
from seedbed.engines.diffusers.engine import create
from seedbed.engines.engine import Engine
from tests.unit.diffusers_engine.jobs import TOLERANCE


class _OverTiny(EngineContract):
    family: ClassVar[str]
    unavailable: ClassVar[Mapping[str, Any]] = {"profile": "sd-turbo", "cache_dir": "nowhere"}
    wrong_options = ({"no such option": 1}, {"profile": "nothing"})
    size = (96, 64)
    beside_others = TOLERANCE

    @pytest.fixture(autouse=True)
    def _folder(self, model: Callable[[str], Path]) -> None:
        self.folder = model(self.family)

    def make(self, options: Mapping[str, Any]) -> Engine:
        if options:
            return create(options)
        return create({"model": str(self.folder), "pixels": 64 * 64, "steps": 2, "device": "cpu"})


class TestWords(_OverTiny):
    family = "stable_diffusion_xl"
    most_images = 1


class TestEdits(_OverTiny):
    family = "flux2_klein"
