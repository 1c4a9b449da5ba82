"""Mountains: ridges whose faces are shaded from the light's side, under snow where it is high."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.engines.sketch.canvas import Canvas, Field, fractal, rise
from seedbed.engines.sketch.palette import Colour, mix, rgb

SNOW = rgb("#f4f8fc")
COLUMNS = 560
"""Columns of a range's shading, before it is enlarged."""
STEEPEST = 0.42
"""Height of a range against the picture's width: in a tall picture peaks do not become needles."""


def mountains(
    canvas: Canvas, horizon: float, height: float, purpose: str, depth: float, snow: bool = True
) -> None:
    """Paint one range of mountains standing on the horizon; `depth` 1 is the farthest."""
    palette, random = canvas.palette, canvas.random(purpose)
    tall = min(
        height * (0.85 + 0.4 * float(random.random())), STEEPEST * canvas.width / canvas.height
    )
    tall = min(tall, horizon * 0.8)
    stretch = max(1.0, canvas.width / canvas.height)
    columns = int(min(1600, COLUMNS * stretch))
    rows = int(max(40, min(320, columns * 1.1 * tall * canvas.height / canvas.width)))
    line = _skyline(random, columns, (1.3 + 1.5 * float(random.random())) * stretch)
    crown = (rows - 1) * (1 - 0.94 * line)
    shown, high = _faces(canvas, random, crown, rows)
    rock = mix(mix(rgb("#76839a"), palette.shade, 0.3), palette.sky_low, 0.1)
    colour = _between(
        mix(mix(rock, palette.shade, 0.42), palette.haze, depth * 0.66),
        mix(mix(rock, palette.light, 0.36), palette.haze, depth * 0.62), shown,
    )  # fmt: skip
    if snow:
        fallen = 0.92 if palette.is_snowy else 0.34 + 0.3 * float(random.random())
        white = _between(
            mix(mix(SNOW, palette.shade, 0.36), palette.haze, depth * 0.42),
            mix(mix(SNOW, palette.light, 0.25), palette.haze, depth * 0.3), shown,
        )  # fmt: skip
        colour += (white - colour) * rise(-0.1, 0.06, high - (1 - fallen))[..., None]
    foot = rise(0.25, 1.1, np.linspace(0, 1, rows, dtype=np.float32))[:, None, None]
    colour += (np.array(palette.haze, np.float32) - colour) * foot * (0.25 + 0.6 * depth)
    texture = np.clip(colour, 0, 255).astype(np.uint8)
    top, bottom = horizon - tall, horizon + 0.03
    edge = top + crown / rows * (bottom - top)
    outline = np.stack([np.linspace(-0.002, 1.002, columns), edge], 1)
    corners = np.array([[1.01, bottom], [-0.01, bottom]])
    canvas.textured(np.concatenate([outline, corners]), texture, top, bottom)
    canvas.mist(horizon, 0.03 + height * 0.16, 0.3 + 0.25 * depth)


def _skyline(random: np.random.Generator, columns: int, waves: float) -> Field:
    """Make a skyline from 0 to 1 with sharp summits and rounder passes."""
    line = np.zeros(columns, np.float32)
    strength = 1.0
    for octave in range(7):
        knots = (random.random((1, max(3, round(waves) + 2))) * 2 - 1).astype(np.float32)
        wave = cv2.resize(knots, (columns, 1), interpolation=cv2.INTER_CUBIC)[0]
        sharp = 0.5 if octave > 1 else 0.25
        line += strength * ((1 - sharp) * wave + sharp * (1 - 2 * np.abs(wave)))
        strength, waves = strength * 0.43, waves * 2
    low, high = float(line.min()), float(line.max())
    return np.asarray(0.12 + 0.88 * ((line - low) / max(high - low, 1e-6)) ** 1.1, np.float32)


def _faces(
    canvas: Canvas, random: np.random.Generator, crown: Field, rows: int
) -> tuple[Field, Field]:
    """Give how lit each spot of the faces is, and how high it is for snow, both 0 to 1."""
    columns = len(crown)
    stretch = columns / COLUMNS
    height = np.arange(rows, dtype=np.float32)[:, None]
    depth = np.clip((height - crown[None]) / rows, 0, 1)
    rough = fractal(random, rows, columns, 5, 9 * stretch, 6, 0.55)
    crest = 1 - 2 * np.abs(fractal(random, rows, columns, 3.2, 7 * stretch, 5, 0.5))
    relief = cv2.GaussianBlur(crest * 0.8 + rough * 0.45, (0, 0), 1.1)
    slope = cv2.Sobel(relief, cv2.CV_32F, 1, 0)
    fall = np.gradient(cv2.GaussianBlur(crown[None].astype(np.float32), (0, 0), 5)[0])[None]
    towards = -1 if canvas.light_x < 0.5 else 1
    facing = -towards * slope * 1.3 + towards * fall * 0.9 * np.exp(-depth * 2.4)
    shown = rise(-0.55, 0.6, (facing + rough * 0.15).astype(np.float32))
    return shown, np.asarray(1 - height / rows + rough * 0.24 - depth * 0.24, np.float32)


def _between(dark: Colour, light: Colour, share: Field) -> Field:
    start, end = np.array(dark, np.float32), np.array(light, np.float32)
    return start + (end - start) * share[..., None]
