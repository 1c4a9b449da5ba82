"""Fusing: several photos become one picture, as the instruction says who goes where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from seedbed.engines.sketch import art
from seedbed.engines.sketch.edit import compose, frame, matte, paint
from seedbed.engines.sketch.edit.retouch import flattened, retouch
from seedbed.engines.sketch.edit.wish import Backdrop, Wish
from seedbed.engines.sketch.lighting import contact_shadow, paste
from seedbed.engines.sketch.styles.raster import Raster

_NUMBER = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1, "other": 2,
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
_MENTION = re.compile(
    r"\b(?:image|picture|photo|pic|figure|img|reference|input)\s*#?\s*(?P<after>\d{1,2})\b"
    r"|\b(?P<word>first|second|third|fourth|fifth|last|other)\s+(?:image|picture|photo|pic|one)\b"
    r"|图\s*片?\s*(?P<zh>\d{1,2}|[一二三四五六七八九])|第\s*(?P<nth>\d{1,2}|[一二三四五六七八九])\s*张",
    re.IGNORECASE,
)
_SCENE = re.compile(
    r"\b(?:into|in|onto|on|to|background|backdrop|scene|setting|place|environment|landscape|room|street"
    r"|beach|inside|behind)\b|背景|场景|环境|放进|放到|放在",
    re.IGNORECASE,
)
_AS_BEHIND = re.compile(
    r"\s*(?:as|for|is|to be)\s+(?:the\s+|a\s+)?(?:background|scene|setting|backdrop)"
    r"|\s*(?:的|作为|为|当|做)?(?:背景|场景)",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"\s*(?:的)?[\u3400-\u9fff]{0,4}(?:里|中|上)")
_BEHIND = re.compile(r"\b(?:background|scene|setting)\b|背景|场景", re.IGNORECASE)
_STYLE = re.compile(
    r"\b(?:style|look|colou?rs?|palette|tone|mood)\b|风格|色调|配色|画风", re.IGNORECASE
)
LEAST_SUBJECT = 0.02
EDGE = 0.985
"""How low, as a share of its photo, a subject reaches that the photo cuts off."""
GROUND = 0.95
"""How low, as a share of the height, what is put into a scene stands."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What each photo is for, by its index."""

    scene: int | None
    subjects: tuple[int, ...]
    style: int | None = None


def roles_of(prompt: str, count: int) -> Roles:
    """Read from an instruction which photo is the scene, and which ones bring subjects."""
    scene: int | None = None
    style: int | None = None
    named: list[int] = []
    before = 0
    for found in _MENTION.finditer(prompt):
        index = _index(found, count)
        if index is None:
            continue
        around = prompt[max(before, found.start() - 34) : found.start()]
        after = re.split(r"[,.;，。；]", prompt[found.end() : found.end() + 26])[0]
        before = found.end()
        if _STYLE.search(around[-24:]) or _STYLE.match(after.strip("'s 的")):
            style = index
        elif scene is None and (
            _BEHIND.search(around)
            or _AS_BEHIND.match(after)
            or (named and (_SCENE.search(around) or _INSIDE.match(after)))
        ):
            scene = index
        else:
            named.append(index)
    rest = tuple(i for i in dict.fromkeys(named) if i not in (scene, style))
    if not rest:
        rest = tuple(i for i in range(count) if i not in (scene, style))
    return Roles(scene, rest, style)


def without_roles(prompt: str) -> str:
    """Leave out the clauses that say which photo goes where: what is left is how to edit."""
    clauses = re.split(r"([,.;，。；!！]|\band then\b|\bthen\b|然后)", prompt)
    return "".join(clause for clause in clauses if not _MENTION.search(clause))


def fuse(
    images: Sequence[Raster], prompt: str, wish: Wish, width: int, height: int, seed: int,
    strength: float = 1.0,
) -> Raster:  # fmt: skip
    """Compose one picture of several photos: height x width x 3 bytes."""
    cv2.setNumThreads(1)
    roles = roles_of(prompt, len(images))
    photos = [flattened(image) for image in images]
    if roles.style is not None:
        return _in_style_of(images, roles, wish, (width, height), seed, strength)
    cuts = {index: _cut(*photos[index]) for index in range(len(images))}
    behind = next((step for step in wish.steps if isinstance(step, Backdrop) and step.scene), None)
    if roles.scene is None and behind is not None:
        scene = None
        ground = compose.painted(behind, width, height, seed)
    else:
        scene = _scenic(photos, cuts) if roles.scene is None else roles.scene
        ground = np.ascontiguousarray(frame.fitted(photos[scene][0], width, height))
    actors = [index for index in roles.subjects if index != scene]
    fused = _arranged(ground, [cuts[index] for index in actors], seed)
    rest = tuple(step for step in wish.steps if not isinstance(step, Backdrop))
    if not rest:
        return fused
    return retouch(fused, replace(wish, steps=rest), width, height, seed, strength)


def _index(found: re.Match[str], count: int) -> int | None:
    said = found["after"] or found["word"] or found["zh"] or found["nth"] or ""
    number = int(said) if said.isdigit() else _NUMBER.get(said.lower(), 0)
    index = count - 1 if number == -1 else number - 1
    return index if 0 <= index < count else None


class Cut(NamedTuple):
    """A subject, cut out of its photo."""

    sprite: Raster
    is_whole: bool
    """Whether it is seen down to its feet, and so stands; else the photo's edge has cut it."""


def _cut(photo: Raster, alpha: Raster | None) -> Cut | None:
    """Cut the subject of a photo out, to its box; None when nothing stands out."""
    cover = matte.subject_of(photo) if alpha is None else alpha
    box = matte.box_of(cover)
    if box is None or float((cover > 127).mean()) < LEAST_SUBJECT:
        return None
    left, top, right, bottom = box
    sprite = np.ascontiguousarray(matte.cut_out(photo, cover)[top:bottom, left:right])
    return Cut(sprite, bottom < EDGE * photo.shape[0])


def _scenic(photos: Sequence[tuple[Raster, Raster | None]], cuts: dict[int, Cut | None]) -> int:
    """Choose the photo that is to be the scene: one without a subject, a wide one, the last."""
    return max(
        cuts,
        key=lambda index: (
            cuts[index] is None,
            photos[index][0].shape[1] > photos[index][0].shape[0],
            index,
        ),
    )


def _arranged(ground: Raster, cuts: Sequence[Cut | None], seed: int) -> Raster:
    """Stand cut-outs side by side in a scene, in its light, the middle ones in front."""
    actors = [cut for cut in cuts if cut is not None]
    if not actors:
        return ground
    canvas = compose.canvas_of(ground.copy(), seed)
    count = len(actors)
    tall = {1: 0.74, 2: 0.64, 3: 0.54}.get(count, 0.44)
    room = canvas.width * (0.86 if count > 1 else 0.8)
    sized = [_scaled(cut.sprite, tall * canvas.height, room / count * 1.15) for cut in actors]
    for number in sorted(range(count), key=lambda i: -abs(i - (count - 1) / 2)):
        sprite = _lit_like(sized[number], ground)
        x = _across(number, count) * canvas.width
        is_whole = actors[number].is_whole
        foot = round(GROUND * canvas.height) if is_whole else canvas.height
        left = round(min(max(x - sprite.shape[1] / 2, 0), canvas.width - sprite.shape[1]))
        if is_whole:
            contact_shadow(canvas, sprite, left, foot, 0.55)
        paste(canvas, sprite, left, foot - sprite.shape[0], covers=True)
    return canvas.pixels


def _across(number: int, count: int) -> float:
    """Place one on a third, and several evenly."""
    return 0.4 if count == 1 else 0.08 + 0.84 * (number + 0.5) / count


def _scaled(cut: Raster, tall: float, wide: float) -> art.Sprite:
    scale = min(tall / cut.shape[0], wide / cut.shape[1])
    size = (max(2, round(cut.shape[1] * scale)), max(2, round(cut.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(cut, size, interpolation=how), np.uint8)


def _lit_like(sprite: art.Sprite, ground: Raster) -> art.Sprite:
    colour = np.ascontiguousarray(sprite[..., :3])
    alpha = np.ascontiguousarray(sprite[..., 3])
    return np.dstack([paint.toned_like(colour, ground, 0.3, alpha), alpha])


def _in_style_of(
    images: Sequence[Raster], roles: Roles, wish: Wish, size: tuple[int, int], seed: int,
    strength: float,
) -> Raster:  # fmt: skip
    """Give one photo the colours, and the painterly surface, of another."""
    assert roles.style is not None
    main = roles.subjects[0] if roles.subjects else 0
    goal = flattened(images[roles.style])[0]
    fitted = retouch(images[main], replace(wish, steps=()), *size, seed, 0.0)
    return paint.toned_like(fitted, goal, min(1.0, 0.9 * strength))
