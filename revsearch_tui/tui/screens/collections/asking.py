"""What the Collections screen asks: another name, and where folders are now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from revsearch_tui.api import UsageError
from revsearch_tui.core.storage.collections import checked_name
from revsearch_tui.tui.files import is_folder
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.form import Field, Form
from revsearch_tui.tui.text import shown, shown_path


class RenameForm(Form[str]):
    """Answers with another name for a collection, or None."""

    def __init__(self, name: str, others: Sequence[str]) -> None:
        note = "Nothing is read or embedded anew. Evaluations and thresholds go on working."
        super().__init__(f"Rename '{shown(name)}'", [Field("name", "Name", name)], verb="Rename", note=note)
        self._name, self._others = name, others

    def answer(self) -> str:
        name = self.text("name")
        if name == self._name:
            raise UsageError(f"it is called '{name}' already")
        if name in self._others:
            raise UsageError(f"there is a collection '{name}' already")
        return checked_name(name)


class Move(NamedTuple):
    """A folder, and where it is now."""

    old: Path
    new: Path


class RelocateForm(Form[Move]):
    """Answers with what is elsewhere now, or None."""

    def __init__(self, loader: PictureLoader, name: str, roots: Sequence[Path], missing: Sequence[Path]) -> None:
        old = next(iter([*missing, *roots]), Path())
        fields = (
            Field("new", "Is now at", hint="the folder where the pictures are now", loader=loader),
            Field("old", "Was at", str(old), "a folder of the collection, or one in or above it", loader=loader),
        )
        note = "No picture is read. The same with both exchanged takes it back."
        super().__init__(f"Folders of '{shown(name)}' that moved", fields, verb="Follow", note=note)

    def answer(self) -> Move:
        old, new = self.folder("old"), self.folder("new")
        if not old:
            raise UsageError("say where the pictures were")
        if not new:
            raise UsageError("say where the pictures are now")
        if not is_folder(new):
            raise UsageError(f"'{shown_path(new)}' is not a folder")
        return Move(Path(old), Path(new))
