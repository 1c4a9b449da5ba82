"""Edits of real photos: what must change changes, what must stay stays, byte for byte.

The photos are those that scikit-image ships. After a wanted change of look, write the goldens
anew: `python -m tests.unit.sketch.test_edit`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from seedbed.engines.engine import EncodedImage, EngineContext, Job, Parts, Picture, Progress
from seedbed.engines.sketch.edit import matte
from seedbed.engines.sketch.edit.fuse import fuse
from seedbed.engines.sketch.edit.layers import take_apart
from seedbed.engines.sketch.edit.retouch import cut_free, retouch, strength_of
from seedbed.engines.sketch.edit.wish import read_wish
from seedbed.engines.sketch.engine import SketchEdit, create

Photo = np.ndarray[Any, Any]
GOLDENS = Path(__file__).parent / "edits.json"
SIGNATURE = 6
TOLERANCE = 10.0
SIDE = 384
EDITS = {
    "astronaut": ("make it night", "remove the background", "add a hat", "put her on the moon",
                  "watercolour"),
    "coffee": ("change the red cup to blue", "oil painting", 'write "HI" at the top'),
    "camera": ("make it sunset", "foggy morning", "add a red balloon in the sky",
               "remove the man"),
    "rocket": ("make the sky purple", "make it rain", "vintage poster"),
    "chelsea": ("pixel art", "black and white", "add sunglasses"),
}  # fmt: skip
CASES = [(name, prompt) for name, prompts in EDITS.items() for prompt in prompts]


@cache
def photo(name: str) -> Photo:
    """Give one of scikit-image's photos, small."""
    folder = files("skimage.data")
    file = next(
        folder / f"{name}.{end}" for end in ("png", "jpg") if (folder / f"{name}.{end}").is_file()
    )
    image = Image.open(str(file)).convert("RGB")
    image.thumbnail((SIDE, SIDE))
    pixels = np.asarray(image)
    pixels.setflags(write=False)
    return pixels


def edited(name: str, prompt: str, seed: int = 5, **how: Any) -> Photo:
    image = photo(name).copy()
    height, width = image.shape[:2]
    return retouch(image, read_wish(prompt), width, height, seed, **how)


def signature(pixels: Photo) -> list[int]:
    small = cv2.resize(pixels[..., :3], (SIGNATURE, SIGNATURE), interpolation=cv2.INTER_AREA)
    return [int(part) for part in small.ravel()]


def changed(name: str, prompt: str) -> Photo:
    """Give where an edit has changed anything."""
    return np.asarray((edited(name, prompt) != photo(name)).any(2))


@pytest.mark.parametrize(("name", "prompt"), CASES, ids=[f"{a}: {b}" for a, b in CASES])
def test_an_edit_looks_as_it_did(name: str, prompt: str) -> None:
    golden = json.loads(GOLDENS.read_text())[f"{name}: {prompt}"]
    now = signature(edited(name, prompt))
    assert np.abs(np.array(now) - golden).mean() < TOLERANCE
    before = signature(photo(name))
    assert np.abs(np.array(golden) - before).mean() > 0.4, "a golden of an edit that does nothing"


@pytest.mark.parametrize(("name", "prompt"), CASES[::4], ids=[f"{a}: {b}" for a, b in CASES[::4]])
def test_the_same_edit_is_the_same_picture(name: str, prompt: str) -> None:
    assert np.array_equal(edited(name, prompt), edited(name, prompt))


@pytest.mark.parametrize(
    ("name", "prompt", "most"),
    [
        ("coffee", "change the red cup to blue", 0.6),
        ("camera", "add a red balloon in the sky", 0.15),
        ("astronaut", "add a hat", 0.2),
        ("coffee", 'write "HI" at the bottom', 0.4),
        ("rocket", "<bbox>400 300 600 900</bbox> remove this", 0.2),
        ("chelsea", "<bbox>700 0 1000 300</bbox> add a heart", 0.15),
    ],
)
def test_a_local_edit_leaves_the_rest_alone(name: str, prompt: str, most: float) -> None:
    share = changed(name, prompt).mean()
    assert 0.002 < share < most


def test_a_recoloured_thing_has_the_colour() -> None:
    before, after = photo("coffee"), edited("coffee", "change the red cup to blue")
    touched = (before != after).any(2)
    assert touched.mean() > 0.1
    mean = after[touched].mean(0)
    assert mean[2] > mean[0] + 30


def test_a_mark_bounds_what_is_removed() -> None:
    where = changed("rocket", "<bbox>400 300 600 900</bbox> remove this")
    height, width = where.shape
    outside = where.copy()
    outside[int(0.27 * height) : int(0.93 * height), int(0.37 * width) : int(0.63 * width)] = False
    assert not outside.any()


def test_the_subject_is_found() -> None:
    for name, inside, outside in (
        ("astronaut", (0.6, 0.4), (0.15, 0.6)),
        ("coffee", (0.5, 0.5), (0.9, 0.95)),
        ("camera", (0.6, 0.25), (0.2, 0.8)),
    ):
        found = matte.subject_of(photo(name))
        height, width = found.shape
        assert found[int(inside[0] * height), int(inside[1] * width)] > 200, name
        assert found[int(outside[0] * height), int(outside[1] * width)] < 60, name


def test_nothing_stands_out_of_nothing() -> None:
    plain = np.full((200, 300, 3), 128, np.uint8)
    assert not matte.subject_of(plain).any()
    for prompt in ("remove the background", "make it night", "add a hat", "make it red", "crop it"):
        assert retouch(plain, read_wish(prompt), 300, 200, 1).shape == (200, 300, 3)


def test_how_far_an_edit_goes_is_the_scale() -> None:
    assert strength_of(None) == strength_of(5.5) == 1
    assert strength_of(1) < strength_of(3) < strength_of(8) < strength_of(10)
    away = [
        float(np.abs(edited("coffee", "make it warmer", strength=strength_of(scale)).astype(int)
                     - photo("coffee")).mean())
        for scale in (1, 5.5, 10)
    ]  # fmt: skip
    assert away[0] < away[1] < away[2]


def test_an_instruction_that_is_none_still_does_something() -> None:
    assert changed("coffee", "xyzzy").mean() > 0.3


SIZES = st.tuples(st.integers(24, 360), st.integers(24, 360))


@settings(max_examples=30, deadline=None)
@given(SIZES, SIZES, st.sampled_from([prompt for _, prompt in CASES] + ["extend it", "crop it"]))
def test_every_size_is_met(given_: tuple[int, int], asked: tuple[int, int], prompt: str) -> None:
    image = np.ascontiguousarray(cv2.resize(photo("astronaut"), given_))
    assert retouch(image, read_wish(prompt), *asked, 3).shape == (asked[1], asked[0], 3)


def test_a_photo_of_another_shape_is_not_stretched() -> None:
    wide = retouch(photo("astronaut").copy(), read_wish("make it warmer"), 800, 400, 1)
    assert wide.shape == (400, 800, 3)
    plain = edited("astronaut", "make it warmer")
    middle = wide[:, 200:600]
    small = cv2.resize(plain, (400, 400), interpolation=cv2.INTER_CUBIC)
    assert np.abs(middle.astype(int) - small).mean() < 8


def test_a_cut_out_keeps_the_alpha_that_it_has() -> None:
    image = np.dstack([photo("astronaut"), np.zeros(photo("astronaut").shape[:2], np.uint8)])
    image[100:200, 100:200, 3] = 255
    height, width = image.shape[:2]
    cut = cut_free(image, read_wish("the square"), width, height, 1)
    assert np.array_equal(cut[..., 3], image[..., 3])
    assert np.array_equal(cut[120:180, 120:180, :3], image[120:180, 120:180, :3])


def test_several_photos_become_one() -> None:
    photos = [photo("astronaut"), photo("coffee"), photo("rocket")]
    for prompt in ("put image 1 into image 3", "combine", "image 1 in the style of image 2"):
        made = fuse([one.copy() for one in photos], prompt, read_wish(""), 320, 240, 1)
        assert made.shape == (240, 320, 3)
    scene = retouch(photo("rocket").copy(), read_wish("mirror"), 320, 240, 1)[:, ::-1]
    into = fuse([photos[0], photos[2]], "put the woman of image 1 into image 2", read_wish(""),
                320, 240, 1)  # fmt: skip
    same = (np.abs(into.astype(int) - scene).max(2) < 3).mean()
    assert 0.3 < same < 0.97, "the scene is seen, and so is who was put into it"


def again(image: Photo, prompt: str = "", rects: tuple[Any, ...] = (), most: int = 16) -> float:
    """Take a picture apart, put it together, and give the largest difference."""
    height, width = image.shape[:2]
    parts = take_apart(image, prompt, rects, width, height, most)
    whole = parts.base.astype(np.float64)
    assert len(parts.layers) <= most
    for layer in parts.layers:
        left, top, right, bottom = layer.box
        assert layer.pixels.shape == (bottom - top, right - left, 4)
        assert layer.name
        assert layer.description
        share = layer.pixels[..., 3:] / 255
        under = whole[top:bottom, left:right]
        whole[top:bottom, left:right] = layer.pixels[..., :3] * share + under * (1 - share)
    return float(np.abs(whole - image).max())


@pytest.mark.parametrize("name", list(EDITS))
def test_layers_give_the_photo_again(name: str) -> None:
    assert again(photo(name)) <= 1.0


def test_layers_of_a_graphic_are_its_pieces() -> None:
    image = np.full((400, 600, 3), (250, 244, 230), np.uint8)
    cv2.circle(image, (120, 120), 60, (200, 40, 40), -1, cv2.LINE_AA)
    cv2.rectangle(image, (300, 200), (500, 330), (30, 90, 200), -1)
    assert again(image) <= 1.0
    parts = take_apart(image, "a ball and a box", (), 600, 400, 16)
    boxes = [layer.box for layer in parts.layers]
    assert np.abs(np.array(boxes) - [(300, 200, 501, 331), (60, 60, 181, 181)]).max() <= 2
    assert np.abs(parts.base.astype(int) - (250, 244, 230)).max() <= 12
    assert len(take_apart(image, "", (), 600, 400, 1).layers) == 1


def test_layers_follow_the_marks() -> None:
    parts = take_apart(photo("coffee"), "the cup", ((0.1, 0.0, 0.85, 0.99),), 384, 256, 16)
    assert len(parts.layers) == 1
    assert again(photo("coffee"), "the cup", ((0.1, 0.0, 0.85, 0.99),)) <= 1.0


async def events(**fields: Any) -> list[Any]:
    blank = EncodedImage(b"", "image/png")
    base = {"task_id": "t", "model": "m", "prompt": "make it night", "width": 64, "height": 64,
            "seed": 3, "images": (blank,)}  # fmt: skip
    job = Job(**(base | fields))
    return [event async for event in create({}).draw(job, EngineContext())]


async def test_the_engine_yields_edits() -> None:
    progress, picture = await events()
    assert isinstance(progress, Progress)
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, SketchEdit)
    assert "night" in (picture.note or "")
    assert picture.content(photo("coffee").copy()).shape == (64, 64, 3)


async def test_a_group_tells_its_story_in_edits() -> None:
    made = await events(prompt="four pictures through the seasons", image_count=4,
                        indexes=(0, 1, 2, 3))  # fmt: skip
    notes = [event.note for event in made[1:]]
    assert [note.split()[-1] for note in notes] == ["spring", "summer", "autumn", "winter"]


async def test_the_engine_takes_apart() -> None:
    _, parts = await events(layer_decomposition=True, max_layers=16)
    assert isinstance(parts, Parts)
    assert parts.content(photo("coffee").copy()).base.shape == (64, 64, 3)


if __name__ == "__main__":
    goldens = {f"{name}: {prompt}": signature(edited(name, prompt)) for name, prompt in CASES}
    GOLDENS.write_text(json.dumps(goldens) + "\n")
