"""The command line within the test's own process: what it shows, and what it refuses and how."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from seedbed import cli, resources, workers
from seedbed.cli import engines, generate, inspect, serve
from seedbed.engines import registry
from tests.service import InlinePool

SMALL = ("--model", "doubao-seedream-3.0-t2i", "--size", "512x512")


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Seedbed:
    """The `seedbed` command over an empty data folder, with one engine, `grey`."""

    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    data_dir: Path

    def __call__(self, *arguments: str) -> Said:
        self.monkeypatch.setattr(sys, "argv", ["seedbed", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = self.capture.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    def set(self, name: str, value: str) -> None:
        self.monkeypatch.setenv(f"SEEDBED_{name.upper()}", value)


@pytest.fixture
def seedbed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Seedbed:
    installed = {"grey": EntryPoint("grey", "tests.engines:create", registry.GROUP)}
    for module in (registry, inspect, engines):
        monkeypatch.setattr(module, "installed", lambda: installed)
    for command in (engines, generate, serve):
        # Loggers keep the stream they first wrote to, and the one of a test ends with it.
        monkeypatch.setattr(command, "configure_logging", lambda settings: None)
    # A fork server that these commands start would serve every later test of this process.
    for module in (resources, workers):
        monkeypatch.setattr(module, "WorkerPool", InlinePool)
    command = Seedbed(monkeypatch, capsys, tmp_path / "data")
    command.set("data_dir", str(command.data_dir))
    command.set("engines", json.dumps({"*": "grey"}))
    return command


def error_of(said: Said, status: int = 2) -> str:
    """Give what a command that failed said: a text for people, not a stack trace."""
    assert said.status == status, said.stderr
    assert said.stdout == ""
    assert "Traceback" not in said.stderr
    return " ".join(re.sub(r"[│╭╰╮╯─]", " ", said.stderr).split())


@pytest.mark.parametrize(
    ("arguments", "says", "status"),
    [
        (("a cat", "--model", "midjourney"), "doubao-seedream-4", 1),
        (("a cat", "--size", "1x1"), "size", 1),
        (("", *SMALL), "prompt", 1),
        (("a cat", "-o", "nowhere/a.jpg"), "no folder nowhere", 2),
        (("a cat", "--colour", "blue"), "No such option", 2),
        ((), "Missing argument", 2),
    ],
)
def test_generate_tells_what_cannot_be(
    seedbed: Seedbed, arguments: tuple[str, ...], says: str, status: int
) -> None:
    assert says in error_of(seedbed("generate", *arguments), status)


def test_generate_takes_the_other_names_of_models(
    seedbed: Seedbed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seedbed.set("model_aliases", json.dumps({"any-name": "doubao-seedream-3-0-t2i-250415"}))
    target = tmp_path / "cat.jpg"
    drawn = seedbed("generate", "a cat", "--model", "any-name", "-o", str(target))
    assert drawn.status == 0, drawn.stderr
    assert target.read_bytes().startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--credits", "a lot"), "not an amount"),
        (("--credits", "-1"), "0 to 1,000,000,000"),
        (("--credits", "NaN"), "not an amount"),
        (("--credits", "1e999999"), "0 to 1,000,000,000"),
        (("--credits", "Infinity"), "0 to 1,000,000,000"),
        (("--credits", "0.0000001"), "six decimals"),
        (("--expires", "nan"), "0 to 36,500"),
        (("--expires", "soon"), "not a number of days"),
        (("--allow", "everything"), "seedream/images"),
    ],
)
def test_a_key_that_cannot_be_is_not_made(
    seedbed: Seedbed, arguments: tuple[str, ...], says: str
) -> None:
    assert says in error_of(seedbed("keys", "create", "brush", *arguments))
    assert "brush" not in seedbed("keys", "list").stdout


def test_models_shows_the_matrix_and_who_serves_it(seedbed: Seedbed) -> None:
    shown = seedbed("models")
    assert shown.status == 0
    rows = [line for line in shown.stdout.splitlines() if "doubao-" in line]
    assert len(rows) >= 6
    assert all("grey" in row for row in rows)


def test_engines_check_makes_a_picture_with_each_and_says_why_one_does_not(
    seedbed: Seedbed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seedbed.set("engines", json.dumps({"*": ["grey", "down", "mute"]}))
    options = {
        "down": {"kind": "grey", "script": "upstream_fault"},
        "mute": {"kind": "grey", "script": "nothing"},
    }
    seedbed.set("engine_options", json.dumps(options))
    checked = seedbed("engines", "check", "-o", str(tmp_path))
    assert checked.status == 1
    _, good, mute = checked.stdout.splitlines()
    assert "✗ down: not that; code Sensitive; request 0217" in checked.stdout
    assert re.match(r"✓ grey: \d+x\d+ for doubao-\S+ in \d+\.\d\d s, ready after", good)
    assert mute == "✗ mute: it drew nothing"
    assert (tmp_path / "grey.jpeg").read_bytes().startswith(b"\xff\xd8\xff")
    assert seedbed("engines", "check", "grey").status == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nonesuch",), "no engine 'nonesuch' is in use; in use are grey"),
        (("-o", "nowhere"), "there is no folder nowhere"),
    ],
)
def test_engines_check_refuses_what_cannot_be(
    seedbed: Seedbed, arguments: tuple[str, ...], says: str
) -> None:
    assert says in error_of(seedbed("engines", "check", *arguments))


def test_engines_list_shows_what_each_does(seedbed: Seedbed) -> None:
    seedbed.set("engines", json.dumps({"*": ["grey", "other"], "doubao-seedream-4.5": "grey"}))
    seedbed.set("engine_options", json.dumps({"other": {"kind": "grey"}}))
    shown = seedbed("engines", "list")
    assert shown.status == 0, shown.stderr
    (grey,) = re.findall(r"^│ (grey +│ grey .+) │$", shown.stdout, re.MULTILINE)
    assert [cell.strip() for cell in grey.split("│")] == [
        *("grey", "grey", "One grey, for tests.", "image, layer_decomposition", "as workers"),
        "every model",
    ]
    (other,) = re.findall(r"^│ (other +│ grey .+) │$", shown.stdout, re.MULTILINE)
    assert "every model" not in other and "doubao-seedream-4-0-250828" in other
    assert "doubao-seedream-4-5-251128" not in other


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Grey Scale",), "small letters, digits and underscores"),
        (("9lives",), "a letter first"),
        (("a" * 41,), "1 to 40"),
        (("grey",), "an engine 'grey' is installed already"),
        (("fresh", "full"), "holds something already"),
        (("fresh", "full/file"), "holds something already"),
    ],
)
def test_a_blank_engine_that_cannot_be_is_not_written(
    seedbed: Seedbed, arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    assert says in error_of(seedbed("engines", "new", *arguments))
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "file"]


def test_doctor_finds_all_well(seedbed: Seedbed) -> None:
    command = seedbed("doctor")
    assert command.status == 0, command.stdout
    assert "✗" not in command.stdout
    assert "grey; `seedbed engines check`" in command.stdout


def test_doctor_says_what_is_wrong_and_what_to_do(seedbed: Seedbed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    seedbed.set("data_dir", str(tmp_path / "file"))
    seedbed.set("engines", json.dumps({"*": "nonesuch"}))
    seedbed.set("prot", "9000")
    command = seedbed("doctor")
    assert command.status == 1
    assert "Traceback" not in command.stderr
    wrong = [line for line in command.stdout.splitlines() if line.startswith("✗")]
    assert [line.split(":")[0] for line in wrong] == [
        "✗ settings",
        "✗ models",
        "✗ data folder",
        "✗ database",
    ]
    assert "SEEDBED_PROT" in command.stdout
    assert "'nonesuch' is not installed; installed are grey" in command.stdout
    assert "Set SEEDBED_DATA_DIR" in command.stdout


def test_config_show_tells_where_each_value_came_from(seedbed: Seedbed, tmp_path: Path) -> None:
    (tmp_path / "seedbed.toml").write_text('log_level = "debug"\nport = 1\n')
    seedbed.set("port", "2")
    command = seedbed("config", "show")
    assert command.status == 0, command.stderr
    cells = [re.split(r"\s*│\s*", line.strip("│ ")) for line in command.stdout.splitlines()]
    found = {row[0]: row[1:3] for row in cells if len(row) >= 3}
    assert found["port"] == ["2", "environment SEEDBED_PORT"]
    assert found["log_level"] == ["debug", "seedbed.toml"]
    assert found["host"] == ["127.0.0.1", "default"]
    assert found["data_dir"] == [str(seedbed.data_dir), "environment SEEDBED_DATA_DIR"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("workers", "0", "seedbed: setting workers: "),
        ("engines", "sketch", 'seedbed: error parsing value for field "engines"'),
        ("engines", '{"dall-e-3": "sketch"}', "seedbed: setting engines: "),
        ("engines", '{"*": "nonesuch"}', "seedbed: engine 'nonesuch' is not installed"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(
    seedbed: Seedbed, name: str, value: str, says: str
) -> None:
    seedbed.set(name, value)
    command = seedbed("serve", "--port", "0")
    assert command.status in (1, 2)
    assert command.stderr.startswith(says)
    assert command.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("toml", "says"),
    [("port = ", "not valid TOML"), ("prot = 1", "'prot' in seedbed.toml is no setting")],
)
def test_a_wrong_file_is_told_in_one_line(
    seedbed: Seedbed, tmp_path: Path, toml: str, says: str
) -> None:
    (tmp_path / "seedbed.toml").write_text(toml)
    command = seedbed("config", "show")
    assert says in error_of(command)
    assert command.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_used_is_told_in_one_line(seedbed: Seedbed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    seedbed.set("data_dir", str(tmp_path / "file"))
    for arguments in (("serve", "--port", "0"), ("keys", "list"), ("generate", "a cat")):
        command = seedbed(*arguments)
        assert "cannot" in error_of(command, 1)
        assert command.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("--nonesuch",), ("nonesuch",), ("keys", "nonesuch")])
def test_an_unknown_command_or_option_is_refused(
    seedbed: Seedbed, arguments: tuple[str, ...]
) -> None:
    assert "No such" in error_of(seedbed(*arguments))


def test_the_version_and_the_help_are_there(seedbed: Seedbed) -> None:
    assert seedbed("--version").stdout.startswith("seedbed ")
    shown = seedbed("--help").stdout
    for name in ("serve", "generate", "keys", "models", "doctor", "config"):
        assert name in shown


def test_a_key_is_revoked_once(seedbed: Seedbed) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}\n", seedbed("keys", "create", "brush").stdout)
    assert "brush" in seedbed("keys", "revoke", "brush").stdout
    assert "no live key" in error_of(seedbed("keys", "revoke", "brush"))
    assert "revoked" in seedbed("keys", "list").stdout
