"""Families: how a prompt, pictures, guidance, size and seed go into each kind of pipeline.

A family is a row of facts about one pipeline class of diffusers; `call` turns pictures that are
to be drawn together into the arguments of that class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from PIL import Image


@dataclass(frozen=True, slots=True)
class Family:
    """What one pipeline class takes."""

    pipeline: str
    """The class that a model's `model_index.json` names."""
    redraws: str | None = None
    """The class that starts from a picture (image to image) with the same parts."""
    references: int = 0
    """How many pictures its instruction editing takes; 0 where it has none."""
    shares_references: bool = False
    """Whether one call takes one set of pictures, so that only one job's go together."""
    repeats: bool = False
    """Whether one call with pictures takes one prompt, repeated, instead of a list."""
    needs_picture: bool = False
    """Whether it edits only, and draws nothing from words alone."""
    takes_sizes: bool = True
    """Whether the class that starts from a picture is told a size."""
    guidance: str = "guidance_scale"
    """The argument that takes the guidance scale."""
    negative: str | None = None
    """What guidance is measured against, where the pipeline has to be told."""
    multiple: int = 16
    """Each edge is a multiple of so many pixels."""
    max_ratio: float = 16.0
    """The longest ratio of a picture that it takes."""
    latents: Literal["plain", "packed", "frames", "patches"] = "plain"
    """How its latents lie, for previews."""
    sees: bool = False
    """Whether its text encoder sees the pictures too, through a processor."""
    steps: int = 28
    """Steps, unless a profile or an option says otherwise."""
    guidance_scale: float = 3.5
    pixels: int = 1024 * 1024
    strength: float = 0.6
    area: str | None = None
    """The argument that is told the pixels beside width and height."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that are always the same when pictures are given."""


FAMILIES = {
    family.pipeline: family
    for family in (
        Family(
            "StableDiffusionPipeline",
            redraws="StableDiffusionImg2ImgPipeline",
            takes_sizes=False,
            multiple=8,
            guidance_scale=7.5,
            pixels=512 * 512,
        ),
        Family(
            "StableDiffusionXLPipeline",
            redraws="StableDiffusionXLImg2ImgPipeline",
            takes_sizes=False,
            multiple=8,
            guidance_scale=5.0,
        ),
        Family("FluxPipeline", redraws="FluxImg2ImgPipeline", latents="packed"),
        Family(
            "FluxKontextPipeline",
            references=1,
            guidance_scale=2.5,
            latents="packed",
            area="max_area",
            fixed={"_auto_resize": False},
        ),
        Family(
            "Flux2KleinPipeline",
            references=4,
            shares_references=True,
            max_ratio=8.0,
            guidance_scale=4.0,
            latents="patches",
        ),
        Family("ZImagePipeline", redraws="ZImageImg2ImgPipeline"),
        Family(
            "QwenImagePipeline",
            redraws="QwenImageImg2ImgPipeline",
            guidance="true_cfg_scale",
            negative=" ",
            latents="frames",
            steps=50,
            guidance_scale=4.0,
        ),
        Family(
            "QwenImageEditPipeline",
            references=1,
            shares_references=True,
            repeats=True,
            needs_picture=True,
            guidance="true_cfg_scale",
            negative=" ",
            latents="frames",
            sees=True,
            steps=50,
            guidance_scale=4.0,
        ),
        Family(
            "QwenImageEditPlusPipeline",
            references=3,
            shares_references=True,
            repeats=True,
            needs_picture=True,
            guidance="true_cfg_scale",
            negative=" ",
            latents="frames",
            sees=True,
            steps=40,
            guidance_scale=4.0,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What pictures must have in common to be drawn in one call."""

    width: int
    height: int
    steps: int
    guidance: float
    strength: float | None = None
    """How far a picture is drawn anew, from 0 to 1; None where none is."""
    references: tuple[tuple[int, int], ...] = ()
    """Width and height of each picture that is given."""
    owner: str | None = None
    """The task, where only its own pictures go together."""


@dataclass(frozen=True, slots=True)
class Brief:
    """One picture that is to be drawn."""

    prompt: str
    seed: int
    pictures: tuple[Image.Image, ...] = ()


def call(
    family: Family, shape: Shape, briefs: Sequence[Brief], generators: Sequence[Any]
) -> dict[str, Any]:
    """Give the arguments of one call of the pipeline that draws `briefs` together.

    `generators` holds one `torch.Generator` for each of them.
    """
    count, first = len(briefs), briefs[0]
    together = family.repeats and bool(first.pictures)
    arguments: dict[str, Any] = {
        "prompt": first.prompt if together else [brief.prompt for brief in briefs],
        "generator": list(generators),
        "num_inference_steps": shape.steps,
        "output_type": "np",
        family.guidance: shape.guidance,
    }
    if together:
        arguments["num_images_per_prompt"] = count
    if family.negative is not None and shape.guidance > 1:
        arguments["negative_prompt"] = family.negative if together else [family.negative] * count
    if family.takes_sizes or not first.pictures:
        arguments |= {"width": shape.width, "height": shape.height}
    if family.area:
        arguments[family.area] = shape.width * shape.height
    if first.pictures:
        arguments |= _pictures(family, shape, briefs)
    return arguments


def _pictures(family: Family, shape: Shape, briefs: Sequence[Brief]) -> dict[str, Any]:
    if not family.references:
        first = [brief.pictures[0] for brief in briefs]
        return {"image": first, "strength": shape.strength}
    arguments = dict(family.fixed)
    if family.shares_references:
        pictures = list(briefs[0].pictures)
        return arguments | {"image": pictures[0] if family.references == 1 else pictures}
    return arguments | {"image": [brief.pictures[0] for brief in briefs]}
