"""The code beside the playground's form: of its language, and it draws the picture."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tree_sitter import Language, Parser

from tests.acceptance.server import Server

FOLDER = Path(__file__).parents[2] / "src" / "seedbed" / "console" / "static"
MODEL = {"model": "doubao-seedream-3.0-t2i", "size": "512x512"}
BODIES = {
    "plain": MODEL | {"prompt": "a cat", "watermark": False},
    "stream": {"model": "doubao-seedream-4.0", "prompt": "a cat", "size": "1K", "stream": True},
    "hostile": {
        "prompt": 'it\'s "quoted" \\ `$HOME` ${x} #{y} \\(z) \n 猫 </script> "# "## %s {0}',
        "seed": -1,
        "image": ["https://example.com/a.png"],
        "optimize_prompt_options": {"mode": "standard"},
        "callback_url": None,
    },
}
CHECKERS: dict[str, list[str]] = {
    "cURL": ["bash", "-n", "code.sh"],
    "Python": [sys.executable, "-m", "py_compile", "code.py"],
    "Python async": [sys.executable, "-m", "py_compile", "code.py"],
    "openai SDK": [sys.executable, "-m", "py_compile", "code.py"],
    "JavaScript": ["node", "--check", "code.mjs"],
    "Node.js": ["node", "--check", "code.mjs"],
    "PHP": ["php", "-l", "code.php"],
    "Ruby": ["ruby", "-c", "code.rb"],
    "Go": ["gofmt", "-e", "-l", "code.go"],
    "Java": ["javac", "-d", "classes", "Draw.java"],
    "Rust": ["rustfmt", "--edition", "2021", "--emit", "stdout", "code.rs"],
}
"""Of each language its own parser, and the file that it reads."""
GRAMMARS = {
    "TypeScript": ("tree_sitter_typescript", "language_typescript"),
    "C#": ("tree_sitter_c_sharp", "language"),
    "Swift": ("tree_sitter_swift", "language"),
    "Kotlin": ("tree_sitter_kotlin", "language"),
}
"""Of the others a grammar: their own parsers come with gigabytes around them."""
PROGRAMS = {
    "cURL": ["bash", "code.sh"],
    "Python": [sys.executable, "code.py"],
    "Python async": [sys.executable, "code.py"],
    "openai SDK": [sys.executable, "code.py"],
    "JavaScript": ["node", "code.mjs"],
    "Node.js": ["node", "code.mjs"],
    "Ruby": ["ruby", "code.rb"],
    "Java": ["java", "Draw.java"],
    "Go": ["go", "run", "code.go"],
}

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@pytest.fixture(scope="module")
def written() -> Callable[[str, dict[str, Any]], dict[str, str]]:
    """Write the code of every language, as the page does."""

    def write(url: str, body: dict[str, Any], key: str = "YOUR_KEY") -> dict[str, str]:
        values = ", ".join(json.dumps(value) for value in (url, body, key))
        script = (
            f"import {{ LANGUAGES }} from {json.dumps((FOLDER / 'snippets.js').as_uri())};"
            "const made = {}; for (const [name, write] of Object.entries(LANGUAGES))"
            f" made[name] = write({values}); console.log(JSON.stringify(made));"
        )
        command = ["node", "--input-type=module", "-e", script]
        return dict(json.loads(subprocess.check_output(command, text=True)))

    return write


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("snippets") / "data", {"workers": "1"}).start()
    yield server
    assert server.stop() == 0


def test_every_language_is_checked(written: Any) -> None:
    assert set(written("http://x/", BODIES["plain"])) == {*CHECKERS, *GRAMMARS}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("language", CHECKERS)
def test_the_code_is_of_its_language(
    tmp_path: Path, written: Any, language: str, body: str
) -> None:
    *command, file = CHECKERS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    code = written("http://127.0.0.1:8000/seedream/images", BODIES[body])[language]
    (tmp_path / file).write_text(code)
    run = subprocess.run([*command, file], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("language", GRAMMARS)
def test_the_code_fits_its_grammar(written: Any, language: str, body: str) -> None:
    module, name = GRAMMARS[language]
    grammar = Language(getattr(importlib.import_module(module), name)())
    code = written("http://127.0.0.1:8000/seedream/images", BODIES[body])[language]
    tree = Parser(grammar).parse(code.encode())
    assert not tree.root_node.has_error, code


@pytest.mark.parametrize("body", ["plain", "stream"])
@pytest.mark.parametrize("language", PROGRAMS)
def test_the_code_draws_a_picture(
    server: Server, tmp_path: Path, written: Any, language: str, body: str
) -> None:
    *command, file = PROGRAMS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    url = f"{server.url}/seedream/images"
    (tmp_path / file).write_text(written(url, BODIES[body], server.key)[language])
    run = subprocess.run([*command, file], cwd=tmp_path, capture_output=True, text=True, timeout=90)
    assert run.returncode == 0, run.stderr
    assert "image_url" in run.stdout
    assert ("image_generation.completed" in run.stdout) == (body == "stream")
