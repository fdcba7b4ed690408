"""Which runs are drawn, and how they are told apart: each has a number, which decides its colour and its sign."""

from __future__ import annotations

from collections.abc import Collection

from revsearch_tui.tui.widgets.plot.line_plot import LINES

COLOURS = ("$primary", "$accent", "$success", "$error", "$secondary", "$foreground")
"""Those of the styles `line-1` and so on, for text beside the plots."""
_SIGNS = "123456789abcdefghijklmnopqrstuvwxyz"
assert len(COLOURS) == LINES


class Overlay:
    """The marked runs. The highlighted one is drawn with them."""

    def __init__(self) -> None:
        self.marked: dict[str, int] = {}

    def toggle(self, name: str) -> None:
        """Mark a run, or unmark it."""
        if name in self.marked:
            del self.marked[name]
        else:
            self.marked[name] = self._free()

    def keep(self, names: Collection[str]) -> None:
        """Forget the runs that are gone."""
        self.marked = {name: number for name, number in self.marked.items() if name in names}

    def drawn(self, highlighted: str | None) -> dict[str, int]:
        """Run -> its number, the highlighted one last, so that it lies over the others."""
        others = {name: number for name, number in self.marked.items() if name != highlighted}
        if highlighted is None:
            return others
        return {**others, highlighted: self.marked.get(highlighted) or self._free()}

    def _free(self) -> int:
        return next(number for number in range(1, len(self.marked) + 2) if number not in self.marked.values())


def sign(number: int) -> str:
    """One character for a run."""
    return _SIGNS[(number - 1) % len(_SIGNS)]


def style(number: int) -> str:
    """The plot's style for a run."""
    return f"line-{(number - 1) % LINES + 1}"


def colour(number: int) -> str:
    """The same colour for text."""
    return COLOURS[(number - 1) % LINES]
