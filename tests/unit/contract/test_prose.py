"""No prompt, however odd, takes long to read: what reads it holds up everybody's requests."""

from __future__ import annotations

import time

import pytest

from seedbed.contract.fields import MAX_PROMPT
from seedbed.contract.groups import pictures_asked
from seedbed.contract.prose import plain_words
from seedbed.contract.ratios import ratio_from_prompt
from seedbed.tasks import drills

SECONDS = 0.25
UNITS = (
    " ", "\n", "\t", '"', "“", "”", "「", "a ", "a\n", " \n", "1 ", "1:", "four ", "4-", "4 panel ",
    "三张", "张", "一组", "画", "，", ", ", ",", ".", "1. ", "panel ", "picture ", "a story in ",
    "spring ", "spring, ", "morning and ", "春", "春夏", "第一", "第", "[", "[drill:", "--ar ",
    "portrait ", "banner ", "poster", "海报", "the ", "set of ", "draw ", "please ", "()", "—",
    "ab", "é", "\u3000", "🎉", "-", "a-", "one single ", "for each ", "16", "x", "of ", "with a ",
)  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=repr)
@pytest.mark.parametrize("head", ["", "three pictures", "a cat ", "四格"])
def test_no_prompt_takes_long(unit: str, head: str) -> None:
    prompt = (head + unit * MAX_PROMPT)[:MAX_PROMPT]
    started = time.perf_counter()
    pictures_asked(prompt)
    ratio_from_prompt(prompt)
    drills.without(prompt)
    assert time.perf_counter() - started < SECONDS


def test_what_stands_at_either_end_of_a_long_prompt_is_read() -> None:
    tale = "and then she went on " * 900
    assert ratio_from_prompt(f"{tale} --ar 16:9") == "16:9"
    assert pictures_asked(f"Draw three pictures of a girl. {tale}") == 3


def test_blanks_become_one_and_lines_stay() -> None:
    assert plain_words("a \t b  \n \n c") == "a b\nc"
