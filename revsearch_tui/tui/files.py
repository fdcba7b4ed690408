"""What is where, asked so that no name, however long or strange, and no folder that is locked raises anything."""

from __future__ import annotations

import os
from pathlib import Path


def is_folder(path: Path | str) -> bool:
    """Whether a folder of that name is there, as far as one may look."""
    return os.path.isdir(path)  # noqa: PTH112 - `Path.is_dir` raises for names that are too long


def is_there(path: Path | str) -> bool:
    """Whether anything of that name is there, as far as one may look."""
    return os.path.exists(path)  # noqa: PTH110 - as above
