"""Prose: a prompt made fit for patterns that look for a few words in it."""

from __future__ import annotations

import re

HEAD, TAIL = 3_000, 1_000
"""Characters that are looked at: who states a format or a number does it at an end."""
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n\s*")


def plain_words(text: str) -> str:
    """Cut a text to what is looked at, and make each run of blanks one, a line's end kept.

    So that no pattern takes long, whatever a prompt is made of.
    """
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    return _LINES.sub("\n", _BLANKS.sub(" ", text))
