"""Poses: how a two-legged figure holds its limbs, as data. A new pose is a row of `POSES`.

Angles are degrees from straight down; outward, away from the body's middle, is positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin
from typing import TypeAlias

from seedbed.engines.sketch.ink import Point

Bend: TypeAlias = tuple[float, float]
"""Angles of a limb's upper and lower part."""


@dataclass(frozen=True, slots=True)
class Pose:
    """The limbs of one pose, the left of the picture first."""

    arms: tuple[Bend, Bend]
    legs: tuple[Bend, Bend] | None = None
    """None for straight legs, feet together."""
    lean: float = 0.0
    """Degrees that the whole figure leans, clockwise."""


POSES: dict[str, Pose] = {
    "stand": Pose(((14, 4), (14, 4))),
    "walk": Pose(((30, 10), (26, 16)), ((20, 4), (24, -16))),
    "run": Pose(((44, 128), (52, -6)), ((48, -6), (30, 84)), -9),
    "jump": Pose(((132, 160), (132, 160)), ((34, -34), (46, -44))),
    "dance": Pose(((146, 176), (88, 122)), ((4, 0), (54, 10)), -6),
    "sit": Pose(((20, -26), (20, -26)), ((76, 14), (76, 14))),
    "perch": Pose(((18, -14), (18, -14)), ((52, 2), (52, 2))),
    "read": Pose(((22, -64), (22, -64))),
    "hold": Pose(((14, 4), (62, 100))),
    "fly": Pose(((166, 172), (24, 10)), ((6, 2), (18, 10)), 16),
    "swim": Pose(((112, 128), (112, 128)), ((12, 8), (26, 14))),
    "sleep": Pose(((10, 2), (10, 2))),
}
"""By the action of the scene description; `read` and `hold` follow from what is held."""


def pose_of(action: str | None) -> Pose:
    """Give the pose of an action; standing for one that has none."""
    return POSES.get(action or "stand", POSES["stand"])


def joints(start: Point, side: int, bend: Bend, upper: float, lower: float) -> tuple[Point, Point]:
    """Give a limb's middle joint and its end, in the coordinates of `Ink` (y downwards)."""
    middle = (
        start[0] + side * upper * sin(radians(bend[0])),
        start[1] + upper * cos(radians(bend[0])),
    )
    end = (
        middle[0] + side * lower * sin(radians(bend[1])),
        middle[1] + lower * cos(radians(bend[1])),
    )
    return middle, end
