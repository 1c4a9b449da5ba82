"""The project's own shell: lock files, declared dependencies, addresses, commands."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ("run.lock", "dev.lock", "diffusers.lock")
REGISTRY = re.compile(
    r"\b(pypi|pythonhosted|npmjs|conda|anaconda|debian|ubuntu|jsdelivr|unpkg)\.(org|com|net|io)\b"
)
MACHINE_PATH = re.compile(r"(?<![\w.$}~])/(home|root|Users|work|opt|mnt)/\w")


def _name(requirement: str) -> str:
    """Give the normalised name in `Some_Name[extra]>=1`."""
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _declared(*extras: str) -> set[str]:
    groups = [PROJECT["optional-dependencies"][extra] for extra in extras]
    return {_name(one) for group in groups or [PROJECT["dependencies"]] for one in group}


def _pins(lock: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / lock).read_text().splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    return {_name(name): pinned for name, pinned in pins}


def _own_texts() -> Iterator[tuple[Path, str]]:
    """Give every text of the project, without what `.gitignore` names; git need not be there."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if parts[0] == ".git" or any(fnmatch(part, name) for part in parts for name in ignored):
            continue
        if path.is_file():
            try:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # a picture


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE_PATH], ids=["registry", "machine path"])
def test_no_file_names_a_registry_or_a_path_of_some_machine(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in _own_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_names_and_versions_alone(lock: str) -> None:
    lines = (ROOT / "requirements" / lock).read_text().splitlines()
    assert lines
    assert [one for one in lines if not re.fullmatch(r"#.*|[\w.-]+==[\w.!+]+", one)] == []


@pytest.mark.parametrize("lock", LOCKS[:2])
def test_every_lock_pins_what_the_service_needs(lock: str) -> None:
    assert _declared() - _pins(lock).keys() == set()


def test_the_tests_run_on_the_versions_that_serve() -> None:
    run, dev = _pins("run.lock"), _pins("dev.lock")
    assert {name: dev.get(name) for name in run} == run
    assert _declared("test", "lint") - dev.keys() == set()


def test_the_lock_of_an_extra_pins_what_it_adds_and_nothing_twice() -> None:
    pins = _pins("diffusers.lock")
    assert _declared("diffusers") - pins.keys() == set()
    assert pins.keys() & _pins("dev.lock").keys() == set()


def test_every_dependency_of_an_extra_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    extras = page.split("## Extras")[1].split("##")[0]
    for name in _declared("oidc", "diffusers"):
        assert re.search(rf"\b{name}\b", extras), name


def test_every_dependency_has_its_line_of_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    explained = set(re.findall(r"^\| ([\w-]+) \| [^|]+ \| [^|]+\. \|$", page, re.MULTILINE))
    assert explained == _declared() | _declared("test", "lint")


def test_every_command_of_the_makefile_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert re.findall(r"^  make ([\w-]+) +\w", shown, re.MULTILINE) == phony[1].split()


def test_the_changelog_and_the_package_agree_on_the_version() -> None:
    import seedbed

    assert seedbed.__version__ == PROJECT["version"] == version("seedbed")
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"^## (Unreleased|{re.escape(PROJECT['version'])}\b)", changes, re.MULTILINE)
