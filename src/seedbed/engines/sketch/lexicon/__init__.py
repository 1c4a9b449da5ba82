"""The lexicon: which words stand for what, as data files read once.

`animals.toml`, `people.toml` and their like hold a row for each concept that can be drawn;
`words.toml` holds the words of place, time, number, colour, style and relation, and those that
say nothing. A phrase belongs to one entry only: the loader refuses a second claim.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from seedbed.engines.sketch.scene import Anchors, Concept

CONCEPT_FILES = {
    "animals.toml": "animal",
    "people.toml": "person",
    "vehicles.toml": "vehicle",
    "buildings.toml": "building",
    "plants.toml": "plant",
    "food.toml": "food",
    "objects.toml": "object",
    "nature.toml": "nature",
}
ON_TABLE = ("food", "object")
YIELDING = ("measure", "silent")
"""Roles whose words keep the meaning that they have elsewhere."""
ANCHORS = ("back", "surface", "hand", "ground")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase stands for: a role such as `place`, and a value of that role."""

    role: str
    value: str
    colour: str | None = None
    """The colour that the phrase names with the thing: 橘猫 is an orange cat."""


@dataclass(frozen=True)
class Lexicon:
    """Every phrase known, and every concept by its id."""

    phrases: Mapping[str, Entry]
    concepts: Mapping[str, Concept]
    longest: int = field(default=0)
    """Words in the longest English phrase."""
    longest_chinese: int = field(default=0)
    """Characters in the longest Chinese phrase."""
    shades: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The colour that a shade (`dark`, `light`) makes of a colour."""
    garments: frozenset[str] = frozenset()
    """Concepts that are clothes: worn, they colour their wearer."""
    stuff: Mapping[str, str] = field(default_factory=dict)
    """Words that are a material where something is made of them."""
    plurals: Mapping[str, int] = field(default_factory=dict)
    """Nouns that mean several by themselves, and how many."""
    young: frozenset[str] = frozenset()
    """Words that make a young one of the animal before them: a fox cub."""
    vessels: frozenset[str] = frozenset()
    """Concepts that hold what is said to be "of" them: a basket of apples."""
    served: frozenset[str] = frozenset()
    """Food whose art shows its bowl or its plate."""
    units: frozenset[str] = frozenset()
    """Chinese words that follow a number, whatever else they mean: 三头牛 has no heads."""

    def concept(self, identity: str) -> Concept:
        """Give a concept by its id; KeyError when there is none."""
        return self.concepts[identity]

    def find(self, phrase: str) -> Entry | None:
        """Look up a phrase in lower case, an English plural under its singular too."""
        found = self.phrases.get(phrase)
        if found is not None or not phrase.isascii():
            return found
        return next(
            (self.phrases[form] for form in _singulars(phrase) if form in self.phrases), None
        )

    def is_plural(self, phrase: str) -> bool:
        """Tell whether a known phrase means several."""
        if phrase not in self.phrases or phrase in self.plurals or phrase.endswith("们"):
            return True
        entry = self.phrases[phrase]
        return any(self.phrases.get(form) == entry for form in _singulars(phrase))


class LexiconError(Exception):
    """A data file contradicts itself or another."""


@cache
def load_lexicon() -> Lexicon:
    """Read the data files."""
    phrases: dict[str, Entry] = {}
    concepts: dict[str, Concept] = {}
    vessels: list[str] = []
    for identity, row, kind in _concept_rows():
        vessels += [identity] if row.get("holds") else []
        concepts[identity] = _concept(identity, row, kind)
        _claim(phrases, [*row["en"], *row["zh"]], Entry("concept", identity))
        for colour, words in row.get("coloured", {}).items():
            _claim(phrases, words, Entry("concept", identity, colour))
    tables = dict(_table("words.toml"))
    shade_of = tables.pop("shade_of")
    garments = tables["garment"].pop("things")
    stuff = tables.pop("stuff")
    plurals = tables.pop("plural")
    young = tables.pop("young")["of"]
    served = tables.pop("served")["ids"]
    for role in (*(role for role in tables if role not in YIELDING), *YIELDING):
        for value, words in tables[role].items():
            taken = phrases if role in YIELDING else ()
            _claim(phrases, [word for word in words if word not in taken], Entry(role, value))
    return Lexicon(
        phrases,
        concepts,
        longest=max(len(phrase.split()) for phrase in phrases),
        longest_chinese=max(len(phrase) for phrase in phrases if not phrase.isascii()),
        shades=dict(_shades(shade_of)),
        garments=frozenset(garments),
        stuff={word: material for material, words in stuff.items() for word in words},
        young=frozenset(young),
        plurals={word: int(count) for count, words in plurals.items() for word in words},
        vessels=frozenset(vessels),
        served=frozenset(served),
        units=frozenset(tables["measure"]["unit"]),
    )


def _shades(table: Mapping[str, list[str]]) -> Iterator[tuple[tuple[str, str], str]]:
    for shade, pairs in table.items():
        for pair in pairs:
            colour, _, becomes = pair.partition("=")
            yield (shade, colour), becomes


def _claim(phrases: dict[str, Entry], words: list[str], entry: Entry) -> None:
    for word in words:
        taken = phrases.setdefault(word, entry)
        if taken != entry:
            raise LexiconError(f"{word!r} is claimed by {taken} and by {entry}")


def _concept_rows() -> Iterator[tuple[str, Mapping[str, Any], str | None]]:
    for name, kind in CONCEPT_FILES.items():
        for identity, row in _table(name).items():
            yield identity, row, kind


def _concept(identity: str, row: Mapping[str, Any], default_kind: str | None) -> Concept:
    kind = row.get("kind", default_kind)
    return Concept(
        id=identity,
        kind=kind,
        art=_art(row["art"]),
        height=row["height"],
        habitat=row.get("habitat", "surface" if kind in ON_TABLE else "ground"),
        place=row.get("place", "table" if kind in ON_TABLE else None),
        head_only=row.get("head", False),
        face=_art(row["face"]) if "face" in row else None,
        recolour=row.get("recolour", True),
        colour=row.get("colour"),
        tint=row.get("tint"),
        worn=row.get("worn"),
        anchors=_anchors(row, kind),
    )


def _anchors(row: Mapping[str, Any], kind: str) -> Anchors:
    """Give where others attach: as the row says, or else as is usual for its kind."""
    points = {**_table("kinds.toml").get(kind, {}), **{k: row[k] for k in ANCHORS if k in row}}
    return Anchors(**{name: (point[0], point[1]) for name, point in points.items()})


def _art(art: str) -> str:
    """Turn an emoji into the code points that Twemoji names its files by."""
    if art.startswith("painter:"):
        return art
    return "-".join(f"{ord(character):x}" for character in art)


def _singulars(phrase: str) -> Iterator[str]:
    if phrase.endswith("ies"):
        yield phrase[:-3] + "y"
    if phrase.endswith("ves"):
        yield phrase[:-3] + "f"
    if phrase.endswith("es"):
        yield phrase[:-2]
    if phrase.endswith("s") and not phrase.endswith("ss"):
        yield phrase[:-1]


@cache
def _table(name: str) -> dict[str, Any]:
    text = files("seedbed.engines.sketch.lexicon").joinpath(name).read_text("utf-8")
    return tomllib.loads(text)
