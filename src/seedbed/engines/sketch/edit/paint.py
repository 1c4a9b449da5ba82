"""Paint on photos: tones, colours, light and weather, each a function from pixels to pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.engines.sketch import weather as weathers
from seedbed.engines.sketch.canvas import Canvas, noise, random_of
from seedbed.engines.sketch.edit.matte import Matte
from seedbed.engines.sketch.edit.wish import Atmosphere, Grade
from seedbed.engines.sketch.palette import Colour, named, palette_of, to_oklab
from seedbed.engines.sketch.scene import SceneDescription
from seedbed.engines.sketch.styles.raster import Raster

Table = NDArray[Any]
"""256 x 3: what becomes of each level of red, green and blue."""
LEVELS = np.arange(256, dtype=np.float32) / 255


def mixed(photo: Raster, painted: Raster, share: float) -> Raster:
    """Go from a photo toward what was made of it."""
    if share >= 1:
        return painted
    return np.asarray(cv2.addWeighted(photo, 1 - share, painted, share, 0), np.uint8)


def within(photo: Raster, painted: Raster, matte: Matte) -> Raster:
    """Take what was painted where the matte is, and the photo, byte for byte, where it is not."""
    share = cv2.merge([matte] * 3)
    over = cv2.multiply(painted, share, scale=1 / 255)
    under = cv2.multiply(photo, cv2.bitwise_not(share), scale=1 / 255)
    joined = cv2.add(over, under)
    return np.asarray(
        np.where(share == 0, photo, np.where(share == 255, painted, joined)), np.uint8
    )


# Tones.


def graded(photo: Raster, grade: Grade, strength: float) -> Raster:
    """Change the colours of all of a photo."""
    return _GRADES[grade](photo, strength)


def _curves(photo: Raster, red: Table, green: Table, blue: Table) -> Raster:
    table = np.stack([red, green, blue], 1).clip(0, 1)
    return np.asarray(cv2.LUT(photo, (table * 255).astype(np.uint8)[None]), np.uint8)


def _curve(photo: Raster, curve: Table) -> Raster:
    return _curves(photo, curve, curve, curve)


def _warmer(photo: Raster, strength: float) -> Raster:
    s = 0.13 * strength
    return _curves(photo, LEVELS ** (1 - s), LEVELS ** (1 - s * 0.2), LEVELS ** (1 + s * 1.5))


def _cooler(photo: Raster, strength: float) -> Raster:
    s = 0.13 * strength
    return _curves(photo, LEVELS ** (1 + s * 1.3), LEVELS ** (1 + s * 0.1), LEVELS ** (1 - s))


def _brighter(photo: Raster, strength: float) -> Raster:
    return _curve(photo, LEVELS ** (1 - 0.32 * min(strength, 2)))


def _darker(photo: Raster, strength: float) -> Raster:
    return _curve(photo, LEVELS ** (1 + 0.55 * strength) * (1 - 0.06 * strength))


def _contrast(photo: Raster, strength: float) -> Raster:
    s = LEVELS * LEVELS * (3 - 2 * LEVELS)
    return _curve(photo, LEVELS + (s - LEVELS) * 0.75 * strength)


def _saturated(photo: Raster, share: float) -> Raster:
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.addWeighted(photo, share, cv2.merge([grey] * 3), 1 - share, 0), np.uint8)


def _vivid(photo: Raster, strength: float) -> Raster:
    return _contrast(_saturated(photo, 1 + 0.5 * strength), 0.3 * strength)


def _muted(photo: Raster, strength: float) -> Raster:
    lifted = _curve(photo, 0.1 * strength + LEVELS * (1 - 0.13 * strength))
    return _saturated(lifted, 1 - 0.42 * min(strength, 2))


def _monochrome(photo: Raster, strength: float) -> Raster:
    grey = cv2.merge([cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)] * 3)
    return mixed(photo, _contrast(np.asarray(grey, np.uint8), 0.3), strength)


def _sepia(photo: Raster, strength: float) -> Raster:
    matrix = np.array(
        [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]], np.float32
    )
    brown = cv2.transform(photo, matrix * 0.94)
    return mixed(photo, np.asarray(brown, np.uint8), strength)


def _vintage(photo: Raster, strength: float) -> Raster:
    faded = _curves(photo, 0.09 + LEVELS * 0.86, 0.07 + LEVELS * 0.84, 0.12 + LEVELS * 0.7)
    old = _vignetted(_saturated(faded, 0.72), 0.5)
    size = (old.shape[0] // 2 + 1, old.shape[1] // 2 + 1)
    grain = random_of(7, "film").normal(0, 7, size).astype(np.float32)
    wide = cv2.resize(grain, (old.shape[1], old.shape[0]))[..., None]
    return mixed(photo, (old + wide).clip(0, 255).astype(np.uint8), strength)


def _sharp(photo: Raster, strength: float) -> Raster:
    fine = cv2.GaussianBlur(photo, (0, 0), max(0.8, min(photo.shape[:2]) / 900))
    crisp = cv2.addWeighted(photo, 1 + 0.8 * strength, fine, -0.8 * strength, 0)
    return _contrast(np.asarray(crisp, np.uint8), 0.15)


def _blur(photo: Raster, strength: float) -> Raster:
    return np.asarray(
        cv2.GaussianBlur(photo, (0, 0), min(photo.shape[:2]) / 90 * strength), np.uint8
    )


def _soft(photo: Raster, strength: float) -> Raster:
    smooth = cv2.bilateralFilter(_less(photo), 7, 36, 7)
    wide = cv2.resize(smooth, (photo.shape[1], photo.shape[0]))
    glow = cv2.GaussianBlur(wide, (0, 0), min(photo.shape[:2]) / 60)
    return mixed(photo, np.asarray(cv2.addWeighted(wide, 0.72, glow, 0.28, 4), np.uint8), strength)


def _dreamy(photo: Raster, strength: float) -> Raster:
    glow = cv2.GaussianBlur(_brighter(photo, 0.6), (0, 0), min(photo.shape[:2]) / 36)
    lit = cv2.bitwise_not(
        cv2.multiply(
            cv2.bitwise_not(photo),
            cv2.bitwise_not(cv2.convertScaleAbs(glow, alpha=0.5)),
            scale=1 / 255,
        )
    )
    pink = _curves(np.asarray(lit, np.uint8), LEVELS**0.94, LEVELS, LEVELS**0.9)
    return mixed(photo, pink, min(1.0, strength))


def _dramatic(photo: Raster, strength: float) -> Raster:
    teal = _curves(
        _contrast(photo, 0.8), LEVELS + 0.05 * (LEVELS - 0.4), LEVELS, LEVELS * 0.86 + 0.06
    )
    return mixed(photo, _vignetted(_saturated(teal, 0.9), 0.6), min(1.0, strength))


def _invert(photo: Raster, strength: float) -> Raster:
    return np.asarray(cv2.bitwise_not(photo), np.uint8)


def _less(photo: Raster) -> Raster:
    scale = min(1.0, 1000 / max(photo.shape[:2]))
    return np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _vignetted(photo: Raster, strength: float) -> Raster:
    rows = np.linspace(-1, 1, 64, dtype=np.float32)
    far = np.clip(rows[None] ** 2 + rows[:, None] ** 2 - 0.35, 0, 2)
    dark = (255 * (1 - np.clip(strength * 0.42 * far, 0, 0.8))).astype(np.uint8)
    large = cv2.resize(dark, (photo.shape[1], photo.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.multiply(photo, cv2.merge([large] * 3), scale=1 / 255), np.uint8)


_GRADES: dict[Grade, Callable[[Raster, float], Raster]] = {
    "warmer": _warmer, "cooler": _cooler, "brighter": _brighter, "darker": _darker,
    "contrast": _contrast, "soft": _soft, "vivid": _vivid, "muted": _muted,
    "monochrome": _monochrome, "sepia": _sepia, "vintage": _vintage, "sharp": _sharp,
    "blur": _blur, "invert": _invert, "dramatic": _dramatic, "dreamy": _dreamy,
}  # fmt: skip


# Colours of things.


def recoloured(photo: Raster, matte: Matte, colour: Colour, was: Colour | None) -> Raster:
    """Give what the matte covers another colour, its shading kept; only what was of one hue.

    Without `was`, the hue that most of it has is the one that changes; grey things change whole.
    """
    box = cv2.boundingRect((matte > 8).astype(np.uint8))
    left, top, wide, tall = box
    if not wide:
        return photo
    region = np.ascontiguousarray(photo[top : top + tall, left : left + wide])
    cover = matte[top : top + tall, left : left + wide]
    lab = cv2.cvtColor(region, cv2.COLOR_RGB2LAB).astype(np.float32)
    a, b = lab[..., 1] - 128, lab[..., 2] - 128
    chroma, hue = np.hypot(a, b), np.arctan2(b, a)
    share = _of_one_hue(hue, chroma, cover, was)
    goal = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_RGB2LAB)[0, 0].astype(np.float32)
    held = share > 0.5
    usual = float(np.median(lab[..., 0][held])) if held.any() else 128.0
    strength = chroma / max(float(np.percentile(chroma[held], 70)) if held.any() else 1.0, 12.0)
    grey = np.hypot(goal[1] - 128, goal[2] - 128) < 10
    plain = not held.any() or float(np.median(chroma[held])) < 12  # grey, so without a hue
    keep = np.ones_like(chroma) if plain else np.clip(strength, 0.25, 1.2)
    painted = lab.copy()
    shift = (goal[0] - usual) * (0.85 if grey else 0.45)
    painted[..., 0] = np.clip(lab[..., 0] + shift, 0, 255)
    painted[..., 1] = 128 + (goal[1] - 128) * keep
    painted[..., 2] = 128 + (goal[2] - 128) * keep
    made = cv2.cvtColor(painted.clip(0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    whole = photo.copy()
    over = (share * 255).astype(np.uint8)
    whole[top : top + tall, left : left + wide] = within(region, np.asarray(made), over)
    return whole


def _of_one_hue(
    hue: NDArray[Any], chroma: NDArray[Any], cover: Matte, was: Colour | None
) -> NDArray[Any]:
    """Tell how far each covered pixel is of the hue that is to change: 0 to 1."""
    inside = cover.astype(np.float32) / 255
    if was is None:
        sure = (inside > 0.6) & (chroma > 14)
        if float(sure.sum()) < 0.12 * float((inside > 0.6).sum()):
            return inside  # grey things have no hue
        weights = np.histogram(hue[sure], 36, (-np.pi, np.pi), weights=chroma[sure])[0]
        smooth = weights + np.roll(weights, 1) + np.roll(weights, -1)
        wanted = (float(np.argmax(smooth)) + 0.5) / 36 * 2 * np.pi - np.pi
    else:
        _, a, b = to_oklab(was)
        if np.hypot(a, b) < 0.03:
            return np.asarray(inside * np.clip(1 - (chroma - 10) / 10, 0, 1), np.float32)
        lab = cv2.cvtColor(np.array([[was]], np.uint8), cv2.COLOR_RGB2LAB)[0, 0].astype(np.float32)
        wanted = float(np.arctan2(lab[2] - 128, lab[1] - 128))
    away = np.abs(np.angle(np.exp(1j * (hue - wanted))))
    near = np.clip(1 - (away - 0.42) / 0.3, 0, 1) * np.clip((chroma - 9) / 9, 0, 1)
    near = cv2.GaussianBlur(np.asarray(near * inside, np.float32), (0, 0), 1.0)
    return np.asarray(np.where(cover > 0, near, 0), np.float32)


# Light and weather.


def weathered(photo: Raster, said: Atmosphere, sky: Matte, subject: Matte, seed: int) -> Raster:
    """Change the time of day, the season and the weather of a photo."""
    scene = SceneDescription(time=said.time, weather=said.weather, season=said.season)  # type: ignore[arg-type]
    height, width = photo.shape[:2]
    sky = _up_to(sky, subject)
    canvas = Canvas(width, height, palette_of(scene, seed), seed)
    canvas.pixels = photo
    if said.season == "winter" or said.weather == "snow":
        canvas.pixels = _snowed(canvas.pixels, sky, subject, seed)
    elif said.season is not None:
        canvas.pixels = _seasoned(canvas.pixels, said.season)
    if said.weather in ("rain", "storm", "cloudy", "fog"):
        canvas.pixels = _overcast(canvas, sky, said.weather)
    if said.time is not None:
        canvas.pixels = _timed(canvas, said.time, sky, subject)
    if said.weather == "fog":
        canvas.pixels = _fogged(canvas, subject)
    weathers.before(canvas, said.weather, "autumn" if said.season == "autumn" else None)
    return canvas.pixels


def _up_to(sky: Matte, subject: Matte) -> Matte:
    """Let the sky reach up to the subject, which it was kept from."""
    reach = 2 * max(2, round(min(sky.shape) / 55)) + 1
    near = cv2.dilate(sky, np.ones((reach, reach), np.uint8))
    around = cv2.dilate(subject, np.ones((reach, reach), np.uint8))
    joined = cv2.max(sky, cv2.min(near, around))
    return np.asarray(cv2.min(joined, cv2.bitwise_not(subject)), np.uint8)


def _sky(canvas: Canvas, sky: Matte, share: float) -> Raster:
    """Paint the palette's sky where the photo's is, the clouds of the photo shining through."""
    top, low = canvas.palette.sky_top, canvas.palette.sky_low
    height, width = sky.shape
    down = np.flatnonzero((sky > 127).any(1))
    last = int(down[-1]) + 1 if len(down) else 1
    rows = np.clip(np.arange(height) / max(1, last), 0, 1)[:, None] ** 0.8
    colours = np.array(top) + (np.array(low) - np.array(top)) * rows
    painted = np.repeat(colours[:, None].astype(np.uint8), width, 1)
    grey = cv2.cvtColor(canvas.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    usual = float(grey[sky > 127].mean()) if (sky > 127).any() else 128.0
    relief = np.clip((grey - usual) * 0.3, -22, 22)[..., None]
    return mixed(canvas.pixels, (painted + relief).clip(0, 255).astype(np.uint8), share)


def _timed(canvas: Canvas, time: str, sky: Matte, subject: Matte) -> Raster:
    photo = canvas.pixels
    if time == "night":
        return _night(canvas, sky, subject)
    if time == "day":
        return _brighter(photo, 0.8)
    s = 1.0 if time == "sunset" else 0.7
    warm = _curves(
        photo,
        LEVELS ** (1 - 0.2 * s),
        LEVELS ** (1 + 0.1 * s) * 0.95,
        LEVELS ** (1 + 0.42 * s) * 0.86,
    )
    canvas.pixels = warm
    if (sky > 127).mean() > 0.03:
        canvas.pixels = within(warm, _sky(canvas, sky, 0.82), sky)
        x, y = _horizon(canvas, sky)
        canvas.glow(x, y, 0.75, (255.0, 168.0, 84.0), 0.6)
        canvas.glow(x, y, 0.16, (255.0, 236.0, 190.0), 0.8)
    else:
        canvas.glow(canvas.light_x, 0.02, 0.9, (255.0, 160.0, 80.0), 0.5)
    return _vignetted(canvas.pixels, 0.4)


def _horizon(canvas: Canvas, sky: Matte) -> tuple[float, float]:
    """Find where a low sun stands: just above where the sky ends, on the light's side."""
    x = round(canvas.light_x * (canvas.width - 1))
    band = sky[:, max(0, x - canvas.width // 30) : x + canvas.width // 30 + 1]
    rows = np.flatnonzero((band > 127).mean(1) > 0.5)
    return canvas.light_x, float(rows[-1]) / canvas.height - 0.03 if len(rows) else 0.1


def _night(canvas: Canvas, sky: Matte, subject: Matte) -> Raster:
    photo = canvas.pixels
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    dark = _curves(
        _saturated(photo, 0.62), LEVELS**1.45 * 0.36, LEVELS**1.4 * 0.43, LEVELS**1.2 * 0.66
    )
    outside = cv2.bitwise_not(sky)
    bright = cv2.bitwise_and(((grey > 236) * 255).astype(np.uint8), outside)
    bright = cv2.bitwise_and(bright, cv2.bitwise_not(subject))
    wide = cv2.blur(bright, (2 * (canvas.unit // 16) + 1,) * 2)
    # A lamp is a small light in the dark; a white wall is none.
    lamps = cv2.bitwise_and(bright, np.where(wide < 60, 255, 0).astype(np.uint8))
    canvas.pixels = dark
    if (sky > 127).mean() > 0.03:
        canvas.pixels = within(dark, _sky(canvas, sky, 0.92), sky)
        _stars(canvas, sky)
    small = cv2.resize(lamps, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    glow = cv2.GaussianBlur(small, (0, 0), max(2.0, canvas.unit / 140)).astype(np.float32)
    light = cv2.resize(glow, (canvas.width, canvas.height)) * 2.4
    core = cv2.GaussianBlur(lamps, (0, 0), 1.2).astype(np.float32)
    warm = (np.clip(light + core, 0, 255)[..., None] * (1.0, 0.82, 0.52)).astype(np.uint8)
    return _vignetted(np.asarray(cv2.add(canvas.pixels, warm), np.uint8), 0.7)


def _stars(canvas: Canvas, sky: Matte) -> None:
    random = canvas.random("stars")
    for _ in range(150):
        x, y = float(random.random()), float(random.random()) ** 1.3
        if sky[int(y * (canvas.height - 1)), int(x * (canvas.width - 1))] > 250:
            canvas.disc(x, y, 0.0008 + 0.0016 * float(random.random()) ** 3, (236.0, 240.0, 255.0))
    places = [(x, y) for x in (0.82, 0.16, 0.64, 0.36) for y in (0.14, 0.2)]
    for x, y in places:
        reach = round(0.06 * canvas.unit)
        row, column = round(y * canvas.height), round(x * canvas.width)
        around = sky[max(0, row - reach) : row + reach, max(0, column - reach) : column + reach]
        if around.size and around.min() > 250:
            canvas.glow(x, y, 0.2, (200.0, 214.0, 255.0), 0.5)
            canvas.disc(x, y, 0.032, (248.0, 246.0, 232.0))
            canvas.disc(
                x + 0.014 * canvas.unit / canvas.width, y - 0.006, 0.027, canvas.palette.sky_top
            )
            return


def _overcast(canvas: Canvas, sky: Matte, weather: str) -> Raster:
    photo = canvas.pixels
    dim = 0.62 if weather == "storm" else 0.78 if weather == "rain" else 0.92
    flat = _saturated(photo, 0.55)
    grey = _curves(flat, LEVELS * dim * 0.94, LEVELS * dim * 0.98, LEVELS * dim * 1.04)
    if (sky > 127).mean() > 0.03:
        clouds = noise(canvas.random("clouds"), 90, 160, 5) * 70 + 118 * dim
        wide = cv2.resize(clouds, (canvas.width, canvas.height), interpolation=cv2.INTER_CUBIC)
        # As light as the sky was: clouds of a night are no clouds of a day.
        light = float(cv2.mean(photo, sky)[1]) / 170
        tint = np.array((0.97, 1.0, 1.05)) * min(1.0, max(0.12, light))
        tone = (wide[..., None] * tint).clip(0, 255).astype(np.uint8)
        grey = within(grey, mixed(grey, tone, 0.8), sky)
    return grey


def _fogged(canvas: Canvas, subject: Matte) -> Raster:
    """Lay fog that thickens upwards, as far things are seen higher; the subject stands out."""
    photo = canvas.pixels
    rows = np.linspace(1, 0, 64, dtype=np.float32)[:, None] ** 0.8
    drift = noise(canvas.random("fog"), 64, 96, 3) * 0.35
    cover = np.clip(0.16 + 0.68 * rows + drift - 0.15, 0, 0.93)
    wide = cv2.resize(np.asarray(cover, np.float32), (canvas.width, canvas.height))
    near = cv2.GaussianBlur(subject, (0, 0), max(2.0, canvas.unit / 150)).astype(np.float32) / 255
    wide = wide * (1 - 0.62 * near)
    return within(photo, np.full_like(photo, (214, 220, 226)), (wide * 255).astype(np.uint8))


def _snowed(photo: Raster, sky: Matte, subject: Matte, seed: int) -> Raster:
    """Lay snow on what is seen from above: light, rough ground, and upper edges."""
    cold = _curves(_saturated(photo, 0.6), LEVELS**0.98, LEVELS**0.93, LEVELS**0.82)
    height, width = photo.shape[:2]
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    slope = cv2.Sobel(cv2.GaussianBlur(grey, (0, 0), 2), cv2.CV_32F, 0, 1, ksize=3)
    upper = np.clip(np.abs(slope) * 2.4 - 0.1, 0, 1)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    patches = cv2.resize(noise(random_of(seed, "drifts"), 60, 90, 4), (width, height))
    lit = np.clip((grey - 0.22) * 1.6, 0, 1)
    ground = np.clip((rows - 0.35) * 2.4, 0, 1) * (0.6 + 0.7 * patches) * (0.55 + 0.45 * lit)
    cover = np.clip(ground * 0.9 + upper * 0.5, 0, 0.93)
    free = 1 - 0.86 * subject.astype(np.float32) / 255
    free = free * (1 - sky.astype(np.float32) / 255)
    shade = (0.74 + 0.26 * np.clip(grey * 1.3, 0, 1))[..., None] * (246, 249, 255)
    share = cv2.GaussianBlur(np.asarray(cover * free, np.float32), (0, 0), 1.2)
    return within(cold, shade.clip(0, 255).astype(np.uint8), (share * 255).astype(np.uint8))


def _seasoned(photo: Raster, season: str) -> Raster:
    """Turn the leaves: what is green becomes what it is in that season."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    a, b = lab[..., 1] - 128, lab[..., 2] - 128
    green = np.clip((b - a - 10) / 22, 0, 1) * np.clip((-a + 6) / 8, 0, 1)
    goals = {"autumn": (26, 48, 6), "spring": (-24, 38, 22), "summer": (-30, 40, 4)}
    red, yellow, light = goals.get(season, (0, 0, 0))
    lab[..., 0] += green * light
    lab[..., 1] += green * (red - a) * 0.85
    lab[..., 2] += green * (yellow - b) * 0.7
    leaves = cv2.cvtColor(lab.clip(0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    turned = np.asarray(leaves, np.uint8)
    return _warmer(turned, 1.0) if season == "autumn" else _vivid(turned, 0.35)


def toned_like(photo: Raster, goal: Raster, share: float, cover: Matte | None = None) -> Raster:
    """Bring the colours of a photo toward those of another: mean and spread in Lab."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)
    inside = None if cover is None else (cover > 127).astype(np.uint8)
    mean, spread = (part[:, 0] for part in cv2.meanStdDev(lab, mask=inside))
    wanted, width = (
        part[:, 0] for part in cv2.meanStdDev(cv2.cvtColor(_less(goal), cv2.COLOR_RGB2LAB))
    )
    table = np.stack(
        [
            (np.arange(256) - mean[i]) * np.clip(width[i] / max(spread[i], 1), 0.6, 1.5) + wanted[i]
            for i in range(3)
        ],
        1,
    ).clip(0, 255)
    moved = cv2.cvtColor(cv2.LUT(lab, table.astype(np.uint8)[None]), cv2.COLOR_LAB2RGB)
    return mixed(photo, np.asarray(moved, np.uint8), share)


def colour_named(name: str | None) -> Colour | None:
    """Give a colour by its name."""
    return None if name is None else named(name)
