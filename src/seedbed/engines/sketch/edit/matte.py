"""Mattes: what of a photo is its subject and what its sky, found without a model.

A subject is what cannot be reached from the borders without crossing an edge: the minimum
barrier distance finds it, GrabCut draws its outline, a guided filter gives hair and fur their
soft edge.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.engines.sketch.styles.raster import Raster

Matte = NDArray[Any]
"""Height x width: 0 for what does not belong, 255 for what does."""
Values = NDArray[Any]

SIDE = 250
"""Longer side, in pixels, that subjects are looked for at."""
SWEEPS = 2
ROUNDS = 3
"""Rounds of GrabCut."""
TONES = 6
"""Colours that a border is taken to be made of."""
NEAR = 0.05
"""How near a hole, as a share of the photo, nothing is taken to fill it."""
WORST = 17.0
"""How badly what is moved into a hole may fit, in mean levels of Lab along its rim."""
PATCHED = 200
"""Longer side that what fits into a hole is looked for at."""
CLEANED = 900
"""Longer side that colours are spread over an edge at."""
REFINED = 1100
"""Longer side that the outline is refined at."""
LEAST_SHARE, MOST_SHARE = 0.012, 0.92
"""Shares of a photo between which something is its subject."""
RECT = tuple[float, float, float, float]
"""Left, top, right and bottom, as fractions."""


def subject_of(photo: Raster, inside: RECT | None = None) -> Matte:
    """Find the subject of a photo, or of a part of it; all 0 when nothing stands out.

    Height x width of the photo.
    """
    small = _small(photo, SIDE)
    rough = _rough(small, inside)
    if rough is None:
        return np.zeros(photo.shape[:2], np.uint8)
    return _refined(photo, rough)


def sky_of(photo: Raster) -> Matte:
    """Find the sky: smooth, light for its picture, and reached from the upper edge."""
    small = cv2.GaussianBlur(_small(photo, SIDE), (0, 0), 1.2)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    seeds = np.zeros(small.shape[:2], bool)
    seeds[0] = True
    far = _barrier(lab, seeds).sum(2)
    light, red, blue = lab[..., 0], lab[..., 1] - 128, lab[..., 2] - 128
    rough = np.abs(cv2.Laplacian(lab[..., 0], cv2.CV_32F, ksize=3))
    rough = cv2.blur(rough, (7, 7))
    bluish = (blue < 6) | (light > 190)
    green = (red < -8) & (blue > 4)
    slope = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))
    sky = (far < 110) & (slope < 26) & (rough < 9) & ((light > 60) | (blue < -5)) & bluish & ~green
    sky = _touching(cv2.morphologyEx(sky.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5))), 0)
    if sky.mean() < 0.04:
        return np.zeros(photo.shape[:2], np.uint8)
    sky = cv2.morphologyEx(sky, cv2.MORPH_CLOSE, np.ones((9, 9)))
    return _refined(photo, sky.astype(np.float32), reach=4)


def lettering_of(photo: Raster) -> Matte:
    """Find lettering: small strokes of one tone that stand close in lines."""
    grey = cv2.cvtColor(_small(photo, REFINED), cv2.COLOR_RGB2GRAY)
    kernel = np.ones((13, 13), np.uint8)
    strokes = cv2.max(
        cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel),
        cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel),
    )
    solid = ((strokes > 60) * 255).astype(np.uint8)
    lines = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((5, 19), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lines)
    kept = np.zeros(count, bool)
    for label in range(1, count):
        _, _, wide, tall, area = stats[label]
        kept[label] = wide > 1.6 * tall and tall > 6 and area > 0.4 * wide * tall and area > 120
    letters = np.where(kept[labels], 255, 0).astype(np.uint8)
    mask = cv2.dilate(letters, np.ones((7, 7), np.uint8))
    return np.asarray(cv2.resize(mask, (photo.shape[1], photo.shape[0])), np.uint8)


def box_of(matte: Matte) -> tuple[int, int, int, int] | None:
    """Give left, top, right and bottom of what belongs, in pixels; None when nothing does."""
    solid = matte > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def cut_out(photo: Raster, matte: Matte) -> Raster:
    """Cut a subject out: height x width x 4, its edge free of the colours behind it."""
    soft = ((matte > 3) & (matte < 250)).astype(np.uint8)
    if not soft.any():
        return np.dstack([photo, matte])
    # The colours that are surely the subject's, spread over its edge: smooth, so worked out small.
    small = _small(photo, CLEANED)
    size = (small.shape[1], small.shape[0])
    sure = cv2.resize((matte >= 250).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    weight = cv2.GaussianBlur(sure, (0, 0), 3.5)
    spread = cv2.GaussianBlur(small.astype(np.float32) * sure[..., None], (0, 0), 3.5)
    clean = np.where(weight[..., None] > 0.02, spread / np.maximum(weight, 1e-4)[..., None], small)
    wide = cv2.resize(clean.clip(0, 255).astype(np.uint8), (photo.shape[1], photo.shape[0]))
    colour = photo.copy()
    cv2.copyTo(wide, soft, colour)
    return np.dstack([colour, matte])


def filled(photo: Raster, hole: Matte) -> Raster:
    """Fill a hole with what is around it: coarse to fine, so that large holes stay calm."""
    if max(hole.shape) > REFINED:  # what flows in is smooth: worked out small, and enlarged
        few = filled(_small(photo, REFINED), _small_mask(hole, photo.shape[:2], REFINED))
        wide = cv2.resize(few, (photo.shape[1], photo.shape[0]), interpolation=cv2.INTER_CUBIC)
        whole = np.ascontiguousarray(photo).copy()
        cv2.copyTo(wide, (hole >= 8).astype(np.uint8), whole)
        return whole
    known = (hole < 8).astype(np.float32)
    levels = [(photo.astype(np.float32) * known[..., None], known)]
    while min(levels[-1][1].shape) > 4 and levels[-1][1].min() < 0.5:
        colour, weight = levels[-1]
        size = (max(1, weight.shape[1] // 2), max(1, weight.shape[0] // 2))
        less = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
        mean = cv2.resize(colour, size, interpolation=cv2.INTER_AREA)
        # A pixel that is known at all is known whole one level up.
        share = np.maximum(less, 1e-6)[..., None]
        levels.append((np.where(less[..., None] > 0.01, mean / share, 0), (less > 0.01) * 1.0))
        levels[-1] = (levels[-1][0].astype(np.float32), levels[-1][1].astype(np.float32))
    colour, weight = levels[-1]
    total = max(float(weight.sum()), 1e-6)
    whole = (
        colour
        if weight.min() > 0
        else (colour + (1 - weight[..., None]) * (colour.sum((0, 1)) / total))
    )
    for colour, weight in reversed(levels[:-1]):
        size = (weight.shape[1], weight.shape[0])
        coarse = cv2.resize(whole, size, interpolation=cv2.INTER_CUBIC)
        coarse = cv2.GaussianBlur(coarse, (0, 0), 1.0)
        whole = colour + (1 - weight[..., None]) * coarse
    return np.asarray(np.clip(whole, 0, 255), np.uint8)


def patched(photo: Raster, hole: Matte) -> Raster:
    """Fill a hole with what is seen beside it: the photo moved, and its light fitted to the rim.

    Where nothing fits, or there is nothing to move, what is around flows in.
    """
    wide = cv2.dilate(hole, np.ones((5, 5), np.uint8))
    moved = photo
    rest = wide.copy()
    small, gap = _small(photo, PATCHED), _small_mask(wide, photo.shape[:2], PATCHED)
    # What stands close to the hole belongs to what was in it, and is not to be seen twice.
    reach = 2 * round(max(photo.shape[:2]) * NEAR / 2) + 1
    close = cv2.dilate(wide, np.ones((reach, reach), np.uint8))
    shut = _small_mask(close, photo.shape[:2], PATCHED)
    for _ in range(2):
        shift = _shift(small, gap, shut)
        if shift is None:
            break
        across = round(shift[0] * photo.shape[1] / small.shape[1])
        down = round(shift[1] * photo.shape[0] / small.shape[0])
        source, missing = _moved(photo, across, down), _moved(close, across, down, 255)
        takes = (rest > 0) & (missing == 0)
        moved = np.where(takes[..., None], source, moved)
        rest[takes] = 0
        gap = np.where(_moved(shut, *shift, 255) == 0, 0, gap).astype(np.uint8)
        if not rest.any():
            break
    if moved is photo:
        return filled(photo, wide)
    moved = filled(np.ascontiguousarray(moved), rest)
    return _fitted_in(photo, np.ascontiguousarray(moved), wide)


def _shift(small: Raster, gap: Matte, shut: Matte) -> tuple[int, int] | None:
    """Find the shift at which a photo fits best to the rim of its hole; None when none does."""
    height, width = gap.shape
    rim = (cv2.dilate(gap, np.ones((9, 9), np.uint8)) > 0) & (gap == 0)
    if not rim.any() or not gap.any():
        return None
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.int16)
    best: tuple[float, tuple[int, int]] | None = None
    for down in (0, -height // 24, height // 24, -height // 8, height // 8):
        for across in range(-width + width // 8, width - width // 8, max(2, width // 40)):
            if abs(across) + abs(down) < width // 16:
                continue
            missing = _moved(shut, across, down, 255)
            covered = float(((gap > 0) & (missing == 0)).sum()) / float((gap > 0).sum())
            seen = rim & (missing == 0)
            if covered < 0.5 or seen.sum() < 0.4 * rim.sum():
                continue
            error = np.abs(_moved(lab, across, down)[seen] - lab[seen]).mean() + 22 * (1 - covered)
            error += 10 * abs(down) / height
            if best is None or error < best[0]:
                best = float(error), (across, down)
    return None if best is None or best[0] > WORST else best[1]


def _moved(values: NDArray[Any], across: int, down: int, fill: int = 0) -> NDArray[Any]:
    """Move an image; what comes from outside it is `fill`."""
    moved = np.full_like(values, fill)
    height, width = values.shape[:2]
    rows = slice(max(0, down), min(height, height + down))
    columns = slice(max(0, across), min(width, width + across))
    from_rows = slice(max(0, -down), min(height, height - down))
    from_columns = slice(max(0, -across), min(width, width - across))
    moved[rows, columns] = values[from_rows, from_columns]
    return moved


def _fitted_in(photo: Raster, patch: Raster, hole: Matte) -> Raster:
    """Lay a patch into a hole, its light brought to that of the rim all around it."""
    scale = min(1.0, REFINED / 2 / max(hole.shape))
    size = (max(2, round(hole.shape[1] * scale)), max(2, round(hole.shape[0] * scale)))
    apart = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    apart -= cv2.resize(patch, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    gap = cv2.dilate(cv2.resize(hole, size), np.ones((3, 3), np.uint8))
    smooth = filled(np.asarray((apart / 2 + 128).clip(0, 255), np.uint8), gap)
    light = cv2.resize(smooth, (hole.shape[1], hole.shape[0]), interpolation=cv2.INTER_CUBIC)
    fitted = patch + (light.astype(np.float32) - 128) * 2
    soft = cv2.GaussianBlur(hole, (0, 0), max(1.0, max(hole.shape) / 500))[..., None] / 255
    inside = np.where(hole[..., None] > 0, np.maximum(soft, 0.5), soft)
    return np.asarray((photo + (fitted - photo) * inside).clip(0, 255), np.uint8)


def _small_mask(mask: Matte, shape: tuple[int, ...], side: int) -> Matte:
    scale = min(1.0, side / max(shape))
    size = (max(8, round(shape[1] * scale)), max(8, round(shape[0] * scale)))
    return np.where(cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0, 255, 0).astype(
        np.uint8
    )


def _small(photo: Raster, side: int) -> Raster:
    scale = min(1.0, side / max(photo.shape[:2]))
    if scale == 1.0:
        return np.ascontiguousarray(photo[..., :3])
    size = (max(8, round(photo.shape[1] * scale)), max(8, round(photo.shape[0] * scale)))
    return np.asarray(cv2.resize(photo[..., :3], size, interpolation=cv2.INTER_AREA), np.uint8)


def _rough(small: Raster, inside: RECT | None) -> Values | None:
    """Find what stands out, roughly: height x width, 0 to 1."""
    height, width = small.shape[:2]
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1.2), cv2.COLOR_RGB2LAB)
    values = lab.astype(np.float32)
    border = np.zeros((height, width), bool)
    rim = max(2, round(min(height, width) * 0.02))
    if inside is None:
        border[:rim], border[:, :rim], border[:, -rim:] = True, True, True
        border[-rim:, : width // 8] = border[-rim:, -width // 8 :] = True
    else:
        left, top, right, bottom = _pixels(inside, width, height)
        border[:] = True
        border[top:bottom, left:right] = False
    strange, behind = _strangeness(values, border, whole=inside is not None)
    far = _barrier(values, behind).sum(2)
    sharp = _sharpness(lab)
    score: Values = far / max(float(far.max()), 1.0) * 0.52 + strange * 0.4 + sharp * 0.08
    across = np.linspace(-1, 1, width, dtype=np.float32)[None]
    down = np.linspace(-0.9, 1, height, dtype=np.float32)[:, None]
    middle = np.exp(-(across**2 / 0.9 + down**2 / 1.6))
    score = score * (0.35 + 0.65 * middle)
    score[behind] = 0
    score = score / max(float(score.max()), 1e-6)
    level = max(
        0.22, cv2.threshold((score * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0] / 255
    )
    return _cut(small, score, level, behind)


def _cut(small: Raster, score: Values, level: float, border: NDArray[np.bool_]) -> Values | None:
    marks = np.full(score.shape, cv2.GC_PR_BGD, np.uint8)
    marks[score > level] = cv2.GC_PR_FGD
    marks[score > level + (1 - level) * 0.55] = cv2.GC_FGD
    marks[(score < level * 0.25) | border] = cv2.GC_BGD
    if not ((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)).any():
        return None
    cv2.setRNGSeed(7)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, marks, (0, 0, 1, 1), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = ((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)).astype(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    found = _largest(found)
    if not LEAST_SHARE < float(found.mean()) < MOST_SHARE:
        return None
    return found.astype(np.float32)


def _largest(found: Matte) -> Matte:
    """Keep the largest pieces, and fill the holes that they have."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not count or not len(areas):
        return found
    kept = np.isin(labels, 1 + np.flatnonzero(areas > areas.max() * 0.18))
    inverse = np.pad((~kept).astype(np.uint8), 1, constant_values=1)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inverse)
    holes = stats[:, cv2.CC_STAT_AREA] < 0.02 * found.size
    holes[labels[0, 0]] = holes[0] = False
    return np.asarray(kept | holes[labels[1:-1, 1:-1]], np.uint8)


def _touching(found: Matte, row: int) -> Matte:
    _, labels = cv2.connectedComponents(found)
    kept = np.unique(labels[row])
    return np.isin(labels, kept[kept > 0]).astype(np.uint8)


def _barrier(values: Values, seeds: NDArray[np.bool_]) -> Values:
    """Find, for each pixel and channel, the least span of values on a way from the seeds to it."""
    span = np.where(seeds, 0.0, 1e6).astype(np.float32)[..., None].repeat(values.shape[2], 2)
    ways = _Ways(values, values.copy(), values.copy(), span)
    turned = _Ways(*(part.transpose(1, 0, 2) for part in ways))
    for _ in range(SWEEPS):
        for grid in (ways, turned):
            last = len(grid.values) - 1
            for at in range(1, last + 1):
                grid.relax(at, at - 1)
            for at in range(last - 1, -1, -1):
                grid.relax(at, at + 1)
    return span


class _Ways(NamedTuple):
    """The best ways known so far: their highest and lowest values, and the span of each."""

    values: Values
    high: Values
    low: Values
    span: Values

    def relax(self, here: int, there: int) -> None:
        """Go to one line from its neighbour where that way spans less."""
        most = np.maximum(self.high[there], self.values[here])
        least = np.minimum(self.low[there], self.values[here])
        way = most - least
        better = way < self.span[here]
        np.copyto(self.span[here], way, where=better)
        np.copyto(self.high[here], most, where=better)
        np.copyto(self.low[here], least, where=better)


def _strangeness(
    lab: Values, border: NDArray[np.bool_], whole: bool
) -> tuple[Values, NDArray[np.bool_]]:
    """Tell how unlike the background's colours each pixel is, and which of the border is behind.

    A colour of the border is the background's when it is seen high up, or on both sides: what
    only stands at the foot, or reaches in there from one side, is the subject's, unless the
    `whole` is behind.
    """
    samples = lab[border]
    stop = (cv2.TERM_CRITERIA_MAX_ITER, 8, 1.0)
    cv2.setRNGSeed(7)
    few = samples[:: max(1, len(samples) // 1500)]
    _, _, centres = cv2.kmeans(few, TONES, None, stop, 1, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    weigh = np.array((0.7, 1.2, 1.2), np.float32)
    nearest = np.full(lab.shape[:2], 1e6, np.float32)
    which = np.zeros(lab.shape[:2], np.int32)
    distances = [np.linalg.norm((lab - centre) * weigh, axis=2) for centre in centres]
    which = np.argmin(distances, axis=0)
    behind = np.zeros_like(border)
    height = lab.shape[0]
    for tone, distance in enumerate(distances):
        mine = border & (which == tone)
        above = float(mine[0].mean())
        left, right = mine[: height // 2, 0].mean(), mine[: height // 2, -1].mean()
        low = mine[height // 2 :, 0].mean(), mine[height // 2 :, -1].mean()
        if whole or above > 0.12 or max(left, right) > 0.1 or min(low) > 0.15:
            spread = float(samples[which[border] == tone].std(0).mean()) if mine.any() else 9.0
            nearest = np.minimum(nearest, distance / (10 + spread))
            behind |= mine
    if not behind.any():
        return np.ones(lab.shape[:2], np.float32), border
    return np.asarray(1 - np.exp(-((nearest / 2.2) ** 2)), np.float32), behind


def _sharpness(lab: Raster) -> Values:
    """Tell where the photo is in focus: 0 to 1."""
    fine = np.abs(cv2.Laplacian(lab[..., 0], cv2.CV_32F, ksize=3))
    near = cv2.GaussianBlur(fine, (0, 0), 5)
    return np.asarray(np.clip(near / max(float(np.percentile(near, 97)), 4.0), 0, 1), np.float32)


def _refined(photo: Raster, rough: Values, reach: int = 5) -> Matte:
    """Fit a rough outline to the photo's own edges, and enlarge it to its size."""
    guide = _small(photo, REFINED)
    size = (guide.shape[1], guide.shape[0])
    mask = cv2.resize(rough, size, interpolation=cv2.INTER_LINEAR)
    mask = np.clip((cv2.GaussianBlur(mask, (0, 0), 2.0) - 0.5) * 2.2 + 0.5, 0, 1)
    grey = cv2.cvtColor(guide, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    radius = 2 * reach + 1
    slope, offset = _guided(grey, mask.astype(np.float32), radius, 2e-4)
    soft = slope * grey + offset
    # Far from the outline nothing is soft.
    inner = cv2.erode(mask, np.ones((radius, radius), np.uint8))
    outer = cv2.dilate(mask, np.ones((radius, radius), np.uint8))
    soft = np.clip((np.clip(soft, inner, outer) - 0.12) / 0.76, 0, 1)
    whole = cv2.resize(soft, (photo.shape[1], photo.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole * 255, np.uint8)


def _guided(guide: Values, values: Values, radius: int, smooth: float) -> tuple[Values, Values]:
    """Fit, around each pixel, the values as a line in the guide: slope and offset."""
    box = (radius, radius)
    mean, mean_values = cv2.blur(guide, box), cv2.blur(values, box)
    covariance = cv2.blur(guide * values, box) - mean * mean_values
    variance = cv2.blur(guide * guide, box) - mean * mean
    slope = covariance / (variance + smooth)
    offset = mean_values - slope * mean
    return np.asarray(cv2.blur(slope, box)), np.asarray(cv2.blur(offset, box))


def _pixels(rect: RECT, width: int, height: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = rect
    x0, y0 = round(left * width), round(top * height)
    return x0, y0, max(x0 + 1, round(right * width)), max(y0 + 1, round(bottom * height))
