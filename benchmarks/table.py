"""The table of a run, and the same as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.measure import Row

_HEAD = ("benchmark", "revsearch", "peer", "", "ratio", "target", "met")


def render(rows: Sequence[Row]) -> str:
    """A Markdown table; ratio is revsearch's time over the peer's."""
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    text.extend(f"\n{row.name}: {row.note}" for row in rows if row.note)
    return "\n".join(text)


def document(rows: Sequence[Row], machine: Mapping[str, str], quick: bool) -> dict[str, Any]:
    """For `--json`."""
    return {
        "machine": dict(machine),
        "quick": quick,
        "rows": [
            {
                "name": row.name,
                "ours_s": row.ours,
                "peer": row.peer,
                "peer_s": row.theirs,
                "ratio": row.ratio,
                "target": row.target,
                "met": row.met,
                "note": row.note,
            }
            for row in rows
        ],
    }


def _cells(row: Row) -> tuple[str, ...]:
    met = {None: "", True: "yes", False: "NO"}[row.met]
    return (row.name, seconds(row.ours), row.peer, seconds(row.theirs), f"{row.ratio:.2f}", row.target, met)


def seconds(value: float) -> str:
    """With a unit that suits it."""
    if value < 0.1:
        return f"{value * 1000:.2f} ms"
    return f"{value * 1000:.0f} ms" if value < 2 else f"{value:.1f} s"
