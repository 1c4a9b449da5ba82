"""Lettering: whole, inside the picture, in a face that suits it, and different from its ground."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from seedbed.engines.sketch.canvas import Canvas
from seedbed.engines.sketch.palette import palette_of
from seedbed.engines.sketch.render import draw
from seedbed.engines.sketch.scene import SceneDescription
from seedbed.engines.sketch.typography import FACES, font_of, put_up, setting_of, write
from seedbed.engines.sketch.understand import understand

TEXTS = (
    "A", "OPEN", "Café Crème", "Happy Birthday", "The quick brown fox jumps over it all",
    "生日快乐", "恭喜发财，大吉大利，万事如意", "Crème 乐 42%", "Ж", "ﬁ",
)  # fmt: skip
SHAPES = ((640, 640), (1280, 540), (480, 900), (200, 1200))
PROMPTS = {
    "a poster with a rocket": "poster",
    "a birthday card with a cake": "script",
    "a neon sign on a street at night": "script",
    "a book cover with a castle": "serif",
    "a lighthouse, watercolour": "serif",
    "pixel art of a robot": "pixel",
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_letters_are_never_cut(text: str, shape: tuple[int, int], prompt: str) -> None:
    scene = replace(understand(f'{prompt} "x"'), text=(text,))
    blank = Canvas(*shape, palette_of(scene, 1), 1)
    blank.pixels[:] = 127
    setting = setting_of(scene, blank, crowded=bool(scene.subjects))
    assert setting is not None
    put_up(blank, setting)
    before = blank.pixels.copy()
    write(blank, scene.text, setting)
    changed = (np.abs(blank.pixels.astype(int) - before).max(2) > 40).astype(np.uint8)
    left, top, wide, tall = cv2.boundingRect(changed)
    assert wide > 0
    assert left > 0
    assert top > 0
    assert left + wide < shape[0]
    assert top + tall < shape[1]


@pytest.mark.parametrize(("prompt", "face"), PROMPTS.items())
def test_the_face_suits_what_carries_the_words(prompt: str, face: str) -> None:
    scene = understand(f'{prompt} "Good morning"')
    canvas = Canvas(320, 320, palette_of(scene, 1), 1)
    setting = setting_of(scene, canvas, crowded=bool(scene.subjects))
    assert setting is not None
    assert setting.face == face


@pytest.mark.parametrize("face", FACES)
def test_a_face_without_a_character_gives_way_to_one_that_has_it(face: str) -> None:
    family = font_of("Hello", 40, face).getname()  # type: ignore[arg-type]
    assert font_of("你好", 40, face).getname() != family  # type: ignore[arg-type]
    assert font_of("Hello", 40, face).getbbox("Hello")[2] > 40  # type: ignore[arg-type]


@pytest.mark.parametrize("time", ["day", "night"])
@pytest.mark.parametrize("prompt", ['a wooden sign "KEEP OUT" in a forest', 'a card "Hello"'])
def test_words_differ_from_what_carries_them(prompt: str, time: str) -> None:
    scene: SceneDescription = replace(understand(prompt), time=time)  # type: ignore[arg-type]
    lettered = draw(scene, 400, 400, 3).astype(int)
    blank = draw(replace(scene, text=("-",)), 400, 400, 3).astype(int)
    contrast = np.abs(lettered.mean(2) - blank.mean(2))
    assert np.quantile(contrast[contrast > 12], 0.9) > 60
