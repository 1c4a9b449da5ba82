"""From text to tokens: the longest phrases that the lexicon knows, and what it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from seedbed.engines.sketch.lexicon import Entry, Lexicon, load_lexicon

QUOTED = re.compile(
    r"“([^”]{1,120})”|「([^」]{1,120})」|『([^』]{1,120})』|\"([^\"]{1,120})\"|(?<!\w)'([^']{2,120})'(?!\w)"
)
NOISE = re.compile(
    r"<[^>]{0,80}>|\b\d{1,5}\s?[x×:：]\s?\d{1,5}\b|\b\d+k\b|--\w+(?:\s[\d:.]+)?", re.IGNORECASE
)
PIECE = re.compile(
    r"[a-z]+(?:['’&-][a-z]+)*|\d+|[\u3400-\u9fff]+|[,.;:!?，。；：！？、\n]", re.IGNORECASE
)
LONGEST_CHINESE = 6
MIN_HALF = 4
"""Letters that either half of an unknown compound must have, lest a bowl be an owl."""


@dataclass(frozen=True, slots=True)
class Token:
    """A phrase of the prompt: known (`entry`), unknown, or a stop (`text` is punctuation)."""

    text: str
    entry: Entry | None = None
    plural: bool = False

    @property
    def is_stop(self) -> bool:
        """Whether the token is punctuation."""
        return self.entry is None and not self.text[0].isalnum()


def quoted(prompt: str) -> tuple[tuple[str, ...], str]:
    """Take the quoted words out of a prompt; give them, and the rest."""
    found = tuple(
        next(group for group in match.groups() if group).strip()
        for match in QUOTED.finditer(prompt)
    )
    return tuple(text for text in found if text), QUOTED.sub(" , ", prompt)


def tokens(text: str) -> Iterator[Token]:
    """Split a text into tokens, longest known phrase first."""
    lexicon = load_lexicon()
    pieces = [match.group().lower() for match in PIECE.finditer(NOISE.sub(" ", text))]
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        if piece[0] >= "\u3400" and not piece.isascii() and piece[0] not in "，。；：！？、":
            yield from _chinese(lexicon, piece)
            at += 1
        elif piece.isdigit():
            yield Token(piece, Entry("count", str(max(1, min(int(piece[:3]), 12)))))
            at += 1
        else:
            token, used = _english(lexicon, pieces, at)
            yield token
            at += used


def _english(lexicon: Lexicon, pieces: list[str], at: int) -> tuple[Token, int]:
    for length in range(min(lexicon.longest, len(pieces) - at), 0, -1):
        words = pieces[at : at + length]
        if not all(word[0].isascii() for word in words):
            continue
        phrase = " ".join(words)
        for form in (phrase, phrase.replace("-", " ")) if "-" in phrase else (phrase,):
            entry = lexicon.find(form)
            if entry is not None:
                return Token(phrase, entry, lexicon.is_plural(form)), length
    return _compound(lexicon, pieces[at]), 1


def _compound(lexicon: Lexicon, word: str) -> Token:
    """Read an unknown compound by its head: a fishingboat is a boat."""
    for cut in range(MIN_HALF, len(word) - MIN_HALF + 1):
        entry = lexicon.find(word[cut:])
        if entry is not None and entry.role == "concept" and lexicon.find(word[:cut]):
            return Token(word, entry)
    return Token(word)


def _chinese(lexicon: Lexicon, run: str) -> Iterator[Token]:
    found: list[Token] = []
    at = 0
    while at < len(run):
        for length in range(min(LONGEST_CHINESE, len(run) - at), 0, -1):
            entry = lexicon.find(run[at : at + length])
            if entry is not None:
                phrase = run[at : at + length]
                found.append(Token(phrase, entry, lexicon.is_plural(phrase)))
                at += length
                break
        else:
            found.append(Token(run[at]))
            at += 1
    return iter(_joined(found))


def _joined(found: list[Token]) -> Iterator[Token]:
    """Join unknown characters to words; one character beside them is a part of the word too."""
    word = ""
    for index, token in enumerate(found):
        after = found[index + 1] if index + 1 < len(found) else None
        lone = len(token.text) == 1 and token.entry is not None and token.entry.role == "concept"
        if token.entry is None or (lone and (word or (after is not None and after.entry is None))):
            word += token.text
            continue
        if word:
            yield Token(word)
            word = ""
        yield token
    if word:
        yield Token(word)
