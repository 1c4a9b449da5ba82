"""Where an input picture comes from: what one entry of `image` says, by its form alone.

An entry is an http(s) URL, a data URI such as `data:image/png;base64,…`, or bare base64, which
is told by the bytes that it begins with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from seedbed.contract.errors import BadRequest
from seedbed.contract.fields import shown

MAX_URL = 8_192
"""Characters that the URL of a picture may have: signed ones are long."""
INLINE = "inline"
"""What stands in a stored request for a picture that came inside it."""
ADVICE = "give an http(s) URL, a data URI such as data:image/png;base64,… or base64"

_DATA_URI = re.compile(r"data:(?P<type>[^;,]{0,100})(?P<more>[^,]{0,200}),", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_TYPE = re.compile(r"image/[a-z0-9.+-]{1,40}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,64}={0,2}$")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, slots=True)
class Remote:
    """A picture to be fetched."""

    url: str


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture that is there already, still encoded as base64."""

    text: bytes


Source: TypeAlias = Remote | Inline


def is_remote(entry: str) -> bool:
    """Tell a URL from a picture that is there already, by its beginning."""
    return entry.lstrip()[:8].lower().startswith(("http://", "https://"))


def read_source(entry: str, name: str) -> Source:
    """Read the form of a picture; raise `BadRequest` naming it and what is wrong with it."""
    entry = entry.strip()
    if entry[:5].lower() == "data:":
        return Inline(_of_data_uri(entry, name))
    if is_remote(entry):
        _check_url(entry, name)
        return Remote(entry)
    head = "".join(entry[:80].split())[:64]
    if _BASE64.match(head) and not _SCHEME.match(entry[:64]):
        return Inline(_encoded(entry, name))
    raise _refused(name, f"{shown(entry)} is neither a URL nor a picture; {ADVICE}")


def _of_data_uri(entry: str, name: str) -> bytes:
    found = _DATA_URI.match(entry)
    if found is None:
        raise _refused(name, f"{shown(entry[:60])} is no data URI; {ADVICE}")
    kind = found["type"]
    if not _TYPE.fullmatch(kind):
        small = kind.lower()
        hint = f"; write {small}" if _TYPE.fullmatch(small) else ""
        raise _refused(name, f"has the type {shown(kind)}, which is none of a picture's{hint}")
    if found["more"].lower() != ";base64":
        raise _refused(name, "is a data URI without base64; only base64 is taken")
    return _encoded(entry[found.end() :], name)


def _encoded(text: str, name: str) -> bytes:
    """Take base64 as bytes; line breaks, the URL-safe letters and missing padding are forgiven."""
    try:
        encoded = text.encode("ascii")
    except UnicodeEncodeError:
        raise _refused(name, "is not valid base64") from None
    encoded = encoded.translate(_URL_SAFE, b" \t\r\n")
    return encoded + b"=" * (-len(encoded) % 4)


def _check_url(url: str, name: str) -> None:
    if len(url) > MAX_URL:
        raise _refused(name, f"is a URL of {len(url):,} characters; at most {MAX_URL:,} are taken")
    try:
        parts = urlsplit(url)
        _ = parts.port
        good = bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        good = False
    if not good:
        raise _refused(name, f"{shown(url)} is no URL such as https://example.com/cat.png")


def _refused(name: str, fault: str) -> BadRequest:
    return BadRequest(f"{name} {fault}", param=name.partition("[")[0])
