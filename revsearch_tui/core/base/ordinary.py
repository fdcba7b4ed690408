"""Opening files that may turn out to be none: to open a FIFO waits for ever, and a device may have no end."""

from __future__ import annotations

import os
import stat
from io import FileIO
from pathlib import Path

from revsearch_tui.api import PictureError

_KINDS = (
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)


def kind_of(mode: int) -> str:
    """What it is, such as `a FIFO`, from the mode of its status; empty for an ordinary file."""
    if stat.S_ISREG(mode):
        return ""
    return next((kind for test, kind in _KINDS if test(mode)), "something else")


def not_ordinary(kind: str) -> str:
    """The reason for which something of this kind is passed over."""
    return f"not an ordinary file, but {kind}"


def open_at_once(path: str | bytes, flags: int) -> int:
    """An opener, for `open`, that does not wait for anybody to write to a FIFO; for ordinary files like any other."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0))


def open_ordinary(path: bytes | Path) -> FileIO:
    """The file, to be read without a buffer. Never waits. Raises OSError, and `PictureError` for all but files."""
    file = FileIO(path, opener=open_at_once)
    kind = kind_of(os.fstat(file.fileno()).st_mode)
    if kind:
        file.close()
        raise PictureError(not_ordinary(kind), os.fsdecode(path))
    return file
