"""Mail: a text to one address, through the server that the settings name."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 15.0
PORTS = {"smtp": 587, "smtps": 465}


class MailError(Exception):
    """The text was not taken by the mail server."""


def check_smtp_url(url: str) -> str:
    """Give the URL of a mail server as it is; raise ValueError for what is none."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("must be smtp://user:password@host:587 or smtps://user:password@host:465")
    _ = parts.port
    return url


def send(url: str, sender: str, to: str, subject: str, text: str) -> None:
    """Send a text; raise `MailError`. Takes as long as the server does, up to a timeout.

    `smtps` is encrypted from the first byte, `smtp` as soon as the server offers it; a password
    is never sent in the clear, except to this very machine.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message.set_content(text)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        with _connected(parts.scheme, host, port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(f"{host}:{port}: {error}") from error


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    elif host not in ("localhost", "127.0.0.1", "::1"):
        server.close()
        raise smtplib.SMTPException("the server offers no encryption")
    return server
