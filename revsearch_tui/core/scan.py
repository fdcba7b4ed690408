"""Walk the roots of a collection and list the files in them."""

from __future__ import annotations

import errno
import fnmatch
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_IGNORE = (".*", "@eaDir", "Thumbs.db", "desktop.ini", "__MACOSX", "$RECYCLE.BIN")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as the walk saw it: its path as bytes, size in bytes, mtime in ns."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(slots=True)
class ScanReport:
    """What the walk could not do: roots that are absent, folders that could not be read and why."""

    missing_roots: list[Path] = field(default_factory=list)
    unreadable: dict[bytes, str] = field(default_factory=dict)
    dangling: list[bytes] = field(default_factory=list)
    """Links that lead nowhere now; what was found behind one is kept, as behind a root that is absent."""

    def covers(self, path: bytes, roots: Sequence[Path]) -> bool:
        """Whether a file that was not found at `path` is really gone: its root and its folders were all read."""
        if any(is_below(path, os.fsencode(root)) for root in self.missing_roots):
            return False
        if any(is_below(path, folder) for folder in self.unreadable):
            return False
        if any(path != link and is_below(path, link) for link in self.dangling):
            return False
        return bool(roots) or not self.missing_roots


def scan(
    roots: Sequence[Path],
    report: ScanReport,
    *,
    ignore: Sequence[str] = DEFAULT_IGNORE,
    follow_links: bool = True,
    exclude: Sequence[Path] = (),
) -> Iterator[FoundFile]:
    """Every regular file once, in a stable order.

    `ignore` are shell patterns against a name, or against the path below its root where they hold a slash; a folder
    that matches is not entered. A folder reached twice, by a link that loops or otherwise, is entered once, and the
    folders in `exclude` never.
    """
    entered = {(status.st_dev, status.st_ino) for folder in exclude if (status := _status(folder))}
    for root in roots:
        if not os.path.isdir(root):  # noqa: PTH112 - pathlib raises where a drive fails
            report.missing_roots.append(root)
            continue
        yield from _walk(os.fsencode(root), os.fsencode(root), report, entered, ignore, follow_links)


def _walk(
    folder: bytes,
    root: bytes,
    report: ScanReport,
    entered: set[tuple[int, int]],
    ignore: Sequence[str],
    follow_links: bool,
) -> Iterator[FoundFile]:
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            identity = os.stat(current)  # noqa: PTH116 - the path is bytes
            if (identity.st_dev, identity.st_ino) in entered and identity.st_ino:
                continue
            entered.add((identity.st_dev, identity.st_ino))
            with os.scandir(current) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            report.unreadable[current] = error.strerror or str(error)
            continue
        folders = []
        for entry in listed:
            if _is_ignored(entry.path, root, ignore):
                continue
            is_link = False
            try:
                is_link = entry.is_symlink()
                if is_link and not follow_links:
                    continue
                status = entry.stat()
            except FileNotFoundError:
                if is_link:
                    report.dangling.append(entry.path)
                continue  # else gone since the folder was listed
            except OSError as error:
                if not is_link or error.errno != errno.ELOOP:
                    report.unreadable[entry.path] = error.strerror or str(error)
                continue
            if stat.S_ISDIR(status.st_mode):
                folders.append(entry.path)
            elif stat.S_ISREG(status.st_mode):
                yield FoundFile(entry.path, status.st_size, status.st_mtime_ns)
        pending.extend(reversed(folders))


def _status(folder: Path) -> os.stat_result | None:
    try:
        return folder.stat()
    except OSError:
        return None


def _is_ignored(path: bytes, root: bytes, ignore: Sequence[str]) -> bool:
    relative = os.fsdecode(os.path.relpath(path, root)).replace(os.sep, "/")
    name = relative.rsplit("/", 1)[-1]
    return any(fnmatch.fnmatch(relative if "/" in pattern else name, pattern) for pattern in ignore)


def is_below(path: bytes, folder: bytes) -> bool:
    """Whether a path is the folder itself or lies below it."""
    return path == folder or path.startswith(folder.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep))
