"""What a description of plugins depends on, files, folders and variables: whether they are as they were.

A file's stamp changes with whatever is done to it: written in place, replaced, touched, put back with its old time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TypeAlias

Stamp: TypeAlias = "list[int] | None"
"""Time of change and of status change in ns, bytes, inode, mode; None where there is nothing."""


def stamp(path: str) -> Stamp:
    """Of a file or a folder."""
    try:
        status = os.stat(path)  # noqa: PTH116 - hundreds are asked for at each start
    except (OSError, ValueError):
        return None
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_mode]


def places() -> list[str]:
    """Python's path, where modules and distributions are looked for."""
    return [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 - as above


def variable_sums(names: Iterable[str]) -> dict[str, int | None]:
    """A checksum of each variable of the environment, whose value is nobody's business; None for one that is not
    set."""
    import zlib

    return {name: zlib.crc32(os.fsencode(os.environ[name])) if name in os.environ else None for name in sorted(names)}
