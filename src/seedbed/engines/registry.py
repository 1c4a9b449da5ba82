"""Finds engines by their entry points and tells which one serves a model."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from seedbed.contract.models import MODELS
from seedbed.settings import Settings

if TYPE_CHECKING:  # commands that only name engines need not wait for numpy
    from seedbed.engines.engine import Engine

GROUP = "seedbed.engines"


class UnknownEngine(Exception):
    """The settings name an engine that is not installed."""


def installed() -> dict[str, EntryPoint]:
    """List the installed engines by name, without loading them."""
    return {point.name: point for point in entry_points(group=GROUP)}


def engines_asked_for(settings: Settings) -> frozenset[str]:
    """Name the engines that the settings use; raise `UnknownEngine` for one not installed."""
    names, found = {settings.engine_of(model.id) for model in MODELS}, installed()
    for name in sorted(names - found.keys()):
        raise UnknownEngine(
            f"engine {name!r} is not installed; installed are {', '.join(sorted(found))}"
        )
    return frozenset(names)


class Engines:
    """The engines that the settings use, each created once."""

    def __init__(self, settings: Settings) -> None:
        names, found = engines_asked_for(settings), installed()
        self._settings = settings
        self._engines = {
            name: cast("Engine", found[name].load()(settings.engine_options.get(name, {})))
            for name in sorted(names)
        }

    def serving(self, model_id: str) -> Engine:
        """Give the engine that serves a model."""
        return self._engines[self._settings.engine_of(model_id)]

    def all(self) -> Iterable[Engine]:
        """Give every engine in use."""
        return self._engines.values()

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that draw, for worker processes to load before their first job."""
        return tuple(type(engine).__module__ for engine in self._engines.values())

    async def warm(self) -> None:
        """Load what first jobs would otherwise wait for."""
        for engine in self._engines.values():
            await engine.warm()

    async def close(self) -> None:
        """Close every engine."""
        for engine in self._engines.values():
            await engine.close()
