"""Which folder to index, into which collection, by which methods."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult

from revsearch_tui.api import UsageError
from revsearch_tui.tui.files import is_folder
from revsearch_tui.tui.jobs import IndexOrder
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.form import Form, field
from revsearch_tui.tui.text import shown_path
from revsearch_tui.tui.widgets.query.line import PathLine


class IndexForm(Form[IndexOrder]):
    """Answers with what to index, or None."""

    def __init__(self, loader: PictureLoader, collection: str, methods: Sequence[str]) -> None:
        super().__init__("Index a folder")
        self._loader, self._collection, self._methods = loader, collection, methods

    def fields(self) -> ComposeResult:
        yield PathLine(
            self._loader,
            prompt="Folder",
            placeholder="path of a folder of pictures",
            folders_only=True,
            id="form-folder",
        )
        yield field("collection", "Collection", self._collection)
        yield field("methods", "Methods", ", ".join(self._methods))

    def answer(self) -> IndexOrder:
        source = self.query_one(PathLine).source
        if not source:
            raise UsageError("name a folder of pictures")
        if not is_folder(source):
            raise UsageError(f"'{shown_path(source)}' is not a folder")
        return IndexOrder(self.text("collection") or None, (Path(source),), self.names("methods"))
