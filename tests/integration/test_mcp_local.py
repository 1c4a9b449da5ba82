"""The door of `seedbed mcp`: what the operator is given is what a task reserves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seedbed.contract.errors import BadRequest
from seedbed.mcp.local import LocalDoor
from seedbed.service.images import Asked
from tests.service import SMALL, audit, credits_of, open_service

pytestmark = pytest.mark.usefixtures("grey_engine")
GROUP: dict[str, Any] = {
    "prompt": "3 pictures of a hill",
    "model": "doubao-seedream-4-0-250828",
    "sequential_image_generation": "auto",
    "sequential_image_generation_options": {"max_images": 15},
}


@pytest.mark.parametrize(
    ("body", "chooses_count", "pictures"),
    [
        (SMALL, False, 1),
        (SMALL | {"n": 3}, True, 3),
        (GROUP, False, 3),
        (GROUP, True, 15),
        (GROUP | {"model": "any-name"}, True, 15),
    ],
)
async def test_the_operator_never_runs_out_and_keeps_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    body: dict[str, Any],
    chooses_count: bool,
    pictures: int,
) -> None:
    options = {"script": "forever", "description": {"chooses_count": chooses_count}}
    async with open_service(
        tmp_path / "data",
        monkeypatch,
        recover=False,
        engine_options={"grey": options},
        model_aliases={"any-name": GROUP["model"]},
    ) as held:
        visit = await LocalDoor(held).to_draw(None, body)
        submitted = await held.images.submit(Asked(body, visit.caller, "trace"))
        assert credits_of(held.database, visit.caller) == (0, pictures)
        await held.images.abandon(submitted.task.id)
        audit(held.database)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("file://[", r"image\[0\]: 'file://\[' is no URL of a file: "),
        ("file://]/a.png", r"image\[0\]: 'file://\]/a.png' is no URL of a file: "),
        ("file:a.png", r"image\[0\]: 'file:a.png' is no URL of a file: "),
        ("a.png", r"image\[0\]: 'a.png' is no whole path; begin it with / or ~"),
        ("../a.png", r"image\[0\]: '../a.png' is no whole path; begin it with / or ~"),
        ("~nobody-has-this-name/a.png", r"is no whole path; begin it with / or ~"),
        ("/nowhere/a.png", r"image\[0\]: there is no file /nowhere/a.png"),
    ],
)
async def test_a_file_that_cannot_be_meant_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, told: str
) -> None:
    async with open_service(tmp_path / "data", monkeypatch, recover=False) as held:
        for image in ([entry], entry):
            with pytest.raises(BadRequest, match=told):
                await LocalDoor(held).body({"prompt": "a", "image": image})


async def test_a_file_is_read_and_anything_else_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a b.png").write_bytes(b"any bytes")
    path = tmp_path / "a b.png"
    others = [
        "https://example.com/a.png",
        "data:image/png;base64,AA==",
        "iVBORw0KGgo",
        "/9j/4AAQ",
        7,
    ]
    async with open_service(tmp_path / "data", monkeypatch, recover=False) as held:
        body = await LocalDoor(held).body({"image": [str(path), path.as_uri(), *others]})
        alone = await LocalDoor(held).body({"image": str(path), "mask": str(path)})
    assert body["image"] == ["YW55IGJ5dGVz"] * 2 + others
    assert alone == {"image": ["YW55IGJ5dGVz"], "mask": "YW55IGJ5dGVz"}
