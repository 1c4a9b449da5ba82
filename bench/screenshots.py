"""Photographs every page of the console, at two widths and in both themes, to be looked at.

python -m bench.screenshots [FOLDER]

Needs Debian's Chromium. The pages are those of a user with tasks of every kind, on a server that
is started for this and stopped again. The README's three are cut from `run`, `layers` and `usage`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.service import seedbed

PASSWORD = "a long good password"
PRO = "doubao-seedream-5-0-pro-260628"
SCREENS = {
    "desktop-light": ({"width": 1280, "height": 860}, "light", "en-US"),
    "desktop-dark": ({"width": 1280, "height": 860}, "dark", "zh-CN"),
    "phone-light": ({"width": 390, "height": 844}, "light", "zh-CN"),
    "phone-dark": ({"width": 390, "height": 844}, "dark", "en-US"),
}
STRANGERS = {"welcome": "/", "login": "/login", "register": "/register", "docs": "/docs"}
STRANGERS |= {
    f"docs-{page}": f"/docs/{page}" for page in ("models", "callbacks", "errors", "moving")
}


def main() -> None:
    """Make the tasks, then go through the pages."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    settings = {"quota": "1000", "log_level": "error", "callback_retries": "[0.2, 9999]"}
    with seedbed(**settings) as service, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        state, pages = _prepare(browser, service.url)
        for name, (size, theme, language) in SCREENS.items():
            for who, paths in ((None, STRANGERS), (state, pages)):
                context = browser.new_context(
                    viewport=size, color_scheme=theme, locale=language, storage_state=who
                )
                page = context.new_page()
                for what, path in paths.items():
                    page.goto(service.url + path)
                    if what == "run":
                        _run(page, service.url, "a lighthouse on a cliff at dusk, oil painting")
                    page.wait_for_timeout(250)
                    page.screenshot(path=folder / f"{what}-{name}.png", full_page=True)
                context.close()
            print(f"{folder}/*-{name}.png", flush=True)
        browser.close()


def _prepare(browser: Browser, url: str) -> tuple[object, dict[str, str]]:
    """Register somebody and have them draw; give their cookies and their pages."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/register?next=/")
    page.fill("input[name=email]", "ada@example.com")
    page.fill("input[name=password]", PASSWORD)
    page.click(".entry button.primary")
    page.click(".hero button.primary")
    page.wait_for_selector("#token")
    _run(page, url, "three paper boats on a lake, watercolour", callback_url=f"{url}/health")
    _run(page, url, "停在街上的红色跑车，夜晚，霓虹灯")
    _run(page, url, 'poster with the words "GOOD MORNING" and a rooster')
    _run(page, url, "a whale above the clouds, paper-cut")
    _run(page, url, "a bowl of ramen, studio light")
    _run(page, url, "a windmill on a hill through the seasons", sequential="yes", max_images="4")
    _run(page, url, "a teapot and two cups on a table")
    drawn = page.get_attribute("#pictures img", "src") or ""
    _run(page, url, "make it night", image_link=drawn)
    edit = _newest(page, url)
    _run(page, url, "", model=PRO, image_link=drawn, layers="yes")
    layers = _newest(page, url)
    page.goto(f"{url}/callbacks")
    callback = page.get_attribute("td a[href^='/callbacks/']", "href") or ""
    state = context.storage_state()
    context.close()
    mine = ("tasks", "keys", "callbacks", "usage", "admin", "account")
    pages = {name: f"/{name}" for name in mine}
    pages |= {"run": "/", "table": "/tasks?view=table", "callback": callback}
    return state, pages | {"edit": edit, "layers": layers, "error": "/tasks/none"}


def _run(page: Page, url: str, prompt: str, **fields: str) -> None:
    page.goto(url)
    page.fill("textarea[name=prompt]", prompt)
    for name, value in fields.items():
        control = page.locator(f"#form [name={name}]")
        if value == "yes":
            control.check()
        elif name == "model":
            control.select_option(value)
        else:
            control.fill(value)
    page.click("#run")
    page.wait_for_selector("#raw:not([hidden])", timeout=60_000)


def _newest(page: Page, url: str) -> str:
    page.goto(f"{url}/tasks")
    return page.get_attribute(".grid a", "href") or ""


if __name__ == "__main__":
    main()
