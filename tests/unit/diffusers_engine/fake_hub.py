"""A hub on loopback with one tiny repository, one that is gated, and nothing else."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "a" * 40
MODEL, GATED = "people/model", "people/gated"


@dataclass
class Hub:
    """What the hub holds, and what it was asked for."""

    files: dict[str, bytes]
    url: str = ""
    claims: dict[str, int] = field(default_factory=dict)
    """Sizes that it claims files to have, where they are not the true ones."""
    fetched: list[str] = field(default_factory=list)

    def size(self, name: str) -> int:
        return self.claims.get(name, len(self.files[name]))


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve it on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path).strip("/")
            if path.startswith(tuple(f"api/models/{one}/tree/" for one in (MODEL, GATED))):
                self._json(
                    [
                        {"type": "file", "path": name, "size": hub.size(name), "oid": _etag(data)}
                        for name, data in hub.files.items()
                    ]
                )
            elif path.startswith((f"api/models/{MODEL}", f"api/models/{GATED}")):
                self._json(
                    {
                        "id": MODEL if MODEL in path else GATED,
                        "sha": COMMIT,
                        "siblings": [
                            {"rfilename": name, "size": hub.size(name), "blobId": _etag(data)}
                            for name, data in hub.files.items()
                        ],
                    }
                )
            elif path.startswith(f"{MODEL}/resolve/"):
                self._file(path.split("/", 4)[4], with_body)
            elif path.startswith(f"{GATED}/resolve/"):
                self._send(403, b"", {"X-Error-Code": "GatedRepo"})
            else:
                self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

        def _file(self, name: str, with_body: bool) -> None:
            data = hub.files[name]
            if with_body:
                hub.fetched.append(name)
            headers = {"ETag": f'"{_etag(data)}"', "X-Repo-Commit": COMMIT}
            self._send(200, data, headers, with_body)

        def _json(self, value: object) -> None:
            self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

        def _send(
            self, status: int, body: bytes, headers: dict[str, str], with_body: bool = True
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body and self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _etag(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
