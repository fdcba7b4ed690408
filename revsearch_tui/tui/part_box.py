"""The box that says which part of a query picture counts: plain numbers, without widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from revsearch_tui.api import Box
from revsearch_tui.core.images.crop import Crop

LEAST = 1.0
"""Percent of width and height that a part has at least."""
STEPS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Percent by which keys move and resize."""


@dataclass(frozen=True, slots=True)
class PartBox:
    """Left, top, width and height in percent of the upright picture, to a hundredth; within it, and `LEAST` wide."""

    left: float
    top: float
    wide: float
    high: float

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self == WHOLE

    @property
    def crop(self) -> Crop:
        """The same as users write it."""
        return Crop((self.left, self.top, self.wide, self.high), (True, True, True, True))

    def moved(self, across: float, down: float) -> PartBox:
        """As this, so many percent to the right and below, as far as the picture goes."""
        left, top = _within(self.left + across, 0, 100 - self.wide), _within(self.top + down, 0, 100 - self.high)
        return replace(self, left=left, top=top)

    def resized(self, across: float, down: float) -> PartBox:
        """As this, so many percent wider and higher; its upper left corner stays unless there is no more room."""
        wide, high = _within(self.wide + across, LEAST, 100), _within(self.high + down, LEAST, 100)
        return PartBox(min(self.left, _rounded(100 - wide)), min(self.top, _rounded(100 - high)), wide, high)

    def holds(self, across: float, down: float) -> bool:
        """Whether a point, in fractions of width and height, is in it."""
        inside = 0 <= 100 * across - self.left <= self.wide
        return inside and 0 <= 100 * down - self.top <= self.high


WHOLE = PartBox(0, 0, 100, 100)
MIDDLE = PartBox(25, 25, 50, 50)


def box_of(box: Box) -> PartBox:
    """That of fractions; one that is too small is as large as it has to be."""
    wide = _within(100 * (box.right - box.left), LEAST, 100)
    high = _within(100 * (box.bottom - box.top), LEAST, 100)
    return PartBox(_within(100 * box.left, 0, 100 - wide), _within(100 * box.top, 0, 100 - high), wide, high)


def _within(value: float, least: float, most: float) -> float:
    return _rounded(max(least, min(most, value)))


def _rounded(value: float) -> float:
    return round(value, 2)
