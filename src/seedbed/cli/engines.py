"""`seedbed engines`: which engines there are, what they do, and a beginning for one of your own."""

from __future__ import annotations

import asyncio
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from seedbed.cli.tables import print_table
from seedbed.contract.models import MODELS
from seedbed.engines.blank import NAME_RULE, write_blank_engine
from seedbed.engines.registry import KIND, Engines, Seat, installed
from seedbed.logs import configure_logging
from seedbed.settings import Settings

if TYPE_CHECKING:
    from seedbed.engines.engine import EngineDescription

app = typer.Typer(help="What makes the pictures.", no_args_is_help=True)


@app.command("list")
def list_engines() -> None:
    """Show the engines in use and those that are installed, and what each does."""
    settings = Settings()
    engines = Engines(settings)
    table = Table("engine", "kind", "what it is", "beyond words", "jobs at once", "serves")
    for seat in engines.all():
        kind = str(settings.engine_options.get(seat.name, {}).get(KIND, seat.name))
        serves = "every model" if len(seat.models) == len(MODELS) else ", ".join(seat.models)
        table.add_row(seat.name, kind, *_about(seat.description), serves)
    in_use = {seat.name for seat in engines.all()}
    for name, point in sorted(installed().items()):
        if name not in in_use:
            table.add_row(name, name, *_unused(point), "")
    print_table(table)


@app.command("check")
def check(
    names: Annotated[
        list[str] | None, typer.Argument(help="Engines to check; all in use unless told.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder that the pictures go into.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that each may take.", min=1)] = 600,
) -> None:
    """Have each engine in use make one real picture, and time it; an upstream may charge for it."""
    settings = Settings(log_level="error")
    configure_logging(settings)
    engines = Engines(settings)
    known = {seat.name: seat for seat in engines.all()}
    for name in names or ():
        if name not in known:
            raise typer.BadParameter(
                f"no engine {name!r} is in use; in use are {', '.join(known)}", param_hint="NAMES"
            )
    if output is not None and not output.is_dir():
        raise typer.BadParameter(f"there is no folder {output}", param_hint="--output")
    seats = [known[name] for name in names or known]
    if not asyncio.run(_check_all(engines, seats, output, timeout)):
        raise typer.Exit(1)


async def _check_all(
    engines: Engines, seats: list[Seat], output: Path | None, timeout: float
) -> bool:
    """Check engines one after the other, a line each; tell whether all made a picture."""
    from seedbed.service.check import CheckFailed, check
    from seedbed.workers import WorkerPool

    pool, all_good = WorkerPool(1, preload=("seedbed.imaging.finish", *engines.modules)), True
    try:
        for seat in seats:
            try:
                done = await check(seat, pool, timeout)
            except CheckFailed as error:
                all_good = False
                typer.echo(f"✗ {seat.name}: {error}")
                continue
            image = done.image
            typer.echo(
                f"✓ {seat.name}: {image.width}x{image.height} for {done.model} in "
                f"{done.draw_seconds:.2f} s, ready after {done.warm_seconds:.2f} s, "
                f"{len(image.data) / 1000:,.0f} kB {image.media_type}"
            )
            if output is not None:
                path = output / f"{seat.name}.{image.media_type.rpartition('/')[2]}"
                path.write_bytes(image.data)
    finally:
        await pool.close()
        await engines.close()
    return all_good


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help=f"Name of the engine: {NAME_RULE}.")],
    folder: Annotated[
        Path | None, typer.Argument(help="Folder to write; seedbed-NAME here unless told.")
    ] = None,
) -> None:
    """Write a small package with a working engine, its tests and its README, to change at will."""
    if name in installed():
        raise typer.BadParameter(f"an engine {name!r} is installed already", param_hint="NAME")
    try:
        paths = write_blank_engine(name, folder or Path(f"seedbed-{name}"))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from error
    except FileExistsError as error:
        raise typer.BadParameter(str(error), param_hint="FOLDER") from error
    except OSError as error:
        typer.echo(f"seedbed: cannot write {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    for path in paths:
        typer.echo(str(path))
    typer.echo(f"Install it: pip install --editable {paths[0].parent}", err=True)


def _about(description: EngineDescription) -> tuple[str, str, str]:
    at_once = str(description.concurrency or "as workers")
    return escape(description.summary), ", ".join(sorted(description.features)), at_once


def _unused(point: EntryPoint) -> tuple[str, str, str]:
    """Describe an engine that the settings do not use, as far as it can be made without options."""
    try:
        return _about(point.load()({}).description)
    except Exception as error:
        reason = str(error).partition(":")[0]
        return escape(f"not usable without options: {reason}"), "", ""
