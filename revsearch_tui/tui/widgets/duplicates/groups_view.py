"""Groups as rows of pictures, with what becomes of each file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader
from revsearch_tui.tui.widgets.duplicates.group_lines import Shown, file_card, group_heading
from revsearch_tui.tui.widgets.duplicates.words import total_text
from revsearch_tui.tui.widgets.picture_rows import PictureRows
from revsearch_tui.tui.widgets.results.card import Line
from revsearch_tui.tui.widgets.results.geometry import Geometry

if TYPE_CHECKING:
    from revsearch_tui.core.groups.file_facts import FileFacts
    from revsearch_tui.core.groups.review import Review, ReviewedGroup


class GroupsView(PictureRows, inherit_bindings=False):
    """The groups of a review, with a cursor on a file of one of them. What is wanted of that is `mark`, `keep`,
    `compare`, `open` or `copy`."""

    BINDINGS = keymap.bindings(keymap.TWINS)

    def __init__(self, loader: PictureLoader, **names: Any) -> None:
        super().__init__(loader, **names)
        self.review: Review | None = None

    def show(self, review: Review) -> None:
        """Show a review."""
        self.review = review
        self.show_rows()

    def changed(self) -> None:
        super().changed()
        if self.review is not None:
            total = total_text(self.review)
            self.border_subtitle = f"{self.at + 1:,} of {total}" if self.rows else total

    @property
    def group(self) -> ReviewedGroup | None:
        """The one that the cursor is on."""
        return self._group(self.at) if self.rows else None

    @property
    def file(self) -> FileFacts | None:
        """The one that the cursor is on."""
        return self.group.entries[self.entry].file if self.group is not None else None

    def action_mark(self) -> None:
        self.want("mark")

    def action_keep(self) -> None:
        self.want("keep")

    def action_compare(self) -> None:
        self.want("compare")

    def action_enter(self) -> None:
        self.action_compare()

    # What is in a row

    def _group(self, at: int) -> ReviewedGroup:
        assert self.review is not None
        return self.review.groups[at]

    @property
    def rows(self) -> int:
        return len(self.review.groups) if self.review is not None else 0

    def entries(self, at: int) -> int:
        return len(self._group(at).entries)

    def picture(self, at: int, number: int) -> tuple[str, Path]:
        file = self._group(at).entries[number].file
        return file.image_id.hex(), file.path

    def heading(self, at: int, window: range, width: int) -> Line:
        return group_heading(self._group(at), at, window, width, at == self.at, self.style_of)

    def card(self, at: int, number: int, geometry: Geometry, key: PictureKey, folder: str) -> list[Line]:
        shown = Shown(self._loader.drawing(key), self.problem_of(key), folder)
        return file_card(self._group(at), number, geometry, shown, self.is_on(at, number), self.style_of)
