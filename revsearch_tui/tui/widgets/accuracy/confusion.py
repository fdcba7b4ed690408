"""The confusion matrix as heat, and its cells in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from revsearch_tui.tui.text import count, shown
from revsearch_tui.tui.widgets.accuracy.heat import Heat

Matrix = Sequence[Sequence[int]]


def confusion_heat(matrix: Matrix) -> Callable[[int, int], Heat]:
    """Cells by their share of the row: right answers in one colour, mistakes in another; empty cells uncoloured."""
    totals = [sum(row) for row in matrix]

    def heat(row: int, column: int) -> Heat:
        number = matrix[row][column]
        if not number:
            return Heat("·")
        return Heat(str(number), number / totals[row], "good" if row == column else "bad")

    return heat


def count_width(matrix: Matrix) -> int:
    """The characters of the largest count."""
    return max((len(str(number)) for row in matrix for number in row), default=1)


def cell_text(classes: Sequence[str], matrix: Matrix, row: int, column: int) -> str:
    """`airplane taken for bird: 12 of 100 (12.0 %)`."""
    number, total = matrix[row][column], sum(matrix[row])
    share = f" ({100 * number / total:.1f} %)" if total else ""
    what = "right" if row == column else f"taken for {shown(classes[column])}"
    return f"{shown(classes[row])} {what}: {number:,} of {count(total, 'query', 'queries')}{share}"
