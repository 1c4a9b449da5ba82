"""The options of the upstream engines: what is not allowed is told with what is."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from seedbed.contract.models import MODELS
from seedbed.engines.registry import Engines, UnknownEngine
from seedbed.engines.upstream import ark, openai, seedream
from seedbed.engines.upstream.faults import BY_CODE, BY_STATUS
from seedbed.engines.upstream.options import Option, link_of, read_options
from seedbed.settings import Settings
from tests.upstream import KEY, Upstream, drawn, job

ENGINES: dict[str, Any] = {"ark": ark, "seedream": seedream, "openai": openai}
EVERY = pytest.mark.parametrize("kind", ENGINES)
PAGE = Path(__file__).parents[3] / "docs" / "engines" / "upstreams.md"


@EVERY
def test_an_engine_is_found_by_its_entry_point(kind: str) -> None:
    points = {point.name: point.value for point in entry_points(group="seedbed.engines")}
    assert points[kind] == f"seedbed.engines.upstream.{kind}:create"


@EVERY
def test_without_options_it_is_ready(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ARK_API_KEY", "SEEDREAM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    engine = ENGINES[kind].create({})
    assert engine.description.name == kind
    assert engine.description.concurrency == 16


@EVERY
@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("api_key", "x", "it takes base_url, key_env"),
        ("base_url", "ftp://x", "must be a URL"),
        ("base_url", "https://user:password@host", "without a user name"),
        ("base_url", 7, "must be a URL"),
        ("key_env", "sk-1234", "never a key itself"),
        ("key_env", "0123456789abcdef", "never a key itself"),
        ("base_url", "https://host/api#x", "must be a URL"),
        ("models", {"a": 1}, "a table of strings"),
        ("models", ["a"], "a table of strings"),
        ("concurrency", 0, "from 1 to 1024"),
        ("concurrency", True, "from 1 to 1024"),
        ("requests_per_minute", 0.5, "from 1"),
        ("connect_timeout", -1, "above 0"),
        ("timeout", float("nan"), "above 0"),
        ("timeout", "600", "above 0"),
        ("download_timeout", float("inf"), "above 0"),
        ("picture_origins", "http://x", "must be a list"),
        ("response_format", "png", "'url'"),
    ],
)
def test_a_wrong_option_is_told(kind: str, name: str, value: object, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as raised:
        ENGINES[kind].create({name: value})
    assert name in str(raised.value)
    assert str(raised.value).startswith(kind)


@pytest.mark.parametrize(
    ("kind", "name", "value", "says"),
    [
        ("seedream", "idempotent", "yes", "true or false"),
        ("openai", "sizes", ["1024"], "1024x1024"),
        ("openai", "sizes", "1024x1024", "must be a list"),
        ("openai", "fields", ["prompt"], "seed, guidance_scale"),
        ("openai", "max_n", 0, "from 1 to 100"),
        ("openai", "extra", {"n": 4}, "may not set n"),
        ("openai", "extra", [], "must be a table"),
        ("openai", "stream", None, "true or false"),
    ],
)
def test_a_wrong_option_of_one_engine_is_told(
    kind: str, name: str, value: object, says: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        ENGINES[kind].create({name: value})


def test_a_key_that_cannot_be_one_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARK_API_KEY", "secret\nother: header")
    with pytest.raises(ValueError, match="ARK_API_KEY") as raised:
        ark.create({})
    assert "secret" not in str(raised.value)


def test_a_link_does_not_show_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARK_API_KEY", "secret")
    link = link_of("ark", read_options("ark", ark.OPTIONS, {"models": {"*": "all", "b": "ep-b"}}))
    assert link.key == "secret"
    assert "secret" not in repr(link)
    assert (link.model("a"), link.model("b")) == ("all", "ep-b")


@EVERY
@pytest.mark.parametrize(
    "name",
    [
        "doubao-seedream-4-5-251128",
        "doubao-seedream-4.5",
        "Doubao-Seedream-4.5",
        " DOUBAO-seedream-4-5-251128 ",
        "our-own",
    ],
)
async def test_a_model_may_be_named_by_any_of_its_names(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    monkeypatch.setenv("THE_KEY", KEY)
    table = {name: "ep-1", "*": "ep-2", "nobody-knows-this": "ep-3"}
    settings = Settings(
        engines={"*": kind},
        engine_options={
            kind: {"base_url": upstream.base_url(kind), "key_env": "THE_KEY", "models": table}
        },
        model_aliases={"our-own": "doubao-seedream-4-5-251128"},
    )
    engines = Engines(settings)
    try:
        for model in ("doubao-seedream-4-5-251128", "doubao-seedream-4-0-250828"):
            await drawn(engines.first(model).engine, job(model=model))
    finally:
        await engines.close()
    assert [asked.body["model"] for asked in upstream.requests] == ["ep-1", "ep-2"]


@EVERY
def test_a_table_of_models_that_is_none_is_told(kind: str) -> None:
    for wrong in ("ep-1", {7: "ep-1"}):
        settings = Settings(engines={"*": kind}, engine_options={kind: {"models": wrong}})
        with pytest.raises(UnknownEngine, match="a table of strings"):
            Engines(settings)


# The page


def rows(section: str) -> dict[str, tuple[str, str]]:
    """The option of each row of a section's table: its default, and what it is."""
    text = PAGE.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE)
    return {name: (value, meaning) for name, value, meaning in cells}


def shown(option: Option) -> str:
    if option.default is None:
        return "none"
    if option.default == ():
        return "`[]`"
    if isinstance(option.default, bool):
        return f"`{str(option.default).lower()}`"
    if isinstance(option.default, int | float):
        return f"`{option.default:g}`"
    return f"`{option.default}`" if option.default else "`{}`"


def test_the_page_lists_every_option_with_its_default() -> None:
    for kind, module in ENGINES.items():
        own = rows(f"Options of `{kind}`")
        options = {option.name: option for option in module.OPTIONS}
        listed = rows("Options of all three") | own
        assert listed.keys() == options.keys(), kind
        told = {name: (shown(one), one.meaning) for name, one in options.items()}
        assert told == listed, kind


def test_the_page_lists_every_code_and_status() -> None:
    text = PAGE.read_text().partition("\n## Errors\n")[2]
    missing = [code for code in BY_CODE if f"`{code}" not in text]
    assert missing == []
    assert [status for status in BY_STATUS if not re.search(rf"\b{status}\b", text)] == []


def test_the_examples_of_the_page_are_settings_that_work() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) >= 4
    used = set()
    for block in blocks:
        settings = Settings(**tomllib.loads(block))
        seats = Engines(settings).all()
        assert settings.engine_options.keys() <= {seat.name for seat in seats}
        used |= {type(seat.engine).__name__ for seat in seats}
        for options in settings.engine_options.values():
            named = options.get("models", {}).keys() - {"*"}
            assert named <= {model.id for model in MODELS}
    assert used == {"PassThrough", "OpenAIEngine", "SketchEngine"}
