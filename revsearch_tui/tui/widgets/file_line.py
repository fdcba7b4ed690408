"""A line of a form that takes the path of a folder, or of a file of some kind, with the names that it may become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.widgets.query import Completed, PathLine, completions


class FileLine(PathLine):
    """With `suffixes`, names of such files are proposed beside those of folders."""

    def __init__(
        self, loader: PictureLoader, prompt: str, placeholder: str, suffixes: Sequence[str] = (), **names: Any
    ) -> None:
        super().__init__(loader, prompt=prompt, placeholder=placeholder, folders_only=not suffixes, **names)
        self._suffixes = frozenset(suffixes)

    def choose(self, step: int) -> None:
        """Highlight a name; without names, go to another line of the form."""
        if self.list_is_open:
            super().choose(step)
        elif step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def _look(self, generation: int, typed: str) -> None:
        if generation == self._generation:  # else more was typed since
            self.post_message(Completed(generation, completions(typed, self._suffixes)))
