"""The console's texts: each has its Chinese, and none is left that nobody says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from seedbed.accounts import credentials, ledger
from seedbed.console import account, admin, tasks
from seedbed.console.pages import translations
from seedbed.engines.health import Condition
from seedbed.tasks.deliveries import DeliveryState

CONSOLE = Path(account.__file__).parent
SAID = re.compile(r"""\bt\((["'])(.+?)\1[,)]""")
NAMED = {
    *tasks.STATES,
    *(str(state).replace("_", " ") for state in DeliveryState),
    *get_args(ledger.Kind),
    *(f"engine {condition}" for condition in Condition),
}
"""Texts that come from tables."""


def said() -> set[str]:
    texts = set(NAMED)
    for page in (CONSOLE / "templates").glob("*.html"):
        texts |= {found[1] for found in SAID.findall(page.read_text("utf-8"))}
    for module in (account, admin, tasks):
        source = Path(module.__file__ or "").read_text("utf-8")
        texts |= set(re.findall(r'(?:again|_page)\([^"]*"([A-Z][^"]+\.)"', source))
        texts |= set(re.findall(r'Moment\([^"]*"([A-Z][^"]+)"', source))
    rules = {
        text
        for module in (account, credentials)
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and " " in text
    }
    return texts | rules | set(account.WEAK.values())


def test_every_text_has_its_chinese() -> None:
    assert said() - translations().keys() == set()


def test_no_chinese_is_left_over() -> None:
    assert translations().keys() - said() == set()


def test_the_places_of_values_agree() -> None:
    for english, chinese in translations().items():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), english
