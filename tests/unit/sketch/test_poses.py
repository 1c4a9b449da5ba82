"""Poses: actions change how a figure holds itself, and heads never lie on the ground."""

from __future__ import annotations

import numpy as np
import pytest

from seedbed.engines.sketch import art, eyes
from seedbed.engines.sketch.groups import groups_of
from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.poses import POSES
from seedbed.engines.sketch.scene import Relation, SceneDescription
from seedbed.engines.sketch.stage import stage
from tests.unit.sketch.subjects import subject

CONCEPTS = load_lexicon().concepts


def shape_of(concept: str, pose: str) -> np.ndarray:
    sprite = art.sprite(art.svg_of(CONCEPTS[concept], None, pose), 96)
    return (sprite[..., 3] > 128).astype(int)


@pytest.mark.parametrize("pose", [pose for pose in POSES if pose != "stand"])
@pytest.mark.parametrize("concept", ["girl", "astronaut", "man"])
def test_a_pose_changes_the_figure(concept: str, pose: str) -> None:
    standing, posed = (
        art.sprite(art.svg_of(CONCEPTS[concept], None, name), 96).astype(int)
        for name in ("stand", pose)
    )
    assert standing.shape != posed.shape or np.abs(standing - posed).mean() > 1


def test_sleepers_lie() -> None:
    for concept in ("girl", "fox"):
        sleeping = shape_of(concept, "sleep")
        standing = shape_of(concept, "stand")
        assert sleeping.shape[1] / sleeping.shape[0] > standing.shape[1] / standing.shape[0]


def test_eyes_are_closed_where_they_are_found() -> None:
    head = art._glyph(CONCEPTS["fox"].art)
    assert eyes.closed(head) != head
    assert eyes.closed(art._PEBBLE) == art._PEBBLE


@pytest.mark.parametrize("concept", ["zebra", "rhino", "deer", "gorilla", "eagle"])
def test_heads_have_bodies(concept: str) -> None:
    assert art.is_head(CONCEPTS[concept])
    whole, head = (
        art.svg_of(CONCEPTS[concept], None), art._glyph(CONCEPTS[concept].art)
    )  # fmt: skip
    assert len(whole) > len(head) + 500


def test_who_jumps_leaves_the_ground() -> None:
    scene = SceneDescription((subject("boy", action="jump"),), place="park")
    (figure,) = stage(scene, 640, 640, 1).figures
    assert figure.lift > 0.03


def test_who_swims_is_half_under_water() -> None:
    scene = SceneDescription((subject("dog", action="swim"),), place="lake")
    (figure,) = stage(scene, 640, 640, 1).figures
    assert figure.sunk > 0.2
    assert figure.shadow == "water"


def test_a_reader_holds_the_book_before_the_body() -> None:
    reader = subject("girl", relation=Relation("holding", 1))
    scene = SceneDescription((reader, subject("book")))
    (group,) = groups_of(scene, reader, 0)
    assert group.parts[0].dx == 0


def test_what_is_in_a_box_looks_out_of_it() -> None:
    scene = SceneDescription(
        (subject("hamster", relation=Relation("in", 1)), subject("cube")), place="table"
    )
    figures = {figure.concept: figure for figure in stage(scene, 640, 640, 1).figures}
    assert figures["hamster"].foot < figures["cube"].foot
    assert abs(figures["hamster"].x - figures["cube"].x) < 0.05


def test_who_looks_at_another_faces_it() -> None:
    scene = SceneDescription(
        (subject("horse", relation=Relation("looking_at", 1)), subject("elephant")), place="meadow"
    )
    for seed in range(4):
        figures = {figure.concept: figure for figure in stage(scene, 640, 640, seed).figures}
        right = figures["elephant"].x > figures["horse"].x
        assert figures["horse"].mirrored == right


def test_a_portrait_shows_head_and_shoulders() -> None:
    scene = SceneDescription((subject("woman"),), shot="close_up")
    (figure,) = stage(scene, 640, 640, 1).figures
    assert figure.sunk > 0.3
    assert figure.foot == pytest.approx(1.0)
    assert figure.height > 0.5
