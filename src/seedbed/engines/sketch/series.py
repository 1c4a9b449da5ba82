"""Groups of pictures: one story told in several moments.

Who is in the story, in which colours and in which style stays; what changes is what the prompt
says that changes ("through the seasons", "panel 1: … panel 2: …"), or else the time of day, how
near we are, what is done and the weather.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar, cast

from seedbed.engines.sketch.lexicon import Entry
from seedbed.engines.sketch.scene import SceneDescription, Subject
from seedbed.engines.sketch.understand import understand
from seedbed.engines.sketch.words import Token, quoted, tokens

Axis = Literal["time", "season", "weather"]
T = TypeVar("T")

PASSAGES: dict[Axis, tuple[str, ...]] = {
    "season": ("spring", "summer", "autumn", "winter"),
    "time": ("dawn", "day", "sunset", "night"),
    "weather": ("clear", "cloudy", "rain", "snow"),
}
"""What passes, in its order."""
NAMED: dict[str, tuple[Axis, tuple[str, ...]]] = {
    "seasons": ("season", PASSAGES["season"]),
    "weather": ("weather", PASSAGES["weather"]),
}
"""What passes by a name of its own. A day does too, but that is what every story of ours tells."""
SPAN = re.compile(r"\bfrom\b.+\b(?:to|till|until|through)\b|从.+(?:到|至)", re.IGNORECASE)
END = Token("", Entry("end", ""))
ALIVE = ("person", "animal", "fantasy")
TIMELESS = ("underwater", "space", "moon", "mars", "studio", "cave", "stage")
"""Places where the time of day is not seen."""
SHELTERED = (*TIMELESS, "room", "kitchen", "table", "windowsill", "library")
"""Places where the weather is not felt."""
SHOWROOMS = ("studio", "table", "windowsill", "garden")
"""Where a small thing is shown, picture after picture, when the prompt names no place."""
SHOTS = ("wide", None, "close_up", None)
PLOTS: dict[str, tuple[str | None, ...]] = {
    "ground": (None, "walk", "look", "run", "sit", "jump", "walk", "sleep"),
    "air": (None, "fly", "look", "fly", "sleep"),
    "water": (None, "swim", "look", "swim"),
    "underwater": (None, "swim", "jump", "look", "swim"),
    "person": (None, "walk", "look", "smile", "sit", "walk", "sleep"),
    "busy": (None, "walk", "look", "sit"),
}
"""What someone does from the first picture of a story to the last, by where they live."""
OTHER_WEATHER = {"winter": "snow", "snowfield": "snow", "ice": "snow", "desert": "wind"}


def moments(scene: SceneDescription, prompt: str, count: int) -> tuple[SceneDescription, ...]:
    """Give `count` scenes of one story; one picture is the scene itself.

    `scene` is what `understand` made of `prompt`. Two scenes are equal only where nothing can
    change in them, as in an abstract composition.
    """
    if count <= 1:
        return (scene,)
    panels = list(_panels(scene, prompt))
    if panels:
        told = panels[:count] + _continued(panels[-1], count - len(panels))
    else:
        passing = _passage(prompt)
        told = _passed(scene, *passing, count) if passing else _plotted(scene, count)
    return tuple(_distinct(told))


# Panels that the prompt describes one by one.

MARK = re.compile(
    r"\b(?:panel|picture|image|scene|frame|page|photo|shot|step|part|chapter|pic|card|slide)"
    r"\s?#?(?P<word>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
    r"\s?(?:[:：.,)、-]|is\b|shows?\b)\s*"
    r"|第(?P<zh>十[一二三四五]?|[一二三四五六七八九]|\d{1,2})"
    r"(?:格|张|幅|幕|图|页|个画面|个场景|步|集|章|个)(?:是|画|：|:|，|,|、)?\s*"
    r"|(?:图|画面|场景|分镜|镜头|步骤)(?P<shot>[一二三四五六七八九十]|\d{1,2})\s?[:：,，、.]\s*"
    r"|(?:^|(?<=[\s,;:。；，：(（]))[(（]?(?P<bare>\d{1,2})(?:[):、）：]|\.(?=\s|[^\d\s]))\s*",
    re.IGNORECASE,
)
NUMERALS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
    "九": 9, "十": 10, "十一": 11, "十二": 12, "十三": 13, "十四": 14, "十五": 15,
}  # fmt: skip
TOGETHER = re.compile(r"\b(?:they|them|both|together)\b|[他她它]们|一起|两个", re.IGNORECASE)


def _panels(scene: SceneDescription, prompt: str) -> Iterator[SceneDescription]:
    """Read each panel with the story's people in it, where and when the one before was."""
    parts = _split(prompt)
    if len(parts) < 3:
        return
    opening = understand(parts[0])
    heroes = opening.subjects or _cast(understand(parts[1]).subjects)
    before = replace(opening, subjects=heroes)
    for words in parts[1:]:
        together = TOGETHER.search(words) is not None
        told = understand(words, _at_rest(before.subjects if together else heroes))
        before = replace(
            told,
            subjects=_all_doing(told.subjects) if together else told.subjects,
            place=told.place or before.place,
            time=told.time or before.time,
            weather=told.weather,
            season=told.season or before.season,
            mood=told.mood or scene.mood,
            style=scene.style,
            freedom=scene.freedom,
        )
        yield before


def _split(prompt: str) -> list[str]:
    """Cut a prompt before its panels 1, 2, 3…: what comes before, then each panel's words."""
    marks: list[re.Match[str]] = []
    for found in MARK.finditer(prompt):
        number = next(group for group in found.groups() if group).lower()
        if (NUMERALS.get(number) or int(number)) == len(marks) + 1:
            marks.append(found)
    ends = [*(mark.start() for mark in marks[1:]), len(prompt)]
    return (
        [
            prompt[: marks[0].start()] if marks else prompt,
            *(prompt[mark.end() : end] for mark, end in zip(marks, ends, strict=True)),
        ]
        if marks
        else [prompt]
    )


def _cast(subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """Give who goes from panel to panel: the living, not the furniture of the first."""
    return tuple(subject for subject in subjects if subject.concept.kind in ALIVE) or subjects


def _at_rest(subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """Let go of what is done, not of what is worn or held."""
    return tuple(
        replace(
            subject,
            action=None,
            relation=subject.relation
            if subject.relation and subject.relation.kind in ("wearing", "holding")
            else None,
        )
        for subject in subjects
    )


def _all_doing(subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """Let all of the living do what one of them does."""
    action = next((subject.action for subject in subjects if subject.action), None)
    return tuple(
        replace(subject, action=subject.action or action)
        if subject.concept.kind in ALIVE
        else subject
        for subject in subjects
    )


def _continued(last: SceneDescription, count: int) -> list[SceneDescription]:
    return _plotted(last, count + 1)[1:] if count > 0 else []


# Time that passes.


def _passage(prompt: str) -> tuple[Axis, tuple[str, ...]] | None:
    """Find what passes in a prompt: seasons or hours in a row, from one to another, or by name."""
    _, words = quoted(prompt)
    run: list[Token] = []
    for token in (*tokens(words), END):
        if token.role == "passage":
            return NAMED.get(token.value)
        if token.role in PASSAGES and (not run or run[0].role == token.role):
            run.append(token)
        elif token.role in ("concept", "unknown", "place", "end"):
            values = tuple(dict.fromkeys(token.value for token in run))
            if len(values) > 1:
                axis = cast(Axis, run[0].role)
                return axis, _between(axis, values) if SPAN.search(words) else values
            run = []
    return None


def _between(axis: Axis, values: tuple[str, ...]) -> tuple[str, ...]:
    """Fill what lies between the first and the last: from sunrise to sunset goes by noon."""
    order = PASSAGES[axis]
    start, end = order.index(values[0]), order.index(values[-1])
    steps = (end - start) % len(order)
    return tuple(order[(start + step) % len(order)] for step in range(steps + 1))


def _passed(
    scene: SceneDescription, axis: Axis, stages: tuple[str, ...], count: int
) -> list[SceneDescription]:
    return [_with(scene, **{axis: stage}) for stage in _spread(stages, count)]


def _spread(stages: Sequence[T], count: int) -> list[T]:
    """Go from the first stage to the last in so many steps, passing over some or dwelling."""
    if count <= len(stages):
        return [stages[step * (len(stages) - 1) // max(count - 1, 1)] for step in range(count)]
    return [stages[step * len(stages) // count] for step in range(count)]


# A story of our own.


def _plotted(scene: SceneDescription, count: int) -> list[SceneDescription]:
    """Tell a day in the life of what the prompt names, changing nothing that it says."""
    if scene.is_abstract:
        return [scene] * count
    place = scene.place or (scene.subjects[0].concept.place if scene.subjects else None)
    told = [scene] * count
    if scene.time is None and place not in TIMELESS:
        hours = _spread(PASSAGES["time"], count)
        told = [_with(one, time=hour) for one, hour in zip(told, hours, strict=True)]
    if scene.place is None and _is_shown(scene):
        told = [_with(one, place=SHOWROOMS[step % len(SHOWROOMS)]) for step, one in enumerate(told)]
    if scene.shot is None:
        told = [_with(one, shot=SHOTS[step % len(SHOTS)]) for step, one in enumerate(told)]
    if scene.weather is None and count > 3 and place not in SHELTERED:
        other = OTHER_WEATHER.get(scene.season or "") or OTHER_WEATHER.get(place or "") or "rain"
        told[count // 2] = _with(told[count // 2], weather=other)
    return _acted(told)


def _is_shown(scene: SceneDescription) -> bool:
    return bool(scene.subjects) and all(
        subject.concept.habitat == "surface" for subject in scene.subjects
    )


def _acted(told: list[SceneDescription]) -> list[SceneDescription]:
    """Let the first of the living do more in each picture, unless the prompt says what is done."""
    subjects = told[0].subjects
    hero = next((i for i, s in enumerate(subjects) if s.concept.kind in ALIVE), None)
    if hero is None or any(subject.action for subject in subjects):
        return told
    plot = _plot(subjects[hero])
    return [
        replace(one, subjects=_doing(subjects, hero, action))
        for one, action in zip(told, _spread(plot, len(told)), strict=True)
    ]


def _plot(hero: Subject) -> tuple[str | None, ...]:
    if hero.relation is not None:
        return PLOTS["busy"] if hero.relation.kind in ("wearing", "holding") else (None,)
    if hero.concept.kind == "person":
        return PLOTS["person"]
    return PLOTS.get(hero.concept.habitat, PLOTS["ground"])


def _doing(subjects: tuple[Subject, ...], hero: int, action: str | None) -> tuple[Subject, ...]:
    return tuple(
        replace(subject, action=action) if index == hero else subject
        for index, subject in enumerate(subjects)
    )


# No picture twice.


def _distinct(told: list[SceneDescription]) -> Iterator[SceneDescription]:
    """Change a moment that was told already: how near we are, then the hour, then the weather."""
    seen: set[SceneDescription] = set()
    for scene in told:
        fresh = next((other for other in _variants(scene) if other not in seen), scene)
        seen.add(fresh)
        yield fresh


def _variants(scene: SceneDescription) -> Iterator[SceneDescription]:
    yield scene
    if scene.is_abstract:
        return
    for weather in (scene.weather, "cloudy", "fog"):
        for time in (scene.time, *PASSAGES["time"]):
            for shot in (scene.shot, None, "close_up", "wide"):
                yield _with(scene, weather=weather, time=time, shot=shot)


def _with(scene: SceneDescription, **changes: Any) -> SceneDescription:
    return replace(scene, **changes)
