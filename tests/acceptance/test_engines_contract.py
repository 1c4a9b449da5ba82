"""The engines' contract over the upstream engines, each before a live second Seedbed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from seedbed.engines.contract import EngineContract
from seedbed.engines.upstream import ark, openai, seedream
from tests.acceptance.server import Server

NOWHERE = "http://127.0.0.1:1"
KEY = "KEY_OF_THE_SECOND"


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"workers": "2", "rate_limit": "100000", "poll_limit": "100000"}
    server = Server(tmp_path_factory.mktemp("second") / "data", settings).start()
    yield server
    server.stop()


class Upstream(EngineContract):
    """What the three have in common."""

    path: ClassVar[str] = ""
    """Where the second Seedbed speaks the dialect."""
    unavailable: ClassVar[Mapping[str, Any]] = {"base_url": NOWHERE, "key_env": KEY}
    wrong_options = ({"colour": "red"}, {"base_url": "nowhere"}, {"concurrency": 0})
    untried = frozenset({"tools"})  # the second Seedbed has no web search
    is_deterministic = False
    size = (1280, 800)

    @pytest.fixture(autouse=True)
    def _before_the_second(self, second: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(KEY, second.key)
        options = {"base_url": second.url + self.path, "key_env": KEY}
        monkeypatch.setattr(type(self), "options", options)


class TestSeedream(Upstream):
    make = staticmethod(seedream.create)


class TestArk(Upstream):
    make = staticmethod(ark.create)
    path = "/api/v3"
    untried = Upstream.untried | {"optimize_prompt_options"}  # Ark tells no prompt


class TestOpenAI(Upstream):
    make = staticmethod(openai.create)
    path = "/v1"
