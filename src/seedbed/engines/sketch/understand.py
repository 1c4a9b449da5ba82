"""From a prompt to a scene description.

The tokens of the prompt are read once from left to right. Numbers, colours and sizes wait for
the next noun; a relation waits for the noun after it; places, times, weather and styles go to
axes of their own. A word that is not surely known is never guessed at: it is left out and named.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.scene import Concept, Relation, RelationKind, SceneDescription, Subject
from seedbed.engines.sketch.words import Token, quoted, tokens

MAX_SUBJECTS = 6
MAX_LETTERS = 4000
"""Longer prompts are read up to here: no picture holds more."""
MAX_NOT_DRAWN = 8
PLURAL_COUNT = 3
AXES = ("place", "time", "weather", "season", "mood", "style", "shot")
SMALL_ENOUGH_TO_HOLD = 1.1


def understand(prompt: str) -> SceneDescription:
    """Read a prompt; never fails, whatever the text."""
    text, rest = quoted(prompt[:MAX_LETTERS])
    reader = _Reader()
    for token in tokens(rest):
        reader.read(token)
    return reader.description(text)


def describe(description: SceneDescription) -> str:
    """Say in one line what was understood, and what was not."""
    parts = [", ".join(_subject(description, subject) for subject in description.subjects)]
    parts += [str(getattr(description, axis) or "") for axis in AXES]
    parts += [f'text "{text}"' for text in description.text]
    if description.is_abstract:
        parts.insert(0, "an abstract composition")
    if description.not_drawn:
        parts.append(f"not drawn: {', '.join(description.not_drawn)}")
    return "; ".join(part.replace("_", " ") for part in parts if part)


def _subject(description: SceneDescription, subject: Subject) -> str:
    size = "" if subject.size == "normal" else subject.size
    words = [str(subject.count), size, subject.colour or "", subject.concept.id, subject.action]
    if subject.relation is not None:
        target = description.subjects[subject.relation.target]
        words += [subject.relation.kind, target.concept.id]
    return " ".join(word for word in words if word)


@dataclass
class _Reader:
    """What has been read so far, and what waits for its noun."""

    subjects: list[Subject] = field(default_factory=list)
    axes: dict[str, str] = field(default_factory=dict)
    not_drawn: list[str] = field(default_factory=list)
    count: int | None = None
    colour: str | None = None
    size: str | None = None
    action: str | None = None
    relation: RelationKind | None = None
    waiting: tuple[RelationKind, int] | None = None
    """A relation whose owner comes after its object, as in 骑着马的宇航员."""
    negated: bool = False

    def read(self, token: Token) -> None:
        """Take the next token."""
        if token.is_stop:
            self._stop()
        elif token.entry is None:
            self._unknown(token.text)
        elif token.entry.role == "negation":
            self.negated = True
        elif self.negated:
            self.negated = token.entry.role not in ("concept", *AXES)
        else:
            self._known(token, token.entry.role, token.entry.value)

    def description(self, text: tuple[str, ...]) -> SceneDescription:
        """Give what was read."""
        return SceneDescription(
            subjects=tuple(self.subjects),
            text=text,
            not_drawn=tuple(dict.fromkeys(self.not_drawn))[:MAX_NOT_DRAWN],
            **cast(dict[str, Any], self.axes),
        )

    def _known(self, token: Token, role: str, value: str) -> None:
        if role == "concept":
            self._noun(load_lexicon().concept(value), token.plural)
        elif role == "count":
            self.count = int(value) if self.count in (None, 1) else self.count
        elif role == "colour":
            self.colour = value
        elif role == "size":
            self.size = value
        elif role == "relation":
            self.relation = cast(RelationKind, value)
        elif role == "action":
            self._verb(value)
        elif role in AXES:
            self._axis(role, value)

    def _axis(self, role: str, value: str) -> None:
        self.axes.setdefault(role, value)
        if role == "place":  # "on a red table" stands on the table, and the table is the place
            self.relation = self.colour = self.size = self.count = None

    def _verb(self, action: str) -> None:
        if self.subjects and self.relation is None and self.count is None:
            self.subjects[-1] = replace(self.subjects[-1], action=action)
        else:
            self.action = action

    def _noun(self, concept: Concept, plural: bool) -> None:
        before = len(self.subjects) - 1
        named = next((i for i, s in enumerate(self.subjects) if s.concept == concept), None)
        if named is not None and self.colour is None and self.count in (None, 1):
            self._forget()
            return
        if len(self.subjects) == MAX_SUBJECTS:
            self.not_drawn.append(concept.id)
            return
        self.subjects.append(
            Subject(
                concept=concept,
                count=self.count or (PLURAL_COUNT if plural else 1),
                colour=self.colour,
                size=cast(Any, self.size or "normal"),
                action=self.action,
            )
        )
        self._relate(before, len(self.subjects) - 1)
        self._forget()

    def _relate(self, before: int, noun: int) -> None:
        if self.waiting is not None:
            kind, target = self.waiting
            self.waiting = None
            self._attach(noun, kind, target)
        elif self.relation is not None and before >= 0:
            self._attach(before, self.relation, noun)
        elif self.relation in ("riding", "wearing", "holding"):
            self.waiting = (self.relation, noun)

    def _attach(self, owner: int, kind: RelationKind, target: int) -> None:
        subject, concept = self.subjects[owner], self.subjects[target].concept
        if concept.worn and kind in ("holding", "in", "wearing"):
            kind = "wearing"
        elif kind == "wearing":
            kind = "holding"
        if kind == "holding" and not _can_hold(subject.concept, concept):
            kind = "beside"
        if subject.relation is None or subject.relation.kind == "beside":
            self.subjects[owner] = replace(subject, relation=Relation(kind, target))

    def _stop(self) -> None:
        self.negated = False
        self.relation = None
        self._forget()

    def _unknown(self, text: str) -> None:
        # An adverb or a participle says how, not what; it is not missed in the picture.
        if not text.endswith(("ly", "ing", "ed")) and len(text) > 1 and not self.negated:
            self.not_drawn.append(text[:30])
        self.negated = False

    def _forget(self) -> None:
        self.count = self.colour = self.size = self.action = self.relation = None


def _can_hold(holder: Concept, held: Concept) -> bool:
    alive = holder.kind in ("person", "animal", "fantasy")
    return alive and held.height <= SMALL_ENOUGH_TO_HOLD and held.kind != "animal"
