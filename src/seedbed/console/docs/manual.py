"""The manual: its pages in their order, each written from its Markdown and the facts."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from seedbed.console.docs.facts import facts
from seedbed.console.docs.markdown import Section, render
from seedbed.console.docs.words import speaker
from seedbed.console.visitor import Language
from seedbed.settings import Settings

HOME = "home"
PAGES = (
    "quick-start",
    "endpoints",
    "tasks",
    "models",
    "pictures",
    "streaming",
    "callbacks",
    "errors",
    "limits",
    "dialects",
    "moving",
)
"""The pages after the first, in the order in which they are read."""
BASE = "http://seedbed.invalid"
"""Stands in a page for the address of the server until it is shown to somebody."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page as the others link to it."""

    name: str
    title: str

    @property
    def path(self) -> str:
        """Where the page is."""
        return "/docs" if self.name == HOME else f"/docs/{self.name}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is shown."""

    name: str
    title: str
    head: Markup
    """Its title and what it is about."""
    body: Markup
    sections: Sequence[Section]
    before: Entry | None
    after: Entry | None


class Manual:
    """All pages for one server, each written once in each language."""

    def __init__(self, settings: Settings, document: Mapping[str, Any]) -> None:
        self._settings = settings
        self._document = document
        self._written: dict[tuple[str, Language], Page] = {}

    def page(self, name: str, language: Language, base_url: str) -> Page:
        """Give a page, with the address that its reader knows the server by."""
        key = name, language
        if key not in self._written:
            self._written[key] = self._write(name, language)
        page = self._written[key]
        base = html.escape(base_url)
        return replace(page, body=Markup(page.body.replace(BASE, base)))  # noqa: S704

    def titles(self, language: Language) -> Sequence[Entry]:
        """List all pages."""
        return _entries(language)

    def source(self, name: str, language: Language) -> str:
        """Give a page as Markdown, its facts filled in."""
        known = facts(self._settings, self._document, language)
        template = environment().get_template(f"{language}/{name}.md")
        return template.render(known, base=BASE)

    def _write(self, name: str, language: Language) -> Page:
        text = render(self.source(name, language), speaker(language))
        entries = _entries(language)
        at = [entry.name for entry in entries].index(name)
        return Page(
            name=name,
            title=entries[at].title,
            head=Markup(text.head),  # noqa: S704  (what the renderer made has no raw HTML)
            body=Markup(text.body),  # noqa: S704
            sections=text.sections,
            before=entries[at - 1] if at else None,
            after=entries[at + 1] if at + 1 < len(entries) else None,
        )


@cache
def _entries(language: Language) -> Sequence[Entry]:
    folder = files("seedbed.console.docs").joinpath(language)
    names = (HOME, *PAGES)
    texts = {name: folder.joinpath(f"{name}.md").read_text("utf-8") for name in names}
    return [Entry(name, text.partition("\n")[0].removeprefix("# ")) for name, text in texts.items()]


@cache
def environment() -> Environment:
    """Give what fills facts into Markdown."""
    return Environment(
        loader=PackageLoader("seedbed.console", "docs"),
        autoescape=False,  # noqa: S701  (it makes Markdown; its renderer escapes)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
