"""The engines' contract: every engine of ours passes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from seedbed.engines.contract import EngineContract
from seedbed.engines.engine import Engine
from seedbed.engines.sketch.engine import create as create_sketch
from seedbed.engines.upstream import ark, openai, seedream
from tests.acceptance.plugin.slate import create as create_slate
from tests.engines import create as create_grey
from tests.upstream import BASES, KEY, in_a_thread


class TestSketch(EngineContract):
    make = staticmethod(create_sketch)


class TestGrey(EngineContract):
    make = staticmethod(create_grey)
    unavailable: ClassVar[Mapping[str, Any]] = {"script": "unavailable"}
    varies = False


class TestSlate(EngineContract):
    make = staticmethod(create_slate)
    refused = ({"prompt": "refuse this"},)
    varies = False


class Upstream(EngineContract):
    """An engine in front of a stand-in for its upstream."""

    kind: ClassVar[str]
    create: ClassVar[Any]
    unavailable: ClassVar[Mapping[str, Any]] = {"base_url": "http://127.0.0.1:1"}
    is_deterministic = False
    size = (64, 48)
    ratio_slack = 1.0
    """Where no caller wrote a size, the upstream decides; this one draws all pictures alike."""
    base_url = ""

    @pytest.fixture(autouse=True)
    def _stand_in(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("THE_KEY", KEY)
        with in_a_thread("png") as upstream:
            self.base_url = upstream.url + BASES[self.kind]
            yield

    def make(self, options: Mapping[str, Any]) -> Engine:
        engine: Engine = self.create({"base_url": self.base_url, "key_env": "THE_KEY", **options})
        return engine


class TestArk(Upstream):
    kind = "ark"
    create = staticmethod(ark.create)
    untried = frozenset({"optimize_prompt_options"})
    """Ark rewrites prompts, and does not tell how."""


class TestSeedream(Upstream):
    kind = "seedream"
    create = staticmethod(seedream.create)


class TestOpenAI(Upstream):
    kind = "openai"
    create = staticmethod(openai.create)
    options: ClassVar[Mapping[str, Any]] = {"transparent": True}


del Upstream  # it is no engine by itself
