"""What every prop is drawn with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from seedbed.engines.sketch.palette import WHITE, Colour, hexadecimal, mix, rgb

Props: TypeAlias = Mapping[str, tuple[Colour, Callable[[Colour], str]]]
"""By its name, a prop's own colour and what draws it in a colour."""

BLACK = rgb("#1c1c24")
WOOD = rgb("#a9713f")
IRON = rgb("#3b4250")


def document(width: float, height: float, content: str) -> str:
    """Give a whole SVG document, `content` being its shapes."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{content}</svg>'


def tone(colour: Colour, light: float = 0.0) -> str:
    """Write a colour, lighter (up to 1) or darker (down to -1)."""
    return hexadecimal(mix(colour, WHITE if light > 0 else BLACK, abs(light)))


def path(shape: str, fill: str, opacity: float = 1.0) -> str:
    """Fill a path."""
    see = f' opacity="{opacity}"' if opacity < 1 else ""
    return f'<path d="{shape}" fill="{fill}"{see}/>'


def line(shape: str, stroke: str, width: float, cap: str = "round") -> str:
    """Draw along a path."""
    return (
        f'<path d="{shape}" fill="none" stroke="{stroke}" stroke-width="{width}" '
        f'stroke-linecap="{cap}" stroke-linejoin="round"/>'
    )


def rect(
    x: float, y: float, width: float, height: float, fill: str, round_: float = 0.0
) -> str:  # fmt: skip
    """Fill a rectangle."""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}" fill="{fill}"/>'


def circle(x: float, y: float, radius: float, fill: str, opacity: float = 1.0) -> str:
    """Fill a circle."""
    return oval(x, y, radius, radius, fill, opacity)


def oval(x: float, y: float, rx: float, ry: float, fill: str, opacity: float = 1.0) -> str:
    """Fill an ellipse."""
    see = f' opacity="{opacity}"' if opacity < 1 else ""
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" fill="{fill}"{see}/>'


def across(name: str, *stops: tuple[float, str]) -> str:
    """Define a gradient from left to right, to be used as `url(#name)`."""
    return _gradient(name, 'x2="1" y2="0"', stops)


def down(name: str, *stops: tuple[float, str]) -> str:
    """Define a gradient from the top down, to be used as `url(#name)`."""
    return _gradient(name, 'x2="0" y2="1"', stops)


def round_body(name: str, colour: Colour) -> str:
    """Define the shading of a cylinder lit from the left."""
    return across(
        name, (0, tone(colour, -0.12)), (0.3, tone(colour, 0.3)), (1, tone(colour, -0.28))
    )


def _gradient(name: str, direction: str, stops: tuple[tuple[float, str], ...]) -> str:
    marks = "".join(f'<stop offset="{at}" stop-color="{colour}"/>' for at, colour in stops)
    return (
        f'<defs><linearGradient id="{name}" x1="0" y1="0" {direction}>{marks}'
        "</linearGradient></defs>"
    )
