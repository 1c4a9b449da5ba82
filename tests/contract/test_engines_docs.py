"""`docs/engines.md` against the code: its settings load, its engine passes the contract."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from seedbed import cli
from seedbed.cli import engines
from seedbed.engines import health
from seedbed.engines.contract import EngineContract
from seedbed.engines.registry import KIND
from seedbed.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "engines.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_engine_that_comes_with_it_has_its_row() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    rows = re.findall(r"^\| `(\w+)` \| .+ \| .+ \| .+ \|$", PAGE, re.MULTILINE)
    assert set(project["entry-points"]["seedbed.engines"]) <= set(rows)


def test_the_settings_load_and_mean_what_is_said() -> None:
    settings = Settings(**tomllib.loads(blocks("toml")[0]))
    assert settings.engines_of("doubao-seedream-4-0-250828") == ("ark", "ark-eu", "diffusers")
    assert settings.engines_of("doubao-seedream-4-5-251128") == ("sketch",)
    assert settings.engine_options["ark-eu"][KIND] == "ark"


def test_the_engine_of_the_page_passes_the_tests_of_the_page(tmp_path: Path) -> None:
    for code in blocks("python"):
        name = re.match(r"# (\w+\.py)\n", code)
        assert name is not None
        (tmp_path / name[1]).write_text(code)
    entry = tomllib.loads(blocks("toml")[1])["project"]["entry-points"]["seedbed.engines"]
    assert entry == {"shades": "shades:create"}
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "passed" in tested.stdout


def test_every_attribute_of_the_suite_has_its_row() -> None:
    table = PAGE.partition("| attribute | says |")[2]
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| .+ \|$", table, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == set(EngineContract.__annotations__)


def test_health_is_as_written() -> None:
    assert (health.TOLERATED, health.OPEN_SECONDS) == (5, 30.0)
    for condition in health.Condition:
        assert f"`{condition}`" in PAGE
    for metric in re.findall(r"`(seedbed_engine_\w+)`", PAGE):
        assert f'"{metric}"' in Path(health.__file__).read_text()


def test_the_commands_are_there() -> None:
    assert any(group.typer_instance is engines.app for group in cli.app.registered_groups)
    named = set(re.findall(r"seedbed engines (\w+)", PAGE))
    assert {command.name for command in engines.app.registered_commands} <= named
