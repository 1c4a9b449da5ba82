"""The engine `seedream`: any server of this same API, the hosted one or another Seedbed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seedbed.engines.engine import Engine, EngineDescription
from seedbed.engines.upstream.events import NDJSON
from seedbed.engines.upstream.options import (
    Option,
    boolean,
    choice,
    connection,
    link_of,
    read_options,
)
from seedbed.engines.upstream.passthrough import FEATURES, PassThrough, Wire

OPTIONS = (
    *connection("https://api.acedata.cloud", "SEEDREAM_API_KEY"),
    Option(
        "response_format",
        "url",
        "How pictures are asked for: `url`, downloaded at once, or `b64_json`, inside the answer.",
        choice("url", "b64_json"),
    ),
    Option(
        "idempotent",
        False,
        "Whether the upstream honours `Idempotency-Key`, as another Seedbed does: a task whose "
        "process died is then sent again, to it alone, and is neither drawn nor charged twice.",
        boolean,
    ),
)


def create(options: Mapping[str, Any]) -> Engine:
    """Create the engine; raise ValueError for a wrong option."""
    values = read_options("seedream", OPTIONS, options)
    link = link_of("seedream", values)
    description = EngineDescription(
        name="seedream",
        summary="Another server of the SeeDream Images API.",
        features=FEATURES,
        concurrency=link.concurrency,
        repeatable=values["idempotent"],
        sticky=values["idempotent"],
        chooses_count=True,
    )
    wire = Wire(
        "/seedream/images",
        NDJSON,
        tasks_path="/seedream/tasks",
        response_format=values["response_format"],
        is_idempotent=values["idempotent"],
    )
    return PassThrough(description, link, wire)
