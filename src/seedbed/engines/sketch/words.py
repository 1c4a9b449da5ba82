"""From text to tokens: the longest phrases that the lexicon knows, and what it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from seedbed.engines.sketch.lexicon import Entry, Lexicon, load_lexicon

QUOTED = re.compile(
    r"“([^”]{1,120})”|「([^」]{1,120})」|『([^』]{1,120})』|\"([^\"]{1,120})\"|‘([^’]{2,120})’(?!\w)"
    r"|(?<!\w)'([^']{2,120})'(?!\w)"
)
NOISE = re.compile(
    r"<[^>]{0,80}>|\d{1,5}\s?[x×:：]\s?\d{1,5}|(?<![a-z0-9])\d{1,6}(?:\.\d{1,4})?(?:[a-z]{1,4}\b|%)"
    r"|\b[a-z]/?\d{1,3}(?:\.\d)?\b|\b\d{4,}s?\b|--\w+(?:\s[\d:.]+)?|https?://\S+",
    re.IGNORECASE,
)
PIECE = re.compile(
    r"[a-zà-ÿ]+(?:['’&-][a-zà-ÿ]+)*|&|\d+|[\u3400-\u9fff]+"
    r"|[,.;:!?，。；：！？、\n|/()（）]|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])",
    re.IGNORECASE,
)
LONGEST_WORD = 30
"""Letters beyond which a piece of text is no word."""
MIN_HALF = 4
"""Letters that either half of an unknown compound must have, lest a bowl be an owl."""
ADJECTIVE = re.compile(r"..(?:ous|ful|less|able|ible|esque|ish|like|ward|wards|est|ly|ing|ed)$")
"""Endings of words that say how, not what; nouns among those the lexicon names itself."""
SILENT = Entry("silent", "words")


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

    @property
    def role(self) -> str:
        """The role of what it stands for: `unknown` or `stop` when it stands for nothing."""
        if self.entry is not None:
            return self.entry.role
        return "stop" if self.is_stop else "unknown"

    @property
    def value(self) -> str:
        """The value of its role; empty when it stands for nothing."""
        return self.entry.value if self.entry is not None else ""


def quoted(prompt: str) -> tuple[tuple[str, ...], str]:
    """Take the quoted words out of a prompt; give them, and the rest."""
    found = (
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
        if "\u3400" <= piece[0] <= "\u9fff":
            yield from _chinese(lexicon, piece)
            at += 1
        elif piece.isdigit():
            yield Token(piece, Entry("count", str(max(1, min(int(piece[:3]), 12)))))
            at += 1
        elif not piece[0].isalpha() and piece != "&":
            yield Token(",")
            at += 1
        else:
            token, used = _english(lexicon, pieces, at)
            yield token
            at += used


def _english(lexicon: Lexicon, pieces: list[str], at: int) -> tuple[Token, int]:
    for length in range(min(lexicon.longest, len(pieces) - at), 0, -1):
        words = pieces[at : at + length]
        if not all(word[0].isalpha() and word[0] < "\u3400" for word in words[1:]):
            continue
        phrase = " ".join(words).replace("’", "'")
        for form in dict.fromkeys((phrase, phrase.replace("-", " "), phrase.removesuffix("'s"))):
            entry = lexicon.find(form) if len(form) <= LONGEST_WORD * 2 else None
            if entry is not None:
                return Token(form, entry, lexicon.is_plural(form)), length
    return _compound(lexicon, pieces[at][:LONGEST_WORD]), 1


def _compound(lexicon: Lexicon, word: str) -> Token:
    """Read an unknown compound by its head: a fishingboat is a boat, cat-eared says how."""
    if "-" in word:
        head = lexicon.find(word.rpartition("-")[2])
        known = head is not None and head.role == "concept"
        return Token(word, head if known else SILENT)
    for cut in range(MIN_HALF, len(word) - MIN_HALF + 1):
        entry = lexicon.find(word[cut:])
        if entry is not None and entry.role == "concept" and lexicon.find(word[:cut]):
            return Token(word, entry)
    return Token(word, SILENT if ADJECTIVE.search(word) else None)


def _chinese(lexicon: Lexicon, run: str) -> Iterator[Token]:
    found: list[Token] = []
    at = 0
    while at < len(run):
        for length in range(min(lexicon.longest_chinese, len(run) - at), 0, -1):
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
        lone = len(token.text) == 1 and token.role in ("concept", "place", "undrawn")
        if token.entry is None or (lone and (word or (after is not None and after.entry is None))):
            word += token.text
            continue
        if word:
            yield Token(word)
            word = ""
        yield token
    if word:
        yield Token(word)
