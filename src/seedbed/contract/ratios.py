"""Aspect ratios as people say them in a prompt: `16:9`, `portrait format`, `竖版海报`."""

from __future__ import annotations

import re

RATIOS = ("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "21:9")
"""The ratios that every preset has a size for."""

_NUMBERS = re.compile(r"(?<![\d:：.])(\d{1,2})\s?[:：]\s?(\d{1,2})(?![\d:：])")
_CLOCK = re.compile(r"\b(?:at|by|until|till|from|around|before|after)\s*$|[点时在]\s*$", re.IGNORECASE)
_SCORE = re.compile(r"^\s*(?:am\b|pm\b|a\.m|p\.m|o'clock|win\b|loss\b|victory\b|draw\b)", re.IGNORECASE)

# A word of shape counts only where it speaks of the picture's format: "portrait of a woman" and
# "a mountain landscape" are subjects.
_FORMAT = r"(?:\s|-)?(?:format|orientation|mode|layout|aspect|ratio|version|composition|picture|image|photo|poster|wallpaper|screen|banner|cover|shot)"
_WORDS: tuple[tuple[str, str], ...] = (
    ("21:9", r"\bultra-?wide\b|\bpanoram(?:a|ic)\b|\bcinemascope\b|超宽|全景"),
    (
        "9:16",
        r"\b(?:phone|mobile|smartphone|iphone|lock ?screen)\b.{0,12}\b(?:wallpaper|background|screen)\b"
        r"|\b(?:vertical|portrait) (?:video|story|stories|reel)\b|手机壁纸|手机屏|锁屏|竖屏",
    ),
    (
        "16:9",
        r"\b(?:desktop|computer)\b.{0,12}\b(?:wallpaper|background)\b|\bwidescreen\b|\bbanner\b"
        r"|\bthumbnail\b|桌面壁纸|电脑壁纸|宽屏|横幅|横屏",
    ),
    (
        "3:4",
        rf"\bportrait{_FORMAT}\b|\bvertical{_FORMAT}\b|\b(?:in|as a) portrait$|\bvertical$|\bupright{_FORMAT}\b"
        r"|\bposter\b|\bbook cover\b|竖版|竖构图|竖图|竖幅|纵向|海报|封面",
    ),
    (
        "4:3",
        rf"\blandscape{_FORMAT}\b|\bhorizontal{_FORMAT}\b|\bhorizontal$|横版|横构图|横图|横向",
    ),
    ("1:1", rf"\bsquare{_FORMAT}\b|\bavatar\b|\bapp icon\b|\bprofile picture\b|方形|正方形|方图|头像"),
)
_COMPILED = tuple((ratio, re.compile(pattern, re.IGNORECASE)) for ratio, pattern in _WORDS)


def ratio_from_prompt(prompt: str) -> str | None:
    """Read the aspect ratio that a prompt asks for, one of `RATIOS`, or None.

    Numbers win over words, and a stated format ("landscape poster") over what kind of thing is
    made; a clock time or a score is no ratio.
    """
    return _from_numbers(prompt) or _from_words(prompt)


def _from_numbers(prompt: str) -> str | None:
    for found in _NUMBERS.finditer(prompt):
        ratio = f"{int(found[1])}:{int(found[2])}"
        before, after = prompt[: found.start()][-12:], prompt[found.end() :]
        spoken_of_time = _CLOCK.search(before) or _SCORE.match(after) or found[2].startswith("0")
        if ratio in RATIOS and not spoken_of_time:
            return ratio
    return None


def _from_words(prompt: str) -> str | None:
    named = [ratio for ratio, pattern in _COMPILED if pattern.search(prompt)]
    # "横版海报": the poster alone would stand, the stated format lays it down.
    if "3:4" in named and "4:3" in named:
        return "4:3"
    return named[0] if named else None
