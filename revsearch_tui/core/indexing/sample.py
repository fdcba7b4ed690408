"""The sample collection: made once, in revsearch's own data folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.core.plugins.loading import load_factory

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

COLLECTION = "sample"
_GENERATOR = "revsearch_data.sample_collection:make_sample_collection"


@dataclass(frozen=True, slots=True)
class SampleCopy:
    """A picture of the sample collection that was made from another one, and how."""

    copy: Path
    original: Path
    transformation: str


def sample_folder(workspace: Workspace, progress: Callable[[int, int], None] | None = None) -> Path:
    """The folder of the sample pictures, made where it is missing. Raises `StorageError`."""
    folder = workspace.folders.data / "sample-pictures"
    load_factory(_GENERATOR)(folder, progress=progress)
    return folder


def sample_copies(folder: Path) -> list[SampleCopy]:
    """The known near-copies among the sample pictures."""
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    return [
        SampleCopy(folder / entry["copy"], folder / entry["original"], entry["transformation"])
        for entry in truth["copies"]
    ]
