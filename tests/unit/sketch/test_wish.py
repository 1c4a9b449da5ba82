"""What instructions are read as: the rows of `wishes.txt`, in both languages, and any text."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.engines.sketch.edit.fuse import Roles, roles_of, without_roles
from seedbed.engines.sketch.edit.wish import Add, Words, read_wish, rects_of, told

ROWS = [
    tuple(part.strip() for part in line.split("=>"))
    for line in (Path(__file__).parent / "wishes.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("prompt", "wanted"), ROWS, ids=[row[0] for row in ROWS])
def test_an_instruction_is_understood(prompt: str, wanted: str) -> None:
    assert told(read_wish(prompt), 1) == f"an edit of 1 picture: {wanted}"


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_an_instruction(text: str) -> None:
    line = told(read_wish(text), 1)
    assert line.isprintable()
    assert line.startswith("an edit of 1 picture: ")


@pytest.mark.parametrize(
    "piece", ["change the ", "a background ", "put ", "把变成", "<bbox>1 2 3", "，"]
)
def test_a_long_instruction_takes_no_time(piece: str) -> None:
    began = time.perf_counter()
    read_wish(piece * (20_000 // len(piece)))
    assert time.perf_counter() - began < 2


def test_marks_say_what_part_is_meant() -> None:
    wish = read_wish("<bbox>100 200 300 400</bbox> add a cat")
    assert wish.rect == (0.1, 0.2, 0.3, 0.4)
    assert [step.onto for step in wish.steps if isinstance(step, Add)] == ["rect"]
    assert read_wish("make it red <point>500 500</point>").rect == (0.38, 0.38, 0.62, 0.62)
    assert rects_of("<bbox>0 0 10 10</bbox><bbox>5 5 5 5</bbox>a<bbox>1 1 900 2000</bbox>") == (
        (0.001, 0.001, 0.9, 1.0),
    )


def test_words_stand_where_they_are_asked_for() -> None:
    for text, where in (("at the bottom", "bottom"), ("in the middle", "middle"), ("", "top")):
        (step,) = read_wish(f'write "HI" {text}').steps
        assert step == Words(("HI",), where)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prompt", "count", "roles"),
    [
        ("put the person of image 1 into the scene of image 2", 2, Roles(1, (0,))),
        ("put the cat from image 2 in image 1", 2, Roles(0, (1,))),
        ("place the cup of picture 1 on the table of picture 2", 2, Roles(1, (0,))),
        ("把图1的人放到图2的背景里", 2, Roles(1, (0,))),
        ("将第一张图的猫放进第二张图", 2, Roles(1, (0,))),
        ("image 1 in the style of image 2", 2, Roles(None, (0,), 1)),
        ("use image 2 as the background for image 1", 2, Roles(1, (0,))),
        ("combine these", 3, Roles(None, (0, 1, 2))),
        ("put image 1 and image 2 on the beach of image 3", 3, Roles(2, (0, 1))),
        ("put image 7 into image 9", 2, Roles(None, (0, 1))),
    ],
)
def test_who_goes_where(prompt: str, count: int, roles: Roles) -> None:
    assert roles_of(prompt, count) == roles


def test_what_says_who_goes_where_is_no_edit() -> None:
    assert without_roles("put the man of image 1 into image 2, make it night") == ", make it night"
