"""Staging: where everything of a scene stands, before a single pixel is drawn.

A description becomes a `Stage`: a place, and figures with their position, height, depth and
light, in drawing order. Lengths are units of the picture's shorter side; x and y are fractions
of width and height. The same description, shape and seed give the same stage at every size.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np

from seedbed.engines.sketch.canvas import random_of
from seedbed.engines.sketch.groups import (
    COMPRESSION,
    SIZES,
    Group,
    groups_of,
    related,
    relations_of,
    roots_of,
)
from seedbed.engines.sketch.places import MODEL, Floor, floor_of
from seedbed.engines.sketch.scene import SceneDescription, Subject

MARGIN = 0.05
TITLED = 0.27
"""Where the room for subjects begins below a title, as a share of the height."""
WIDEST = 0.64
"""Share of the width that a single subject takes at most: there is a place around it."""
INSIDE = 0.012
"""Least distance of a figure from the frame's sides, as a share of the width."""
OUTDOORS = ("meadow", "park", "meadow", "forest", "mountains")
"""Where subjects are that say nothing of their place."""
VIEWS = ("lake", "mountains", "meadow", "sea")
"""Where a scene is that has no subjects: a time of day, a season."""
FOREIGN = ("underwater", "space", "sea", "sky")
"""Places where a land animal is not put for the sake of what it is shown with."""
FLOCK = 6
"""From how many on equal figures are strewn over the ground instead of standing in a row."""
PROFILES = ("animal", "vehicle")
"""Kinds whose art looks to the left."""
GLOWING = ("campfire", "firework", "rainbow", "lantern", "candle", "bulb", "saturn", "comet")
GIANTS = ("plant", "building", "nature")
BESIDE_GIANTS = 0.28
"""Exponent of real heights where someone stands beside a tree or a house: who, not where."""
SLAB = 0.6
"""Width that subjects have on an isometric model, in units."""
ROOMS = ("room", "library", "stage")
"""Places where a small thing alone must not look as large as a wardrobe."""
SHIP = "1f6a2"
"""Art with its whole hull, which water must cover in part."""
BUST = 0.45
"""Share of a figure, from below, that a portrait leaves out."""
JUMP = 0.3
"""How high who jumps is, against its own height."""
LEANING = {"run": 4.0, "jump": 14.0}
"""Degrees that an animal in profile rears by, its head to the left."""
ARCHING = ("rainbow",)
"""Things that span the sky behind everything."""
Shadow = Literal["ground", "water", "none"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing in its place."""

    concept: str
    svg: str
    x: float
    """Middle, as a fraction of the width."""
    foot: float
    """Lowest point, as a fraction of the height."""
    height: float
    """In units of the shorter side."""
    aspect: float
    """Width over height."""
    depth: float = 0.0
    """From 0, near, to 1, lost in the haze."""
    mirrored: bool = False
    tilt: float = 0.0
    """Degrees, clockwise."""
    shadow: Shadow = "ground"
    glows: bool = False
    lift: float = 0.0
    """How far it is above the ground that it casts its shadow on, as a share of the height."""
    sunk: float = 0.0
    """Share of its drawing, from below, that is not seen: under water, or out of a portrait."""
    tether: tuple[float, float] | None = None
    """The hand that holds it by a string, as fractions of the picture."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A composed scene: the place, whether it needs a bank to stand on, and its figures."""

    place: str
    bank: bool
    figures: tuple[Figure, ...]
    """In drawing order: what is far first."""
    model: bool = False
    """Whether the place is shown as a model on a slab."""


_Placed: TypeAlias = tuple[Group, list[Figure]]


def stage(description: SceneDescription, width: int, height: int, seed: int) -> Stage:
    """Lay a description out for a picture of this shape."""
    place = place_of(description, seed)
    model = is_model(description)
    floor = MODEL if model else floor_of(place, seed)
    layout = _Layout(width, height, seed, description, floor, place)
    looks = int(random_of(seed, "looks").integers(40))
    groups = [
        g for subject in roots_of(description) for g in groups_of(description, subject, looks)
    ]
    flying = [group for group in groups if _flies(group, floor)]
    standing = [group for group in groups if not _flies(group, floor)]
    arching = [group for group in flying if group.subject.concept.id in ARCHING]
    flying = [group for group in flying if group not in arching]
    figures = layout.in_air(flying, bool(standing)) + layout.on_floor(standing)
    figures += [figure for group in arching for figure in layout.over_horizon(group)]
    figures = _tethered(figures, description)
    bank = floor.kind == "water" and any(_needs_land(group) for group in standing)
    in_order = tuple(sorted(figures, key=lambda figure: -figure.depth))
    return Stage(place, bank, in_order, model)


def _tethered(figures: list[Figure], description: SceneDescription) -> list[Figure]:
    """Give the strings of kites into the hands of whoever stands below."""
    people = {s.concept.id for s in description.subjects if s.concept.kind == "person"}
    holders = [figure for figure in figures if figure.concept in people]
    if not holders:
        return figures
    holder = holders[0]
    side = 0.16 * holder.height
    return [
        replace(f, tether=(holder.x + (side if f.x > holder.x else -side), holder.foot - 0.2))
        if f.concept == "kite"
        else f
        for f in figures
    ]


def is_model(description: SceneDescription) -> bool:
    """Tell whether a scene is wanted as an isometric model."""
    return "isometric" in (description.style, getattr(description, "view", None))


def place_of(description: SceneDescription, seed: int) -> str:
    """Decide where a scene happens: as told, else where its subjects usually are."""
    if description.place is not None:
        return description.place
    random = random_of(seed, "place")
    if description.style == "neon":
        return "city"
    afloat = next((s for s in description.subjects if s.concept.habitat == "water"), None)
    if afloat is not None and _bears(description, afloat):
        return afloat.concept.place or "lake"
    if any(s.action == "swim" and s.concept.habitat == "ground" for s in description.subjects):
        below = any(s.concept.place == "underwater" for s in description.subjects)
        return "underwater" if below else "lake"
    for number, subject in enumerate(description.subjects):
        usual = subject.concept.place
        lost = number > 0 and usual in FOREIGN and _lives_on_land(description.subjects[0])
        if usual is not None and not lost and not _hidden(description, subject):
            return usual
    if description.weather == "snow" or description.season == "winter":
        return "snowfield"
    choices = OUTDOORS if description.subjects else VIEWS
    return choices[int(random.integers(len(choices)))]


def _bears(description: SceneDescription, subject: Subject) -> bool:
    """Whether somebody is in or on a subject."""
    index = description.subjects.index(subject)
    return any(
        relation.target == index and relation.kind in ("in", "on", "riding")
        for other in description.subjects
        for relation in relations_of(other)
    )


def _lives_on_land(subject: Subject) -> bool:
    concept = subject.concept
    return concept.kind in ("animal", "person") and concept.habitat == "ground"


def _hidden(description: SceneDescription, subject: Subject) -> bool:
    """Whether a subject is only an accessory of another."""
    index = description.subjects.index(subject)
    relations = [relation for s in description.subjects for relation in relations_of(s)]
    return any(r.target == index and r.kind in ("wearing", "holding") for r in relations)


def _flies(group: Group, floor: Floor) -> bool:
    if floor.kind != "open" and group.subject.concept.kind in ("building", "plant"):
        return False
    if floor.kind == "open" or group.above or group.subject.action == "fly":
        return True
    concept = group.subject.concept
    return concept.habitat in ("air", "space") and (
        floor.kind != "table" or concept.kind == "object"
    )


def _is_upright(group: Group) -> bool:
    """Whether a group can be shown as a portrait: a person that stands."""
    person = group.subject.concept.kind in ("person", "fantasy")
    return person and group.subject.action in (None, "stand") and group.root.aspect < 0.95


def _needs_land(group: Group) -> bool:
    return group.subject.action != "swim" and group.subject.concept.habitat in (
        "ground",
        "surface",
        "air",
        "space",
    )


@dataclass
class _Layout:
    """Places groups; keeps the numbers that every decision needs."""

    width: int
    height: int
    seed: int
    description: SceneDescription
    floor: Floor
    place: str
    unit: int = field(init=False)
    random: np.random.Generator = field(init=False)
    nearness: float = field(init=False)
    """How near a single subject stands: its size, about 1."""

    def __post_init__(self) -> None:
        self.unit = min(self.width, self.height)
        self.random = random_of(self.seed, "layout")
        free = float(getattr(self.description, "freedom", 0.5))
        self.nearness = 0.84 + 0.22 * float(self.random.random()) + 0.16 * (0.5 - free)

    def on_floor(self, groups: list[Group]) -> list[Figure]:
        """Stand groups on the floor: the near row, and a back row when there are many."""
        if not groups:
            return []
        sizes = self._sizes(groups)
        if len(groups) == 1 and self.description.shot == "close_up" and _is_upright(groups[0]):
            return self._portrait(groups[0])
        if len(groups) >= FLOCK and self.floor.kind != "table":
            return self._flock(groups, sizes)
        back = [i for i, g in enumerate(groups) if g.behind]
        if len(groups) >= FLOCK:
            back = [i for i in range(len(groups)) if i % 2]
        front = [i for i in range(len(groups)) if i not in back]
        placed: list[_Placed] = []
        for rows, share in ((back, 1.0), (front, 0.0)):
            placed += self._row([groups[i] for i in rows], [sizes[i] for i in rows], share)
        figures = [figure for entry in placed for figure in self._related(entry, placed)]
        return self._facing(figures)

    def _facing(self, figures: list[Figure]) -> list[Figure]:
        """Turn whoever looks at another toward it."""
        where = {figure.concept: figure.x for figure in figures}
        turned = {
            subject.concept.id: where[target] > where[subject.concept.id]
            for subject in self.description.subjects
            for relation in (related(subject, "looking_at"),)
            if relation is not None and subject.concept.kind in PROFILES
            for target in (self.description.subjects[relation.target].concept.id,)
            if target in where and subject.concept.id in where
        }
        return [replace(f, mirrored=turned.get(f.concept, f.mirrored)) for f in figures]

    def _portrait(self, group: Group) -> list[Figure]:
        """Show head and shoulders, cut by the lower edge on purpose."""
        across, down = self.unit / self.width, self.unit / self.height
        size = min(1.75, 0.86 / (down * (group.top - BUST)), 0.9 / (across * group.root.aspect))
        foot = 1.0 + size * BUST * down
        x = 0.5 + 0.05 * (float(self.random.random()) - 0.5)
        shown: list[Figure] = []
        for figure in self._figures(group, x, foot, size, 0.0, "none", keeps=False):
            if figure.svg == group.root.svg:
                shown.append(replace(figure, foot=1.0, height=size * (1 - BUST), sunk=BUST))
            elif figure.foot <= 1.0:
                shown.append(figure)
        return shown

    def _flock(self, groups: list[Group], sizes: list[float]) -> list[Figure]:
        """Strew many over the ground, apart from one another, the far ones smaller."""
        floor, across = self.floor, self.unit / self.width
        far = floor.horizon + 0.45 * (floor.far - floor.horizon)
        wide = max(s * g.width for s, g in zip(sizes, groups, strict=True)) * across
        tall = max(s * g.top for s, g in zip(sizes, groups, strict=True))
        fit = min(1.0, 1.0 / (len(groups) * wide) ** 0.5, floor.near * 0.9 / (tall or 1))
        half = min(0.45, wide * fit / 2 + INSIDE)
        spots: list[tuple[float, float]] = []
        for number in range(len(groups)):
            tries = self.random.random((24, 2))
            tries[:, 0] = half + (1 - 2 * half) * tries[:, 0]
            if number < 2:  # the nearest ones stand at the front
                tries[:, 1] = 0.8 + 0.2 * tries[:, 1]
            apart = [
                min((((x - a) / half) ** 2 + ((d - b) * 3.2) ** 2 for a, b in spots), default=1.0)
                for x, d in tries.tolist()
            ]
            best = tries[int(np.argmax(apart))]
            spots.append((float(best[0]), float(best[1])))
        figures: list[Figure] = []
        for group, size, (x, near) in zip(groups, sizes, spots, strict=True):
            foot = far + (floor.near - far) * near
            scale = fit * (0.5 + 0.5 * near) * (0.94 + 0.12 * float(self.random.random()))
            depth = 0.4 * (1 - near)
            figures += self._figures(group, x, foot, size * scale, depth, self._shadow(group))
        return figures

    def _related(self, entry: _Placed, placed: list[_Placed]) -> list[Figure]:
        """Move a group to the one it is under or behind: seen, and not merely beside it."""
        group, figures = entry
        relation = related(group.subject, "under", "behind", "in_front_of")
        if relation is None:
            return figures
        target = self.description.subjects[relation.target]
        roots = [others[0] for other, others in placed if other.subject is target]
        if not roots or target is group.subject:
            return figures
        root, own = roots[0], figures[0]
        across = self.unit / self.width
        half, mine = root.height * root.aspect * across / 2, own.height * own.aspect * across / 2
        side = -1 if own.x < root.x else 1
        if relation.kind == "behind":
            x, depth, foot = root.x + side * (half + 0.1 * mine), root.depth + 0.1, root.foot - 0.02
        else:
            away = 0.3 if relation.kind == "under" else 0.5
            x, depth, foot = root.x + side * away * half, root.depth - 0.02, root.foot + 0.035
        room = mine + INSIDE
        x, foot = min(max(x, room), 1 - room), min(foot, 1 - INSIDE)
        shift = (x - own.x, foot - own.foot)
        return [
            replace(figure, x=figure.x + shift[0], foot=figure.foot + shift[1], depth=depth)
            for figure in figures
        ]

    def in_air(self, groups: list[Group], crowded: bool) -> list[Figure]:
        """Hang groups in the free space above the floor, apart from one another."""
        if not groups:
            return []
        open_space = self.floor.kind == "open"
        top = 0.33 if self.description.text else 0.08  # below the title
        low = self.floor.horizon * (0.8 if crowded else 1.08)
        bottom = 0.92 if open_space else max(low, top + 0.2)
        count = len(groups)
        room = (bottom - top) * self.height / self.unit
        columns = max(1, min(count, round((count * self.width / (room * self.unit)) ** 0.5)))
        rows = -(-count // columns)
        cell = min(self.width / self.unit / columns, room / rows)
        sizes = self._sizes(groups)
        largest = max(s * max(g.top, g.width) for s, g in zip(sizes, groups, strict=True))
        share = min(1.0 if open_space else 0.9, 0.86 * cell / largest)
        figures: list[Figure] = []
        loose = self._apart(count) if count > 3 else None
        for i, (group, size) in enumerate(zip(groups, sizes, strict=True)):
            row, column = divmod(i, columns)
            in_row = min(columns, count - row * columns)
            jitter = self.random.random(2) - 0.5
            height = size * share * (0.92 + 0.16 * float(self.random.random()) if count > 1 else 1)
            free_x = max(0.0, 1 - group.width * height * self.unit / self.width - 2 * MARGIN)
            x = (column + 0.5 + 0.3 * jitter[0] * (count > 1)) / in_row
            if count == 1:
                aside = (0.28 if jitter[0] > 0 else -0.28) if crowded else 0.0
                x = 0.5 + aside + 0.16 * jitter[0]
            if loose is not None:
                x = 0.5 + (loose[i][0] - 0.5) * free_x
                height *= 0.78 + 0.4 * float(self.random.random())
            x = float(np.clip(x, 0.5 - free_x / 2, 0.5 + free_x / 2))
            tall = group.top * height * self.unit / self.height
            middle = top + (bottom - top) * (row + 0.5 + 0.25 * jitter[1]) / rows
            if loose is not None:
                middle = top + tall / 2 + (bottom - top - tall) * loose[i][1]
            foot = float(np.clip(middle + tall / 2, top * 0.9 + tall, max(bottom, top + tall)))
            floats = open_space and group.subject.concept.habitat in ("ground", "surface")
            tilt = float(jitter[0] * 24) if floats and self.floor.horizon >= 0.9 else 0.0
            figures += self._figures(
                group, x, min(foot, 0.97), height, 0.05 * (i % 3), "none", tilt
            )
        return figures

    def _apart(self, count: int) -> list[tuple[float, float]]:
        """Give places in the unit square, each as far from the others as chance offers."""
        shape = self.width / self.height
        spots: list[tuple[float, float]] = []
        for _ in range(count):
            tries = self.random.random((32, 2)).tolist()
            apart = [
                min((((x - a) * shape) ** 2 + (y - b) ** 2 for a, b in spots), default=1.0)
                for x, y in tries
            ]
            best = tries[int(np.argmax(apart))]
            spots.append((best[0], best[1]))
        return spots

    def over_horizon(self, group: Group) -> list[Figure]:
        """Let something span the sky, far away, its feet on the horizon."""
        wide = min(0.9 * self.width, 1.7 * self.floor.horizon * self.height) / self.unit
        foot = min(0.97, self.floor.horizon + 0.04)
        return self._figures(group, 0.5, foot, wide / group.root.aspect, 0.95, "none")

    def _sizes(self, groups: list[Group]) -> list[float]:
        """Give each group's root its height in units, by real heights, compressed."""
        tallest = max(g.subject.concept.height for g in groups)
        count = len(groups)
        base = (
            0.63 * self.nearness
            if count == 1
            else 0.52
            if count <= 3
            else 0.4
            if count <= 5
            else 0.34
        )
        base *= min(1.25, max(1.0, (self.height / self.width) ** 0.35))
        if self.floor.kind == "table":
            base *= 0.92
        if self.floor is MODEL:
            base *= 0.72
        if (
            self.place in ROOMS
            and tallest < 0.28
            and all(g.subject.concept.kind in ("object", "food") for g in groups)
        ):
            base *= 0.6
        kinds = {g.subject.concept.kind for g in groups}
        if kinds <= {"building", "vehicle"} or tallest > 5:
            base *= 1.08
        base *= {"close_up": 1.3, "wide": 0.55, None: 1.0}[self.description.shot]
        alive = any(g.subject.concept.kind in ("animal", "person") for g in groups)
        highest = max(groups, key=lambda g: g.subject.concept.height).subject.concept.kind
        compression = BESIDE_GIANTS if alive and highest in GIANTS else COMPRESSION
        return [
            base
            * (g.subject.concept.height / tallest) ** compression
            * SIZES[g.subject.size]
            * g.scale
            for g in groups
        ]

    def _row(self, groups: list[Group], sizes: list[float], back: float) -> list[_Placed]:
        """Stand groups side by side across the picture, `back` from 0, near, to 1, far."""
        if not groups:
            return []
        if float(self.random.random()) < 0.5:
            groups, sizes = groups[::-1], sizes[::-1]
        room = self.width / self.unit * (1 - 2 * MARGIN)
        if self.floor is MODEL:
            room = min(room, SLAB)
        top = TITLED if self.description.text else MARGIN
        tall_room = (self.floor.near - top) * self.height / self.unit
        sizes = [s * (1 - 0.3 * back) for s in sizes]
        tallest = max(s * g.top for s, g in zip(sizes, groups, strict=True))
        fit = min(1.0, tall_room / tallest)
        widths = [s * g.width for s, g in zip(sizes, groups, strict=True)]
        gap = 0.035 * len(groups)
        fit = min(fit, room / (sum(widths) * 0.94 + gap))
        if len(groups) == 1 and groups[0].subject.size in ("tiny", "small", "normal"):
            fit = min(fit, WIDEST * self._breadth() / widths[0])
        sizes, widths = [s * fit for s in sizes], [w * fit for w in widths]
        used = sum(widths) + gap * (len(groups) - 1) / max(len(groups), 1)
        free = max(0.0, room - used)
        spread = min(free, 0.5 * free if len(groups) > 1 else 0.0) / max(1, len(groups) - 1)
        start = (self.width / self.unit - used - spread * (len(groups) - 1)) / 2
        start += self._off_centre(len(groups)) * (free - spread * (len(groups) - 1)) / 2
        placed: list[_Placed] = []
        for group, size, wide in zip(groups, sizes, widths, strict=True):
            x = (start + wide / 2) * self.unit / self.width
            start += wide + gap / max(len(groups), 1) + spread
            lift = float(self.random.random()) * 0.35
            if len(groups) == 1:
                lift = 1.2 * max(0.0, 1 - self.nearness)
            foot = self.floor.near + (self.floor.far - self.floor.near) * max(back, lift)
            vary = 1 + (float(self.random.random()) - 0.5) * 0.12 * (group.subject.count > 1)
            half = size * vary * group.width / 2 * self.unit / self.width + INSIDE
            x = min(max(x, half), 1 - half) if half < 0.5 else 0.5
            shadow, depth = self._shadow(group), 0.32 * back + 0.1 * lift
            placed.append((group, self._figures(group, x, foot, size * vary, depth, shadow)))
        return placed

    def _breadth(self) -> float:
        """Give the width, in units, that a single subject may take its share of."""
        closer = 1.35 if self.description.shot == "close_up" else 1.0
        return closer * min(self.width, 1.5 * self.height) / self.unit

    def _off_centre(self, count: int) -> float:
        """Shift a row from the middle: a single subject stands on a third, or in the middle."""
        jitter = 0.24 * (float(self.random.random()) - 0.5)
        if self.floor is MODEL:
            return 0.4 * jitter
        if count > 1 or self.floor.kind == "table":  # what lies on a table is shown, not met
            return jitter * (2 if count > 1 else 1)
        return (-0.6, -0.45, 0.0, 0.45, 0.6)[int(self.random.integers(5))] + jitter

    def _faces_away(self, group: Group, x: float) -> bool:
        """Whether to mirror a group, so that it looks into the picture: most art looks left."""
        chance = float(self.random.random()) - 0.5
        if group.parts:
            return False
        if group.subject.concept.kind in ("animal", "vehicle"):
            return x < 0.5 + 0.12 * chance
        return chance > 0

    def _shadow(self, group: Group) -> Shadow:
        afloat = group.subject.concept.habitat in ("water", "underwater")
        return "water" if self.floor.kind == "water" and afloat else "ground"

    def _figures(
        self,
        group: Group,
        x: float,
        foot: float,
        height: float,
        depth: float,
        shadow: Shadow,
        tilt: float = 0.0,
        keeps: bool = True,
    ) -> list[Figure]:
        mirrored = self._faces_away(group, x)
        across, down = self.unit / self.width, self.unit / self.height
        action, kind = group.subject.action, group.subject.concept.kind
        lift = JUMP * height * down if action == "jump" and shadow == "ground" else 0.0
        lift = max(0.0, min(lift, foot - group.top * height * down - INSIDE))
        foot -= lift
        if action in LEANING and kind == "animal" and not tilt:
            tilt = LEANING[action] * (-1 if mirrored else 1)
        swims = action == "swim" and shadow != "water" and self.floor.kind == "water"
        sunk = 0.42 if swims else 0.0
        if shadow == "water" and group.root.concept.art == SHIP:
            sunk = 0.17
        pieces = (
            [p for p in group.parts if not p.front]
            + [group.root]
            + [p for p in group.parts if p.front]
        )
        figures = [
            Figure(
                concept=piece.concept.id,
                svg=piece.svg,
                x=x + piece.dx * height * across,
                foot=foot - piece.up * height * down,
                height=piece.height * height * (1 - sunk),
                aspect=piece.aspect / (1 - sunk),
                depth=depth,
                mirrored=mirrored,
                tilt=tilt,
                lift=lift,
                sunk=sunk,
                shadow=("water" if swims else shadow) if piece is group.root else "none",
                glows=piece.concept.id in GLOWING,
            )
            for piece in pieces
        ]
        return [self._kept(figure, figures) for figure in figures] if keeps else figures

    def _kept(self, figure: Figure, group: list[Figure]) -> Figure:
        """Shift a figure as its whole group must be shifted to lie inside the frame."""
        across, down = self.unit / self.width, self.unit / self.height
        left = min(f.x - f.height * f.aspect * across / 2 for f in group)
        right = max(f.x + f.height * f.aspect * across / 2 for f in group)
        top = min(f.foot - f.height * down for f in group)
        bottom = max(f.foot for f in group)
        size = max((right - left) / (1 - 2 * INSIDE), (bottom - top) / (1 - 2 * INSIDE), 1.0)
        middle = (left + right) / 2
        half = (right - left) / size / 2 + INSIDE
        return replace(
            figure,
            height=figure.height / size,
            x=min(max(middle, half), 1 - half) + (figure.x - middle) / size,
            foot=min(max(bottom, INSIDE + (bottom - top) / size), 1 - INSIDE)
            + (figure.foot - bottom) / size,
        )
