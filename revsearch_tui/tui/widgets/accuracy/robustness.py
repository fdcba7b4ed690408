"""Robustness records as a table of heat, and the advice in words."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from revsearch_tui.core.evaluation.record import Record, RobustnessCell
from revsearch_tui.tui.text import count, shown
from revsearch_tui.tui.widgets.accuracy.heat import Heat

Part = tuple[str, str] | str


class RobustnessGrid:
    """Transformations at their strengths (rows) by methods (columns)."""

    def __init__(self, cells: Sequence[RobustnessCell]) -> None:
        self._cells = {(cell.transformation, cell.strength, cell.method): cell for cell in cells}
        self._places = list(dict.fromkeys((cell.transformation, cell.strength) for cell in cells))
        self.methods = list(dict.fromkeys(cell.method for cell in cells))

    @property
    def rows(self) -> list[str]:
        """What was done to the pictures, line by line; an only strength needs no number."""
        names = [name for name, _ in self._places]
        return [name if names.count(name) == 1 else f"{name} {strength:g}" for name, strength in self._places]

    def cell(self, row: int, column: int) -> RobustnessCell | None:
        """One method on one transformation; None where that was not measured."""
        return self._cells.get((*self._places[row], self.methods[column]))

    def heat(self, row: int, column: int) -> Heat:
        """The recall in percent, green where it is high and red where it is low."""
        cell = self.cell(row, column)
        if cell is None:
            return Heat("–")
        value = cell.recall.value
        share = (value - 0.5) * 2 if value >= 0.5 else (0.5 - value) * 2
        return Heat(f"{100 * value:.1f}", share, "good" if value >= 0.5 else "bad")


def cell_text(cell: RobustnessCell) -> str:
    """All that is known of a cell, in one line."""
    recall = cell.recall
    text = (
        f"{shown(cell.method)} · {shown(cell.transformation)} {cell.strength:g}: recall@1 {100 * recall.value:.1f} "
        f"({100 * recall.low:.1f}–{100 * recall.high:.1f}), {count(cell.queries, 'query', 'queries')}"
    )
    if len(cell.true_scores) == len(cell.false_scores) == 7:
        text += f" · median score true {cell.true_scores[3]:.3f}, false {cell.false_scores[3]:.3f}"
    return text


def advice_content(record: Record) -> Content:
    """From which score on pairs are copies, method by method, and which method to use."""
    parts: list[Part] = []
    for advice in record.advice:
        parts += [
            (shown(advice.method), "bold"),
            "  copies from score ",
            (f"{advice.threshold:.3f}", "$text-success bold"),
            (
                f"  finds {100 * advice.found:.1f} % of copies · wrong {_rate(advice.measured_wrong_rate)} "
                f"(allowed {_rate(advice.wrong_rate)}) · {count(advice.pairs, 'pair')}\n",
                "$foreground-muted",
            ),
        ]
    if record.recommended:
        parts += [("Recommended: ", "$foreground-muted"), (shown(record.recommended), "$text-success bold"), "\n"]
    return Content.assemble(*parts) if parts else Content.styled("No threshold was asked for.", "$foreground-muted")


def _rate(rate: float) -> str:
    return f"{100 * rate:.2f} %" if rate >= 0.0005 or rate == 0 else f"1 in {1 / rate:,.0f}"
