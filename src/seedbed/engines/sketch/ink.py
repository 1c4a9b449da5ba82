"""Vector drawing: shapes collected as an SVG document.

Opacity is given to fills and strokes, never to groups, since a translucent group costs a
surface of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
import pyvips
from numpy.typing import NDArray

from seedbed.engines.sketch.palette import Colour, hexadecimal

Point: TypeAlias = tuple[float, float]
Paint: TypeAlias = Colour | str
"""A colour, or what `Ink.linear` and `Ink.radial` gave."""
Stop: TypeAlias = tuple[float, Colour] | tuple[float, Colour, float]
"""Offset from 0 to 1, colour, opacity."""
Rgba: TypeAlias = NDArray[np.uint8]
"""Height x width x 4, straight alpha."""


Box: TypeAlias = tuple[float, float, float, float]
GLYPH = 36.0
"""Units to a side of a Twemoji glyph."""
PROBE = 108
VISIBLE = 24
"""Alpha from which a pixel counts as part of a glyph."""


class Ink:
    """A sheet of shapes, the later ones above the earlier ones."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix  # keeps the names of its gradients apart from those of a glyph
        self._shapes: list[str] = []
        self._definitions: list[str] = []

    def fill(self, path: str, paint: Paint, opacity: float = 1.0) -> None:
        """Fill a path."""
        self._shapes.append(f'<path d="{path}" {_painted("fill", paint, opacity)}/>')

    def stroke(self, path: str, paint: Paint, width: float, opacity: float = 1.0) -> None:
        """Draw a line along a path, with round ends and joins."""
        self._shapes.append(
            f'<path d="{path}" fill="none" stroke-width="{width:.2f}" stroke-linecap="round" '
            f'stroke-linejoin="round" {_painted("stroke", paint, opacity)}/>'
        )

    def circle(self, x: float, y: float, radius: float, paint: Paint, opacity: float = 1.0) -> None:
        """Fill a circle."""
        self._shapes.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.2f}" '
            f"{_painted('fill', paint, opacity)}/>"
        )

    def oval(
        self, x: float, y: float, rx: float, ry: float, paint: Paint, opacity: float = 1.0
    ) -> None:
        """Fill an ellipse."""
        self._shapes.append(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.2f}" ry="{ry:.2f}" '
            f"{_painted('fill', paint, opacity)}/>"
        )

    def rect(
        self, x: float, y: float, width: float, height: float, paint: Paint,
        opacity: float = 1.0, round_: float = 0.0,
    ) -> None:  # fmt: skip
        """Fill a rectangle, its corners rounded by `round_` units."""
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
            f'height="{max(height, 0):.1f}" rx="{round_:.1f}" {_painted("fill", paint, opacity)}/>'
        )

    def line(
        self, start: Point, end: Point, paint: Paint, width: float, opacity: float = 1.0
    ) -> None:
        """Draw a straight line."""
        self.stroke(polygon((start, end), closed=False), paint, width, opacity)

    def linear(self, start: Point, end: Point, *stops: Stop) -> str:
        """Define a gradient along a line and give its name as a paint."""
        (x0, y0), (x1, y1) = start, end
        return self._define(
            "linearGradient", f'x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"', stops
        )

    def radial(self, centre: Point, radius: float, *stops: Stop) -> str:
        """Define a gradient around a point and give its name as a paint."""
        x, y = centre
        return self._define("radialGradient", f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"', stops)

    def clip(self, path: str) -> None:
        """Show what follows, until `end`, only inside a path."""
        name = f"{self._prefix}c{len(self._definitions)}"
        self._definitions.append(f'<clipPath id="{name}"><path d="{path}"/></clipPath>')
        self._shapes.append(f'<g clip-path="url(#{name})">')

    def move(self, transform: str) -> None:
        """Transform what follows, until `end`, by an SVG transform."""
        self._shapes.append(f'<g transform="{transform}">')

    def end(self) -> None:
        """End the latest `clip` or `move`."""
        self._shapes.append("</g>")

    def raw(self, markup: str) -> None:
        """Add finished SVG markup."""
        self._shapes.append(markup)

    def document(self, left: float, top: float, width: float, height: float) -> str:
        """Give a whole SVG document that shows a box."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}">'
            f"<defs>{''.join(self._definitions)}</defs>{''.join(self._shapes)}</svg>"
        )

    def _define(self, kind: str, place: str, stops: Sequence[Stop]) -> str:
        name = f"{self._prefix}g{len(self._definitions)}"
        marks = "".join(
            f'<stop offset="{stop[0]:.3f}" stop-color="{hexadecimal(stop[1])}"'
            + (f' stop-opacity="{stop[2]:.3f}"/>' if len(stop) == 3 else "/>")
            for stop in stops
        )
        self._definitions.append(
            f'<{kind} id="{name}" gradientUnits="userSpaceOnUse" {place}>{marks}</{kind}>'
        )
        return f"url(#{name})"


@lru_cache(maxsize=256)
def outline(svg: str) -> Box:
    """Find the box of what is visible in a 36-unit glyph: left, top, width, height."""
    x, y, width, height = cv2.boundingRect((probe(svg)[..., 3] > VISIBLE).astype(np.uint8))
    step = GLYPH / PROBE
    return (x * step, y * step, max(width, 1) * step, max(height, 1) * step)


@lru_cache(maxsize=64)
def probe(svg: str) -> Rgba:
    """Draw a glyph small, to measure it: PROBE x PROBE x 4 pixels."""
    image = pyvips.Image.svgload_buffer(svg.encode(), scale=PROBE / GLYPH, dpi=72)
    pixels = np.asarray(image.numpy(), np.uint8)
    if pixels.shape[:2] != (PROBE, PROBE):
        pixels = np.asarray(cv2.resize(pixels, (PROBE, PROBE)), np.uint8)
    return pixels


def inside(svg: str) -> str:
    """Give the markup inside a document's outer element."""
    return re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", svg, flags=re.DOTALL)


def polygon(points: Iterable[Point], closed: bool = True) -> str:
    """Join points by straight lines."""
    corners = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{corners}{'Z' if closed else ''}"


def smooth(points: Sequence[Point], closed: bool = True, tension: float = 1.0) -> str:
    """Run a Catmull-Rom curve through points, as cubic Béziers."""
    count = len(points)
    out = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for index in range(count if closed else count - 1):
        if closed:
            before, here = points[index - 1], points[index]
            there, after = points[(index + 1) % count], points[(index + 2) % count]
        else:
            before, here = points[max(0, index - 1)], points[index]
            there, after = points[index + 1], points[min(count - 1, index + 2)]
        pull = tension / 6
        out.append(
            f"C{here[0] + (there[0] - before[0]) * pull:.1f} "
            f"{here[1] + (there[1] - before[1]) * pull:.1f} "
            f"{there[0] - (after[0] - here[0]) * pull:.1f} "
            f"{there[1] - (after[1] - here[1]) * pull:.1f} {there[0]:.1f} {there[1]:.1f}"
        )
    return "".join(out) + ("Z" if closed else "")


def disc(x: float, y: float, radius: float) -> str:
    """Give a circle as a path, so that many can be filled as one."""
    return (
        f"M{x - radius:.1f} {y:.1f}a{radius:.1f} {radius:.1f} 0 1 0 {2 * radius:.1f} 0"
        f"a{radius:.1f} {radius:.1f} 0 1 0 {-2 * radius:.1f} 0Z"
    )


def ellipse(x: float, y: float, rx: float, ry: float) -> str:
    """Give an ellipse as a path."""
    return (
        f"M{x - rx:.1f} {y:.1f}a{rx:.1f} {ry:.1f} 0 1 0 {2 * rx:.1f} 0"
        f"a{rx:.1f} {ry:.1f} 0 1 0 {-2 * rx:.1f} 0Z"
    )


def _painted(what: str, paint: Paint, opacity: float) -> str:
    value = paint if isinstance(paint, str) else hexadecimal(paint)
    if opacity >= 1:
        return f'{what}="{value}"'
    return f'{what}="{value}" {what}-opacity="{max(opacity, 0):.3f}"'
