"""Blobs: finished pictures, named by their content, shown by signed URLs.

The store is `obstore`'s, so that a local folder today and a bucket later are the same code. A
key is `ab/cd/<sha256>.jpg`: what is stored twice is stored once, and no key can be guessed
without the picture.

    blobs = BlobStore.local(Path("data/blobs"))
    key = await blobs.put(jpeg, "image/jpeg")
    url = UrlSigner(secret, ttl_seconds=86_400).sign(key, "http://127.0.0.1:8000", time.time())
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/bmp": "bmp",
    "image/tiff": "tiff",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heif",
}
MEDIA_TYPES = {extension: media_type for media_type, extension in EXTENSIONS.items()}
KEY_PATTERN = (
    rf"([0-9a-f]{{2}})/([0-9a-f]{{2}})/\1\2[0-9a-f]{{60}}\.(?P<extension>{'|'.join(MEDIA_TYPES)})"
)
SECRET_BYTES = 32

_KEY = re.compile(KEY_PATTERN)


class BlobNotFound(Exception):
    """There is no blob of this key, or it is no key."""


class SignatureInvalid(Exception):
    """The URL was not made by this service."""


class SignatureExpired(Exception):
    """The URL was made by this service, for a time that is over."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored picture."""

    data: bytes
    media_type: str


class BlobStore:
    """Stores pictures by their content; nothing outside can list them."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._folder = _folder_of(store)

    @classmethod
    def local(cls, folder: Path) -> BlobStore:
        """Open the store of a local folder, made when it is missing."""
        return cls(LocalStore(folder, mkdir=True))

    @classmethod
    def from_url(cls, url: str) -> BlobStore:
        """Open the store of a URL: `s3://bucket/prefix`, `gs://…`, `az://…`, `file:///…`.

        Keys to a bucket come from the environment, as its vendor's own tools read them.
        """
        return cls(from_url(url))

    async def put(self, data: bytes, media_type: str) -> str:
        """Store a picture and give its key; the same picture twice is one blob.

        A reader sees all of it or nothing, and it is on the disk when this returns, so that a
        row that names it never outlives it. Raises ValueError for a type that is no picture's.
        """
        if media_type not in EXTENSIONS:
            raise ValueError(f"cannot store {media_type}; known are {', '.join(EXTENSIONS)}")
        if self._folder is not None:
            return await asyncio.to_thread(_keep, self._folder, data, media_type)
        key = await asyncio.to_thread(_key_of, data, media_type)
        # A bucket serves a blob with the type it was stored with; a folder keeps no types.
        await self._store.put_async(key, data, attributes={"Content-Type": media_type})
        return key

    async def get(self, key: str) -> Blob:
        """Read a picture; raise `BlobNotFound` when there is none of this key."""
        media_type = _media_type(key)
        try:
            found = await self._store.get_async(key)
            return Blob(bytes(await found.bytes_async()), media_type)
        except (NotFoundError, FileNotFoundError) as error:
            raise BlobNotFound(key) from error

    def path_of(self, key: str) -> Path | None:
        """Say where on this machine a picture lies; None where the store is no folder."""
        return None if self._folder is None else self._folder.absolute() / key

    async def delete(self, key: str) -> None:
        """Remove a picture, if it is there; raise `BlobNotFound` for what is no key."""
        _media_type(key)
        try:
            await self._store.delete_async(key)
        except (NotFoundError, FileNotFoundError):
            return

    async def remove_older_than(self, moment: datetime) -> int:
        """Remove every blob that was last stored before a moment; return how many.

        Storing a blob again makes it young, so what a newer picture shares stays. What a death
        left without a row goes too.
        """
        removed = 0
        async for batch in self._store.list():
            for entry in batch:
                if entry["last_modified"] < moment and _KEY.fullmatch(entry["path"]):
                    await self.delete(entry["path"])
                    removed += 1
        return removed


def _folder_of(store: ObjectStore) -> Path | None:
    if not isinstance(store, LocalStore):
        return None
    if store.prefix is None:
        raise ValueError("a local store must be one of a folder")
    return Path(store.prefix)


def _key_of(data: bytes, media_type: str) -> str:
    digest = hashlib.sha256(data).hexdigest()
    return f"{digest[:2]}/{digest[2:4]}/{digest}.{EXTENSIONS[media_type]}"


def _keep(folder: Path, data: bytes, media_type: str) -> str:
    """Write a file that would survive a loss of power, and give its key.

    The store itself would leave both the file and the folders that lead to it to the system.
    """
    key = _key_of(data, media_type)
    path = folder / key
    try:
        os.utime(path)
    except FileNotFoundError:
        _write(path, data)
    _settle(path.parent)
    return key


def _write(path: Path, data: bytes) -> None:
    for parent in (path.parent.parent, path.parent):
        try:
            parent.mkdir()
        except FileExistsError:
            continue
        _settle(parent.parent)
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(descriptor)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _media_type(key: str) -> str:
    """Check a key's form, so that no path of another kind ever reaches the store."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise BlobNotFound(key)
    return MEDIA_TYPES[found["extension"]]


@dataclass(frozen=True, slots=True)
class UrlSigner:
    """Signs picture URLs when they are shown; nothing is stored signed."""

    secret: bytes = field(repr=False)
    ttl_seconds: float

    def sign(self, key: str, base_url: str, now: float) -> str:
        """Make the URL of a picture, good until `ttl_seconds` after `now`, a Unix time."""
        expires = str(int(now + self.ttl_seconds))
        base = base_url.rstrip("/")
        return f"{base}/files/{key}?expires={expires}&signature={self._mac(key, expires)}"

    def verify(self, key: str, expires: str, signature: str, now: float) -> None:
        """Raise `SignatureInvalid` or `SignatureExpired` unless the URL is good."""
        expected = self._mac(key, expires).encode()
        if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
            raise SignatureInvalid
        # Only what `sign` wrote gets here, so `expires` is a number.
        if int(expires) <= now:
            raise SignatureExpired

    def _mac(self, key: str, expires: str) -> str:
        text = f"seedbed-file-v1\n{key}\n{expires}".encode("utf-8", "replace")
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()


def load_or_create_secret(path: Path) -> bytes:
    """Read the secret of a data folder, made on first use and readable by its owner alone.

    Processes that race get the same one. Raises ValueError when the file holds anything but a
    secret: to go on with it would sign with a key that could be guessed.
    """
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        secret = b""
    # Empty: never written, or its writer is between making the file and filling it.
    secret = secret or _create_secret(path)
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"{path} must hold {SECRET_BYTES} bytes, not {len(secret)}; remove it")
    return secret


def _create_secret(path: Path) -> bytes:
    """Fill the file under a lock, unless another process was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if found := file.read():
            return found
        secret = secrets.token_bytes(SECRET_BYTES)
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret
