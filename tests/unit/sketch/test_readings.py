"""What several hundred prompts are read as: the rows of `readings.txt`, in both languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from seedbed.engines.sketch.scene import SceneDescription, Subject
from seedbed.engines.sketch.understand import understand

ROWS = [
    tuple(part.strip() for part in line.split("=>"))
    for line in (Path(__file__).parent / "readings.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
SIZES = ("tiny", "small", "large", "giant")
MANY = 5
SUBJECT = re.compile(
    r"(?P<count>\d+\+?)?\s*(?P<words>[a-z_ ]+?)?(?P<facts>(?:\s*(?:[.~]\w+|\b\w+>\w+))*)$"
)


@dataclass(frozen=True)
class Wanted:
    """One subject as a row writes it."""

    concept: str
    count: int
    at_least: bool
    colour: str | None
    size: str | None
    facts: tuple[str, ...]

    def fits(self, subject: Subject, scene: SceneDescription) -> bool:
        return (
            subject.concept.id == self.concept
            and (subject.count >= self.count if self.at_least else subject.count == self.count)
            and subject.colour == self.colour
            and self.size in (None, subject.size)
            and all(fact in said(subject, scene) for fact in self.facts)
        )


def said(subject: Subject, scene: SceneDescription) -> tuple[str, ...]:
    found = [f".{subject.action}", f"~{subject.material}"]
    for relation in subject.relations:
        found.append(f"{relation.kind}>{scene.subjects[relation.target].concept.id}")
    return tuple(found)


def wanted(text: str) -> Wanted:
    words = text.split()
    facts = tuple(word for word in words if word[0] in ".~" or ">" in word)
    words = [word for word in words if word not in facts]
    count = words.pop(0) if words[0][0].isdigit() else "1"
    size = words.pop(0) if words[0] in SIZES else None
    colour = words.pop(0) if len(words) > 1 else None
    return Wanted(words[0], int(count.strip("+")), "+" in count, colour, size, facts)


@pytest.mark.parametrize(("prompt", "row"), ROWS, ids=[row[0] for row in ROWS])
def test_a_prompt_is_understood_as(prompt: str, row: str) -> None:
    scene = understand(prompt)
    subjects, *facts = (part.strip() for part in row.split(";"))
    left = list(scene.subjects)
    for one in [] if subjects == "-" else [wanted(text.strip()) for text in subjects.split(",")]:
        match = next((subject for subject in left if one.fits(subject, scene)), None)
        assert match is not None, (one, scene.subjects)
        left.remove(match)
    assert not left, [subject.concept.id for subject in left]
    for fact in facts:
        name, _, value = fact.partition("=")
        if name == "missing":
            assert any(value in word for word in scene.not_drawn), (value, scene.not_drawn)
        elif name == "text":
            assert value in scene.text
        elif name == "sight":
            assert value in scene.sights
        else:
            assert getattr(scene, name) == value, (name, getattr(scene, name))


def test_the_table_is_large_and_in_both_languages() -> None:
    chinese = [row for row in ROWS if re.search("[\u3400-\u9fff]", row[0])]
    assert len(ROWS) >= 400
    assert len(chinese) * 3 >= len(ROWS)
