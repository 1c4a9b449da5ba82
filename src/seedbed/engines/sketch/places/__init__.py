"""Places: where a scene happens. One painter each, and the floor that subjects stand on.

A new place is a row of `_TABLE` and a function that paints it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from seedbed.engines.sketch.canvas import Canvas, random_of
from seedbed.engines.sketch.places import (
    beyond,
    built,
    elements,
    indoors,
    isometric,
    open_air,
    waters,
)

__all__ = ["MODEL", "Floor", "elements", "floor_of", "isometric", "paint"]

Painter = Callable[[Canvas, float], None]


@dataclass(frozen=True, slots=True)
class Floor:
    """Where subjects may be, as fractions of the height from the top."""

    horizon: float
    far: float
    """Feet of what stands farthest away."""
    near: float
    """Feet of what stands nearest."""
    kind: Literal["ground", "water", "table", "open"]
    """`open` has no floor: subjects float."""


MODEL = Floor(0.34, 0.56, 0.72, "ground")
"""The floor of any place that is shown as an isometric model."""
_TABLE: Mapping[str, tuple[Painter, Floor]] = {
    "meadow": (open_air.meadow, Floor(0.52, 0.7, 0.9, "ground")),
    "forest": (open_air.forest, Floor(0.58, 0.72, 0.91, "ground")),
    "jungle": (open_air.jungle, Floor(0.6, 0.76, 0.92, "ground")),
    "snowfield": (open_air.snowfield, Floor(0.56, 0.73, 0.91, "ground")),
    "mountains": (open_air.mountains, Floor(0.55, 0.74, 0.9, "ground")),
    "desert": (open_air.desert, Floor(0.52, 0.74, 0.91, "ground")),
    "garden": (open_air.garden, Floor(0.48, 0.8, 0.93, "ground")),
    "park": (open_air.park, Floor(0.54, 0.72, 0.91, "ground")),
    "farm": (open_air.farm, Floor(0.5, 0.78, 0.92, "ground")),
    "road": (open_air.road, Floor(0.52, 0.7, 0.9, "ground")),
    "volcano": (open_air.volcano, Floor(0.64, 0.78, 0.92, "ground")),
    "lake": (waters.lake, Floor(0.54, 0.68, 0.84, "water")),
    "river": (waters.river, Floor(0.5, 0.72, 0.9, "water")),
    "sea": (waters.sea, Floor(0.54, 0.66, 0.82, "water")),
    "coast": (waters.coast, Floor(0.46, 0.75, 0.84, "ground")),
    "beach": (waters.beach, Floor(0.5, 0.78, 0.92, "ground")),
    "underwater": (waters.underwater, Floor(0.8, 0.88, 0.95, "open")),
    "ice": (waters.ice, Floor(0.5, 0.74, 0.91, "ground")),
    "city": (built.city, Floor(0.62, 0.76, 0.92, "ground")),
    "street": (built.street, Floor(0.54, 0.74, 0.92, "ground")),
    "village": (built.village, Floor(0.5, 0.74, 0.91, "ground")),
    "castle": (built.castle, Floor(0.54, 0.74, 0.91, "ground")),
    "temple": (built.temple, Floor(0.52, 0.76, 0.92, "ground")),
    "fairground": (built.fairground, Floor(0.56, 0.76, 0.92, "ground")),
    "stadium": (built.stadium, Floor(0.5, 0.72, 0.91, "ground")),
    "room": (indoors.room, Floor(0.66, 0.78, 0.92, "ground")),
    "kitchen": (indoors.kitchen, Floor(0.64, 0.78, 0.9, "table")),
    "table": (indoors.table, Floor(0.6, 0.74, 0.88, "table")),
    "windowsill": (indoors.windowsill, Floor(0.74, 0.84, 0.9, "table")),
    "studio": (indoors.studio, Floor(0.7, 0.76, 0.82, "table")),
    "cave": (indoors.cave, Floor(0.64, 0.78, 0.92, "ground")),
    "stage": (indoors.stage, Floor(0.7, 0.8, 0.92, "ground")),
    "library": (indoors.library, Floor(0.72, 0.82, 0.93, "ground")),
    "sky": (beyond.sky, Floor(0.7, 0.5, 0.62, "open")),
    "space": (beyond.space, Floor(1.0, 0.5, 0.66, "open")),
    "mars": (beyond.mars, Floor(0.55, 0.74, 0.91, "ground")),
    "moon": (beyond.moon, Floor(0.58, 0.75, 0.91, "ground")),
}


SWAY = 0.13
"""How far, as a share of the height, the seed may move a horizon."""
LOWERED = 0.07
"""How much lower a horizon is where no subject needs the ground."""
STEADY = (
    "coast",
    "garden",
    "stadium",
    "street",
    "room",
    "library",
    "stage",
    "cave",
    "volcano",
    "temple",
)
"""Places whose parts need their horizon where it is."""


def floor_of(place: str, seed: int = 0) -> Floor:
    """Give the floor of a place, its horizon as high as the seed has it; KeyError if unknown."""
    floor = _TABLE[place][1]
    if floor.kind not in ("ground", "water") or place in STEADY:
        return floor
    shift = (float(random_of(seed, "horizon").random()) - 0.6) * SWAY
    return replace(floor, horizon=floor.horizon + shift, far=floor.far + shift * 0.6)


def paint(canvas: Canvas, place: str) -> None:
    """Paint a place over the whole canvas."""
    painter, floor = _TABLE[place]
    moves = canvas.bare and floor.kind == "ground" and place not in STEADY
    painter(canvas, floor_of(place, canvas.seed).horizon + (LOWERED if moves else 0.0))
