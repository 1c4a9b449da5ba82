"""The tests that every engine passes, ours and anybody's: run them on yours in three lines.

    from seedbed.engines.contract import EngineContract

    class TestMine(EngineContract):
        make = staticmethod(create)     # your entry point: create(options) -> Engine

`pytest` then finds one test for each thing that Seedbed relies on. What differs between engines is
said by the attributes of the class: how its options are, which jobs it refuses, whether the same
seed gives the same picture. An engine in front of an upstream is tried against a stand-in for that
upstream, whose address is one of the `options`:

    class TestUpstream(EngineContract):
        make = staticmethod(create)
        options = {"base_url": STAND_IN_URL}
        unavailable = {"base_url": "http://127.0.0.1:1"}
        is_deterministic = False

`make` may be a method, too, for options that a fixture provides: `self` is the test's own instance,
so that an autouse fixture of the class may set what it needs. The tests need pytest, and no
plugin of it.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from seedbed.contract.models import DEFAULT_MODEL, MODELS, Model, find_model
from seedbed.engines.engine import (
    EncodedImage,
    Engine,
    EngineContext,
    EngineDescription,
    EngineError,
    Job,
    Parts,
    Picture,
    Pixels,
    Unavailable,
)
from seedbed.engines.witness import Told, check_pixels, content_of, layers_of, listen
from seedbed.imaging.finish import FinishSpec, finish, kept
from seedbed.workers import WorkerPool

FEATURES: Mapping[str, Callable[[Model], object]] = {
    "image": lambda model: model.images.max > 0,
    "background": lambda model: model.backgrounds,
    "layer_decomposition": lambda model: model.layer_decomposition,
    "mask": lambda model: model.images.max > 0,
    "optimize_prompt_options": lambda model: model.optimize_prompt_modes,
    "tools": lambda model: model.tools,
}
"""What an engine may claim to do beyond pictures from words, and which models offer it."""
SOURCE_TYPES = frozenset(
    {
        "algorithmicMedia",
        "compositeSynthetic",
        "compositeWithTrainedAlgorithmicMedia",
        "trainedAlgorithmicMedia",
    }
)
"""IPTC's digital source types that a machine's picture can be of."""
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
SETTLE_SECONDS = 2.0
"""How long an engine may take to end what it has begun, once it is closed."""
AT_ONCE = 4
"""Jobs that are drawn side by side, where the engine takes as many."""
MOST_OFF = 40.0
"""How far the layers, put together, may be from the picture on average, of 255."""

Use = Callable[[Engine], Awaitable[None]]


class EngineContract:
    """One test for each thing that Seedbed relies on; a subclass says which engine it is."""

    make: Callable[[Mapping[str, Any]], Engine]
    """Creates the engine from its options, as its entry point does."""
    options: ClassVar[Mapping[str, Any]] = {}
    """Options that it is tried with."""
    wrong_options: ClassVar[Sequence[Mapping[str, Any]]] = ({"no such option": True},)
    """Options that it must refuse."""
    unavailable: ClassVar[Mapping[str, Any] | None] = None
    """Options with which nothing can be drawn now, such as an upstream that does not answer."""
    refused: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Jobs that it refuses, by the fields of `Job` that differ from an ordinary one."""
    model: ClassVar[str] = DEFAULT_MODEL.id
    """The model that is asked for; where it lacks a feature, one that has it is."""
    prompt: ClassVar[str] = "a red apple on a wooden table"
    group_prompt: ClassVar[str] = "four pictures of a fox: spring, summer, autumn, winter"
    edit_prompt: ClassVar[str] = "make it warmer"
    size: ClassVar[tuple[int, int]] = (192, 128)
    """Width and height of the pictures, in pixels: as small as the engine can do sensibly."""
    ratio_slack: ClassVar[float] = 0.25
    """By how much the ratio of what it draws may differ; the finishing cuts off the rest."""
    most_images: ClassVar[int] = 2
    """Input pictures that it takes at once."""
    is_deterministic: ClassVar[bool] = True
    """Whether the same job gives the same pixels again."""
    beside_others: ClassVar[int] = 0
    """By how much a value may differ, of 255, where a job is drawn beside others: what draws
    several in one go may add up in another order."""
    varies: ClassVar[bool] = True
    """Whether another seed, and another prompt, give another picture."""
    untried: ClassVar[frozenset[str]] = frozenset()
    """Features that it claims and that cannot be tried, for its stand-in does not offer them."""
    seconds: ClassVar[float] = 60.0
    """How long one test may take."""

    # What it is

    def test_it_is_an_engine(self) -> None:
        """It has the methods of the seam."""
        engine = self._made()
        assert isinstance(engine, Engine), "an engine has description, warm, draw and close"

    def test_its_description_is_sound(self) -> None:
        """What it says of itself can be shown and relied on."""
        said = self._made().description
        assert isinstance(said, EngineDescription), "description is an EngineDescription"
        assert NAME.fullmatch(said.name), f"{said.name!r} is no name such as 'my-engine'"
        assert said.summary.strip(), "the summary says what it is, for people"
        unknown = said.features - FEATURES.keys()
        assert not unknown, f"features {sorted(unknown)} are unknown; known are {sorted(FEATURES)}"
        assert said.digital_source_type in SOURCE_TYPES, (
            f"digital_source_type {said.digital_source_type!r} is none of {sorted(SOURCE_TYPES)}"
        )
        assert said.concurrency is None or said.concurrency >= 1, (
            f"concurrency {said.concurrency} lets nothing be drawn"
        )

    def test_wrong_options_are_refused_with_a_text(self) -> None:
        """A ValueError tells the operator what is wrong and what is allowed."""
        for wrong in self.wrong_options:
            try:
                self.make(wrong)
            except ValueError as error:
                assert len(str(error)) > 9, f"{error!r} does not say what is allowed"
            else:
                raise AssertionError(f"the options {dict(wrong)} were not refused by a ValueError")

    def test_warm_and_close_may_be_called_again(self) -> None:
        """To be warmed or closed twice, or closed without ever having been warm, does no harm."""

        async def use() -> None:
            await self._made().close()
            engine = self._made()
            for _ in range(2):
                await engine.warm()
            await self._drawn(engine, self.job())
            for _ in range(2):
                await engine.close()

        self._run(use())

    # What it draws

    def test_it_draws_a_picture(self) -> None:
        """One picture, of about the ratio that was asked for, wide or tall."""

        async def use(engine: Engine) -> None:
            wide = self.job()
            for job in (wide, changed(wide, width=wide.height, height=wide.width)):
                told = await self._drawn(engine, job)
                await self._look_at(engine, told)

        self._with(use)

    def test_what_it_draws_can_be_finished_in_a_worker_process(self) -> None:
        """The picture is finished as the service does it: in another process, to a file."""

        async def use(engine: Engine) -> None:
            job = self.job()
            picture = (await self._drawn(engine, job)).pictures[0]
            if picture.is_finished:
                assert isinstance(picture.content, EncodedImage)
                kept(picture.content)
                return
            said = engine.description
            spec = FinishSpec(
                job.width, job.height, "jpeg", True, said.digital_source_type, said.name
            )
            pool = WorkerPool(1, ("seedbed.imaging.finish",))
            try:
                finished = await pool.run(finish, picture.content, spec, timeout=self.seconds)
            finally:
                await pool.close()
            assert (finished.width, finished.height) == (job.width, job.height)

        self._with(use)

    def test_several_pictures_of_one_prompt(self) -> None:
        """Each of `n` pictures is drawn once, and each is another try."""

        async def use(engine: Engine) -> None:
            job = self.job(image_count=3, indexes=(0, 1, 2))
            pictures = await self._look_at(engine, await self._drawn(engine, job))
            if self.varies:
                for one, other in pairwise(pictures.values()):
                    assert not np.array_equal(one, other), "two of `n` pictures are the same"

        self._with(use)

    def test_a_group(self) -> None:
        """The pictures of a group are told one by one; who chooses their number says it."""

        async def use(engine: Engine) -> None:
            job = self.job(
                prompt=self.group_prompt, image_count=4, indexes=(0, 1, 2, 3), is_group=True
            )
            await self._look_at(engine, await self._drawn(engine, job))

        self._with(use)

    def test_a_repeated_attempt_draws_only_what_is_missing(self) -> None:
        """Of pictures some of which are there already, the others are drawn, and the same ones."""

        async def use(engine: Engine) -> None:
            whole = self.job(image_count=3, indexes=(0, 1, 2))
            rest = await self._drawn(engine, changed(whole, indexes=(0, 2)))
            assert rest.indexes == {0, 2}, f"pictures {sorted(rest.indexes)} were told, not 0 and 2"
            if self.is_deterministic:
                first = await self._drawn(engine, whole)
                for index in (0, 2):
                    assert _same(first, rest, index), f"picture {index} is another the second time"

        self._with(use)

    def test_the_seed_and_the_prompt_decide_the_picture(self) -> None:
        """The same job gives the same pixels, also after a restart; another seed gives others."""
        seen: list[Pixels] = []
        job = self.job(model=self._model(lambda model: model.seed))
        jobs = [
            job,
            job,
            changed(job, seed=job.seed + 1),
            changed(job, prompt="a blue sailing boat"),
        ]

        for each in jobs:

            async def use(engine: Engine, each: Job = each) -> None:
                seen.append(content_of((await self._drawn(engine, each)).pictures[0].content, each))

            self._with(use)
        if self.is_deterministic:
            assert np.array_equal(seen[0], seen[1]), "the same job gave another picture"
        if self.varies:
            assert not np.array_equal(seen[0], seen[2]), "another seed gave the same picture"
            assert not np.array_equal(seen[0], seen[3]), "another prompt gave the same picture"

    def test_every_guidance_scale_is_taken(self) -> None:
        """A request may say how literally the prompt is meant; no value of it is an error."""
        model = self._model(lambda model: model.guidance_scale)
        allowed = find_model(model).guidance_scale
        assert allowed is not None, "the matrix has a model with a guidance_scale"

        async def use(engine: Engine) -> None:
            for scale in (allowed.min, allowed.default, allowed.max):
                await self._drawn(engine, self.job(model=model, guidance_scale=scale))

        self._with(use)

    def test_previews_come_only_when_asked_for(self) -> None:
        """There are no more previews of a picture than somebody wants to see."""

        async def use(engine: Engine) -> None:
            assert not (await self._drawn(engine, self.job())).previews
            await self._drawn(engine, self.job(previews=2))

        self._with(use)

    # How it behaves

    def test_jobs_at_once_do_not_disturb_each_other(self) -> None:
        """As many jobs side by side as it takes give what each gives alone."""

        async def use(engine: Engine) -> None:
            count = min(AT_ONCE, engine.description.concurrency or AT_ONCE)
            base = self.job()
            jobs = [
                changed(
                    base,
                    task_id=f"task-{number}",
                    seed=base.seed + number,
                    width=(base.width, base.height)[number % 2],
                    height=(base.height, base.width)[number % 2],
                )
                for number in range(count)
            ]
            together = await asyncio.gather(*(self._drawn(engine, job) for job in jobs))
            for told in together:
                await self._look_at(engine, told)
                if self.is_deterministic:
                    alone = await self._drawn(engine, told.job)
                    assert _same(alone, told, 0, self.beside_others), (
                        "a job gave another picture beside others"
                    )

        self._with(use)

    def test_closed_early_it_stops(self) -> None:
        """When nobody wants more, closing the events ends the work, and the next job is drawn."""

        async def use(engine: Engine) -> None:
            job = self.job(image_count=3, indexes=(0, 1, 2))
            before = asyncio.all_tasks()
            events = engine.draw(job, EngineContext())
            await anext(events)
            await events.aclose()  # type: ignore[attr-defined]  # `listen` has looked
            await _settled(before)
            await self._drawn(engine, self.job())

        self._with(use)

    def test_a_cancelled_job_stops(self) -> None:
        """Cancelled at any moment, it lets the cancellation through, and the next job is drawn."""

        async def use(engine: Engine) -> None:
            job = self.job(image_count=3, indexes=(0, 1, 2))
            for moment in (0.0, 0.01, 0.1):
                before = asyncio.all_tasks()
                drawing = asyncio.create_task(listen(engine, job))
                await asyncio.sleep(moment)
                drawing.cancel()
                done, _ = await asyncio.wait({drawing}, timeout=SETTLE_SECONDS)
                assert done, "a cancelled job went on"
                assert drawing.cancelled() or drawing.exception() is None, (
                    f"a cancelled job raised {drawing.exception()!r}"
                )
                await _settled(before)
            await self._drawn(engine, self.job())

        self._with(use)

    def test_what_it_refuses_it_refuses_with_a_code(self) -> None:
        """A job that it will not do ends with an EngineError, raised by `draw` or by a drawing."""
        for changes in self.refused:

            async def use(engine: Engine, changes: Mapping[str, Any] = changes) -> None:
                with pytest.raises(EngineError):
                    await self._look_at(engine, await listen(engine, self.job(**changes)))
                await self._drawn(engine, self.job())

            self._with(use)

    def test_what_is_beyond_its_features_breaks_nothing(self) -> None:
        """A job that it does not claim to do is refused by an EngineError, or drawn as it can."""
        photo = _photo(self.size)
        beyond: dict[str, dict[str, Any]] = {
            "image": {"images": (photo,), "prompt": self.edit_prompt},
            "layer_decomposition": {
                "images": (photo,),
                "layer_decomposition": True,
                "max_layers": 4,
            },
            "optimize_prompt_options": {"optimize_prompt": "standard"},
        }

        async def use(engine: Engine) -> None:
            for feature, changes in beyond.items():
                if feature not in engine.description.features:
                    with suppress(EngineError):
                        await listen(engine, self.job(**changes))
            await self._drawn(engine, self.job())

        self._with(use)

    def test_who_is_unavailable_has_begun_nothing(self) -> None:
        """Where nothing can be drawn now, Unavailable says so before anything else is told."""
        options = self.unavailable
        if options is None:  # an engine that needs nothing is always there
            return

        async def use() -> None:
            engine = self.make(options)
            try:
                with pytest.raises(Unavailable):
                    await listen(engine, self.job())
            finally:
                await engine.close()

        self._run(use())

    # What it claims to do beyond pictures from words

    def test_it_works_on_pictures(self) -> None:
        """`image`: what it makes depends on the pictures that it is given."""

        async def use(engine: Engine) -> None:
            job = self._job_with("image", prompt=self.edit_prompt)
            seen: list[Pixels] = []
            for shade in (40, 200):
                one = changed(job, images=(_photo(self.size, shade),))
                edited = await self._drawn(engine, one)
                seen += (await self._look_at(engine, edited)).values()
            assert not np.array_equal(seen[0], seen[1]), "two different pictures became the same"
            if self.most_images > 1:
                several = (_photo(self.size, 40), _photo(self.size, 200))
                fused = await self._drawn(engine, changed(job, images=several))
                await self._look_at(engine, fused)

        self._with_feature("image", use)

    def test_it_keeps_transparency(self) -> None:
        """`background`: of a PNG with alpha it makes a picture with alpha."""

        async def use(engine: Engine) -> None:
            job = self._job_with(
                "background",
                prompt=self.edit_prompt,
                images=(_photo(self.size, is_cut_out=True),),
                background="transparent",
                output_format="png",
            )
            told = await self._drawn(engine, job)
            for pixels in (await self._look_at(engine, told)).values():
                check_pixels(pixels, (4,))
                assert pixels[..., 3].min() < 255, "nothing of the picture is transparent"
                assert pixels[..., 3].max() > 0, "all of the picture is transparent"

        self._with_feature("background", use)

    def test_it_takes_a_picture_apart(self) -> None:
        """`layer_decomposition`: one Parts, whose layers, put together, give the picture."""

        async def use(engine: Engine) -> None:
            job = self._job_with(
                "layer_decomposition",
                images=(_photo(self.size),),
                layer_decomposition=True,
                max_layers=16,
                prompt="",
            )
            told = await listen(engine, job)
            assert told.parts is not None, "a picture to be taken apart gave no Parts"
            _look_at_layers(told.parts, job)

        self._with_feature("layer_decomposition", use)

    def test_it_takes_a_mask(self) -> None:
        """`mask`: an edit with a mask over its picture is drawn."""

        async def use(engine: Engine) -> None:
            job = self._job_with(
                "mask",
                prompt=self.edit_prompt,
                images=(_photo(self.size),),
                mask=_photo(self.size, is_cut_out=True),
            )
            await self._look_at(engine, await self._drawn(engine, job))

        self._with_feature("mask", use)

    def test_it_tells_how_it_rewrote_a_prompt(self) -> None:
        """`optimize_prompt_options`: a picture says which prompt it was drawn from."""

        async def use(engine: Engine) -> None:
            job = self._job_with("optimize_prompt_options", optimize_prompt="standard")
            told = await self._drawn(engine, job)
            for picture in told.pictures.values():
                assert picture.prompt, "the prompt was to be rewritten, and no picture tells how"

        self._with_feature("optimize_prompt_options", use)

    def test_it_takes_tools(self) -> None:
        """`tools`: a request for a web search is drawn."""

        async def use(engine: Engine) -> None:
            asked = {"tools": [{"type": "web_search"}]}
            await self._drawn(engine, self._job_with("tools", asked=asked))

        self._with_feature("tools", use)

    # Means

    def job(self, **changes: Any) -> Job:
        """Make an ordinary job of one picture, with these fields of it changed."""
        width, height = self.size
        return changed(Job("task-0", self.model, self.prompt, width, height, seed=7), **changes)

    def _job_with(self, feature: str, **changes: Any) -> Job:
        """Make a job that uses a feature, for a model that offers it."""
        return self.job(model=self._model(FEATURES[feature]), **changes)

    def _model(self, fits: Callable[[Model], object]) -> str:
        """Name the suite's model if it fits, else the first that does."""
        return next(one.id for one in (find_model(self.model), *MODELS) if fits(one))

    def _made(self) -> Engine:
        return self.make(self.options)

    def _with(self, use: Use) -> None:
        """Use a warm engine, close it, and see that it leaves no task behind."""

        async def run() -> None:
            before = asyncio.all_tasks()
            engine = self._made()
            try:
                await engine.warm()
                await use(engine)
            finally:
                await engine.close()
            await _settled(before)

        self._run(run())

    def _with_feature(self, feature: str, use: Use) -> None:
        """Hold an engine to what it claims; it may leave alone what it does not."""
        claimed = self._made().description.features - self.untried
        if feature in claimed:
            self._with(use)

    def _run(self, work: Awaitable[None]) -> None:
        async def limited() -> None:
            async with asyncio.timeout(self.seconds):
                await work

        asyncio.run(limited())

    async def _drawn(self, engine: Engine, job: Job) -> Told:
        """Draw a job in which nothing may fail."""
        told = await listen(engine, job)
        for index, failure in told.failures.items():
            raise AssertionError(f"picture {index} failed: {failure.code}: {failure.message}")
        return told

    async def _look_at(self, engine: Engine, told: Told) -> dict[int, Pixels]:
        """Look at every picture of a job, and give their pixels."""
        seen: dict[int, Pixels] = {}
        for index, picture in sorted(told.pictures.items()):
            pixels = await asyncio.to_thread(content_of, picture.content, told.job)
            _check_ratio(pixels, told.job, self.ratio_slack)
            assert not _is_drawing(picture) or engine.description.draws_in_workers, (
                "the engine yields drawings, so its description says draws_in_workers"
            )
            seen[index] = pixels
        return seen


def changed(job: Job, **changes: Any) -> Job:
    """Change fields of a job, and what its request says of them."""
    job = replace(job, **changes)
    tools = {name: value for name, value in job.asked.items() if name == "tools"}
    return replace(job, asked=_asked(job) | tools)


def _asked(job: Job) -> dict[str, Any]:
    """Say what a request for a job says, as its caller would have written it."""
    model = find_model(job.model)
    said = {
        "model": job.model,
        "prompt": job.prompt or None,
        "size": "auto" if job.layer_decomposition else f"{job.width}x{job.height}",
        "seed": job.seed if model.seed else None,
        "guidance_scale": job.guidance_scale,
        "sequential_image_generation": "auto" if job.is_group else None,
        "sequential_image_generation_options": {"max_images": job.image_count}
        if job.is_group
        else None,
        "n": job.image_count if job.image_count > 1 and not job.is_group else None,
        "background": job.background,
        "layer_decomposition": job.layer_decomposition or None,
        "optimize_prompt_options": {"mode": job.optimize_prompt} if job.optimize_prompt else None,
        "output_format": job.output_format if len(model.output_formats) > 1 else None,
        "watermark": job.watermark,
    }
    return {name: value for name, value in said.items() if value is not None}


def _is_drawing(picture: Picture) -> bool:
    return callable(picture.content)


def _check_ratio(pixels: Pixels, job: Job, slack: float) -> None:
    height, width = pixels.shape[:2]
    off = (width * job.height) / (height * job.width)
    assert 1 / (1 + slack) <= off <= 1 + slack, (
        f"a picture of {width} x {height} came, where {job.width} x {job.height} was asked for: "
        "too much of it would be cut off"
    )


def _same(one: Told, other: Told, index: int, most_off: int = 0) -> bool:
    """Tell whether two jobs gave the same pixels, give or take `most_off`."""
    first, second = (content_of(told.pictures[index].content, told.job) for told in (one, other))
    return np.allclose(first.astype(np.int16), second, rtol=0, atol=most_off)


def _look_at_layers(parts: Parts, job: Job) -> None:
    """Look at each layer, and put them together."""
    base, layers = layers_of(parts, job)
    assert 1 <= len(layers) <= job.max_layers, (
        f"{len(layers)} layers came; 1 to {job.max_layers} were asked for"
    )
    height, width = base.shape[:2]
    whole = Image.fromarray(base).convert("RGBA")
    for pixels, layer in layers:
        left, top, right, bottom = layer.box
        assert 0 <= left < right <= width and 0 <= top < bottom <= height, (
            f"the layer {layer.name!r} lies at {layer.box}, which is not within {width} x {height}"
        )
        assert pixels.shape[:2] == (bottom - top, right - left), (
            f"the layer {layer.name!r} is {pixels.shape[1]} x {pixels.shape[0]}, and its box "
            f"{right - left} x {bottom - top}"
        )
        assert layer.name.strip(), "a layer has a name"
        whole.alpha_composite(Image.fromarray(pixels), (left, top))
    photo = Image.open(io.BytesIO(job.images[0].data)).convert("RGB").resize((width, height))
    off = np.abs(np.asarray(whole.convert("RGB"), float) - np.asarray(photo, float)).mean()
    assert off <= MOST_OFF, f"put together, the layers are {off:.0f} of 255 off the picture"


async def _settled(before: set[asyncio.Task[Any]]) -> None:
    """Wait until no task is left that was not there before."""
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while left := [task for task in asyncio.all_tasks() - before if not task.done()]:
        assert asyncio.get_running_loop().time() < deadline, f"the engine left a task: {left[0]!r}"
        await asyncio.sleep(0.01)


def _photo(size: tuple[int, int], shade: int = 120, *, is_cut_out: bool = False) -> EncodedImage:
    """Make a picture to work on: a box before a gradient, as a PNG; or the box alone."""
    width, height = size
    across = np.linspace(0, 60, width)[None, :, None]
    pixels = np.broadcast_to(shade * np.array([1.0, 0.9, 0.8]) + across, (height, width, 3))
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).convert("RGBA")
    box = (width // 4, height // 4, width * 3 // 4, height * 3 // 4)
    if is_cut_out:
        picture.putalpha(0)
    picture.paste((200, 30, 40, 255), box)
    buffer = io.BytesIO()
    (picture if is_cut_out else picture.convert("RGB")).save(buffer, "PNG")
    return EncodedImage(buffer.getvalue(), "image/png")
