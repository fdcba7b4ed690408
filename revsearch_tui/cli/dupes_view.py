"""How groups of pictures that are the same are written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.cli.output import Format, Stream
from revsearch_tui.core.groups.group import Group
from revsearch_tui.core.groups.group_values import GROUP_COLUMNS, group_rows, group_values

if TYPE_CHECKING:
    from revsearch_tui.core.groups.step_journal import Applied

_TABLE = ("group", "file", "tier", "score", "size", "bytes", "why", "path")
_SHOWN_REASONS = 20


def add_group(stream: Stream, group: Group, number: int) -> None:
    """Write one group; of the format `paths` the files that may go."""
    kept, members = group_rows(group, number)
    if stream.form is Format.paths:
        rows = [row for row, member in zip(members, group.others, strict=True) if not member.spared]
    else:
        rows = [kept, *members]
    if stream.form is Format.table:
        going = sum(not member.spared for member in group.others)
        kept["why"] += f"; {going:,} go, {len(members) - going:,} left alone" if going < len(members) else ""
    document = None
    if stream.form is Format.json:
        document = group_values(group, number)
    stream.add(rows, columns=_TABLE if stream.form is Format.table else GROUP_COLUMNS, document=document)


def left_lines(left: Sequence[tuple[Path, str]], word: str) -> list[str]:
    """A line for each reason, with the first file it holds for."""
    by_reason: dict[str, list[Path]] = {}
    for path, why in left:
        by_reason.setdefault(why, []).append(path)
    lines = []
    for why, paths in list(by_reason.items())[:_SHOWN_REASONS]:
        more = f" and {len(paths) - 1:,} more files" if len(paths) > 1 else ""
        lines.append(f"{word}: '{paths[0]}'{more}, for {why}")
    if len(by_reason) > _SHOWN_REASONS:
        lines.append(f"... and for {len(by_reason) - _SHOWN_REASONS:,} more reasons, see --format json")
    return lines


def journal_rows(journals: Sequence[Applied]) -> list[dict[str, Any]]:
    """What was applied, the newest first."""
    return [
        {
            "journal": applied.name,
            "applied": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(applied.started)),
            "plan": applied.plan,
            "files": len(applied.steps),
            "to undo": len(applied.open),
        }
        for applied in journals
    ]


def size_text(size: int) -> str:
    """Bytes for people."""
    value, units = float(size), ["bytes", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.0f} {units[0]}" if units[0] == "bytes" else f"{value:.1f} {units[0]}"
