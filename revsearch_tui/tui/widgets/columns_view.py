"""Rankings of one query side by side, scrolled together by rank."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content

from revsearch_tui.core.search.rank_agreement import in_common, rank_biased_overlap
from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader
from revsearch_tui.tui.text import clip, count, shown
from revsearch_tui.tui.widgets.painting import POINTER
from revsearch_tui.tui.widgets.picture_rows import Blocks, PictureRows, blocks_for
from revsearch_tui.tui.widgets.results.card import Line, card_lines
from revsearch_tui.tui.widgets.results.folders import telling_folders
from revsearch_tui.tui.widgets.results.geometry import Geometry

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit

SAME = "◆"
"""Stands behind the rank of the highlighted picture, in every column that has it."""
_LEAST_WIDTH = 38
_TOP = 10


@dataclass(slots=True, eq=False)
class Column:
    """A ranking by these methods (none: as a search ranks where none is chosen); `hits` are None until it is there."""

    title: str
    methods: tuple[str, ...]
    number: int = 0
    """Of the question that it answers."""
    hits: tuple[Hit, ...] | None = None
    problem: str = ""

    def rank_of(self, image_id: str) -> int | None:
        """Where a picture is, 1 being the best."""
        return next((place for place, hit in enumerate(self.hits or (), start=1) if hit.image_id == image_id), None)

    def ids(self) -> list[str]:
        """The image ids of its hits, best first."""
        return [hit.image_id for hit in self.hits or ()]


class ColumnsView(PictureRows, inherit_bindings=False):
    """A row for each rank. What is wanted of the highlighted picture is `query`, `open`, `copy` or `explain`."""

    BINDINGS = keymap.bindings(keymap.RANKED)

    def __init__(self, loader: PictureLoader, **names: Any) -> None:
        super().__init__(loader, **names)
        self.columns: Sequence[Column] = ()
        self._folders: dict[Path, str] = {}

    def show(self, columns: Sequence[Column]) -> None:
        """Show these; the cursor stays where it is, if there is such a place."""
        self.columns = columns
        # One file stands in several columns, and is to be told from others of its name, not from itself.
        paths = list(dict.fromkeys(hit.path for column in columns for hit in column.hits or ()))
        self._folders = {paths[place]: folder for place, folder in telling_folders(paths).items()}
        self.entry = max(0, min(self.entry, len(columns) - 1))
        self.show_rows()
        self.go_to(self.at, self.entry)

    @property
    def column(self) -> Column | None:
        """The one that the cursor is in."""
        return self.columns[self.entry] if self.entry < len(self.columns) else None

    @property
    def hit(self) -> Hit | None:
        """The highlighted picture."""
        return self._hit(self.at, self.entry)

    @property
    def window(self) -> range:
        """The columns that are in sight."""
        return self._window(self.at)

    @property
    def column_width(self) -> int:
        """In cells."""
        return self._blocks.card.width

    def _hit(self, at: int, number: int) -> Hit | None:
        hits = self.columns[number].hits or () if number < len(self.columns) else ()
        return hits[at] if at < len(hits) else None

    # Moving

    def entry_in(self, at: int) -> int:
        return self.entry

    def go_to(self, at: int, entry: int) -> None:
        """As the base class; a shorter column is entered at its end."""
        hits = self.columns[entry].hits or () if entry < len(self.columns) else ()
        super().go_to(max(0, min(at, len(hits) - 1)) if hits else at, entry)

    def action_enter(self) -> None:
        self.want("query")

    def action_next_query(self) -> None:
        self.want("query")

    def action_explain(self) -> None:
        self.want("explain")

    # What is in a row

    @property
    def rows(self) -> int:
        return max((len(column.hits or ()) for column in self.columns), default=0)

    def entries(self, at: int) -> int:
        return len(self.columns)

    def picture(self, at: int, number: int) -> tuple[str, Path]:
        hit = self._hit(at, number)
        return (hit.image_id, hit.path) if hit is not None else ("", Path())

    def keys_in_sight(self) -> Iterator[PictureKey]:
        return (key for key in super().keys_in_sight() if key.image_id)

    def heading(self, at: int, window: range, width: int) -> Line:
        line = f"{POINTER if at == self.at else ' '} {at + 1:,} "
        return [Segment(line + "─" * max(0, width - cell_len(line)), self.style_of("edge"))]

    def card(self, at: int, number: int, geometry: Geometry, key: PictureKey, folder: str) -> list[Line]:
        hit = self._hit(at, number)
        if hit is None:
            return [[Segment(" " * geometry.width, Style())]] * geometry.height
        is_same = self.hit is not None and self.hit.image_id == hit.image_id
        is_on, sign, drawing = self.is_on(at, number), SAME if is_same else "", self._loader.drawing(key)
        folder = self._folders.get(hit.path, "")
        return card_lines(hit, geometry, drawing, self.problem_of(key), is_on, self.style_of, folder, sign)

    # Layout

    def blocks(self, width: int, height: int) -> Blocks:
        """At least two columns, and as many as have room."""
        columns = max(1, min(len(self.columns), max(2, width // _LEAST_WIDTH)))
        block, card = blocks_for(width, height), width // columns
        rows = block.card.picture_height
        return Blocks(block.height, columns, Geometry(columns, card, block.card.height, max(1, card - 2), rows))

    def _window(self, at: int) -> range:
        return self._blocks.window(len(self.columns), self.entry)


def heads(view: ColumnsView) -> Content:
    """Three lines above the columns in sight: the name, how far it agrees with the first one, and where the highlighted
    picture is."""
    lines: list[list[Content]] = [[], [], []]
    width = view.column_width
    for number in view.window:
        column = view.columns[number]
        pointer = POINTER if number == view.entry else " "
        texts = [(f"{pointer} {shown(column.title)}", "bold"), *_told(view, number, width - 3)]
        for line, (text, style) in zip(lines, texts, strict=True):
            told = clip(text, width - 1)
            line.append(Content.styled(told, style) + Content(" " * (width - cell_len(told))))
    return Content("\n").join([Content("").join(line) for line in lines])


def _told(view: ColumnsView, number: int, width: int) -> list[tuple[str, str]]:
    column, first = view.columns[number], view.columns[0]
    if column.hits is None:
        lines = [*textwrap.wrap(shown(column.problem), max(8, width)), "", ""] if column.problem else ["asking …", ""]
        return [(f"  {line}", "$text-error" if column.problem else "$foreground-muted") for line in lines[:2]]
    total = f"  {count(len(column.hits), 'hit')}"
    if number and first.hits is not None:
        depth = min(_TOP, max(len(column.hits), len(first.hits)))
        overlap = rank_biased_overlap(first.ids(), column.ids())
        total = f"  RBO {overlap:.2f} · {in_common(first.ids(), column.ids(), _TOP)} of top {depth}"
    return [(total, "$text"), (f"  {_place(view, column)}", "$text-accent")]


def _place(view: ColumnsView, column: Column) -> str:
    if view.hit is None or column.hits is None:
        return ""
    rank = column.rank_of(view.hit.image_id)
    return f"{SAME} rank {rank}" if rank else f"{SAME} not among the {len(column.hits):,}"


def foot(view: ColumnsView, width: int) -> str:
    """The highlighted picture, and its rank in every column, also those out of sight."""
    if view.hit is None:
        return ""
    image_id = view.hit.image_id
    ranks = [f"{shown(column.title)} {column.rank_of(image_id) or '–'}" for column in view.columns if column.hits]
    return clip(f"{SAME} {shown(view.hit.path.name)} · {' · '.join(ranks)}", width)
