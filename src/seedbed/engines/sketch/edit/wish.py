"""What an instruction asks to be done to a photo: words in, steps out.

    read_wish("make it night and add a hat on the cat").steps
    # (Atmosphere(time="night"), Add(subject=hat, onto="subject"))

An instruction is read clause by clause: the first pattern that fits a clause makes its step, and
what it names (a colour, a place, a thing) is read by the same lexicon as any prompt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal, TypeAlias, cast

from seedbed.engines.sketch.scene import COLOURS, SceneDescription, Subject
from seedbed.engines.sketch.understand import MAX_LETTERS, describe, understand
from seedbed.engines.sketch.words import quoted

Rect = tuple[float, float, float, float]
"""Left, top, right and bottom, as fractions of the photo."""
Onto = Literal["subject", "head", "sky", "ground", "beside", "rect"]
Grade = Literal[
    "warmer", "cooler", "brighter", "darker", "contrast", "soft", "vivid", "muted", "monochrome",
    "sepia", "vintage", "sharp", "blur", "invert", "dramatic", "dreamy",
]  # fmt: skip
Cut = Literal["crop", "zoom", "extend", "mirror", "flip", "left", "right", "half"]


@dataclass(frozen=True, slots=True)
class Backdrop:
    """Change what is behind the subject: nothing there, blurred, a colour or a scene."""

    kind: Literal["none", "blur", "colour", "scene"]
    colour: str | None = None
    scene: SceneDescription | None = None


@dataclass(frozen=True, slots=True)
class Restyle:
    """Draw the photo in a style."""

    style: str


@dataclass(frozen=True, slots=True)
class Atmosphere:
    """Change the time of day, the weather, the season or the light."""

    time: str | None = None
    weather: str | None = None
    season: str | None = None
    light: str | None = None


@dataclass(frozen=True, slots=True)
class Tone:
    """Change the colours of all of the photo."""

    grade: Grade


@dataclass(frozen=True, slots=True)
class Recolour:
    """Give one thing another colour."""

    target: str
    """`subject`, `sky`, `background` or `all`."""
    colour: str
    was: str | None = None
    """The colour that it has now, when the instruction says so."""


@dataclass(frozen=True, slots=True)
class Add:
    """Draw something into the photo."""

    subject: Subject
    onto: Onto
    instead: bool = False
    """Whether it takes the place of the photo's subject."""


@dataclass(frozen=True, slots=True)
class Remove:
    """Take something out, and fill what it leaves."""

    what: str


@dataclass(frozen=True, slots=True)
class Words:
    """Write words into the photo."""

    texts: tuple[str, ...]
    where: Literal["top", "middle", "bottom"]


@dataclass(frozen=True, slots=True)
class Frame:
    """Cut, widen or turn the photo."""

    cut: Cut


Step: TypeAlias = Backdrop | Restyle | Atmosphere | Tone | Recolour | Add | Remove | Words | Frame
LOCAL = (Recolour, Add, Remove, Words)
"""Steps that leave alone every pixel that they are not about."""


@dataclass(frozen=True, slots=True)
class Wish:
    """All that was understood of an instruction."""

    steps: tuple[Step, ...] = ()
    rect: Rect | None = None
    """The part of the photo that it is about, by a `<bbox>` or `<point>` in it."""
    mood: str | None = None
    unknown: tuple[str, ...] = ()
    scene: SceneDescription = field(default_factory=SceneDescription)
    """What the words say as a picture of their own."""

    @property
    def is_local(self) -> bool:
        """Whether most of the photo is to stay as it is."""
        return bool(self.steps) and all(isinstance(step, LOCAL) for step in self.steps)


_BOX = re.compile(r"<bbox>\s*(\d{1,4})[\s,]+(\d{1,4})[\s,]+(\d{1,4})[\s,]+(\d{1,4})\s*</bbox>")
_POINT = re.compile(r"<point>\s*(\d{1,4})[\s,]+(\d{1,4})\s*</point>")
LONGEST_CLAUSE = 400
MOST_CLAUSES = 24
LEAST_MARK = 0.01
"""Share of a photo that a mark is wide and high at least."""
AROUND_POINT = 0.12
"""How far what a point marks reaches, as a share of the photo."""

_CLAUSE = re.compile(
    r"[,.;!?\n，。；！？、]+|\b(?:and then|and also|then|and)\b(?!\s+white\b)"
    r"|(?:并且|然后|同时|而且|并|再)"
)
_BACKGROUND = r"(?:back\s?ground|backdrop|背景|底色|backgound)"
_NO_BACKGROUND = re.compile(
    rf"(?:remove|delete|erase|drop|cut|clear|get rid of|without|no)\b.{{0,20}}{_BACKGROUND}"
    rf"|{_BACKGROUND}\s*(?:removed|removal|gone|透明|去掉|去除)|transparent|cut ?out|isolate"
    r"|抠图|抠出|去(?:除|掉)?(?:图片的?|照片的?)?背景|删除背景|移除背景|透明"
)
_BLURRED = re.compile(
    rf"blur\w*\b.{{0,20}}{_BACKGROUND}|{_BACKGROUND}.{{0,12}}(?:blur|out of focus|模糊|虚化)|bokeh"
    r"|shallow depth|虚化|模糊背景|景深"
)
_BEHIND = re.compile(
    rf"{_BACKGROUND}\s*(?:is|be|as|to be|to|with|into|of|by|for|:|becomes?|改成|改为|换成|换为|变成"
    rf"|变为|替换成|替换为|设为|是|为|用)*\s*(?:a|an|the|some)?\s*(?P<what>.+)"
)
_BEFORE = re.compile(rf"(?P<what>.+?)(?:的)?\s*{_BACKGROUND}")
_PLAIN = re.compile(r"\b(?:plain|solid|pure|simple|flat|clean|uniform)\b|纯|单色|干净的")
_PUT_IN = re.compile(
    r"\b(?:put|place|move|set|take|bring|drop|show|teleport|send|is|are|stand\w*|sit\w*)\b"
    r"(?!\s+(?:an?|one|two|three|four|five|six|some|several|\d+)\b).{0,40}?"
    r"\b(?P<how>on|into|in front of|in|at|to|onto|inside|under)\b\s*(?P<what>.+)"
    r"|(?:放(?:到|在|进|入)|置于|移到|带到|搬到|站在)(?P<zh>.+)"
)
_REMOVE = re.compile(
    r"\b(?:remove|delete|erase|get rid of|take (?:away|out|off)|clean up|wipe)\b\s*(?P<what>.+)"
    r"|(?:去掉|去除|删掉|删除|移除|抹掉|抹去|擦除|擦掉|消除|去(?=水印|字|文|路?人))(?P<zh>.+)"
)
_TURN_INTO = re.compile(
    r"\b(?:change|turn|make|transform|convert|replace|swap|paint|dye|colou?r|recolou?r|tint)\b\s*"
    r"(?P<what>.+?)\s*\b(?:to be|into|to|with|as|by|for|in)\b\s*(?P<to>.+)"
    r"|把?(?P<zh>.+?)(?:的颜色)?(?:变成|变为|改成|改为|换成|换为|替换成|替换为|染成|涂成|画成|变)(?P<zhto>.+)"
)
_MAKE = re.compile(
    r"\b(?:make|turn|paint|dye|colou?r)\b\s+(?P<what>(?:the|his|her|its|their|my|this|that)\s+.+?)\s+"
    rf"(?P<to>(?:light |dark |bright )?(?:{'|'.join(COLOURS)}|gray|golden|violet))\b"
)
_ADD = re.compile(
    r"\b(?:add|put|place|draw|insert|include|give|wear\w*|with|stick|paint|let|have)\b"
    r"|加|添|放|画|戴|穿|放置|增加|插入|来(?:一|个|只)|出现"
)
_WORN = re.compile(r"\bwear\w*|\bput on\b|戴|穿")
_POSTER = re.compile(r"海报|版画")
_WORDS = re.compile(
    r"\b(?:write|text|words?|say|says|caption|title|letter\w*|type|sign|print|label)\b|写|文字|字|标题"
)
_TOP = re.compile(r"\b(?:top|above|upper|header)\b|上方|顶部|上面|顶端")
_BOTTOM = re.compile(r"\b(?:bottom|below|lower|foot|under|underneath|footer)\b|下方|底部|下面|底端")
_MIDDLE = re.compile(r"\b(?:middle|cent(?:er|re)|across)\b|中间|中央|正中")
_SKY = re.compile(r"\bsk(?:y|ies)\b|天空|天上|空中|\bair\b|\bflying\b|飞")
_HEAD = re.compile(r"\bhead\b|头上|头顶|戴|\bwear\w*|\bface\b|脸上")
_THE_SUBJECT = re.compile(
    r"\b(?:subject|person|man|woman|girl|boy|lady|guy|people|him|her|it|object|thing|animal|main)\b"
    r"|主体|人物|人|物体|动物|它|他|她"
)
_FRAMES: tuple[tuple[re.Pattern[str], Cut], ...] = tuple(
    (re.compile(pattern), cast(Cut, cut))
    for pattern, cut in (
        (r"\b(?:extend|expand|outpaint|uncrop|zoom out|widen|enlarge the canvas)\b"
         r"|扩展|扩图|外扩|扩大画布|缩小|拉远", "extend"),
        (r"\bzoom in\b|\bclose[- ]?up\b|\bcloser\b|放大|特写|拉近", "zoom"),
        (r"\bcrop\b|\btrim\b|裁剪|裁切|剪裁", "crop"),
        (r"\bmirror\w*\b|\bflip\w*(?: it)? horizontal\w*|\bflip\b|镜像|水平翻转"
         r"|左右翻转", "mirror"),
        (r"\bupside[- ]?down\b|\bflip\w* vertical\w*|垂直翻转|上下翻转|倒过来|颠倒", "flip"),
        (r"\brotat\w*.{0,20}(?:left|counter)|逆时针|向左旋转", "left"),
        (r"\brotat\w*.{0,12}180|旋转180", "half"),
        (r"\brotat\w*|顺时针|旋转", "right"),
    )
)  # fmt: skip
_GRADES: tuple[tuple[re.Pattern[str], Grade], ...] = tuple(
    (re.compile(pattern), cast(Grade, grade))
    for pattern, grade in (
        (r"\bblack[- ]and[- ]white\b|\bb\s?&\s?w\b|\bmonochrome\b|\bgr[ae]y\s?scale\b"
         r"|\bdesaturate\b|\bno colou?r\b|黑白|灰度|去色", "monochrome"),
        (r"\bsepia\b|怀旧|泛黄|棕褐", "sepia"),
        (r"\bvintage\b|\bretro\b|\bfilm look\b|\bold photo\w*|\bfaded\b|复古"
         r"|老照片|胶片", "vintage"),
        (r"\bwarm\w*|\bgolden\b(?! hour)|暖", "warmer"),
        (r"\bcool(?:er)?\b|\bcold(?:er)?\b|\bblu(?:er|ish)\b|冷色|冷调|偏冷|更冷", "cooler"),
        (r"\bbright\w*|\blight(?:er|en)\b|\bexposure\b|亮", "brighter"),
        (r"\bdark(?:er|en)?\b|\bdim(?:mer)?\b|\bmoody\b|暗", "darker"),
        (r"\bcontrast\w*|\bpunchy\b|\bhdr\b|对比度|对比|鲜明", "contrast"),
        (r"\bvivid\b|\bvibrant\b|\bsaturat\w+|\bcolou?rful\b|\bpop\b|鲜艳|饱和"
         r"|艳丽|色彩丰富", "vivid"),
        (r"\bmut(?:e|ed|ing)\b|\bpastel\w*|\bpale\b|\bsubtle\b|柔和的颜色|淡雅|低饱和", "muted"),
        (r"\bsharp\w*|\bcrisp\w*|\benhance\b|\bclear(?:er)?\b|\bdetail\w*|\brestore\b"
         r"|\bhigh quality\b|锐化|清晰|高清|修复", "sharp"),
        (r"\bdream\w*|\bglow\w*|\bethereal\b|梦幻|唯美", "dreamy"),
        (r"\bsoft\w*|\bsmooth\w*|柔焦|柔光|磨皮", "soft"),
        (r"\bcinematic\b|\bdramatic\b|\bepic\b|电影感|戏剧", "dramatic"),
        (r"\bblur\w*|模糊", "blur"),
        (r"\binvert\w*|\bnegative\b|反色|负片", "invert"),
    )
)  # fmt: skip
MOOD_GRADES: dict[str, Grade] = {
    "joy": "vivid", "calm": "muted", "sad": "cooler", "mysterious": "darker", "romantic": "warmer",
    "angry": "contrast", "dreamy": "dreamy", "epic": "dramatic",
}  # fmt: skip
OLD = ("monochrome", "sepia", "vintage")
"""Grades whose words would otherwise be taken for a style."""


def read_wish(prompt: str) -> Wish:
    """Read an instruction; never fails, whatever the text."""
    prompt = prompt[:MAX_LETTERS]
    rect = _rect(prompt)
    texts, rest = quoted(_POINT.sub(" ", _BOX.sub(" ", prompt)))
    plain = understand(rest)
    steps: list[Step] = []
    unknown: list[str] = []
    if texts:
        steps.append(Words(texts, _where(rest)))
    for clause in _clauses(rest):
        found = next((made for reader in _READERS if (made := reader(clause, rect))), None)
        if found:
            steps += found
            continue
        seen = understand(clause)
        made_of = tuple(_looks(seen))
        steps += made_of
        if not made_of and not (texts and _WORDS.search(clause.lower())):
            unknown += seen.not_drawn or ([clause.strip()] if seen.subjects else [])
    return Wish(_tidied(steps), rect, plain.mood, tuple(dict.fromkeys(unknown)), plain)


def at_moment(wish: Wish, moment: SceneDescription) -> Wish:
    """Change an instruction to one moment of the story that it tells."""
    said = Atmosphere(moment.time, moment.weather, moment.season, moment.light)
    if said == Atmosphere():
        return wish
    others = [step for step in wish.steps if not isinstance(step, Atmosphere)]
    return replace(wish, steps=_tidied([*others, said]))


def told(wish: Wish, photos: int) -> str:
    """Say in one line what was understood."""
    parts = [_told(step) for step in wish.steps]
    if not parts:
        grade = MOOD_GRADES.get(wish.mood or "", "soft")
        parts = [f"no instruction, so the colours follow its mood: {wish.mood or 'calm'}, {grade}"]
    if wish.unknown:
        parts.append(f"not understood: {', '.join(wish.unknown)}")
    line = f"an edit of {photos} picture{'s' if photos > 1 else ''}: {'; '.join(parts)}"
    return "".join(letter if letter.isprintable() else " " for letter in line.replace("_", " "))


def _told(step: Step) -> str:
    match step:
        case Backdrop("scene", scene=scene) if scene is not None:
            return f"background: {describe(scene)}"
        case Backdrop():
            return f"background: {step.colour or step.kind}"
        case Restyle():
            return f"style: {step.style}"
        case Atmosphere():
            said = (step.time, step.weather, step.season, step.light)
            return ", ".join(part for part in said if part)
        case Tone():
            return f"tone: {step.grade}"
        case Recolour():
            return f"{step.was or ''} {step.target} becomes {step.colour}".strip()
        case Add():
            colour = f"{step.subject.colour} " if step.subject.colour else ""
            what = f"{step.subject.count} {colour}{step.subject.concept.id}"
            return f"subject becomes {what}" if step.instead else f"add {what} ({step.onto})"
        case Remove():
            return f"remove {step.what}"
        case Words():
            return " ".join(f'text "{text}"' for text in step.texts)
        case Frame():
            return f"frame: {step.cut}"


def rects_of(prompt: str) -> tuple[Rect, ...]:
    """Read the parts of a picture that a prompt marks with `<bbox>`, in their order."""
    boxes = (
        tuple(min(1000, int(part)) / 1000 for part in found.groups())
        for found in _BOX.finditer(prompt)
    )
    return tuple(
        (left, top, right, bottom)
        for left, top, right, bottom in boxes
        if right - left > LEAST_MARK and bottom - top > LEAST_MARK
    )


def _rect(prompt: str) -> Rect | None:
    rects = rects_of(prompt)
    if rects:
        return rects[0]
    point = _POINT.search(prompt)
    if point is None:
        return None
    x, y = (min(1000, int(part)) / 1000 for part in point.groups())
    far = AROUND_POINT
    return max(0.0, x - far), max(0.0, y - far), min(1.0, x + far), min(1.0, y + far)


def _clauses(text: str) -> Iterator[str]:
    clauses = (clause.strip() for clause in _CLAUSE.split(text) if clause)
    yield from islice((clause[:LONGEST_CLAUSE] for clause in clauses if clause), MOST_CLAUSES)


def _backdrop(clause: str, rect: Rect | None) -> list[Step]:
    low = clause.lower()
    if _BLURRED.search(low):
        return [Backdrop("blur")]
    about = re.search(_BACKGROUND, low)
    if _NO_BACKGROUND.search(low):
        return [Backdrop("none")]
    found = (_BEHIND.search(low) or _BEFORE.search(low)) if about else _PUT_IN.search(low)
    if found is None:
        return []
    groups = found.groupdict()
    what = groups.get("what") or groups.get("zh") or ""
    if about:
        return _behind(_PLAIN.sub(" ", what), strict=False)
    in_front = groups.get("how") == "in front of"
    return _behind(what if in_front else f"on {what}", strict=not in_front)


def _behind(what: str, strict: bool) -> list[Step]:
    """Make of a place, a colour or a scene what is to be behind the subject."""
    scene = understand(what)
    colour = _colour_in(what)
    if scene.place is None and not scene.sights and colour and not scene.subjects:
        return [] if strict else [Backdrop("colour", colour=colour)]
    if scene.place is None and not scene.sights and not scene.subjects and scene.backdrop:
        return [Backdrop("colour", colour=scene.backdrop)]
    if scene.place or scene.sights or (not strict and not scene.is_abstract):
        return [Backdrop("scene", scene=replace(scene, text=(), style=None))]
    return []


def _remove(clause: str, rect: Rect | None) -> list[Step]:
    found = _REMOVE.search(clause.lower())
    if found is None:
        return []
    what = (found["what"] or found["zh"] or "").strip()
    return [Remove(re.sub(r"^(?:the|a|an|all|any|this|that)\s+", "", what)[:40] or "subject")]


def _recolour(clause: str, rect: Rect | None) -> list[Step]:
    low = clause.lower()
    found = None if _WORN.search(low) else _MAKE.search(low) or _TURN_INTO.search(low)
    if found is None:
        return []
    groups = found.groupdict()
    what = (groups.get("what") or groups.get("zh") or "").strip()
    to = (groups.get("to") or groups.get("zhto") or "").strip()
    seen, before = understand(to), understand(what)
    if (before.time or before.season or before.weather) and not before.subjects:
        return list(_looks(seen))
    colour = _colour_in(to)
    if colour is not None and not seen.subjects and not seen.place:
        return [Recolour(_target(what), colour, _colour_in(what))]
    if seen.subjects and not seen.style and not _is_all(what):
        return [Add(replace(seen.subjects[0], relation=None, more=()), "subject", instead=True)]
    return []


def _add(clause: str, rect: Rect | None) -> list[Step]:
    low = clause.lower()
    if not _ADD.search(low):
        return []
    scene = understand(clause)
    added = [
        (index, subject)
        for index, subject in enumerate(scene.subjects)
        if not _is_referred(low, scene, index)
    ]
    if not added:
        return []
    steps: list[Step] = []
    for index, subject in added:
        worn = subject.concept.worn or any(
            relation.kind == "wearing" and relation.target == index
            for other in scene.subjects
            for relation in other.relations
        )
        onto: Onto = "beside"
        if rect is not None:
            onto = "rect"
        elif worn or (_HEAD.search(low) and subject.concept.kind == "object"):
            onto = "head"
        elif _SKY.search(low) or subject.concept.habitat == "air":
            onto = "sky"
        elif any(relation.kind == "on" for relation in subject.relations):
            onto = "subject"
        elif re.search(r"\bground\b|\bfloor\b|\bgrass\b|\bforeground\b|地上|地面|前景", low):
            onto = "ground"
        steps.append(Add(replace(subject, relation=None, more=()), onto))
    return steps


def _is_referred(low: str, scene: SceneDescription, index: int) -> bool:
    """Tell whether a subject is one that the photo shows already: what others relate to."""
    for other, subject in enumerate(scene.subjects):
        if other == index:
            continue
        for relation in subject.relations:
            if relation.target == index and relation.kind not in ("wearing", "holding"):
                return True
    mine = scene.subjects[index]
    return any(relation.kind in ("wearing", "holding") for relation in mine.relations) or (
        len(scene.subjects) > 1
        and bool(re.search(r"\bgive\b|\blet\b|\bmake\b|给|让", low))
        and index == 0
    )


def _frame(clause: str, rect: Rect | None) -> list[Step]:
    low = clause.lower()
    return next(([Frame(cut)] for pattern, cut in _FRAMES if pattern.search(low)), [])


def _looks(scene: SceneDescription) -> Iterator[Step]:
    """Make steps of what a clause says of style, time, weather, season and light."""
    said = Atmosphere(scene.time, scene.weather, scene.season, scene.light)
    if said != Atmosphere() and (scene.time, scene.weather) != ("day", None):
        yield said
    elif scene.time == "day":
        yield Tone("brighter")
    if scene.style:
        yield Tone("monochrome") if scene.style == "monochrome" else Restyle(scene.style)


def _graded(clause: str, rect: Rect | None) -> list[Step]:
    low = clause.lower()
    graded = next(([Tone(grade)] for pattern, grade in _GRADES if pattern.search(low)), [])
    seen = list(_looks(understand(clause)))
    drawn = any(isinstance(step, Restyle) for step in seen)
    old = bool(graded) and graded[0].grade in OLD
    if old and not (drawn and (low.isascii() or _POSTER.search(low))):
        return list[Step](graded)
    return seen or list[Step](graded)


_READERS: tuple[Callable[[str, Rect | None], list[Step]], ...] = (
    _backdrop,
    _remove,
    _recolour,
    _add,
    _frame,
    _graded,
)


def _target(what: str) -> str:
    if _SKY.search(what):
        return "sky"
    if re.search(_BACKGROUND, what):
        return "background"
    return "all" if _is_all(what) else "subject"


def _is_all(what: str) -> bool:
    return bool(
        re.fullmatch(
            r"\s*(?:it|this|the|that|all|everything|whole|image|picture|photo|photograph|整个|这|张|图片"
            r"|照片|图|图像|画面|\s)*\s*",
            what,
        )
    )


def _colour_in(text: str) -> str | None:
    """Find the colour that a few words name, if they name one."""
    seen = understand(f"a {text} wall" if text.isascii() else f"{text}的球")
    for subject in seen.subjects:
        if subject.colour:
            return subject.colour
    return next((name for name in COLOURS if re.search(rf"\b{name}\b", text)), None)


def _where(text: str) -> Literal["top", "middle", "bottom"]:
    low = text.lower()
    if _BOTTOM.search(low):
        return "bottom"
    return "middle" if _MIDDLE.search(low) and not _TOP.search(low) else "top"


def _tidied(steps: list[Step]) -> tuple[Step, ...]:
    """Join what is said twice, and put the steps into the order in which they are done."""
    order = (Frame, Remove, Recolour, Backdrop, Add, Atmosphere, Tone, Restyle, Words)
    seen = dict.fromkeys(steps)
    return tuple(sorted(seen, key=lambda step: order.index(type(step))))
