"""A real browser, Debian's Chromium, for tests of what people see."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.acceptance.receiver import Receiver
from tests.acceptance.server import Server

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
PASSWORD = "a long good password"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path) and CHROMIUM is None:
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose console is looked at."""
    settings = {
        "login_limit": "100000",
        "rate_limit": "100000",
        "workers": "2",
        "quota": "1000",
        "callback_retries": "[0.2, 600]",
    }
    server = Server(tmp_path_factory.mktemp("console") / "data", settings).start()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log


@dataclass
class Reader:
    """Somebody before a screen; whatever the browser complains of is kept."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._refuse)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def register(self, email: str) -> None:
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click(".entry button.primary")

    def run(self, prompt: str, **fields: str) -> None:
        """Fill the form of the playground, press Run and wait for the end."""
        page = self.open("/")
        page.fill("textarea[name=prompt]", prompt)
        for name, value in fields.items():
            control = page.locator(f"#form [name={name}]")
            kind = control.evaluate("control => control.type")
            if kind == "select-one":
                control.select_option(value)
            elif kind == "checkbox":
                control.set_checked(value == "yes")
            else:
                control.fill(value)
        page.click("#run")
        page.wait_for_selector("#raw:not([hidden])", timeout=60_000)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _refuse(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


Sit = Callable[..., Reader]


@pytest.fixture
def sit(browser: Browser, console: Server, known: Known) -> Iterator[Sit]:
    """Seat a stranger before a screen: `sit(PHONE, dark=True, language="zh-CN")`."""
    contexts: list[BrowserContext] = []
    readers: list[Reader] = []

    def sit(
        size: dict[str, int] | None = None,
        *,
        dark: bool = False,
        language: str = "en-US",
        state: Any = None,
    ) -> Reader:
        context = browser.new_context(
            viewport=size or DESKTOP,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            locale=language,
            storage_state=state,
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
        contexts.append(context)
        readers.append(Reader(context.new_page(), console.url))
        return readers[-1]

    yield sit
    for context in contexts:
        context.close()
    assert [complaint for reader in readers for complaint in reader.complaints] == []


@dataclass(frozen=True)
class Known:
    """A user, the administrator, who has made tasks of every kind."""

    state: Any
    """Their cookies."""
    pages: dict[str, str]
    """Every page that they have, by a name."""


PRO = "doubao-seedream-5-0-pro-260628"


@pytest.fixture(scope="module")
def known(browser: Browser, console: Server) -> Known:
    context = browser.new_context()
    reader = Reader(context.new_page(), console.url)
    reader.open("/register?next=/")
    reader.register("root@example.com")
    reader.page.click(".hero button.primary")
    reader.page.wait_for_selector("#token")
    with Receiver() as receiver:
        url = receiver.url + "/hook"
        reader.run("a red fox in a snowy forest", preset="1K", callback_url=url)
        receiver.wait("/hook")
    reader.run("a dog", preset="1K", callback_url="http://127.0.0.1:9/")
    reader.run("through the seasons: an oak", preset="1K", sequential="yes", max_images="3")
    picture = reader.page.get_attribute("#pictures img[data-key]", "src")
    assert picture
    reader.run("", model=PRO, image_link=picture, layers="yes")
    pages = _pages(reader)
    state = context.storage_state()
    context.close()
    assert reader.complaints == []
    return Known(state, pages)


def _pages(reader: Reader) -> dict[str, str]:
    reader.open("/tasks")
    tasks = reader.page.eval_on_selector_all(".grid a", "links => links.map(l => l.pathname)")
    reader.open("/callbacks")
    callbacks = re.findall(r'href="(/callbacks/msg_\w+)"', reader.page.content())
    return {
        "home": "/",
        "tasks": "/tasks",
        "table": "/tasks?view=table",
        "layers": tasks[0],
        "group": tasks[1],
        "task": tasks[3],
        "keys": "/keys",
        "callbacks": "/callbacks",
        "callback": callbacks[0],
        "usage": "/usage",
        "admin": "/admin",
        "account": "/account",
    }
