"""Groups: a subject with what it wears, holds and carries, its parts placed against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seedbed.engines.sketch import art, props
from seedbed.engines.sketch.scene import Concept, Relation, RelationKind, SceneDescription, Subject

SIZES = {"tiny": 0.42, "small": 0.7, "normal": 1.0, "large": 1.25, "giant": 1.6}
COMPRESSION = 0.4
"""Exponent that real heights are compressed by: a mouse stays visible beside an elephant."""
SITTERS = ("cat", "dog")
"""Animals that, unless they are said to move, sit facing us as often as they stand."""
CONTAINERS = (
    "fish_bowl", "fishbowl", "terrarium",
    "cube", "basket", "bucket", "bathtub", "cup", "jar", "pot", "bowl", "vase", "shopping_cart",
    "potted_plant", "gift", "suitcase", "nest",
)  # fmt: skip
"""What others look out of, over the front."""
HEAP = 5
"""How many of what fills a container are seen."""
RIMS = {"bowl": (0.2, 0.41), "basket": (0.38, 0.5), "bucket": (0.14, 0.225)}
"""How far below the top of its art a container's front rim is: at its ends and in its middle."""
HULLS = {"sailboat": (0.74, 0.76), "fishing_boat": (0.74, 0.76), "pirate_ship": (0.74, 0.76)}
"""The same of boats, whose crew stand behind the board."""
GLASS = ("jar", "fish_bowl", "fishbowl", "terrarium", "snow_globe")
READ = ("book", "books", "newspaper", "scroll", "open_book", "notebook", "letter", "map")
OPEN_BOOK = "1f4d6"
POSED_HEIGHT = {"sleep": 0.62, "sit": 0.84, "jump": 0.95}
"""How tall a posed figure is against the same one standing."""
SEATS = ("sofa", "chair", "armchair", "bed", "throne")
"""Carriers that are sat in, below their upper edge."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a group: where it sits against the group's root, in heights of the root."""

    concept: Concept
    svg: str
    aspect: float
    height: float
    dx: float
    """Middle, from the root's middle."""
    up: float
    """Lowest point, above the root's foot."""
    front: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A root with what it wears, holds or carries: laid out as one."""

    subject: Subject
    root: Piece
    parts: tuple[Piece, ...]
    above: bool = False
    """Whether it hangs in the air above the others."""
    behind: bool = False
    scale: float = 1.0
    """Its root's height against the same one standing: less when it sits or sleeps."""

    @property
    def width(self) -> float:
        """Full width, in heights of the root."""
        reach = [abs(p.dx) + p.aspect * p.height / 2 for p in (self.root, *self.parts)]
        return 2 * max(reach)

    @property
    def top(self) -> float:
        """Full height, in heights of the root."""
        return max(p.up + p.height for p in (self.root, *self.parts))


def relations_of(subject: Subject) -> tuple[Relation, ...]:
    """Give all relations of a subject, of which a description may hold one or several."""
    several: tuple[Relation, ...] = getattr(subject, "relations", ())
    return several or ((subject.relation,) if subject.relation is not None else ())


def related(subject: Subject, *kinds: RelationKind) -> Relation | None:
    """Give a subject's first relation of one of these kinds."""
    return next((r for r in relations_of(subject) if r.kind in kinds), None)


def roots_of(description: SceneDescription) -> Sequence[Subject]:
    """The subjects that stand for themselves: not worn, not held, not riding, not on another."""
    hidden: set[int] = set()
    for index, subject in enumerate(description.subjects):
        for relation in relations_of(subject):
            if relation.kind in ("wearing", "holding"):
                hidden.add(relation.target)
            elif relation.target not in hidden and _is_carried(description, relation):
                hidden.add(index)
    kept = [s for i, s in enumerate(description.subjects) if i not in hidden]
    return kept or description.subjects


def _is_carried(description: SceneDescription, relation: Relation) -> bool:
    if relation.kind in ("riding", "on"):
        return True
    return relation.kind == "in" and _holds(description.subjects[relation.target].concept)


def _holds(concept: Concept) -> bool:
    """Whether something can be in a concept and still be seen."""
    return concept.id in CONTAINERS or concept.id in SEATS or concept.kind == "vehicle"


def groups_of(description: SceneDescription, subject: Subject, looks: int) -> list[Group]:
    """Give a group for each one that is asked of a subject; `looks` varies how they look."""
    return [_group(description, subject, looks + 3 * i) for i in range(subject.count)]


def _group(description: SceneDescription, subject: Subject, look: int) -> Group:
    index = description.subjects.index(subject)
    look += 7 * index
    parts: list[Piece] = []
    wearing, holding = related(subject, "wearing"), related(subject, "holding")
    riders = [
        (other, relation)
        for other in description.subjects
        for relation in relations_of(other)
        if relation.target == index and _is_carried(description, relation)
    ]
    pose = subject.action
    if holding is not None and pose is None:
        held = description.subjects[holding.target].concept
        pose = "read" if held.id in READ else None if held.id == "umbrella" else "hold"
    sits = subject.action == "sit" or (subject.concept.id in SITTERS and look % 2 == 0)
    facing = wearing is not None or pose == "sleep" or (sits and pose in (None, "sit"))
    root = _piece(subject, look, facing=facing, pose=pose or "stand")
    if any(relation.kind == "in" for _, relation in riders) and subject.concept.id == "cube":
        svg = props.draw("open_box", None)
        root = replace(root, svg=svg, aspect=_aspect(svg))
    for relation in relations_of(subject):
        target = description.subjects[relation.target]
        if relation.kind == "wearing":
            parts.append(_worn(subject.concept, root, target))
        elif relation.kind == "holding":
            parts.append(_held(subject.concept, root, target, pose))
    inside = [
        other
        for other, relation in riders
        if relation.kind == "in" and subject.concept.id in CONTAINERS
    ]
    if inside and all(one.concept.kind == "plant" for one in inside):
        parts += _bouquet(root, inside, look)
    elif inside:
        parts += _heap(root, inside, look)
    upon = [(other, relation) for other, relation in riders if other not in inside]
    for number, (other, relation) in enumerate(upon):
        astride = relation.kind == "riding" or subject.concept.kind == "vehicle"
        astride = astride and relation.kind != "on"
        parts += _carried(root, subject.concept, other, astride, look, (number, len(upon)))
    if upon and subject.concept.id in HULLS:
        parts.append(_front(root, *HULLS[subject.concept.id]))
    return Group(
        subject, root, tuple(parts),
        above=related(subject, "above") is not None and pose != "jump",
        behind=related(subject, "behind") is not None,
        scale=POSED_HEIGHT.get(pose or "stand", 1.0),
    )  # fmt: skip


def _piece(subject: Subject, look: int = 0, facing: bool = False, pose: str = "stand") -> Piece:
    concept = subject.concept
    if facing and concept.face is not None:
        concept = replace(concept, art=concept.face, head_only=True)
    material = getattr(subject, "material", None) or ""
    svg = art.svg_of(concept, subject.colour, pose, look, material)
    return Piece(concept, svg, _aspect(svg), 1.0, 0.0, 0.0)


def _heap(root: Piece, inside: list[Subject], look: int) -> list[Piece]:
    """Fill a container: with one that looks out, or with several, heaped in two rows."""
    each = [replace(one, count=1) for one in inside for _ in range(min(one.count, HEAP))]
    rim = RIMS.get(root.concept.id)
    if root.concept.id in GLASS or (len(each) == 1 and rim is None):
        return [_inside(root, one, look) for one in inside]
    each = each[:HEAP]
    edge, middle = rim or (0.1, 0.3)
    behind = len(each) // 2 if len(each) > 3 else 0
    pieces = []
    for row, members in ((1, each[:behind]), (0, each[behind:])):
        for number, one in enumerate(members):
            piece = _piece(one, look + 1 + 3 * number, facing=True)
            wide = root.aspect * 0.72 / len(members)
            most = root.aspect * (0.6 if len(each) == 1 else 0.4)
            size = min(0.9, wide * 1.35 / piece.aspect, most / piece.aspect**0.5)
            across = (number - (len(members) - 1) / 2) * min(wide, size * piece.aspect)
            up = 1 - (edge + middle) / 2 - 0.3 * size + row * 0.4 * size
            pieces.append(replace(piece, height=size, dx=across, up=up, front=rim is not None))
    return [*pieces, _front(root, edge, middle)] if rim else pieces


def _bouquet(root: Piece, inside: list[Subject], look: int) -> list[Piece]:
    """Let plants rise from the rim, little more than their stems inside, the middle one highest."""
    each = [replace(one, count=1) for one in inside for _ in range(min(one.count, HEAP))][:HEAP]
    pieces = []
    for number, one in enumerate(each):
        piece = _piece(one, look + 1)
        away = number - (len(each) - 1) / 2
        size = 0.95 if len(each) == 1 else 0.8 - 0.07 * abs(away)
        step = min(root.aspect * 0.34, piece.aspect * size * 0.6)
        up = 0.96 - 0.2 * size - (0.0 if len(each) == 1 else 0.05 * abs(away))
        pieces.append(replace(piece, height=size, dx=away * step, up=up, front=False))
    return sorted(pieces, key=lambda piece: -abs(piece.dx))


def _front(root: Piece, edge: float, middle: float) -> Piece:
    """Give the part of a container that is before what is in it: all below its front rim."""
    svg = art.below(root.svg, edge, middle)
    return replace(root, svg=svg, aspect=_aspect(svg), height=art.share(svg) / art.share(root.svg))


def _inside(root: Piece, other: Subject, look: int) -> Piece:
    """Let something look out of a container, its lower part hidden by the front."""
    piece = _piece(other, look + 1, facing=True, pose=other.action or "stand")
    size = min(0.95, root.aspect * 0.72 / piece.aspect) * min(1.0, SIZES[other.size])
    if root.concept.id in GLASS:  # seen through it
        size = min(0.5, root.aspect * 0.72 / piece.aspect)
        return replace(piece, height=size, up=0.12)
    return replace(piece, height=size, up=max(0.1, 0.92 - 0.5 * size), front=False)


def _aspect(svg: str) -> float:
    small = art.sprite(svg, 64)
    return float(small.shape[1]) / float(small.shape[0])


def _worn(wearer: Concept, root: Piece, target: Subject) -> Piece:
    piece = _piece(target)
    head = _head_share(root.concept)
    wide = root.aspect * (0.66 if root.concept.kind == "animal" else 0.72)
    where = target.concept.worn
    if where == "head":
        size = wide * 0.72 / piece.aspect
        return replace(piece, height=size, up=1 - head * 0.14)
    if where == "eyes":
        size = wide * 0.74 / piece.aspect
        return replace(piece, height=size, up=1 - head * 0.5 - size / 2)
    size = wide * 0.7 / piece.aspect
    return replace(piece, height=size, up=1 - head * 0.92 - size * 0.72)


def _head_share(concept: Concept) -> float:
    """How much of a figure's height its head takes."""
    if art.is_head(concept):
        return 0.55 if concept.kind == "animal" else 0.42
    return 0.3 if concept.kind == "person" else 0.45


def _held(holder: Concept, root: Piece, target: Subject, pose: str | None) -> Piece:
    piece = _piece(target)
    if target.concept.id == "umbrella":
        size = 0.8
        return replace(piece, height=size, dx=0.0, up=0.62, front=False)
    ours = art.is_head(holder) and holder.kind != "animal"
    if pose == "read" and ours:
        svg = art.svg_of(replace(target.concept, art=OPEN_BOOK), target.colour)
        return replace(piece, svg=svg, aspect=_aspect(svg), height=0.2, dx=0.0, up=0.27)
    real = (target.concept.height / max(holder.height, 0.1)) ** COMPRESSION
    size = min(0.5, max(0.2, real * 0.55)) * SIZES[target.size]
    floats = target.concept.habitat == "air"
    if ours:  # the right hand is held out, its place known
        return replace(piece, height=size, dx=0.3, up=0.5 if floats else max(0.08, 0.48 - size / 2))
    if holder.kind == "animal" and not floats:  # in its mouth, which art shows at its left
        x, up = (0.0, 0.5) if art.is_head(holder) else (0.08 - 0.5, 0.54)
        return replace(piece, height=size * 0.8, dx=x * root.aspect, up=up - size * 0.4)
    side = root.aspect / 2 + piece.aspect * size * 0.22
    return replace(piece, height=size, dx=side, up=0.62 if floats else 0.3)


def _carried(
    root: Piece, carrier: Concept, rider: Subject, astride: bool, look: int, place: tuple[int, int]
) -> list[Piece]:
    """Set a rider on its carrier, in its place among so many that share it."""
    pose = "ride" if astride and rider.concept.kind != "animal" else rider.action or "stand"
    person = rider.concept.kind == "person" and carrier.id in (*SEATS, "bench", "log")
    if person and pose in ("stand", "sit"):
        pose = "perch"
    piece = _piece(rider, look + 1, facing=pose == "sleep", pose=pose)
    real = (rider.concept.height / max(carrier.height, 0.1)) ** COMPRESSION
    most = 1.25 if pose == "perch" else 1.0
    size = min(most, max(0.34, real * (1.3 if pose == "perch" else 0.85))) * SIZES[rider.size]
    size *= POSED_HEIGHT.get(pose, 1.0) ** 0.5
    anchor = carrier.anchors.back if astride else carrier.anchors.surface
    x, y = anchor or carrier.anchors.surface or carrier.anchors.back or (0.5, art.top(root.svg))
    if carrier.id in SEATS:
        y += 0.3 * (1 - y)
    sink = {"ride": 0.24, "perch": 0.2}.get(pose, 0.03)
    number, sharing = place
    room = root.aspect * (0.9 if sharing == 1 else 0.72 / sharing)
    shift = (number - (sharing - 1) / 2) * room
    size = min(size, room / piece.aspect * 1.15)
    count = min(rider.count, 4)
    step = min(room / count, piece.aspect * size * 1.05)
    size = min(size, step * 1.1 / piece.aspect) if count > 1 else size
    faces = rider.action == "sleep"
    pieces = [piece] + [_piece(rider, look + 1 + 3 * i, faces, pose) for i in range(1, count)]
    return [
        replace(
            pieces[i],
            height=size,
            dx=(x - 0.5) * root.aspect + shift + (i - (count - 1) / 2) * step,
            up=1 - y - size * sink,
        )
        for i in range(count)
    ]
