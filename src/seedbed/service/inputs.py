"""Input pictures on their way in: fetched once, examined, and kept by their content.

All of it happens before a task is recorded, so that a picture that cannot be taken is refused at
once, whoever waits or does not, and no attempt at the task ever depends on a URL again.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from seedbed.contract.errors import ApiError, BadRequest
from seedbed.contract.models import InputAllowance
from seedbed.contract.request import ImageRequest, input_allowance
from seedbed.contract.sources import Inline, Remote, Source, read_source
from seedbed.imaging.inputs import ExaminedImage, RefusedImage, examine, examine_base64
from seedbed.outbound import Answer, Outbound, Refused, Unreachable
from seedbed.storage.blobs import (
    BlobNotFound,
    BlobStore,
    SignatureExpired,
    SignatureInvalid,
    UrlSigner,
)
from seedbed.tasks.task import Input
from seedbed.workers import WorkerCrashed, WorkerPool, WorkerTimeout

AT_ONCE = 4
"""Pictures of one application that are brought in at a time; each may be 30 MB."""
REDIRECTS = 5
EXAMINE_SECONDS = 30.0
OK = 200
HEADERS = {"Accept": "image/*"}
OWN_PATH = "/files/"
"""Where this service shows its pictures: those are read from the store, not fetched."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Brings in the pictures that requests name or hold."""

    pool: WorkerPool
    blobs: BlobStore
    signer: UrlSigner
    outbound: Outbound
    timeout: float
    """Seconds that the download of one picture may take."""
    _turns: defaultdict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
    )

    async def gather(self, request: ImageRequest, application_id: str) -> tuple[Input, ...]:
        """Bring in all pictures of a request, in their order.

        Raises `BadRequest` that names the first picture that cannot be taken, and why.
        """
        allowed = input_allowance(request)
        if not request.images or allowed is None:
            return ()
        sources = await asyncio.to_thread(_sources, request.images)
        turn = self._turns[application_id]

        async def one(index: int, source: Source) -> Input:
            async with turn:
                return await self._input(request, source, f"image[{index}]", allowed)

        bringing = [asyncio.ensure_future(one(*each)) for each in enumerate(sources)]
        if request.mask is not None:
            bringing.append(asyncio.ensure_future(self._mask(request.mask, turn, allowed)))
        try:
            return _fitting(await asyncio.gather(*bringing))
        finally:
            for task in bringing:
                task.cancel()

    async def keep(self, data: bytes, allowed: InputAllowance) -> Input:
        """Examine and keep a picture that was uploaded; raise `BadRequest`."""
        examined = await self._examined("the picture", examine, data, allowed)
        return await self._kept(examined)

    async def _mask(self, entry: str, turn: asyncio.Semaphore, allowed: InputAllowance) -> Input:
        """Bring in a mask: a PNG that is transparent where the first picture may change."""
        name = "mask"
        source = read_source(entry, name)
        async with turn:
            examined = await self._brought(source, name, allowed)
        if examined.media_type != "image/png" or not examined.is_transparent:
            raise BadRequest(
                "mask must be a PNG that is transparent where the picture may change", param=name
            )
        return replace(await self._kept(examined), is_mask=True)

    async def _input(
        self, request: ImageRequest, source: Source, name: str, allowed: InputAllowance
    ) -> Input:
        examined = await self._brought(source, name, allowed)
        is_png = examined.media_type == "image/png"
        if request.background == "transparent" and not (is_png and examined.is_transparent):
            raise BadRequest(
                "transparent background requires a PNG input with at least one transparent pixel",
                param="image",
            )
        return await self._kept(examined)

    async def _brought(self, source: Source, name: str, allowed: InputAllowance) -> ExaminedImage:
        """Decode or fetch a picture, and examine it."""
        if isinstance(source, Inline):
            return await self._examined(name, examine_base64, source.text, allowed)
        data = await self._data(source, name, allowed)
        return await self._examined(name, examine, data, allowed)

    async def _kept(self, examined: ExaminedImage) -> Input:
        key = await self.blobs.put(examined.data, examined.media_type)
        return Input(key, examined.media_type, examined.size)

    async def _examined(
        self, name: str, how: Callable[..., ExaminedImage], *args: Any
    ) -> ExaminedImage:
        try:
            return await self.pool.run(how, *args, timeout=EXAMINE_SECONDS)
        except RefusedImage as refused:
            raise _refused(name, str(refused)) from refused
        except (WorkerCrashed, WorkerTimeout) as error:
            # What brings a decoder down, or keeps it busy for ever, is no picture.
            raise _refused(name, "cannot be decoded") from error

    async def _data(self, source: Remote, name: str, allowed: InputAllowance) -> bytes:
        own = await self._own(source.url, name)
        if own is not None:
            return own
        try:
            answer = await self.outbound.request(
                "GET",
                source.url,
                headers=HEADERS,
                timeout=self.timeout,
                max_bytes=allowed.max_bytes,
                max_redirects=REDIRECTS,
            )
        except Refused as refused:
            raise _refused(name, f"cannot be fetched: {refused}") from refused
        except Unreachable as unreachable:
            raise _refused(name, f"cannot be fetched: {unreachable}") from unreachable
        _check(answer, name, allowed)
        return answer.body

    async def _own(self, url: str, name: str) -> bytes | None:
        """Read a picture that this service has shown, by its signature; None for any other URL."""
        parts = urlsplit(url)
        at = parts.path.find(OWN_PATH)
        query = parse_qs(parts.query)
        expires, signature = query.get("expires", [""])[0], query.get("signature", [""])[0]
        if at < 0 or not signature:
            return None
        key = parts.path[at + len(OWN_PATH) :]
        try:
            self.signer.verify(key, expires, signature, time.time())
            return (await self.blobs.get(key)).data
        except SignatureInvalid:
            return None
        except SignatureExpired as error:
            raise _refused(name, "is a URL of this service that has expired") from error
        except BlobNotFound as error:
            raise _refused(name, "is a picture that is not kept any more") from error


def _sources(images: Sequence[str]) -> list[Source]:
    return [read_source(entry, f"image[{index}]") for index, entry in enumerate(images)]


def _fitting(inputs: Sequence[Input]) -> tuple[Input, ...]:
    """Hold a mask against the picture that it lies over."""
    first, last = inputs[0].size, inputs[-1]
    if last.is_mask and last.size != first:
        raise BadRequest(
            f"mask has {last.size} pixels and the first image {first}; they must be of one size",
            param="mask",
        )
    return tuple(inputs)


def _check(answer: Answer, name: str, allowed: InputAllowance) -> None:
    if answer.status != OK:
        raise _refused(name, f"cannot be fetched: the server answered {answer.status}")
    if answer.truncated:
        raise _refused(name, f"has more than {allowed.max_bytes:,} bytes, the most that are taken")


def _refused(name: str, why: str) -> ApiError:
    return BadRequest(f"{name} {why}", param=name.partition("[")[0])
