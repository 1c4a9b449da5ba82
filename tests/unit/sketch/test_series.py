"""Groups: one story in several moments, whose subjects stay who they are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.contract.groups import pictures_asked
from seedbed.engines.engine import EngineContext, Job, Picture
from seedbed.engines.sketch.engine import SketchDrawing, create, freedom
from seedbed.engines.sketch.scene import SceneDescription
from seedbed.engines.sketch.series import moments
from seedbed.engines.sketch.understand import describe, understand


def told(prompt: str, count: int) -> tuple[SceneDescription, ...]:
    return moments(understand(prompt), prompt, count)


PASSING = {
    "a tree through the seasons": ("season", "spring summer autumn winter"),
    "同一座小院的四季": ("season", "spring summer autumn winter"),
    "spring, summer, autumn and winter in a park": ("season", "spring summer autumn winter"),
    "从春天到冬天的小院": ("season", "spring summer autumn winter"),
    "morning, noon and night in a fishing village": ("time", "dawn day night"),
    "a lighthouse from sunrise to sunset": ("time", "dawn day sunset"),
    "同一座城市的早晨、中午、晚上": ("time", "dawn day night"),
    "a street by day and by night": ("time", "day night"),
    "a house in different weather": ("weather", "clear cloudy rain snow"),
}


@pytest.mark.parametrize(("prompt", "passes"), PASSING.items())
def test_what_the_prompt_says_that_passes_passes(prompt: str, passes: tuple[str, str]) -> None:
    axis, stages = passes[0], passes[1].split()
    assert [getattr(scene, axis) for scene in told(prompt, len(stages))] == stages


PANELS = {
    "panel 1: a black cat wakes up. panel 2: it eats a fish. panel 3: it sleeps on a sofa": (
        "1 black cat wake",
        "1 black cat eat holding fish, 1 fish",
        "1 black cat sleep on sofa, 1 sofa",
    ),
    "第一格：一只橘猫在厨房。第二格：它在屋顶睡觉。第三格：下雨了": (
        "1 orange cat; kitchen",
        "1 orange cat sleep; city",
        "1 orange cat; city; rain",
    ),
    "A girl in a red hat, watercolor. 1) she walks in the forest 2) it rains 3) a fox comes": (
        "1 girl walk wearing hat, 1 red hat; forest; watercolour",
        "1 girl wearing hat, 1 red hat; forest; rain; watercolour",
        "1 girl wearing hat, 1 red hat, 1 fox; forest; watercolour",
    ),
    "scene 1: a boy and a dog at the beach. scene 2: they run. scene 3: sunset": (
        "1 boy, 1 dog; beach",
        "1 boy run, 1 dog run; beach",
        "1 boy, 1 dog; beach; sunset",
    ),
}


@pytest.mark.parametrize(("prompt", "panels"), PANELS.items())
def test_numbered_panels_keep_their_words_and_the_storys_people(
    prompt: str, panels: tuple[str, ...]
) -> None:
    assert tuple(describe(scene) for scene in told(prompt, len(panels))) == panels
    assert pictures_asked(prompt) == len(panels)


@pytest.mark.parametrize("count", [2, 3, 4, 8, 15])
@pytest.mark.parametrize(
    "prompt",
    [
        "a black cat", "三只企鹅", "a girl holding a red balloon in a park, watercolor",
        "a perfume bottle", "a red car on a road at night", "a whale", "mountains", "一杯咖啡",
        "an eagle over the sea", "astronaut riding a horse on mars, oil painting",
    ],
)  # fmt: skip
def test_a_story_shows_the_same_ones_in_another_moment(prompt: str, count: int) -> None:
    scene = understand(prompt)
    story = moments(scene, prompt, count)
    assert len(set(story)) == len(story) == count
    for moment in story:
        assert [(s.concept, s.colour, s.count, s.relation) for s in moment.subjects] == [
            (s.concept, s.colour, s.count, s.relation) for s in scene.subjects
        ]
        for axis in ("time", "place", "weather", "season", "style", "mood", "shot", "text"):
            asked = getattr(scene, axis)
            # The hours of a long story may come round again; what was asked for may not go.
            if asked and (count <= 4 or axis in ("place", "season", "style", "mood", "text")):
                assert getattr(moment, axis) == asked, axis
    assert story == moments(scene, prompt, count)


def test_a_day_begins_in_the_morning_and_ends_at_night() -> None:
    times = [scene.time for scene in told("a fox", 4)]
    assert times == ["dawn", "day", "sunset", "night"]


def test_one_picture_is_the_scene_itself() -> None:
    scene = understand("a tree through the seasons")
    assert moments(scene, "a tree through the seasons", 1) == (scene,)


@given(prompt=st.text(max_size=120), count=st.integers(1, 15))
@settings(max_examples=150, deadline=None)
def test_any_text_makes_a_group(prompt: str, count: int) -> None:
    assert len(told(prompt, count)) == count


async def test_the_engine_draws_a_group_with_one_seed_and_its_own_note_for_each() -> None:
    job = Job(
        "t", "m", "a fox through the seasons", 64, 64, seed=5, indexes=(1, 3), image_count=4,
        guidance_scale=10,
    )  # fmt: skip
    pictures = [e async for e in create({}).draw(job, EngineContext()) if isinstance(e, Picture)]
    assert [(p.index, p.note) for p in pictures] == [(1, "1 fox; summer"), (3, "1 fox; winter")]
    drawings = [p.content for p in pictures if isinstance(p.content, SketchDrawing)]
    assert [(d.seed, d.scene.freedom) for d in drawings] == [(5, 0), (5, 0)]


async def test_pictures_of_one_scene_differ_by_their_seeds() -> None:
    job = Job("t", "m", "joy", 64, 64, seed=5, indexes=(0, 1, 2), image_count=3)
    pictures = [e async for e in create({}).draw(job, EngineContext()) if isinstance(e, Picture)]
    seeds = {p.content.seed for p in pictures if isinstance(p.content, SketchDrawing)}
    assert len(seeds) == 3


def test_guidance_takes_freedom_away() -> None:
    assert freedom(1) == 1
    assert freedom(10) == 0
    assert 0 < freedom(7) < freedom(2.5) < 1
    assert freedom(-3) == 1
    assert freedom(99) == 0
