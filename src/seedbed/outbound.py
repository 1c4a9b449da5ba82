"""The guarded HTTP client: everything that goes out because a user said so goes through here.

    outbound = Outbound(allow_loopback=False)
    answer = await outbound.request("POST", url, body=b"{}", timeout=15, max_bytes=500)

A URL is checked, its name resolved, every address of it checked, and the connection made to one of
those very addresses, so that no second answer of a name server can lead elsewhere. Redirects are
followed only when asked for, each checked anew.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import unicodedata
from collections.abc import Container, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDictProxy
from yarl import URL

from seedbed import __version__

MAX_URL = 8192
MAX_HEADER = 16 * 1024
CONNECTIONS_TO_ONE_HOST = 16
RESOLVER_THREADS = 128
READ_BYTES = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
OTHER_ORIGIN_DROPS = ("authorization", "cookie")

Origin: TypeAlias = tuple[str, str | None, int | None]
"""Scheme, host and port."""

IPV4_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network: RFC 791
        "10.0.0.0/8",  # private: RFC 1918
        "100.64.0.0/10",  # carrier-grade NAT: RFC 6598
        "127.0.0.0/8",  # loopback: RFC 1122
        "168.63.129.16/32",  # a cloud's host agent, at a public address: Azure's WireServer
        "169.254.0.0/16",  # link-local, where clouds keep their metadata: RFC 3927
        "172.16.0.0/12",  # private: RFC 1918
        "192.0.0.0/24",  # protocol assignments: RFC 6890
        "192.0.2.0/24",  # documentation: RFC 5737
        "192.88.99.0/24",  # 6to4 relays: RFC 7526
        "192.168.0.0/16",  # private: RFC 1918
        "198.18.0.0/15",  # benchmarks: RFC 2544
        "198.51.100.0/24",  # documentation: RFC 5737
        "203.0.113.0/24",  # documentation: RFC 5737
        "224.0.0.0/4",  # multicast: RFC 5771
        "240.0.0.0/4",  # reserved, and broadcast: RFC 1112
    )
)
IPV6_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is assigned to the public: RFC 4291. Loopback, private, link-local, multicast, NAT64
and IPv4-mapped addresses are all outside of it."""
IPV6_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them: RFC 2928, RFC 4380
        "2001:db8::/32",  # documentation: RFC 3849
        "2002::/16",  # 6to4, which carries any IPv4 address: RFC 3056
        "3fff::/20",  # documentation: RFC 9637
    )
)


class Refused(Exception):
    """The target may not be called; the text says why, for whoever named it."""


class Unreachable(Exception):
    """The target could not be reached or did not answer; a short text, fit to be shown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` holds at most the bytes asked for."""

    status: int
    headers: Mapping[str, str]
    """Their names compare without regard to case."""
    body: bytes
    truncated: bool
    """Whether there was more."""
    url: str
    """Where it came from, after redirects."""


def check_url(url: str, *, allow_loopback: bool) -> None:
    """Raise `Refused` for a URL that no call may go to, as far as it tells by itself.

    What its name stands for is checked when it is called.
    """
    _checked(url, allow_loopback)


class Outbound:
    """Calls addresses that are anybody's, and never one that is only ours.

    With `allow_loopback` this very machine may be called too, and still nothing else near it.
    The origins that are `trusted`, such as `http://10.0.0.5:9000`, were named by whoever runs the
    server: they may be called wherever they are.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool,
        resolver: AbstractResolver | None = None,
        trusted: Iterable[str] = (),
    ) -> None:
        self._allow_loopback = allow_loopback
        self._trusted = frozenset(_origin(URL(origin)) for origin in trusted)
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float,
        max_bytes: int,
        max_redirects: int = 0,
    ) -> Answer:
        """Send a request and read its answer, all within `timeout` seconds.

        Reads no more than `max_bytes`. Without `max_redirects` a redirect is itself the answer.
        Raises `Refused` and `Unreachable`.
        """
        try:
            async with asyncio.timeout(timeout):
                return await self._follow(
                    method, url, dict(headers or {}), body, max_bytes, max_redirects
                )
        except TimeoutError as error:
            raise Unreachable(f"no answer within {timeout:g} s") from error
        except aiohttp.ClientError as error:
            raise Unreachable(_fault(error)) from error
        except (OSError, ValueError) as error:
            raise Unreachable("the connection failed") from error

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def _follow(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None,
        max_bytes: int,
        max_redirects: int,
    ) -> Answer:
        target = _checked(url, self._allow_loopback, self._trusted)
        for followed in range(max_redirects + 1):
            answer = await self._once(method, target, headers, body, max_bytes)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or location is None or max_redirects == 0:
                return answer
            if followed == max_redirects:
                break
            following = _checked(
                str(target.join(URL(location))), self._allow_loopback, self._trusted
            )
            if target.scheme == "https" and following.scheme == "http":
                raise Refused("it redirects from https to http")
            if following.origin() != target.origin():
                headers = {k: v for k, v in headers.items() if k.lower() not in OTHER_ORIGIN_DROPS}
            if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
                method, body = "GET", None
            target = following
        raise Unreachable(f"more than {max_redirects} redirects")

    async def _once(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes | None, max_bytes: int
    ) -> Answer:
        async with self._opened().request(
            method, url, headers=headers, data=body, allow_redirects=False
        ) as response:
            read = bytearray()
            async for chunk in response.content.iter_chunked(READ_BYTES):
                read += chunk
                if len(read) > max_bytes:
                    response.close()  # what more there is, is never read
                    break
            return Answer(
                response.status,
                CIMultiDictProxy(response.headers.copy()),
                bytes(read[:max_bytes]),
                len(read) > max_bytes,
                str(url),
            )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = _CheckingResolver(
                self._resolver or _ThreadedResolver(), self._allow_loopback, self._trusted
            )
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=resolver,
                    use_dns_cache=False,
                    limit=0,
                    limit_per_host=CONNECTIONS_TO_ONE_HOST,
                ),
                # Nothing that this machine or an earlier answer knows goes along.
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                # Bytes are counted as they come, so that none of them unfolds into a thousand.
                auto_decompress=False,
                headers={"User-Agent": f"Seedbed/{__version__}", "Accept-Encoding": "identity"},
                max_line_size=MAX_HEADER,
                max_field_size=MAX_HEADER,
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session


class _ThreadedResolver(AbstractResolver):
    """Asks the system, in threads of its own: a name server that is slow delays nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, "resolve")

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        ask = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM)
        answers = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in answers
            if kind in (socket.AF_INET, socket.AF_INET6)
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class _CheckingResolver(AbstractResolver):
    """Gives the addresses of a name when every one of them may be called."""

    def __init__(
        self, resolver: AbstractResolver, allow_loopback: bool, trusted: Iterable[Origin]
    ) -> None:
        self._resolver = resolver
        self._allow_loopback = allow_loopback
        self._trusted = frozenset((host, port) for _, host, port in trusted)

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if (host, port) in self._trusted:
            return found
        for one in found:
            _check_address(ipaddress.ip_address(one["host"].split("%")[0]), self._allow_loopback)
        return found

    async def close(self) -> None:
        await self._resolver.close()


def _origin(url: URL) -> Origin:
    return url.scheme, url.host, url.port


def _checked(url: str, allow_loopback: bool, trusted: Container[Origin] = ()) -> URL:
    """Parse a URL as the client will, and refuse what may not be called."""
    if len(url) > MAX_URL:
        raise Refused(f"the URL has {len(url):,} characters; at most {MAX_URL:,} are taken")
    if "\\" in url or any(char.isspace() or not char.isprintable() for char in url):
        raise Refused("the URL holds spaces, control characters or a backslash")
    try:
        parsed, plainly = URL(url), urlsplit(url)
        host, port = parsed.host, parsed.port
    except ValueError as error:
        raise Refused("this is no URL such as https://example.com/hook") from error
    if parsed.scheme not in ("http", "https"):
        raise Refused("only http and https URLs are called")
    if not host or port == 0:
        raise Refused("the URL names no host that can be called")
    if "@" in plainly.netloc:
        raise Refused("a URL with a user name or password is not called")
    if _origin(parsed) not in trusted:
        _check_host(host, allow_loopback)
    return parsed


def _check_host(host: str, allow_loopback: bool) -> None:
    """Refuse a literal address, in whatever form, that may not be called; and names of our own."""
    plain = unicodedata.normalize("NFKC", host).lower().replace("。", ".").rstrip(".")
    if "%" in plain:
        raise Refused("the host is not a plain name or address")
    address = _address(plain)
    if address is not None:
        if plain != str(address) and address.version == 4:
            raise Refused(f"{host} is an address in an unusual form; write it as {address}")
        _check_address(address, allow_loopback)
    elif set(plain) <= set("0123456789."):
        raise Refused(f"{host} is no address; write it as four numbers up to 255")
    elif not allow_loopback and (plain == "localhost" or plain.endswith(".localhost")):
        raise Refused("localhost is this very machine, which is not called")


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address in any form that a system's resolver would take for one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    parts = host.split(".")
    numbers = [_number(part) for part in parts]
    if len(parts) > 4 or any(number is None for number in numbers):
        return None
    *first, last = (number or 0 for number in numbers)
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    value = last
    for place, number in enumerate(first):
        value += number << (8 * (3 - place))
    return IPv4Address(value)


def _number(text: str) -> int | None:
    """Read a number as C does: hexadecimal after 0x, octal after 0, else decimal."""
    try:
        if text.startswith("0x"):
            return int(text[2:] or "0", 16)
        if not (text.isascii() and text.isdigit()):
            return None
        return int(text, 8 if text.startswith("0") and len(text) > 1 else 10)
    except ValueError:
        return None


def _check_address(address: IPv4Address | IPv6Address, allow_loopback: bool) -> None:
    if allow_loopback and _is_loopback(address):
        return
    if isinstance(address, IPv4Address):
        public = not any(address in network for network in IPV4_REFUSED)
    else:
        public = address in IPV6_UNICAST and not any(address in net for net in IPV6_REFUSED)
    if not public or not address.is_global:
        raise Refused(f"{address} is no public address; only those are called")


def _is_loopback(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return address in ipaddress.ip_network("127.0.0.0/8")
    return address == IPv6Address("::1")


def _fault(error: aiohttp.ClientError) -> str:
    """Say in a few words what went wrong, without what an exception tells of our inside."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its name has no address"
        case aiohttp.ClientSSLError():
            return "its certificate or TLS is not valid"
        case aiohttp.ClientConnectorError():
            number = error.os_error.errno
            return os.strerror(number).lower() if number else "the connection failed"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
            return "it closed the connection"
        case aiohttp.ClientResponseError():
            return "its answer is not valid HTTP"
        case aiohttp.ClientPayloadError():
            return "its answer broke off"
        case _:
            return "the connection failed"
