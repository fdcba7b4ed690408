"""Where a file goes that is put into the system's trash, known before it goes there, and how it comes back.

As the freedesktop.org Trash specification 1.0 has it; on macOS the user's folder of that name. Nothing is copied: a
file goes to the trash of its own file system, by renaming, which happens or does not. send2trash does the same but does
not tell where a file went, which undoing has to know even after a crash; so it serves Windows alone, whose Recycle Bin
only the system itself can fill, and there files come back by the Recycle Bin's own restoring.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from revsearch_tui.api import StorageError
from revsearch_tui.core.base.files import sync_folder

_MOST_NAMES = 10_000


class TrashPlace(NamedTuple):
    """Where a file will be in the trash, and the note that trash programs want beside it; None where there is none."""

    to: Path | None
    info: Path | None


def reserve(path: Path) -> TrashPlace:
    """A place in the trash that is free for a file. Makes the trash's folders where they are missing, nothing else.

    Raises `StorageError`, in which no file is named, where the file's system has no trash that can be written to.
    """
    if sys.platform == "win32":
        return TrashPlace(None, None)
    reasons = []
    for folder, has_info in _candidates(path):
        files, infos = (folder / "files", folder / "info") if has_info else (folder, folder)
        try:
            for each in dict.fromkeys((folder, files, infos)):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            if files.stat().st_dev != path.lstat().st_dev:
                continue
            if not os.access(files, os.W_OK) or not os.access(infos, os.W_OK):
                raise PermissionError(13, "Permission denied")
            return _free(path, files, infos if has_info else None)
        except OSError as error:
            reasons.append(f"{folder}: {error.strerror or error}")
    why = f" ({reasons[-1]})" if reasons else ""
    raise StorageError(f"the file system of '{path.parent}' has no trash that can be written to{why}")


def move(path: Path, place: TrashPlace) -> None:
    """Put the file there. Raises OSError, and the file is where it was then."""
    if place.to is None:
        _to_recycle_bin(path)
        return
    if place.info is not None:
        _write_info(path, place.info)
    try:
        path.rename(place.to)
    except OSError:
        with contextlib.suppress(OSError):
            forget(place)
        raise


def bring_back(path: Path, place: TrashPlace) -> None:
    """Put the file where it was; nobody else's file may be there. Raises OSError."""
    assert place.to is not None
    if os.path.lexists(path):
        raise FileExistsError(17, "another file is there now", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    place.to.rename(path)
    sync_folder(path.parent)
    forget(place)


def forget(place: TrashPlace) -> None:
    """Take the note away of a file that is not in the trash."""
    if place.info is not None:
        place.info.unlink(missing_ok=True)


def home_trash() -> Path:
    """The trash of the file system that holds the user's home."""
    if sys.platform == "darwin":
        return Path.home() / ".Trash"
    data = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (data if data.is_absolute() else Path.home() / ".local" / "share") / "Trash"


def _candidates(path: Path) -> Iterator[tuple[Path, bool]]:
    """Folders that may be the trash of a file, and whether there is a note beside each file."""
    home = home_trash()
    is_mac = sys.platform == "darwin"
    if _device(home) == path.lstat().st_dev:
        yield home, not is_mac
    top = _mount_point(path)
    if is_mac:
        yield top / ".Trashes" / str(os.getuid()), False
        return
    shared = top / ".Trash"
    with contextlib.suppress(OSError):
        mode = shared.lstat().st_mode
        if stat.S_ISDIR(mode) and mode & stat.S_ISVTX:  # so the specification demands, and no link
            yield shared / str(os.getuid()), True
    yield top / f".Trash-{os.getuid()}", True


def _device(folder: Path) -> int:
    """The device of a folder, or of where it would be made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.stat().st_dev


def _mount_point(path: Path) -> Path:
    folder = Path(os.path.realpath(path.parent))
    while not folder.is_mount():
        folder = folder.parent
    return folder


def _free(path: Path, files: Path, infos: Path | None) -> TrashPlace:
    for number in range(_MOST_NAMES):
        name = path.name if not number else f"{path.stem}.{number}{path.suffix}"
        to = files / name
        info = None if infos is None else infos / f"{name}.trashinfo"
        if not os.path.lexists(to) and (info is None or not os.path.lexists(info)):
            return TrashPlace(to, info)
    raise FileExistsError(17, f"there are {_MOST_NAMES:,} files named like '{path.name}' already")


def _write_info(path: Path, info: Path) -> None:
    """The note as the specification has it; nobody else's is overwritten."""
    folder = info.parent.parent
    real = Path(os.path.realpath(path.parent)) / path.name
    is_home = folder == home_trash()
    told = real if is_home else real.relative_to(folder.parents[1] if folder.parent.name == ".Trash" else folder.parent)
    lines = ("[Trash Info]", f"Path={quote(os.fsencode(told))}", f"DeletionDate={time.strftime('%Y-%m-%dT%H:%M:%S')}")
    try:
        with info.open("x", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise
    except OSError:
        info.unlink(missing_ok=True)
        raise


def _to_recycle_bin(path: Path) -> None:
    from send2trash import send2trash

    send2trash(path)
