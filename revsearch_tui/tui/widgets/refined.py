"""The line between query and results that tells what a query is narrowed to and led by; not there without."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from revsearch_tui.tui.refinement import Refinement
from revsearch_tui.tui.text import clip, count


class RefinedLine(Static):
    """Hidden until there is something to tell. A click clears it, as the key does."""

    def __init__(self) -> None:
        super().__init__("", id="refined", markup=False)
        self.display = False
        self._told: list[str] = []
        self._left_out, self._key = 0, ""

    def show(self, refinement: Refinement, left_out: int, key: str) -> None:
        """`left_out` pictures were judged no match; `key` clears the rest."""
        self._told, self._left_out, self._key = refinement.told(), left_out, key
        self._refill()

    def on_resize(self) -> None:
        self._refill()

    def _refill(self) -> None:
        parts = list(self._told)
        if self._left_out:
            parts.append(f"{count(self._left_out, 'hit')} left out as no match")
        self.display = bool(parts)
        clears = f"; {self._key} clears" if self._told and self._key else ""
        told = clip(" · ".join(parts), max(8, self.size.width - len(clears) - 1 or 60))
        clearing = Content.styled(clears, "$foreground-muted").stylize("@click=screen.clear()")
        # It is one line, always, or none: to lay out all of the screen anew is for those that come or go.
        self.update(Content.styled(told, "$text-accent") + clearing, layout=False)
