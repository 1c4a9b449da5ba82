"""The scene description: what a prompt was understood to ask for, as plain values.

`understand(prompt)` makes one, `stage(description, ...)` lays it out, painters draw it.
Everything here is frozen, hashable and independent of pixels, so that a test can compare
it and a group of pictures can vary it with `dataclasses.replace`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "animal", "person", "vehicle", "plant", "food", "object", "building", "nature", "fantasy"
]
Habitat = Literal["ground", "surface", "air", "water", "underwater", "space"]
"""Where a concept usually is: on the ground, on a table top, in the air, on or under water."""

Size = Literal["tiny", "small", "normal", "large", "giant"]
RelationKind = Literal[
    "on", "under", "in", "beside", "behind", "in_front_of", "above", "between",
    "holding", "wearing", "riding", "looking_at",
]  # fmt: skip
Time = Literal["dawn", "day", "sunset", "night"]
Weather = Literal["clear", "cloudy", "rain", "storm", "snow", "fog", "wind"]
Season = Literal["spring", "summer", "autumn", "winter"]
Light = Literal["studio", "rim", "neon", "candle", "god_rays", "soft", "dramatic"]
View = Literal["top", "low", "isometric", "side", "front", "back"]
Carrier = Literal["title", "cover", "card", "board", "neon"]
Material = Literal[
    "wood", "glass", "gold", "silver", "bronze", "metal", "stone", "ice", "paper", "clay", "wool",
    "leather", "plastic", "porcelain", "balloon", "chocolate", "jade",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Anchors:
    """Points of a concept's art where others attach, as fractions of its box (x right, y down)."""

    back: tuple[float, float] | None = None
    surface: tuple[float, float] | None = None
    head: tuple[float, float] | None = None
    hand: tuple[float, float] | None = None
    ground: tuple[float, float] = (0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that can be drawn: a row of the lexicon's data files."""

    id: str
    kind: Kind
    art: str
    """Twemoji file stem (`1f408`) or `painter:NAME` for one that is drawn by our own code."""
    height: float
    """Real height in metres; subjects of one scene are scaled by it, compressed."""
    habitat: Habitat = "ground"
    place: str | None = None
    """The place drawn behind it when the prompt names none; an id of `PLACES`."""
    head_only: bool = False
    """The art shows a head alone: draw a body beneath, or show it as a portrait."""
    face: str | None = None
    """Art of the head seen from the front, for whoever must look at us: to wear something."""
    recolour: bool = True
    """Its dominant colour may be changed by a colour word."""
    colour: str | None = None
    """Natural colour, of the body drawn below a head or of what our own code draws."""
    tint: str | None = None
    """The colour that sets it apart from others drawn with the same art, unless one is asked."""
    worn: Literal["head", "eyes", "neck"] | None = None
    """Where it sits on whoever wears it."""
    anchors: Anchors = field(default_factory=Anchors)


@dataclass(frozen=True, slots=True)
class Relation:
    """How a subject stands to another one of the same description."""

    kind: RelationKind
    target: int
    """Index into `SceneDescription.subjects`."""
    other: int | None = None
    """The second one that something is between, when it is not between several of one kind."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One group of equal things in the picture."""

    concept: Concept
    count: int = 1
    colour: str | None = None
    """A key of `COLOURS`, or None for the natural colour."""
    size: Size = "normal"
    relation: Relation | None = None
    more: tuple[Relation, ...] = ()
    """Its further relations: a girl on a bench may hold a balloon as well."""
    action: str | None = None
    """A canonical verb (`run`, `sleep`, `fly`, `jump`, `read`…) or None."""
    material: Material | None = None
    """What it is made of, when the prompt says so."""

    @property
    def relations(self) -> tuple[Relation, ...]:
        """All its relations, the one that counts most first."""
        return (self.relation, *self.more) if self.relation is not None else ()


@dataclass(frozen=True, slots=True)
class SceneDescription:
    """All that was understood of one prompt."""

    subjects: tuple[Subject, ...] = ()
    place: str | None = None
    """An id of `PLACES`, or None when the prompt names none."""
    time: Time | None = None
    weather: Weather | None = None
    season: Season | None = None
    mood: str | None = None
    """A key of `MOODS` (`joy`, `calm`, `sad`, `mysterious`…) or None; colours abstracts."""
    style: str | None = None
    """A key of `STYLES` (`watercolour`, `pixel`, `ink`…) or None."""
    shot: Literal["close_up", "wide"] | None = None
    view: View | None = None
    """From where we look, when the prompt says so."""
    light: Light | None = None
    backdrop: str | None = None
    """The colour of a studio's background, when the prompt says it; a key of `COLOURS`."""
    sights: tuple[str, ...] = ()
    """What is seen beyond what the place always shows; keys of `SIGHTS`."""
    text: tuple[str, ...] = ()
    """Quoted words to be written in the picture."""
    carrier: Carrier | None = None
    """What the words are written on, when the prompt says so: a card, a sign…"""
    absent: tuple[str, ...] = ()
    """What the prompt wants left out (`no people`): ids of concepts, values of axes, words."""
    freedom: float = 0.6
    """How freely the prompt may be taken, from 0 (literally) to 1 (with scenery and metaphor)."""
    not_drawn: tuple[str, ...] = ()
    """Content words of the prompt that were not understood; never silently lost."""

    @property
    def is_abstract(self) -> bool:
        """Whether nothing concrete was recognised, so that an abstract composition is drawn."""
        seen = (self.subjects, self.place, self.time, self.weather, self.season, self.sights)
        return not any(seen)


PLACES = (
    "meadow", "forest", "jungle", "snowfield", "mountains", "lake", "river", "sea", "beach",
    "coast", "underwater", "desert", "city", "street", "village", "garden", "park", "farm", "sky",
    "space", "mars", "moon", "room", "kitchen", "table", "windowsill", "studio", "cave", "temple",
    "castle", "road", "stage", "stadium", "library", "volcano", "ice", "fairground",
)  # fmt: skip
"""Every place a painter exists for. A lexicon may only name these; a painter must draw each."""

SIGHTS: dict[str, dict[str, str]] = {
    "aurora": {"time": "night"},
    "milky_way": {"time": "night"},
    "waterfall": {"place": "river"},
    "lavender_field": {"place": "meadow"},
    "rapeseed_field": {"place": "meadow", "season": "spring"},
    "black_hole": {"place": "space"},
    "blossom": {"place": "garden", "season": "spring"},
}
"""What may be seen beyond what a place always shows, and what each brings unless it is said."""

STYLES = (
    "watercolour", "oil", "pencil", "ink", "line", "pixel", "low_poly", "paper_cut", "mosaic",
    "stained_glass", "neon", "poster", "flat", "comic", "blueprint", "monochrome",
    "gouache", "clay", "woodcut",
)  # fmt: skip
"""Every style there is a treatment for."""

MOODS = ("joy", "calm", "sad", "mysterious", "romantic", "angry", "dreamy", "epic")

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 48, 49), "orange": (240, 130, 40), "yellow": (250, 204, 50),
    "green": (64, 160, 72), "blue": (48, 110, 220), "purple": (128, 72, 190),
    "pink": (246, 140, 180), "brown": (130, 84, 50), "black": (38, 38, 44),
    "white": (244, 244, 240), "grey": (140, 144, 150), "gold": (222, 170, 50),
    "silver": (188, 194, 204), "cyan": (60, 190, 210), "turquoise": (50, 180, 165),
    "teal": (20, 120, 120), "navy": (30, 45, 100), "beige": (224, 206, 172),
    "cream": (250, 240, 214), "lime": (160, 210, 60), "magenta": (210, 50, 150),
    "maroon": (120, 30, 44), "lavender": (186, 166, 224),
}  # fmt: skip
"""Named colours as sRGB bytes; both a subject's colour words and the painters read this table."""
