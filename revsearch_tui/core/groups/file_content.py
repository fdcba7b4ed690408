"""Whether a file still holds what it held when the plan was made."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from revsearch_tui.api import PictureError
from revsearch_tui.core.base.files import open_ordinary


class NotAsPlannedError(Exception):
    """What is told of a file that is left alone, as a part of a sentence."""


def check_content(path: Path, sha256: str) -> os.stat_result:
    """The status of an ordinary file, by no link, with these bytes, as it was before and after they were read.

    Raises `NotAsPlannedError`.
    """
    try:
        before = path.lstat()
        if stat.S_ISLNK(before.st_mode):
            raise NotAsPlannedError("it is a link now")
        with open_ordinary(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            opened = os.fstat(file.fileno())
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise NotAsPlannedError(f"the folder '{path.parent}' is gone, with its drive perhaps") from None
        raise NotAsPlannedError("it is not there any more") from None
    except OSError as error:
        raise NotAsPlannedError(f"it cannot be read ({error.strerror or error})") from None
    except PictureError as error:
        raise NotAsPlannedError(f"it is {error.reason}") from None
    if digest != sha256 or not is_unchanged(before, opened):
        raise NotAsPlannedError("it has changed since the plan was made")
    return opened


def is_unchanged(before: os.stat_result, after: os.stat_result) -> bool:
    """Whether two statuses are those of one file that nobody wrote to between."""
    return _identity(before) == _identity(after)


def is_still(path: Path, status: os.stat_result) -> bool:
    """Whether the file at a path is the one that was looked at, unchanged."""
    try:
        return is_unchanged(status, path.lstat())
    except OSError:
        return False


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
