"""Check callbacks, with nothing but the standard library."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

TOLERANCE_SECONDS = 5 * 60


def verify(body: bytes, headers: Mapping[str, str], secret: str) -> None:
    """Raise ValueError unless the callback was signed with this secret, just now."""
    message = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise ValueError("the timestamp is too old or too new")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    for signature in headers.get("webhook-signature", "").split():
        if hmac.compare_digest(expected, signature.encode()):
            return
    raise ValueError("no signature fits")
