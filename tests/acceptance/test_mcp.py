"""Assistants draw: the protocol's own client against the real command and a live server."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ImageContent, TextContent
from PIL import Image
from sqlalchemy import select

from seedbed.storage.database import Database
from seedbed.storage.schema import tasks
from tests.acceptance.server import SEEDBED, Server
from tests.service import audit

SMALL = {"model": "doubao-seedream-3-0-t2i-250415", "size": "512x512"}
EDIT = {"model": "doubao-seededit-3-0-i2i-250628"}
TOOLS = ["generate_image", "edit_image", "decompose_image", "get_task"]
MODES = ("auto", "legacy")
"""Both generations of the protocol: without sessions and with a handshake."""


@asynccontextmanager
async def over_http(
    server: Server, key: str | None = None, mode: Any = "auto"
) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key or server.key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


@asynccontextmanager
async def over_stdio(server: Server, log: Path, mode: Any = "auto") -> AsyncIterator[Client]:
    """Start the real command over the settings of a server that is not running."""
    from mcp.client.stdio import stdio_client

    command = StdioServerParameters(
        command=sys.executable, args=["-m", "seedbed", "mcp"], env=server.environment()
    )
    with log.open("w") as stderr:
        async with Client(stdio_client(command, errlog=stderr), mode=mode) as client:
            yield client


def said(result: CallToolResult, *, is_error: bool = False) -> str:
    """Give the text of an answer, which comes before its pictures."""
    first, *others = result.content
    assert isinstance(first, TextContent)
    assert all(isinstance(one, ImageContent) for one in others)
    assert result.is_error == is_error, first.text
    assert "Traceback" not in first.text
    return first.text


def pictures(result: CallToolResult) -> list[Image.Image]:
    copies = [one for one in result.content if isinstance(one, ImageContent)]
    opened = [Image.open(io.BytesIO(base64.b64decode(one.data))) for one in copies]
    assert [f"image/{one.format}".lower() for one in opened] == [one.mime_type for one in copies]
    return opened


def task_of(text: str) -> str:
    found = re.search(r"Task ([0-9a-f-]{36}): ", text)
    assert found is not None, text
    return found[1]


def png(path: Path, size: tuple[int, int] = (640, 640)) -> Path:
    picture = Image.new("RGB", size, (90, 160, 220))
    picture.paste((200, 40, 30), (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    picture.save(path)
    return path


def hole(path: Path) -> Path:
    """Make a mask over such a picture that lets its left half change."""
    mask = Image.new("RGBA", (640, 640), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 320, 640))
    mask.save(path)
    return path


def data_uri(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


@pytest.mark.parametrize("mode", MODES)
async def test_over_http_a_picture_is_drawn_shown_small_and_told_by_its_url(
    studio: Server, mode: str
) -> None:
    async with over_http(studio, mode=mode) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
        result = await client.call_tool("generate_image", {"prompt": "a hill", "n": 2, "hue": 7})
    text = said(result)
    assert ": succeeded." in text
    assert "Understood: slate" in text
    assert "Ignored, for the tool does not have it: hue." in text
    urls = re.findall(r"Picture \d: 2048x2048 jpeg, (http\S+)", text)
    assert len(urls) == 2 and all(url.startswith(studio.url) for url in urls)
    async with httpx.AsyncClient() as web:
        assert Image.open(io.BytesIO((await web.get(urls[0])).content)).size == (2048, 2048)
    assert [max(one.size) <= 768 for one in pictures(result)] == [True, True]


async def test_the_schemas_say_what_the_matrix_allows(studio: Server) -> None:
    async with over_http(studio) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    models = {
        name: set(tools[name].input_schema["properties"]["model"]["enum"]) for name in TOOLS[:3]
    }
    async with httpx.AsyncClient() as web:
        offered = (await web.get(f"{studio.url}/seedream/models")).json()["models"]
    assert models == {
        "generate_image": {one["id"] for one in offered if one["text_to_image"]},
        "edit_image": {one["id"] for one in offered if one["image"]["max"]},
        "decompose_image": {one["id"] for one in offered if one["layer_decomposition"]},
    }
    properties = tools["generate_image"].input_schema["properties"]
    assert all(one["description"] for one in properties.values() if one is not properties["prompt"])
    assert (properties["n"]["minimum"], properties["n"]["maximum"]) == (1, 10)
    assert "doubao-seedream-4-5-251128: 2K, 4K, WIDTHxHEIGHT" in properties["size"]["description"]
    asks = tools["get_task"].annotations
    assert asks is not None and asks.read_only_hint is True


async def test_progress_is_told_while_a_call_waits(studio: Server) -> None:
    told: list[tuple[float, str]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        assert total == 1.0
        told.append((progress, message or ""))

    async with over_http(studio) as client:
        arguments = {"prompt": "slow hills", "n": 3, **SMALL}
        result = await client.call_tool("generate_image", arguments, progress_callback=tell)
    assert len(told) >= 2
    assert sorted({progress for progress, _ in told}) == [progress for progress, _ in told]
    assert all(task_of(said(result)) in message for _, message in told)


async def test_a_call_that_does_not_wait_tells_the_task_and_get_task_its_end(
    studio: Server,
) -> None:
    async with over_http(studio) as client:
        begun = await client.call_tool("generate_image", {"prompt": "slow", "wait": 0, **SMALL})
        task_id = task_of(said(begun))
        assert f"Call get_task with task_id {task_id}" in said(begun)
        assert pictures(begun) == []
        ended = await client.call_tool("get_task", {"task_id": task_id, "wait": 20})
    assert f"Task {task_id}: succeeded." in said(ended)
    assert [one.size for one in pictures(ended)] == [(512, 512)]


async def test_a_task_of_another_application_does_not_exist(
    studio: Server, stranger_key: str
) -> None:
    async with over_http(studio) as client:
        mine = task_of(said(await client.call_tool("generate_image", {"prompt": "a", **SMALL})))
    async with over_http(studio, stranger_key) as client:
        refused = said(await client.call_tool("get_task", {"task_id": mine}), is_error=True)
        unknown = said(await client.call_tool("get_task", {"task_id": "x"}), is_error=True)
    assert refused == f"not_found: There is no task '{mine}'."
    assert unknown == "not_found: There is no task 'x'."


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("generate_image", {}, "bad_request: prompt is missing; say what to draw"),
        ("generate_image", {"prompt": 7}, "bad_request: prompt must be a string, not a number"),
        ("generate_image", {"prompt": "a", "model": "x"}, "bad_request: model 'x' is not known"),
        ("generate_image", {"prompt": "a", "size": "9K"}, "bad_request: size '9K'"),
        ("generate_image", {"prompt": "a", "n": 99}, "bad_request: n 99 is out of range; 1 to 10"),
        ("generate_image", {"prompt": "a", "max_images": "b"}, "max_images must be a number"),
        ("generate_image", {"prompt": "a", "wait": -1}, "bad_request: wait -1 is out of range"),
        ("generate_image", {"prompt": "a", "wait": "long"}, "bad_request: wait must be a number"),
        ("generate_image", {"prompt": "refuse this"}, "forbidden: slate does not draw this"),
        ("edit_image", {"prompt": "a"}, "bad_request: action 'edit' needs an image"),
        (
            "edit_image",
            {"prompt": "a", "images": ["/etc/hostname"]},
            "bad_request: image[0] '/etc/hostname' is neither a URL nor a picture",
        ),
        ("decompose_image", {"image": 1}, "bad_request: image[0] must be a string"),
        ("get_task", {}, "not_found: There is no task ''."),
        ("get_task", {"task_id": ["a"]}, "bad_request: task_id must be a string"),
    ],
)
async def test_what_cannot_be_is_told_in_the_words_of_the_api(
    server: Server, studio: Server, tool: str, arguments: dict[str, Any], expected: str
) -> None:
    # Only the default engine edits; only the slate refuses.
    served_by = server if tool in ("edit_image", "decompose_image") else studio
    async with over_http(served_by) as client:
        text = said(await client.call_tool(tool, arguments), is_error=True)
    assert expected in text


async def test_a_tool_that_is_none_is_an_error_of_the_protocol(studio: Server) -> None:
    async with over_http(studio) as client:
        with pytest.raises(MCPError, match=r"no tool 'draw'; there are generate_image, edit_image"):
            await client.call_tool("draw", {})


async def test_a_picture_is_edited_and_taken_apart(server: Server, tmp_path: Path) -> None:
    photo = data_uri(png(tmp_path / "photo.png"))
    async with over_http(server) as client:
        edited = await client.call_tool(
            "edit_image", {"prompt": "make it black and white", "images": [photo], **EDIT}
        )
        apart = await client.call_tool("decompose_image", {"image": photo, "watermark": False})
    assert "Picture 1: 1024x1024 jpeg, http" in said(edited)
    (copy,) = pictures(edited)
    assert copy.size == (768, 768)
    assert re.search(r"^Background: \d+x\d+ jpeg, http", said(apart), re.MULTILINE)
    assert re.search(r"^Layer 1, .+ \(.+\), from \(\d+, \d+\) to \(\d+, \d+\): ", said(apart), re.M)
    assert [one.mode for one in pictures(apart)][:2] == ["RGB", "RGBA"]


async def test_a_mask_says_where_a_picture_may_change(server: Server, tmp_path: Path) -> None:
    photo, mask = png(tmp_path / "photo.png"), hole(tmp_path / "mask.png")
    async with over_http(server) as client:
        arguments = {
            "prompt": "make it black and white",
            "images": [data_uri(photo)],
            "mask": data_uri(mask),
            "model": "doubao-seedream-4-0-250828",
            "size": "1024x1024",
            "watermark": False,
        }
        edited = await client.call_tool("edit_image", arguments)
    assert ": succeeded." in said(edited)
    (copy,) = pictures(edited)
    changed, kept = (
        copy.convert("RGB").getpixel((20, 384)),
        copy.convert("RGB").getpixel((748, 384)),
    )
    assert isinstance(changed, tuple) and max(changed) - min(changed) < 8
    assert isinstance(kept, tuple) and kept[2] - kept[0] > 90


def test_without_a_good_key_nobody_gets_in(studio: Server) -> None:
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = httpx.post(f"{studio.url}/mcp", json=ask, headers=accept | headers)
        assert answer.status_code == 401
        told = answer.json()["error"]["data"]
        assert told == {"code": "invalid_token", "trace_id": answer.headers["X-Trace-Id"]}


async def test_the_client_of_a_wrong_key_is_told_so(studio: Server) -> None:
    told = r"invalid_token: .+"
    with pytest.RaisesGroup(pytest.RaisesExc(MCPError, match=told), flatten_subgroups=True):
        async with over_http(studio, "wrong"):
            pass


async def test_a_key_for_tasks_alone_may_ask_and_not_draw(studio: Server) -> None:
    made = studio.run("keys", "create", "asker", "--allow", "seedream/tasks")
    assert made.returncode == 0, made.stderr
    async with over_http(studio, made.stdout.strip().splitlines()[-1]) as client:
        refused = said(await client.call_tool("generate_image", {"prompt": "a"}), is_error=True)
        unknown = said(await client.call_tool("get_task", {"task_id": "x"}), is_error=True)
    assert refused.startswith("token_mismatched: ")
    assert unknown.startswith("not_found: ")


async def test_limits_and_credits_are_those_of_the_api(fresh: Server, plugins: Path) -> None:
    fresh.plugins = plugins
    fresh.settings |= {"engines": json.dumps({"*": "slate"}), "rate_limit": "3", "grant": "10"}
    fresh.start()
    poor = fresh.run("keys", "create", "poor", "--credits", "1").stdout.strip().splitlines()[-1]
    async with over_http(fresh, poor) as client:
        assert said(await client.call_tool("generate_image", {"prompt": "a", **SMALL}))
        broke = await client.call_tool("generate_image", {"prompt": "a", **SMALL})
        assert said(broke, is_error=True).startswith("used_up: ")
        await client.call_tool("generate_image", {"prompt": "a", **SMALL})
        fast = await client.call_tool("generate_image", {"prompt": "a", **SMALL})
        assert said(fast, is_error=True).startswith("too_many_requests: ")


def test_pages_of_other_sites_are_refused(studio: Server) -> None:
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    own = urlsplit(studio.url).netloc
    port = own.rpartition(":")[2]
    with studio.client() as client:
        for host, origin, status in (
            (own, f"http://{own}", 200),
            (own, "http://evil.example", 403),
            (own, "null", 403),
            (own, "http://[", 403),
            (own, "", 403),
            (f"evil.example:{port}", f"http://evil.example:{port}", 403),
        ):
            headers = accept | {"Host": host, "Origin": origin}
            assert client.post("/mcp", json=ask, headers=headers).status_code == status, origin


def test_other_methods_and_nonsense_are_refused(studio: Server) -> None:
    accept = {"Accept": "application/json, text/event-stream"}
    with studio.client() as client:
        wrong = client.get("/mcp")
        assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST")
        for body in (b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"jsonrpc": "2.0"}'):
            headers = accept | {"Content-Type": "application/json"}
            answer = client.post("/mcp", content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (body[:20], answer.status_code)
            assert "Traceback" not in answer.text
        metrics = client.get("/metrics").text
    assert 'route="/mcp"' in metrics


async def test_a_body_that_is_too_large_is_refused(fresh: Server) -> None:
    fresh.settings["max_request_bytes"] = "1000"
    fresh.start()
    async with over_http(fresh) as client:
        with pytest.raises(MCPError, match="request_too_large: The request body is larger than"):
            await client.call_tool("generate_image", {"prompt": "a" * 1000})


async def test_over_http_a_task_goes_on_when_its_caller_has_gone(slate: Server) -> None:
    slate.start()
    arguments = {"prompt": "gate", **SMALL}
    for mode in MODES:
        async with over_http(slate, mode=mode) as client:
            call = asyncio.create_task(client.call_tool("generate_image", arguments))
            await _until(lambda: _tasks(slate, "processing"))
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        gate = Path(json.loads(slate.settings["engine_options"])["slate"]["gate"])
        await asyncio.to_thread(gate.touch)
        await _until(lambda: not _tasks(slate, "processing"))
        await asyncio.to_thread(gate.unlink)
    assert len(_tasks(slate, "succeeded")) == 2


async def _until(what: Any) -> None:
    give_up = time.monotonic() + 30
    while not await asyncio.to_thread(what):
        assert time.monotonic() < give_up
        await asyncio.sleep(0.05)


def _tasks(server: Server, state: str) -> list[str]:
    with server.client() as client:
        body = {"action": "retrieve_batch", "type": "images"}
        items = client.post("/seedream/tasks", json=body).json()["items"]
    return [one["id"] for one in items if one["state"] == state]


@pytest.mark.parametrize("mode", MODES)
async def test_over_stdio_every_tool_works_with_files_of_this_machine(
    fresh: Server, tmp_path: Path, mode: str
) -> None:
    photo, log = png(tmp_path / "a photo.png"), tmp_path / "stderr"
    mask = hole(tmp_path / "mask.png")
    async with over_stdio(fresh, log, mode) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
        drawn = await client.call_tool("generate_image", {"prompt": "secret fox", **SMALL})
        arguments = {"prompt": "make it warmer", "images": [str(photo)], "mask": str(mask), **EDIT}
        edited = await client.call_tool("edit_image", arguments)
        apart = await client.call_tool("decompose_image", {"image": photo.as_uri()})
        again = await client.call_tool("get_task", {"task_id": task_of(said(drawn))})
        missing = {"prompt": "a", "images": [str(tmp_path / "no.png"), "~/no.png"]}
        lost = await client.call_tool("edit_image", missing)
        folder = await client.call_tool("decompose_image", {"image": str(tmp_path)})
        secret = await client.call_tool("decompose_image", {"image": str(log)})
    found = re.search(r"Picture 1: 512x512 jpeg, (/\S+)", said(drawn))
    assert found is not None
    with Image.open(found[1]) as full:
        assert full.size == (512, 512)
    assert "Picture 1: 1024x1024 jpeg, /" in said(edited)
    assert len(pictures(apart)) >= 2
    assert said(again) == said(drawn)
    no_file = f"bad_request: image[0]: there is no file {tmp_path / 'no.png'}"
    assert said(lost, is_error=True) == no_file
    assert "there is no file" in said(folder, is_error=True)
    assert "image[0]" in said(secret, is_error=True)
    assert "secret fox" not in log.read_text()
    assert "Traceback" not in log.read_text()


async def test_over_stdio_a_call_that_is_cancelled_ends_its_task(
    slate: Server, tmp_path: Path
) -> None:
    told: list[str] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with over_stdio(slate, tmp_path / "stderr") as client:
        call = asyncio.create_task(
            client.call_tool("generate_image", {"prompt": "gate", **SMALL}, progress_callback=tell)
        )
        await _until(lambda: any("running" in one for one in told))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        task_id = told[0].split()[1]
        ended = await client.call_tool("get_task", {"task_id": task_id, "wait": 20})
        assert f"Task {task_id}: cancelled." in said(ended, is_error=True)


async def test_over_stdio_what_a_closed_assistant_leaves_unfinished_ends(
    slate: Server, tmp_path: Path
) -> None:
    log = tmp_path / "stderr"
    async with over_stdio(slate, log) as client:
        arguments = {"prompt": "gate", "wait": 0, **SMALL}
        left = [await client.call_tool("generate_image", arguments) for _ in range(2)]
    async with over_stdio(slate, log) as client:
        for begun in left:
            ended = await client.call_tool("get_task", {"task_id": task_of(said(begun))})
            assert ": cancelled." in said(ended, is_error=True)
    audit_of(slate)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_over_stdio_a_signal_ends_what_is_unfinished(slate: Server, sign: signal.Signals) -> None:
    process = subprocess.Popen(
        [*SEEDBED, "mcp"],
        env=slate.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    client = {"name": "test", "version": "1"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    call = {"name": "generate_image", "arguments": {"prompt": "gate", "wait": 0, **SMALL}}
    for message in (
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": call},
    ):
        process.stdin.write(json.dumps({"jsonrpc": "2.0"} | message) + "\n")
        process.stdin.flush()
        told = json.loads(process.stdout.readline()) if "id" in message else {}
    task_id = task_of(told["result"]["content"][0]["text"])
    process.send_signal(sign)
    assert process.wait(20) == -sign
    _, log = process.communicate()
    assert "Traceback" not in log
    assert states_of(slate) == {task_id: "cancelled"}
    audit_of(slate)


async def test_over_stdio_the_tasks_of_a_stopped_server_are_left_to_it(
    slate: Server, tmp_path: Path
) -> None:
    slate.start()
    with slate.client() as client:
        body = {"prompt": "gate", "async": True, **SMALL}
        task_id = client.post("/seedream/images", json=body).json()["task_id"]
    await _until(lambda: _tasks(slate, "processing"))
    slate.kill()
    (tmp_path / "gate").touch()
    async with over_stdio(slate, tmp_path / "stderr") as assistant:
        assert said(await assistant.call_tool("generate_image", {"prompt": "a", **SMALL}))
        await asyncio.sleep(2.5)  # in which a server sweeps
        assert states_of(slate)[task_id] == "running"
    slate.start()
    await _until(lambda: _tasks(slate, "succeeded") == [task_id])


def states_of(server: Server) -> dict[str, str]:
    with closing(Database(server.data_dir / "seedbed.db")) as database:
        return database.read_now(
            lambda tx: dict(tx.execute(select(tasks.c.id, tasks.c.state)).all())
        )  # type: ignore[arg-type]


def audit_of(server: Server) -> None:
    with closing(Database(server.data_dir / "seedbed.db")) as database:
        audit(database)


def test_wrong_settings_are_told_in_a_line_and_stdout_stays_empty(fresh: Server) -> None:
    fresh.settings["engines"] = json.dumps({"*": "nothing"})
    refused = fresh.run("mcp")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("seedbed: engine 'nothing' is not installed")
