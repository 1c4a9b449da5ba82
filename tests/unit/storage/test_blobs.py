"""Blobs and their signed URLs: named by content, never found by guessing or climbing."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import re
import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from seedbed.storage.blobs import (
    Blob,
    BlobNotFound,
    BlobStore,
    SignatureExpired,
    SignatureInvalid,
    UrlSigner,
    load_or_create_secret,
)

NOW = 1_700_000_000.0
SECRET = bytes(range(32))
DIGEST = hashlib.sha256(b"picture").hexdigest()
KEY = f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}.jpg"


@pytest.fixture(params=["local", "file", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """A store of each kind."""
    match request.param:
        case "local":
            return BlobStore.local(tmp_path / "a b" / "图")
        case "file":
            return BlobStore.from_url(tmp_path.as_uri())
        case _:
            return BlobStore(MemoryStore())


def sizes(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*") if path.is_file()]


@pytest.mark.asyncio
async def test_what_is_put_can_be_got_until_deleted(blobs: BlobStore) -> None:
    assert await blobs.put(b"picture", "image/jpeg") == KEY
    assert await blobs.put(b"picture", "image/jpeg") == KEY
    assert await blobs.get(KEY) == Blob(b"picture", "image/jpeg")
    await blobs.delete(KEY)
    await blobs.delete(KEY)
    with pytest.raises(BlobNotFound):
        await blobs.get(KEY)


@pytest.mark.asyncio
async def test_many_at_once_are_one_whole_file(tmp_path: Path) -> None:
    blobs = BlobStore.local(tmp_path)
    data = b"x" * 3_000_000
    keys = await asyncio.gather(*(blobs.put(data, "image/png") for _ in range(8)))
    assert len(set(keys)) == 1
    assert sizes(tmp_path) == [3_000_000]


@pytest.mark.asyncio
async def test_only_pictures_are_stored(blobs: BlobStore) -> None:
    with pytest.raises(ValueError, match="cannot store text/html; known are image/jpeg"):
        await blobs.put(b"<script>", "text/html")


@pytest.mark.asyncio
async def test_a_bucket_knows_the_type() -> None:
    store = MemoryStore()
    await BlobStore(store).put(b"picture", "image/jpeg")
    assert (await store.get_async(KEY)).attributes["Content-Type"] == "image/jpeg"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "key",
    ["", ".", "..", "/", "../secret", "/etc/passwd", "ab/cd/../../../secret", f"./{KEY}", f"/{KEY}",
     f"{KEY}/", f"{KEY}\n", f"{KEY}\0", f" {KEY}", KEY.upper(), KEY.replace("/", "\\"),
     KEY.replace("/", "%2f"), KEY.replace("jpg", "svg"), KEY.replace(".jpg", ""), KEY[:5],
     f"00/00/{DIGEST}.jpg", KEY.replace(DIGEST[4], "x"), KEY.replace(DIGEST[:2], "..", 1)],
)  # fmt: skip
async def test_what_is_no_key_is_not_found(key: str, tmp_path: Path) -> None:
    blobs = BlobStore.local(tmp_path / "blobs")
    (tmp_path / "secret").write_text("secret")
    await blobs.put(b"picture", "image/jpeg")
    with pytest.raises(BlobNotFound):
        await blobs.get(key)
    with pytest.raises(BlobNotFound):
        await blobs.delete(key)
    assert (tmp_path / "secret").exists()


def parts(url: str) -> tuple[str, str, str]:
    split = urlsplit(url)
    query = parse_qs(split.query)
    return split.path.removeprefix("/files/"), query["expires"][0], query["signature"][0]


def test_a_signed_url_is_good_until_it_expires() -> None:
    signer = UrlSigner(SECRET, 60)
    url = signer.sign(KEY, "http://host:8000/", NOW)
    assert re.fullmatch(
        rf"http://host:8000/files/{KEY}\?expires=1700000060&signature=[0-9a-f]{{64}}", url
    )
    signer.verify(*parts(url), NOW)
    signer.verify(*parts(url), NOW + 59)
    with pytest.raises(SignatureExpired):
        signer.verify(*parts(url), NOW + 60)


def test_another_secret_signs_otherwise_and_none_is_shown() -> None:
    url = UrlSigner(bytes(32), 60).sign(KEY, "", NOW)
    with pytest.raises(SignatureInvalid):
        UrlSigner(SECRET, 60).verify(*parts(url), NOW)
    assert "secret" not in repr(UrlSigner(SECRET, 60))


TEXTS = st.text(st.characters(), max_size=80)


@given(
    key=TEXTS | st.just(KEY), expires=TEXTS | st.integers().map(str), signature=TEXTS | st.none()
)
def test_nothing_but_what_was_signed_is_good(key: str, expires: str, signature: str | None) -> None:
    signer = UrlSigner(SECRET, 60)
    good = parts(signer.sign(KEY, "", NOW))
    tampered = (key, expires, good[2] if signature is None else signature)
    if tampered != good:
        with pytest.raises(SignatureInvalid):
            signer.verify(*tampered, NOW)


@pytest.mark.parametrize("expires", ["1700000060 ", "+1700000060", "01700000060", "1700000061"])
def test_the_expiry_cannot_be_rewritten(expires: str) -> None:
    signer = UrlSigner(SECRET, 60)
    key, _, signature = parts(signer.sign(KEY, "", NOW))
    with pytest.raises(SignatureInvalid):
        signer.verify(key, expires, signature, NOW)


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"
    secret = load_or_create_secret(path)
    assert len(secret) == 32
    assert load_or_create_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["secret"]


def test_a_file_left_empty_by_a_crash_is_filled_and_a_damaged_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(0o600)
    assert len(load_or_create_secret(path)) == 32
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="must hold 32 bytes, not 5"):
        load_or_create_secret(path)


def test_processes_that_race_get_the_same_secret(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        for number in range(20):
            path = tmp_path / str(number)
            assert len(set(pool.map(load_or_create_secret, [path] * 6, chunksize=1))) == 1
