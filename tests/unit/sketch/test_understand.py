"""Prompts and what they are read as: subjects, counts, colours, places, times, relations."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.understand import describe, understand

READ = {
    "a white siamese cat sitting on a windowsill": "1 white siamese cat sit; windowsill",
    "一只白色的暹罗猫坐在窗台上": "1 white siamese cat sit; windowsill",
    "three red apples on a wooden table": "3 red apple; table",
    "a serene mountain lake at sunrise, photorealistic": "lake; dawn; calm",
    "five colorful balloons over the sea at sunset": "5 balloon fly; sea; sunset",
    "two golden retrievers playing in a meadow, spring": "2 golden retriever play; meadow; spring",
    "an astronaut riding a horse on mars": "1 astronaut riding horse, 1 horse; mars",
    "骑着白马的公主，森林，童话": "1 white horse, 1 princess riding horse; forest",
    "一个戴着红帽子的小女孩在雨中": "1 red hat, 1 girl wearing hat; rain",
    "夜晚的城市里，一只黑色的猫戴着皇冠": "1 black cat wearing crown, 1 crown; city; night",
    "竹林里的熊猫": "1 panda; jungle",
    "一群企鹅在冰上": "5 penguin; ice",
    "一艘帆船在大海上，日落，油画": "1 sailboat; sea; sunset; oil",
    "watercolor of a fox in a snowy forest": "1 fox; snowfield; watercolour",
    "a city street with no people, rain at night": "street; night; rain; without person",
    "a bowl of strawberries": "1 bowl, 3 strawberry in bowl",
    "a quokka eating sushi on the beach": "1 sushi; beach; not drawn: quokka",
    "a wolf howls at the moon": "1 wolf; night; not drawn: howls",
    "the feeling of sadness, abstract": "an abstract composition; sad",
    "a couple of cats": "2 cat",
    "twelve birds": "12 bird",
    "99 birds": "12 bird",
    "children playing in a park": "3 child play; park",
    "a man with a red umbrella": "1 man holding umbrella, 1 red umbrella",
    "two children building a snowman": "2 child build beside snowman, 1 snowman",
    "a cat, 16:9, 4k, masterpiece, --ar 3:2": "1 cat",
    "": "an abstract composition",
}


@pytest.mark.parametrize(("prompt", "read"), READ.items())
def test_a_prompt_is_read_as(prompt: str, read: str) -> None:
    assert describe(understand(prompt)) == read


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ('poster with the words "HELLO WORLD"', ("HELLO WORLD",)),
        ("海报“生日快乐”，蛋糕", ("生日快乐",)),
        ("book cover 「雪国」", ("雪国",)),
        ("the cat's toy isn't here", ()),
    ],
)
def test_quoted_words_are_text_and_nothing_else(prompt: str, text: tuple[str, ...]) -> None:
    scene = understand(prompt)
    assert scene.text == text
    assert not {"hello", "world"} & set(scene.not_drawn)


KNOWN = sorted(load_lexicon().phrases)
MIXED = st.lists(
    st.sampled_from(KNOWN) | st.text(max_size=6) | st.sampled_from('，。、 \n"“”「」()的and在'),
    max_size=40,
).flatmap(lambda words: st.sampled_from(("", " ")).map(lambda gap: gap.join(words)))
"""Known words of both languages in any order, with anything between them."""


@given(st.text(max_size=300) | MIXED)
@hypothesis_settings(max_examples=600, deadline=None)
def test_any_text_is_read_without_fail(prompt: str) -> None:
    scene = understand(prompt)
    assert describe(scene)
    for subject in scene.subjects:
        assert 1 <= subject.count <= 12
        for relation in (subject.relation, *subject.more):
            assert relation is None or relation.target < len(scene.subjects)


def test_a_long_prompt_is_read_in_no_time() -> None:
    understand("warm up")
    started = time.perf_counter()
    understand("a cat and a quokka on a red table, 一只猫 " * 2000)
    assert time.perf_counter() - started < 0.5


def test_a_prompt_is_read_within_five_milliseconds() -> None:
    prompt = (
        "three red foxes and a small black cat sitting under an old oak tree at dusk, oil, 下雨"
    )
    understand(prompt)
    started = time.perf_counter()
    for _ in range(20):
        understand(prompt)
    assert (time.perf_counter() - started) / 20 < 0.005


def test_what_is_not_wanted_is_left_out_and_named() -> None:
    scene = understand("a beach without clouds, no people or dogs")
    assert not scene.subjects
    assert scene.absent == ("clouds", "person", "dog")
    assert scene.weather == "clear"
    assert "without clouds, person, dog" in describe(scene)


@pytest.mark.parametrize(
    ("prompt", "concept"),
    [("an elephnt", "elephant"), ("two buterflies", "butterfly"), ("a pengiun", "penguin")],
)
def test_a_slip_of_the_pen_is_understood(prompt: str, concept: str) -> None:
    assert [subject.concept.id for subject in understand(prompt).subjects] == [concept]


@pytest.mark.parametrize("prompt", ["a carte", "a wolt", "the rocked man", "qwertyuiop"])
def test_short_or_doubtful_words_are_not_corrected(prompt: str) -> None:
    assert not {"car", "wolf", "rocket"} & {s.concept.id for s in understand(prompt).subjects}


@pytest.mark.parametrize(
    ("prompt", "carrier"),
    [
        ('a greeting card "Thank you", flowers', "card"),
        ('a wooden sign "Trail" in the forest', "board"),
        ("霓虹灯招牌「营业中」", "neon"),
        ('movie poster "NIGHT TRAIN"', "title"),
        ('"HELLO" over the sea', None),
        ("a poster of a cat", None),
    ],
)
def test_words_are_written_on_what_the_prompt_says(prompt: str, carrier: str | None) -> None:
    assert understand(prompt).carrier == carrier


def test_a_subject_has_all_its_relations_and_the_first_counts_most() -> None:
    scene = understand("a girl holding a red balloon on a bench under a tree")
    girl = scene.subjects[0]
    assert girl.relations[0].kind == "holding"
    assert girl.relation == girl.relations[0]
