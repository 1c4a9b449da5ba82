"""The manual's own words: what tables say has its Chinese, times are written well, Markdown."""

from __future__ import annotations

import re

import pytest

from seedbed.app import create_app
from seedbed.console.docs.facts import facts
from seedbed.console.docs.manual import HOME, PAGES, environment
from seedbed.console.docs.markdown import render
from seedbed.console.docs.words import duration, mebibytes, speaker, translations
from seedbed.console.visitor import Language
from seedbed.settings import Settings


def said(language: Language) -> set[str]:
    """Every text of a table that the pages of a language say."""
    texts = set()

    def say(text: str, **values: object) -> str:
        texts.add(text)
        return text.format(**values) if values else text

    settings = Settings()
    known = facts(settings, create_app(settings).openapi(), language, say)
    for name in (HOME, *PAGES):
        page = environment().get_template(f"{language}/{name}.md").render(known, base="http://x")
        render(page, say)
    return texts


def test_every_text_has_its_chinese_and_none_is_left_over() -> None:
    assert said("en") == said("zh") == translations().keys()


def test_the_places_of_values_agree() -> None:
    for english, chinese in translations().items():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), english
        assert re.findall(r"\]\(\S+?\)", english) == re.findall(r"\]\(\S+?\)", chinese), english


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "0 s", "0 秒"),
        (0.2, "0.2 s", "0.2 秒"),
        (5, "5 s", "5 秒"),
        (60, "1 min", "1 分钟"),
        (30_000, "8 h 20 min", "8 小时 20 分钟"),
        (86_400, "24 h", "24 小时"),
        (86_555, "24 h 2 min", "24 小时 2 分钟"),
        (30 * 86_400, "30 days", "30 天"),
    ],
)
def test_times_are_written_as_people_say_them(seconds: float, english: str, chinese: str) -> None:
    written = [duration(seconds, language).replace("\xa0", " ") for language in ("en", "zh")]
    assert written == [english, chinese]


def test_bytes_are_written_as_people_say_them() -> None:
    assert mebibytes(64 * 2**20) == "64\xa0MiB"
    assert mebibytes(1_000_000) == "1,000,000\xa0B"


def test_markdown_becomes_a_head_a_body_and_sections() -> None:
    text = render("# Title\n\nWhat.\n\n## One (#one)\n\n### Two `x` (#two)\n", speaker("en"))
    assert text.head == "<h1>Title</h1>\n<p>What.</p>\n"
    assert text.body.startswith('<h2 id="one"><a href="#one">One</a></h2>\n')
    assert [(one.anchor, one.title, one.inner) for one in text.sections] == [
        ("one", "One", False),
        ("two", "Two x", True),
    ]


def test_no_markup_passes() -> None:
    hostile = "# A\n\nB\n\n<script>x</script> [a](javascript:alert(1)) `<b>`\n\n```sh <i>\n<u>\n```"
    text = render(hostile, speaker("en"))
    assert not re.search(r"<(script|b|i|u)>", text.body)
    assert "href=" not in text.body


def test_code_with_titles_becomes_tabs() -> None:
    page = "# A\n\nB\n\n```sh One\n1\n```\n\n```sh Two\n2\n```\n\n```sh\n3\n```\n"
    body = render(page, speaker("en")).body
    assert re.findall(r"<label [^>]+>(\w+)<", body) == ["One", "Two"]
    assert body.count(" checked") == 1
    assert body.count('class="copy"') == 3
