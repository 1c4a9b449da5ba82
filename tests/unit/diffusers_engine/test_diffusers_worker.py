"""The worker: batches, cancellation, memory, load failures, several requests at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog

pytest.importorskip("diffusers", reason="needs the extra: pip install 'seedbed[diffusers]'")
torch = pytest.importorskip("torch", reason="needs the extra: pip install 'seedbed[diffusers]'")

from seedbed.engines.diffusers.engine import create
from seedbed.engines.engine import EngineContext, EngineError, Progress, Unavailable
from tests.unit.diffusers_engine.jobs import TOLERANCE, apart, drawn, job, photo

Make = Callable[..., Any]

MIXED = ("stable_diffusion_xl", "flux", "flux2_klein", "z_image", "qwen_image")
SECRET = "a very private wish " * 40


class Calls:
    """Counts the calls of a model's denoiser, and how many pictures each was for."""

    def __init__(self, engine: Any, monkeypatch: pytest.MonkeyPatch, at_call: Any = None) -> None:
        self.pictures: list[int] = []
        pipeline = engine._worker._ready.result().pipeline
        denoiser = getattr(pipeline, "unet", None) or pipeline.transformer
        forward = denoiser.forward

        def counted(*args: Any, **named: Any) -> Any:
            first = args[0] if args else named["hidden_states"]
            self.pictures.append(len(first))
            if at_call is not None:
                at_call(len(self.pictures), len(first))
            return forward(*args, **named)

        monkeypatch.setattr(denoiser, "forward", counted)


@pytest.mark.parametrize("family", MIXED)
async def test_different_requests_are_drawn_in_one_call_and_each_as_if_alone(
    family: str, engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [
        job("a cat", task_id="1", seed=1, guidance_scale=0.0),
        job("a much longer wish for a house by the sea", task_id="2", seed=2, guidance_scale=0.0),
        job("", task_id="3", seed=3, guidance_scale=0.0),
    ]
    one = engine(family)
    alone = [(await drawn(one, each)).only for each in asked]
    calls = Calls(one, monkeypatch)
    with held(one):
        waiting = [asyncio.create_task(drawn(one, each)) for each in asked]
        await queued(one, 3)
    together = [(await task).only for task in waiting]
    assert calls.pictures == [3, 3], "two steps, each of them one call"
    for by_itself, beside_others in zip(alone, together, strict=True):
        assert apart(by_itself, beside_others) <= TOLERANCE


async def test_only_pictures_of_one_shape_go_together(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [
        job(task_id="1", guidance_scale=1.0),
        job(task_id="2", guidance_scale=1.0, width=128, height=32),
        job(task_id="3", guidance_scale=1.0, seed=9),
    ]
    one = engine("stable_diffusion_xl")
    alone = [(await drawn(one, each)).only for each in asked]
    calls = Calls(one, monkeypatch)
    with held(one):
        waiting = [asyncio.create_task(drawn(one, each)) for each in asked]
        await queued(one, 3)
    together = [(await task).only for task in waiting]
    assert calls.pictures == [2, 2, 1, 1]
    assert max(map(apart, alone, together)) <= TOLERANCE


async def test_a_batch_holds_no_more_than_its_option_says(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = engine("flux", batch=2)
    await one.warm()
    calls = Calls(one, monkeypatch)
    made = await drawn(one, job(indexes=(0, 1, 2)))
    assert len(made.pictures) == 3
    assert calls.pictures == [2, 2, 1, 1]
    assert one.description.concurrency == 4


@pytest.mark.parametrize("family", ["flux2_klein", "qwen_image_edit_plus"])
async def test_edits_of_other_pictures_are_not_mixed(
    family: str, engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [
        job(task_id="1", guidance_scale=1.0, images=(photo(1),), indexes=(0, 1)),
        job(task_id="2", guidance_scale=1.0, images=(photo(2),), indexes=(0, 1)),
    ]
    one = engine(family)
    alone = [(await drawn(one, each)).pictures for each in asked]
    calls = Calls(one, monkeypatch)
    with held(one):
        waiting = [asyncio.create_task(drawn(one, each)) for each in asked]
        await queued(one, 4)
    together = [(await task).pictures for task in waiting]
    assert calls.pictures == [2, 2, 2, 2], "each task's own pictures go together"
    for before, after in zip(alone, together, strict=True):
        assert max(apart(before[index], after[index]) for index in (0, 1)) <= TOLERANCE
    assert apart(alone[0][0], alone[1][0]) > 0


async def test_requests_of_every_kind_at_once_each_give_what_they_give_alone(
    engine: Make,
) -> None:
    asked = [
        job("one", task_id="1", seed=1),
        job("two", task_id="2", seed=2, images=(photo(2),)),
        job("three", task_id="3", seed=3, width=128, height=32),
        job("four", task_id="4", seed=4, guidance_scale=7.0),
        job("five", task_id="5", seed=5, indexes=(0, 1)),
    ]
    one = engine("stable_diffusion_xl", steps=4)
    alone = [(await drawn(one, each)).pictures for each in asked]
    at_once = await asyncio.gather(*(drawn(one, each) for each in asked))
    for before, after in zip(alone, at_once, strict=True):
        for index, pixels in before.items():
            assert apart(pixels, after.pictures[index]) <= TOLERANCE


async def test_a_cancelled_job_stops_after_its_step(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = engine("flux", steps=50)
    await one.warm()
    calls = Calls(one, monkeypatch)
    events = one.draw(job(), EngineContext())
    async for event in events:
        if isinstance(event, Progress) and event.stage.startswith("step 2"):
            break
    await events.aclose()
    made = await drawn(one, job(seed=8, width=128, height=32))  # waits until the worker is free
    assert made.only.shape == (32, 128, 3)
    assert len(calls.pictures) < 50 + 20, "the first was left long before its fiftieth step"


async def test_others_of_a_batch_go_on_when_one_is_cancelled(engine: Make) -> None:
    one = engine("flux", steps=12)
    alone = await drawn(one, job(task_id="2", seed=2))
    with held(one):
        stopped = asyncio.create_task(drawn(one, job(task_id="1", seed=1)))
        going = asyncio.create_task(drawn(one, job(task_id="2", seed=2)))
        await queued(one, 2)
    await asyncio.sleep(0.02)
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    assert apart((await going).only, alone.only) <= TOLERANCE


async def test_where_memory_is_short_the_batch_is_halved_and_stays_so(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = engine("stable_diffusion_xl")
    asked = job(indexes=(0, 1, 2, 3), guidance_scale=1.0)
    alone = await drawn(one, asked)
    calls = Calls(one, monkeypatch, lambda _, pictures: out_of_memory() if pictures > 2 else None)
    made = await drawn(one, asked)
    assert made.failures == {}
    assert calls.pictures == [4, 2, 2, 2, 2]
    assert max(apart(alone.pictures[at], made.pictures[at]) for at in range(4)) <= TOLERANCE
    calls.pictures.clear()
    await drawn(one, asked)
    assert calls.pictures == [2, 2, 2, 2], "it is not tried again at that size"


async def test_out_of_memory_fails_the_picture_frees_memory_and_keeps_serving(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = engine("flux", steps=3)
    before = await drawn(one, job())
    freed: list[None] = []
    monkeypatch.setattr("seedbed.engines.diffusers.worker.free_memory", lambda: freed.append(None))
    with monkeypatch.context() as patch:
        Calls(one, patch, lambda call, _: out_of_memory() if call == 2 else None)
        made = await drawn(one, job())
    assert made.pictures == {}
    assert "ran out of memory at 64x64" in made.failures[0].message
    assert "offload" in made.failures[0].message
    assert freed == [None]
    assert apart((await drawn(one, job())).only, before.only) == 0


@pytest.mark.filterwarnings("ignore::FutureWarning")  # how diffusers upcasts a decoder
async def test_a_call_that_is_cut_off_leaves_the_decoder_as_it_was(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = engine("stable_diffusion_xl", dtype="float16")
    await one.warm()
    pipeline = one._worker._ready.result().pipeline
    assert pipeline.vae.config.force_upcast
    with monkeypatch.context() as patch:
        patch.setattr(pipeline.vae, "decode", lambda *_, **__: out_of_memory())
        assert (await drawn(one, job())).failures
    assert pipeline.vae.dtype == torch.float16
    assert (await drawn(one, job())).only.std() > 1


async def test_a_failing_model_fails_the_picture_and_says_nothing_of_the_prompt(
    engine: Make,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    one = engine("flux")
    await drawn(one, job(SECRET))  # longer than CLIP reads: its own warning would quote it
    before = await drawn(one, job())

    def broken(*_: int) -> None:
        raise ValueError(f"cannot draw {SECRET}")

    with monkeypatch.context() as patch, structlog.testing.capture_logs() as logs:
        Calls(one, patch, broken)
        made = await drawn(one, job(SECRET))
    assert made.failures[0].message == "The model failed (ValueError)."
    (told,) = logs
    assert told["event"] == "call of the model failed"
    assert any("broken" in place for place in told["at"])
    written = [*map(str, logs), caplog.text, *capfd.readouterr()]
    assert not any("private" in text for text in written)
    assert apart((await drawn(one, job())).only, before.only) == 0


async def test_numbers_that_overflow_are_a_failure_and_no_black_picture(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = engine("flux")
    await one.warm()
    vae = one._worker._ready.result().pipeline.vae
    monkeypatch.setattr(vae, "decode", lambda latents, **_: (latents[:, :3] * np.nan,))
    made = await drawn(one, job())
    assert "dtype" in made.failures[0].message


async def test_a_model_that_is_not_there_is_unavailable_and_found_once_it_is(
    model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "later"
    shutil.copytree(model("flux"), folder)
    one = create({"model": str(folder), "retry_seconds": 0.05, "pixels": 4096, "steps": 1})
    weights = folder / "transformer"
    weights.rename(tmp_path / "away")
    try:
        for _ in range(3):
            with pytest.raises(Unavailable, match="could not be loaded") as refused:
                await one.warm()
            assert str(tmp_path) not in refused.value.message
        with pytest.raises(Unavailable):
            await drawn(one, job())
        (tmp_path / "away").rename(weights)
        await asyncio.sleep(0.5)
        assert (await drawn(one, job())).only.shape == (64, 64, 3)
    finally:
        await one.close()


async def test_a_failed_load_is_not_tried_again_at_once(
    model: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[None] = []

    def fail(*_: Any) -> Any:
        tries.append(None)
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("seedbed.engines.diffusers.loading._place", fail)
    one = create({"model": str(model("flux")), "retry_seconds": 60})
    for _ in range(5):
        with pytest.raises(Unavailable, match="does not fit into the device's memory"):
            await drawn(one, job())
    assert len(tries) == 1
    await one.close()


async def test_who_draws_while_the_model_loads_waits_for_it(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedbed.engines.diffusers import engine as module

    gate, loads = threading.Event(), []

    def slow(*args: Any) -> Any:
        loads.append(args)
        gate.wait(20)
        return load(*args)

    load = module.load
    monkeypatch.setattr(module, "load", slow)
    one = engine("flux")
    warming = asyncio.create_task(one.warm())
    impatient = asyncio.create_task(drawn(one, job()))
    drawing = asyncio.create_task(drawn(one, job()))
    await asyncio.sleep(0.1)
    impatient.cancel()
    await asyncio.sleep(0)
    gate.set()
    await warming
    assert (await drawing).only.shape == (64, 64, 3)
    assert len(loads) == 1


async def test_closing_ends_the_thread_and_fails_who_waits(engine: Make) -> None:
    one = engine("flux", steps=200)
    await one.warm()
    drawing = asyncio.create_task(drawn(one, job()))
    waiting = asyncio.create_task(drawn(one, job(width=128, height=32)))
    await queued(one, 1)
    await asyncio.wait_for(one.close(), 10)
    assert not any(thread.name == "diffusers" for thread in threading.enumerate())
    for task in (drawing, waiting):
        assert (await asyncio.wait_for(task, 10)).failures[0].message == "The engine was closed."
    await one.warm()
    await one.close()


async def test_without_the_extra_it_says_what_to_install(
    model: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = create({"model": str(model("flux"))})
    for module in ("diffusers", "torch"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Unavailable, match=r"pip install 'seedbed\[diffusers\]'"):
        await one.warm()
    await one.close()


async def test_a_device_that_is_not_there_is_told(model: Callable[[str], Path]) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    one = create({"model": str(model("flux")), "device": "cuda:3"})
    with pytest.raises(Unavailable, match="device 'cuda:3' is not there; this machine has cpu"):
        await one.warm()
    await one.close()


async def test_compile_slicing_and_tiling_reach_the_model(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(
        torch.nn.Module, "compile", lambda self, **_: compiled.append(type(self).__name__)
    )
    one = engine("stable_diffusion_xl", compile=True, attention_slicing=True, vae_tiling=True)
    await one.warm()
    pipeline = one._worker._ready.result().pipeline
    assert compiled == ["UNet2DConditionModel"]
    assert pipeline.vae.use_tiling
    assert any("Sliced" in type(one).__name__ for one in pipeline.unet.attn_processors.values())
    assert (await drawn(one, job())).only.shape == (64, 64, 3)


async def test_a_preview_that_fails_costs_no_picture(
    engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = engine("flux", steps=8)
    before = await drawn(one, job(previews=3))
    monkeypatch.setattr("seedbed.engines.diffusers.previews.preview", lambda *_: out_of_memory())
    made = await drawn(one, job(previews=3))
    assert len(before.previews[0]) == 3
    assert made.previews == {}
    assert apart(made.only, before.only) == 0


async def test_offloaded_parts_serve_words_and_pictures_in_turn(
    model: Callable[[str], Path], engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedbed.engines.diffusers import loading

    asked = [job(), job(images=(photo(1),)), job()]
    usual = [(await drawn(engine("stable_diffusion_xl"), each)).only for each in asked]
    plan = loading.Plan("cpu:0", "float32", "model", False, False, False, False)
    monkeypatch.setattr(loading, "plan_for", lambda *_: plan)
    one = engine("stable_diffusion_xl")
    offloaded = [(await drawn(one, each)).only for each in asked]
    unet = one._worker._ready.result().pipeline.unet
    await one.close()  # after the call's hooks have been put back
    assert type(unet._hf_hook).__name__ == "CpuOffload"
    assert max(map(apart, usual, offloaded)) <= TOLERANCE


async def test_an_undecodable_picture_is_a_clear_error(engine: Make) -> None:
    from seedbed.engines.engine import EncodedImage

    broken = EncodedImage(b"\x89PNG\r\n\x1a\n" + os.urandom(64), "image/png")
    with pytest.raises(EngineError, match="cannot be decoded") as refused:
        await drawn(engine("flux"), job(images=(broken,)))
    assert refused.value.code == "bad_request"


@contextlib.contextmanager
def held(engine: Any) -> Any:
    """Keep the worker from taking anything from its queue, so that requests gather there."""
    take = engine._worker._together
    gate = threading.Event()

    def wait(shape: Any) -> Any:
        # Runs within the worker's lock, which `Condition.wait` gives up meanwhile.
        while not gate.is_set():
            engine._worker._changed.wait(0.01)
        return take(engine._worker._waiting[0].shape)

    engine._worker._together = wait
    try:
        yield
    finally:
        gate.set()
        engine._worker._together = take


async def queued(engine: Any, count: int) -> None:
    """Wait until so many pictures are in the queue."""
    async with asyncio.timeout(20):
        while len(engine._worker._waiting) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def out_of_memory() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
