"""The guarded client: no address that is ours, by no trick; bounded in bytes and time.

Nothing leaves this machine: names are resolved by a list, and what may be called is a server of
the test on loopback.
"""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import socket
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from seedbed.outbound import Answer, Outbound, Refused, Unreachable, check_url

PUBLIC = "93.184.216.34"


class Names(AbstractResolver):
    """Knows the names that the test says, each with its addresses, one list for each question."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): lists for name, lists in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.answers:
            raise OSError("no such name")
        lists = self.answers[host]
        addresses = lists.pop(0) if len(lists) > 1 else lists[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in addresses
        ]

    async def close(self) -> None: ...


def get(outbound: Outbound, url: str, **options: Any) -> Awaitable[Answer]:
    return outbound.request("GET", url, **({"timeout": 5, "max_bytes": 1000} | options))


@asynccontextmanager
async def server(*answers: bytes, then: float = 0) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answer each connection with the next bytes, keep it open a while, and remember requests."""
    asked: list[bytes] = []
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()
            await asyncio.sleep(then)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}", asked
    finally:
        listening.close()


@pytest.fixture
async def local() -> AsyncIterator[Outbound]:
    """A client that may call this machine."""
    outbound = Outbound(allow_loopback=True, resolver=Names())
    yield outbound
    await outbound.close()


@pytest.fixture(autouse=True)
def _nothing_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that opens a connection to anything but loopback."""
    connect = socket.socket.connect

    def connect_to_loopback(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            assert ipaddress.ip_address(address[0]).is_loopback, f"{address} was to be called"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_to_loopback)


def words(text: str) -> list[str]:
    return text.split()


# Literal addresses and forms

INTERNAL = words(
    r"""
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
    169.254.169.254 169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1
    192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
    168.63.129.16 239.255.255.255 240.0.0.1 255.255.255.255
    """
)
INTERNAL_6 = words(
    r"""
    :: ::1 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8
    ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::10.0.0.1 100::1 2001::1
    2001:0:7f00:1::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:c0a8:1:: 3fff::1
    4000::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 ff05::2 fe80::1%25eth0
    fe80::1%eth0
    """
)
ODD = words(
    r"""
    http://2130706433/ http://0x7f000001/ http://0x7f.1/ http://0177.0.0.1/ http://127.1/
    http://127.0.1/ http://017700000001/ http://0x7f.0x0.0x0.0x1/ http://0/ http://00/
    http://0x0/ http://3232235521/ http://0xA9FEA9FE/ http://2852039166/
    http://0251.0376.0251.0376/ http://169.254.43518/ http://127.0.0.1./ http://127.0.0.1../
    http://１２７.0.0.1/ http://127。0。0。1/ http://①②⑦.0.0.1/ http://[::1 http://::1/
    http://[127.0.0.1]/ http://127.0.0.1%00.example.com/ http://127.0.0.1%2f@example.com/
    http://a@127.0.0.1/ http://8.8.8.8@127.0.0.1/ http://user:pw@example.com/
    http://@example.com/ http://:@example.com/ http://example.com\@127.0.0.1/ http:\\127.0.0.1/
    http:///etc/passwd http:// http://:80/ file:///etc/passwd ftp://example.com/
    gopher://example.com/ data:text/plain,a javascript:alert(1) unix:///var/run/docker.sock
    //example.com/ example.com /hook ws://example.com/ http://example.com:0/
    http://example.com:99999/ http://example.com:abc/ http://134744072/
    http://1.2.3.4.5/ http://6425673729/ http://08.8.8.8/ http://256.1.1.1/ http://1..2/
    """
)
SPACED = [
    "http://exa mple.com/",
    "http://127.0.0.1\t/",
    "http://example.com/\r\nHost: a",
    " http://a.b/",
]
LOCAL_NAMES = [
    "http://localhost/",
    "http://LOCALHOST:80/",
    "http://a.localhost/",
    "http://localhost./",
]


@pytest.mark.parametrize(
    "url",
    [
        *(f"http://{address}/" for address in INTERNAL),
        *(f"https://{address}:8443/x" for address in INTERNAL[::3]),
        *(f"http://[{address}]/" for address in INTERNAL_6),
        *ODD,
        *SPACED,
        *LOCAL_NAMES,
        "http://example.com/" + "a" * 9000,
    ],
)
async def test_what_is_not_anybody_s_is_refused_before_anything_is_asked(url: str) -> None:
    names = Names()
    outbound = Outbound(allow_loopback=False, resolver=names)
    with pytest.raises(Refused) as refused:
        check_url(url, allow_loopback=False)
    assert str(refused.value)
    with pytest.raises(Refused):
        await get(outbound, url)
    assert names.asked == []
    await outbound.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://example.com:8443/hook?a=b#c",
        "HTTPS://EXAMPLE.COM/",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]/",
        "http://xn--bcher-kva.example/",
        "http://bücher.example/",
        "http://10.0.0.1.example.com/",
        "http://1e100.net/",
        "http://0x7f.example/",
    ],
)
def test_what_is_anybody_s_may_be_called(url: str) -> None:
    check_url(url, allow_loopback=False)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["dotted", "decimal", "hex", "octal", "mapped"]))
def test_no_notation_of_an_address_gets_by(number: int, form: str) -> None:
    address = ipaddress.IPv4Address(number)
    host = {
        "dotted": str(address),
        "decimal": str(number),
        "hex": hex(number),
        "octal": ".".join(f"0{byte:o}" for byte in address.packed),
        "mapped": f"[::ffff:{address}]",
    }[form]
    if form == "dotted" and address.is_global and not address.is_multicast:
        return
    if address.is_global and not address.is_multicast:
        with pytest.raises(Refused, match=r"unusual form|no public address"):
            check_url(f"http://{host}/", allow_loopback=False)
    else:
        with pytest.raises(Refused):
            check_url(f"http://{host}/", allow_loopback=False)


# Names


@pytest.mark.parametrize("address", [*INTERNAL, *INTERNAL_6[:-2]])
async def test_a_name_of_an_internal_address_is_refused(address: str) -> None:
    outbound = Outbound(allow_loopback=False, resolver=Names(evil_example=[[PUBLIC, address]]))
    with pytest.raises(Refused, match="no public address"):
        await get(outbound, "http://evil.example/")
    await outbound.close()


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1"])
async def test_where_loopback_is_allowed_nothing_else_near_is(address: str) -> None:
    outbound = Outbound(allow_loopback=True, resolver=Names(evil_example=[[address]]))
    with pytest.raises(Refused):
        await get(outbound, "http://evil.example/")
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(Refused):
        check_url(f"http://{literal}/", allow_loopback=True)
    for allowed in ("http://127.0.0.1/", "http://127.9.9.9/", "http://[::1]/", "http://localhost/"):
        check_url(allowed, allow_loopback=True)
    await outbound.close()


async def test_a_name_is_resolved_once_and_the_call_goes_there() -> None:
    """A name server that changes its mind between the check and the call changes nothing."""
    async with server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (url, _):
        names = Names(rebinding_example=[["127.0.0.1"], ["10.0.0.1"]])
        outbound = Outbound(allow_loopback=True, resolver=names)
        port = url.rpartition(":")[2]
        answer = await get(outbound, f"http://rebinding.example:{port}/")
        assert (answer.status, answer.body, answer.truncated) == (200, b"ok", False)
        assert names.asked == ["rebinding.example"]
        with pytest.raises(Refused):
            await get(outbound, f"http://rebinding.example:{port}/")
        await outbound.close()


async def test_a_name_that_nobody_knows_is_unreachable(local: Outbound) -> None:
    with pytest.raises(Unreachable, match="no address"):
        await get(local, "http://nobody.example/")


# Redirects


def redirect(to: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} R\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_a_redirect_is_an_answer_unless_it_is_to_be_followed(local: Outbound) -> None:
    async with server(redirect("/there"), redirect("/there"), OK) as (url, asked):
        assert (await get(local, url)).status == 302
        answer = await get(local, url, max_redirects=2)
        assert (answer.status, answer.url) == (200, f"{url}/there")
        assert [request.split()[1] for request in asked] == [b"/", b"/", b"/there"]


@pytest.mark.parametrize(
    "to", ["http://10.0.0.1/", "file:///etc/passwd", "//169.254.169.254/", "http://[::ffff:a00:1]/"]
)
async def test_a_redirect_to_where_no_call_may_go_is_refused(local: Outbound, to: str) -> None:
    async with server(redirect(to)) as (url, asked):
        with pytest.raises(Refused):
            await get(local, url, max_redirects=5)
        assert len(asked) == 1


async def test_redirects_end(local: Outbound) -> None:
    async with server(redirect("/again")) as (url, asked):
        with pytest.raises(Unreachable, match="more than 3"):
            await get(local, url, max_redirects=3)
        assert len(asked) == 4


async def test_another_origin_gets_no_credentials(local: Outbound) -> None:
    async with server(OK) as (there, asked), server(redirect(there)) as (url, _):
        headers = {"Authorization": "Bearer a", "Cookie": "b=c", "X-Own": "d"}
        await get(local, url, max_redirects=1, headers=headers)
    assert b"X-Own: d" in asked[0]
    assert b"Bearer" not in asked[0]
    assert b"b=c" not in asked[0]


# Bounds


async def test_only_so_many_bytes_are_read(local: Outbound) -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 300_000
    async with server(endless, then=30) as (url, _):
        answer = await get(local, url, max_bytes=100_000)
    assert (len(answer.body), answer.truncated) == (100_000, True)


async def test_a_packed_answer_stays_packed(local: Outbound) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    async with server(head.encode() + bomb) as (url, asked):
        answer = await get(local, url, max_bytes=20_000)
    assert answer.body == bomb
    assert b"Accept-Encoding: identity" in asked[0]


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow"]
)
async def test_all_of_it_has_to_come_in_time(local: Outbound, answer: bytes) -> None:
    async with server(answer, then=30) as (url, _):
        began = time.monotonic()
        with pytest.raises(Unreachable, match="no answer within"):
            await get(local, url, timeout=0.3)
        assert time.monotonic() - began < 2


async def test_a_name_server_has_to_answer_in_time() -> None:
    class Slow(Names):
        async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
            await asyncio.sleep(30)
            return []

    outbound = Outbound(allow_loopback=False, resolver=Slow())
    with pytest.raises(Unreachable, match="within"):
        await get(outbound, "http://slow.example/", timeout=0.2)
    await outbound.close()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "closed the connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "broke off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", "not valid HTTP"),
    ],
)
async def test_what_is_no_answer_is_told_in_a_few_words(
    local: Outbound, answer: bytes, says: str
) -> None:
    async with server(answer) as (url, _):
        with pytest.raises(Unreachable, match=says):
            await get(local, url)


async def test_nobody_there_is_told(local: Outbound) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="connection refused"):
            await get(local, f"http://127.0.0.1:{taken.getsockname()[1]}/")


async def test_tls_that_is_none_is_told(local: Outbound) -> None:
    async with server(b"HTTP/1.1 400 Bad\r\n\r\n") as (url, _):
        with pytest.raises(Unreachable):
            await get(local, url.replace("http:", "https:"), timeout=2)


async def test_what_goes_out_is_what_was_asked(
    local: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://10.0.0.1:3128")
    async with server(OK) as (url, asked):
        body, headers = b'{"a": 1}', {"Content-Type": "application/json"}
        await local.request(
            "POST", f"{url}/hook?x=y", headers=headers, body=body, timeout=5, max_bytes=10
        )
    head = asked[0]
    assert head.startswith(b"POST /hook?x=y HTTP/1.1\r\n")
    assert b"User-Agent: Seedbed/" in head
    assert b"Content-Type: application/json" in head


async def test_no_cookie_of_an_earlier_answer_goes_along(local: Outbound) -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"
    async with server(cookie, OK) as (url, asked):
        await get(local, url)
        await get(local, url)
    assert b"Cookie" not in asked[1]


async def test_the_system_s_resolver_is_asked_in_threads_of_its_own() -> None:
    async with server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as (url, _):
        outbound = Outbound(allow_loopback=True)
        answer = await get(outbound, url.replace("127.0.0.1", "localhost"))
        await outbound.close()
    assert (answer.status, answer.body) == (200, b"hi")


# Origins that whoever runs the server has named


async def test_a_trusted_origin_may_be_called_wherever_it_is() -> None:
    async with server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (url, asked):
        port = url.rpartition(":")[2]
        names = Names(inside=[["127.0.0.1"]], other=[["127.0.0.1"]])
        origins = [url, f"http://inside:{port}"]
        outbound = Outbound(allow_loopback=False, resolver=names, trusted=origins)
        try:
            for trusted in origins:
                assert (await get(outbound, f"{trusted}/picture")).body == b"ok"
            for refused in (
                f"http://other:{port}",
                f"http://localhost:{port}",
                f"https://127.0.0.1:{port}",
                "http://127.0.0.1:1",
                "http://inside:1",
            ):
                with pytest.raises(Refused):
                    await get(outbound, refused)
        finally:
            await outbound.close()
        assert len(asked) == 2


async def test_a_trusted_origin_may_not_lead_to_another() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with server(moved) as (url, _):
        outbound = Outbound(allow_loopback=False, resolver=Names(), trusted=[url])
        try:
            with pytest.raises(Refused):
                await get(outbound, url, max_redirects=3)
        finally:
            await outbound.close()
