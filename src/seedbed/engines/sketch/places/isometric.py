"""Any place as a little model: a slab seen from a corner above, with what belongs to it.

Positions on the slab are (u, v) from 0 to 1: u runs to the lower right, v to the lower left.
"""

from __future__ import annotations

from collections.abc import Callable

from seedbed.engines.sketch.canvas import Canvas
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb, shade

MIDDLE, HALF = (0.5, 0.6), 0.46
"""Where the slab's middle is, and half its width in units."""
FLAT = 0.52
"""Height of the slab's diamond against its width."""
THICK = 0.06
TOWNS = ("city", "street", "fairground", "stadium", "temple")
ROOMS = ("room", "kitchen", "table", "windowsill", "library", "stage", "studio")
WATERS = ("lake", "sea", "underwater")
TOPS = {
    "snowfield": "#f2f7fb", "ice": "#d8edf6", "desert": "#e9be7c", "beach": "#efd9a4",
    "city": "#8d93a0", "street": "#7c828f", "stadium": "#57b257", "temple": "#cfc4ab",
    "room": "#c79a68", "kitchen": "#d9d4cb", "library": "#a9763f", "stage": "#8a5a3a",
    "table": "#b98350", "windowsill": "#e9e4d8", "studio": "#e6e8ee", "space": "#3a3f66",
    "mars": "#c8673a", "moon": "#b4b8c2", "volcano": "#5a4a50", "cave": "#6d6276",
    "lake": "#58a8cf", "sea": "#3f8fc4", "underwater": "#2f86a8", "sky": "#eaf3fb",
}  # fmt: skip
"""Colours of the slab's top; other places are green."""


class Model:
    """The slab's geometry on a canvas."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.across, self.down = canvas.unit / canvas.width, canvas.unit / canvas.height

    def at(self, u: float, v: float, high: float = 0.0) -> tuple[float, float]:
        """Give where a point of the slab, `high` units above it, is in the picture."""
        x = MIDDLE[0] + (u - v) * HALF * self.across
        y = MIDDLE[1] + ((u + v - 1) * HALF * FLAT - high) * self.down
        return x, y

    def block(
        self, u: float, v: float, wide: float, deep: float, high: float, tone: Colour,
        base: float = 0.0,
    ) -> None:  # fmt: skip
        """Stand a box on the slab, `base` units above it."""
        top, far, near, out = base + high, (u, v), (u + wide, v + deep), shade(tone, 0.06)
        left = [(far[0], near[1]), near]
        right = [near, (near[0], far[1])]
        faces = (
            ([self.at(*p, top) for p in left] + [self.at(*p, base) for p in left[::-1]], -0.07),
            ([self.at(*p, top) for p in right] + [self.at(*p, base) for p in right[::-1]], -0.16),
        )
        for points, dark in faces:
            self.canvas.polygon(points, shade(tone, dark))
        corners = [far, (near[0], far[1]), near, (far[0], near[1])]
        self.canvas.polygon([self.at(*p, top) for p in corners], out)

    def cone(self, u: float, v: float, wide: float, high: float, tone: Colour, base: float) -> None:
        """Stand a pyramid on the slab."""
        half = wide / 2
        peak = self.at(u, v, base + high)
        near = self.at(u + half, v + half, base)
        self.canvas.polygon([peak, self.at(u - half, v + half, base), near], shade(tone, 0.03))
        self.canvas.polygon([peak, near, self.at(u + half, v - half, base)], shade(tone, -0.1))


def paint(canvas: Canvas, place: str) -> None:
    """Paint the model of a place on a plain ground."""
    p = canvas.palette
    back = mix(p.sky_low, WHITE, 0.0 if p.is_night else 0.35)
    canvas.wash([(0, mix(back, p.sky_top, 0.22)), (1, mix(back, p.shade, 0.06))])
    model = Model(canvas)
    green = shade(p.ground, 0.03)
    top = rgb(TOPS[place]) if place in TOPS else green
    top = mix(top, p.shade, p.tint)
    canvas.disc(0.5, MIDDLE[1] + 0.2 * model.down, HALF * 1.02, mix(back, p.shade, 0.16), FLAT)
    soil = rgb("#c9cdd6") if place in ROOMS or place == "sky" else rgb("#9a6a45")
    soil = mix(soil, p.shade, p.tint)
    model.block(0, 0, 1, 1, THICK, soil, -2 * THICK)
    model.block(0, 0, 1, 1, THICK, top, -THICK)
    seam = shade(top, -0.04)
    for part in (0.2, 0.4, 0.6, 0.8):
        canvas.line([model.at(part, 0), model.at(part, 1)], seam, 0.0014)
        canvas.line([model.at(0, part), model.at(1, part)], seam, 0.0014)
    _DRESSING.get(_kind(place), _trees)(model)


def _kind(place: str) -> str:
    for kind, members in (("town", TOWNS), ("room", ROOMS), ("water", WATERS)):
        if place in members:
            return kind
    return {"snowfield": "firs", "forest": "firs", "mountains": "firs", "ice": "rocks",
            "desert": "rocks", "mars": "rocks", "moon": "rocks", "cave": "rocks",
            "volcano": "rocks", "space": "rocks", "village": "houses", "castle": "castle",
            "farm": "houses"}.get(place, "trees")  # fmt: skip


def _spots(model: Model, purpose: str, count: int) -> list[tuple[float, float, float]]:
    """Give places along the two far edges, the farthest first, each with a chance value."""
    random = model.canvas.random(purpose)
    spots = []
    for number in range(count):
        along = (number + 0.2 + 0.5 * float(random.random())) / count
        inward = 0.04 + 0.1 * float(random.random())
        spots.append((along, inward, float(random.random())))
        spots.append((inward, along, float(random.random())))
    return sorted(spots, key=lambda spot: spot[0] + spot[1])


def _trees(model: Model) -> None:
    p = model.canvas.palette
    for u, v, chance in _spots(model, "trees", 4):
        size = 0.07 + 0.04 * chance
        model.block(u + 0.02, v + 0.02, 0.025, 0.025, 0.05, mix(rgb("#6a4a34"), p.shade, p.tint))
        leaf = mix(p.foliage, p.light, 0.1 + 0.14 * chance)
        model.block(u - 0.01, v - 0.01, size, size, size * 1.3, leaf, 0.045)


def _firs(model: Model) -> None:
    p = model.canvas.palette
    for u, v, chance in _spots(model, "firs", 5):
        leaf = mix(p.foliage, p.light, 0.05 + 0.12 * chance)
        for tier in range(3):
            tone = mix(leaf, WHITE, 0.55) if p.is_snowy and tier == 2 else leaf
            base = 0.02 + 0.05 * tier
            model.cone(u + 0.03, v + 0.03, 0.11 - 0.025 * tier, 0.1, tone, base)


def _rocks(model: Model) -> None:
    p = model.canvas.palette
    stone = mix(mix(rgb("#a0846a"), p.ground, 0.2), p.shade, p.tint)
    for u, v, chance in _spots(model, "rocks", 3):
        model.cone(u + 0.05, v + 0.05, 0.09 + 0.08 * chance, 0.06 + 0.12 * chance, stone, 0.0)


def _houses(model: Model) -> None:
    p = model.canvas.palette
    for u, v, chance in _spots(model, "houses", 3):
        wall = mix(rgb("#f0e2c8"), p.shade, p.tint)
        roof = mix(rgb(("#b5523b", "#8c4a5a", "#5b6fae")[int(chance * 2.99)]), p.shade, p.tint)
        model.block(u, v, 0.13, 0.13, 0.1, wall)
        model.cone(u + 0.065, v + 0.065, 0.17, 0.1, roof, 0.1)


def _castle(model: Model) -> None:
    p = model.canvas.palette
    stone, roof = mix(rgb("#d2cbc6"), p.shade, p.tint), mix(rgb("#5b6fae"), p.shade, p.tint)
    _trees(model)
    for u, v, wide, high in (
        (0.2, 0.2, 0.12, 0.24), (0.5, 0.2, 0.12, 0.2), (0.2, 0.5, 0.12, 0.2),
        (0.26, 0.26, 0.3, 0.14), (0.34, 0.34, 0.14, 0.28), (0.5, 0.5, 0.12, 0.2),
    ):  # fmt: skip
        model.block(u, v, wide, wide, high, stone)
        if wide < 0.2:
            middle = wide / 2
            model.cone(u + middle, v + middle, wide * 1.25, wide * 1.5, roof, high)
    gate = [model.at(u, 0.56, y) for u, y in ((0.36, 0), (0.44, 0), (0.44, 0.09), (0.36, 0.09))]
    model.canvas.polygon(gate, mix(rgb("#4a3a38"), p.shade, p.tint))


def _towers(model: Model) -> None:
    p = model.canvas.palette
    lit = p.is_night or p.tint > 0.15
    for u, v, chance in _spots(model, "towers", 4):
        wall = mix(mix(rgb("#a9b6cc"), rgb("#d9b9a0"), chance), p.shade, p.tint * 1.2)
        high, wide = 0.16 + 0.2 * chance, 0.12
        model.block(u, v, wide, wide, high, wall)
        pane = rgb("#ffd98a") if lit else mix(rgb("#dff1ff"), wall, 0.2)
        for level in range(int(high / 0.045)):
            for column in (0.2, 0.6):
                base = 0.02 + 0.045 * level
                a, b = u + wide * column, u + wide * (column + 0.25)
                window = [(a, base), (b, base), (b, base + 0.022), (a, base + 0.022)]
                model.canvas.polygon([model.at(x, v + wide, y) for x, y in window], pane)


def _walls(model: Model) -> None:
    """Open a room: two walls at the back, a window in one and a picture on the other."""
    p = model.canvas.palette
    wall = mix(rgb("#dfe6ea"), p.shade, p.tint)
    high = 0.3
    for side, dark in ((0, 0.0), (1, -0.05)):
        ends = [(0.0, 0.0), (1.0, 0.0)] if side == 0 else [(0.0, 0.0), (0.0, 1.0)]
        face = [model.at(*end) for end in ends] + [model.at(*end, high) for end in ends[::-1]]
        model.canvas.polygon(face, shade(wall, dark))
        a, b = 0.36, 0.64
        points = [(a, 0.1), (b, 0.1), (b, 0.24), (a, 0.24)]
        frame = [model.at(t, 0, y) if side == 0 else model.at(0, t, y) for t, y in points]
        inner = mix(p.sky_top, p.sky_low, 0.5) if side == 0 else mix(p.foliage, p.light, 0.3)
        model.canvas.polygon(frame, inner)
        model.canvas.line([*frame, frame[0]], mix(WHITE, p.shade, p.tint), 0.007)


def _waves(model: Model) -> None:
    p, random = model.canvas.palette, model.canvas.random("waves")
    for _ in range(14):
        u, v = float(random.random()) * 0.9, float(random.random()) * 0.9
        crest = [model.at(u, v + 0.07), model.at(u + 0.03, v + 0.03), model.at(u + 0.08, v)]
        model.canvas.line(crest, mix(WHITE, p.shade, p.tint + 0.2), 0.003)


_DRESSING: dict[str, Callable[[Model], None]] = {
    "trees": _trees, "firs": _firs, "rocks": _rocks, "houses": _houses, "castle": _castle, "town": _towers,
    "room": _walls, "water": _waves,
}  # fmt: skip
