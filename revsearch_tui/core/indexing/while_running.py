"""What an indexing run tells while it goes on: that it committed; and once, after its first seconds, what all of it
will take.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revsearch_tui.core.methods.sets import QUICK, SETS

if TYPE_CHECKING:
    from revsearch_tui.core.indexing.reading_ahead import Reader
    from revsearch_tui.core.indexing.target import Target

TOLD_FROM_S = 60.0
"""Shorter runs are over before anybody wonders."""
MEASURED_S = 3.0
"""How long the pace is measured; the first batch, which waits for methods to load, does not count."""

_SHARES = (
    (0.07, "a twentieth"),
    (0.14, "a tenth"),
    (0.22, "a fifth"),
    (0.29, "a quarter"),
    (0.41, "a third"),
    (0.6, "half"),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """`pictures` will take `seconds`, measured on this machine; the quick set would take `share` of that, between 0
    and 1."""

    pictures: int
    seconds: float
    share: float = 1.0

    def sentence(self, quick: str) -> str:
        """For the user; `quick` is how to ask for the quick set. Told of it only where it saves at least 0.4."""
        taken = f"{self.pictures:,} pictures take about {_duration(self.seconds)}"
        share = next((words for most, words in _SHARES if self.share <= most), None)
        return taken if share is None else f"{taken}; {quick} takes about {share}"


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told: `cost` once, of runs that take a minute or more; `committed` after every commit, with the files
    done and to do. Both are called in the run's own thread, which waits; `committed` may raise `Cancelled`."""

    cost: Callable[[Cost], None] | None = None
    committed: Callable[[int, int], None] | None = None


class Meter:
    """Measures the pace of a run from its first batch on."""

    def __init__(self, total: int, targets: Sequence[Target], reader: Reader) -> None:
        self._total, self._targets, self._reader = total, targets, reader
        self._start: tuple[float, int, float, float] | None = None
        self._is_over = False
        self.idle_s = 0.0
        """What others took of the run's time."""

    def cost(self, done: int) -> Cost | None:
        """Told once, when enough was measured; None before, after, and for short runs. Call when a batch was
        embedded; `done` files are read."""
        if self._is_over:
            return None
        quick = SETS[QUICK]
        embedding = sum(target.seconds for target in self._targets if target.choice.label in quick)
        now = time.monotonic() - self.idle_s, done, embedding, self._reader.decoding_s
        if self._start is None:
            self._start = now
            return None
        seconds, files, quickly, decoding = (later - before for later, before in zip(now, self._start, strict=True))
        if seconds < MEASURED_S or not files:
            return None
        self._is_over = True
        whole = seconds / files * self._total
        if whole < TOLD_FROM_S:
            return None
        named = {target.choice.label for target in self._targets}
        # Decoders run beside the methods, and slower than alone, so this errs on the side of too long.
        share = max(quickly, decoding / self._reader.lanes) / seconds if named > set(quick) else 1.0
        return Cost(self._total, whole, min(1.0, share))


def _duration(seconds: float) -> str:
    """`45 minutes`, `2.5 hours`, `3 days`."""
    minutes = max(1, round(seconds / 60))
    if minutes < 100:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{seconds / 3600:.2g} hours" if seconds < 48 * 3600 else f"{seconds / 86400:.2g} days"
