"""Which folder to index, into which collection, by which methods."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from revsearch_tui.api import UsageError
from revsearch_tui.tui.files import is_folder
from revsearch_tui.tui.jobs import IndexOrder
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.form import Field, Form
from revsearch_tui.tui.text import shown_path


class IndexForm(Form[IndexOrder]):
    """Answers with what to index, or None."""

    def __init__(self, loader: PictureLoader, collection: str, methods: Sequence[str]) -> None:
        fields = (
            Field("folder", "Folder", hint="path of a folder of pictures", loader=loader),
            Field("collection", "Collection", collection),
            Field("methods", "Methods", ", ".join(methods)),
        )
        super().__init__("Index a folder", fields)

    def answer(self) -> IndexOrder:
        source = self.folder("folder")
        if not source:
            raise UsageError("name a folder of pictures")
        if not is_folder(source):
            raise UsageError(f"'{shown_path(source)}' is not a folder")
        return IndexOrder(self.text("collection") or None, (Path(source),), self.names("methods"))
