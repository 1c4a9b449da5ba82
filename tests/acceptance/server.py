"""A real `seedbed serve` process on a free port, for tests that speak HTTP to it."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

START_SECONDS = 60
SEEDBED = (sys.executable, "-m", "seedbed")


@dataclass
class Server:
    """A server over a data folder that survives it: start, kill, start again."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    plugins: Path | None = None
    """A folder on the path of the process, whose packages may hold engines."""
    url: str = ""
    key: str = ""
    greeting: str = ""
    """What the last start said."""
    _process: subprocess.Popen[str] | None = None

    def start(self) -> Server:
        """Start the process and wait until it has said where it listens."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        log = (self.data_dir.parent / "server.log").open("a")
        self._process = subprocess.Popen(
            [*SEEDBED, "serve", "--port", "0"],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        self.greeting = self._greeting()
        self.url = _find(r"ready at (\S+)", self.greeting)
        if "first key:" in self.greeting:
            self.key = _find(r"first key:\s+(\w+)", self.greeting)
        return self

    def environment(self) -> dict[str, str]:
        """The environment of the process and of commands beside it."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SEEDBED_")}
        settings = {f"SEEDBED_{name.upper()}": value for name, value in self.settings.items()}
        path = {} if self.plugins is None else {"PYTHONPATH": str(self.plugins)}
        own = {"SEEDBED_DATA_DIR": str(self.data_dir), "PYTHONUNBUFFERED": "1"}
        return clean | own | path | settings

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another `seedbed` command over the same data folder."""
        return subprocess.run(
            [*SEEDBED, *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask the process to stop and give its exit status."""
        return self._end(signal.SIGTERM)

    def client(self, key: str | None = None, **options: Any) -> httpx.Client:
        """Give a client that sends a key; the caller closes it."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=90, **options)

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended by itself."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """What every start of this server has written to stderr."""
        return (self.data_dir.parent / "server.log").read_text()

    def _end(self, sign: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(sign)
        status = process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
        return status

    def _greeting(self) -> str:
        """Read stdout until the greeting is whole; fail with the log when it never comes."""
        assert self._process is not None
        lines: queue.Queue[str] = queue.Queue()
        stdout = self._process.stdout
        assert stdout is not None

        def read() -> None:
            for line in stdout:
                lines.put(line)
                if line.strip().startswith("-d "):
                    return

        threading.Thread(target=read, daemon=True).start()
        text, deadline = "", time.monotonic() + START_SECONDS
        while "-d '" not in text:
            try:
                text += lines.get(timeout=0.2)
            except queue.Empty:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the server did not start:\n{text}\n{self.log}") from None
        return text


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, f"{pattern!r} is not in {text!r}"
    return found.group(1)
