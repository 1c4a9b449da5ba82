"""`seedbed models pull`, by the command itself, from a hub on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub", reason="needs the extra: pip install 'seedbed[diffusers]'")

from seedbed.engines.diffusers.hub import NotHere, locate
from tests.unit.diffusers_engine.fake_hub import GATED, MODEL, Hub, serving

FILES = {
    "model_index.json": json.dumps({"_class_name": "FluxPipeline"}).encode(),
    "README.md": b"words",
    "everything.safetensors": b"x" * 1000,
    "transformer/config.json": b"{}",
    "transformer/model.safetensors": b"y" * 3000,
    "transformer/model.fp16.safetensors": b"z" * 1500,
    "transformer/model.onnx": b"o",
    "vae/model.safetensors": b"v" * 10,
    "tokenizer/merges.txt": b"m",
}


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub(dict(FILES))) as running:
        yield running


def test_it_fetches_what_a_pipeline_is_loaded_from_once(hub: Hub, tmp_path: Path) -> None:
    done = pull(hub.url, tmp_path, MODEL)
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there == {
        "model_index.json",
        "tokenizer/merges.txt",
        "transformer/config.json",
        "transformer/model.safetensors",
        "vae/model.safetensors",
    }
    assert (folder / "transformer/model.safetensors").read_bytes() == b"y" * 3000
    assert "%" in done.stderr, "a bar was shown"
    assert locate(MODEL, cache_dir=str(tmp_path / "cache")) == folder
    hub.fetched.clear()
    assert pull(hub.url, tmp_path, MODEL).returncode == 0
    assert hub.fetched == [], "the second time there is nothing to fetch"


def test_a_variant_takes_the_place_of_the_plain_weights(hub: Hub, tmp_path: Path) -> None:
    options = {"diffusers": {"model": MODEL, "variant": "fp16"}}
    done = pull(hub.url, tmp_path, MODEL, SEEDBED_ENGINE_OPTIONS=json.dumps(options))
    assert done.returncode == 0, done.stderr
    assert {name for name in hub.fetched if name.endswith("safetensors")} == {
        "transformer/model.fp16.safetensors",
        "vae/model.safetensors",
    }


def test_what_was_never_fetched_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotHere, match=f"seedbed models pull {MODEL}"):
        locate(MODEL, cache_dir=str(tmp_path))


def test_a_gated_model_says_how_to_get_in(hub: Hub, tmp_path: Path) -> None:
    told = refused(pull(hub.url, tmp_path, GATED))
    assert told.startswith(f"seedbed: {GATED} is gated: accept its licence on its page")
    assert "HF_TOKEN" in told


def test_a_model_that_does_not_exist(hub: Hub, tmp_path: Path) -> None:
    assert "the hub has no people/nothing" in refused(pull(hub.url, tmp_path, "people/nothing"))


def test_a_name_that_is_none(hub: Hub, tmp_path: Path) -> None:
    assert "no profile 'sdxxl'; there are qwen-image" in refused(pull(hub.url, tmp_path, "sdxxl"))
    assert "no hub id" in refused(pull(hub.url, tmp_path, "a/b/c"))


def test_a_repository_of_something_else(hub: Hub, tmp_path: Path) -> None:
    del hub.files["model_index.json"]
    assert "is no diffusers model" in refused(pull(hub.url, tmp_path, MODEL))


def test_a_hub_that_cannot_be_reached(tmp_path: Path) -> None:
    assert "the hub cannot be reached" in refused(pull("http://127.0.0.1:1", tmp_path, MODEL))


def test_a_disk_without_the_space(hub: Hub, tmp_path: Path) -> None:
    hub.claims["transformer/model.safetensors"] = 10**18
    told = refused(pull(hub.url, tmp_path, MODEL))
    assert "needs 1,000,000,000.0 GB more on the disk" in told
    assert hub.fetched == []


def pull(
    url: str, tmp_path: Path, model: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    given = {
        "HF_ENDPOINT": url,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_TOKEN": "",
    }
    command = ["-m", "seedbed", "models", "pull", model, "--cache-dir", str(tmp_path / "cache")]
    return subprocess.run(
        [sys.executable, *command],
        env=os.environ | given | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    return done.stderr.strip().splitlines()[-1]
