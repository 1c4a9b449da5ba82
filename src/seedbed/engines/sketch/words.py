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
    r"|(?<!\d)\d{1,2}[\s-]panels?\b|(?<!\d)\d{1,2}-(?:page|frame|part|picture|image|step|scene)s?\b|\b[a-z]/?\d{1,3}(?:\.\d)?\b|\b\d{4,}s?\b|--\w+(?:\s[\d:.]+)?|https?://\S+",
    re.IGNORECASE,
)
TAGGED = re.compile(
    r"(?<![\w.])([1-9])(?=(?:girl|boy|cat|dog|man|men|woman|women|person|people)s?\b)",
    re.IGNORECASE,
)
"""A number that stands at its noun, as in `1girl`."""
SAID = re.compile(
    r"\b(?:sign|banner|poster|card|text|title|caption|headline|label|logo|billboard|placard|shirt"
    r"|cover|mug|cake|letters|words|name|slogan|board|flag|screen)\b[^,.;:!?\n]{0,24}?(?::|\b"
    r"(?:says|say|saying|reads|reading|titled|named|called|spelling|with the words?)\b\s*:?)\s*"
    r"((?:[A-Z0-9][\w'’&!?-]*\s?)"
    r"(?:(?:of|the|and|a|to|in|is|&)\s(?=[A-Z])|[A-Z0-9][\w'’&!?-]*\s?){0,7}"
    r"|(?:(?!in\b|on\b|at\b|with\b|next\b|above\b|under\b|and\b)[a-z][\w'’!?-]*\s?){1,4})"
    r"|(?:写着|写有|印着|上书|写上|题字|标题是|标题为|文字是|文字为)[：:]?"
    r"([\u3400-\u9fffA-Za-z0-9！!]{1,12}?)(?=的|[，,。；;\s]|$)"
    r"|(?:\bletters?|字母)\s?([A-Z0-9])(?![A-Za-z0-9])"
)
"""Words that the prompt gives without quotes: `a sign that says Welcome Home`."""
PIECE = re.compile(
    r"[a-zà-ÿ]+(?:['’&-][a-zà-ÿ]+)*|&|\d+|[\u3400-\u9fff]+"
    r"|[,.;:!?，。；：！？、\n|/()（）]|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])",
    re.IGNORECASE,
)
LONGEST_WORD = 30
"""Letters beyond which a piece of text is no word."""
MIN_HALF = 4
"""Letters that either half of an unknown compound must have, lest a bowl be an owl."""
ADJECTIVE = re.compile(
    r"(?:.{2}(?:ous|ful|less|esque|ing)|.{3}(?:able|ible|like|wards?|(?<!f)ish|(?<!f)ly|[^e]ed)|.{4}est)$"
)
"""Endings of words that say how, not what; nouns among those the lexicon names itself."""
ARTICLES = ("a", "an", "the")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONG_ENOUGH_TO_CORRECT = 6
CORRECTED = ("concept", "place", "colour", "season", "weather", "time", "style")
"""Roles of words that a slip of the pen is taken for."""
SILENT = Entry("silent", "words")
DOING = Entry("doing", "unknown")
"""A participle that is not listed: what is done is not known, but that something is."""


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
    pattern = QUOTED if QUOTED.search(prompt) else SAID
    found = (
        next((group for group in match.groups() if group), "").strip()
        for match in pattern.finditer(prompt)
    )
    return tuple(text for text in found if text), pattern.sub(" , ", prompt)


def tokens(text: str) -> Iterator[Token]:
    """Split a text into tokens, longest known phrase first."""
    lexicon = load_lexicon()
    clean = NOISE.sub(" ", TAGGED.sub(r"\1 ", text))
    pieces = [match.group().lower() for match in PIECE.finditer(clean)]
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
    found, length = _phrase(lexicon, pieces, at)
    if found is None:
        return _unlisted(lexicon, pieces[at][:LONGEST_WORD]), 1
    if pieces[at] in ARTICLES and length > 1:
        # "a pile of" must not hide "pile of gold".
        after, longer = _phrase(lexicon, pieces, at + 1)
        if after is not None and longer >= length:
            return Token(pieces[at], lexicon.find(pieces[at])), 1
    return found, length


def _phrase(lexicon: Lexicon, pieces: list[str], at: int) -> tuple[Token | None, int]:
    """Find the longest known phrase that begins here, and its length in pieces."""
    for length in range(min(lexicon.longest, len(pieces) - at), 0, -1):
        words = pieces[at : at + length]
        if not all(word[0].isalpha() and word[0] < "\u3400" for word in words[1:]):
            continue
        phrase = " ".join(words).replace("’", "'")
        for form in dict.fromkeys((phrase, phrase.replace("-", " "), phrase.removesuffix("'s"))):
            entry = lexicon.find(form) if len(form) <= LONGEST_WORD * 2 else None
            if entry is not None:
                return Token(form, entry, lexicon.is_plural(form)), length
    return None, 0


def _unlisted(lexicon: Lexicon, word: str) -> Token:
    """Read a word that is not listed: a compound, a slip of the pen, or unknown."""
    if "-" in word:
        head = lexicon.find(word.rpartition("-")[2])
        known = head is not None and head.role == "concept"
        return Token(word, head if known else SILENT)
    for cut in range(3, len(word) - 2):
        entry = lexicon.find(f"{word[:cut]} {word[cut:]}")
        if entry is not None and entry.role == "concept":
            return Token(word, entry)
    for cut in range(MIN_HALF, len(word) - MIN_HALF + 1):
        # A fishingboat is a boat.
        entry = lexicon.find(word[cut:])
        if entry is not None and entry.role == "concept" and lexicon.find(word[:cut]):
            return Token(word, entry)
    meant = _corrected(lexicon, word)
    if meant is not None:
        return Token(meant, lexicon.find(meant), lexicon.is_plural(meant))
    if word.endswith("ing") and ADJECTIVE.search(word):
        return Token(word, DOING)
    return Token(word, SILENT if ADJECTIVE.search(word) else None)


def _corrected(lexicon: Lexicon, word: str) -> str | None:
    """Find the one known word that a long word is a slip of: a letter more, less or swapped."""
    if len(word) < LONG_ENOUGH_TO_CORRECT or not word.isascii():
        return None
    ending = ADJECTIVE.search(word)
    meant = {
        form
        for form in _slips(word)
        if _is_content(lexicon.find(form)) and (ending is None or form.endswith(word[-2:]))
    }
    entries = {lexicon.find(form) for form in meant}
    return min(meant) if len(entries) == 1 else None


def _is_content(entry: Entry | None) -> bool:
    return entry is not None and entry.role in CORRECTED


def _slips(word: str) -> Iterator[str]:
    """Give every word that differs by one letter, the first letter apart."""
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in LETTERS:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]


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
