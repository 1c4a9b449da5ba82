"""Ratios in prompts: what is said about the picture's shape, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.contract.ratios import RATIOS, nearest_ratio, ratio_from_prompt

SAID = {
    "16:9": [
        "a cat, 16:9",
        "16:9",
        "a cat 16：9",
        "一只猫，１６：９",
        "a cat in 16 : 9",
        "16:9 a cat on a sofa",
        "16:9 draw a cat",
        "a cat, 16x9",
        "a cat, 16 by 9",
        "画幅16比9的风景",
        "render at 16:9, sunset",
        "a cat --ar 16:9",
        "aspect ratio of 16:9",
        "a scoreboard in a stadium, photo, 16:9",
        "a banner for a bakery",
        "Design a banner: spring sale",
        "desktop wallpaper of a forest",
        "YouTube thumbnail about cooking",
        "widescreen film still",
        "横屏，海边日落",
        "一张电脑壁纸",
        "春季促销横幅",
        "做一个横版banner",
    ],
    "9:16": [
        "a cat --ar 9:16",
        "9:16 vertical video frame",
        "a dancer, 9:16",
        "a time traveller, 9:16",
        "phone wallpaper with mountains",
        "a wallpaper for my phone, in vertical format, phone wallpaper",
        "手机壁纸，樱花",
        "竖版手机壁纸",
        "竖屏视频封面",
        "an Instagram story about coffee",
    ],
    "3:4": [
        "a cat, portrait orientation",
        "a cat in portrait format",
        "a cat, portrait",
        "portrait, a cat in a hat",
        "a fox in portrait",
        "a tower, vertical",
        "vertical poster of a jazz night",
        "vertical banner for a museum",
        "A movie poster for a film about bees",
        "vintage travel poster of Lisbon",
        "a book cover with a dragon",
        "竖版海报，一只猫",
        "竖版",
        "竖构图的街景",
        "竖着的构图",
        "a tall image of a lighthouse",
        "音乐节海报",
        "海报设计，蓝色调",
        "a cat, aspect ratio 3:4",
    ],
    "4:3": [
        "landscape orientation, a horse",
        "a horse in landscape format",
        "landscape-oriented shot of a horse",
        "a horse, horizontal",
        "horizontal composition",
        "横版海报",
        "横版",
        "横构图，一匹马",
        "横向构图",
        "a landscape poster for a fair",
        "a wide image of the sea",
        "--ar 5:4 a horse",
        "a horse 4:3",
    ],
    "3:2": ["aspect ratio 3:2", "a bridge, 3:2.", "长宽比3:2", "a bridge (3:2)"],
    "2:3": ["a heron, 2:3", "画面比例为2:3"],
    "1:1": [
        "a square picture of a fox",
        "a fox, square",
        "square format",
        "正方形构图",
        "一只狐狸，方形",
        "方形海报",
        "an app icon for a weather app",
        "1:1, a fox",
    ],
    "21:9": [
        "a panorama of the Alps",
        "panoramic view of a city",
        "全景，雪山",
        "城市全景",
        "ultrawide 21:9 cinema still",
        "ultra-wide cinematic still",
        "a panoramic banner",
        "aspect ratio 2.39:1",
        "超宽画幅",
        "横版全景",
    ],
}

NOT_SAID = [
    "",
    "a cat",
    "portrait of a woman",
    "a portrait of an old sailor in oil",
    "a self-portrait",
    "self-portrait, oil on canvas",
    "portrait photo of a chef",
    "portrait photography, soft light",
    "肖像",
    "一位老人的肖像画",
    "a mountain landscape",
    "landscape, mountains, oil painting",
    "a landscape painting of hills",
    "landscape photo of Iceland",
    "风景画，山水",
    "a vertical garden on a house",
    "a tall man in a wide street",
    "cinematic wide shot of a valley",
    "horizontal stripes on a shirt",
    "a town square in the rain",
    "Times Square at night",
    "a girl with a poster",
    "a room with a poster on the wall",
    "a man hanging a poster",
    "a four-poster bed",
    "a wall covered in posters",
    "protesters holding a banner",
    "墙上贴着海报的房间",
    "举着横幅的人群",
    "海报风格的插画",
    "shot on an ultra-wide angle lens",
    "an ultrawide monitor on a desk",
    "a widescreen TV in a living room",
    "a car with a panoramic roof",
    "带全景天窗的汽车",
    "a train leaving at 16:30",
    "a train leaving at 9:16",
    "the clock shows 9:16",
    "9:16 am, a quiet street",
    "早上9:16的街道",
    "a clock at 04:03",
    "a 3:2 win in the cup final",
    "they won 3:2",
    "a scoreboard showing 4:3",
    "a 1:1 draw",
    "他们3比2获胜",
    "比分 3:2",
    "a 1:1 scale model of a car",
    "version 2.3:2",
    "1:16:9",
    "a 3x2 grid of cats",
    "10:16",
    "5:4",
    "image 1: 1 cat",
    "step 3: 2 eggs in a bowl",
]


@pytest.mark.parametrize(
    ("ratio", "prompt"), [(ratio, prompt) for ratio, prompts in SAID.items() for prompt in prompts]
)
def test_a_ratio_that_is_said_is_read(ratio: str, prompt: str) -> None:
    assert ratio_from_prompt(prompt) == ratio


@pytest.mark.parametrize("prompt", NOT_SAID)
def test_what_is_drawn_is_not_how(prompt: str) -> None:
    assert ratio_from_prompt(prompt) is None


def test_numbers_win_over_words_and_a_named_ratio_over_all() -> None:
    assert ratio_from_prompt("a vertical poster, 16:9") == "16:9"
    assert ratio_from_prompt("a poster, 16:9, aspect ratio 2:3") == "2:3"


def test_the_first_ratio_counts() -> None:
    assert ratio_from_prompt("4:3 or 16:9") == "4:3"


@pytest.mark.parametrize("ratio", RATIOS)
def test_every_ratio_is_its_own_nearest(ratio: str) -> None:
    width, height = map(int, ratio.split(":"))
    assert nearest_ratio(width, height) == ratio
    assert ratio_from_prompt(f"a cat, {ratio}") == ratio
    assert ratio_from_prompt(f"--ar {ratio} a cat") == ratio


@pytest.mark.parametrize("prompt", ["aspect ratio 0:0", "--ar 0:9", "aspect ratio 0.000:1"])
def test_a_ratio_of_nothing_is_none(prompt: str) -> None:
    assert ratio_from_prompt(prompt) is None


@given(st.text())
def test_any_text_can_be_read(prompt: str) -> None:
    assert ratio_from_prompt(prompt) in (*RATIOS, None)


@pytest.mark.parametrize(
    "prompt", ["a" * 20_000, "a poster, " * 2_000, "16:9:" * 4_000, "ing " * 5_000, "比" * 20_000]
)
@pytest.mark.timeout(10)
def test_a_long_prompt_is_read_quickly(prompt: str) -> None:
    ratio_from_prompt(prompt)
