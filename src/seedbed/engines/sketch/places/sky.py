"""Skies: gradients, sun and moon, stars, clouds and birds."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.canvas import Canvas
from seedbed.engines.sketch.fields import Field, noise, ramp
from seedbed.engines.sketch.ink import Ink, disc, ellipse, smooth
from seedbed.engines.sketch.oklch import WHITE, Rgb, mix
from seedbed.engines.sketch.places.scenery import Scenery

SMALL = 224
"""Rows of a soft field before it is enlarged."""


def paint_sky(canvas: Canvas, scenery: Scenery, down_to: float | None = None) -> None:
    """Paint the sky from the top to the horizon, and its colour on below it."""
    palette = scenery.palette
    bottom = scenery.horizon * 1.02 if down_to is None else down_to
    stops = [(0.0, palette.sky[0]), (0.4, palette.sky[1]), (0.78, palette.sky[2])]
    canvas.gradient(0, bottom, *stops, (1.0, palette.sky[3]))
    canvas.gradient(bottom, scenery.height, (0.0, palette.sky[3]), (1.0, palette.haze))
    if palette.dark and palette.weather in ("clear", "wind"):
        paint_stars(canvas, scenery, bottom)
    if palette.disc and scenery.celestial:
        paint_disc(canvas, scenery)
    paint_clouds(canvas, scenery, bottom)


def paint_stars(canvas: Canvas, scenery: Scenery, bottom: float, count: int = 240) -> None:
    """Scatter stars, fewer and fainter towards the horizon."""
    chance = scenery.chance("stars")
    ink = Ink()
    total = min(1200, int(count * scenery.width * bottom / 600_000))
    for _ in range(total):
        x = chance.between(0, scenery.width)
        height = chance.between(0, 1) ** 1.4
        size = 0.7 + 2.0 * chance.between(0, 1) ** 5
        glow = (0.35 + 0.65 * chance.between(0, 1)) * (1 - height * 0.85)
        ink.circle(x, height * bottom, size, mix(WHITE, scenery.palette.key, 0.3), glow)
    canvas.draw(ink, 0, bottom)


def paint_disc(canvas: Canvas, scenery: Scenery) -> None:
    """Paint sun or moon with its wide, faint light."""
    palette = scenery.palette
    x, y = scenery.sun
    reach = max(scenery.width, scenery.horizon)
    if palette.dark:
        canvas.glow(x, y, min(reach, 800) * 0.8, mix(palette.haze, palette.sun, 0.45), 0.42)
        canvas.glow(x, y, 170, palette.sun, 0.5)
        _moon(canvas, scenery, x, y)
        return
    canvas.glow(x, y, reach * 0.95, palette.sun, 0.5 if palette.low_sun else 0.42)
    canvas.glow(x, y, 330, palette.sun, 0.7)
    radius = scenery.chance("disc").between(52, 78) if palette.low_sun else 40.0
    ink = Ink()
    edge = mix(palette.sun, palette.sky[3], 0.25)
    ink.circle(x, y, radius, ink.linear((x, y - radius), (x, y + radius),
               (0, mix(palette.sun, WHITE, 0.35)), (1, edge)))  # fmt: skip
    canvas.draw(ink, y - radius, y + radius)
    canvas.glow(x, y, radius * 2.2, palette.sun, 0.55)


def _moon(canvas: Canvas, scenery: Scenery, x: float, y: float) -> None:
    chance = scenery.chance("moon")
    radius = chance.between(44, 66)
    pale = mix(scenery.palette.sun, WHITE, 0.45)
    grey = mix(scenery.palette.sun, scenery.palette.haze, 0.35)
    ink = Ink()
    ink.circle(x, y, radius, ink.radial((x - radius * 0.3, y - radius * 0.3), radius * 1.6,
               (0, pale), (1, mix(pale, grey, 0.6))))  # fmt: skip
    for _ in range(7):
        turn, away = chance.between(0, 6.28), chance.between(0, 1) ** 0.5 * radius * 0.72
        size = radius * chance.between(0.06, 0.2)
        ink.circle(x + np.cos(turn) * away, y + np.sin(turn) * away, size, grey, 0.42)
    canvas.draw(ink, y - radius, y + radius)


def paint_clouds(canvas: Canvas, scenery: Scenery, bottom: float, amount: float | None = None) -> None:
    """Lay clouds over the sky: sheets of noise, lit from the sun's side, or heaped ones."""
    palette = scenery.palette
    chance = scenery.chance("clouds")
    amount = palette.clouds if amount is None else amount
    heaped = palette.weather in ("clear", "wind") and palette.time == "day" and chance.maybe(0.55)
    if heaped:
        _heaps(canvas, scenery, bottom, amount)
        return
    aspect = scenery.width / max(bottom, 1)
    columns = int(min(900, SMALL * max(1.0, aspect)))
    shape = noise(chance, columns, SMALL, 2.4 * max(0.6, aspect), 4.4, 6, 0.52)
    rows = np.linspace(0, 1, SMALL, dtype=np.float32)[:, None]
    level = np.float32(0.34 - 0.62 * amount) + 0.10 * np.cos(rows * 6 + chance.between(0, 6))
    cover = ramp(0, 0.42, shape - level) * ramp(-0.02, 0.2, rows) * ramp(0, 0.3, 1.02 - rows)
    light = shape - np.roll(shape, (-6, 8 * palette.side), (0, 1))
    lit = np.clip(0.55 + light * 1.7, 0, 1)[..., None]
    top, under = _cloud_colours(scenery)
    colour = np.array(under, np.float32) * (1 - lit) + np.array(top, np.float32) * lit
    strength = 0.5 if palette.dark else 0.86
    art = np.dstack([colour, cover * 255 * strength]).astype(np.uint8)
    last = canvas.row(bottom)
    canvas.blend(cv2.resize(art, (canvas.frame.columns, last), interpolation=cv2.INTER_LINEAR), 0, 0)


def _cloud_colours(scenery: Scenery) -> tuple[Rgb, Rgb]:
    palette = scenery.palette
    if palette.weather in ("rain", "storm", "cloudy", "snow"):
        return mix(palette.sky[3], WHITE, 0.18), mix(palette.sky[0], palette.ambient, 0.3)
    if palette.dark:
        return mix(palette.haze, WHITE, 0.2), palette.sky[1]
    if palette.low_sun:
        return mix(palette.sky[3], palette.sun, 0.45), mix(palette.sky[0], palette.sky[1], 0.55)
    return mix(palette.sun, WHITE, 0.7), mix(palette.sky[1], palette.haze, 0.7)


def _heaps(canvas: Canvas, scenery: Scenery, bottom: float, amount: float) -> None:
    chance = scenery.chance("heaps")
    top, under = _cloud_colours(scenery)
    ink = Ink()
    count = max(3, min(26, int((3 + amount * 6) * scenery.width / 1000)))
    for spot in chance.spread(count):
        x = spot * scenery.width
        y = bottom * chance.between(0.1, 0.74)
        size = chance.between(60, 150) * (1.12 - 0.75 * y / bottom)
        cloud(ink, x, y, size, top, mix(top, under, 0.75), scenery)
    canvas.draw(ink, 0, bottom)


def cloud(ink: Ink, x: float, y: float, size: float, top: Rgb, under: Rgb, scenery: Scenery) -> None:
    """Draw one heaped cloud, flat below, `size` units being half its width."""
    chance = scenery.chance(f"cloud{x:.0f}{y:.0f}")
    puffs: list[tuple[float, float, float]] = []
    for share in chance.spread(7):
        along = share * 2 - 1
        radius = size * (0.42 * (1 - abs(along) ** 1.6) + 0.12) * chance.between(0.8, 1.15)
        puffs.append((x + along * size * 0.85, y - radius * 0.72, radius))
    floor = y + size * 0.02
    clip = f"M{x - size * 2:.0f} {y - size * 3:.0f}H{x + size * 2:.0f}V{floor:.1f}H{x - size * 2:.0f}Z"
    paint = ink.linear((x, y - size * 0.85), (x, floor), (0, top), (0.55, top), (1, under))
    ink.clip(clip)
    ink.fill("".join(disc(*puff) for puff in puffs) + ellipse(x, floor, size * 0.95, size * 0.2), paint)
    light = "".join(
        disc(px + radius * 0.16 * scenery.palette.side, py - radius * 0.12, radius * 0.72)
        for px, py, radius in puffs
    )
    ink.fill(light, mix(top, WHITE, 0.6), 0.55)
    ink.end()


def paint_birds(canvas: Canvas, scenery: Scenery, chance_name: str = "birds") -> None:
    """Draw a few far birds as strokes."""
    chance = scenery.chance(chance_name)
    ink = Ink()
    colour = mix(scenery.palette.ambient, scenery.palette.sky[1], 0.25)
    x0, y0 = chance.between(0.15, 0.75) * scenery.width, chance.between(0.25, 0.5) * scenery.horizon
    for _ in range(chance.whole(3, 6)):
        x, y = x0 + chance.between(-110, 110), y0 + chance.between(-50, 50)
        span, lift = chance.between(9, 19), chance.between(4, 8)
        wing = [(x - span, y - lift), (x - span * 0.4, y - lift * 1.1), (x, y)]
        wing += [(x + span * 0.4, y - lift * 1.1), (x + span, y - lift)]
        ink.stroke(smooth(wing, closed=False), colour, 2.2, 0.8)
    canvas.draw(ink, y0 - 90, y0 + 90)


def mist(canvas: Canvas, scenery: Scenery, y: float, reach: float, strength: float, colour: Rgb | None = None) -> None:
    """Lay a band of mist centred on a height, uneven along its length."""
    chance = scenery.chance(f"mist{y:.0f}")
    rows = np.linspace(-1, 1, 48, dtype=np.float32)[:, None]
    wave: Field = noise(chance, 160, 48, 3 * max(1.0, scenery.width / 1000), 2, 3)
    cover = np.clip(1 - np.abs(rows), 0, 1) ** 1.3 * (0.8 + 0.5 * wave) * strength
    canvas.soften(colour or scenery.palette.haze, cover, y - reach, y + reach)
