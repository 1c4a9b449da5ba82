"""Pictures in, over real HTTP: every way to send one, every way to be refused, every use."""

from __future__ import annotations

import base64
import io
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.acceptance.server import Server
from tests.acceptance.test_images import error
from tests.acceptance.test_images import picture as fetched
from tests.pictures.hostile import REFUSED, picture

EDIT = {"model": "doubao-seededit-3.0-i2i", "prompt": "make it warmer"}
PRO = "doubao-seedream-5-0-pro-260628"


def data_uri(data: bytes, form: str = "png") -> str:
    return f"data:image/{form};base64,{base64.b64encode(data).decode()}"


def ask(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post("/seedream/images", json=EDIT | fields)


@contextmanager
def website(pages: dict[str, tuple[int, dict[str, str], bytes]]) -> Iterator[tuple[str, list[str]]]:
    """Serve a few files on loopback; give the base URL and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path == "/slow":
                time.sleep(3)
            status, headers, body = pages.get(self.path, (404, {}, b"nothing"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
                while self.path == "/endless":
                    self.wfile.write(bytes(65_536))
                while self.path == "/drip":
                    self.wfile.write(b"\0")
                    time.sleep(0.2)
            except OSError:
                pass

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"input_timeout": "1", "rate_limit": "100000", "workers": "2"}
    server = Server(tmp_path_factory.mktemp("pictures") / "data", settings).start()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log


# Every way to send a picture.


def test_a_data_uri_is_edited_and_the_size_adapts(client: httpx.Client) -> None:
    response = ask(client, image=data_uri(picture(size=(300, 200))))
    assert fetched(client, response).size == (1248, 832)
    assert "warmer" in response.headers["X-Seedbed-Understood"]


def test_bare_base64_is_known_by_its_bytes(client: httpx.Client) -> None:
    text = base64.b64encode(picture("JPEG")).decode()
    assert ask(client, image=[text]).status_code == 200
    assert ask(client, image="\n".join((text[:50], text[50:]))).status_code == 200


def test_a_url_is_fetched_once(client: httpx.Client) -> None:
    good = picture(size=(200, 100))
    pages = {
        "/cat.png": (200, {"Content-Type": "text/html"}, good),
        "/moved": (302, {"Location": "/cat.png"}, b""),
    }
    with website(pages) as (url, asked):
        assert ask(client, image=f"{url}/cat.png").status_code == 200
        assert asked == ["/cat.png"]
        assert ask(client, image=f"{url}/moved").status_code == 200


def test_what_was_drawn_can_be_edited(client: httpx.Client) -> None:
    drawn = client.post(
        "/seedream/images", json={"prompt": "a cat", "model": "doubao-seedream-3.0-t2i"}
    )
    url = drawn.json()["data"][0]["image_url"]
    assert ask(client, image=url).status_code == 200
    forged = url[:-6] + "000000"
    assert "image[0]" in error(ask(client, image=forged), 400, "bad_request")


def test_an_upload_gives_a_url_to_edit(client: httpx.Client) -> None:
    good = picture("WEBP", (300, 300))
    sent = client.post("/api/v1/files/", files={"file": ("cat.txt", good, "text/plain")})
    assert sent.status_code == 200, sent.text
    assert sent.json()["mime"] == "image/webp"
    url = sent.json()["file_url"]
    assert httpx.get(url).content == good
    edited = client.post(
        "/seedream/images",
        json={"model": "doubao-seedream-4.0", "size": "1K", "prompt": "oil painting", "image": url},
    )
    assert fetched(client, edited).size == (1024, 1024)


def test_an_upload_that_is_none_is_refused(client: httpx.Client) -> None:
    nothing = client.post("/api/v1/files/", files={"other": b"x"})
    assert (nothing.status_code, nothing.json()["error"]) == (400, "No file provided")
    large = client.post("/api/v1/files/", files={"file": bytes(31_457_281)})
    assert large.status_code == 413
    assert large.json()["error"] == "File too large"
    assert large.json()["max_bytes"] == 31_457_280
    svg = client.post("/api/v1/files/", files={"file": REFUSED["svg"][0]})
    assert "SVG" in error(svg, 400, "bad_request")
    assert httpx.post(str(client.base_url.join("/api/v1/files/"))).status_code == 401


def test_the_answer_of_polling_shows_pictures_by_their_urls(client: httpx.Client) -> None:
    accepted = ask(client, image=data_uri(picture()), **{"async": True}).json()
    record = client.get(f"/seedream/tasks/{accepted['task_id']}").json()
    (url,) = record["request"]["image"]
    assert url.startswith(str(client.base_url))
    assert httpx.get(url).content == picture()
    assert len(str(record["request"])) < 1000


# Every way to be refused.


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_a_bad_request(client: httpx.Client, name: str) -> None:
    response = ask(client, image=data_uri(REFUSED[name][0]))
    said = error(response, 400, "bad_request")
    assert said.startswith("image[0] ")


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("file:///etc/passwd", "neither a URL nor a picture"),
        ("ftp://example.com/a.png", "neither a URL nor a picture"),
        ("cat.png", "neither a URL nor a picture"),
        ("http://", "no URL"),
        ("https://exa mple.com/a.png", "no URL"),
        ("http://10.0.0.1/a.png", "cannot be fetched"),
        ("http://169.254.169.254/latest/meta-data", "cannot be fetched"),
        ("http://[::ffff:10.0.0.1]/a.png", "cannot be fetched"),
        ("data:image/PNG;base64,iVBORw0KGgo=", "write image/png"),
        ("data:text/html;base64,PGh0bWw+", "none of a picture's"),
        ("data:image/png,iVBORw0KGgo=", "without base64"),
        ("data:image/png;base64,!!!!", "not valid base64"),
        ("data:image/png;base64,", "empty"),
        ("data:", "no data URI"),
        ("http://example.com/" + "a" * 9000, "at most 8,192"),
    ],
)
def test_what_names_no_picture_is_refused(client: httpx.Client, image: str, says: str) -> None:
    assert says in error(ask(client, image=image), 400, "bad_request")


def test_a_bad_server_is_a_bad_request(client: httpx.Client) -> None:
    pages = {
        "/gone": (410, {}, b"gone"),
        "/page": (200, {}, b"<html>not a picture</html>"),
        "/loop": (302, {"Location": "/loop"}, b""),
        "/inside": (302, {"Location": "http://10.0.0.1/a.png"}, b""),
        "/metadata": (302, {"Location": "http://169.254.169.254/"}, b""),
        "/file": (302, {"Location": "file:///etc/passwd"}, b""),
        "/endless": (200, {}, b"\x89PNG"),
        "/drip": (200, {}, b"\x89PNG"),
        "/slow": (200, {}, b""),
        "/empty": (200, {}, b""),
        "/cut": (200, {"Content-Length": "5000"}, picture()[:100]),
    }
    with website(pages) as (url, _):
        for path, says in (
            ("/gone", "answered 410"),
            ("/nowhere", "answered 404"),
            ("/page", "HTML"),
            ("/loop", "redirects"),
            ("/inside", "cannot be fetched"),
            ("/metadata", "cannot be fetched"),
            ("/file", "cannot be fetched"),
            ("/endless", "image[0]"),
            ("/drip", "no answer within 1 s"),
            ("/slow", "no answer within 1 s"),
            ("/empty", "empty"),
            ("/cut", "image[0]"),
        ):
            assert says in error(ask(client, image=url + path), 400, "bad_request"), path


def test_the_picture_that_is_refused_is_named(client: httpx.Client) -> None:
    good, bad = data_uri(picture()), data_uri(REFUSED["svg"][0])
    fields = {"model": "doubao-seedream-4.0", "prompt": "combine", "size": "1K"}
    response = client.post("/seedream/images", json=fields | {"image": [good, good, bad]})
    assert error(response, 400, "bad_request").startswith("image[2] is an SVG drawing")


def test_a_refused_picture_costs_nothing(server: Server, client: httpx.Client) -> None:
    def spent() -> str:
        return server.run("keys", "list").stdout

    before = spent()
    ask(client, image=data_uri(REFUSED["svg"][0]), **{"async": True})
    assert spent() == before


def test_a_body_of_100_mb_is_refused_within_bounds(server: Server, client: httpx.Client) -> None:
    before = _memory(server.pid)

    def endless() -> Iterator[bytes]:
        yield b'{"prompt": "a cat", "image": "'
        for _ in range(100):
            yield b"A" * 2**20

    try:
        status = client.post("/seedream/images", content=endless()).status_code
    except httpx.WriteError:  # it hung up before all was sent
        status = 413
    assert status == 413
    assert _memory(server.pid) - before < 220


def _memory(pid: int) -> int:
    """Give the most memory a process has had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def test_ten_megabytes_of_picture_are_taken(client: httpx.Client) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (1600, 1600, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, "PNG", compress_level=0)
    assert len(stream.getvalue()) > 7_000_000
    fields = {"model": "doubao-seedream-4.0", "size": "1K", "prompt": "make it warmer"}
    response = client.post("/seedream/images", json=fields | {"image": data_uri(stream.getvalue())})
    assert response.status_code == 200, response.text


def test_a_web_search_is_not_offered(client: httpx.Client) -> None:
    fields = {"model": "doubao-seedream-5-0-lite-260128", "prompt": "the news"}
    response = client.post("/seedream/images", json=fields | {"tools": [{"type": "web_search"}]})
    assert "search" in error(response, 400, "api_not_implemented")


def test_a_repeated_request_needs_its_url_no_more(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": f"key-{os.getpid()}"}
    with website({"/a.png": (200, {}, picture())}) as (url, _):
        body = EDIT | {"image": f"{url}/a.png"}
        first = client.post("/seedream/images", json=body, headers=headers)
        assert first.status_code == 200, first.text
    again = client.post("/seedream/images", json=body, headers=headers)
    assert again.json()["task_id"] == first.json()["task_id"]


# What it is used for.


def test_transparent_gives_a_png_with_alpha(client: httpx.Client) -> None:
    cut = np.zeros((400, 400, 4), np.uint8)
    cut[100:300, 100:300] = (200, 40, 40, 255)
    stream = io.BytesIO()
    Image.fromarray(cut).save(stream, "PNG")
    fields = {"model": PRO, "prompt": "the square", "background": "transparent", "size": "1K"}
    image = fetched(
        client,
        client.post("/seedream/images", json=fields | {"image": data_uri(stream.getvalue())}),
    )
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (1024, 1024))
    alpha = np.asarray(image)[..., 3]
    assert alpha[512, 512] == 255
    assert alpha[60, 60] == 0
    opaque = data_uri(picture(size=(400, 400)))
    response = client.post("/seedream/images", json=fields | {"image": opaque})
    assert "at least one transparent pixel" in error(response, 400, "bad_request")


def test_layers_give_the_picture_again(client: httpx.Client) -> None:
    ground = np.full((1000, 1200, 3), (250, 244, 230), np.uint8)
    ground[200:500, 150:500] = (190, 40, 50)
    ground[600:900, 700:1100] = (30, 90, 190)
    stream = io.BytesIO()
    Image.fromarray(ground).save(stream, "PNG")
    fields = {"model": PRO, "layer_decomposition": True, "watermark": False, "output_format": "png"}
    response = client.post("/seedream/images", json=fields | {"image": data_uri(stream.getvalue())})
    body = response.json()
    assert response.status_code == 200, body
    assert [item["z_index"] for item in body["data"]] == [0, 1, 2]
    assert body["usage"]["generated_images"] == 3
    assert body["usage"]["input_images"] == 1
    base, *layers = body["data"]
    assert base["size"] == "1200x1000"
    assert "bounding_box" not in base
    whole = Image.open(io.BytesIO(httpx.get(base["image_url"]).content)).convert("RGBA")
    for layer in layers:
        assert layer["output_format"] == "png"
        assert layer["name"]
        assert layer["description"]
        left, top, right, bottom = layer["bounding_box"]["absolute"]
        wide, tall = whole.size
        normalized = [left / wide, top / tall, right / wide, bottom / tall]
        assert layer["bounding_box"]["normalized"] == [int(n * 1000 + 0.5) for n in normalized]
        part = Image.open(io.BytesIO(httpx.get(layer["image_url"]).content))
        assert part.mode == "RGBA"
        whole.alpha_composite(part.resize((right - left, bottom - top)), (left, top))
    again = np.asarray(whole.convert("RGB")).astype(int)
    assert np.abs(again - ground).max() <= 2
    record = client.get(f"/seedream/tasks/{body['task_id']}").json()
    assert record["state"] == "succeeded"


def test_a_rewritten_prompt_is_shown(client: httpx.Client) -> None:
    fields = {"model": "doubao-seedream-4.0", "size": "1K", "prompt": "a cat"}
    plain = client.post("/seedream/images", json=fields).json()["data"][0]["prompt"]
    assert plain == "a cat"
    body = fields | {"optimize_prompt_options": {"mode": "standard"}}
    told = client.post("/seedream/images", json=body).json()["data"][0]["prompt"]
    assert told.startswith("a cat, ")


def test_a_group_of_references_tells_a_story(client: httpx.Client) -> None:
    fields = {
        "model": "doubao-seedream-4.0",
        "size": "1K",
        "prompt": "four pictures of this place through the seasons",
        "image": data_uri(picture(size=(300, 300))),
        "sequential_image_generation": "auto",
    }
    body = client.post("/seedream/images", json=fields).json()
    assert len({item["image_url"].split("?")[0] for item in body["data"]}) == 4


def test_several_pictures_become_one(client: httpx.Client) -> None:
    one, two = data_uri(picture(size=(300, 200))), data_uri(picture("JPEG", (640, 360)), "jpeg")
    fields = {"model": "doubao-seedream-4.0", "prompt": "put image 1 into image 2", "size": "1K"}
    response = client.post("/seedream/images", json=fields | {"image": [one, two]})
    assert response.status_code == 200
    assert "2 pictures" in response.headers["X-Seedbed-Understood"]
