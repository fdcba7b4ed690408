"""Where to write a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from revsearch_tui.api import UsageError
from revsearch_tui.tui.files import is_folder, is_there
from revsearch_tui.tui.screens.form import Field, Form
from revsearch_tui.tui.text import shown, shown_path


class FileForm(Form[Path]):
    """Answers with a file, or None. A file that is there is replaced only when that is confirmed."""

    def __init__(self, title: str, file: Path, suffixes: Sequence[str]) -> None:
        endings = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        note = f"The name decides what is written: {endings}."
        super().__init__(shown(title), [Field("file", "File", os.fspath(file), select=False)], verb="Write", note=note)
        self._suffixes = tuple(suffixes)
        self._confirmed: Path | None = None

    def answer(self) -> Path:
        text = self.text("file")
        file = Path(os.path.expanduser(text))  # noqa: PTH111 - `Path.expanduser` raises for an unknown user
        if not text or file.suffix.lower() not in self._suffixes:
            raise UsageError(f"let the name end in {', '.join(self._suffixes)}")
        if not is_folder(file.parent):
            raise UsageError(f"'{shown_path(file.parent)}' is not a folder")
        if is_there(file) and file != self._confirmed:
            self._confirmed = file
            raise UsageError(f"'{shown_path(file.name)}' is there already; enter once more replaces it")
        return file
