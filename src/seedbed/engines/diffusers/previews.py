"""Previews: what a picture looks like so far, decoded small from its latents."""

from __future__ import annotations

import functools
from typing import Any, TypeAlias

import numpy as np

from seedbed.engines.diffusers.families import Family, Shape
from seedbed.engines.engine import Pixels

Tensor: TypeAlias = Any

EDGE = 256
"""The longer edge of a preview, in pixels."""


def steps_shown(previews: int, steps: int) -> frozenset[int]:
    """Choose after which steps, counted from 1, so many previews are shown; never the last."""
    wanted = {round(steps * number / (previews + 1)) for number in range(1, previews + 1)}
    return frozenset(step for step in wanted if 0 < step < steps)


class Foresight:
    """Watches a scheduler for what each step expects the finished picture to be.

    Half-way the latents themselves are mostly noise; the end that a step steers for is not.
    """

    def __init__(self, scheduler: Any) -> None:
        self.expected: Tensor = None
        """Latents of the finished picture, as the last step saw them; None before the first."""
        step = scheduler.step

        @functools.wraps(step)
        def watched(
            model_output: Tensor, timestep: Any, sample: Tensor, *args: Any, **kw: Any
        ) -> Any:
            result = step(model_output, timestep, sample, *args, **kw)
            self.expected = _expected(scheduler, result, model_output, sample)
            return result

        scheduler.step = watched


def preview(pipeline: Any, family: Family, shape: Shape, latents: Tensor) -> list[Pixels]:
    """Decode latents of a batch to small pictures of the same ratio, one for each."""
    import torch

    with torch.no_grad():
        vae = pipeline.vae
        flat = _unpacked(pipeline, family, shape, latents)
        longest = max(flat.shape[-2:])
        share = EDGE / pipeline.vae_scale_factor / longest
        if share < 1:
            flat = torch.nn.functional.interpolate(flat, scale_factor=share, mode="area")
        dtype = vae.dtype
        if family.latents == "frames":
            flat = flat.unsqueeze(2)
        overflows = dtype == torch.float16 and getattr(vae.config, "force_upcast", False)
        if overflows:
            vae.to(dtype=torch.float32)
        try:
            decoded = vae.decode(flat.to(vae.dtype), return_dict=False)[0]
        finally:
            if overflows:
                vae.to(dtype=dtype)
        if family.latents == "frames":
            decoded = decoded[:, :, 0]
        light = (decoded.float() / 2 + 0.5).clamp(0, 1).nan_to_num()
        pixels = (light * 255).round().permute(0, 2, 3, 1).cpu().numpy().astype(np.uint8)
        return list(pixels)


def _expected(scheduler: Any, result: Any, model_output: Tensor, sample: Tensor) -> Tensor:
    if isinstance(result, tuple) and len(result) > 1:
        return result[1]  # it says so itself
    sigmas, index = getattr(scheduler, "sigmas", None), getattr(scheduler, "step_index", None)
    if type(scheduler).__name__.startswith("FlowMatch") and sigmas is not None and index:
        return sample - sigmas[index - 1].to(sample.device) * model_output
    return result[0] if isinstance(result, tuple) else result.prev_sample


def _unpacked(pipeline: Any, family: Family, shape: Shape, latents: Tensor) -> Tensor:
    """Give batch x channels x height x width, as the decoder takes them."""
    import torch

    config = pipeline.vae.config
    if family.latents == "patches":
        return _from_patches(pipeline, shape, latents)
    if family.latents in ("packed", "frames"):
        factor = pipeline.vae_scale_factor
        latents = pipeline._unpack_latents(latents, shape.height, shape.width, factor)
    if family.latents == "frames":
        latents = latents[:, :, 0]
    mean, std = getattr(config, "latents_mean", None), getattr(config, "latents_std", None)
    if mean is not None and std is not None:
        like = {"device": latents.device, "dtype": latents.dtype}
        spread = torch.tensor(std, **like).view(1, -1, 1, 1)
        centre = torch.tensor(mean, **like).view(1, -1, 1, 1)
        return latents * spread / getattr(config, "scaling_factor", 1.0) + centre
    return latents / config.scaling_factor + (getattr(config, "shift_factor", None) or 0.0)


def _from_patches(pipeline: Any, shape: Shape, latents: Tensor) -> Tensor:
    import torch

    edge = pipeline.vae_scale_factor * 2
    batch, _, channels = latents.shape
    grid = latents.permute(0, 2, 1).reshape(
        batch, channels, shape.height // edge, shape.width // edge
    )
    norm = pipeline.vae.bn
    std = torch.sqrt(norm.running_var + pipeline.vae.config.batch_norm_eps).view(1, -1, 1, 1)
    mean = norm.running_mean.view(1, -1, 1, 1)
    grid = grid * std.to(grid.device, grid.dtype) + mean.to(grid.device, grid.dtype)
    return pipeline._unpatchify_latents(grid)
