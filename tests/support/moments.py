"""Moments in ChromaDB's writing, by what can be seen of its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

Moment = Callable[[Path], bool]
"""Whether the moment has come, by the files of ChromaDB's folder."""


def _appears(name: str) -> Moment:
    return lambda folder: any(folder.rglob(name))


def _grows_after(name: str, other: str) -> Moment:
    """The first change of a file after another one was there."""
    seen: list[int] = []

    def came(folder: Path) -> bool:
        if not any(folder.rglob(other)):
            return False
        now = max((path.stat().st_mtime_ns for path in folder.rglob(name)), default=0)
        seen.append(now)
        return now != seen[0]

    return came


def _changes(name: str) -> Moment:
    """The first change of a file after it was made: ChromaDB has begun to write its index."""
    return _grows_after(name, name)


CHROMA_MOMENTS: Mapping[str, tuple[Callable[[], Moment], float]] = {
    "as the database appears": (lambda: _appears("chroma.sqlite3"), 0),
    "as the database is written": (lambda: _grows_after("chroma.sqlite3*", "header.bin"), 0),
    "as the index files appear": (lambda: _appears("header.bin"), 0),
    "as the header is rewritten": (lambda: _changes("header.bin"), 0),
    "as the vectors are rewritten": (lambda: _changes("data_level0.bin"), 0),
    "as the lengths are rewritten": (lambda: _changes("length.bin"), 0.004),
    "as the links are rewritten": (lambda: _changes("link_lists.bin"), 0.008),
    "as the links are rewritten, later": (lambda: _changes("link_lists.bin"), 0.016),
    "as the table of ids appears": (lambda: _appears("index_metadata.pickle"), 0),
    "as the database follows the index": (lambda: _grows_after("chroma.sqlite3*", "index_metadata.pickle"), 0),
}
"""Name -> what makes the moment, and how many seconds after it."""


def holds(came: Moment, folder: Path) -> bool:
    """Whether the moment has come, also where files come and go meanwhile."""
    try:
        return came(folder)
    except FileNotFoundError:  # it went while it was looked at
        return False
