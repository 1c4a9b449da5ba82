"""The options, the profiles and the sizes of the diffusers engine; none needs the extra."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from seedbed.engines.diffusers import hub
from seedbed.engines.diffusers.engine import create
from seedbed.engines.diffusers.families import FAMILIES
from seedbed.engines.diffusers.loading import fitting
from seedbed.engines.diffusers.options import Options
from seedbed.engines.diffusers.pictures import covering, decoded
from seedbed.engines.diffusers.profiles import PROFILES
from seedbed.engines.diffusers.sizes import Range, best_size
from seedbed.engines.engine import EncodedImage, EngineContext, EngineError, Job, Unavailable

PAGE = (Path(__file__).parents[3] / "docs" / "engines" / "diffusers.md").read_text()
WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "needs a model: profile is one of qwen-image"),
    ({"profile": "sdxl", "stepz": 3}, "no option 'stepz'; it has profile, model"),
    ({"profile": "sdxxl"}, "'sdxxl'; profiles are qwen-image"),
    ({"model": 3}, "model is 3; a text is expected"),
    ({"profile": "sdxl", "dtype": "int8"}, "one of auto, float32, float16, bfloat16 is expected"),
    ({"profile": "sdxl", "offload": True}, "one of auto, none, model, sequential is expected"),
    ({"profile": "sdxl", "steps": 0}, "a whole number from 1 to 200 is expected"),
    ({"profile": "sdxl", "steps": 2.5}, "a whole number from 1 to 200 is expected"),
    ({"profile": "sdxl", "batch": True}, "a whole number from 1 to 64 is expected"),
    ({"profile": "sdxl", "strength": 0}, "a number from 0.05 to 1 is expected"),
    ({"profile": "sdxl", "compile": "yes"}, "true or false is expected"),
    ({"profile": "sdxl", "vae_tiling": "on"}, "true, false or auto is expected"),
    ({"model": "/nowhere/at/all"}, "there is no folder /nowhere/at/all"),
]


@pytest.mark.parametrize(("options", "told"), WRONG)
def test_wrong_options_say_what_is_allowed(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        create(options)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no diffusers model: it has no model_index.json"):
        create({"model": str(tmp_path)})
    (tmp_path / hub.INDEX).write_text('{"_class_name": "AudioPipeline"}')
    with pytest.raises(ValueError, match="is a AudioPipeline; the diffusers engine draws with"):
        create({"model": str(tmp_path)})
    (tmp_path / hub.INDEX).write_text("[")
    with pytest.raises(ValueError, match="cannot be read"):
        create({"model": str(tmp_path)})


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_makes_an_engine_without_loading_anything(name: str) -> None:
    before = "torch" in sys.modules
    profile = PROFILES[name]
    engine = create({"profile": name})
    assert engine.description.features == {"image"}
    assert engine.description.repeatable
    assert name in engine.description.summary
    assert ("torch" in sys.modules) == before
    assert profile.min_pixels <= profile.pixels <= profile.max_pixels
    assert profile.references == profile.family.references
    assert profile.gigabytes > profile.offloaded_gigabytes > 1
    assert not (profile.family.needs_picture and not profile.references)


async def test_a_model_that_was_never_fetched_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("diffusers", reason="needs the extra: pip install 'seedbed[diffusers]'")
    engine = create({"profile": "sd-turbo", "cache_dir": str(tmp_path)})
    job = Job("t", "m", "a cat", 512, 512, 1)
    with pytest.raises(Unavailable, match="model sd-turbo is not on this machine") as refused:
        async for _ in engine.draw(job, EngineContext()):
            pass
    assert "seedbed models pull sd-turbo" in refused.value.message
    await engine.close()


def test_every_option_is_documented_with_its_default() -> None:
    for field in fields(Options):
        row = re.search(rf"^\| `{field.name}` \|([^|]*)\| [^|]+ \|$", PAGE, re.MULTILINE)
        assert row is not None, f"option {field.name} has no row"
        default = getattr(Options(), field.name)
        shown = "" if default is None else str(default).lower().removesuffix(".0")
        assert row[1].strip().strip("`") == shown, field.name


def test_every_profile_is_documented_with_its_facts() -> None:
    for name, profile in PROFILES.items():
        row = re.search(rf"^\| `{re.escape(name)}` \|(.+)\|$", PAGE, re.MULTILINE)
        assert row is not None, f"profile {name} has no row"
        cells = [cell.strip() for cell in row[1].split("|")]
        assert cells == [
            f"`{profile.hub}`",
            profile.licence + ("" if profile.commercial else "; not for commercial use"),
            f"{profile.gigabytes:.0f} GB",
            f"{profile.offloaded_gigabytes:.0f} GB",
            str(profile.steps),
            f"{profile.guidance:g}" if profile.heeds_guidance else "not used",
            str(profile.references) if profile.references else "1, drawn anew",
            f"{profile.pixels**0.5:.0f}²",
        ]


SDXL = Range(1024 * 1024, 786_432, 1_310_720, 8)


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        ((1024, 1024), (1024, 1024)),
        ((4096, 4096), (1024, 1024)),
        ((1152, 864), (1152, 864)),
        ((512, 512), (1024, 1024)),
    ],
)
def test_the_best_size(asked: tuple[int, int], drawn: tuple[int, int]) -> None:
    assert best_size(SDXL, *asked) == drawn


@given(
    width=st.integers(64, 8192),
    height=st.integers(64, 8192),
    multiple=st.sampled_from([8, 16, 32]),
)
def test_the_best_size_is_one_that_the_model_draws(width: int, height: int, multiple: int) -> None:
    if not 1 / 16 <= width / height <= 16:
        return
    native = Range(1024 * 1024, 786_432, 1_310_720, multiple)
    wide, tall = best_size(native, width, height)
    assert wide % multiple == tall % multiple == 0
    assert 0.8 * native.min_pixels <= wide * tall <= 1.2 * native.max_pixels
    assert wide / tall == pytest.approx(width / height, rel=0.04)


def test_offloading_follows_from_what_fits() -> None:
    weights = {"transformer": 12 * 10**9, "text_encoder": 5 * 10**9}
    gigabyte = 2**30
    assert fitting(weights, 2, 80 * gigabyte) == "none"
    assert fitting(weights, 2, 32 * gigabyte) == "model"
    assert fitting(weights, 2, 16 * gigabyte) == "sequential"
    assert fitting({}, 2, 0) == "none"


def test_the_weights_of_a_folder_are_counted(tmp_path: Path) -> None:
    numpy_file = pytest.importorskip("safetensors.numpy", reason="needs seedbed[diffusers]")
    (tmp_path / "unet").mkdir()
    numpy_file.save_file({"a": np.zeros((3, 4)), "b": np.zeros(5)}, tmp_path / "unet/m.safetensors")
    numpy_file.save_file({"a": np.zeros(7)}, tmp_path / "unet/m.fp16.safetensors")
    (tmp_path / "vae").mkdir()
    (tmp_path / "vae" / "broken.safetensors").write_bytes(b"\xff" * 20)
    assert hub.parameters(tmp_path) == {"unet": 17}
    assert hub.parameters(tmp_path, "fp16") == {"unet": 7}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_every_format_of_the_service_is_decoded(form: str) -> None:
    made = decoded(_file(Image.new("RGB", (40, 20), (200, 60, 60)), form))
    assert made.size == (40, 20)
    assert np.abs(np.asarray(made).mean((0, 1)) - (200, 60, 60)).max() < 6


def test_what_is_transparent_is_put_on_white() -> None:
    made = decoded(_file(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG"))
    assert np.asarray(made).min() == 255


def test_a_turned_photo_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.new("RGB", (40, 20)).save(file, "JPEG", exif=exif)
    assert decoded(EncodedImage(file.getvalue(), "image/jpeg")).size == (20, 40)


def test_what_is_no_picture_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="cannot be decoded"):
        decoded(EncodedImage(b"\0\0\0\x18ftypheic" + b"\0" * 30, "image/heic"))


def test_covering_cuts_both_sides_alike() -> None:
    stripes = np.zeros((10, 40, 3), np.uint8)
    stripes[:, 18:22] = 255
    made = np.asarray(covering(Image.fromarray(stripes), 10, 10))
    assert made[:, :2].mean() < 30
    assert made[:, 4:6].mean() > 220
    assert made.mean(axis=(0, 2)) == pytest.approx(made.mean(axis=(0, 2))[::-1], abs=2)


def test_every_family_names_how_it_starts_from_a_picture() -> None:
    for family in FAMILIES.values():
        assert bool(family.redraws) != bool(family.references), family.pipeline


def _file(picture: Image.Image, form: str) -> EncodedImage:
    file = io.BytesIO()
    picture.save(file, form)
    return EncodedImage(file.getvalue(), f"image/{form.lower()}")
