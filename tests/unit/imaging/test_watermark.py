"""The watermark: in its corner, legible on any ground, in proportion."""

from __future__ import annotations

import numpy as np
import pytest

from seedbed.engines.engine import Pixels
from seedbed.imaging.watermark import LUMA, mark

TEXT = "AI generated"


def grounds(width: int, height: int) -> dict[str, Pixels]:
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    rows, columns = np.mgrid[0:height, 0:width]
    check = ((rows // 12 + columns // 12) % 2 * 255).astype(np.uint8)
    flat = {str(level): np.full((height, width, 3), level, np.uint8) for level in range(0, 256, 15)}
    return flat | {"noise": noise, "check": np.repeat(check[..., None], 3, 2)}


def luminance(luma: float) -> float:
    return float((luma / 255) ** 2.2)


@pytest.mark.parametrize("ground", grounds(1, 1))
def test_the_type_stands_out_from_what_is_around_it(ground: str) -> None:
    pixels = grounds(512, 512)[ground]
    mark(pixels, TEXT)
    on_white, on_black = np.full_like(pixels, 255), np.zeros_like(pixels)
    mark(on_white, TEXT)
    mark(on_black, TEXT)
    letters = (on_white[..., 0] < 60) | (on_black[..., 0] > 215)
    near = np.zeros_like(letters)
    for down in range(-2, 3):
        for across in range(-2, 3):
            near |= np.roll(letters, (down, across), (0, 1))
    near &= on_black[..., 0] < 40  # beside the letters, not their soft edges
    luma = pixels @ LUMA
    type_, around = (luminance(float(np.median(luma[where]))) for where in (letters, near))
    contrast = (max(type_, around) + 0.05) / (min(type_, around) + 0.05)
    assert contrast > 3.5, contrast


@pytest.mark.parametrize(("width", "height"), [(512, 512), (2048, 512), (512, 2048), (3000, 1277)])
def test_only_the_corner_is_touched_and_in_proportion(width: int, height: int) -> None:
    pixels = np.full((height, width, 3), 255, np.uint8)
    mark(pixels, TEXT)
    rows, columns = np.nonzero((pixels < 255).any(2))
    short = min(width, height)
    assert rows.max() < height - 2 and columns.max() < width - 2
    assert rows.min() > height - 0.1 * short and columns.min() > width - 0.6 * width
    assert 0.015 * short < np.ptp(rows) < 0.06 * short
    assert np.ptp(columns) < 0.3 * short


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (7, 7), (20, 9)])
def test_a_tiny_picture_takes_what_fits(size: tuple[int, int]) -> None:
    pixels = np.zeros((*size, 3), np.uint8)
    mark(pixels, TEXT)
    assert pixels.shape == (*size, 3)


def test_it_is_there_on_what_is_transparent() -> None:
    pixels = np.zeros((256, 256, 4), np.uint8)
    mark(pixels, TEXT)
    assert pixels[..., 3].max() > 200
    assert pixels[:128].max() == 0


def test_chinese_is_written_and_not_boxed() -> None:
    one, other = np.zeros((2, 256, 256, 3), np.uint8)
    mark(one, "生成")
    mark(other, "东西")
    assert not np.array_equal(one, other)
