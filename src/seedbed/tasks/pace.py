"""The pace at which this process makes pictures: what estimates are reckoned by."""

from __future__ import annotations

WEIGHT = 0.2
"""How much the newest picture counts against all before it."""


class Pace:
    """A moving mean of the seconds that one picture takes a runner."""

    def __init__(self) -> None:
        self._seconds: float | None = None

    @property
    def seconds_a_picture(self) -> float | None:
        """The mean; None until the first picture."""
        return self._seconds

    def made_one(self, seconds: float) -> None:
        """Count a picture."""
        known = seconds if self._seconds is None else self._seconds
        self._seconds = known + WEIGHT * (seconds - known)
