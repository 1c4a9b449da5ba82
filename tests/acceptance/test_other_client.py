"""A client of the API that others wrote, pointed at us by its own settings and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

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
