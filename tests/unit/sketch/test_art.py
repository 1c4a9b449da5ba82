"""Art: every concept has a drawing, cut out cleanly and recoloured as asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seedbed.engines.sketch import art
from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.outfits import OUTFITS
from seedbed.engines.sketch.palette import from_oklab, mix, named, to_oklab
from seedbed.engines.sketch.props import NAMES
from seedbed.engines.sketch.scene import COLOURS, Concept

CONCEPTS = load_lexicon().concepts


@pytest.mark.parametrize("name", sorted(CONCEPTS))
def test_every_concept_has_art(name: str) -> None:
    sprite = art.sprite(art.svg_of(CONCEPTS[name], None), 48)
    assert sprite.shape[2] == 4
    assert (sprite[..., 3] > 128).mean() > 0.06


@pytest.mark.parametrize("name", NAMES)
def test_every_painted_thing_is_drawn_and_takes_a_colour(name: str) -> None:
    concept = Concept(name, "object", f"painter:{name}", 1.0)
    plain, blue = (art.sprite(art.svg_of(concept, tone), 64) for tone in (None, "navy"))
    assert (plain[..., 3] > 128).mean() > 0.03
    if name not in ("campfire", "rainbow"):  # whose colours are what they are
        assert plain.shape != blue.shape or not np.array_equal(plain, blue)


def test_sprites_are_cut_to_what_is_visible() -> None:
    for name in ("cat", "fox", "giraffe", "boy", "apple"):
        alpha = art.sprite(art.svg_of(CONCEPTS[name], None), 120)[..., 3] > 8
        assert alpha[0].any() and alpha[-1].any() and alpha[:, 0].any() and alpha[:, -1].any()


@pytest.mark.parametrize("colour", ["red", "blue", "green", "purple", "white", "black"])
@pytest.mark.parametrize("name", ["cat", "car", "apple", "fox", "dragon"])
def test_the_dominant_colour_becomes_the_one_asked_for(name: str, colour: str) -> None:
    sprite = art.sprite(art.svg_of(CONCEPTS[name], colour), 64)
    solid = sprite[sprite[..., 3] > 200][:, :3]
    labs = np.array([to_oklab(tuple(float(part) for part in pixel)) for pixel in solid[::7]])
    wanted = np.array(to_oklab(named(colour)))
    near = np.linalg.norm(labs - wanted, axis=1) < 0.2
    assert near.mean() > 0.25


def test_people_differ_from_one_another() -> None:
    looks = {art.svg_of(CONCEPTS["girl"], None, variant=variant) for variant in range(8)}
    assert len(looks) >= 4


def test_art_that_does_not_exist_becomes_a_pebble() -> None:
    concept = Concept("nothing", "object", "ffffff-none", 1.0)
    assert (art.sprite(art.svg_of(concept, "red"), 32)[..., 3] > 128).any()


def test_oklab_is_its_own_inverse() -> None:
    for tone in COLOURS.values():
        colour = tuple(float(part) for part in tone)
        assert from_oklab(to_oklab(colour)) == pytest.approx(colour, abs=0.6)  # type: ignore[arg-type]


def test_mixing_ends_at_its_ends() -> None:
    one, other = named("orange"), named("navy")
    assert mix(one, other, 0.0) == pytest.approx(one, abs=0.6)
    assert mix(one, other, 1.0) == pytest.approx(other, abs=0.6)


@pytest.mark.parametrize("name", ["goldfish", "panther", "sparrow", "maple_tree"])
def test_what_shares_its_art_is_told_apart_by_its_tint(name: str) -> None:
    concept = load_lexicon().concept(name)
    assert art.svg_of(concept, None) != art.svg_of(replace(concept, tint=None), None)
    assert art.svg_of(concept, "green") == art.svg_of(replace(concept, tint=None), "green")


@pytest.mark.parametrize("name", OUTFITS)
def test_every_outfit_changes_its_wearer_in_every_pose(name: str) -> None:
    concept = load_lexicon().concept(name)
    for pose in ("stand", "ride", "run", "sit", "sleep"):
        dressed = art.svg_of(concept, None, pose)
        assert dressed != art.svg_of(replace(concept, id="man"), None, pose)
        assert art.sprite(dressed, 64)[..., 3].any()
