"""Collections as lines of a table, what one of them holds in words, and the files it does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.content import Content

from revsearch_tui.tui.holdings import MOST_LEFT, Contents, Holding
from revsearch_tui.tui.text import clip, count, shown, shown_path, size_text, when_text
from revsearch_tui.tui.widgets.accuracy.table import Cell, Column, Row

_WIDE = 100
_TITLE = 11
_NARROW_EDGES = 12


def holdings_table(
    holdings: Sequence[Holding], opened: str, watched: Sequence[str], width: int
) -> tuple[list[Column], list[Row]]:
    """The table, in so many cells; `opened` is the collection that is searched."""
    columns = [
        Column("name", "collection", most=24),
        Column("pictures", "pictures", True),
        Column("skipped", "skipped", True),
        Column("size", "on disk", True),
        Column("indexed", "indexed"),
        Column("state", "state"),
    ]
    if width >= _WIDE:
        columns += [Column("methods", "methods", most=max(12, (width - 80) // 2)), Column("folders", "folders")]
    rows = []
    for holding in holdings:
        cells = [
            Cell(holding.name),
            Cell(f"{holding.pictures:,}"),
            Cell(f"{holding.skipped:,}", kind="bad" if holding.skipped else "faint"),
            Cell(size_text(holding.bytes)),
            Cell(when_text(holding.indexed) if holding.indexed else "never", kind="faint"),
            Cell(*_state(holding, opened, watched)),
        ]
        if width >= _WIDE:
            cells += [Cell(", ".join(holding.methods)), Cell(_folders(holding.roots), kind="faint")]
        rows.append(Row(holding.name, cells))
    return columns, rows


def _state(holding: Holding, opened: str, watched: Sequence[str]) -> tuple[str, None, str]:
    words = ["open"] if holding.name == opened else []
    if holding.problem:
        words.append("damaged")
    if holding.name in watched:
        words.append("watched")
    if holding.is_written:
        words.append("writing")
    return ", ".join(words), None, "bad" if holding.problem else "accent"


def _folders(roots: Sequence[Path]) -> str:
    where = shown_path(roots[0]) if roots else "none"
    return where + (f" and {len(roots) - 1} more" if len(roots) > 1 else "")


def holds_content(holding: Holding, contents: Contents | None, width: int) -> Content:
    """What a collection holds, in so many cells; without its `contents`, as far as it is known."""
    lines: list[Content] = []
    missing = contents.missing if contents is not None else ()

    def tell(title: str, *texts: Content | str) -> None:
        for at, text in enumerate(texts):
            lines.append(Content.assemble((f"{'' if at else title:<{_TITLE}}", "$foreground-muted"), text))

    if holding.problem:
        tell("Damaged", Content.styled(shown(holding.problem), "$text-error"))
    for at, root in enumerate(holding.roots or (None,)):
        gone = root in missing
        room = max(8, width - _TITLE - (len("  ! not there") if gone else 0))
        where = clip(shown_path(root), room, keep_end=True) if root is not None else "none"
        tell("" if at else "Folders", Content.assemble(where, ("  ! not there", "$text-warning") if gone else ""))
    tell("Files", f"{holding.files:,}: {count(holding.pictures, 'picture')}, {holding.skipped:,} skipped")
    tell("On disk", size_text(holding.bytes))
    tell("Indexed", when_text(holding.indexed) if holding.indexed else "never")
    if contents is not None:
        longest = max((len(key.label) for key in contents.keys), default=0)
        methods = [
            Content.assemble(
                f"{shown(key.label):<{longest}}  {count(key.pictures, 'picture')}",
                (f"  {size_text(key.bytes)}", "$foreground-muted"),
                (f"  failed on {key.failed:,}", "$text-warning") if key.failed else "",
            )
            for key in contents.keys
        ]
        tell("Methods", *(methods or [Content("none")]))
    return Content("\n").join(lines)


def left_table(contents: Contents, width: int) -> tuple[list[Column], list[Row]]:
    """The files that are not in the index, in so many cells, those of one reason together."""
    has_methods = any(left.method for left in contents.left)
    columns = [Column("file", "file"), Column("reason", "why")]
    if has_methods:
        columns.insert(1, Column("method", "method", most=16))
    beside = max((len(left.reason) + len(left.method) for left in contents.left), default=0)
    room = max(24, width - _NARROW_EDGES - beside)
    rows = []
    for number, left in enumerate(contents.left):
        cells = [Cell(clip(shown_path(left.path), room, keep_end=True)), Cell(left.reason, kind="bad")]
        if has_methods:
            cells.insert(1, Cell(left.method))
        rows.append(Row(str(number), cells))
    return columns, rows


def left_subtitle(contents: Contents) -> str:
    """How many there are."""
    if contents.all_left > MOST_LEFT:
        return f"the first {MOST_LEFT:,} of {contents.all_left:,}; all: revsearch collections skipped {contents.name}"
    return count(contents.all_left, "file")
