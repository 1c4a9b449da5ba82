"""Markdown to HTML: headings with anchors, tables and code in boxes that scroll, code in tabs.

A heading may name its anchor, `## Verify the signature (#verify)`, which is the same in every
language, and so may a cell of a table. A table whose first column is named `Field (.stacked)` has
its rows stacked on a phone. Code whose fence has a title after its language becomes a
tab when another follows it. No raw HTML passes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from seedbed.console.docs.words import Say

_ANCHOR = re.compile(r"\s+\(#([\w.-]+)\)$")
_CLASS = re.compile(r"\s+\(\.([\w-]+)\)$")
_ANCHORED = ("heading_open", "td_open")
_BREAKS = re.compile(r"(?<=[./])(?=[a-z{])")
_FENCE = "fence"
_SHORT = 36
"""Code of up to so many characters is not broken at the end of a line."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading that a page's table of contents names."""

    anchor: str
    title: str
    inner: bool
    """Whether it is part of the one before."""


@dataclass(frozen=True, slots=True)
class Text:
    """A page as HTML."""

    head: str
    """The first heading and the paragraph after it."""
    body: str
    sections: Sequence[Section]


def render(source: str, say: Say) -> Text:
    """Make a page from its Markdown, which begins with its title and what it is about."""
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")
    markdown.core.ruler.after("block", "anchors", lambda state: _anchor(state.tokens))
    markdown.core.ruler.after("block", "classes", lambda state: _classify(state.tokens))
    env = {"say": say}
    tokens = markdown.parse(source, env)
    split = 1 + [token.type for token in tokens].index("paragraph_close")
    body = _in_tabs(tokens[split:])
    return Text(
        head=markdown.renderer.render(tokens[:split], markdown.options, env),
        body=markdown.renderer.render(body, markdown.options, env),
        sections=_sections(body),
    )


def _anchor(tokens: Sequence[Token]) -> None:
    """Give headings, and cells of tables, the anchors that they name."""
    for opened, inline in pairwise(tokens):
        named = _ANCHOR.search(inline.content) if opened.type in _ANCHORED else None
        if named is not None:
            inline.content = inline.content[: named.start()]
            opened.attrSet("id", named[1])


def _classify(tokens: Sequence[Token]) -> None:
    """Give tables the class that their first column names."""
    table = None
    for opened, inline in pairwise(tokens):
        if opened.type == "table_open":
            table = opened
        named = _CLASS.search(inline.content) if opened.type == "th_open" else None
        if named is not None and table is not None:
            inline.content = inline.content[: named.start()]
            table.attrSet("class", named[1])


def _sections(tokens: Sequence[Token]) -> list[Section]:
    return [
        Section(str(heading.attrGet("id")), inline.content.replace("`", ""), heading.tag == "h3")
        for heading, inline in pairwise(tokens)
        if heading.type == "heading_open"
    ]


def _in_tabs(tokens: Sequence[Token]) -> list[Token]:
    """Bring titled pieces of code that follow one another together."""
    grouped: list[Token] = []
    for token in tokens:
        titled = token.type == _FENCE and " " in token.info.strip()
        if titled and grouped and grouped[-1].type == "tabs":
            assert grouped[-1].children is not None
            grouped[-1].children.append(token)
        elif titled:
            grouped.append(Token("tabs", "", 0, children=[token]))
        else:
            grouped.append(token)
    return grouped


class _Renderer(RendererHTML):
    """Writes what is particular to the manual; the rest is as the library writes it."""

    def heading_open(
        self, tokens: Sequence[Token], at: int, options: object, env: MutableMapping[str, Any]
    ) -> str:
        """Open a heading that links to itself."""
        anchor = tokens[at].attrGet("id")
        if anchor is None:
            return f"<{tokens[at].tag}>"
        return f'<{tokens[at].tag} id="{escape(str(anchor))}"><a href="#{escape(str(anchor))}">'

    def heading_close(
        self, tokens: Sequence[Token], at: int, options: object, env: MutableMapping[str, Any]
    ) -> str:
        """Close a heading."""
        tag = tokens[at].tag
        return f"</{tag}>\n" if tag == "h1" else f"</a></{tag}>\n"

    def table_open(
        self, tokens: Sequence[Token], at: int, options: object, env: MutableMapping[str, Any]
    ) -> str:
        """Open a table in a box of its own, which scrolls where it is too wide."""
        named = tokens[at].attrGet("class")
        return f'<div class="scroll" tabindex="0">\n<table class="{escape(str(named or ""))}">\n'

    def table_close(
        self, tokens: Sequence[Token], at: int, options: object, env: MutableMapping[str, Any]
    ) -> str:
        """Close a table."""
        return "</table>\n</div>\n"

    def code_inline(
        self, tokens: Sequence[Token], at: int, options: object, env: MutableMapping[str, Any]
    ) -> str:
        """Write a word or two of code; a longer path may be broken after a dot or a slash."""
        text = escape(tokens[at].content)
        if len(text) <= _SHORT:
            return f'<code class="short">{text}</code>'
        return f"<code>{_BREAKS.sub('<wbr>', text)}</code>"

    def fence(
        self, tokens: Sequence[Token], at: int, options: object, env: MutableMapping[str, Any]
    ) -> str:
        """Write code that can be copied."""
        return _sheet(tokens[at], env)

    def tabs(
        self, tokens: Sequence[Token], at: int, options: object, env: MutableMapping[str, Any]
    ) -> str:
        """Write pieces of code of which one is shown at a time."""
        group = _next_id(env)
        pieces = tokens[at].children or []
        if len(pieces) == 1:
            return _sheet(pieces[0], env)
        tabs = [_tab(piece, group, number, env) for number, piece in enumerate(pieces)]
        label = escape(env["say"]("Languages"))
        return f'<div class="tabbed" role="group" aria-label="{label}">\n{"".join(tabs)}</div>\n'


def _tab(piece: Token, group: str, number: int, env: MutableMapping[str, Any]) -> str:
    title = escape(piece.info.strip().partition(" ")[2])
    chosen = " checked" if number == 0 else ""
    name = f"{group}-{number}"
    return (
        f'<input type="radio" name="{group}" id="{name}"{chosen}>'
        f'<label for="{name}">{title}</label>\n{_sheet(piece, env)}'
    )


def _sheet(piece: Token, env: MutableMapping[str, Any]) -> str:
    say: Say = env["say"]
    name, language = _next_id(env), escape(piece.info.strip().partition(" ")[0] or "text")
    return (
        f'<div class="sheet"><pre id="{name}" tabindex="0">'
        f'<code class="language-{language}">{escape(piece.content)}</code></pre>'
        f'<button type="button" class="copy" data-copy="#{name}">{escape(say("Copy"))}</button>'
        f'<span role="status" class="said" data-said="{escape(say("Copied"))}"></span></div>\n'
    )


def _next_id(env: MutableMapping[str, Any] | Mapping[str, Any]) -> str:
    assert isinstance(env, MutableMapping)
    env["count"] = env.get("count", 0) + 1
    return f"code-{env['count']}"
