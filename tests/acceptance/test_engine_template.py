"""`seedbed engines new`: the package that it writes is an engine that works, tests and draws."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.acceptance.server import Server

NAME = "marble"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the package, and install it as pip does an editable one: a path and entry points."""
    folder = tmp_path_factory.mktemp("template") / "package"
    made = Server(folder.parent / "data").run("engines", "new", NAME, str(folder))
    assert made.returncode == 0, made.stderr
    assert sorted(map(str, folder.iterdir())) == sorted(made.stdout.split())
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    about = folder / f"seedbed_{NAME}-{project['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = [
        f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in found.items())
        for group, found in project["entry-points"].items()
    ]
    (about / "entry_points.txt").write_text("\n".join(points))
    return folder


@pytest.fixture(scope="module")
def server(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "engines": json.dumps({"*": NAME}),
        "engine_options": json.dumps({NAME: {"tiles": 8}}),
        "workers": "1",
    }
    server = Server(tmp_path_factory.mktemp("marble") / "data", settings, package).start()
    yield server
    assert server.stop() == 0


def test_its_own_tests_are_green(package: Path) -> None:
    tested = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:asyncio"],
        cwd=package,
        env=os.environ | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
    passed = re.search(r"(\d+) passed", tested.stdout)
    assert passed is not None and int(passed[1]) >= 15
    assert "failed" not in tested.stdout


def test_it_draws_through_a_server(server: Server) -> None:
    with server.client() as client:
        body = {"prompt": "a fox", "size": "1024x1024", "watermark": False}
        answer = client.post("/seedream/images", json=body)
        assert answer.headers["X-Seedbed-Understood"] == "a mosaic of 8 tiles"
        picture = httpx.get(answer.json()["data"][0]["image_url"]).content
        apart = client.post(
            "/seedream/images",
            json={
                "model": "doubao-seedream-5-0-pro-260628",
                "image": answer.json()["data"][0]["image_url"],
                "layer_decomposition": True,
            },
        )
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), int)
    assert pixels.shape == (1024, 1024, 3)
    tiles = pixels[64::128, 64::128].reshape(-1, 3) // 16
    assert 2 <= len(np.unique(tiles, axis=0)) <= 5
    assert (np.abs(pixels[8:120, 8:120] - pixels[64, 64]).max()) < 8
    assert apart.json()["error"]["code"] == "api_not_implemented"


def test_it_is_listed_with_what_it_does(server: Server) -> None:
    listed = server.run("engines", "list").stdout
    assert re.search(
        rf"{NAME} +│ {NAME} +│ Mosaics, from words or of a picture\. +│ image +│ as workers +"
        "│ every model",
        listed,
    )
    assert re.search(r"sketch +│ sketch +│ Illustrations on the CPU", listed)


def test_its_wrong_options_are_told_in_a_line(server: Server, tmp_path: Path) -> None:
    options = json.dumps({NAME: {"tiles": "many"}})
    wrong = Server(tmp_path / "data", server.settings | {"engine_options": options}, server.plugins)
    refused = wrong.run("engines", "list")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"seedbed: engine '{NAME}': tiles must be a whole number from 2 to 256, not 'many'\n"
    )


def test_its_readme_names_what_is_there(package: Path, server: Server) -> None:
    readme = (package / "README.md").read_text()
    assert f"seedbed_{NAME}.py" in readme and (package / f"seedbed_{NAME}.py").exists()
    code = re.search(r"```toml\n(.*?)```", readme, re.DOTALL)
    assert code is not None
    assert tomllib.loads(code[1]) == {"engine_options": {NAME: {"tiles": 24}}}
    assert server.run("generate", "a red fox", "-o", str(package / "fox.jpg")).returncode == 0


def test_the_package_can_be_built(package: Path, tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "."],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert built.returncode == 0, built.stderr
