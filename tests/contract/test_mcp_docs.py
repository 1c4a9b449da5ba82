"""`docs/mcp.md` and the manual against the code: tools, snippets and the endpoint."""

from __future__ import annotations

import json
import re
import typing
from pathlib import Path

import pytest

from seedbed import cli
from seedbed.app import create_app
from seedbed.console.docs.manual import BASE, Manual
from seedbed.console.visitor import Language
from seedbed.contract.capabilities import describe_model
from seedbed.contract.models import MODELS
from seedbed.mcp.arguments import GET_TASK, IMAGE, WAIT, drawing_tools, read_call
from seedbed.mcp.http import PATH
from seedbed.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text()


def test_the_table_names_every_tool_and_argument() -> None:
    rows = re.findall(r"^\| `(\w+_\w+)` \| (.+) \|$", PAGE, re.MULTILINE)
    written = {name: re.findall(r"`(\w+)`", arguments) for name, arguments in rows}
    assert written == {
        tool.name: list(tool.schema(60)["properties"]) for tool in (*drawing_tools(IMAGE), GET_TASK)
    }


def test_the_snippets_start_a_command_that_is_there_and_name_the_endpoint() -> None:
    stdio, http = (
        json.loads(code)["mcpServers"]["seedbed"]
        for code in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    )
    assert stdio["args"] == ["mcp"]
    assert "mcp" in [command.name for command in cli.app.registered_commands]
    assert {name.removeprefix("SEEDBED_").lower() for name in stdio["env"]} <= set(
        Settings.model_fields
    )
    assert http["url"].endswith(f":{Settings().port}{PATH}")


def test_a_wait_is_as_written() -> None:
    assert f"({WAIT:g} unless told" in PAGE


def test_every_argument_is_described_and_becomes_fields_that_the_api_knows() -> None:
    from seedbed.contract.fields import unknown_fields

    samples: dict[str, object] = {"string": "x", "integer": 1, "number": 1, "boolean": True}
    for tool in drawing_tools(IMAGE):
        schema = tool.schema(60)
        assert all(one["description"] for one in schema["properties"].values())
        arguments = {
            name: samples.get(typing.cast(str, one["type"]), ["x"])
            for name, one in schema["properties"].items()
        }
        call = read_call(tool, arguments, 60)
        assert unknown_fields(call.body) == ()
        assert call.ignored == ()


def test_no_model_is_without_a_tool() -> None:
    offered = {
        name
        for tool in drawing_tools(IMAGE)
        for name in tool.schema(60)["properties"]["model"]["enum"]
    }
    assert offered == {describe_model(model)["id"] for model in MODELS}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_manual_names_the_endpoint_and_every_tool(language: Language) -> None:
    settings = Settings()
    manual = Manual(settings, create_app(settings).openapi())
    assert f"| [`POST {PATH}`](/docs/dialects#mcp) |" in manual.source("endpoints", language)
    page = manual.source("dialects", language)
    (code,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert json.loads(code)["mcpServers"]["seedbed"]["url"] == BASE + PATH
    assert all(f"`{tool.name}`" in page for tool in (*drawing_tools(IMAGE), GET_TASK))
    assert f"{WAIT:g} " in page
