"""Drawing with every family: words, pictures, seed, guidance, size, previews."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="needs the extra: pip install 'seedbed[diffusers]'")
torch = pytest.importorskip("torch", reason="needs the extra: pip install 'seedbed[diffusers]'")

from seedbed.engines.diffusers import previews
from seedbed.engines.diffusers.families import FAMILIES
from seedbed.engines.engine import EngineError
from seedbed.imaging.finish import FinishSpec, finish
from tests.unit.diffusers_engine import tiny
from tests.unit.diffusers_engine.jobs import TOLERANCE, apart, drawn, job, photo

Make = Callable[..., Any]

WORDS = [name for name in tiny.BUILDERS if "edit" not in name]
REDRAWING = ["stable_diffusion", "stable_diffusion_xl", "flux", "z_image", "qwen_image"]
EDITING = ["flux_kontext", "flux2_klein", "qwen_image_edit", "qwen_image_edit_plus"]
SEVERAL = ["flux2_klein", "qwen_image_edit_plus"]
GUIDED = ["stable_diffusion", "stable_diffusion_xl", "flux_kontext", "flux2_klein", "z_image",
          "qwen_image"]  # fmt: skip


def test_every_family_has_its_tiny_model() -> None:
    built = {type(build()).__name__ for build in tiny.BUILDERS.values()}
    assert built == set(FAMILIES)


@pytest.mark.parametrize("family", WORDS)
async def test_words_become_the_pixels_that_the_bare_pipeline_makes(
    family: str, engine: Make, model: Callable[[str], Any]
) -> None:
    made = await drawn(engine(family), job(guidance_scale=3.0))
    assert made.only.shape == (64, 64, 3)
    assert made.only.dtype == np.uint8
    assert made.only.std() > 1, "a picture, not a surface"

    bare = _bare(family, model)
    facts = FAMILIES[type(bare).__name__]
    more: dict[str, Any] = {facts.guidance: 3.0}
    if facts.negative:
        more["negative_prompt"] = facts.negative
    if facts.area:
        more[facts.area] = 64 * 64
    bare_picture = bare(
        prompt="a cat in the rain",
        width=64,
        height=64,
        num_inference_steps=2,
        generator=torch.Generator("cpu").manual_seed(7),
        output_type="np",
        **more,
    ).images[0]
    assert apart(made.only, (bare_picture * 255).round().astype(np.uint8)) == 0


@pytest.mark.parametrize("family", WORDS)
async def test_prompt_and_seed_decide_the_picture(family: str, engine: Make) -> None:
    one = engine(family)
    first = await drawn(one, job())
    again = await drawn(one, job())
    other_seed = await drawn(one, job(seed=8))
    other_words = await drawn(one, job("a red house under a blue sky"))
    assert apart(first.only, again.only) == 0
    assert apart(first.only, other_seed.only) > TOLERANCE
    assert apart(first.only, other_words.only) > 0


@pytest.mark.parametrize("family", GUIDED)
async def test_guidance_reaches_the_pipeline(family: str, engine: Make) -> None:
    one = engine(family)
    little = await drawn(one, job(guidance_scale=1.5))
    much = await drawn(one, job(guidance_scale=9.0))
    assert apart(little.only, much.only) > 0


async def test_a_distilled_profile_heeds_no_guidance(
    engine: Make, model: Callable[[str], Any]
) -> None:
    one = engine("stable_diffusion_xl", profile="sdxl-turbo")
    little = await drawn(one, job(guidance_scale=1.5))
    much = await drawn(one, job(guidance_scale=9.0))
    assert apart(little.only, much.only) == 0


@pytest.mark.parametrize("family", [*REDRAWING, *EDITING])
async def test_a_picture_changes_what_is_drawn(family: str, engine: Make) -> None:
    one = engine(family)
    by_one = await drawn(one, job(images=(photo(1),)))
    by_other = await drawn(one, job(images=(photo(2),)))
    again = await drawn(one, job(images=(photo(1),)))
    assert by_one.only.shape == (64, 64, 3)
    assert apart(by_one.only, by_other.only) > 0
    assert apart(by_one.only, again.only) == 0


@pytest.mark.parametrize("family", REDRAWING)
async def test_strength_says_how_far_a_picture_is_drawn_anew(family: str, engine: Make) -> None:
    slight = await drawn(engine(family, strength=0.25, steps=4), job(images=(photo(1),)))
    strong = await drawn(engine(family, strength=1, steps=4), job(images=(photo(1),)))
    assert apart(slight.only, strong.only) > TOLERANCE


@pytest.mark.parametrize("family", SEVERAL)
async def test_every_reference_counts(family: str, engine: Make) -> None:
    one = engine(family)
    first, both, swapped = [
        await drawn(one, job(images=images))
        for images in [(photo(1),), (photo(1), photo(2)), (photo(2), photo(1))]
    ]
    assert apart(first.only, both.only) > 0
    assert apart(both.only, swapped.only) > 0


async def test_too_many_pictures_are_refused_with_what_is_taken(engine: Make) -> None:
    with pytest.raises(EngineError, match="at most 1 input picture, not 2") as refused:
        await drawn(engine("flux_kontext"), job(images=(photo(1), photo(2))))
    assert refused.value.code == "bad_request"


async def test_a_model_that_only_edits_asks_for_a_picture(engine: Make) -> None:
    with pytest.raises(EngineError, match="edits pictures; give one in `image`"):
        await drawn(engine("qwen_image_edit_plus"), job())


async def test_a_4k_picture_is_drawn_at_its_best_size_and_finished_to_the_exact_pixels(
    engine: Make,
) -> None:
    made = await drawn(engine("stable_diffusion_xl"), job(width=4096, height=2304))
    tall, wide, _ = made.only.shape
    assert 0.8 * 64 * 64 < tall * wide < 1.2 * 64 * 64
    assert wide / tall == pytest.approx(4096 / 2304, rel=0.1)
    finished = finish(
        made.only,
        FinishSpec(4096, 2304, "jpeg", False, "trainedAlgorithmicMedia", "test"),
    )
    assert (finished.width, finished.height) == (4096, 2304)


async def test_the_pictures_of_a_group_are_the_same_whichever_are_missing(engine: Make) -> None:
    one = engine("flux")
    group = await drawn(one, job(indexes=(0, 1, 2)))
    rest = await drawn(one, job(indexes=(2,), image_count=3))
    assert apart(group.pictures[0], group.pictures[1]) > TOLERANCE
    assert apart(group.pictures[2], rest.only) <= TOLERANCE


async def test_progress_rises_step_by_step(engine: Make) -> None:
    made = await drawn(engine("flux", steps=4), job(indexes=(0, 1)))
    fractions = [one.fraction for one in made.progress]
    assert fractions == sorted(fractions)
    assert 0.9 <= fractions[-1] < 1
    assert [one.stage for one in made.progress][::2] == [
        "waiting", *(f"step {step} of 4" for step in (1, 2, 3, 4))
    ]  # fmt: skip


@pytest.mark.parametrize("family", [*WORDS, "qwen_image_edit_plus"])
async def test_previews_are_decoded_as_the_picture_is(
    family: str, engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "steps_shown", lambda _, steps: {steps - 1, steps})
    images = (photo(1),) if "edit" in family else ()
    made = await drawn(engine(family), job(previews=1, images=images))
    half_way, at_the_end = made.previews[0]
    assert apart(at_the_end, made.only) <= TOLERANCE, "what the last step expects is the picture"
    assert apart(half_way, made.only) > 0


async def test_previews_are_small(engine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "EDGE", 48)
    one = engine("stable_diffusion_xl", steps=8, pixels=128 * 64)
    made = await drawn(one, job(width=128, height=64, previews=3, indexes=(0, 1)))
    for index in (0, 1):
        assert [pixels.shape for pixels in made.previews[index]] == [(24, 48, 3)] * 3
        assert all(pixels.std() > 1 for pixels in made.previews[index])


def test_previews_are_spread_over_the_steps_and_never_the_last() -> None:
    assert previews.steps_shown(3, 20) == {5, 10, 15}
    assert previews.steps_shown(1, 2) == {1}
    assert previews.steps_shown(3, 1) == frozenset()
    assert previews.steps_shown(0, 20) == frozenset()


async def test_no_previews_are_made_where_nobody_asks(engine: Make) -> None:
    assert (await drawn(engine("flux", steps=8), job())).previews == {}
    off = engine("flux", steps=8, previews=False)
    assert (await drawn(off, job(previews=3))).previews == {}


def _bare(family: str, model: Callable[[str], Any]) -> Any:
    import diffusers

    pipeline = diffusers.DiffusionPipeline.from_pretrained(model(family))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
