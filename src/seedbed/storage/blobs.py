"""Blobs: finished pictures, named by their content, shown by signed URLs.

The store is `obstore`'s, so that a local folder today and a bucket later are the same code. A
key is `ab/cd/<sha256>.jpg`: what is stored twice is stored once, and no key can be guessed
without the picture.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
MEDIA_TYPES = {extension: media_type for media_type, extension in EXTENSIONS.items()}
_KEY = re.compile(rf"([0-9a-f]{{2}})/([0-9a-f]{{2}})/(\1\2[0-9a-f]{{60}})\.({'|'.join(MEDIA_TYPES)})")


class BlobNotFound(Exception):
    """There is no blob of this key, or it is no key."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored picture."""

    data: bytes
    media_type: str


class BlobStore:
    """Stores pictures by their content."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def local(cls, folder: Path) -> BlobStore:
        """Open the store of a local folder, made when it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(folder))

    async def put(self, data: bytes, media_type: str) -> str:
        """Store a picture and give its key; the same picture twice is one blob.

        Raises ValueError for a media type that is no picture's.
        """
        if media_type not in EXTENSIONS:
            raise ValueError(f"cannot store {media_type}; known are {', '.join(EXTENSIONS)}")
        digest = hashlib.sha256(data).hexdigest()
        key = f"{digest[:2]}/{digest[2:4]}/{digest}.{EXTENSIONS[media_type]}"
        await self._store.put_async(key, data)
        return key

    async def get(self, key: str) -> Blob:
        """Read a picture; raise `BlobNotFound` when there is none of this key."""
        media_type = _media_type(key)
        try:
            found = await self._store.get_async(key)
            return Blob(bytes(await found.bytes_async()), media_type)
        except (NotFoundError, FileNotFoundError) as error:
            raise BlobNotFound(key) from error

    async def delete(self, key: str) -> None:
        """Remove a picture, if it is there."""
        _media_type(key)
        try:
            await self._store.delete_async(key)
        except (NotFoundError, FileNotFoundError):
            return


def _media_type(key: str) -> str:
    """Check a key's form, so that no path of another kind ever reaches the store."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise BlobNotFound(key)
    return MEDIA_TYPES[found[4]]


class SignatureInvalid(Exception):
    """The URL was not made by this service."""


class SignatureExpired(Exception):
    """The URL was made by this service, for a time that is over."""


@dataclass(frozen=True, slots=True)
class UrlSigner:
    """Signs picture URLs when they are shown; nothing is stored signed."""

    secret: bytes
    ttl: float
    """Seconds for which a URL is valid."""

    def sign(self, key: str, base_url: str, now: float) -> str:
        """Make the URL of a picture."""
        expires = str(int(now + self.ttl))
        return f"{base_url}/files/{key}?expires={expires}&signature={self._mac(key, expires)}"

    def verify(self, key: str, expires: str, signature: str, now: float) -> None:
        """Raise `SignatureInvalid` or `SignatureExpired` unless the URL is good."""
        expected = self._mac(key, expires)
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise SignatureInvalid
        if int(expires) <= now:
            raise SignatureExpired

    def _mac(self, key: str, expires: str) -> str:
        text = f"seedbed-file-v1\n{key}\n{expires}".encode("utf-8", "replace")
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()


def load_or_create_secret(path: Path) -> bytes:
    """Read the secret of a data folder, made once; two processes that race get the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(fresh, path)  # fails, and changes nothing, when another was first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
