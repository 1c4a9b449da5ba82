"""Any wish at any shape: a picture of the right size, its subjects inside the frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.render import draw
from seedbed.engines.sketch.scene import MOODS, PLACES, Relation, SceneDescription
from seedbed.engines.sketch.stage import stage
from seedbed.engines.sketch.styles import names
from seedbed.engines.sketch.understand import understand
from tests.unit.sketch.subjects import subject
from tests.unit.sketch.test_stage import assert_inside

CONCEPTS = sorted(load_lexicon().concepts)
PHRASES = sorted(load_lexicon().phrases)
ACTIONS = (None, "run", "fly", "jump", "sleep", "dance", "swim", "sit", "stand", "walk", "read")
KINDS = (
    "on", "under", "in", "beside", "behind", "in_front_of", "above", "holding", "wearing", "riding",
    "looking_at",
)  # fmt: skip
SHAPES = ((160, 160), (240, 135), (135, 240), (800, 50), (50, 800), (330, 140), (97, 211))
"""Small pictures of every legal proportion, 16:1 among them."""


@settings(max_examples=40, deadline=None)
@given(
    words=st.lists(st.sampled_from(PHRASES), min_size=0, max_size=7),
    quoted=st.text(max_size=24),
    shape=st.sampled_from(SHAPES),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_prompt_becomes_a_picture(
    words: list[str], quoted: str, shape: tuple[int, int], seed: int
) -> None:
    prompt = " ".join(words) + f' "{quoted}"'
    pixels = draw(understand(prompt), *shape, seed)
    assert pixels.shape == (shape[1], shape[0], 3)
    assert pixels.dtype == np.uint8


@settings(max_examples=60, deadline=None)
@given(
    concepts=st.lists(st.sampled_from(CONCEPTS), min_size=1, max_size=4, unique=True),
    action=st.sampled_from(ACTIONS),
    kind=st.sampled_from(KINDS),
    count=st.sampled_from((1, 2, 5, 7, 12)),
    place=st.sampled_from((None, *PLACES)),
    style=st.sampled_from((None, "isometric")),
    shape=st.sampled_from(SHAPES),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_subject_is_inside_the_frame(
    concepts: list[str],
    action: str | None,
    kind: str,
    count: int,
    place: str | None,
    style: str | None,
    shape: tuple[int, int],
    seed: int,
) -> None:
    subjects = [subject(name) for name in concepts]
    subjects[0] = replace(subjects[0], action=action, count=count)
    if len(subjects) > 1:
        subjects[0] = replace(subjects[0], relation=Relation(kind, 1))  # type: ignore[arg-type]
    scene = SceneDescription(tuple(subjects), place=place, style=style)
    composed = stage(scene, *shape, seed)
    assert composed.figures
    for figure in composed.figures:
        assert_inside(figure, *shape)


@settings(max_examples=25, deadline=None)
@given(
    concept=st.sampled_from(CONCEPTS),
    style=st.sampled_from(names()),
    shape=st.sampled_from(SHAPES),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_style_takes_any_subject(
    concept: str, style: str, shape: tuple[int, int], seed: int
) -> None:
    pixels = draw(SceneDescription((subject(concept),), style=style), *shape, seed)
    assert pixels.shape == (shape[1], shape[0], 3)


@pytest.mark.parametrize("mood", [None, *MOODS])
def test_abstracts_fit_every_shape(mood: str | None) -> None:
    for number, shape in enumerate(SHAPES):
        pixels = draw(SceneDescription(mood=mood), *shape, number)
        assert pixels.std() > 4
