"""Layers: a picture taken apart into a base and what lies on it.

What stands out is cut out piece by piece, what was behind it is filled, and each layer's colours
and cover are solved so that the layers over the base give the picture again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.engines.engine import Layer, Layers
from seedbed.engines.sketch.edit import frame, matte
from seedbed.engines.sketch.edit.retouch import flattened
from seedbed.engines.sketch.edit.wish import read_wish
from seedbed.engines.sketch.scene import COLOURS
from seedbed.engines.sketch.styles.raster import Raster

LEAST = 0.0025
"""Share of the picture that a layer has at least."""
FEW_TONES = 0.86
"""Share of a picture that its plain ground and few tones make up, for it to be a graphic."""
GROUND_NEAR = 26.0
"""How near to the ground's colour, in levels of Lab, is still ground."""
POSITIONS = (("upper left", "top", "upper right"), ("left", "centre", "right"),
             ("lower left", "bottom", "lower right"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that lies on the base."""

    cover: matte.Matte
    name: str


def take_apart(
    image: Raster, prompt: str, rects: tuple[tuple[float, float, float, float], ...],
    width: int, height: int, most: int,
) -> Layers:  # fmt: skip
    """Take a picture apart into a base and at most `most` layers, from the lowest upwards."""
    cv2.setNumThreads(1)
    photo = flattened(image)[0]
    photo = np.ascontiguousarray(frame.fitted(photo, width, height))
    pieces = sorted(_pieces(photo, rects, _names(prompt)), key=lambda one: -int(one.cover.sum()))
    pieces = pieces[:most]
    base, layers = photo, []
    behind = photo.copy()
    if pieces:
        hole = np.maximum.reduce([piece.cover for piece in pieces])
        wide = cv2.dilate(np.where(hole > 0, 255, 0).astype(np.uint8), np.ones((3, 3), np.uint8))
        filled = matte.patched(photo, wide)
        # Only where a layer lies: the base is the picture everywhere else.
        base = np.where((hole > 0)[..., None], filled, photo).astype(np.uint8)
        behind = base.copy()
    used: dict[str, int] = {}
    for piece in pieces:
        layer, behind = _layer(photo, behind, piece, used)
        if layer is not None:
            layers.append(layer)
    note = f"taken apart into a base and {len(layers)} layers"
    return Layers(base, tuple(layers), note)


def _layer(
    photo: Raster, behind: Raster, piece: Piece, used: dict[str, int]
) -> tuple[Layer | None, Raster]:
    box = _box(piece.cover)
    if box is None:
        return None, behind
    left, top, right, bottom = box
    region = np.s_[top:bottom, left:right]
    goal, under = photo[region].astype(np.float32), behind[region].astype(np.float32)
    cover = piece.cover[region].astype(np.float32) / 255
    cover = np.where(cover > 0, np.maximum(cover, _least_cover(goal, under)), 0)
    alpha = np.ceil(cover * 255).clip(0, 255)
    share = alpha[..., None] / 255
    colour = np.where(share > 0, (goal - (1 - share) * under) / np.maximum(share, 1 / 255), goal)
    pixels = np.dstack([colour.round().clip(0, 255), alpha]).astype(np.uint8)
    over = behind.copy()
    over[region] = np.where(
        share > 0, pixels[..., :3] * share + under * (1 - share), under
    ).round().clip(0, 255)  # fmt: skip
    number = used.get(piece.name, 0) + 1
    used[piece.name] = number
    name = piece.name if number == 1 else f"{piece.name} {number}"
    return Layer(
        np.ascontiguousarray(pixels), box, name, _described(pixels, box, photo.shape)
    ), over


def _least_cover(goal: NDArray[np.float32], under: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the least cover with which some colour over what is under gives the goal."""
    up = (goal - under) / np.maximum(255 - under, 1)
    down = (under - goal) / np.maximum(under, 1)
    return np.asarray(np.clip(np.maximum(up, down).max(2), 0, 1), np.float32)


def _pieces(
    photo: Raster, rects: tuple[tuple[float, float, float, float], ...], names: list[str]
) -> Iterator[Piece]:
    taken = np.zeros(photo.shape[:2], np.uint8)
    covers = [matte.subject_of(photo, rect) for rect in rects]
    if not covers:
        covers = _of_graphic(photo) or list(_parts(matte.subject_of(photo)))
        words = matte.lettering_of(photo)
        if (words > 0).mean() > LEAST:
            covers += list(_parts(words))
    covers.sort(key=lambda cover: -int((cover > 127).sum()))
    for number, cover in enumerate(covers):
        free = np.where(taken > 0, 0, cover).astype(np.uint8)
        if float((free > 127).mean()) < LEAST:
            continue
        taken = np.maximum(taken, free)
        yield Piece(free, names[number] if number < len(names) else "subject")


def _of_graphic(photo: Raster) -> list[matte.Matte]:
    """Find what lies on a plain ground, piece by piece; nothing when the ground is not plain."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    rim = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    ground = np.median(rim, axis=0)
    if float((np.linalg.norm(rim - ground, axis=1) < GROUND_NEAR / 2).mean()) < FEW_TONES:
        return []
    away = np.linalg.norm(lab - ground, axis=2)
    soft = np.clip((away - 3) / (GROUND_NEAR - 3), 0, 1)
    solid = (soft > 0.25).astype(np.uint8)
    reach = 2 * max(2, round(max(photo.shape[:2]) / 90)) + 1
    near = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    near = cv2.dilate(near, np.ones((5, 5), np.uint8))
    return list(_parts((soft * 255).astype(np.uint8), near))


def _parts(cover: matte.Matte, near: matte.Matte | None = None) -> Iterator[matte.Matte]:
    """Part a cover into the pieces that do not touch."""
    solid = (
        near
        if near is not None
        else cv2.dilate((cover > 40).astype(np.uint8), np.ones((5, 5), np.uint8))
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats((solid > 0).astype(np.uint8))
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] > LEAST * cover.size:
            yield np.where(labels == label, cover, 0).astype(np.uint8)


def _names(prompt: str) -> list[str]:
    """Name the parts as the prompt does."""
    return [subject.concept.id.replace("_", " ") for subject in read_wish(prompt).scene.subjects]


def _box(cover: matte.Matte) -> tuple[int, int, int, int] | None:
    rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _described(pixels: Raster, box: tuple[int, int, int, int], shape: tuple[int, ...]) -> str:
    """Say what a layer looks like and where it lies."""
    solid = pixels[pixels[..., 3] > 127][:, :3]
    tone = np.median(solid, axis=0) if len(solid) else np.zeros(3)
    name = min(COLOURS, key=lambda one: float(np.abs(np.array(COLOURS[one]) - tone).sum()))
    height, width = shape[:2]
    x, y = (box[0] + box[2]) / 2 / width, (box[1] + box[3]) / 2 / height
    place = POSITIONS[min(2, int(y * 3))][min(2, int(x * 3))]
    share = (box[2] - box[0]) * (box[3] - box[1]) / (width * height)
    size = "large" if share > 0.25 else "small" if share < 0.03 else "medium-sized"
    return f"A {size}, mostly {name} part at the {place} of the picture."
