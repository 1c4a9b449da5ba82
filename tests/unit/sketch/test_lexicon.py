"""The lexicon's data: everything it names exists, and it holds as much as it should."""

from __future__ import annotations

import pytest

from seedbed.engines.sketch import art
from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.scene import COLOURS, MOODS, PAINTED, PLACES, STYLES, Concept

LEXICON = load_lexicon()
HABITATS = ("ground", "surface", "air", "water", "underwater", "space")


@pytest.mark.parametrize("concept", LEXICON.concepts.values(), ids=lambda c: str(c.id))
def test_what_a_concept_names_exists(concept: Concept) -> None:
    assert concept.place is None or concept.place in PLACES
    assert concept.colour is None or concept.colour in COLOURS
    assert concept.habitat in HABITATS
    assert 0.01 < concept.height < 80
    if concept.art.startswith("painter:"):
        assert concept.art.removeprefix("painter:") in PAINTED
    assert art.svg_of(concept, None).startswith("<svg")


def test_the_axes_use_known_names() -> None:
    known = {"place": PLACES, "style": STYLES, "mood": MOODS, "colour": tuple(COLOURS)}
    for phrase, entry in LEXICON.phrases.items():
        if entry.role in known:
            assert entry.value in known[entry.role], phrase


def test_every_place_and_style_has_words_in_both_languages() -> None:
    for role, values in (("place", PLACES), ("style", STYLES)):
        for value in values:
            words = [p for p, e in LEXICON.phrases.items() if (e.role, e.value) == (role, value)]
            assert any(word.isascii() for word in words), value
            assert not all(word.isascii() for word in words), value


def test_it_knows_many_words_of_both_languages() -> None:
    english = sum(phrase.isascii() for phrase in LEXICON.phrases)
    assert english >= 3000
    assert len(LEXICON.phrases) - english >= 3000
    assert len(LEXICON.concepts) >= 700
