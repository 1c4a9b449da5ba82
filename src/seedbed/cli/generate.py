"""`seedbed generate`: one picture from the command line, through the same pipeline."""

from __future__ import annotations

import asyncio
import base64
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.accounts.operator import operator
from seedbed.contract.models import DEFAULT_MODEL
from seedbed.logs import configure_logging
from seedbed.settings import Settings

if TYPE_CHECKING:
    from seedbed.resources import Resources
    from seedbed.tasks.task import TaskView


def generate(
    prompt: Annotated[str, typer.Argument(help="What to draw.")],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; named after the task.")
    ] = None,
    image: Annotated[
        list[Path] | None, typer.Option("--image", help="A picture to edit; may be repeated.")
    ] = None,
    model: Annotated[str, typer.Option(help="Model name.")] = DEFAULT_MODEL.id,
    size: Annotated[str | None, typer.Option(help="2K, 4K, 1024x1024, …")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, where the model has one.")] = None,
    guidance_scale: Annotated[float | None, typer.Option(help="1 to 10, where it has one.")] = None,
    watermark: Annotated[bool, typer.Option(help="Write “AI generated” in the corner.")] = True,
    output_format: Annotated[
        str | None, typer.Option("--format", help="jpeg or png, where the model has both.")
    ] = None,
) -> None:
    """Draw or edit one picture into a file; needs no server and no key."""
    if output is not None and not output.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {output.parent}", param_hint="--output")
    pictures = [_as_base64(path) for path in image or ()]
    settings = Settings(log_level="error")
    configure_logging(settings)
    body: dict[str, Any] = {
        "prompt": prompt,
        "image": pictures or None,
        "model": model,
        "size": size,
        "seed": seed,
        "guidance_scale": guidance_scale,
        "watermark": watermark,
        "output_format": output_format,
    }
    asyncio.run(_generate(settings, body, output))


def _as_base64(path: Path) -> str:
    try:
        return base64.b64encode(path.read_bytes()).decode("ascii")
    except OSError as error:
        reason = f"cannot read {path}: {error.strerror}"
        raise typer.BadParameter(reason, param_hint="--image") from error


async def _generate(settings: Settings, body: dict[str, Any], output: Path | None) -> None:
    from seedbed.resources import open_resources
    from seedbed.service.images import Asked

    async with open_resources(settings, recover=False) as held:
        caller = await held.database.write(operator, held.images.cost(body))
        submitted = await held.images.submit(Asked(body, caller, str(uuid.uuid4())))
        try:
            view = await _show_progress(held, submitted.task.id)
        except BaseException:
            # Interrupted: a server over the same folder must not draw it for nobody.
            await held.images.abandon(submitted.task.id)
            raise
        if not view.delivered:
            message = view.task.error.message if view.task.error else "nothing was drawn"
            typer.echo(f"seedbed: {message}", err=True)
            raise typer.Exit(1)
        await _save(held, view, output)


async def _show_progress(held: Resources, task_id: str) -> TaskView:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from seedbed.tasks import store

    waiting = asyncio.create_task(held.images.wait(task_id, held.settings.task_timeout))
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("drawing", total=1.0)
        while not waiting.done():
            task = await held.database.read(store.get, task_id)
            if task is not None:
                bar.update(shown, completed=task.progress)
            await asyncio.wait({waiting}, timeout=0.1)
    return await waiting


async def _save(held: Resources, view: TaskView, output: Path | None) -> None:
    (image,) = view.delivered
    assert image.blob_key is not None
    blob = await held.blobs.get(image.blob_key)
    path = output or Path(f"seedbed-{view.task.id[:8]}{Path(image.blob_key).suffix}")
    try:
        path.write_bytes(blob.data)
    except OSError as error:
        typer.echo(f"seedbed: cannot write {path}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    if view.task.note:
        typer.echo(f"understood: {view.task.note}", err=True)
    typer.echo(f"{path}  {image.size}, seed {view.task.seed}", file=sys.stdout)
