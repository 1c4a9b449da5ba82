"""From a prompt to a scene description, and from a description to a line that says it.

A word that is not surely known is never guessed at: it is left out and named.
"""

from __future__ import annotations

from seedbed.engines.sketch.reading import AXES, read
from seedbed.engines.sketch.scene import SceneDescription, Subject
from seedbed.engines.sketch.words import quoted, tokens

MAX_LETTERS = 4000
"""Longer prompts are read up to here: no picture holds more."""


def understand(prompt: str, cast: tuple[Subject, ...] = ()) -> SceneDescription:
    """Read a prompt; never fails, whatever the text.

    A cast is who a story has introduced already: they are in the picture, and "it" is the first.
    """
    text, rest = quoted(prompt[:MAX_LETTERS])
    return read(tokens(rest), text, cast)


def describe(description: SceneDescription) -> str:
    """Say in one line what was understood, and what was not."""
    parts = [", ".join(_subject(description, subject) for subject in description.subjects)]
    parts += [str(getattr(description, axis) or "") for axis in AXES]
    parts += [f"{description.backdrop} background" if description.backdrop else ""]
    parts += [", ".join(description.sights)]
    parts += [f'text "{text}"' for text in description.text]
    if description.is_abstract:
        parts.insert(0, "an abstract composition")
    if description.absent:
        parts.append(f"without {', '.join(description.absent)}")
    if description.not_drawn:
        parts.append(f"not drawn: {', '.join(description.not_drawn)}")
    line = "; ".join(part.replace("_", " ") for part in parts if part)
    return "".join(letter if letter.isprintable() else " " for letter in line)


def _subject(description: SceneDescription, subject: Subject) -> str:
    size = "" if subject.size == "normal" else subject.size
    words = [str(subject.count), size, subject.colour or "", subject.material or ""]
    words += [subject.concept.id, subject.action or ""]
    for relation in subject.relations:
        words += [relation.kind, description.subjects[relation.target].concept.id]
        if relation.other is not None:
            words += ["and", description.subjects[relation.other].concept.id]
    return " ".join(word for word in words if word)
