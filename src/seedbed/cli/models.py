"""`seedbed models`: what each model allows; and the open-weight ones, to be fetched."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from seedbed.cli import inspect
from seedbed.cli.tables import print_table
from seedbed.settings import Settings

app = typer.Typer(
    help="Show what each model allows; fetch open-weight ones.", invoke_without_command=True
)
KIND = "diffusers"
"""The engine that open-weight models are drawn with."""


@app.callback()
def models(context: typer.Context) -> None:
    """Show what each model allows and which engine serves it."""
    if context.invoked_subcommand is None:
        inspect.models()


@app.command("profiles")
def profiles() -> None:
    """Show the open-weight models that the diffusers engine knows by name."""
    from seedbed.engines.diffusers.profiles import PROFILES

    table = Table("profile", "what it is", "licence", "pictures in", "GPU", "offloaded", "hub")
    for name, one in PROFILES.items():
        table.add_row(
            name,
            one.summary,
            escape(one.terms),
            str(one.references or 1),
            f"{one.gigabytes:.0f} GB",
            f"{one.offloaded_gigabytes:.0f} GB",
            one.hub + (" (gated)" if one.gated else ""),
        )
    print_table(table)


@app.command("pull")
def pull(
    model: Annotated[str, typer.Argument(help="A profile, or an id on the Hugging Face Hub.")],
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit.")] = None,
    cache_dir: Annotated[
        str | None, typer.Option(help="Folder to fetch into; by default the hub's own, HF_HOME.")
    ] = None,
) -> None:
    """Fetch an open-weight model, or what of it is missing, with a progress bar."""
    from seedbed.engines.diffusers import hub
    from seedbed.engines.diffusers.profiles import PROFILES

    profile = PROFILES.get(model)
    if profile is None and "/" not in model:
        typer.echo(
            f"seedbed: no profile {model!r}; there are {', '.join(PROFILES)}; or name a hub id "
            "such as organisation/name",
            err=True,
        )
        raise typer.Exit(2)
    source = profile.hub if profile else model
    if profile:
        typer.echo(f"{source}  licence: {profile.terms}", err=True)
    asked = _options(model, source)
    try:
        folder = hub.pull(
            source,
            revision=revision or asked.get("revision"),
            cache_dir=cache_dir or asked.get("cache_dir"),
            variant=asked.get("variant") or (profile.variant if profile else None),
        )
    except (hub.PullFailed, ModuleNotFoundError) as error:
        typer.echo(f"seedbed: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(str(folder))


def _options(model: str, source: str) -> dict[str, str]:
    """Give the options of the configured engine that draws with a model, if there is one."""
    for name, options in Settings().engine_options.items():
        is_ours = options.get("kind", name) == KIND
        if is_ours and (options.get("model") or options.get("profile")) in (model, source):
            return options
    return {}
