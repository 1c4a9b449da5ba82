"""Eyes: found on a head seen from the front, and closed for whoever sleeps."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from seedbed.engines.sketch.ink import GLYPH, PROBE, Ink, inside, probe, smooth
from seedbed.engines.sketch.palette import Colour, rgb

DARK = 105
"""Mean of red, green and blue below which a pixel may be of an eye."""
LID = rgb("#3a2a26")


@lru_cache(maxsize=64)
def closed(head: str) -> str:
    """Close the eyes of a head: each under a lid of the colour around it; or leave it alone."""
    eyes = _eyes(head)
    if not eyes:
        return head
    ink = Ink("lid-")
    ink.raw(inside(head))
    for x, y, wide, tall, skin in eyes:
        half, high = wide / 2 + 0.5, tall / 2 + 0.5
        ink.oval(x, y, half, high, skin)
        lash = [(x - half, y), (x, y + high * 0.75), (x + half, y)]
        ink.stroke(smooth(lash, False), LID, 0.9)
    return ink.document(0, 0, GLYPH, GLYPH)


def _eyes(head: str) -> list[tuple[float, float, float, float, Colour]]:
    """Find two dark spots alike, level, and mirrored about the middle."""
    pixels = probe(head)
    dark = (pixels[..., :3].mean(2) < DARK) & (pixels[..., 3] > 200)
    count, _, stats, centres = cv2.connectedComponentsWithStats(dark.astype(np.uint8))
    spots = [
        (centres[i], stats[i])
        for i in range(1, count)
        if 8 <= stats[i, cv2.CC_STAT_AREA] <= 420 and 0.28 < centres[i][1] / PROBE < 0.72
    ]
    for first, one in spots:
        for second, other in spots:
            level = abs(first[1] - second[1]) < 3
            mirrored = abs(first[0] + second[0] - PROBE) < 8 and second[0] - first[0] > 12
            sizes = sorted((one[cv2.CC_STAT_AREA], other[cv2.CC_STAT_AREA]))
            if level and mirrored and sizes[0] > 0.7 * sizes[1]:
                return [_eye(pixels, one), _eye(pixels, other)]
    return []


def _eye(pixels: np.ndarray, box: np.ndarray) -> tuple[float, float, float, float, Colour]:
    left, top, wide, tall = (int(part) for part in box[:4])
    around = pixels[max(0, top - 3) : top + tall + 3, max(0, left - 3) : left + wide + 3]
    solid = around[(around[..., 3] > 200) & (around[..., :3].mean(2) > DARK)][:, :3]
    tone = np.median(solid, axis=0) if len(solid) else np.array((128, 128, 128))
    step = GLYPH / PROBE
    skin = (float(tone[0]), float(tone[1]), float(tone[2]))
    return (left + wide / 2) * step, (top + tall / 2) * step, wide * step, tall * step, skin
