"""How many rows a journal of vectors holds, without numpy."""

from __future__ import annotations

from pathlib import Path

from revsearch_tui.core.storage.journal.folders import read_generation
from revsearch_tui.core.storage.journal.segment import Segment


def is_worth_rewriting(rows: int, dead: int) -> bool:
    """Whether so many of the rows are about pictures that are gone that the disk should be freed of them."""
    return dead > 100 and dead > rows // 4


def journal_rows(folder: Path) -> int:
    """Rows committed in all segments; 0 where there is no journal."""
    _, rows = read_generation(folder, _rows_in)
    return rows


def _rows_in(place: Path) -> int:
    return sum(Segment(log.with_suffix(""), ("ids", "vec")).rows for log in place.glob("segment-*.log"))
