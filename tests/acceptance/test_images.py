"""`POST /seedream/images` over real HTTP: the answers of the contract."""

from __future__ import annotations

import base64
import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from PIL import Image

from tests.acceptance.server import Server

SMALL = {"prompt": "a red apple on a table", "model": "doubao-seedream-3.0-t2i", "size": "512x512"}
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"


def draw(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post("/seedream/images", json=SMALL | fields)


def picture(client: httpx.Client, response: httpx.Response) -> Image.Image:
    assert response.status_code == 200, response.text
    fetched = client.get(response.json()["data"][0]["image_url"])
    assert fetched.status_code == 200
    return Image.open(io.BytesIO(fetched.content))


def error(response: httpx.Response, status: int, code: str) -> str:
    assert response.status_code == status, response.text
    body = response.json()
    assert body["success"] is False
    assert body["error"]["code"] == code
    assert body["trace_id"] == response.headers["X-Trace-Id"]
    assert "Traceback" not in response.text
    return str(body["error"]["message"])


def test_the_answer_has_the_shape_of_the_contract(client: httpx.Client) -> None:
    response = draw(client)
    body = response.json()
    assert response.status_code == 200
    assert body["success"] is True
    assert uuid.UUID(body["task_id"])
    assert body["trace_id"] == response.headers["X-Trace-Id"]
    (item,) = body["data"]
    assert item["prompt"] == SMALL["prompt"]
    assert item["size"] == "512x512"
    assert body["usage"] == {"generated_images": 1, "output_tokens": 1024, "total_tokens": 1024}
    assert picture(client, response).size == (512, 512)


def test_defaults_are_seedream_4_at_2048_as_a_watermarked_jpeg(client: httpx.Client) -> None:
    response = client.post("/seedream/images", json={"prompt": "a lighthouse at night"})
    image = picture(client, response)
    assert (image.format, image.size) == ("JPEG", (2048, 2048))


def test_b64_json_is_the_same_picture_as_url(client: httpx.Client) -> None:
    by_url = draw(client, seed=7)
    by_text = draw(client, seed=7, response_format="b64_json").json()["data"][0]
    assert "image_url" not in by_text
    fetched = client.get(by_url.json()["data"][0]["image_url"]).content
    # Only the creation time in the metadata may differ between two tasks.
    with Image.open(io.BytesIO(fetched)) as first:
        with Image.open(io.BytesIO(base64.b64decode(by_text["b64_json"]))) as second:
            assert first.tobytes() == second.tobytes()


def test_without_a_seed_every_picture_is_another(client: httpx.Client) -> None:
    assert picture(client, draw(client)).tobytes() != picture(client, draw(client)).tobytes()


def test_the_watermark_changes_the_corner_alone(client: httpx.Client) -> None:
    marked = picture(client, draw(client, seed=1)).convert("L")
    plain = picture(client, draw(client, seed=1, watermark=False)).convert("L")
    corner = (256, 384, 512, 512)
    assert marked.crop(corner).tobytes() != plain.crop(corner).tobytes()
    assert marked.crop((0, 0, 256, 256)).tobytes() == plain.crop((0, 0, 256, 256)).tobytes()


def test_the_metadata_says_that_it_is_made_by_a_machine(client: httpx.Client) -> None:
    image = picture(client, draw(client))
    packet = ElementTree.fromstring(image.info["xmp"])
    found = [element.get(IPTC) or element.findtext(IPTC) for element in packet.iter()]
    assert [value for value in found if value] == [
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    ]


def test_png_where_the_model_offers_it(client: httpx.Client) -> None:
    response = client.post(
        "/seedream/images",
        json={
            "prompt": "a blue cube",
            "model": "doubao-seedream-5.0-pro",
            "size": "1K",
            "output_format": "png",
        },
    )
    image = picture(client, response)
    assert (image.format, image.size) == ("PNG", (1024, 1024))


@pytest.mark.parametrize(
    ("prompt", "size"),
    [("a cat, 16:9", (1280, 720)), ("竖版海报，一只猫", (720, 1280)), ("a cat", (1024, 1024))],
)
def test_a_preset_takes_its_ratio_from_the_prompt(
    client: httpx.Client, prompt: str, size: tuple[int, int]
) -> None:
    body = {"prompt": prompt, "size": "1K"}
    response = client.post("/seedream/images", json=body)
    if size == (720, 1280):  # a poster may be 9:16 or 3:4: what matters is that it stands
        image = picture(client, response)
        assert image.height > image.width
    else:
        assert picture(client, response).size == size


def test_unknown_fields_are_ignored_and_named(client: httpx.Client) -> None:
    response = draw(client, colour="blue", zebra=None)
    assert response.status_code == 200
    assert "colour" in response.headers["X-Seedbed-Ignored"]


def test_the_answer_says_what_was_understood(client: httpx.Client) -> None:
    assert "apple" in draw(client).headers["X-Seedbed-Understood"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"prompt": None}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"model": "dall-e-3"}, "doubao-seedream-4-0-250828"),
        ({"size": "1K"}, "262,144"),
        ({"size": "1x1"}, "262,144"),
        ({"size": "2K 16:9"}, "size"),
        ({"seed": 2**31}, "2147483647"),
        ({"seed": True}, "seed"),
        ({"guidance_scale": 11}, "10"),
        ({"model": "doubao-seedream-4.0", "size": "1K", "seed": 1}, "seed"),
        ({"response_format": "gif"}, "b64_json"),
        ({"watermark": "yes"}, "watermark"),
        ({"output_format": "png"}, "output_format"),
        ({"sequential_image_generation": "auto"}, "sequential_image_generation"),
        ({"stream": True}, "stream"),
        ({"action": "paint"}, "generate"),
        ({"image": "https://example.com/a.png"}, "image"),
    ],
)
def test_what_a_model_does_not_allow_is_refused_by_name(
    client: httpx.Client, fields: dict[str, Any], says: str
) -> None:
    assert says in error(draw(client, **fields), 400, "bad_request")


def test_what_an_engine_does_not_do_is_refused_clearly(caller: httpx.Client) -> None:
    body = {"prompt": "a cat", "model": "doubao-seedream-4.0", "size": "1K"}
    for fields in ({"image": "https://example.com/a.png"},
                   {"optimize_prompt_options": {"mode": "fast"}}):  # fmt: skip
        response = caller.post("/seedream/images", json=body | fields)
        said = error(response, 400, "api_not_implemented")
        assert "'slate'" in said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{",
        b"[]",
        b'"prompt"',
        b"null",
        b'{"prompt": NaN}',
        b"\xff\xfe",
        b'{"prompt": "a"',
        b"[" * 100_000,
        b'{"seed": ' + b"9" * 5000 + b', "prompt": "a"}',
        b'{"prompt": "\\ud800"}',
        b"prompt=a+cat",
    ],
)
def test_a_malformed_body_is_a_bad_request(client: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    error(client.post("/seedream/images", content=body, headers=headers), 400, "bad_request")


def test_a_body_that_is_too_large_is_refused(client: httpx.Client) -> None:
    response = client.post("/seedream/images", content=b" " * (65 * 1024 * 1024))
    error(response, 413, "request_too_large")


@pytest.mark.parametrize("key", [None, "", "Bearer", "Basic abc", "Bearer " + "0" * 32])
def test_a_missing_or_wrong_key_is_invalid(server: Server, key: str | None) -> None:
    headers = {} if key is None else {"Authorization": key}
    response = httpx.post(f"{server.url}/seedream/images", json=SMALL, headers=headers)
    error(response, 401, "invalid_token")


def test_a_wrong_method_and_an_unknown_path(client: httpx.Client) -> None:
    wrong = client.get("/seedream/images")
    assert "POST" in error(wrong, 405, "bad_request")
    assert wrong.headers["Allow"] == "POST"
    error(client.post("/seedream/imagez", json=SMALL), 404, "no_api")


def test_pictures_cannot_be_listed_guessed_or_traversed(client: httpx.Client) -> None:
    url = draw(client).json()["data"][0]["image_url"]
    fetched = client.get(url)
    assert fetched.headers["Content-Type"] == "image/jpeg"
    assert "max-age=" in fetched.headers["Cache-Control"]
    assert client.get(url.split("?")[0]).status_code == 403
    assert client.get(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 403
    assert client.get(url.replace("expires=", "expires=9")).status_code == 403
    query = url.split("?")[1]
    for path in ("", "../seedbed.db", "%2e%2e/seedbed.db", "..%2f..%2fseedbed.db", "x" * 5000):
        assert client.get(f"/files/{path}?{query}").status_code in (403, 404)
    etag = fetched.headers["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert client.head(url).status_code == 200


def test_requests_beside_each_other_are_charged_once_each(server: Server) -> None:
    key = server.run("keys", "create", "busy", "--credits", "5").stdout.strip().splitlines()[-1]
    with server.client(key) as client, ThreadPoolExecutor(8) as threads:
        statuses = sorted(
            response.status_code for response in threads.map(lambda _: draw(client), range(8))
        )
        assert statuses == [200] * 5 + [403] * 3
        error(draw(client), 403, "used_up")


def test_the_matrix_is_there_for_programs(client: httpx.Client) -> None:
    body = client.get("/seedream/models").json()
    assert len(body["models"]) >= 6
    assert all(model["engines"] == ["sketch"] and model["price"] == 1 for model in body["models"])


def test_the_viewer_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/docs/api")
    assert page.status_code == 200
    assert "http" not in page.text
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js"):
        assert f"/docs/assets/{asset}" in page.text
        assert client.get(f"/docs/assets/{asset}").status_code == 200
