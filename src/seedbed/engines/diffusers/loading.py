"""Loading: from a folder to a pipeline on its device, with what the device can bear."""

from __future__ import annotations

import copy
import gc
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from seedbed.engines.diffusers.families import Family
from seedbed.engines.diffusers.hub import INSTALL, parameters
from seedbed.engines.diffusers.options import Options, Switch
from seedbed.engines.engine import EngineError, Unavailable

Pipeline: TypeAlias = Any
"""A pipeline of diffusers; torch and diffusers are optional, so nothing here has their types."""

HEADROOM = 1.1
"""Memory of weights on a device, beside what they have on disk."""
WORKING_BYTES = 3 * 2**30
"""What drawing itself needs beside the weights, about."""
SIZES = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model is held."""

    device: str
    dtype: str
    offload: str
    attention_slicing: bool
    vae_tiling: bool
    compile: bool
    previews: bool


@dataclass(slots=True)
class Model:
    """A model that is loaded: its pipeline, and the one that starts from a picture."""

    pipeline: Pipeline
    family: Family
    plan: Plan
    _redrawing: Pipeline = None

    def view(self, redraws: bool) -> Pipeline:
        """Give a pipeline for one call: the same parts, and a scheduler of its own.

        Schedulers count their steps, and a call leaves its marks on the pipeline: neither
        outlives the call.
        """
        source = self._redraw() if redraws else self.pipeline
        view = copy.copy(source)
        view.scheduler = copy.deepcopy(source.scheduler)
        view.set_progress_bar_config(disable=True)
        return view

    def _redraw(self) -> Pipeline:
        if self._redrawing is None:
            import diffusers

            kind = getattr(diffusers, str(self.family.redraws))
            parts = dict(self.pipeline.components)
            if "requires_safety_checker" in self.pipeline.config:
                parts["requires_safety_checker"] = self.pipeline.config.requires_safety_checker
            self._redrawing = kind(**parts)
        return self._redrawing


def load(folder: Path, family: Family, options: Options, variant: str | None) -> Model:
    """Load a model onto its device; raises `Unavailable` with the reason."""
    diffusers = library()
    try:
        plan = plan_for(folder, options, variant)
        kind = getattr(diffusers, family.pipeline)
        pipeline = kind.from_pretrained(
            folder,
            dtype=getattr(_torch(), plan.dtype),
            use_safetensors=True,
            local_files_only=True,
            **_special(folder, family, variant),
        )
        _place(pipeline, plan)
    except Exception as error:
        raise _unloadable(error, folder) from None  # its frames would hold the weights
    return Model(pipeline, family, plan)


def library() -> Any:
    """Import diffusers, told never to write of prompts; raises `Unavailable`."""
    try:
        import diffusers
        import transformers

        _torch()
    except ImportError as error:
        raise Unavailable(f"the diffusers engine is not installed ({error}): {INSTALL}") from error
    # Their warnings quote what they cut off a prompt, and their bars write over the log.
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return diffusers


def plan_for(folder: Path, options: Options, variant: str | None) -> Plan:
    """Decide how a model is held, by the options and by what the device has."""
    device = _device(options.device)
    dtype = _dtype(device) if options.dtype == "auto" else options.dtype
    offload = options.offload
    if offload == "auto":
        offload = _offload(device, dtype, folder, variant)
    if device == "cpu":
        offload = "none"  # everything is where it would be offloaded to
    offloads = offload != "none"
    return Plan(
        device=device,
        dtype=dtype,
        offload=offload,
        attention_slicing=_switch(options.attention_slicing, device == "mps"),
        vae_tiling=_switch(options.vae_tiling, offloads),
        compile=options.compile,
        previews=_switch(options.previews, not offloads),
    )


def fitting(weights: dict[str, int], bytes_each: int, free: int) -> str:
    """Choose how to offload parts of so many parameters into so much memory."""
    if not weights:
        return "none"
    room = free - WORKING_BYTES
    if sum(weights.values()) * bytes_each * HEADROOM <= room:
        return "none"
    if max(weights.values()) * bytes_each * HEADROOM <= room:
        return "model"
    return "sequential"


def free_memory() -> None:
    """Give back what nothing holds any more."""
    gc.collect()
    try:
        torch = _torch()
    except ImportError:  # then nothing was ever taken
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that memory has run out, on any device."""
    if isinstance(error, MemoryError | _torch().OutOfMemoryError):
        return True
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)


def _special(folder: Path, family: Family, variant: str | None) -> dict[str, Any]:
    """Give what loading a model needs beyond its folder."""
    special: dict[str, Any] = {}
    if variant is not None and any(folder.glob(f"*/*.{variant}*.safetensors")):
        special["variant"] = variant
    if family.sees:
        from seedbed.engines.diffusers.processor import PictureProcessor

        special["processor"] = PictureProcessor.from_pretrained(folder / "processor")
    return special


def _unloadable(error: Exception, folder: Path) -> Unavailable:
    """Say in a line why a model cannot be loaded, without a path of this machine."""
    if isinstance(error, EngineError):
        return Unavailable(error.message)
    if is_out_of_memory(error):
        return Unavailable(
            "the model does not fit into the device's memory; the engine's option offload can be "
            "model or sequential, which need less"
        )
    lines = str(error).replace(str(folder), folder.name).strip().splitlines()
    return Unavailable(
        f"the model could not be loaded: {lines[0] if lines else type(error).__name__}"
    )


def _place(pipeline: Pipeline, plan: Plan) -> None:
    if plan.offload == "model":
        pipeline.enable_model_cpu_offload(device=plan.device)
    elif plan.offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=plan.device)
    else:
        pipeline.to(plan.device)
    if plan.attention_slicing:
        pipeline.enable_attention_slicing()
    vae = pipeline.vae
    if plan.vae_tiling and hasattr(vae, "enable_tiling"):
        vae.enable_tiling()
    if plan.compile:
        (getattr(pipeline, "unet", None) or pipeline.transformer).compile()


def _switch(asked: Switch, automatic: bool) -> bool:
    return automatic if asked == "auto" else bool(asked)


def _device(asked: str) -> str:
    torch = _torch()
    has_cuda, has_mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if asked == "auto":
        return "cuda" if has_cuda else "mps" if has_mps else "cpu"
    kind = asked.split(":", maxsplit=1)[0]
    there = ["cpu", *["cuda"] * has_cuda, *["mps"] * has_mps]
    if kind not in there:
        raise EngineError(f"device {asked!r} is not there; this machine has {', '.join(there)}")
    return asked


def _dtype(device: str) -> str:
    torch = _torch()
    if device == "cpu":
        return "float32"
    if device.startswith("cuda") and not torch.cuda.is_bf16_supported():
        return "float16"
    return "bfloat16"


def _offload(device: str, dtype: str, folder: Path, variant: str | None) -> str:
    if not device.startswith("cuda"):
        return "none"  # a CPU has one memory, and so has a Mac
    free, _ = _torch().cuda.mem_get_info(device)
    return fitting(parameters(folder, variant), SIZES[dtype], free)


def _torch() -> Any:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import torch

    return torch
