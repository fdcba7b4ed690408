"""What is written of marked pictures: a contact sheet, or their paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import Control
from revsearch_tui.core.base.files import new_file
from revsearch_tui.tui.marks import Marked
from revsearch_tui.tui.messages import JobMessage, WorkDone
from revsearch_tui.tui.text import count, shown, shown_path

if TYPE_CHECKING:
    from PIL.Image import Image

    from revsearch_tui.core.workspace import Workspace

PATH_SUFFIXES = (".txt", ".nul")
"""A path a line, or each ended by NUL."""


class SheetOrder(NamedTuple):
    """Draw pictures on a sheet. `thumbnail` gives the picture of a file, which held what the image id says."""

    file: Path
    title: str
    pictures: tuple[Marked, ...]
    thumbnail: Callable[[Path, str], Image]

    @property
    def values(self) -> None:
        return None

    @property
    def when_stopped(self) -> str:
        return "No contact sheet was written."

    @property
    def kept(self) -> str:
        return "Of the contact sheet nothing is kept."

    def run(self, _workspace: Workspace, control: Control) -> JobMessage:
        from revsearch_tui.core.images.contact_sheet import Tile, write_contact_sheet

        tiles = [Tile(each.path, each.image_id, _lines(each)) for each in self.pictures]
        drawn = write_contact_sheet(
            self.file, shown(self.title), tiles, lambda tile: self.thumbnail(tile.path, tile.image_id), control
        )
        lacking = len(tiles) - drawn
        told = f"{shown_path(self.file)}: {count(len(tiles), 'picture')}"
        return WorkDone("Contact sheet written", f"{told}{f', {lacking:,} of them without' if lacking else ''}.")


def _lines(marked: Marked) -> tuple[str, ...]:
    measured = [f"{marked.score:.3f}" if marked.score is not None else "", marked.tier]
    return shown(marked.path.name), " · ".join(part for part in measured if part)


def write_paths(file: Path, paths: Sequence[Path]) -> None:
    """Write paths as the suffix says. Raises `UsageError`."""
    end = b"\0" if file.suffix.lower() == ".nul" else b"\n"
    with new_file(file) as stream:
        stream.write(b"".join(os.fsencode(path) + end for path in paths))
