"""Weather: what falls, drifts and flashes in front of a scene."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.canvas import Canvas
from seedbed.engines.sketch.palette import WHITE, mix, rgb


def behind(canvas: Canvas, weather: str | None, horizon: float) -> None:
    """Lay what belongs between the place and its subjects: fog, and lightning."""
    if weather == "fog":
        canvas.mist(horizon, 0.2, 0.58, mix(canvas.palette.haze, WHITE, 0.25))
    if weather == "storm":
        _lightning(canvas, horizon)


def before(canvas: Canvas, weather: str | None, season: str | None) -> None:
    """Lay what falls in front of everything."""
    if weather in ("rain", "storm"):
        _rain(canvas, 1.4 if weather == "storm" else 1.0)
    elif weather == "snow":
        _snow(canvas)
    elif weather == "fog":
        canvas.mist(0.95, 0.2, 0.4, mix(canvas.palette.haze, WHITE, 0.25))
    if season == "autumn" or weather == "wind":
        _leaves(canvas)


def _rain(canvas: Canvas, strength: float) -> None:
    random = canvas.random("rain")
    height = 640
    width = round(height * canvas.width / canvas.height)
    streaks = np.zeros((height, width), np.uint8)
    lean = (canvas.light_x - 0.5) * 0.5
    for _ in range(round(260 * strength * canvas.aspect)):
        x, y, length = random.random() * width, random.random() * height, 18 + 34 * random.random()
        end = (round(x + lean * length), round(y + length))
        cv2.line(
            streaks, (round(x), round(y)), end, round(70 + 110 * random.random()), 1, cv2.LINE_AA
        )
    canvas.veil(streaks.astype(np.float32) / 255 * 0.75, mix(canvas.palette.haze, WHITE, 0.55))
    for _ in range(round(50 * canvas.aspect)):
        x, y = random.random(), 0.78 + 0.22 * random.random()
        half = 0.012 * canvas.unit / canvas.width
        canvas.line([(x - half, y), (x + half, y)], mix(canvas.palette.haze, WHITE, 0.4), 0.0012)


def _snow(canvas: Canvas) -> None:
    random = canvas.random("snow")
    for _ in range(round(240 * canvas.aspect)):
        near = random.random() ** 2
        flake = mix(canvas.palette.haze, WHITE, 0.8)
        canvas.disc(random.random(), random.random(), 0.0014 + 0.0055 * near, flake)


def _leaves(canvas: Canvas) -> None:
    random = canvas.random("leaves")
    tones = (rgb("#d8702a"), rgb("#e8a33a"), rgb("#b5452f"))
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    for _ in range(round(26 * canvas.aspect)):
        x, y, turn, size = (
            random.random(),
            random.random(),
            random.random() * 6.3,
            0.006 + 0.01 * random.random(),
        )
        tip = np.array([np.cos(turn) * across, np.sin(turn) * down]) * size
        side = np.array([-np.sin(turn) * across, np.cos(turn) * down]) * size * 0.45
        at = np.array([x, y])
        tone = mix(tones[int(random.integers(3))], canvas.palette.shade, canvas.palette.tint)
        canvas.polygon(np.array([at - tip, at + side, at + tip, at - side]), tone)


def _lightning(canvas: Canvas, horizon: float) -> None:
    random = canvas.random("lightning")
    x, points = 0.2 + 0.6 * random.random(), []
    for step in range(10):
        points.append((x, horizon * step / 9))
        x += (random.random() - 0.5) * 0.07
    canvas.glow(points[4][0], points[4][1], 0.6, rgb("#b8c8ff"), 0.5)
    canvas.line(points, rgb("#c8d4ff"), 0.008)
    canvas.line(points, WHITE, 0.0035)
    branch = [points[4], (points[4][0] + 0.05, points[5][1]), (points[4][0] + 0.07, points[7][1])]
    canvas.line(branch, rgb("#dfe6ff"), 0.003)
