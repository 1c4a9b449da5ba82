"""Clients that others wrote, unmodified, pointed at us by their own settings and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import httpx
import openai
import pytest
from acedatacloud import AceDataCloud
from acedatacloud._runtime.tasks import task_status
from openai.types import ImagesResponse

from tests.acceptance.receiver import Receiver
from tests.acceptance.server import Server

SEEDREAM = Path(sys.executable).with_name("seedream-cli")


def _seedream(server: Server, key: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    pointed_at_us = {"ACEDATACLOUD_API_BASE_URL": server.url, "ACEDATACLOUD_API_TOKEN": key}
    return subprocess.run(
        [SEEDREAM, *arguments],
        env=os.environ | pointed_at_us | {"COLUMNS": "1000"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("model", ["doubao-seedream-4-0-250828", "doubao-seedream-4-5-251128"])
def test_the_public_client_draws_a_picture_here(server: Server, model: str) -> None:
    done = _seedream(server, server.key, "generate", "three red apples", "-m", model, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["success"] is True
    assert httpx.get(answer["data"][0]["image_url"]).content.startswith(b"\xff\xd8\xff")


def test_the_public_client_understands_our_refusal(server: Server) -> None:
    done = _seedream(server, "0" * 32, "generate", "three red apples")
    assert done.returncode == 1
    assert "Invalid API token" in done.stdout


def test_the_public_client_waits_for_a_task_and_tells_how_it_ended(studio: Server) -> None:
    accepted = _seedream(studio, studio.key, "generate", "a cat", "--async", "--json", "-r", "2K")
    task_id = json.loads(accepted.stdout)["task_id"]
    waited = _seedream(studio, studio.key, "wait", task_id, "--interval", "1", "--json")
    assert waited.returncode == 0, waited.stderr
    assert json.loads(waited.stdout)["response"]["success"] is True
    assert "completed" in _seedream(studio, studio.key, "wait", task_id).stdout
    refused = _seedream(studio, studio.key, "generate", "refuse", "--async", "--json")
    failed = json.loads(refused.stdout)["task_id"]
    assert "failed" in _seedream(studio, studio.key, "wait", failed, "--interval", "1").stdout
    several = _seedream(studio, studio.key, "tasks", task_id, failed, "--json")
    assert [item["id"] for item in json.loads(several.stdout)["items"]] == [task_id, failed]
    unknown = _seedream(studio, studio.key, "wait", "no-such-task", "--interval", "1")
    assert unknown.returncode == 1
    assert "no-such-task" in unknown.stdout


def test_the_public_client_streams_a_group(studio: Server) -> None:
    group = ("--sequential-image-generation", "auto", "--sequential-max-images", "3")
    model = ("-m", "doubao-seedream-4-0-250828", "-r", "1K")
    done = _seedream(studio, studio.key, "generate", "a cat", "--stream", "--json", *group, *model)
    assert done.returncode == 0, done.stderr
    assert re.findall(r'"type": "image_generation\.(\w+)"', done.stdout) == [
        "partial_succeeded",
        "partial_succeeded",
        "partial_succeeded",
        "completed",
    ]


@pytest.fixture
def sdk(studio: Server) -> Iterator[AceDataCloud]:
    """The SDK of the hosted API."""
    client = AceDataCloud(api_token=studio.key, base_url=studio.url)
    yield client
    client.close()


@pytest.mark.parametrize("form", ["url", "b64_json"])
def test_the_sdk_polls_until_the_pictures_are_there(
    sdk: AceDataCloud, receiver: Receiver, form: Literal["url", "b64_json"]
) -> None:
    handle = sdk.seedream.generate(
        model="doubao-seedream-4-0-250828",
        prompt="a cat [drill: slow=0.5]",
        size="1K",
        response_format=form,
        callback_url=f"{receiver.url}/sdk",
    )
    assert task_status(handle.get()) == "", "it is not done because it has a callback"
    done = handle.wait(poll_interval=0.2, max_wait=30)
    assert task_status(done) == "succeeded"
    (call,) = receiver.wait("/sdk")
    assert call.json["task_id"] == handle.id


def test_the_sdk_sees_a_failure_at_once(sdk: AceDataCloud) -> None:
    handle = sdk.seedream.generate(model="doubao-seedream-4-0-250828", prompt="refuse", size="1K")
    deadline = time.monotonic() + 20
    while not (status := task_status(handle.get())):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert status == "failed"


def test_the_openai_client_draws_streams_and_does_not_retry_what_exists(studio: Server) -> None:
    body = {"model": "doubao-seedream-4.0", "prompt": "a cat", "size": "1K"}
    with openai.OpenAI(base_url=f"{studio.url}/seedream", api_key=studio.key) as client:
        drawn = client.post("/images", body=body, cast_to=ImagesResponse)
        assert drawn.data is not None
        assert httpx.get(drawn.data[0].image_url).status_code == 200  # type: ignore[attr-defined]
        group = {
            "sequential_image_generation": "auto",
            "sequential_image_generation_options": {"max_images": 2},
        }
        events = client.post(
            "/images",
            body=body | group | {"stream": True},
            cast_to=ImagesResponse,
            stream=True,
            stream_cls=openai.Stream[Any],
            options={"headers": {"Accept": "text/event-stream"}},
        )
        assert [event["type"].rpartition(".")[2] for event in events] == [
            "partial_succeeded",
            "partial_succeeded",
            "completed",
        ]
        before = _newest(studio)
        with pytest.raises(openai.InternalServerError):
            client.post(
                "/images",
                body=body,
                cast_to=ImagesResponse,
                options={"headers": {"X-Seedbed-Drill": "upstream_error"}},
            )
        # One task, although this client sends what answered 500 twice more unless told not to.
        assert _newest(studio, 2)[1:] == before


def _newest(server: Server, count: int = 1) -> list[str]:
    with server.client() as client:
        listing = {"action": "retrieve_batch", "limit": count}
        items = client.post("/seedream/tasks", json=listing).json()["items"]
    return [item["id"] for item in items]
