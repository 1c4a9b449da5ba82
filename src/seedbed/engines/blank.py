"""A blank engine: a small package of its own, written from a template, to begin with."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template

from seedbed import __version__

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
NAME_RULE = "1 to 40 small letters, digits and underscores, a letter first"


def blank_engine(name: str) -> dict[str, str]:
    """Give the files of a package with an engine of that name: path to text.

    Raises ValueError for what can be no name.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name[:60]!r} is no name of an engine; it has {NAME_RULE}")
    module = f"seedbed_{name}"
    places = {
        "pyproject.toml": "pyproject.toml.txt",
        "README.md": "README.md.txt",
        f"{module}.py": "engine.py.txt",
        f"test_{module}.py": "test_engine.py.txt",
    }
    words = {"name": name, "module": module, "version": __version__}
    template = files("seedbed.engines").joinpath("template")
    return {
        path: Template(template.joinpath(file).read_text("utf-8")).substitute(words)
        for path, file in places.items()
    }


def write_blank_engine(name: str, folder: Path) -> list[Path]:
    """Write that package into a folder, which is new or empty, and give its files.

    Raises ValueError for what can be no name, and FileExistsError for a folder that holds things.
    """
    texts = blank_engine(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} holds something already; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for path, text in texts.items():
        (folder / path).write_text(text, "utf-8")
        paths.append(folder / path)
    return paths
