"""Profiles: the models that are known by name, each with its licence, needs and habits."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from seedbed.engines.diffusers.families import FAMILIES, Family

BYTES = 2
"""Of one parameter on a GPU, in bfloat16."""
SMALLER, LARGER = 0.75, 1.25
"""The range of pixels around the native ones, where nothing else is known."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What one model is."""

    name: str
    hub: str
    """Its id on the hub, or a local folder."""
    pipeline: str
    summary: str
    licence: str
    commercial: bool
    """Whether the licence allows commercial use."""
    steps: int
    guidance: float
    pixels: int
    min_pixels: int
    max_pixels: int
    gated: bool = False
    """Whether the hub wants an account that has accepted the licence."""
    heeds_guidance: bool = True
    """Whether a request's `guidance_scale` changes the picture."""
    strength: float = 0.6
    references: int = 0
    variant: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Of each part, in billions."""

    @property
    def family(self) -> Family:
        """How its pipeline is called."""
        return FAMILIES[self.pipeline]

    @property
    def terms(self) -> str:
        """The licence, and whether commerce is left out of it."""
        return self.licence if self.commercial else f"{self.licence}; not for commercial use"

    @property
    def takes_pictures(self) -> bool:
        """Whether requests with input pictures can be drawn."""
        return bool(self.references or self.family.redraws)

    @property
    def gigabytes(self) -> float:
        """Memory of all its parts on a GPU."""
        return sum(self.parameters.values()) * BYTES

    @property
    def offloaded_gigabytes(self) -> float:
        """Memory of its largest part, which is what offloading part by part needs."""
        return max(self.parameters.values(), default=0.0) * BYTES


def _read() -> dict[str, Profile]:
    text = files("seedbed.engines.diffusers").joinpath("profiles.toml").read_text("utf-8")
    return {name: Profile(name=name, **facts) for name, facts in tomllib.loads(text).items()}


PROFILES: Mapping[str, Profile] = _read()


def unnamed(source: str, index: Mapping[str, Any], native: int | None) -> Profile:
    """Describe a model that has no profile, from its `model_index.json`.

    `native` is the number of pixels that its parts say they were made for. Raises ValueError for
    a pipeline that no family knows.
    """
    pipeline = str(index.get("_class_name"))
    family = FAMILIES.get(pipeline)
    if family is None:
        raise ValueError(
            f"{source} is a {pipeline}; the diffusers engine draws with {', '.join(FAMILIES)}"
        )
    pixels = native or family.pixels
    return Profile(
        name=Path(source).name if Path(source).is_dir() else source,
        hub=source,
        pipeline=pipeline,
        summary=f"A {pipeline}.",
        licence="see its card",
        commercial=False,
        steps=family.steps,
        guidance=family.guidance_scale,
        pixels=pixels,
        min_pixels=round(pixels * SMALLER),
        max_pixels=round(pixels * LARGER),
        strength=family.strength,
        references=family.references,
    )
