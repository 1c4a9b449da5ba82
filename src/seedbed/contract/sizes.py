"""Sizes in pixels, as the contract writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATTERN = re.compile(r"([0-9]{1,6})\s*[xX×*]\s*([0-9]{1,6})")


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """Width and height in pixels, written `1024x768`."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read `1024x768`; ValueError when it is not of that form."""
        found = _PATTERN.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not a size such as 1024x768")
        return cls(int(found[1]), int(found[2]))

    @property
    def pixels(self) -> int:
        """All pixels of the picture."""
        return self.width * self.height

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.width / self.height

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"
