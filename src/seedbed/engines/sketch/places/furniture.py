"""Furniture: drawn as vectors, then stood in a room in its light."""

from __future__ import annotations

import numpy as np

from seedbed.engines.sketch import art, lighting, props
from seedbed.engines.sketch.canvas import Canvas
from seedbed.engines.sketch.ink import Ink, ellipse, smooth
from seedbed.engines.sketch.palette import Colour, mix, rgb, shade

FABRICS = ("#5f8f86", "#c2705a", "#6c7fb0", "#d0a24e", "#8a6f9c")
FAR = 0.12
"""How deep in the haze furniture is, so that it stays behind the subjects."""


def furnish(canvas: Canvas, foot: float) -> None:
    """Stand a sofa, a lamp or a plant along the wall, at the sides."""
    random = canvas.random("furniture")
    fabric = rgb(FABRICS[int(random.integers(len(FABRICS)))])
    side = 1 if random.random() < 0.5 else -1
    aspect = canvas.aspect
    stand(canvas, props.draw("sofa", fabric), 0.5 + side * (0.5 - 0.2 / aspect), foot + 0.02, 0.22)
    stand(canvas, lamp(fabric), 0.5 + side * (0.5 - 0.42 / aspect), foot, 0.46)
    stand(canvas, plant(), 0.5 - side * (0.5 - 0.1 / aspect), foot + 0.03, 0.34)
    if canvas.palette.is_night or canvas.palette.tint > 0.15:
        x = 0.5 + side * (0.5 - 0.42 / aspect)
        canvas.glow(x, foot - 0.4 * canvas.unit / canvas.height, 0.5, rgb("#ffd48a"), 0.5)


def stand(canvas: Canvas, svg: str, x: float, foot: float, tall: float) -> None:
    """Stand a drawing with its foot at a place, `tall` units high."""
    sprite = art.sprite(svg, canvas.px(tall))
    height, width = sprite.shape[:2]
    left, below = round(x * canvas.width - width / 2), round(foot * canvas.height)
    lighting.contact_shadow(canvas, sprite, left, below, 0.4)
    shown = lighting.lit(sprite, canvas, x, FAR)
    lighting.paste(canvas, np.asarray(shown), left, below - height)


def lamp(fabric: Colour) -> str:
    """Draw a standing lamp."""
    ink = Ink("lamp-")
    ink.oval(0, -3, 20, 4, rgb("#4a3a30"))
    ink.rect(-1.6, -150, 3.2, 148, rgb("#5a4638"))
    glow = mix(fabric, rgb("#fff0c8"), 0.75)
    shell = "M-18 -190L18 -190L32 -148L-32 -148Z"
    ink.fill(shell, ink.linear((0, -190), (0, -148), (0, shade(glow, -0.06)), (1, glow)))
    return ink.document(-40, -194, 80, 196)


def plant() -> str:
    """Draw a tall plant in a pot."""
    ink = Ink("plant-")
    greens = ("#3f8f56", "#2f7a4a", "#57a866")
    for index in range(11):
        angle = np.deg2rad(-160 + 14 * index)
        reach = 78 + 16 * ((index * 5) % 3)
        tip = (float(np.cos(angle)) * reach * 0.62, -40 + float(np.sin(angle)) * reach)
        mid = (tip[0] * 0.5, (tip[1] - 40) / 2)
        width = 11 + 3 * (index % 2)
        leaf = [(0.0, -40.0), (mid[0] - width, mid[1]), tip, (mid[0] + width, mid[1])]
        ink.fill(smooth(leaf, True, 0.9), rgb(greens[index % 3]))
        ink.stroke(smooth([(0.0, -40.0), mid, tip], False), rgb("#2a6a40"), 1.2, 0.5)
    pot = ink.linear((-24, 0), (24, 0), (0, rgb("#d07a52")), (1, rgb("#a2553a")))
    ink.fill("M-25 -44L25 -44L19 0L-19 0Z", pot)
    ink.fill(ellipse(0, -44, 25, 5), rgb("#8a4a34"))
    return ink.document(-80, -150, 160, 152)
