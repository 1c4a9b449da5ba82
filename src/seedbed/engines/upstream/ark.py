"""The engine `ark`: the real Seedream, through Volcengine Ark or BytePlus ModelArk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seedbed.engines.engine import Engine, EngineDescription
from seedbed.engines.upstream.events import SSE
from seedbed.engines.upstream.options import Option, choice, connection, link_of, read_options
from seedbed.engines.upstream.passthrough import FEATURES, PassThrough, Wire

OPTIONS = (
    *connection("https://ark.cn-beijing.volces.com/api/v3", "ARK_API_KEY"),
    Option(
        "response_format",
        "url",
        "How pictures are asked for: `url`, downloaded at once, or `b64_json`, inside the answer.",
        choice("url", "b64_json"),
    ),
)


def create(options: Mapping[str, Any]) -> Engine:
    """Create the engine; raise ValueError for a wrong option."""
    values = read_options("ark", OPTIONS, options)
    link = link_of("ark", values)
    description = EngineDescription(
        name="ark",
        summary="Seedream itself, through Volcengine Ark or BytePlus ModelArk.",
        features=FEATURES,
        concurrency=link.concurrency,
        repeatable=False,
        chooses_count=True,
    )
    wire = Wire("/images/generations", SSE, response_format=values["response_format"])
    return PassThrough(description, link, wire)
