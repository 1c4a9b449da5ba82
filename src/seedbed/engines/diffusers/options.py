"""The options of the engine, checked one by one: a wrong one says what is allowed.

[engine_options.diffusers]
profile = "sdxl"
offload = "model"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from seedbed.engines.diffusers.profiles import PROFILES

Switch: TypeAlias = bool | str
"""True, False or `auto`."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "dtype": ("auto", "float32", "float16", "bfloat16"),
    "offload": ("auto", "none", "model", "sequential"),
}
SWITCHES = ("attention_slicing", "vae_tiling", "previews")
RANGES: Mapping[str, tuple[float, float]] = {
    "steps": (1, 200),
    "batch": (1, 64),
    "guidance": (0, 30),
    "strength": (0.05, 1),
    "pixels": (64 * 64, 4096 * 4096),
    "retry_seconds": (0.01, 3600),
}
WHOLE = ("steps", "batch", "pixels")
TEXTS = ("profile", "model", "revision", "cache_dir", "variant", "device")


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator may set; a line below each field says what it does."""

    profile: str | None = None
    """A ready-made profile, by name."""
    model: str | None = None
    """A hub id or a local folder, instead of the profile's own."""
    revision: str | None = None
    """Branch, tag or commit on the hub."""
    variant: str | None = None
    """Which of several files of weights is used, such as `fp16`; by default the profile's."""
    cache_dir: str | None = None
    """Folder of downloaded models; by default the hub's own, `HF_HOME`."""
    device: str = "auto"
    """`auto`, `cpu`, `cuda`, `cuda:1` … or `mps`; `auto` takes the first GPU there is."""
    dtype: str = "auto"
    """`float32`, `float16`, `bfloat16`; `auto` is bfloat16 on a GPU that has it."""
    offload: str = "auto"
    """`none`, `model` (one part on the GPU at a time), `sequential` (one layer at a time); `auto`
    by what fits."""
    attention_slicing: Switch = "auto"
    """Slower attention in less memory; `auto` only on `mps`."""
    vae_tiling: Switch = "auto"
    """Decode large pictures tile by tile; `auto` where parts are offloaded."""
    compile: bool = False
    """`torch.compile` the denoiser: minutes once for each size, then faster steps."""
    steps: int | None = None
    """Denoising steps; by default the profile's."""
    guidance: float | None = None
    """Guidance where a request names none; by default the profile's."""
    strength: float | None = None
    """How far image to image draws a picture anew, from 0.05 to 1; by default the profile's."""
    pixels: int | None = None
    """The number of pixels to draw with, whatever was asked for; less is faster."""
    batch: int = 4
    """Most pictures that are drawn together."""
    previews: Switch = "auto"
    """Whether previews are made when a stream asks for some; `auto` unless parts are offloaded."""
    retry_seconds: float = 30.0
    """Seconds after which a model that could not be loaded is tried again; doubled each time."""

    @property
    def source(self) -> str:
        """The hub id or the folder."""
        return self.model or PROFILES[str(self.profile)].hub


def read(given: Mapping[str, Any]) -> Options:
    """Check the options; raise ValueError with what is allowed."""
    known = [field.name for field in fields(Options)]
    for name in sorted(given.keys() - set(known)):
        raise ValueError(f"diffusers has no option {name!r}; it has {', '.join(known)}")
    for name, value in given.items():
        _check(name, value)
    options = Options(**given)
    if options.profile is None and options.model is None:
        raise ValueError(
            f"diffusers needs a model: profile is one of {', '.join(PROFILES)}; "
            "or model is a hub id or a folder"
        )
    return options


def _check(name: str, value: Any) -> None:
    allowed = _allowed(name, value)
    if allowed is not None:
        raise ValueError(f"diffusers: option {name} is {value!r}; {allowed}")


def _allowed(name: str, value: Any) -> str | None:
    """Say what is allowed where `value` is not."""
    if name == "profile" and value not in PROFILES:
        return f"profiles are {', '.join(PROFILES)}"
    if name in TEXTS:
        return None if isinstance(value, str) and value else "a text is expected"
    if name in CHOICES:
        return None if value in CHOICES[name] else f"one of {', '.join(CHOICES[name])} is expected"
    if name == "compile":
        return None if isinstance(value, bool) else "true or false is expected"
    if name in SWITCHES:
        is_one = isinstance(value, bool) or value == "auto"
        return None if is_one else "true, false or auto is expected"
    lowest, highest = RANGES[name]
    kinds = (int,) if name in WHOLE else (int, float)
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    if is_number and lowest <= value <= highest:
        return None
    if name in WHOLE:
        return f"a whole number from {lowest:,} to {highest:,} is expected"
    return f"a number from {lowest:g} to {highest:g} is expected"
