"""Measures the diffusers engine: `python -m bench.diffusers` (needs `seedbed[diffusers]`).

Random weights, so that no model has to be fetched: on a GPU an SDXL of its true size, on a CPU a
small one of the same build. Figures are this machine's; the ratios are what to compare.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedbed.engines.diffusers.engine import DiffusersEngine, create
from seedbed.engines.diffusers.loading import library
from seedbed.engines.engine import EngineContext, Failure, Job, Picture

PROMPT = "a lighthouse on a rock, evening light"
ROUNDS = 12
BATCHES = (1, 2, 4)
OF_SHAPE = 8
"""Requests that wait together, for the gain of a batch."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the model and its pictures are."""

    name: str
    channels: tuple[int, ...]
    layers: tuple[int, ...]
    words: int
    edge: int
    steps: int


SMALL = Scale("small", (32, 64, 128), (1, 1, 2), 64, 256, 8)
REAL = Scale("SDXL's own", (320, 640, 1280), (1, 2, 10), 2048, 1024, 30)


def main() -> None:
    """Print every measure, a line each."""
    for line in measures():
        print(line, flush=True)


def measures() -> Iterator[str]:
    """Give every measure, a line each."""
    import torch

    library()
    has_gpu = torch.cuda.is_available()
    scale, device = (REAL, "cuda") if has_gpu else (SMALL, "cpu")
    where = torch.cuda.get_device_name() if has_gpu else f"{torch.get_num_threads()} CPU threads"
    yield f"an SDXL of random weights, {scale.name} size, on {where}"
    if not has_gpu:
        yield "  no GPU is here: what follows says nothing of one"
    with tempfile.TemporaryDirectory() as folder:
        _build(scale).save_pretrained(folder)
        yield from asyncio.run(_all(Path(folder), scale, device))


async def _all(folder: Path, scale: Scale, device: str) -> list[str]:
    return [
        *await _beside_the_bare_pipeline(folder, scale, device),
        *await _gain(folder, scale, device),
        *await _after_out_of_memory(folder, scale, device),
    ]


async def _beside_the_bare_pipeline(folder: Path, scale: Scale, device: str) -> list[str]:
    """Draw by the engine and by its own pipeline, in turn."""
    engine = _engine(folder, scale, device, batch=1)
    await _drawn(engine, scale, 1)
    pipeline = engine._worker.ready().result().pipeline  # the very one, called as it is
    ours, bare = [], []
    for number in range(ROUNDS):
        for is_ours in (number % 2 == 0, number % 2 == 1):  # who is first changes
            began = time.perf_counter()
            if is_ours:
                await _drawn(engine, scale, 1)
            else:
                await asyncio.to_thread(_call, pipeline, scale)
            (ours if is_ours else bare).append(time.perf_counter() - began)
    await engine.close()
    return [
        f"  {scale.edge}², {scale.steps} steps, {how} of {ROUNDS}: bare pipeline {base:.2f} s, "
        f"engine {mine:.2f} s a picture; {base / mine:.3f} of the bare throughput (goal 0.98)"
        for how, base, mine in (
            ("the median", statistics.median(bare), statistics.median(ours)),
            ("the fastest", min(bare), min(ours)),
        )
    ]


async def _gain(folder: Path, scale: Scale, device: str) -> list[str]:
    """Draw requests that wait together, by batches of several sizes."""
    lines, alone = [], 0.0
    for batch in BATCHES:
        engine = _engine(folder, scale, device, batch=batch)
        await _drawn(engine, scale, batch)
        began = time.perf_counter()
        await asyncio.gather(*(_drawn(engine, scale, 1, seed) for seed in range(OF_SHAPE)))
        rate = OF_SHAPE / (time.perf_counter() - began)
        await engine.close()
        alone = alone or rate
        lines.append(
            f"  {OF_SHAPE} requests at once, batches of {batch}: {rate:.2f} pictures/s, "
            f"{rate / alone:.2f} of one by one"
        )
    return lines


async def _after_out_of_memory(folder: Path, scale: Scale, device: str) -> list[str]:
    """Let a call run out of memory half-way, and see what is held afterwards."""
    import torch

    engine = _engine(folder, scale, device, batch=1)
    await _drawn(engine, scale, 1)
    unet = engine._worker.ready().result().pipeline.unet
    before, forward, held = _held(), unet.forward, []

    def fail(*args: Any, **named: Any) -> Any:
        held.append(_held())
        raise torch.OutOfMemoryError("out of memory, for the measure")

    unet.forward = fail
    told = await _drawn(engine, scale, 1)
    unet.forward = forward
    after = _held()
    again = await _drawn(engine, scale, 1)
    await engine.close()
    assert isinstance(told[-1], Failure)
    assert isinstance(again[-1], Picture)
    return [
        f"  tensors held before, when memory ran out, and after: {before / 1e6:.1f}, "
        f"{held[0] / 1e6:.1f} and {after / 1e6:.1f} MB; the next picture was drawn"
    ]


def _held() -> int:
    """Bytes of all tensors that are alive; on a GPU, as its allocator counts them."""
    import gc

    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.memory_allocated())
    tensors = [one for one in gc.get_objects() if issubclass(type(one), torch.Tensor)]
    storages = [one.untyped_storage() for one in tensors]
    return sum({one.data_ptr(): one.nbytes() for one in storages}.values())


def _engine(folder: Path, scale: Scale, device: str, batch: int) -> DiffusersEngine:
    options = {
        "model": str(folder),
        "device": device,
        "batch": batch,
        "steps": scale.steps,
        "pixels": scale.edge**2,
    }
    engine = create(options)
    assert isinstance(engine, DiffusersEngine)
    return engine


async def _drawn(engine: DiffusersEngine, scale: Scale, count: int, seed: int = 0) -> list[Any]:
    job = Job(
        f"task-{seed}",
        "any",
        PROMPT,
        scale.edge,
        scale.edge,
        seed,
        indexes=tuple(range(count)),
        image_count=count,
    )
    events = [event async for event in engine.draw(job, EngineContext())]
    return [event for event in events if isinstance(event, Picture | Failure)]


def _call(pipeline: Any, scale: Scale) -> None:
    import torch

    pipeline.set_progress_bar_config(disable=True)
    pipeline(
        PROMPT,
        width=scale.edge,
        height=scale.edge,
        num_inference_steps=scale.steps,
        guidance_scale=5.0,
        generator=torch.Generator("cpu").manual_seed(0),
        output_type="np",
    )


def _build(scale: Scale) -> Any:
    """Build an SDXL of random weights."""
    import diffusers
    import torch
    import transformers
    from tokenizers.pre_tokenizers import ByteLevel

    torch.manual_seed(0)
    wide, dtype = scale.words // 2, torch.bfloat16 if torch.cuda.is_available() else torch.float32
    letters = sorted(ByteLevel.alphabet())
    words = ("<|endoftext|>", "<|startoftext|>", *letters, *(one + "</w>" for one in letters))

    def text_encoder(kind: Any) -> Any:
        return kind(
            transformers.CLIPTextConfig(
                vocab_size=len(words),
                hidden_size=wide,
                intermediate_size=4 * wide,
                num_hidden_layers=2 if scale is SMALL else 12,
                num_attention_heads=4,
                projection_dim=wide,
                bos_token_id=1,
                eos_token_id=0,
                pad_token_id=0,
            )
        )

    def tokenizer() -> Any:
        return transformers.CLIPTokenizer(
            vocab={word: number for number, word in enumerate(words)},
            merges=[],
            model_max_length=77,
        )

    down = ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D")
    up = ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")
    vae = (32, 32, 64, 64) if scale is SMALL else (128, 256, 512, 512)
    return diffusers.StableDiffusionXLPipeline(
        vae=diffusers.AutoencoderKL(
            block_out_channels=vae,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            latent_channels=4,
            layers_per_block=1 if scale is SMALL else 2,
        ),
        text_encoder=text_encoder(transformers.CLIPTextModel),
        text_encoder_2=text_encoder(transformers.CLIPTextModelWithProjection),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(),
        unet=diffusers.UNet2DConditionModel(
            sample_size=scale.edge // 8,
            block_out_channels=scale.channels,
            layers_per_block=1 if scale is SMALL else 2,
            down_block_types=down,
            up_block_types=up,
            attention_head_dim=(5, 10, 20) if scale is REAL else (2, 4, 8),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            transformer_layers_per_block=scale.layers,
            projection_class_embeddings_input_dim=wide + 6 * 256,
            cross_attention_dim=scale.words,
        ),
        scheduler=diffusers.EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
        ),
    ).to(dtype=dtype)


if __name__ == "__main__":
    main()
