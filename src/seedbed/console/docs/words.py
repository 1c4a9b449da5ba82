"""The words of the manual's facts in the reader's language, and how it writes quantities."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from seedbed.console.visitor import Language

Say = Callable[..., str]
"""Says an English text of a table, with values in it, in a language."""

_UNITS = {"en": ("days", "h", "min", "s"), "zh": ("天", "小时", "分钟", "秒")}
_SECONDS = (86_400, 3_600, 60, 1)
_WHOLE_DAYS = 2 * 86_400
"""From here on, time is counted in days: until then 24 hours are said as such."""


@cache
def translations() -> dict[str, str]:
    """Give the Chinese of every text that comes from a table, by its English."""
    text = files("seedbed.console.docs").joinpath("zh.toml").read_text("utf-8")
    return {str(key): str(value) for key, value in tomllib.loads(text).items()}


def speaker(language: Language) -> Say:
    """Give what says texts of tables in a language."""
    words = translations() if language == "zh" else {}

    def say(text: str, **values: object) -> str:
        said = words.get(text, text)
        return said.format(**values) if values else said

    return say


def duration(seconds: float, language: Language) -> str:
    """Write a time in its two largest units: `8 h 20 min`, `30 天`."""
    if seconds < 1 or (seconds % 1 and seconds < 60):
        return f"{seconds:g}\N{NO-BREAK SPACE}{_UNITS[language][-1]}"
    parts, rest = [], round(seconds)
    for size, unit in zip(_SECONDS, _UNITS[language], strict=True):
        if size == _SECONDS[0] and rest < _WHOLE_DAYS:
            continue
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}\N{NO-BREAK SPACE}{unit}")
    return " ".join(parts[:2])


def mebibytes(count: int) -> str:
    """Write a number of bytes: `64 MiB`, or the bytes when they are no whole ones."""
    return (
        f"{count / 2**20:g}\N{NO-BREAK SPACE}MiB"
        if count % 2**18 == 0
        else f"{count:,}\N{NO-BREAK SPACE}B"
    )
