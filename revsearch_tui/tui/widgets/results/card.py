"""One hit as a card: a frame with rank, score and name around the picture, and a line that tells what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from revsearch_tui.tui.marks import MARK
from revsearch_tui.tui.refinement import LIKED, UNLIKED
from revsearch_tui.tui.text import class_text, clip, clip_placed, raw_text, shown
from revsearch_tui.tui.widgets.results.geometry import Geometry

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit
    from revsearch_tui.tui.pictures.drawing import Drawing

Line = list[Segment]
StyleOf = Callable[[str], Style]
_THIN = "╭─╮│╰╯"
_THICK = "┏━┓┃┗┛"
_DOUBLE = "╔═╗║╚╝"

_MATCH = ("=", "good", "judged a match of the query")
_LACKS = ("≠", "doubt", "a copy that lacks something of the query, which the details name")
LEGEND = (
    ("✓", "good", "verified: the geometry of both pictures agrees"),
    ("○", "doubt", "not verified: found by its overall look only"),
    ("≈", "bar", "approximate: an approximate index chose the candidates"),
    ("✗", "faint", "missing: none of the picture's files is there"),
    ("·", "faint", "not found by the method that the column names"),
    _MATCH,
    _LACKS,
    (MARK, "highlight", "behind the rank, in a double frame: marked"),
    (LIKED, "highlight", "behind the rank: liked, what is looked for is like it"),
    (UNLIKED, "highlight", "behind the rank: not liked, what is looked for is not like it"),
)
"""Sign, component class without its prefix, meaning."""


def card_lines(
    hit: Hit,
    geometry: Geometry,
    drawing: Drawing | None,
    problem: str,
    highlighted: bool,
    style_of: StyleOf,
    folder: str = "",
    sign: str = "",
    marked: bool = False,
) -> list[Line]:
    """`geometry.height` lines of `geometry.width` cells; a score that is NaN is left out. `folder` tells the hit from
    others of its name, `sign` stands behind its rank."""
    edge = style_of("highlight" if highlighted or marked else "edge")
    corners = _THICK if highlighted else _DOUBLE if marked else _THIN
    inner = geometry.width - 2
    score = "" if math.isnan(hit.score) else f" {hit.score:.3f} "
    sign += MARK if marked else ""
    rank = f" {hit.rank}{sign} "
    top = [
        Segment(corners[0] + corners[1], edge),
        Segment(rank, style_of("highlight" if highlighted or sign else "faint")),
        Segment(corners[1] * max(0, inner - 2 - len(rank) - len(score)), edge),
        Segment(score, style_of("good")),
        Segment(corners[1] + corners[2], edge),
    ]
    gone = missing_sign(hit, inner - 4)
    name = clip_placed(shown(folder), shown(hit.path.name), inner - 4 - len(gone)) + gone
    bottom = [
        Segment(corners[4] + corners[1], edge),
        Segment(f" {name} ", style_of("highlight" if highlighted else "")),
        Segment(corners[1] * max(0, inner - 3 - cell_len(name)) + corners[5], edge),
    ]
    side = Segment(corners[3], edge)
    body = picture_lines(geometry, drawing, problem, style_of)
    body.append(_measure_line(hit, inner, style_of))
    return [top, *([side, *line, side] for line in body), bottom]


def picture_offset(geometry: Geometry, drawing: Drawing) -> tuple[int, int]:
    """Where in its card a drawing stands: cells from the left, lines from the top."""
    return 1 + (geometry.picture_width - drawing.width) // 2, 1 + (geometry.picture_height - drawing.height) // 2


def picture_lines(geometry: Geometry, drawing: Drawing | None, problem: str, style_of: StyleOf) -> list[Line]:
    """The picture in the middle of its room, or what stands there without one."""
    width, height = geometry.picture_width, geometry.picture_height
    blank = Style()
    if drawing is None:
        text = clip(shown(problem) or "·", width)
        left = (width - cell_len(text)) // 2
        empty: Line = [Segment(" " * width, blank)]
        middle = [
            Segment(" " * left, blank),
            Segment(text, style_of("faint")),
            Segment(" " * (width - left - cell_len(text)), blank),
        ]
        return [middle if row == height // 2 else empty for row in range(height)]
    x, y = picture_offset(geometry, drawing)
    x, y = x - 1, y - 1
    lines: list[Line] = []
    for row in range(height):
        if y <= row < y + drawing.height:
            after = width - x - drawing.width
            lines.append([Segment(" " * x, blank), *drawing.rows[row - y], Segment(" " * after, blank)])
        else:
            lines.append([Segment(" " * width, blank)])
    return lines


def _measure_line(hit: Hit, width: int, style_of: StyleOf) -> Line:
    signs = marks(hit)
    tail = " ".join(sign for sign, _ in signs)
    room = max(0, width - 2 - len(tail) - 1)
    text = clip(_measured(hit, room), room)
    line = [Segment(" "), Segment(text, style_of("good" if hit.is_same else "faint"))]
    line.append(Segment(" " * (width - 2 - cell_len(text) - len(tail))))
    for number, (sign, kind) in enumerate(signs):
        line.append(Segment((" " if number else "") + sign, style_of(kind)))
    line.append(Segment(" "))
    return line


def _measured(hit: Hit, width: int) -> str:
    ranks = " · ".join(f"{shown(rank.method)} {rank.rank}" for rank in hit.fused)
    return found_as(hit) or ranks or raw_text(hit.raw, hit.unit, width)


def found_as(hit: Hit) -> str:
    """How much is the same, and what the picture is taken for, as far as they are told."""
    label = hit.likely_label
    return " · ".join(filter(None, (hit.tier, class_text(label, hit.confidence) if label else "")))


def marks(hit: Hit) -> list[tuple[str, str]]:
    """Signs of a hit with their component class: (sign, class)."""
    signs = []
    if hit.verified is not None:
        signs.append(LEGEND[0][:2] if hit.verified else LEGEND[1][:2])
    if not hit.exact:
        signs.append(LEGEND[2][:2])
    if hit.is_judged_match:
        signs.append(_MATCH[:2])
    if hit.lacks:
        signs.append(_LACKS[:2])
    return signs


def missing_sign(hit: Hit, room: int) -> str:
    """What follows the name of a hit none of whose files is there, in `room` cells for both."""
    if hit.path not in hit.missing:
        return ""
    return " (missing)" if room >= 24 else " ✗"
