"""What a person does in the console, in a real browser, at a desk and with a phone."""

from __future__ import annotations

import json
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from seedbed.console.docs.manual import PAGES
from tests.acceptance.receiver import Receiver
from tests.browser.conftest import DESKTOP, PHONE, PRO, Known, Sit

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}${alert(1)}"
STRANGERS = ("/", "/login", "/register", "/docs", *(f"/docs/{name}" for name in PAGES))
SCREENS = [
    pytest.param(DESKTOP, False, "en-US", id="desktop-light"),
    pytest.param(DESKTOP, True, "zh-CN", id="desktop-dark-zh"),
    pytest.param(PHONE, False, "zh-CN", id="phone-light-zh"),
    pytest.param(PHONE, True, "en-US", id="phone-dark"),
]


def someone() -> str:
    return f"{uuid.uuid4().hex[:10]}@example.com"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_from_stranger_to_picture_to_callback(
    sit: Sit, size: dict[str, int], receiver: Receiver, tmp_path: Path
) -> None:
    reader = sit(size)
    page = reader.open("/")
    page.click("text=Acquire")
    page.wait_for_url("**/login?next=**")
    page.click("text=Register")
    reader.register(someone())
    # Straight back, and acquired without a second press.
    page.wait_for_selector("#token")
    token = page.inner_text("#token")
    page.click("[data-copy='#token']")
    page.wait_for_selector(".said:not(:empty)")
    assert page.evaluate("navigator.clipboard.readText()") == token
    page.click("text=To the playground")
    page.fill("textarea[name=prompt]", "a lighthouse at dusk")
    page.select_option("select[name=preset]", "1K")
    page.fill("[name=callback_url]", receiver.url + "/hook")
    page.click("#run")
    page.wait_for_selector("#raw:not([hidden])", timeout=60_000)
    assert page.locator("#pictures img").evaluate("image => image.naturalWidth") == 1024
    assert "credit" in page.inner_text("#stage")
    page.click("#raw summary >> text=JSON")
    assert json.loads(page.inner_text("#json"))["success"] is True
    page.click("#raw summary >> text=Headers")
    assert "X-Seedbed-Understood" in page.inner_text("#headers")
    receiver.wait("/hook", 1)

    # The code beside the form draws a picture as it stands, with the key that was shown.
    page.fill("[name=callback_url]", "")
    page.click(".copy")
    page.wait_for_timeout(100)
    code = page.evaluate("navigator.clipboard.readText()")
    assert token in code
    ran = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=60)
    assert json.loads(ran.stdout)["success"] is True, ran

    page.click("#about a")
    assert "Callback 200" in page.inner_text(".timeline")
    page.click("text=Resend callback")
    assert len(receiver.wait("/hook", 2)) == 2
    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.json["task_id"] == second.json["task_id"]


@pytest.mark.parametrize(("size", "dark", "language"), SCREENS)
def test_every_page_fits_and_is_accessible(
    sit: Sit, known: Known, size: dict[str, int], dark: bool, language: str
) -> None:
    reader = sit(size, dark=dark, language=language, state=known.state)
    stranger = sit(size, dark=dark, language=language)
    screens = [(reader, path) for path in known.pages.values()]
    screens += [(stranger, path) for path in STRANGERS]
    for who, path in screens:
        page = who.open(path)
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{path} is {beyond} px too wide"
        found = Axe().run(page).response["violations"]
        serious = [
            f"{path}: {one['id']} {node['html'][:120]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]
        assert serious == []


def test_what_was_written_stays_text(sit: Sit, known: Known) -> None:
    reader = sit(state=known.state)
    reader.run(HOSTILE, preset="1K")
    assert reader.page.inner_text("#code").count("onerror") == 1
    reader.page.click("#about a")
    again = reader.page.locator("text=Open in the playground").get_attribute("href")
    assert again
    reader.open("/keys").fill("[name=name]", HOSTILE[:80])
    reader.page.click("text=Create")
    for path in ("/tasks", "/tasks?view=table", again, "/keys", "/usage"):
        reader.open(path)
        assert reader.page.locator("img[src=x]").count() == 0
    # `sit` asserts that no dialog came up and no script was refused.


def test_the_form_offers_what_the_model_takes(sit: Sit) -> None:
    page = sit().open("/")
    page.select_option("[name=model]", "doubao-seedream-3-0-t2i-250415")
    assert page.is_visible("[name=seed]")
    assert not page.is_visible("#drop")
    page.click("#dice")
    assert '"seed": ' in page.inner_text("#code")
    page.select_option("[name=model]", PRO)
    assert not page.is_visible("[name=seed]")
    assert '"seed"' not in page.inner_text("#code")
    page.check("[name=layers]")
    assert '"layer_decomposition": true' in page.inner_text("#code")


def test_the_code_follows_the_form_in_every_language(sit: Sit) -> None:
    page = sit().open("/")
    page.fill("textarea[name=prompt]", "一只猫")
    names = page.locator("#languages button").all_inner_texts()
    assert len(names) == 15
    page.click("#languages button >> nth=0")
    for name in names:
        assert page.locator("[role=tab][aria-selected=true]").inner_text() == name
        assert "一只猫" in page.inner_text("#code")
        page.keyboard.press("ArrowRight")


def test_a_refusal_stands_at_its_control(sit: Sit, known: Known) -> None:
    reader = sit(state=known.state)
    page = reader.open("/")
    page.select_option("[name=preset]", "pixels")
    page.fill("[name=pixels]", "99x99")
    page.click("#run")
    page.wait_for_selector("#problem:not([hidden])")
    assert "99x99" in page.inner_text("#problem")
    assert "wrong" in (page.locator("[data-field=pixels]").get_attribute("class") or "")
    reader.complaints.clear()  # the browser notes the 400


def test_a_picture_is_dropped_and_edited(sit: Sit, known: Known, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (640, 480), "steelblue").save(tmp_path / "blue.png")
    page = sit(state=known.state).open("/")
    page.set_input_files("#files", str(tmp_path / "blue.png"))
    page.wait_for_selector("#thumbs img")
    assert "/files/" in page.inner_text("#code")
    page.fill("textarea[name=prompt]", "add a red balloon")
    page.select_option("[name=preset]", "1K")
    page.click("#run")
    page.wait_for_selector("#raw:not([hidden])", timeout=60_000)
    assert page.locator("#pictures img").count() == 1
    page.click("#thumbs button")
    assert page.locator("#thumbs img").count() == 0


def test_what_is_no_picture_is_refused_where_it_was_dropped(
    sit: Sit, known: Known, tmp_path: Path
) -> None:
    (tmp_path / "no.png").write_bytes(b"%PDF-1.4 this is none")
    reader = sit(state=known.state)
    page = reader.open("/")
    page.set_input_files("#files", str(tmp_path / "no.png"))
    page.wait_for_selector("#problem:not([hidden])")
    assert "PDF" in page.inner_text("#problem")
    reader.complaints.clear()  # the browser notes the 400


def test_the_pictures_of_a_group_appear_one_by_one(sit: Sit, known: Known) -> None:
    page = sit(state=known.state).open("/")
    page.fill("textarea[name=prompt]", "through the seasons: a mill")
    page.check("[name=sequential]")
    page.fill("[name=max_images]", "4")
    page.evaluate(
        """() => { window.counts = []; new MutationObserver(() => window.counts.push(
            document.querySelectorAll("#pictures img[data-key]").length
        )).observe(document.querySelector("#pictures"), {childList: true}); }"""
    )
    page.click("#run")
    page.wait_for_selector("#raw:not([hidden])", timeout=60_000)
    counts = page.evaluate("window.counts")
    assert counts[-1] == 4
    assert counts == sorted(counts)
    assert len(set(counts)) >= 2


def test_layers_are_shown_and_hidden(sit: Sit, known: Known) -> None:
    reader = sit(state=known.state)
    page = reader.open(known.pages["layers"])
    assert page.is_visible("[data-layer='1']")
    page.uncheck("[data-toggle='1']")
    assert not page.is_visible("[data-layer='1']")


def test_an_unfinished_task_goes_on_by_itself(sit: Sit, known: Known) -> None:
    reader = sit(state=known.state)
    page = reader.open("/")
    page.fill("textarea[name=prompt]", "through the day: a harbour")
    page.check("[name=sequential]")
    page.fill("[name=max_images]", "8")
    page.click("#run")
    page.wait_for_selector("#meter:not([hidden])")
    page.goto(reader.base + "/tasks")
    page.click(".grid a >> nth=0")
    page.wait_for_selector("figure img", timeout=60_000)
    page.wait_for_selector(".state.succeeded", timeout=60_000)


def test_the_first_page_is_light_and_soon_there(sit: Sit) -> None:
    reader = sit()
    sizes: list[int] = []
    reader.page.on("response", lambda answer: sizes.append(len(answer.body())))
    took = []
    for _ in range(3):
        sizes.clear()
        page = reader.open("/")
        page.wait_for_selector("#languages [aria-selected=true]")
        took.append(page.evaluate("performance.now()"))
        page.wait_for_load_state("networkidle")
    assert sum(sizes) < 100_000
    assert min(took) < 1000


def test_the_keyboard_reaches_everything(sit: Sit) -> None:
    page = sit().open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.name"))
    assert {"prompt", "model", "preset", "drop", "run", "code"} <= seen


@pytest.fixture
def receiver() -> Any:
    with Receiver() as receiver:
        yield receiver
