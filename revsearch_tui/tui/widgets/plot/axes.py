"""Where the ticks of an axis go, and how they are written."""

from __future__ import annotations

import math
from typing import NamedTuple

_AIR = 0.04
_FLAT = 1e-9
_LEAST_TICKS = 3


class Axis(NamedTuple):
    """From `low` to `high`, with ticks between."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int = 0

    def share(self, value: float) -> float:
        """Where a value is: 0 at the low end, 1 at the high one."""
        return (value - self.low) / (self.high - self.low)

    def text(self, value: float) -> str:
        """A tick as it is written, all with as many decimals."""
        return f"{value:.{self.decimals}f}" if abs(self.high) < 1e5 else f"{value:.3g}"


def value_axis(low: float, high: float, count: int, bounds: tuple[float, float] = (-math.inf, math.inf)) -> Axis:
    """An axis that holds low..high with a little air, which ends at the bounds unless values lie beyond them, and has
    round ticks: about `count` of them, three at least."""
    air = (high - low) * _AIR if high - low > _FLAT else max(abs(high) * 0.1, 0.05)
    low, high = max(low - air, min(low, bounds[0])), min(high + air, max(high, bounds[1]))
    step = _round_step((high - low) / max(1, count))
    while len(ticks := _multiples(step, low, high)) < _LEAST_TICKS:
        step = _round_step(step / 2.5)
    return Axis(low, high, ticks, max(0, -math.floor(math.log10(step) + 1e-9)))


def epoch_axis(first: int, last: int, room: int) -> Axis:
    """An axis over whole numbers with at most `room` ticks: the first, the last, and round ones between."""
    if last <= first:
        return Axis(first - 1, first + 1, (first,))
    step = max(1, math.ceil(_round_step((last - first) / max(1, room - 1))))
    between = [number for number in range(0, last, step) if number > first and _apart(number, first, last, step)]
    return Axis(first, last, (first, *between, last))


def _apart(number: int, first: int, last: int, step: int) -> bool:
    """Far enough from both ends that their labels do not touch."""
    return step == 1 or (number - first >= step / 2 and last - number >= step / 2)


def _round_step(rough: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= rough * 0.999), 10 * power)


def _multiples(step: float, low: float, high: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(number * step for number in range(first, last + 1))
