"""Groups: a subject with what it wears, holds and carries, its parts placed against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seedbed.engines.sketch import art
from seedbed.engines.sketch.people import Pose
from seedbed.engines.sketch.scene import Concept, SceneDescription, Subject

SIZES = {"tiny": 0.42, "small": 0.7, "normal": 1.0, "large": 1.25, "giant": 1.6}
COMPRESSION = 0.4
"""Exponent that real heights are compressed by: a mouse stays visible beside an elephant."""
SITTERS = ("cat", "dog")
"""Animals that, unless they are said to move, sit facing us as often as they stand."""
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

    @property
    def width(self) -> float:
        """Full width, in heights of the root."""
        reach = [abs(p.dx) + p.aspect * p.height / 2 for p in (self.root, *self.parts)]
        return 2 * max(reach)

    @property
    def top(self) -> float:
        """Full height, in heights of the root."""
        return max(p.up + p.height for p in (self.root, *self.parts))


def roots_of(description: SceneDescription) -> Sequence[Subject]:
    """The subjects that stand for themselves: not worn, not held, not riding, not on another."""
    hidden: set[int] = set()
    for index, subject in enumerate(description.subjects):
        if subject.relation is None:
            continue
        if subject.relation.kind in ("wearing", "holding"):
            hidden.add(subject.relation.target)
        elif subject.relation.kind in ("riding", "on") and subject.relation.target not in hidden:
            hidden.add(index)
    kept = [s for i, s in enumerate(description.subjects) if i not in hidden]
    return kept or description.subjects


def groups_of(description: SceneDescription, subject: Subject, looks: int) -> list[Group]:
    """Give a group for each one that is asked of a subject; `looks` varies how they look."""
    return [_group(description, subject, looks + 3 * i) for i in range(subject.count)]


def _group(description: SceneDescription, subject: Subject, look: int) -> Group:
    index = description.subjects.index(subject)
    look += 7 * index
    parts: list[Piece] = []
    worn = subject.relation is not None and subject.relation.kind == "wearing"
    sits = subject.action == "sit" or (subject.concept.id in SITTERS and look % 2 == 0)
    root = _piece(subject, look, facing=worn or (sits and subject.action in (None, "sit")))
    if subject.relation is not None:
        target = description.subjects[subject.relation.target]
        if subject.relation.kind == "wearing":
            parts.append(_worn(subject.concept, root, target))
        elif subject.relation.kind == "holding":
            parts.append(_held(subject.concept, root, target))
    for other in description.subjects:
        relation = other.relation
        if relation is not None and relation.target == index and relation.kind in ("riding", "on"):
            parts += _carried(root, subject.concept, other, relation.kind == "riding", look)
    above = subject.relation is not None and subject.relation.kind == "above"
    behind = subject.relation is not None and subject.relation.kind in ("behind", "in")
    return Group(subject, root, tuple(parts), above, behind)


def _piece(subject: Subject, look: int = 0, facing: bool = False, pose: Pose = "standing") -> Piece:
    concept = subject.concept
    if facing and concept.face is not None:
        concept = replace(concept, art=concept.face, head_only=True)
    svg = art.svg_of(concept, subject.colour, pose, look)
    return Piece(concept, svg, _aspect(svg), 1.0, 0.0, 0.0)


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
    if concept.head_only:
        return 0.55 if concept.kind == "animal" else 0.42
    return 0.3 if concept.kind == "person" else 0.45


def _held(holder: Concept, root: Piece, target: Subject) -> Piece:
    piece = _piece(target)
    if target.concept.id == "umbrella":
        size = 0.8
        return replace(piece, height=size, dx=0.0, up=0.62, front=False)
    real = (target.concept.height / max(holder.height, 0.1)) ** COMPRESSION
    size = min(0.5, max(0.2, real * 0.55)) * SIZES[target.size]
    floats = target.concept.habitat == "air"
    side = root.aspect / 2 + piece.aspect * size * 0.22
    return replace(piece, height=size, dx=side, up=0.62 if floats else 0.3)


def _carried(
    root: Piece, carrier: Concept, rider: Subject, astride: bool, look: int
) -> list[Piece]:
    pose: Pose = "riding" if astride and rider.concept.kind != "animal" else "standing"
    piece = _piece(rider, look + 1, pose=pose)
    real = (rider.concept.height / max(carrier.height, 0.1)) ** COMPRESSION
    size = min(1.0, max(0.28, real * 0.85)) * SIZES[rider.size]
    anchor = carrier.anchors.back if astride else carrier.anchors.surface
    x, y = anchor or carrier.anchors.surface or carrier.anchors.back or (0.5, art.top(root.svg))
    if carrier.id in SEATS:
        y += 0.3 * (1 - y)
    sink = 0.24 if pose == "riding" else 0.03
    room = root.aspect * 0.9
    size = min(size, room / piece.aspect * 1.15)
    count = min(rider.count, 4)
    step = min(room / count, piece.aspect * size * 1.05)
    size = min(size, step * 1.1 / piece.aspect) if count > 1 else size
    return [
        replace(
            piece,
            height=size,
            dx=(x - 0.5) * root.aspect + (i - (count - 1) / 2) * step,
            up=1 - y - size * sink,
        )
        for i in range(count)
    ]
