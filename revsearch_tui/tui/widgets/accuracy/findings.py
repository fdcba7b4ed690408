"""What makes figures of labelled pictures wrong, as lines of a table and as pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from revsearch_tui.core.search.results import Hit
from revsearch_tui.tui.text import clip, shown, shown_path
from revsearch_tui.tui.widgets.accuracy.table import Cell, Column, Row

if TYPE_CHECKING:
    from revsearch_tui.core.groups.finding import Finding, Labelled

_NONE = "–"
ABOUT = {
    "leak": "a copy of a picture of another part: leave one out",
    "two labels": "a copy of a picture under another label: one of both is wrong",
    "doubtful label": "the pictures most like it have another label: look whether it is right",
}
"""Kind -> what it means."""
COLUMNS = (
    Column("kind", "kind"),
    Column("label", "label", most=18),
    Column("other", "other label", most=18),
    Column("parts", "parts", most=18),
    Column("picture", "picture", most=22),
    Column("why", "why", most=60),
)


def findings_table(findings: Sequence[Finding]) -> tuple[list[Column], list[Row]]:
    """A line for each, by its place."""
    rows = []
    for place, each in enumerate(findings):
        other = each.other.label if each.other else each.instead
        parts = " · ".join(each.parts)
        cells = (
            Cell(each.kind, each.kind, "bad" if each.kind == "two labels" else "accent"),
            Cell(each.picture.label, each.picture.label),
            Cell(other if other != each.picture.label else _NONE, other, "faint"),
            Cell(parts or _NONE, parts, "faint"),
            Cell(each.picture.path.name, each.picture.path.name),
            Cell(each.why, None, "faint"),
        )
        rows.append(Row(str(place), cells))
    return list(COLUMNS), rows


def finding_hits(finding: Finding) -> list[Hit]:
    """The picture and, where there is one, the other, as the grid shows pictures."""
    pictures = [finding.picture, *([finding.other] if finding.other else [])]
    return [_hit(picture, place) for place, picture in enumerate(pictures, 1)]


def _hit(picture: Labelled, place: int) -> Hit:
    label = f"{picture.label} · {picture.part}" if picture.part else picture.label
    path = picture.path
    return Hit(place, "", "", path, (path,), math.nan, 0.0, "", None, True, 0, 0, label=label or _NONE)


def finding_content(finding: Finding, width: int) -> Content:
    """Two lines: what is wrong and why; where the pictures are."""
    told = f"{finding.kind}, {finding.why}: {ABOUT[finding.kind]}"
    pictures = [finding.picture, *([finding.other] if finding.other else [])]
    paths = " · ".join(shown_path(picture.path) for picture in pictures)
    return Content.assemble(
        (clip(shown(told), width), "$text"), "\n", (clip(paths, width, keep_end=True), "$foreground-muted")
    )
