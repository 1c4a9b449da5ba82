"""Finds engines by their entry points and tells which ones serve a model, in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

import structlog

from seedbed.contract.errors import BadRequest
from seedbed.contract.models import MODELS, find_model
from seedbed.engines.health import Health
from seedbed.settings import Settings

if TYPE_CHECKING:  # commands that only name engines need not wait for numpy
    from seedbed.engines.engine import Engine, EngineDescription

log = structlog.get_logger()

GROUP = "seedbed.engines"
KIND = "kind"
"""The option that names the installed engine, where the configured name is another."""
BY_MODEL = "models"
"""The option that is a table by model: an engine, which knows ids alone, finds ids for its keys."""


class UnknownEngine(Exception):
    """The settings name an engine that is not installed, or give one wrong options."""


@dataclass(frozen=True, slots=True)
class Seat:
    """An engine in use, under the name that the settings give it."""

    name: str
    engine: Engine
    description: EngineDescription
    """The engine's own, under that name."""
    health: Health
    models: tuple[str, ...]
    """The models that it serves, first or as a stand-in."""
    turns: asyncio.Semaphore
    """Lets so many jobs through at once as the engine takes, whichever lane they come from."""


def installed() -> dict[str, EntryPoint]:
    """List the installed engines by name, without loading them."""
    return {point.name: point for point in entry_points(group=GROUP)}


def engines_asked_for(settings: Settings) -> frozenset[str]:
    """Name the engines that the settings use; raise `UnknownEngine` for one not installed."""
    names = {name for model in MODELS for name in settings.engines_of(model.id)}
    found = installed()
    for name in sorted(names):
        if (kind := _kind(settings, name)) not in found:
            raise UnknownEngine(
                f"engine {kind!r} is not installed; installed are {', '.join(sorted(found))}"
            )
    return frozenset(names)


class Engines:
    """The engines that the settings use, each created once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seats = {name: _seat(settings, name) for name in sorted(engines_asked_for(settings))}

    def serving(self, model_id: str) -> Sequence[Seat]:
        """Give the engines that serve a model: the first, then those that stand in for it."""
        return [self._seats[name] for name in self._settings.engines_of(model_id)]

    def first(self, model_id: str) -> Seat:
        """Give the engine that serves a model as long as it is there."""
        return self.serving(model_id)[0]

    def all(self) -> Sequence[Seat]:
        """Give every engine in use."""
        return list(self._seats.values())

    @cached_property
    def lanes(self) -> Mapping[str, int]:
        """How many jobs each engine takes at once, by its name."""
        return {
            seat.name: _at_once(seat.description, self._settings) for seat in self._seats.values()
        }

    @cached_property
    def billing(self) -> frozenset[str]:
        """The models whose tasks may have cost somebody something as soon as they have begun."""
        return frozenset(
            model
            for seat in self._seats.values()
            for model in seat.models
            if not seat.description.repeatable
        )

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that draw, for worker processes to load before their first job."""
        return tuple(
            type(seat.engine).__module__
            for seat in self._seats.values()
            if seat.description.draws_in_workers
        )

    async def warm(self) -> None:
        """Load what first jobs would otherwise wait for, all engines side by side.

        What cannot be loaded fails its jobs, not the service.
        """
        await asyncio.gather(*(_warm(seat) for seat in self._seats.values()))

    async def close(self) -> None:
        """Close every engine."""
        for seat in self._seats.values():
            await seat.engine.close()


def _seat(settings: Settings, name: str) -> Seat:
    options = dict(settings.engine_options.get(name, {}))
    options.pop(KIND, None)
    if isinstance(table := options.get(BY_MODEL), Mapping):
        options[BY_MODEL] = {_model_id(settings, key): value for key, value in table.items()}
    create = installed()[_kind(settings, name)].load()
    try:
        engine = cast("Engine", create(options))
    except ValueError as error:
        raise UnknownEngine(f"engine {name!r}: {error}") from error
    models = tuple(model.id for model in MODELS if name in settings.engines_of(model.id))
    description = replace(engine.description, name=name)
    turns = asyncio.Semaphore(_at_once(description, settings))
    return Seat(name, engine, description, Health(name), models, turns)


def _at_once(description: EngineDescription, settings: Settings) -> int:
    return description.concurrency or settings.workers


def _model_id(settings: Settings, name: object) -> object:
    """Give a model's id for any name of it; what names no model stays as it is."""
    if not isinstance(name, str):
        return name
    try:
        return settings.model_aliases.get(name.strip().lower()) or find_model(name).id
    except BadRequest:
        return name


def _kind(settings: Settings, name: str) -> str:
    options: Mapping[str, Any] = settings.engine_options.get(name, {})
    return str(options.get(KIND, name))


async def _warm(seat: Seat) -> None:
    try:
        await seat.engine.warm()
    except Exception as error:
        log.exception("warming up failed", engine=seat.name)
        seat.health.warmed(str(error) or type(error).__name__)
    else:
        seat.health.warmed()
