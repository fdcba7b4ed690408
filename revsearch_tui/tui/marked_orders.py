"""What is done with marked pictures in the background: an action of a plugin; their paths, written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import Control, QueryHits
from revsearch_tui.core.base.files import new_file
from revsearch_tui.tui.messages import JobMessage, WorkDone
from revsearch_tui.tui.text import shown, shown_path

if TYPE_CHECKING:
    from revsearch_tui.core.search.result_actions import Asked, Thumbnail
    from revsearch_tui.core.workspace import Workspace

PATH_SUFFIXES = (".txt", ".nul")
"""A path a line, or each ended by NUL."""


class ActionOrder(NamedTuple):
    """Have an action done with pictures; `thumbnail` gives small ones of them."""

    asked: Asked
    found: QueryHits
    thumbnail: Thumbnail

    @property
    def values(self) -> None:
        return None

    @property
    def when_stopped(self) -> str:
        return "Nothing was written." if self.asked.info.target == "file" else "It was left in the middle."

    @property
    def kept(self) -> str:
        return f"Of '{self.asked.info.title}' nothing is kept."

    def run(self, workspace: Workspace, control: Control) -> JobMessage:
        from revsearch_tui.core.search.result_actions import do_action

        said, target = do_action(workspace, self.asked, [self.found], self.thumbnail, control), self.asked.target
        told = f"{shown_path(target)}: {shown(said)}" if target is not None else shown(said)
        return WorkDone(shown(self.asked.info.title), told)


def write_paths(file: Path, paths: Sequence[Path]) -> None:
    """Write paths as the suffix says. Raises `UsageError`."""
    end = b"\0" if file.suffix.lower() == ".nul" else b"\n"
    with new_file(file) as stream:
        stream.write(b"".join(os.fsencode(path) + end for path in paths))
