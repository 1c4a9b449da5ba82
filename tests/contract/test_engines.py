"""The engines' contract: every engine of ours passes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from seedbed.engines.contract import EngineContract
from seedbed.engines.sketch.engine import create as create_sketch
from tests.acceptance.plugin.slate import create as create_slate
from tests.engines import create as create_grey


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
