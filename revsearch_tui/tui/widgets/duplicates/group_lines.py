"""A group as lines of cells: a heading, and under it a card for each file that there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment

from revsearch_tui.tui.text import clip, clip_placed, shown
from revsearch_tui.tui.widgets.duplicates.words import SIGNS, fate, going_text, heading_text, measured_text
from revsearch_tui.tui.widgets.painting import POINTER
from revsearch_tui.tui.widgets.results.card import Line, StyleOf, picture_lines
from revsearch_tui.tui.widgets.results.geometry import Geometry

if TYPE_CHECKING:
    from revsearch_tui.core.groups.review import ReviewedGroup
    from revsearch_tui.tui.pictures.drawing import Drawing

_THIN, _THICK = "╭─╮│╰╯", "┏━┓┃┗┛"


def group_heading(
    group: ReviewedGroup, number: int, window: range, width: int, is_current: bool, style_of: StyleOf
) -> Line:
    """The line above the cards of a group."""
    hidden = len(group.entries) - len(window)
    tail = going_text(len(group.marked), group.freed)
    tail = f"{window.start + 1}-{window.stop} of {len(group.entries)} · {tail} " if hidden else f"{tail} "
    text = clip(heading_text(group, number), max(8, width - len(tail) - 3))
    pointer = POINTER if is_current else " "
    line = f"{pointer} {text}"
    gap = " " * max(1, width - cell_len(line) - len(tail))
    style = style_of("highlight" if is_current else "")
    return [Segment(line, style), Segment(gap), Segment(tail, style_of("doubt" if group.marked else "faint"))]


class Shown(NamedTuple):
    """A file's picture, or why there is none, and the folder that tells it from others of its name."""

    drawing: Drawing | None
    problem: str
    folder: str


def file_card(
    group: ReviewedGroup, number: int, card: Geometry, picture: Shown, is_current: bool, style_of: StyleOf
) -> list[Line]:
    """`card.height` lines of `card.width` cells."""
    file, inner = group.entries[number].file, card.width - 2
    corners, edge = (_THICK if is_current else _THIN), style_of("highlight" if is_current else "edge")
    sign, kind = SIGNS[fate(group, number)]
    word = f" {sign} " if sign else ""
    size = f" {file.width}×{file.height} "
    size = size if len(word) + len(size) + 2 <= inner else ""
    top = [
        Segment(corners[0] + corners[1], edge),
        Segment(word, style_of(kind)),
        Segment(corners[1] * max(0, inner - 2 - len(word) - len(size)), edge),
        Segment(size, style_of("faint")),
        Segment(corners[1] + corners[2], edge),
    ]
    name = clip_placed(shown(picture.folder), shown(file.path.name), inner - 4)
    bottom = [
        Segment(corners[4] + corners[1], edge),
        Segment(f" {name} ", style_of("highlight" if is_current else "")),
        Segment(corners[1] * max(0, inner - 3 - cell_len(name)) + corners[5], edge),
    ]
    measured = measured_text(group, number, inner - 2)
    line = [Segment(f" {measured}{' ' * (inner - 1 - cell_len(measured))}", style_of("faint"))]
    side = Segment(corners[3], edge)
    body = [*picture_lines(card, picture.drawing, picture.problem, style_of), line]
    return [top, *([side, *each, side] for each in body), bottom]
