"""How many separate pictures a prompt asks for: `a 4-panel story`, `三张图`, `through the seasons`.

A prompt counts what is in its picture first, so a number says something only where it counts
pictures that are asked for: not in "three cats", "a wall with four paintings" or "六扇门".
"""

from __future__ import annotations

import re
import unicodedata

from seedbed.contract.prose import plain_words

MAX_PICTURES = 15

_NUMERALS = {
    "one": 1, "single": 1, "two": 2, "couple": 2, "pair": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "dozen": 12, "half a dozen": 6,
    "一": 1, "单": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
    "九": 9, "十": 10, "十一": 11, "十二": 12, "十三": 13, "十四": 14, "十五": 15,
}  # fmt: skip


def pictures_asked(prompt: str) -> int | None:
    """Read the number of pictures that a prompt asks for, 1 to 15; None when it says nothing."""
    text = plain_words(unicodedata.normalize("NFKC", prompt).lower())
    bare = plain_words(_QUOTED.sub(" ", text))
    if _ONE.search(bare):
        return 1
    for count in (_counted(bare), _numbered(text), _each(bare), _listed(bare)):
        if count:
            return min(count, MAX_PICTURES)
    return None


_QUOTED = re.compile(r"“[^”]{0,200}”|「[^」]{0,200}」|『[^』]{0,200}』|\"[^\"]{0,200}\"")

# Counts of pictures.

_NUMBER = (
    r"(?P<number>half a dozen|dozen|fifteen|fourteen|thirteen|twelve|eleven|ten|nine|eight|seven"
    r"|six|five|four|three|two|one|single|couple|pair|(?<![\d.:/])\d{1,2}(?![\d.:/]))"
)
_PICTURE = (
    r"(?:pictures?|images?|pics|photos?|photographs?|illustrations?|drawings?|paintings?|artworks?"
    r"|sketches|renders?|renderings?|posters?|wallpapers?|variations?|variants|versions)"
)
_PIECE = (
    r"(?:panels?|frames?|scenes?|shots?|pages?|slides?|cards?|stickers?|icons?|logos?|postcards?"
    r"|avatars?|book covers?|covers?|steps?|stages?|chapters?)"
)
"""What is a picture of its own where it is told to be: a door has panels too."""
_TALE = (
    r"(?:comics?|manga|webtoons?|story|stories|strips?|storyboards?|series|sequences?|sets?|tales?"
    r"|narratives?|adventures?|tutorials?|cartoons?|instructions|guides?|picture books?|groups?)"
)
_BETWEEN = (
    r"(?:(?!bit\b|tone\b|color\b|colour\b|year\b|story\b|storey\b|dimensional\b|point\b|of\b|in\b"
    r"|on\b|with\b|and\b|at\b|to\b|who\b|for\b|from\b|by\b|are\b|playing\b|solar\b|the\b)"
    r"[a-z][a-z']*(?:-[a-z']+)*\s){0,3}?"
)
_PLEASE = (
    r"(?:(?:please|kindly|can you|could you|would you|i want(?: you to)?|i need"
    r"|i'd like(?: you to)?|i would like(?: you to)?|help me|let's|now)[\s,]+){0,3}"
    r"(?:(?:draw|make|create|generate|produce|paint|design|illustrate|render|give|show|send|do|get"
    r"|output|return)\s+(?:(?:me|us|out|up)\s+)?)?"
)
_HEAD = rf"(?:^|[.;!?:\n。！？；：,，]\s*){_PLEASE}(?:a |an |the |exactly |just |only )?"
_COUNTED = tuple(
    re.compile(pattern)
    for pattern in (
        # a 4-panel story, a three-picture series, four-panel comic
        rf"\b{_NUMBER}[\s-]+(?:part|{_PICTURE}|{_PIECE})[\s-]+{_BETWEEN}{_TALE}\b",
        # a set of 6 icons, a series of four watercolour illustrations
        rf"\b(?:set|series|sequence|collection|group|batch|suite)s? of {_NUMBER}\s+(?:of\s+)?"
        rf"{_BETWEEN}(?:{_PICTURE}|{_PIECE})\b(?! in (?:a|one) )",
        # a story in 4 panels, told in six pictures
        r"(?<!covered )(?<!wrapped )(?<!dressed )(?<!decorated )"
        rf"\b(?:in|across|over|through|as|into) {_NUMBER}\s+{_BETWEEN}"
        rf"(?:{_PICTURE}|panels|frames|scenes|pages|slides|steps|stages|chapters|parts)\b"
        r"(?! on\b)(?! away\b)",
        # a comic with four panels
        rf"\b{_TALE}\s+(?:with|of|has|having)\s+{_NUMBER}\s+{_BETWEEN}"
        rf"(?:{_PICTURE}|{_PIECE}|parts)\b",
        # 3 pictures of a cat; generate four different watercolour images
        rf"{_HEAD}{_NUMBER}\s+(?:of\s+)?{_BETWEEN}{_PICTURE}\b"
        r"(?!\s+(?:for each|for every|per|on|hang\w*|lying|stand\w*|pinned|in a frame"
        r"|frames?|stuck|scattered|above|leaning|next|side|albums?|galler\w+))",
        # draw six stickers
        rf"(?:^|[.;!?:\n,]\s*)(?=\w+ ){_PLEASE.rstrip('?')}"
        rf"{_NUMBER}\s+(?:different\s+|separate\s+)?{_BETWEEN}(?:stickers|icons|logos|postcards"
        r"|avatars|covers|scenes|panels|pages)\b(?! on\b)",
    )
)

_ZH_NUMBER = r"(?P<number>十[一二三四五]?|[一二两三四五六七八九]|(?<![\d.:])\d{1,2})"
_ZH_PICTURE = (
    r"(?:图片|图像|图|照片|画作|画|插画|插图|海报|壁纸|漫画|作品|表情包|表情|贴纸|明信片|头像|写真"
    r"|卡片|贺卡|绘本|分镜|效果图|场景图|封面|摄影)"
)
_ZH_ASKING = (
    r"(?:画|绘制|生成|来|出|做|制作|设计|创作|给我|帮我|要|想要|需要|输出|共|总共|一共|一组|一套|一系列"
    r"|系列|组图|分成|分为|分|连续|连贯|为|用|以|成|拆成|讲述)"
)
_CHINESE = tuple(
    re.compile(pattern)
    for pattern in (
        # 四格漫画, 六宫格故事, 三连画, 四联画, 8页绘本
        rf"(?<!第)(?<!十){_ZH_NUMBER}(?:格|连|联|页|幕|段式|图)(?:的)?(?:[^\s,，。]{{0,4}}?)"
        r"(?:漫画|故事|连环画|绘本|分镜|组图|小剧场|画)",
        # 三张图, 四幅水彩插画 at the head of a clause or after a word of asking
        rf"(?:^|[，,。；;：:!！\s]|{_ZH_ASKING})\s*(?:我|一下|出|一组|一套)?\s*(?<!第){_ZH_NUMBER}\s?"
        rf"(?:张|幅|副|款|页|套|组|个|枚)(?:不同|连续|连贯|独立|风格|的|关于|系列|[^\s,，。；;张幅在挂放]{{0,14}}?)"
        rf"{_ZH_PICTURE}(?!框|纸|上|里|中|册|墙|挂|贴在|放|架)",
        # 一组五张, 共四幅, 生成三张, 画4张
        rf"{_ZH_ASKING}\s?(?<!第){_ZH_NUMBER}\s?(?:张|幅)(?!桌|椅|床|脸|纸|嘴|弓|网|票|牌|沙发|书桌|茶几|毯|地图"
        r"|扑克|卡|餐桌|皮|凳|饼|照片墙|小|大|木|圆|方|长)",
        # 四张一组, 五幅连续
        rf"(?<!第){_ZH_NUMBER}\s?(?:张|幅)(?:一组|一套|连续|连贯|组图|系列)",
        # 分镜：六个, 六个分镜, 分四个场景
        rf"(?<!第){_ZH_NUMBER}\s?个(?:分镜|画面|镜头|场景图)",
        rf"(?:分为|分成|分|共)\s?{_ZH_NUMBER}\s?(?:个|格)?(?:场景|部分|步骤|步|幕|格)",
    )
)
_SHOWN = re.compile(
    r"(?:挂|贴|摆|放|拿|捧|举|抱|看|拍|盯|画廊|墙|有|里|着|了|上)[^，,。；;]{0,4}?$"
)
"""Chinese words before a count of pictures that are themselves in the picture."""
_SUBJECT_ONE = r"(?:image|picture|illustration|photo|poster|painting|drawing)"
_ONE = re.compile(
    rf"\b(?:as|in|into|within|on) (?:a single|one|the same|just one) {_SUBJECT_ONE}\b"
    rf"|\b(?:a single|just one|only one|one single) {_SUBJECT_ONE}\b"
    r"|(?:生成|画|做|来|出|给我)一(?:张|幅)四格|(?:在|放在)(?:同)?一(?:张|幅)(?:图|画)|只要一张|只画一张|单张"
)


def _counted(text: str) -> int | None:
    for pattern in _COUNTED:
        found = pattern.search(text)
        if found:
            return _value(found["number"])
    for pattern in _CHINESE:
        for found in pattern.finditer(text):
            if not _SHOWN.search(text[: found.start("number")][-6:]):
                return _value(found["number"])
    return None


def _value(number: str) -> int:
    return int(number) if number.isdigit() else _NUMERALS[number]


# Panels that the prompt numbers itself.

_MARK = re.compile(
    r"(?:\b(?:panel|picture|image|scene|frame|page|photo|shot|step|part|chapter|pic|card|slide)"
    r"\s?\#?(?P<word>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)\s?(?:[:.,)\-–—]|is\b|shows?\b)"
    r"|第(?P<zh>十[一二三四五]?|[一二三四五六七八九]|\d{1,2})(?:格|张|幅|幕|图|页|个画面|个场景|步|集|章|个)"
    r"|(?:图|画面|场景|分镜|镜头|步骤)(?P<shot>[一二三四五六七八九十]|\d{1,2})\s?[:,、.]"
    r"|(?:^|[\s,;:。；，(])\(?(?P<bare>\d{1,2})(?:[):、]|\.(?=\s|[^\d\s]))(?!\d))"
)


def _numbered(text: str) -> int | None:
    """Count the panels 1, 2, 3… that a prompt describes one by one."""
    count = 0
    for found in _MARK.finditer(text):
        if _value(found["word"] or found["zh"] or found["shot"] or found["bare"]) == count + 1:
            count += 1
    return count if count > 1 else None


# One for each of something.

_EACH = (
    (
        re.compile(
            r"\b(?:through|throughout|across|in|over|during|for|of) (?:all )?(?:the )?(?:four |4 )?"
            r"seasons\b(?! hotel)"
            r"|\b(?:for|in|per) (?:each|every)(?: of the (?:four )?| )?seasons?\b"
            r"|\b(?:each|every) season\b|\bone per season\b"
            r"|(?:每个|各个|不同)季节|的四季(?!度|豆|酒店|如春|常青)|四季(?:变化|更替|变换|轮回|组图|系列|之美)"
            r"|(?:经历|走过|穿越|历经)(?:了)?四季"
        ),
        4,
    ),
    (re.compile(r"\b(?:for )?(?:each|every) day of the week\b|周一到周日|星期一到星期日"), 7),
    (re.compile(r"\b(?:each|every) month(?: of the year)?\b|十二个月|每个月份?一(?:张|幅)"), 12),
)


def _each(text: str) -> int | None:
    return next((count for pattern, count in _EACH if pattern.search(text)), None)


# Lists of seasons and of times of a day.

_AND = r"(?:\s*(?:,|、|->|→|/|and|then|to|&|和|与|及|到)\s*)*"
_HOURS = (
    r"early morning|morning|dawn|sunrise|清晨|早晨|早上|黎明|日出|上午|早",
    r"late afternoon|afternoon|noon|midday|daytime|day|中午|正午|午后|下午|白天|中|午",
    r"evening|golden hour|dusk|sunset|twilight|黄昏|傍晚|日落",
    r"midnight|night|晚上|夜晚|深夜|夜里|夜|晚",
)
_TIMES = rf"(?:{'|'.join(_HOURS)})"
_SEASONS = r"(?:spring|summer|autumn|fall|winter|春天|夏天|秋天|冬天|春|夏|秋|冬)"
_LISTS = (
    re.compile(rf"{_SEASONS}(?:{_AND}(?:in )?{_SEASONS}){{2,}}"),
    re.compile(rf"(?<![a-z]){_TIMES}(?:{_AND}(?:at )?{_TIMES}){{2,}}(?![a-z])"),
)
_ITEMS = re.compile(rf"{_SEASONS}|{_TIMES}")
_HOUR = tuple(re.compile(words) for words in _HOURS)


def _listed(text: str) -> int | None:
    """Count seasons or times of a day that follow one another; three words for dusk are one."""
    for pattern in _LISTS:
        for found in pattern.finditer(text):
            items = dict.fromkeys(_ITEMS.findall(found[0]))
            if len({_hour(item) for item in items}) > 2:
                return len(items)
    return None


def _hour(item: str) -> int | str:
    return next((at for at, words in enumerate(_HOUR) if words.fullmatch(item)), item)
