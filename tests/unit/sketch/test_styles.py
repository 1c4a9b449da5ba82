"""Styles: each one changes the picture, in its own way, and keeps the subject."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from seedbed.engines.sketch.render import draw
from seedbed.engines.sketch.scene import STYLES as TOLD
from seedbed.engines.sketch.styles import names
from tests.unit.sketch.subjects import SCENES

SIZE = 160
SCENE = SCENES["alone"]
STYLES = names()
COLOURLESS = ("pencil", "ink", "line", "monochrome", "woodcut")


def test_every_style_that_a_prompt_can_name_is_drawn() -> None:
    assert set(TOLD) <= set(names())


def in_style(style: str | None, size: int = SIZE) -> np.ndarray:
    return draw(replace(SCENE, style=style), size, size, 6)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_changes_the_picture(style: str) -> None:
    pixels = in_style(style)
    assert pixels.shape == (SIZE, SIZE, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - in_style(None).astype(int)).mean() > 3
    assert pixels.std() > 8


def test_styles_differ_from_one_another() -> None:
    pictures = {style: in_style(style, 96).astype(int) for style in STYLES}
    for one in STYLES:
        for other in STYLES:
            if one < other:
                assert np.abs(pictures[one] - pictures[other]).mean() > 2, (one, other)


@pytest.mark.parametrize("style", STYLES)
def test_a_style_is_repeatable(style: str) -> None:
    assert np.array_equal(in_style(style, 72), in_style(style, 72))


@pytest.mark.parametrize("style", COLOURLESS)
def test_drawn_styles_have_little_colour(style: str) -> None:
    pixels = in_style(style).astype(int)
    assert (pixels.max(axis=2) - pixels.min(axis=2)).mean() < 40


def test_pixel_art_is_made_of_squares() -> None:
    pixels = in_style("pixel", 256)
    flat = (np.abs(np.diff(pixels.astype(int), axis=1)).max(axis=2) < 8).mean()
    assert flat > 0.55


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [(96, 64), (64, 120)])
def test_styles_take_any_shape(style: str, size: tuple[int, int]) -> None:
    assert draw(replace(SCENE, style=style), *size, 1).shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    "style",
    ["watercolour", "oil", "gouache", "low_poly", "mosaic", "stained_glass", "paper_cut", "clay"],
)
def test_the_subject_survives(style: str) -> None:
    """A style may not wash the subject away."""
    plain = cv2.resize(in_style(None), (32, 32), interpolation=cv2.INTER_AREA).astype(float)
    styled = cv2.resize(in_style(style), (32, 32), interpolation=cv2.INTER_AREA).astype(float)
    agreement = np.corrcoef(plain.mean(axis=2).ravel(), styled.mean(axis=2).ravel())[0, 1]
    assert agreement > 0.45


def test_an_isometric_scene_is_a_model_on_a_slab() -> None:
    for name in ("alone", "night", "many"):
        model = draw(replace(SCENES[name], style="isometric"), 160, 160, 4).astype(int)
        corner = model[:20, :20].reshape(-1, 3)
        assert corner.std(axis=0).max() < 20, name
        assert np.abs(model - draw(SCENES[name], 160, 160, 4)).mean() > 12, name
