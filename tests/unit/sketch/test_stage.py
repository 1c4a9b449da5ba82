"""Staging: everything asked for is there, inside the frame, seen, and on something."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.places import floor_of
from seedbed.engines.sketch.scene import PLACES, Relation, SceneDescription, Subject
from seedbed.engines.sketch.stage import Figure, stage
from tests.unit.sketch.subjects import SCENES, subject

SIZES = ((640, 640), (960, 540), (540, 960), (1600, 400), (400, 1600), (4800, 300), (300, 4800))
CONCEPTS = sorted(load_lexicon().concepts)
SLACK = 0.012
"""How far a figure may reach past the frame, as a share of it: a shadow's width."""


def reach(figure: Figure, width: int, height: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom as fractions of the picture."""
    unit = min(width, height)
    half = figure.height * figure.aspect * unit / width / 2
    return (
        figure.x - half,
        figure.foot - figure.height * unit / height,
        figure.x + half,
        figure.foot,
    )


def assert_inside(figure: Figure, width: int, height: int) -> None:
    left, top, right, bottom = reach(figure, width, height)
    assert left >= -SLACK, figure.concept
    assert top >= -SLACK, figure.concept
    assert right <= 1 + SLACK, figure.concept
    assert bottom <= 1 + SLACK, figure.concept


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCENES)
def test_figures_are_inside_the_frame(name: str, size: tuple[int, int]) -> None:
    for seed in range(3):
        for figure in stage(SCENES[name], *size, seed).figures:
            assert_inside(figure, *size)


@settings(max_examples=40, deadline=None)
@given(
    concepts=st.lists(st.sampled_from(CONCEPTS), min_size=1, max_size=4, unique=True),
    count=st.integers(1, 20),
    kind=st.sampled_from(("on", "under", "in", "behind", "above", "holding", "wearing", "riding")),
    place=st.sampled_from((None, *PLACES)),
    seed=st.integers(0, 2**31 - 1),
)
def test_any_scene_is_laid_out(
    concepts: list[str], count: int, kind: str, place: str | None, seed: int
) -> None:
    subjects = [subject(name) for name in concepts]
    subjects[-1] = replace(subjects[-1], count=count)
    if len(subjects) > 1:
        subjects[0] = replace(subjects[0], relation=Relation(kind, 1))  # type: ignore[arg-type]
    composed = stage(SceneDescription(tuple(subjects), place=place), 640, 480, seed)
    assert composed.figures
    for figure in composed.figures:
        assert_inside(figure, 640, 480)
        assert figure.height > 0


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 12, 20])
def test_as_many_figures_as_asked_for(count: int) -> None:
    asked = SceneDescription((subject("duck", count=count),), place="meadow")
    assert len(stage(asked, 640, 640, 1).figures) == count


@pytest.mark.parametrize("name", ["alone", "pair", "riding", "wearing", "many"])
def test_every_subject_is_staged(name: str) -> None:
    wanted = {part.concept.id for part in SCENES[name].subjects}
    assert {figure.concept for figure in stage(SCENES[name], 640, 640, 2).figures} == wanted


def test_subjects_side_by_side_do_not_hide_one_another() -> None:
    scene = SceneDescription((subject("dog"), subject("cat"), subject("rabbit")), place="park")
    for seed in range(6):
        boxes = [reach(figure, 640, 640) for figure in stage(scene, 640, 640, seed).figures]
        for index, one in enumerate(boxes):
            for other in boxes[index + 1 :]:
                shared = min(one[2], other[2]) - max(one[0], other[0])
                assert shared < 0.35 * min(one[2] - one[0], other[2] - other[0])


def test_an_elephant_is_larger_than_a_mouse_that_can_still_be_seen() -> None:
    figures = {f.concept: f for f in stage(SCENES["pair"], 640, 640, 0).figures}
    assert figures["elephant"].height > 2 * figures["mouse"].height
    assert figures["mouse"].height > 0.06


def test_feet_are_on_the_floor() -> None:
    for name in ("alone", "pair", "rain"):
        composed = stage(SCENES[name], 640, 640, 4)
        floor = floor_of(composed.place)
        for figure in composed.figures:
            assert floor.horizon < figure.foot <= 0.98, name


def test_a_rider_is_above_its_mount() -> None:
    figures = {f.concept: f for f in stage(SCENES["riding"], 640, 640, 0).figures}
    assert figures["astronaut"].foot < figures["horse"].foot - 0.05


def test_what_is_worn_on_the_head_is_near_the_top() -> None:
    figures = {f.concept: f for f in stage(SCENES["wearing"], 640, 640, 0).figures}
    dog, crown = figures["dog"], figures["crown"]
    assert abs(crown.x - dog.x) < dog.height * dog.aspect * 0.5
    assert crown.foot < dog.foot - dog.height * 0.7


def test_land_animals_by_the_water_get_a_bank() -> None:
    assert stage(SceneDescription((subject("dog"),), place="lake"), 640, 640, 0).bank
    assert not stage(SCENES["afloat"], 640, 640, 0).bank


def test_the_same_scene_is_staged_alike_at_every_size() -> None:
    for name, scene in SCENES.items():
        small, large = stage(scene, 512, 512, 7), stage(scene, 2048, 2048, 7)
        assert len(small.figures) == len(large.figures), name
        for one, other in zip(small.figures, large.figures, strict=True):
            assert one.x == pytest.approx(other.x, abs=0.02)
            assert one.height == pytest.approx(other.height, rel=0.05)


def test_seeds_move_what_is_staged() -> None:
    places = {
        tuple((f.x, f.height) for f in stage(SCENES["alone"], 640, 640, s).figures)
        for s in range(6)
    }
    assert len(places) >= 4


def test_a_concept_without_art_is_still_staged() -> None:
    unknown = replace(load_lexicon().concept("cat"), art="ffffff-none", head_only=False)
    assert stage(SceneDescription((Subject(unknown),)), 320, 320, 0).figures
