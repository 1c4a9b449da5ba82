"""What a place painter is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from seedbed.engines.sketch.canvas import Canvas, Frame
from seedbed.engines.sketch.chance import Chance
from seedbed.engines.sketch.palette import Palette

Ground = Literal["land", "water", "surface", "floor", "air", "underwater", "space"]
"""What subjects are on: earth, open water, a table top, a floor, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Scenery:
    """One picture's setting: its size, its light and where its horizon lies."""

    frame: Frame
    palette: Palette
    seed: int
    horizon: float
    """Units from the top."""
    shore: bool = False
    """Whether subjects need dry ground in front of the water."""
    celestial: bool = True
    """Whether the sky may show sun or moon; not when a subject is one."""
    middle: tuple[float, float] = (0.3, 0.7)
    """The part of the width, 0 to 1, where subjects stand and nothing should rival them."""

    def chance(self, purpose: str) -> Chance:
        """Start a stream of chance for a part of the scenery."""
        return Chance(self.seed, f"place/{purpose}")

    @property
    def width(self) -> float:
        """Units across."""
        return self.frame.width

    @property
    def height(self) -> float:
        """Units down."""
        return self.frame.height

    @property
    def below(self) -> float:
        """Units from the horizon to the bottom."""
        return self.height - self.horizon

    @property
    def sun(self) -> tuple[float, float]:
        """Where sun or moon stands, in units."""
        return (self.palette.sun_x * self.width, self.palette.sun_y * self.horizon)


Painter = Callable[[Canvas, Scenery], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that can be painted, and how subjects stand in it."""

    paint: Painter
    """Paints all that lies behind the subjects, over the whole canvas."""
    ground: Ground = "land"
    horizon: tuple[float, float] = (0.5, 0.62)
    """Between which fractions of the height the horizon or the table's edge lies."""
    front: Painter | None = None
    """Paints what lies before the subjects: grass at their feet, a frame of leaves."""
    indoors: bool = False
    """Whether weather stays outside."""
    reflects: float = 0.0
    """How strongly the ground mirrors what stands on it."""
