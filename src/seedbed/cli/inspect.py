"""`seedbed models`, `doctor` and `config show`: what there is, and what is wrong with it."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import typer
from rich.markup import escape
from rich.table import Table

from seedbed.cli.tables import print_table
from seedbed.contract.models import MODELS, Model
from seedbed.engines.registry import Engines, installed
from seedbed.settings import Settings, sources, unknown_variables
from seedbed.storage.migrate import current_revision, newest_revision, open_database

config = typer.Typer(help="Look at the settings.", no_args_is_help=True)
NATIVE = ("numpy", "cv2", "pyvips", "PIL", "obstore", "sqlalchemy")
"""Packages with compiled parts: the ones that can be installed and still not load."""
ENOUGH_BYTES = 1024**3


def models() -> None:
    """Show what each model allows and which engine serves it."""
    settings = Settings()
    table = Table("model", "also", "sizes", "pictures in", "seed", "guidance", "group", "engine")
    for model in MODELS:
        table.add_row(
            model.id,
            model.aliases[0] if model.aliases else "",
            _sizes(model),
            f"{model.images.min}–{model.images.max}" if model.images.max else "none",
            "yes" if model.seed else "",
            f"{model.guidance_scale.min:g}–{model.guidance_scale.max:g}"
            if model.guidance_scale
            else "",
            "yes" if model.sequential else "",
            ", ".join(settings.engines_of(model.id)),
        )
    print_table(table)


@config.command("show")
def show() -> None:
    """Show each setting, its value and where it came from."""
    settings = Settings()
    origin = sources(settings)
    table = Table("setting", "value", "from", "meaning")
    for name, field in Settings.model_fields.items():
        value = escape(str(getattr(settings, name)))
        table.add_row(name, value, origin[name], field.description or "")
    print_table(table)


def doctor() -> None:
    """Check what is installed, what is missing and what to do about it."""
    settings = Settings()
    failed = False
    for check in _checks(settings):
        try:
            found = check.run()
        except Exception as error:
            failed = True
            reason = str(error) or type(error).__name__
            typer.echo(f"✗ {check.name}: {reason}\n    {check.advice}")
        else:
            typer.echo(f"✓ {check.name}: {found}")
    if failed:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Check:
    name: str
    run: Callable[[], str]
    """Returns what was found; raises with the reason when it is not good."""
    advice: str


def _checks(settings: Settings) -> Iterator[_Check]:
    yield _Check("Python", lambda: sys.version.split()[0], "Use Python 3.11 or newer.")
    for package in NATIVE:
        yield _Check(
            package,
            lambda package=package: _version(package),  # type: ignore[misc]
            f"Reinstall it: {sys.executable} -m pip install --force-reinstall seedbed",
        )
    yield _Check("settings", _settings, "Correct the name; `seedbed config show` lists them all.")
    yield _Check("engines", lambda: ", ".join(sorted(installed())), "Reinstall seedbed.")
    yield _Check(
        "models",
        lambda: _engines(settings),
        'Set `engines` to installed ones, such as SEEDBED_ENGINES=\'{"*": "sketch"}\'.',
    )
    yield _Check(
        "data folder",
        lambda: _writable(settings),
        "Set SEEDBED_DATA_DIR to a folder that this user may write to.",
    )
    yield _Check("disk", lambda: _space(settings), "Free some space, or move SEEDBED_DATA_DIR.")
    yield _Check(
        "database",
        lambda: _database(settings),
        "If it was made by a newer version, install that; else move it away to begin anew.",
    )


def _settings() -> str:
    if unknown := unknown_variables():
        raise ValueError(f"{', '.join(unknown)} is no setting")
    return "every variable is known"


def _engines(settings: Settings) -> str:
    names = {seat.name for seat in Engines(settings).all()}
    if unused := sorted(settings.engine_options.keys() - names):
        raise ValueError(f"there are options for {', '.join(unused)}, which serves no model")
    return f"{', '.join(sorted(names))}; `seedbed engines check` makes a picture with each"


def _version(package: str) -> str:
    return str(getattr(importlib.import_module(package), "__version__", "loads"))


def _writable(settings: Settings) -> str:
    folder = settings.data_dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} cannot be written to")
    return str(folder)


def _space(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data_dir.resolve()).free
    if free < ENOUGH_BYTES:
        raise OSError(f"only {free / 1024**2:,.0f} MB free")
    return f"{free / 1024**3:,.0f} GB free"


def _database(settings: Settings) -> str:
    database = open_database(settings)
    try:
        revision = database.read_now(current_revision)
    finally:
        database.close()
    if revision != newest_revision():
        raise RuntimeError(f"schema {revision}, expected {newest_revision()}")
    return f"schema {revision}"


def _sizes(model: Model) -> str:
    presets = " ".join(model.size.presets)
    return presets or str(model.size.default)
