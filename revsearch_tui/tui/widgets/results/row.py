"""Hits as lines of a table with aligned columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from revsearch_tui.tui.text import class_text, clip, clip_name, raw_text, shown
from revsearch_tui.tui.widgets.results.marks import marks, missing_sign

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit

_BAR_CELLS = 8
_EIGHTHS = " ▏▎▍▌▋▊▉█"
StyleOf = Callable[[str], Style]


class Columns(NamedTuple):
    """Widths in cells."""

    rank: int
    bar: int
    raw: int
    label: int
    name: int
    size: int


def columns_for(hits: Sequence[Hit], width: int) -> Columns:
    """Column widths for these hits in lines of that width; the name gets what is left."""
    rank = max(3, len(str(len(hits))))
    size = 11 if width >= 70 else 0
    bar = _BAR_CELLS if width >= 58 else 0
    raw = max((cell_len(raw_text(hit.raw, hit.unit)) for hit in hits), default=3)
    # In a narrow table the name matters more than the rest of an unverified hit's unit.
    raw = max(len("measured"), min(raw, 26 if width >= 58 else 11))
    label = max((cell_len(class_text(hit.label, hit.confidence)) for hit in hits if hit.label), default=0)
    label = max(len("class"), min(label, 24 if width >= 70 else 14)) if label else 0
    used = (
        1
        + rank
        + 2
        + 5
        + (1 + bar if bar else 0)
        + 2
        + raw
        + (2 + label if label else 0)
        + 1
        + 3
        + 1
        + (2 + size if size else 0)
        + 1
    )
    return Columns(rank, bar, raw, label, max(6, width - used), size)


def heading(columns: Columns, style_of: StyleOf) -> list[Segment]:
    """The line above the hits."""
    text = f" {'#':>{columns.rank}}  {'score':<5}"
    if columns.bar:
        text += " " * (1 + columns.bar)
    text += f"  {'measured':>{columns.raw}}"
    if columns.label:
        text += f"  {'class':<{columns.label}}"
    text += f"     {'name':<{columns.name}}"
    if columns.size:
        text += f"  {'pixels':>{columns.size}}"
    return [Segment(text + " ", style_of("faint") + Style(underline=True))]


def row_line(hit: Hit, columns: Columns, highlighted: bool, style_of: StyleOf) -> list[Segment]:
    """One hit."""
    base = Style(bgcolor=style_of("line").bgcolor, bold=True) if highlighted else Style()

    def part(text: str, kind: str = "") -> Segment:
        return Segment(text, style_of(kind) + base if kind else base)

    line = [part(f" {hit.rank:>{columns.rank}}  ", "faint"), part(f"{hit.score:.3f}", "good")]
    if columns.bar:
        line += [part(" "), part(bar(hit.score, columns.bar), "bar")]
    raw = clip(raw_text(hit.raw, hit.unit), columns.raw)
    gap = "  " if columns.label else " "
    line.append(part("  " + " " * (columns.raw - cell_len(raw)) + raw + gap, "faint"))
    if columns.label:
        label = clip(class_text(hit.label, hit.confidence), columns.label)
        line.append(part(label + " " * (columns.label - cell_len(label)) + " "))
    signs = marks(hit)
    line += [part(sign, kind) for sign, kind in signs]
    line.append(part(" " * (4 - len(signs))))
    name = shown(hit.path.name)
    more = f" +{len(hit.paths) - 1}" if len(hit.paths) > 1 else ""
    more = missing_sign(hit, columns.name) + more
    name = clip_name(name, columns.name - len(more))
    line.append(part(name))
    line.append(part(more, "faint"))
    line.append(part(" " * (columns.name - cell_len(name) - len(more))))
    if columns.size:
        size = f"{hit.width}×{hit.height}"
        line.append(part(f"  {size:>{columns.size}}", "faint"))
    line.append(part(" "))
    return line


def bar(score: float, width: int) -> str:
    """A score of 0..1 as a bar of that many cells, drawn in eighths."""
    eighths = round(max(0.0, min(1.0, score)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)
