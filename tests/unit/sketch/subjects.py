"""Subjects and scenes that the drawing tests share."""

from __future__ import annotations

from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.scene import Relation, SceneDescription, Subject


def subject(concept: str, **told: object) -> Subject:
    return Subject(load_lexicon().concept(concept), **told)  # type: ignore[arg-type]


SCENES: dict[str, SceneDescription] = {
    "alone": SceneDescription((subject("fox"),), place="forest"),
    "night": SceneDescription((subject("cat", colour="black"),), place="city", time="night"),
    "many": SceneDescription((subject("penguin", count=12),), place="ice"),
    "pair": SceneDescription((subject("elephant"), subject("mouse")), time="sunset"),
    "riding": SceneDescription(
        (subject("astronaut", relation=Relation("riding", 1)), subject("horse")), place="mars"
    ),
    "wearing": SceneDescription(
        (subject("dog", relation=Relation("wearing", 1)), subject("crown")), place="park"
    ),
    "afloat": SceneDescription((subject("sailboat"),), place="sea", time="dawn"),
    "titled": SceneDescription((subject("rocket"),), place="space", text=("HELLO", "你好")),
    "rain": SceneDescription((subject("taxi"),), place="street", weather="rain"),
    "empty": SceneDescription(place="lake", season="autumn"),
    "abstract": SceneDescription(mood="joy"),
    "style": SceneDescription((subject("apple", count=3),), style="watercolour"),
}
"""One scene for each way in which scenes differ."""
