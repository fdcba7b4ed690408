"""Files and names that are whole, and outlive a power cut; what is opened only if it is an ordinary file, or holds
what it did; what may be written to.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from revsearch_tui.api import PictureError, UsageError

_KINDS = (
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)


def write_json(path: Path, value: object, *, indent: int | None = 2) -> None:
    """Write a JSON file so that a reader sees the old or the new one, never half of it."""
    write_durably(path, json.dumps(value, indent=indent) + "\n")


def write_durably(path: Path, text: str, mode: int | None = None) -> None:
    """Replace a file whole: a reader, and a start after a power cut, sees the old or the new text, never half of it.

    With a `mode`, that becomes the file's. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            if mode is not None:
                temporary.chmod(mode)
            file.write(text)
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


def unchanged(paths: Iterable[Path], sha256: bytes, most_bytes: int) -> Iterator[tuple[Path, bytes]]:
    """Those of the files that hold the bytes of that SHA-256 digest still, with these, each read when it is asked for.
    What is gone, no ordinary file or larger than `most_bytes` is passed over."""
    import hashlib  # costs a start that reads no picture milliseconds

    for path in paths:
        try:
            with open_ordinary(path) as file:
                data = file.readall() if os.fstat(file.fileno()).st_size <= most_bytes else b""
        except (OSError, ValueError, PictureError):  # ValueError: a name that no file can have
            continue
        if hashlib.sha256(data).digest() == sha256:
            yield path, data


def whole_lines(content: bytes) -> Iterator[dict[str, Any]]:
    """The objects of JSON lines, without a line that was cut short."""
    for text in content.split(b"\n"):
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            yield line


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
