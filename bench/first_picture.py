"""Follows the README on a fresh clone: `make run`, then the very curl that it prints.

    python3 bench/first_picture.py

It needs nothing beyond Python and make, says how long each step took, and stops the service again.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator

INSTALL_SECONDS = 900
REQUEST_SECONDS = 120
SIGNATURES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG"}


def main() -> None:
    """Start, probe, draw, fetch, stop."""
    with tempfile.TemporaryDirectory() as data:
        environment = os.environ | {"SEEDBED_PORT": "0", "SEEDBED_DATA_DIR": data}
        started = time.monotonic()
        service = subprocess.Popen(["make", "run"], stdout=subprocess.PIPE, env=environment)
        try:
            url, headers, body = _curl(service, started + INSTALL_SECONDS)
            _say("installed and ready", started)
            base = url.removesuffix("/seedream/images")
            _get(f"{base}/health")
            started = time.monotonic()
            answer = json.loads(_get(url, headers, body))
            _say(f"first picture, {answer['data'][0]['size']}", started)
            picture = _get(answer["data"][0]["image_url"])
            kind = next(name for start, name in SIGNATURES.items() if picture.startswith(start))
            print(f"{kind} of {len(picture):,} bytes", flush=True)
        finally:
            started = time.monotonic()
            service.terminate()
            service.wait(60)
        _say("stopped", started)


def _curl(service: subprocess.Popen[bytes], deadline: float) -> tuple[str, dict[str, str], bytes]:
    """Read the greeting and take its command apart: address, headers, body."""
    command: list[str] = []
    for line in _lines(service, deadline):
        if line.startswith("curl ") or command:
            command.append(line.rstrip("\n\\"))
            if not line.endswith("\\\n"):
                break
    words = shlex.split(" ".join(command))
    options = list(zip(words[2::2], words[3::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    return words[1], headers, dict(options)["-d"].encode()


def _lines(service: subprocess.Popen[bytes], deadline: float) -> Iterator[str]:
    assert service.stdout is not None
    for line in service.stdout:
        text = line.decode()
        print(f"  | {text}", end="", flush=True)
        yield text
        if time.monotonic() > deadline:
            break
    raise SystemExit("make run ended, or printed no curl in time")


def _get(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(url, headers=headers or {}, data=body)
    with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as response:
        content: bytes = response.read()
        return content


def _say(what: str, started: float) -> None:
    print(f"{what}: {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
