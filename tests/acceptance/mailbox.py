"""A mail server on a free port that takes every message and keeps it."""

from __future__ import annotations

import socketserver
import threading
import time
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Self, cast


class Mailbox:
    """Speaks as much SMTP as it takes to be given a message."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        box = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 mailbox")
                while line := self.rfile.readline().decode().strip().upper():
                    if line == "DATA":
                        self.say("354 go on")
                        box.keep(self.text())
                    self.say("221 bye" if line == "QUIT" else "250 fine")
                    if line == "QUIT":
                        return

            def say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

            def text(self) -> str:
                lines = []
                while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
                    lines.append(line)
                return "".join(lines)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
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
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def keep(self, text: str) -> None:
        message = message_from_string(text, policy=policy.default)
        self.messages.append(cast(EmailMessage, message))

    def wait(self, count: int = 1, seconds: float = 20) -> list[EmailMessage]:
        """Wait until so many messages have come."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return self.messages
