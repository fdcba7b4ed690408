"""What may be written to. A backup, a mounted archive or the home of another user can be read all the same."""

from __future__ import annotations

import os
from pathlib import Path


def may_write(folder: Path) -> bool:
    """Whether something can be made in the folder, or where it would be made. Whether there is room is not asked."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)


def is_immutable(folder: Path) -> bool:
    """Whether nobody can change anything there by this way, for the file system is mounted to be read only."""
    if not hasattr(os, "statvfs"):
        return False
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False
