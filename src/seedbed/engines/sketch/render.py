"""From a scene description to pixels: stage, place, light, subjects, weather, type, style."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from seedbed.engines.engine import Pixels
from seedbed.engines.sketch import abstract, art, lighting, places, styles, typography, weather
from seedbed.engines.sketch.canvas import Canvas, random_of, ridge
from seedbed.engines.sketch.palette import mix, named, palette_of
from seedbed.engines.sketch.scene import SceneDescription
from seedbed.engines.sketch.stage import Figure, Stage, is_model, stage

MAX_PIXELS = 2048 * 2048
"""Larger pictures are drawn at this many pixels and enlarged: the difference hardly shows."""
MIN_SHORTER_SIDE = 64
MAX_SPRITE = 3000
GRAIN = 6
"""How far, in levels of 255, the grain lifts and lowers a pixel in all."""


def draw(description: SceneDescription, width: int, height: int, seed: int) -> Pixels:
    """Draw a description: height x width x 3 bytes, the same for the same arguments."""
    cv2.setNumThreads(1)
    scale = min(1.0, (MAX_PIXELS / (width * height)) ** 0.5)
    drawn_width = max(MIN_SHORTER_SIDE, round(width * scale))
    drawn_height = max(MIN_SHORTER_SIDE, round(height * scale))
    plain = styles.is_plain(description.style) or is_model(description)
    if description.is_abstract:
        canvas = Canvas(drawn_width, drawn_height, palette_of(description, seed), seed, plain)
        abstract.paint(canvas, description.mood)
        setting = typography.setting_of(description, canvas, crowded=False)
    else:
        composed = stage(description, drawn_width, drawn_height, seed)
        placed = replace(description, place=composed.place)
        canvas = Canvas(drawn_width, drawn_height, palette_of(placed, seed), seed, plain)
        canvas.bare = not composed.figures
        canvas.sights = description.sights
        canvas.backdrop = named(description.backdrop) if description.backdrop else None
        setting = typography.setting_of(placed, canvas, crowded=bool(composed.figures))
        _scene(canvas, placed, composed, setting)
    shown = canvas.pixels if plain else _finish(canvas)
    finished = styles.render(shown, canvas.cover, description.style, random_of(seed, "style"))
    canvas.pixels = np.ascontiguousarray(finished)
    typography.write(canvas, description.text, setting)
    if (drawn_width, drawn_height) == (width, height):
        return canvas.pixels
    enlarged = cv2.resize(canvas.pixels, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(enlarged, np.uint8)


def _scene(
    canvas: Canvas,
    description: SceneDescription,
    composed: Stage,
    setting: typography.Setting | None,
) -> None:
    if composed.model:
        places.isometric.paint(canvas, composed.place)
        floor = places.MODEL
    else:
        places.paint(canvas, composed.place)
        floor = places.floor_of(composed.place, canvas.seed)
    if composed.bank:
        _bank(canvas, floor.far)
    weather.behind(canvas, description.weather, floor.horizon)
    typography.put_up(canvas, setting)
    for figure in composed.figures:
        _figure(canvas, figure, composed.place == "studio")
    weather.before(canvas, description.weather, description.season)
    lighting.cast(canvas, getattr(description, "light", None))


def _bank(canvas: Canvas, top: float) -> None:
    """Lay land before water, for what cannot swim."""
    palette = canvas.palette
    edge = (top - 0.02 - 0.035 * ridge(canvas.random("bank"), 0.35)).astype(np.float32)
    canvas.land(
        edge, mix(palette.ground, palette.light, 0.15), mix(palette.ground, palette.shade, 0.3)
    )
    places.elements.grass(canvas, top + 0.02, palette.ground)


def _figure(canvas: Canvas, figure: Figure, glossy: bool = False) -> None:
    if figure.tether is not None:
        _string(canvas, figure, figure.tether)
    tall = min(MAX_SPRITE, canvas.px(figure.height / (1 - figure.sunk)))
    sprite = art.sprite(figure.svg, tall)
    if figure.sunk:
        sprite = sprite[: max(2, round(len(sprite) * (1 - figure.sunk)))]
    if figure.mirrored:
        sprite = np.ascontiguousarray(sprite[:, ::-1])
    if figure.tilt:
        sprite = _turned(sprite, figure.tilt)
    height, width = sprite.shape[:2]
    left = round(figure.x * canvas.width - width / 2)
    foot = round(figure.foot * canvas.height)
    lit = lighting.lit(sprite, canvas, figure.x, figure.depth, figure.glows)
    if figure.shadow == "ground":
        ground = foot + round(figure.lift * canvas.height)
        lighting.cast_shadow(canvas, sprite, left, ground, figure.x)
        strength = 0.5 * (1 - figure.depth) * (0.45 if figure.lift else 1.0)
        lighting.contact_shadow(canvas, sprite, left, ground, strength)
        if glossy and not figure.lift:
            _gloss(canvas, lit, left, foot)
    elif figure.shadow == "water":
        _mirror(canvas, lit, left, foot)
    if figure.glows:
        y = (foot - height / 2) / canvas.height
        canvas.glow(figure.x, y, figure.height * 0.9, canvas.palette.light, 0.3)
    lighting.paste(canvas, lit, left, foot - height, covers=True)


def _string(canvas: Canvas, figure: Figure, hand: tuple[float, float]) -> None:
    """Hang the string between what flies and the hand that holds it."""
    share = np.linspace(0, 1, 24)
    slack = 0.06 * np.sin(share * np.pi)
    middle = figure.foot - 0.6 * figure.height * canvas.unit / canvas.height
    x, y = figure.x + (hand[0] - figure.x) * share, middle + (hand[1] - middle) * share + slack
    canvas.line(np.stack([x, y], 1), mix(canvas.palette.shade, (255, 255, 255), 0.25), 0.002)


def _mirror(canvas: Canvas, sprite: art.Sprite, left: int, foot: int) -> None:
    """Mirror what floats, squashed and broken by the ripples."""
    height, width = sprite.shape[:2]
    flipped = cv2.resize(
        sprite[::-1], (width, max(2, round(height * 0.5))), interpolation=cv2.INTER_AREA
    )
    rows = np.arange(flipped.shape[0], dtype=np.float32)[:, None]
    columns = (
        np.arange(width, dtype=np.float32)[None]
        + np.sin(rows * 60 / max(1, canvas.unit) * 6) * canvas.unit * 0.004
    )
    across = np.broadcast_to(columns, flipped.shape[:2]).astype(np.float32)
    down = np.broadcast_to(rows, flipped.shape[:2]).astype(np.float32)
    wavy = cv2.remap(flipped, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    lighting.paste(canvas, np.asarray(wavy, np.uint8), left, foot - round(height * 0.03), 0.38)


def _gloss(canvas: Canvas, sprite: art.Sprite, left: int, foot: int) -> None:
    """Mirror what stands on a polished floor, fading at once."""
    height = len(sprite)
    tall = max(2, round(height * 0.3))
    part = np.ascontiguousarray(sprite[: -tall - 1 : -1])
    fade = np.linspace(0.34, 0, len(part), dtype=np.float32) ** 1.0
    part[..., 3] = (part[..., 3] * fade[:, None]).astype(np.uint8)
    lighting.paste(canvas, part, left, foot - round(height * 0.012))


def _turned(sprite: art.Sprite, degrees: float) -> art.Sprite:
    height, width = sprite.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    size = (round(height * sine + width * cosine), round(height * cosine + width * sine))
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(sprite, turn, size, flags=cv2.INTER_LINEAR), np.uint8)


def _finish(canvas: Canvas) -> Pixels:
    """Pull the picture together: a little bloom, a soft vignette, a trace of grain."""
    pixels = canvas.pixels
    small = (max(8, canvas.width // 16), max(8, canvas.height // 16))
    light = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
    bright = cv2.GaussianBlur(np.where(light > 215, light - 215, 0).astype(np.uint8), (0, 0), 3)
    bloom = cv2.resize(bright, (canvas.width, canvas.height))
    across = np.linspace(-1, 1, small[0], dtype=np.float32)[None]
    down = np.linspace(-1, 1, small[1], dtype=np.float32)[:, None]
    corner = np.clip(255 - 22 * np.clip(across**2 + down**2 - 0.6, 0, 2) ** 1.4, 0, 255)
    vignette = cv2.resize(corner.astype(np.uint8), (canvas.width, canvas.height))
    tile = canvas.random("grain").integers(0, GRAIN, (256, 256), dtype=np.uint8)
    grain = np.tile(tile, (1, canvas.width // 256 + 1))[:, : canvas.width]
    for start in range(0, canvas.height, len(grain)):
        part = pixels[start : start + len(grain)]
        rows = slice(start, start + len(part))
        bloomed = cv2.add(part, bloom[rows])
        dimmed = cv2.multiply(bloomed, cv2.merge([vignette[rows]] * 3), scale=1 / 255)
        grained = cv2.add(dimmed, cv2.merge([grain[: len(part)]] * 3))
        cv2.subtract(grained, np.full_like(grained, GRAIN // 2), dst=part)
    return pixels
