"""A receiver of callbacks on a free port, which answers as it is told and remembers everything."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Call:
    """One request that was received."""

    path: str
    headers: dict[str, str]
    body: str
    at: float = field(default_factory=time.time)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What to answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "thanks"
    seconds: float = 0.0


class Receiver:
    """Answers each call by `reply`, called with the call and how many came to its path before."""

    def __init__(self, reply: Callable[[Call, int], Reply] | None = None) -> None:
        self.reply = reply or (lambda call, before: Reply())
        self.calls: list[Call] = []
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                call = Call(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                reply = receiver.take(call)
                time.sleep(reply.seconds)
                answer = reply.body.encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments: Any) -> None: ...

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *arguments: Any) -> None:
                """A caller that was killed breaks off; that is what some tests are about."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self, call: Call) -> Reply:
        with self._lock:
            before = sum(known.path == call.path for known in self.calls)
            self.calls.append(call)
        return self.reply(call, before)

    def at(self, path: str) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.path == path]

    def wait(self, path: str, count: int = 1, seconds: float = 20) -> list[Call]:
        """Wait until so many calls have come to a path."""
        deadline = time.monotonic() + seconds
        while len(self.at(path)) < count:
            assert time.monotonic() < deadline, f"{len(self.at(path))} calls to {path}"
            time.sleep(0.01)
        return self.at(path)
