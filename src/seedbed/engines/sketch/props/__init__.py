"""Props: things without an emoji, or better than theirs, drawn as SVG of our own.

A new prop is a function and a row of the `PROPS` of its module.
"""

from __future__ import annotations

from seedbed.engines.sketch.palette import Colour
from seedbed.engines.sketch.props import classic, food, home, landmarks, machines, small
from seedbed.engines.sketch.props.shapes import Props

_ALL: Props = {
    **classic.PROPS,
    **home.PROPS,
    **machines.PROPS,
    **landmarks.PROPS,
    **small.PROPS,
    **food.PROPS,
}
NAMES = tuple(_ALL)
"""What `painter:NAME` may name in the lexicon."""


def draw(name: str, colour: Colour | None) -> str:
    """Draw a prop, in a colour or its own; KeyError for an unknown one."""
    default, painter = _ALL[name]
    return painter(colour or default)
