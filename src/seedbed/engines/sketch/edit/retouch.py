"""From an instruction and a photo to an edited photo: each step in its order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from seedbed.engines.sketch import styles
from seedbed.engines.sketch.canvas import random_of
from seedbed.engines.sketch.edit import compose, frame, matte, paint
from seedbed.engines.sketch.edit.wish import (
    MOOD_GRADES,
    Add,
    Atmosphere,
    Backdrop,
    Frame,
    Recolour,
    Remove,
    Restyle,
    Step,
    Tone,
    Wish,
    Words,
)
from seedbed.engines.sketch.palette import named
from seedbed.engines.sketch.styles.raster import Raster

MAX_PIXELS = 2048 * 2048
"""Larger photos are worked on at this many pixels and enlarged, unless a step is local."""
USUAL = 5.5
"""The `guidance_scale` at which a step goes as far as it usually does."""


@dataclass
class Photo:
    """A photo under work, and what is seen in it, looked for once."""

    pixels: Raster
    rect: tuple[float, float, float, float] | None
    known: Raster | None = None
    """The alpha that the photo came with: what is opaque is its subject."""

    @cached_property
    def subject(self) -> matte.Matte:
        """What stands out in it, or in the part that the instruction marks."""
        if self.known is not None:
            return np.ascontiguousarray(self.known)
        return matte.subject_of(self.pixels, self.rect)

    @cached_property
    def sky(self) -> matte.Matte:
        """Where the sky is."""
        return matte.sky_of(self.pixels)


def strength_of(guidance_scale: float | None) -> float:
    """Turn a guidance scale into how far an edit goes; 1 is as far as it usually does."""
    if guidance_scale is None:
        return 1.0
    least, most = 1.0, 10.0
    scale = min(max(guidance_scale, least), most)
    return (
        0.4 + 0.6 * (scale - 1) / (USUAL - 1)
        if scale < USUAL
        else 1 + 0.4 * (scale - USUAL) / (most - USUAL)
    )


def retouch(
    image: Raster, wish: Wish, width: int, height: int, seed: int, strength: float = 1.0
) -> Raster:
    """Edit a photo: height x width x 3 bytes, the same for the same arguments."""
    cv2.setNumThreads(1)
    photo, alpha = flattened(image)
    cuts = [step.cut for step in wish.steps if isinstance(step, Frame)]
    for cut in cuts:
        photo = frame.turned(photo, cut)
        alpha = None if alpha is None else frame.turned(alpha, cut)
    if "crop" in cuts or "zoom" in cuts:
        seen = alpha if alpha is not None else matte.subject_of(photo, wish.rect)
        photo = frame.cropped(photo, seen, 0.62, width / height)
        alpha = None
    share = 1.0 if wish.is_local else min(1.0, (MAX_PIXELS / (width * height)) ** 0.5)
    size = max(1, round(width * share)), max(1, round(height * share))
    fits = photo.shape[:2] == (size[1], size[0])
    photo = frame.fitted(photo, *size, widen="extend" in cuts)
    if alpha is not None:
        alpha = (
            alpha
            if fits
            else np.asarray(frame.fitted(cv2.merge([alpha] * 3), *size)[..., 0], np.uint8)
        )
    work = Photo(photo, wish.rect, alpha)
    for step in wish.steps or (_by_mood(wish) if strength else ()):
        work = _stepped(work, step, wish, seed, strength)
    if work.pixels.shape[:2] == (height, width):
        return work.pixels
    return np.asarray(
        cv2.resize(work.pixels, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8
    )


def cut_free(image: Raster, wish: Wish, width: int, height: int, seed: int) -> Raster:
    """Cut the subject of a picture out: height x width x 4, transparent around it.

    A picture with transparent parts says by them what is around its subject.
    """
    cv2.setNumThreads(1)
    photo, alpha = flattened(image)
    size = width, height
    edited = (
        retouch(photo, wish, width, height, seed)
        if _changes(wish)
        else (frame.fitted(photo, *size))
    )
    if alpha is None:
        cover = matte.subject_of(edited, wish.rect)
    else:
        cover = np.asarray(frame.fitted(cv2.merge([alpha] * 3), *size)[..., 0], np.uint8)
    return matte.cut_out(edited, np.ascontiguousarray(cover))


def _changes(wish: Wish) -> bool:
    return any(not isinstance(step, Backdrop | Add) for step in wish.steps)


def _stepped(work: Photo, step: Step, wish: Wish, seed: int, strength: float) -> Photo:
    """Take one step. What the subject and the sky are stays known where they stay in place."""
    photo = work.pixels
    match step:
        case Frame():
            return work
        case Remove():
            done = compose.without(photo, _hole(work, step, wish))
            return Photo(done, None)
        case Recolour():
            cover = _cover(work, step.target, wish)
            was = None if step.was is None else named(step.was)
            made = paint.recoloured(photo, cover, named(step.colour), was)
            done = paint.mixed(photo, made, min(1.0, strength))
        case Backdrop():
            done = compose.on_backdrop(photo, work.subject, step, seed)
        case Add():
            done = compose.add(photo, step, work.subject, work.sky, wish.rect, seed)
        case Atmosphere():
            made = paint.weathered(photo.copy(), step, work.sky, work.subject, seed)
            done = paint.mixed(photo, made, min(1.0, strength))
        case Tone():
            done = paint.graded(photo, step.grade, strength)
        case Restyle():
            made = styles.render(photo, work.subject, step.style, random_of(seed, "style"))
            done = paint.mixed(photo, np.ascontiguousarray(made), min(1.0, strength))
        case Words():
            done = compose.write(photo, step, seed)
    after = Photo(done, work.rect, work.known)
    for name in ("subject", "sky"):
        if name in work.__dict__:
            after.__dict__[name] = work.__dict__[name]
    return after


def _by_mood(wish: Wish) -> tuple[Step, ...]:
    """Do something to a photo whose instruction was not understood, by what mood it has."""
    return (Tone(MOOD_GRADES.get(wish.mood or "", "soft")),)


def _cover(work: Photo, target: str, wish: Wish) -> matte.Matte:
    """Find what a step is about."""
    whole = np.full(work.pixels.shape[:2], 255, np.uint8)
    if wish.rect is not None and target != "sky":
        return work.subject if work.subject.any() else _within(whole, wish.rect)
    if target == "sky":
        return work.sky if work.sky.any() else _upper(whole)
    if target == "all":
        return whole
    if not work.subject.any():
        return whole
    return (
        np.asarray(cv2.bitwise_not(work.subject), np.uint8)
        if target == "background"
        else (work.subject)
    )


def _upper(whole: matte.Matte) -> matte.Matte:
    """Take the upper part for the sky that was not found, softly ending."""
    rows = np.clip(1.6 - 4 * np.linspace(0, 1, len(whole), dtype=np.float32), 0, 1)
    return np.asarray(whole * rows[:, None], np.uint8)


def _hole(work: Photo, step: Remove, wish: Wish) -> matte.Matte:
    if wish.rect is not None:
        return _within(np.full(work.pixels.shape[:2], 255, np.uint8), wish.rect)
    if any(word in step.what for word in ("text", "word", "watermark", "logo", "字", "水印")):
        return matte.lettering_of(work.pixels)
    return work.subject


def _within(values: matte.Matte, rect: tuple[float, float, float, float]) -> matte.Matte:
    height, width = values.shape
    left, top, right, bottom = rect
    kept = np.zeros_like(values)
    region = np.s_[round(top * height) : round(bottom * height),
                   round(left * width) : round(right * width)]  # fmt: skip
    kept[region] = values[region]
    return kept


def flattened(image: Raster) -> tuple[Raster, Raster | None]:
    """Give a picture without its alpha, on white, and the alpha if anything is transparent."""
    if image.shape[2] == 3:
        return np.ascontiguousarray(image), None
    alpha = np.ascontiguousarray(image[..., 3])
    if alpha.min() == 255:
        return np.ascontiguousarray(image[..., :3]), None
    return compose.on_white(image), alpha
