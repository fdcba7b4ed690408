"""Walk the roots of a collection and list the files in them."""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from revsearch_tui.core.base.files import kind_of, not_ordinary

DEFAULT_IGNORE = (
    ".*",
    # What file managers, systems and network drives keep beside pictures.
    *("@eaDir", "#recycle", "@Recycle", "$RECYCLE.BIN", "__MACOSX", "Thumbs.db", "ehthumbs.db", "desktop.ini"),
    # Small copies that programs for photos make of their own library.
    *("*.lrdata", "*.photoslibrary/resources/derivatives", "*.photoslibrary/resources/proxies"),
    *("*.photoslibrary/Thumbnails", "*.photolibrary/Thumbnails", "*.aplibrary/Thumbnails"),
    # Pictures of software that somebody else made.
    "node_modules",
)


LEADS_NOWHERE = "a link that leads nowhere"

_LARGEST = 2**63 - 1
"""What the catalog's columns hold; some systems number files beyond it."""


class Identity(NamedTuple):
    """What tells a file from another of its size and time: ctime in ns, device, inode. 0 where it is not known."""

    ctime_ns: int = 0
    device: int = 0
    inode: int = 0


def identity_of(status: os.stat_result) -> Identity:
    """All not known on Windows, where a listing gives neither and ctime is the time of creation."""
    if sys.platform == "win32":
        return Identity()
    return Identity(status.st_ctime_ns, status.st_dev & _LARGEST, status.st_ino & _LARGEST)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as the walk saw it: its path as bytes, size in bytes, mtime in ns."""

    path: bytes
    size: int
    mtime_ns: int
    identity: Identity = Identity()


@dataclass(slots=True)
class ScanReport:
    """What the walk could not do: roots that are absent, folders that could not be read and why, and what is no file,
    such as a FIFO, with what it is."""

    missing_roots: list[Path] = field(default_factory=list)
    unreadable: dict[bytes, str] = field(default_factory=dict)
    special: dict[bytes, str] = field(default_factory=dict)
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

    `ignore` are shell patterns against a name, or against the path below its root where they hold a slash; one that
    begins with a part of a name, as `*.lib/cache` does, holds wherever that lies, also above the root. A folder that
    matches is not entered. A folder reached twice, by a link that loops or otherwise, is entered once, and the
    folders in `exclude` never.
    """
    ignored = _Ignored(ignore)
    entered = {(status.st_dev, status.st_ino) for folder in exclude if (status := _status(folder))}
    for root in roots:
        if not os.path.isdir(root):  # noqa: PTH112 - pathlib raises where a drive fails
            report.missing_roots.append(root)
            continue
        yield from _walk(os.fsencode(root), report, entered, ignored, follow_links)


def _walk(
    root: bytes, report: ScanReport, entered: set[tuple[int, int]], ignored: _Ignored, follow_links: bool
) -> Iterator[FoundFile]:
    pending = [root]
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
            if ignored.matches(entry.path, root):
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
                if is_link and error.errno == errno.ELOOP:
                    report.dangling.append(entry.path)
                else:
                    report.unreadable[entry.path] = error.strerror or str(error)
                continue
            if stat.S_ISDIR(status.st_mode):
                folders.append(entry.path)
            elif stat.S_ISREG(status.st_mode):
                yield FoundFile(entry.path, status.st_size, status.st_mtime_ns, identity_of(status))
            else:
                report.special[entry.path] = not_ordinary(kind_of(status.st_mode))
        pending.extend(reversed(folders))


def _status(folder: Path) -> os.stat_result | None:
    try:
        return folder.stat()
    except OSError:
        return None


class _Ignored:
    """Patterns made ready for many paths."""

    def __init__(self, patterns: Sequence[str]) -> None:
        paths = [pattern for pattern in patterns if "/" in pattern]
        floating = [pattern for pattern in paths if pattern.startswith("*") and not pattern.startswith(("*/", "**"))]
        self._names = _any_of([pattern for pattern in patterns if "/" not in pattern])
        self._below = _any_of([pattern for pattern in paths if pattern not in floating])
        self._anywhere = _any_of(floating)

    def matches(self, path: bytes, root: bytes) -> bool:
        """Whether a path below a root, an entry of a folder there, is to be left out."""
        whole = os.path.normcase(os.fsdecode(path)).replace(os.sep, "/")
        if self._names is not None and self._names(whole.rsplit("/", 1)[-1]):
            return True
        if self._anywhere is not None and self._anywhere(whole):
            return True
        return self._below is not None and bool(self._below(whole[len(os.fsdecode(root)) :].lstrip("/")))


def _any_of(patterns: Sequence[str]) -> Callable[[str], object] | None:
    """Whether a text matches one of the patterns, as `fnmatch` has it; None where there are none."""
    if not patterns:
        return None
    return re.compile("|".join(fnmatch.translate(os.path.normcase(p).replace(os.sep, "/")) for p in patterns)).match


def is_below(path: bytes, folder: bytes) -> bool:
    """Whether a path is the folder itself or lies below it."""
    return path == folder or path.startswith(folder.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep))
