"""Drawing: exact sizes, equal bytes for equal arguments, other pictures for other seeds.

After a wanted change of look, write the goldens anew: `python -m tests.unit.sketch.test_draw`.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.engines.engine import Engine, EngineContext, Job, Picture
from seedbed.engines.sketch import styles
from seedbed.engines.sketch.engine import SketchDrawing, create
from seedbed.engines.sketch.render import draw
from seedbed.engines.sketch.scene import MOODS, PLACES, SIGHTS, SceneDescription
from seedbed.engines.sketch.understand import understand
from tests.unit.sketch.subjects import SCENES, subject

GOLDENS = Path(__file__).parent / "goldens.json"
SIGNATURE = 6
"""Rows and columns of a golden: each number is a patch's mean in one colour."""
TOLERANCE = 9.0
"""Mean difference that another machine's rounding may make, of 255."""


GOLDEN_SCENES = {
    **SCENES,
    **{f"in {style}": replace(SCENES["alone"], style=style) for style in styles.names()},
}


def signature(name: str) -> list[int]:
    pixels = draw(GOLDEN_SCENES[name], 192, 192, 11)
    small = cv2.resize(pixels, (SIGNATURE, SIGNATURE), interpolation=cv2.INTER_AREA)
    return [int(part) for part in small.ravel()]


@settings(max_examples=8, deadline=None)
@given(width=st.integers(64, 420), height=st.integers(64, 420), name=st.sampled_from(list(SCENES)))
def test_the_size_is_exact(width: int, height: int, name: str) -> None:
    pixels = draw(SCENES[name], width, height, 3)
    assert pixels.shape == (height, width, 3)
    assert pixels.dtype == np.uint8


@pytest.mark.parametrize(("width", "height"), [(1600, 100), (100, 1600), (2100, 2100)])
def test_extreme_sizes_are_exact(width: int, height: int) -> None:
    assert draw(SCENES["alone"], width, height, 1).shape == (height, width, 3)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_painted(place: str) -> None:
    pixels = draw(SceneDescription(place=place), 128, 128, 5)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 200
    assert pixels.std() > 8


@pytest.mark.parametrize("sight", [name for name in SIGHTS if name != "blossom"])
@pytest.mark.parametrize(("width", "height"), [(128, 128), (320, 60), (60, 320)])
def test_every_sight_is_seen(sight: str, width: int, height: int) -> None:
    scene = understand(sight.replace("_", " "))
    assert scene.sights == (sight,)
    without = replace(scene, sights=())
    assert not np.array_equal(draw(scene, width, height, 5), draw(without, width, height, 5))


@pytest.mark.parametrize("time", ["dawn", "day", "sunset", "night"])
@pytest.mark.parametrize("weather", ["clear", "cloudy", "rain", "storm", "snow", "fog", "wind"])
def test_every_sky_is_painted(time: str, weather: str) -> None:
    scene = SceneDescription(place="meadow", time=time, weather=weather)  # type: ignore[arg-type]
    assert draw(scene, 96, 96, 2).std() > 6


def test_night_is_darker_than_day() -> None:
    day, night = (
        draw(SceneDescription(place="meadow", time=time), 128, 128, 2).mean()  # type: ignore[arg-type]
        for time in ("day", "night")
    )
    assert night < 0.6 * day


def test_moods_colour_abstracts() -> None:
    pictures = [draw(SceneDescription(mood=mood), 96, 96, 1).mean(axis=(0, 1)) for mood in MOODS]
    assert len({tuple(np.round(mean, -1)) for mean in pictures}) >= len(MOODS) - 2


def test_same_arguments_give_the_same_bytes() -> None:
    for scene in SCENES.values():
        assert np.array_equal(draw(scene, 96, 80, 9), draw(scene, 96, 80, 9))


def test_another_process_draws_the_same_bytes() -> None:
    program = (
        "import hashlib\n"
        "from seedbed.engines.sketch.render import draw\n"
        "from tests.unit.sketch.subjects import SCENES\n"
        "print(*(hashlib.sha256(draw(s, 96, 80, 5).tobytes()).hexdigest()"
        " for s in SCENES.values()))\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    ).stdout.split()
    own = [hashlib.sha256(draw(s, 96, 80, 5).tobytes()).hexdigest() for s in SCENES.values()]
    assert own == other


@pytest.mark.parametrize("name", SCENES)
def test_seeds_differ_visibly(name: str) -> None:
    pictures = [draw(SCENES[name], 96, 96, seed).astype(int) for seed in (1, 2, 3)]
    differences = [
        np.abs(one - other).mean()
        for index, one in enumerate(pictures)
        for other in pictures[index + 1 :]
    ]
    assert max(differences) > 6


def test_a_subject_is_seen_against_its_place() -> None:
    bare = draw(SceneDescription(place="meadow"), 160, 160, 1).astype(int)
    with_cow = draw(SceneDescription((subject("cow"),), place="meadow"), 160, 160, 1).astype(int)
    changed = (np.abs(bare - with_cow).max(axis=2) > 40).mean()
    assert 0.04 < changed < 0.6


def test_text_is_written_inside_the_picture() -> None:
    plain = SceneDescription(place="studio")
    for words in (("SALE",), ("生日快乐",), ("a rather long headline that must be fitted",)):
        titled = SceneDescription(place="studio", text=words)
        changed = np.abs(
            draw(plain, 200, 200, 1).astype(int) - draw(titled, 200, 200, 1).astype(int)
        ).max(axis=2)
        assert (changed > 60).mean() > 0.004
        edge = np.concatenate(
            [changed[:2].ravel(), changed[:, :2].ravel(), changed[:, -2:].ravel()]
        )
        assert edge.max() < 60


@pytest.mark.parametrize("name", GOLDEN_SCENES)
def test_looks_as_it_did(name: str) -> None:
    golden = json.loads(GOLDENS.read_text("utf-8"))[name]
    assert np.abs(np.array(golden) - np.array(signature(name))).mean() < TOLERANCE


async def test_the_engine_yields_a_picture_for_each_index() -> None:
    engine: Engine = create({})
    await engine.warm()
    job = Job("t", "m", "a fox in a snowy forest", 128, 96, 4, indexes=(0, 2), image_count=3)
    events = [event async for event in engine.draw(job, EngineContext())]
    pictures = [event for event in events if isinstance(event, Picture)]
    assert [picture.index for picture in pictures] == [0, 2]
    assert "fox" in (pictures[0].note or "")
    drawings = [pickle.loads(pickle.dumps(picture.content)) for picture in pictures]
    assert all(isinstance(drawing, SketchDrawing) for drawing in drawings)
    first, second = (drawing() for drawing in drawings)
    assert first.shape == (96, 128, 3)
    assert not np.array_equal(first, second)
    await engine.close()


if __name__ == "__main__":
    GOLDENS.write_text(
        json.dumps({name: signature(name) for name in GOLDEN_SCENES}) + "\n", "utf-8"
    )
