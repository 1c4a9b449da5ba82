"""The lexicon's data: everything it names exists, and it holds as much as it should."""

from __future__ import annotations

from typing import get_args

import pytest

from seedbed.engines.sketch import art
from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.props import NAMES
from seedbed.engines.sketch.scene import (
    COLOURS,
    MOODS,
    PLACES,
    SIGHTS,
    STYLES,
    Concept,
    Light,
    Material,
    View,
)

LEXICON = load_lexicon()
HABITATS = ("ground", "surface", "air", "water", "underwater", "space")


@pytest.mark.parametrize("concept", LEXICON.concepts.values(), ids=lambda c: str(c.id))
def test_what_a_concept_names_exists(concept: Concept) -> None:
    assert concept.place is None or concept.place in PLACES
    assert concept.colour is None or concept.colour in COLOURS
    assert concept.habitat in HABITATS
    assert 0.01 < concept.height < 80
    if concept.art.startswith("painter:"):
        assert concept.art.removeprefix("painter:") in NAMES
    assert art.svg_of(concept, None).startswith("<svg")


def test_the_axes_use_known_names() -> None:
    known = {
        "place": PLACES,
        "style": STYLES,
        "mood": MOODS,
        "colour": tuple(COLOURS),
        "sight": SIGHTS,
    }
    for phrase, entry in LEXICON.phrases.items():
        if entry.role in known:
            assert entry.value in known[entry.role], phrase


def test_every_place_and_style_has_words_in_both_languages() -> None:
    for role, values in (("place", PLACES), ("style", STYLES), ("sight", tuple(SIGHTS))):
        for value in values:
            words = [p for p, e in LEXICON.phrases.items() if (e.role, e.value) == (role, value)]
            assert any(word.isascii() for word in words), value
            assert not all(word.isascii() for word in words), value


def test_it_knows_many_words_of_both_languages() -> None:
    named = [phrase for phrase, entry in LEXICON.phrases.items() if entry.role == "concept"]
    english = sum(phrase.isascii() for phrase in named)
    assert english >= 3_700
    assert len(named) - english >= 3_200
    assert len(LEXICON.concepts) >= 1_080
    assert len(LEXICON.phrases) >= 14_000


@pytest.mark.parametrize("concept", LEXICON.concepts.values(), ids=lambda c: str(c.id))
def test_a_concept_has_words_in_both_languages(concept: Concept) -> None:
    words = [p for p, e in LEXICON.phrases.items() if (e.role, e.value) == ("concept", concept.id)]
    assert any(word.isascii() for word in words)
    assert not all(word.isascii() for word in words)


@pytest.mark.parametrize("concept", LEXICON.concepts.values(), ids=lambda c: str(c.id))
def test_a_concept_tells_its_colour_and_where_others_attach(concept: Concept) -> None:
    assert concept.tint is None or concept.tint in COLOURS
    assert concept.tint is None or concept.recolour
    anchors = concept.anchors
    points = (anchors.back, anchors.surface, anchors.head, anchors.hand, anchors.ground)
    for point in points:
        assert point is None or all(0 <= part <= 1 for part in point)
    if concept.kind in ("person", "animal", "fantasy"):
        assert anchors.head is not None
        assert anchors.hand is not None


def test_concepts_of_one_art_differ_in_something_that_is_drawn() -> None:
    drawn: dict[tuple[object, ...], str] = {}
    for concept in LEXICON.concepts.values():
        looks = (concept.art, concept.tint, concept.colour, concept.height, concept.place)
        assert looks not in drawn, (concept.id, drawn[looks])
        drawn[looks] = concept.id


def test_materials_shades_and_plurals_use_known_names() -> None:
    materials = get_args(Material)
    assert set(LEXICON.stuff.values()) <= set(materials)
    for phrase, entry in LEXICON.phrases.items():
        if entry.role in ("material", "statue"):
            assert entry.value in materials, phrase
        if entry.role == "light":
            assert entry.value in get_args(Light), phrase
        if entry.role == "view":
            assert entry.value in get_args(View), phrase
        assert entry.colour is None or entry.colour in COLOURS, phrase
    assert set(LEXICON.shades.values()) <= set(COLOURS)
    assert LEXICON.garments <= set(LEXICON.concepts)
    assert all(2 <= count <= 12 for count in LEXICON.plurals.values())
