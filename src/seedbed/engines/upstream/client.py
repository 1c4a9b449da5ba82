"""The HTTP client of the upstream engines: one session, one gate, one set of rules.

    client = Client(link)
    reply = await client.ask("/images/generations", body)

A request is sent once. `Unavailable` is raised only for what tells that nothing was begun: no
connection, or a refusal of that kind; what fails later is an `EngineError`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import hdrs

from seedbed import __version__
from seedbed.engines.engine import EngineError, Unavailable
from seedbed.engines.upstream import faults
from seedbed.engines.upstream.events import BrokenStream, read_events
from seedbed.engines.upstream.limits import Gate
from seedbed.engines.upstream.options import Link

MAX_ANSWER = 256 * 1024 * 1024
"""Bytes of an answer: pictures may be inside it, as base64."""
MAX_REFUSAL = 64 * 1024
READ_BYTES = 256 * 1024
IDLE_SECONDS = 4.0
"""How long an idle connection is kept: less than what servers do, so that a request is not sent
on one that is just being closed."""

PASSING = frozenset({408, 425, 429})
"""Refusals of a question that may be answered a moment later, as may any failure (5xx)."""

JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer."""

    said: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stream:
    """A successful answer whose objects come one by one."""

    events: AsyncGenerator[dict[str, Any], None]
    """Raises `EngineError` when it is cut."""
    headers: Mapping[str, str]


class Unanswerable(EngineError):
    """A question was refused in a way that asking it again would not change."""


class Client:
    """Calls one upstream."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._gate = Gate(link.concurrency, link.requests_per_minute)
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, path: str, body: bytes | aiohttp.FormData, headers: Mapping[str, str] = JSON_HEADERS
    ) -> Reply:
        """Send a request and read its answer, a JSON object."""
        async with self._gate.passing(), self._sent(path, body, headers) as response:
            return Reply(_object(await _read(response, MAX_ANSWER)), response.headers)

    async def query(self, path: str, body: bytes) -> Reply:
        """Ask about what was begun: free to ask, so it passes no gate.

        A question is worth asking again after every error but `Unanswerable`.
        """
        async with self._answered(path, body, JSON_HEADERS) as response:
            if response.status != 200:
                refusal = await _refused(response, self.link.key)
                if response.status < 500 and response.status not in PASSING:
                    raise Unanswerable(refusal.message, fault=refusal.fault)
                raise refusal
            return Reply(_object(await _read(response, MAX_ANSWER)), response.headers)

    @asynccontextmanager
    async def streaming(
        self, path: str, body: bytes | aiohttp.FormData, headers: Mapping[str, str]
    ) -> AsyncIterator[Stream]:
        """Send a request and give its answer's objects as they come, until the block is left."""
        async with self._gate.passing(), self._sent(path, body, headers) as response:
            async with aclosing(_events(response)) as events:
                yield Stream(events, response.headers)

    def failure(
        self, error: Mapping[str, Any], around: Mapping[str, Any], headers: Mapping[str, str]
    ) -> EngineError:
        """Translate an error that a successful answer tells of."""
        return faults.failure(error, around, headers, self.link.key)

    def check(self) -> None:
        """Raise `Unavailable` where no key is set."""
        if self.link.key is None:
            raise Unavailable(
                f"No key for the upstream: {self.link.key_env} is not set in this server's "
                "environment."
            )

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _sent(
        self, path: str, body: bytes | aiohttp.FormData, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request and give the answer that is a success."""
        async with self._answered(path, body, headers) as response:
            if response.status != 200:
                raise await _refused(response, self.link.key)
            yield response

    @asynccontextmanager
    async def _answered(
        self, path: str, body: bytes | aiohttp.FormData, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request and give its answer, whatever that is."""
        try:
            async with self._opened().post(
                self.link.base_url + path, data=body, headers=headers, allow_redirects=False
            ) as response:
                yield response
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise Unavailable(f"The upstream cannot be reached: {_unreached(error)}.") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _broken(error) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is not None:
            return self._session
        self.check()
        link = self.link
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            read_bufsize=READ_BYTES,
            headers={
                "User-Agent": f"Seedbed/{__version__}",
                # Bytes are counted as they come, so that none of them unfolds into a thousand.
                "Accept-Encoding": "identity",
            }
            | ({"Authorization": f"Bearer {link.key}"} if link.key else {}),
            timeout=aiohttp.ClientTimeout(total=link.timeout, connect=link.connect_timeout),
        )
        return self._session


async def _refused(response: aiohttp.ClientResponse, key: str | None) -> EngineError:
    """Translate a refusal; one whose body does not come is still that refusal."""
    try:
        body = await response.content.read(MAX_REFUSAL)
        while len(body) < MAX_REFUSAL and (more := await response.content.read(MAX_REFUSAL)):
            body += more
    except (TimeoutError, aiohttp.ClientError, OSError):
        body = b""
    finally:
        if not response.content.at_eof():
            response.close()
    return faults.refusal(response.status, response.headers, body, key)


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Read an answer that has no more than so many bytes, also where it comes compressed."""
    is_as_sent = hdrs.CONTENT_ENCODING not in response.headers
    length = response.content_length if is_as_sent else None
    if length is not None and length <= most:
        return await response.read()
    chunks, size = list[bytes](), 0
    if length is None:
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > most:
                break
            chunks.append(chunk)
        else:
            return b"".join(chunks)
    response.close()  # what more there is, is never read
    raise EngineError(f"The upstream's answer has more than {most:,} bytes.")


async def _events(response: aiohttp.ClientResponse) -> AsyncGenerator[dict[str, Any], None]:
    try:
        async for event in read_events(response.content.iter_any(), response.content_type):
            yield event
    except BrokenStream as error:
        raise EngineError(f"The upstream's stream is broken: {error}.") from error
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise _broken(error) from error


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EngineError("The upstream's answer is no JSON.") from error
    if not isinstance(said, dict):
        raise EngineError("The upstream's answer is no JSON object.")
    return said


def _unreached(error: aiohttp.ClientError) -> str:
    """Say in a few words why there is no connection, without what an exception tells of us."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its name has no address"
        case aiohttp.ClientSSLError():
            return "its certificate or TLS is not valid"
        case aiohttp.ConnectionTimeoutError():
            return "it did not take the connection in time"
        case _:
            return "it refused the connection"


def _broken(error: Exception) -> EngineError:
    """Translate what went wrong after a request had been sent."""
    if isinstance(error, TimeoutError):
        return EngineError(faults.LATE.says + ".", faults.LATE.code)
    if isinstance(error, aiohttp.ClientPayloadError):
        return EngineError("The upstream's answer broke off.")
    return EngineError(f"{faults.FAILED.says}: it closed the connection.")
