"""Files and names that are whole, and outlive a power cut, once they are there."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from revsearch_tui.api import UsageError


def write_json(path: Path, value: object, *, indent: int | None = 2) -> None:
    """Write a JSON file so that a reader sees the old or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=indent)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_quickly(path: Path, text: str) -> None:
    """Replace a small file whole, without waiting for the disk: for what can be found out again. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Any]:
    """A file that appears whole or not at all, and not where the block within raises. Raises `UsageError`."""
    target = Path(os.path.realpath(path))  # a link stays a link
    if target.is_dir():
        raise UsageError(f"'{path}' is a folder; give the name of a file to write")
    temporary = target.with_name(f".revsearch-{os.getpid()}.tmp")
    try:
        if target.exists() and not target.is_file():  # a device or a pipe is written to, never replaced
            with target.open("wb") as file:
                yield file
            return
        with temporary.open("wb") as file:
            yield file
        temporary.replace(target)
    except OSError as error:
        if error.filename not in (None, str(temporary), str(target)):  # the block's own trouble with another file
            raise
        raise UsageError(f"cannot write '{path}': {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have names that were made in a folder outlive a power cut, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
