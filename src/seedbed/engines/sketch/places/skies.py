"""Skies: gradients, sun and moon, stars, clouds."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.canvas import Canvas, fractal, rise
from seedbed.engines.sketch.palette import WHITE, Colour, mix
from seedbed.engines.sketch.places import sights
from seedbed.engines.sketch.places.stamps import stamp


def sky(canvas: Canvas, horizon: float) -> None:
    """Paint the sky down to a little below the horizon, with its sun or moon, stars and clouds."""
    palette = canvas.palette
    canvas.wash(
        [
            (0, palette.sky_top),
            (0.6, mix(palette.sky_top, palette.sky_low, 0.55)),
            (1, palette.sky_low),
        ],
        0,
        min(1.0, horizon + 0.02),
    )
    if horizon < 1:
        canvas.wash([(0, palette.sky_low), (1, palette.ground)], horizon, 1)
    if palette.is_night and palette.sun > 0.2:
        stars(canvas, horizon, 130)
        for name, paint in (("milky_way", sights.milky_way), ("aurora", sights.aurora)):
            if name in canvas.sights:
                paint(canvas, min(1.0, horizon))
    if palette.tint > 0.1 and not palette.is_night:
        clouds(canvas, horizon)  # a low sun outshines them
        sun(canvas, horizon)
    else:
        sun(canvas, horizon)
        clouds(canvas, horizon)
    if not palette.is_night and palette.sun > 0.5 and canvas.random("birds").random() < 0.4:
        _birds(canvas, horizon)


def _birds(canvas: Canvas, horizon: float) -> None:
    """Draw a few birds far away."""
    random = canvas.random("flock")
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    middle = (0.15 + 0.7 * random.random(), horizon * (0.25 + 0.3 * random.random()))
    tone = mix(canvas.palette.shade, canvas.palette.sky_top, 0.35)
    for _ in range(int(random.integers(3, 8))):
        x = middle[0] + 0.22 * (random.random() - 0.5) * across
        y = middle[1] + 0.11 * (random.random() - 0.5) * down
        span, lift = 0.008 + 0.011 * random.random(), 0.003 + 0.005 * random.random()
        wing = [(-1.0, -0.6), (-0.5, -1.0), (0.0, 0.0), (0.5, -1.0), (1.0, -0.6)]
        points = [(x + dx * span * across, y + dy * lift * down) for dx, dy in wing]
        canvas.line(points, tone, 0.0018)


def sun(canvas: Canvas, horizon: float) -> None:
    """Paint the sun or the moon with its wide, faint glow."""
    palette = canvas.palette
    if palette.sun < 0.2:
        return
    x = canvas.light_x
    y = horizon * (0.3 + 0.25 * float(canvas.random("sun").random()))
    if palette.tint > 0.1 and not palette.is_night:
        y = horizon * (0.7 + 0.18 * float(canvas.random("low sun").random()))
    canvas.glow(x, y, 0.75, palette.light, 0.5 * palette.sun)
    canvas.glow(x, y, 0.26, palette.light, 0.55 * palette.sun)
    disc = mix(palette.light, WHITE, 0.55)
    low = palette.tint > 0.1 and not palette.is_night
    size = 0.045 if palette.is_night else 0.068 if low else 0.046
    canvas.disc(x, y, size, disc)
    canvas.glow(x, y, size * 2.4, disc, 0.35)
    if palette.is_night:
        _craters(canvas, x, y, size, mix(disc, palette.sky_low, 0.13))


def _craters(canvas: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    random = canvas.random("craters")
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    for _ in range(9):
        turn, away = random.random() * 6.3, size * 0.8 * random.random() ** 0.5
        at = (x + np.cos(turn) * away * across, y + np.sin(turn) * away * down)
        canvas.disc(*at, min(size * (0.06 + 0.16 * random.random()), (size - away) * 0.9), colour)


def stars(canvas: Canvas, horizon: float, count: int) -> None:
    """Strew stars, most of them faint."""
    random = canvas.random("stars")
    for _ in range(round(count * canvas.aspect)):
        x, y, bright = random.random(), random.random() * horizon * 0.9, random.random() ** 3
        canvas.disc(
            x, y, 0.0009 + 0.0022 * bright, mix(canvas.palette.sky_top, WHITE, 0.35 + 0.65 * bright)
        )


def clouds(canvas: Canvas, horizon: float) -> None:
    """Paint clouds: heaped ones on a clear day, else drifting sheets lit from the sun's side."""
    palette, random = canvas.palette, canvas.random("clouds")
    heaped = not palette.is_night and palette.tint < 0.1 and palette.sun > 0.5
    if heaped and random.random() < 0.6:
        _heaps(canvas, random, horizon)
    else:
        _sheets(canvas, random, horizon)


def _heaps(canvas: Canvas, random: np.random.Generator, horizon: float) -> None:
    count = round((2 + 4 * random.random()) * max(1.0, canvas.aspect))
    for _ in range(count):
        x, y = random.random() * 1.1 - 0.05, horizon * (0.08 + 0.62 * random.random())
        _cloud(canvas, random, x, y, 0.07 + 0.11 * random.random() * (1 - 0.5 * y / horizon))


def _sheets(canvas: Canvas, random: np.random.Generator, horizon: float) -> None:
    palette = canvas.palette
    last = min(canvas.height, round((horizon + 0.01) * canvas.height))
    if last < 8:
        return
    aspect = canvas.width / last
    rows, columns = 200, int(min(1000, max(120, 200 * aspect)))
    shape = fractal(random, rows, columns, 4.6, 2.3 * max(0.6, aspect))
    grey = 1 - palette.sun
    level = 0.24 - 0.2 * float(random.random()) - 0.62 * grey
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    cover = rise(level, level + 0.42, shape + 0.1 * np.cos(down * 6 + random.random() * 6))
    cover *= rise(-0.05, 0.2, down) * rise(0, 0.3, 1.02 - down)
    towards = -1 if canvas.light_x < 0.5 else 1
    slope = shape - np.roll(shape, (-6, 8 * towards), (0, 1))
    light = np.clip(0.55 + 1.7 * slope, 0, 1)[..., None]
    upper, lower = _cloud_colours(canvas)
    colour = np.array(lower, np.float32) * (1 - light) + np.array(upper, np.float32) * light
    size = (canvas.width, last)
    ink = cv2.resize(np.clip(colour, 0, 255).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    share = (cover * (130 if palette.is_night else 215)).astype(np.uint8)
    large = cv2.resize(share, size, interpolation=cv2.INTER_LINEAR)
    canvas.lay(np.asarray(ink, np.uint8), np.asarray(large, np.uint8), 0)


def _cloud_colours(canvas: Canvas) -> tuple[Colour, Colour]:
    """Give the colours of a cloud where it is lit and where it is not."""
    palette = canvas.palette
    if palette.is_night:
        return mix(palette.haze, WHITE, 0.2), mix(palette.sky_top, palette.haze, 0.4)
    if palette.sun < 0.5:
        return mix(palette.sky_low, WHITE, 0.2), mix(palette.sky_top, palette.shade, 0.25)
    if palette.tint > 0.1:
        return mix(palette.sky_low, palette.light, 0.5), mix(palette.sky_top, palette.haze, 0.35)
    return mix(palette.light, WHITE, 0.7), mix(palette.sky_top, palette.haze, 0.75)


def _cloud(canvas: Canvas, random: np.random.Generator, x: float, y: float, size: float) -> None:
    palette = canvas.palette
    width, height = 192, 80
    heap = np.zeros((height, width), np.uint8)
    base = 58
    for _ in range(9):
        at = 0.5 + (random.random() - 0.5) * 0.72
        radius = (1 - abs(at - 0.5) * 1.5) * (10 + 14 * random.random())
        cv2.circle(heap, (round(at * width), round(base - radius * 0.75)), round(radius), 255, -1)
    heap[base:] = 0
    cover = cv2.GaussianBlur(heap, (0, 0), 2.4).astype(np.float32) / 255
    light = np.linspace(1, 0, height, dtype=np.float32)[:, None] * np.ones((1, width), np.float32)
    upper = mix(palette.light, WHITE, 0.0 if palette.is_night else 0.7)
    if palette.is_night:
        upper = mix(palette.sky_low, palette.light, 0.2)
    lower = mix(palette.sky_low, palette.sky_top, 0.35)
    colour = np.stack(
        [lower[i] + (upper[i] - lower[i]) * np.clip(light * 1.5 - 0.35, 0, 1) for i in range(3)], 2
    )
    stamp(canvas, colour, cover * (0.5 if palette.is_night else 0.88), x, y, size * 2.6)
