"""Aspect ratios as people say them in a prompt: `16:9`, `portrait format`, `竖版海报`.

Words are read with care, for a prompt speaks of its subject first: in "portrait of a woman",
"a mountain landscape", "a girl holding a banner" and "a train leaving at 9:16" nothing is said
about the shape of the picture.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Literal

from seedbed.contract.prose import plain_words

Shape = Literal["tall", "wide", "square"]

RATIOS = ("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "21:9")
"""The ratios that every preset has a size for."""

_PLAIN: dict[Shape, str] = {"tall": "3:4", "wide": "4:3", "square": "1:1"}
"""The ratio of a shape that nothing more is said about."""


def ratio_from_prompt(prompt: str) -> str | None:
    """Read the aspect ratio that a prompt asks for, one of `RATIOS`, or None.

    A ratio named as such (`--ar 5:4`, `aspect ratio 3:2`) wins and goes to the nearest of
    `RATIOS`; then bare numbers that are one of them, then words.
    """
    # Compatibility forms fold into plain ones, so that １６：９ reads as 16:9.
    text = plain_words(unicodedata.normalize("NFKC", prompt))
    return _from_named(text) or _from_numbers(text) or _from_words(text)


def nearest_ratio(width: float, height: float) -> str:
    """Name the ratio of `RATIOS` nearest to a width and a height, the first on ties."""
    asked = math.log(width / height)
    return min(RATIOS, key=lambda ratio: abs(math.log(_value(ratio)) - asked))


def _value(ratio: str) -> float:
    width, height = ratio.split(":")
    return int(width) / int(height)


# Numbers.

_NUMBER = r"(\d{1,4}(?:\.\d{1,3})?)"
_NAMED = re.compile(
    r"(?:--(?:ar|aspect)|\baspect(?:[ -]ratio)?|宽高比|长宽比|画面比例|画幅(?:比例)?)"
    rf"\s*(?:is|of|为|是|[:=])?\s*{_NUMBER}\s*(?:[:x×/]|by|to|比)\s*{_NUMBER}",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?<![\d:])(?<!\d\.)(\d{1,2})(?:[:比]|\s[:比]\s)(\d{1,2})(?![\d:]|\.\d)")
# Only what can hardly be a grid ("3x2 tiles") is a ratio in this form.
_CROSSED = re.compile(r"(?<![\d.])(?:(16|21)\s?(?:[x×]|by)\s?(9)|(9)\s?(?:[x×]|by)\s?(16))(?!\d)")

_NAMED_AFTER = re.compile(
    r"\s*(?:aspect|ratio|format|vertical|portrait|比例|画幅|构图|画面)", re.IGNORECASE
)
_CLOCK_BEFORE = re.compile(
    r"\b(?:at|by|until|till|from|around|before|after|since|clock|watch|time|alarm)\b[^,.;\n]{0,16}$"
    r"|[点时间午晨晚早上钟表]\s*$",
    re.IGNORECASE,
)
_CLOCK_AFTER = re.compile(r"\s*(?:[ap]\.?m\b|o'?clock)", re.IGNORECASE)
_NO_SHAPE_BEFORE = re.compile(
    r"\b(?:scor(?:e|es|ed|ing|eboard)|w[io]n|wins|winning|beat|beats|beating|lost|losing|leads?|led"
    r"|leading|tied|defeat(?:s|ed|ing)?|scale(?: of)?)\b[^,.;\n]{0,24}$"
    r"|(?:比分|记分牌|战胜|击败|赢|输|领先|落后)[^,.;。\n]{0,8}$",
    re.IGNORECASE,
)
_NO_SHAPE_AFTER = re.compile(
    r"[\s-]*(?:wins?|won|victory|loss|lost|defeat|lead|tie|score(?:line)?|goals?|scale|replica"
    r"|draw(?!\s+(?:an?|me|the|some|two|three)\b))\b"
    r"|\s*(?:大胜|获胜|战胜|击败|胜|负|领先|落后|战平|逆转)",
    re.IGNORECASE,
)


def _from_named(text: str) -> str | None:
    for found in _NAMED.finditer(text):
        width, height = float(found[1]), float(found[2])
        if width > 0 and height > 0:
            return nearest_ratio(width, height)
    return None


def _from_numbers(text: str) -> str | None:
    for found in _NUMBERS.finditer(text):
        ratio = f"{found[1]}:{found[2]}"
        if ratio in RATIOS and _speaks_of_shape(ratio, text, *found.span()):
            return ratio
    crossed = _CROSSED.search(text)
    return ":".join(filter(None, crossed.groups())) if crossed else None


def _speaks_of_shape(ratio: str, text: str, start: int, end: int) -> bool:
    """Tell a ratio from a score, a scale and a time of day."""
    before, after = text[max(0, start - 40) : start], text[end : end + 24]
    if _NAMED_AFTER.match(after):
        return True
    if _NO_SHAPE_BEFORE.search(before) or _NO_SHAPE_AFTER.match(after):
        return False
    # A clock shows two digits of minutes, so among the ratios only this one can be a time.
    could_be_time = ratio == "9:16"
    return not (could_be_time and (_CLOCK_BEFORE.search(before) or _CLOCK_AFTER.match(after)))


# Words. A shape counts where it speaks of a format, or stands between commas by itself.

_START = r"(?:^|[,.;:|()\[\]\n。、!?]|\s[-–—]\s)\s*"
_END = r"(?=\s*(?:$|[,.;:|()\[\]\n。、!?]))"
_LAYOUT = r"(?:format|orient(?:ation|ed)|mode|layout|aspect|ratio|version|dimensions|poster|banner)"
_MEDIUM = (
    r"(?:picture|image|photo|shot|video|composition|framing|wallpaper|screen|crop|cover"
    r"|illustration|drawing|painting|print|story)"
)
_ZH_LAYOUT = r"的?(?:构图|画幅|画面|图|版|布局|排版|海报|封面|头像|格式|比例|视频)"

_SHAPES: dict[Shape, re.Pattern[str]] = {
    "tall": re.compile(
        rf"\bportrait[ -]{_LAYOUT}\b|\bin portrait{_END}|{_START}portrait{_END}"
        rf"|\b(?:vertical|upright|tall)[ -](?:{_LAYOUT}|{_MEDIUM})\b|{_START}vertical{_END}"
        rf"|竖版|竖构图|竖图|竖幅|竖屏|(?:竖向|竖式|竖着|纵向){_ZH_LAYOUT}",
        re.IGNORECASE,
    ),
    "wide": re.compile(
        rf"\blandscape[ -]{_LAYOUT}\b|\bwide[ -](?:format|image|picture|aspect|banner|poster)\b"
        rf"|\bhorizontal[ -](?:{_LAYOUT}|{_MEDIUM})\b|{_START}horizontal{_END}"
        rf"|横版|横构图|横图|横屏|(?:横向|横式){_ZH_LAYOUT}",
        re.IGNORECASE,
    ),
    "square": re.compile(
        rf"\bsquare[ -](?:{_LAYOUT}|{_MEDIUM})\b|{_START}square{_END}"
        rf"|方形{_ZH_LAYOUT}|方形{_END}|方图|方构图",
        re.IGNORECASE,
    ),
}

# The use of a picture counts where it is what shall be drawn: "a poster for a jazz night", but
# not "a girl with a poster"; in Chinese at the end of its clause, where the head noun stands.
_OBJECT = (
    r"\b(?:of|with|on|in|at|by|near|under|behind|beside|beneath|holding"
    r"|\w{1,20}ing\s+(?:an?|the|his|her|their|some))\b"
)
_DRAW_A = rf"(?:^|[,.;:|\n])(?:(?!{_OBJECT})[^,.;:|\n]){{0,60}}?(?<!four-)(?<!four )\b"
_NOT_AN_OBJECT = r"\b(?!\s+(?:bed|on|above|hanging|pinned)\b)"
_ZH_DRAW = r"(?:^|[,.;:|\n。、!?])[^,.;:|\n。、!?墙贴挂拿举撕着]{0,40}"

_USES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (ratio, re.compile(pattern, re.IGNORECASE))
    for ratio, pattern in (
        (
            "9:16",
            r"\b(?:phone|mobile|smartphone|iphone|android|lock ?screen)\b.{0,12}?"
            r"\b(?:wallpaper|background|lock ?screen)\b"
            r"|\b(?:instagram|tiktok|snapchat|facebook|vertical) (?:story|stories|reels?)\b"
            r"|手机(?:壁纸|锁屏|屏保|背景)|锁屏壁纸|竖屏",
        ),
        (
            "21:9",
            r"\bpanoram(?:a|ic)\b(?!\s+(?:windows?|roof|sunroof|balcony|restaurant|terrace)\b)"
            r"|\bultra[- ]?wide(?:screen)?\b(?![- ]*(?:angle|lens|monitor|tv|display)\b)"
            r"|\bcinemascope\b"
            r"|全景(?!天窗|玻璃|窗|落地窗|阳台|餐厅|相机)|超宽(?:屏|画幅|幅|画面|银幕|比例|构图)",
        ),
        (
            "16:9",
            r"\b(?:desktop|computer|laptop)\b.{0,12}?\b(?:wallpaper|background)\b"
            r"|(?<!ultra-)(?<!ultra )\bwide-?screen\b(?!\s+(?:tv|television|monitor|display)\b)"
            rf"|{_DRAW_A}(?:banner|thumbnail){_NOT_AN_OBJECT}"
            rf"|{_ZH_DRAW}(?:横幅|(?<=[一-鿿])banner)(?:设计|图|广告|{_END})"
            r"|桌面壁纸|电脑壁纸|宽屏(?!电视|显示器)|横屏",
        ),
        (
            "3:4",
            rf"{_DRAW_A}(?:poster|book cover|magazine cover){_NOT_AN_OBJECT}"
            rf"|{_ZH_DRAW}(?:海报|封面)(?:设计|图|{_END})",
        ),
        ("1:1", rf"{_DRAW_A}(?:app icon|profile picture)\b|{_ZH_DRAW}头像{_END}"),
    )
)


def _from_words(text: str) -> str | None:
    """Read a stated shape, made precise by a use that agrees with it, or a use alone."""
    shape = _stated_shape(text)
    uses = [ratio for ratio, pattern in _USES if pattern.search(text)]
    if shape is None:
        return uses[0] if uses else None
    return next((ratio for ratio in uses if _shape(ratio) == shape), _PLAIN[shape])


def _stated_shape(text: str) -> Shape | None:
    """Give the shape that is stated first."""
    found = [
        (match.start(), shape)
        for shape, pattern in _SHAPES.items()
        if (match := pattern.search(text))
    ]
    return min(found)[1] if found else None


def _shape(ratio: str) -> Shape:
    value = _value(ratio)
    return "square" if value == 1 else "wide" if value > 1 else "tall"
