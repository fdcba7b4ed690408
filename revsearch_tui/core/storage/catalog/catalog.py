"""Questions to the catalog about files, pictures and jobs, and changes of it. Every change is one transaction."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from revsearch_tui.core.storage.catalog.database import CatalogDamagedError
from revsearch_tui.core.storage.catalog.key_tables import IndexKeys


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as last seen: size in bytes, times in ns; `image_id` (32 bytes) or `error`, the reason it was skipped.

    `ctime_ns`, `device` and `inode` are 0 where they are not known, `note` what the user should know of a file that
    was indexed all the same, or what the decoder said of one that was not.
    """

    path: bytes
    size: int
    mtime_ns: int
    image_id: bytes | None
    error: str | None
    decoder: int
    ctime_ns: int = 0
    device: int = 0
    inode: int = 0
    note: str | None = None


_FILE_COLUMNS = ", ".join(FileRow.__slots__)
_PLACES = ", ".join("?" * len(FileRow.__slots__))
_as_tuple = attrgetter(*FileRow.__slots__)
_PATH, _IMAGE = FileRow.__slots__.index("path"), FileRow.__slots__.index("image_id")
_WILDCARD = re.compile(r"[*?\[]")
_SIMPLE_GLOB = re.compile(r"[ -)+->@-Z\\-~]*(?:\*[ -)+->@-Z\\-~]*){1,2}")
"""ASCII and one or two asterisks, which SQLite and the shell take for the same; it takes long for many of them."""
_FEW_GLOBS = 16
_AT_ONCE = 500
"""Values in one question: older versions of SQLite take no more than 999."""


@dataclass(frozen=True, slots=True)
class ImageRow:
    """A picture: full upright size in pixels, file format, and every path its bytes are found at."""

    image_id: bytes
    width: int
    height: int
    format: str
    paths: tuple[Path, ...]


class Catalog(IndexKeys):
    """One connection to a collection's catalog. Not for two threads at once; open one each."""

    def is_sound(self) -> bool:
        """Whether SQLite finds nothing wrong. Reads everything: about a second for 100,000 pictures."""
        try:
            return self._row("PRAGMA integrity_check(1)") == ("ok",)
        except CatalogDamagedError:
            return False

    # Files and pictures

    def file(self, path: bytes) -> FileRow | None:
        """What is known of a file."""
        row = self._row(f"SELECT {_FILE_COLUMNS} FROM files WHERE path = ?", (path,))
        return FileRow(*row) if row else None

    def files(self, folder: bytes | None = None) -> Iterator[FileRow]:
        """Every file, or every one below a folder, by path."""
        where, values = ("", ()) if folder is None else ("WHERE path >= ? AND path < ?", _range(folder))
        rows = self._rows(f"SELECT {_FILE_COLUMNS} FROM files {where} ORDER BY path", values)
        return (FileRow(*row) for row in rows)

    def pictures(self, folders: Sequence[bytes] = (), globs: Sequence[str] = ()) -> Iterator[tuple[bytes, bytes]]:
        """(path, image id) of the files that hold a picture, as far as they may pass: those below one of the folders
        and, with `globs`, such as may match one of these shell patterns by their whole path.

        Read from an index, and below folders, or where patterns begin without a wildcard, only what is there.
        """
        parts = [_range(folder) for folder in folders]
        starts = [os.fsencode(_WILDCARD.split(glob, maxsplit=1)[0]) for glob in globs]
        if not parts and starts and all(starts) and os.sep == "/":
            parts = [(start, start[:-1] + bytes([start[-1] + 1])) for start in starts if start[-1] < 255]
        where = ["image_id NOT NULL"]
        simple = [glob for glob in globs if _SIMPLE_GLOB.fullmatch(glob)]
        if globs and len(simple) == len(globs) <= _FEW_GLOBS and os.sep == "/":
            where.append("(" + " OR ".join(["CAST(path AS TEXT) GLOB ?"] * len(globs)) + ")")
        else:
            simple = []
        query = f"SELECT path, image_id FROM files WHERE {' AND '.join(where)}"
        if not parts:
            yield from self._rows(query, simple)
        for part in parts:
            yield from self._rows(f"{query} AND path >= ? AND path < ?", [*simple, *part])

    def has_image(self, image_id: bytes) -> bool:
        """Whether the picture is known already, from whatever file."""
        return self._row("SELECT 1 FROM images WHERE image_id = ?", (image_id,)) is not None

    def commit(
        self,
        files: Iterable[FileRow] = (),
        images: Iterable[tuple[bytes, int, int, str]] = (),
        marks: Mapping[str, Iterable[bytes]] | None = None,
        failures: Mapping[str, Mapping[bytes, str]] | None = None,
    ) -> None:
        """Write down, in one transaction, files as they are now, pictures as (image id, width, height, format), and
        per index key the pictures embedded and those that cannot be, with the reason. Pictures whose set of paths
        changes are noted for new metadata."""
        with self.transaction() as connection:
            values = map(_as_tuple, files)
            while part := list(islice(values, _AT_ONCE)):
                _put_files(connection, part)
            connection.executemany("INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?)", images)
            for key, image_ids in (marks or {}).items():
                connection.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", [(key, i) for i in image_ids])
            for key, reasons in (failures or {}).items():
                rows = [(key, image_id, reason) for image_id, reason in reasons.items()]
                connection.executemany("INSERT OR REPLACE INTO failures VALUES (?, ?, ?)", rows)

    def remove_files(self, paths: Iterable[bytes]) -> list[bytes]:
        """Forget files, and pictures that no file holds any more; gives back the ids of those pictures.

        They are among the `stale_metadata` until ChromaDB has followed.
        """
        with self.transaction() as connection:
            rows = ((path,) for path in paths)
            while part := list(islice(rows, _AT_ONCE)):
                connection.executemany(
                    "INSERT OR IGNORE INTO stale_metadata"
                    " SELECT image_id FROM files WHERE path = ? AND image_id NOT NULL",
                    part,
                )
                connection.executemany("DELETE FROM files WHERE path = ?", part)
            # A picture that lost its last file is among those whose paths changed: all others need not be looked at.
            orphans = (
                "SELECT image_id FROM stale_metadata WHERE image_id IN (SELECT image_id FROM images)"
                " AND NOT EXISTS (SELECT 1 FROM files WHERE files.image_id = stale_metadata.image_id)"
            )
            gone = [row[0] for row in connection.execute(orphans)]
            connection.executemany("DELETE FROM images WHERE image_id = ?", ((i,) for i in gone))
            # By key: these tables are ordered by it, and would else be read whole for every picture.
            for (key,) in connection.execute("SELECT key FROM index_keys").fetchall():
                for table in ("marks", "failures"):
                    connection.executemany(
                        f"DELETE FROM {table} WHERE key = ? AND image_id = ?", [(key, i) for i in gone]
                    )
        return gone

    def has_below(self, folder: bytes) -> bool:
        """Whether files below a folder are known."""
        return self._row("SELECT 1 FROM files WHERE path > ? AND path < ? LIMIT 1", _range(folder)) is not None

    def move_files(self, old: bytes, new: bytes) -> int:
        """Change the paths of all files below one folder to the same below another; gives back how many there were.

        What is known already of a file at its new path stands. Their pictures are noted for new metadata.
        """
        begin, end = _range(old)
        prefix = _range(new)[0]
        below = "FROM files WHERE path > ? AND path < ?"
        with self.transaction() as connection:
            rows = connection.execute(f"SELECT {_FILE_COLUMNS} {below}", (begin, end)).fetchall()
            connection.execute(
                f"INSERT OR IGNORE INTO stale_metadata SELECT image_id {below} AND image_id NOT NULL", (begin, end)
            )
            connection.execute(f"DELETE {below}", (begin, end))
            connection.executemany(
                f"INSERT OR IGNORE INTO files ({_FILE_COLUMNS}) VALUES ({_PLACES})",
                ((prefix + row[0][len(begin) :], *row[1:]) for row in rows),
            )
        self.remove_files(())  # pictures of files that turned out to hold others
        return len(rows)

    def image(self, image_id: bytes) -> ImageRow | None:
        """A picture with its paths, or None where no file holds it any more."""
        row = self._row("SELECT width, height, format FROM images WHERE image_id = ?", (image_id,))
        if row is None:
            return None
        paths = self._rows("SELECT path FROM files WHERE image_id = ? ORDER BY path", (image_id,))
        found = tuple(Path(os.fsdecode(path)) for (path,) in paths)
        width, height, file_format = row
        return ImageRow(image_id, width, height, file_format, found) if found else None

    def images(self, image_ids: Sequence[bytes]) -> dict[bytes, ImageRow]:
        """Those of the pictures that some file holds, with their paths."""
        sizes: dict[bytes, tuple[int, int, str]] = {}
        paths: dict[bytes, list[Path]] = {}
        unique = list(dict.fromkeys(image_ids))
        for start in range(0, len(unique), _AT_ONCE):
            part = unique[start : start + _AT_ONCE]
            rows = self._rows(
                "SELECT images.image_id, width, height, format, path FROM images JOIN files USING (image_id)"
                f" WHERE images.image_id IN ({', '.join('?' * len(part))}) ORDER BY path",
                part,
            )
            for image_id, width, height, file_format, path in rows:
                sizes[image_id] = (width, height, file_format)
                paths.setdefault(image_id, []).append(Path(os.fsdecode(path)))
        return {image_id: ImageRow(image_id, *sizes[image_id], tuple(found)) for image_id, found in paths.items()}

    def descriptions(self, image_ids: Sequence[bytes]) -> dict[bytes, tuple[int, int, str, bytes, int]]:
        """Of those of the pictures that some file holds: width, height, format, the first path, how many paths."""
        found: dict[bytes, tuple[int, int, str, bytes, int]] = {}
        for start in range(0, len(image_ids), _AT_ONCE):
            part = image_ids[start : start + _AT_ONCE]
            rows = self._rows(
                "SELECT image_id, width, height, format, min(path), count(*) FROM images JOIN files USING (image_id)"
                f" WHERE images.image_id IN ({', '.join('?' * len(part))}) GROUP BY image_id",
                part,
            )
            found.update((row[0], row[1:]) for row in rows)
        return found

    def image_ids(self) -> set[bytes]:
        """The ids of all pictures that some file holds."""
        return {row[0] for row in self._rows("SELECT image_id FROM images")}

    def counts(self) -> tuple[int, int, int]:
        """Files, pictures, files that are not in the index: those that `skipped` lists."""
        row = self._row(
            "SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM images),"
            " (SELECT count(*) FROM files WHERE error NOT NULL)"
        )
        assert row is not None
        return int(row[0]), int(row[1]), int(row[2])

    def picture_rows(self) -> Iterator[tuple[bytes, int, int, str]]:
        """Every picture: its id, full upright width and height in pixels, file format."""
        return ((i, w, h, f) for i, w, h, f in self._rows("SELECT image_id, width, height, format FROM images"))

    def skipped(self) -> list[tuple[Path, str, str]]:
        """Files that could not be indexed, why, and what the decoder said, empty where it said nothing."""
        rows = self._rows("SELECT path, error, note FROM files WHERE error NOT NULL ORDER BY path")
        return [(Path(os.fsdecode(path)), error, detail or "") for path, error, detail in rows]

    def notes(self) -> list[tuple[Path, str]]:
        """Files that are in the index though not as they should be, and what to know of them."""
        rows = self._rows("SELECT path, note FROM files WHERE note NOT NULL AND error IS NULL ORDER BY path")
        return [(Path(os.fsdecode(path)), note) for path, note in rows]

    # Jobs

    def start_job(self, kind: str, detail: str) -> int:
        """Write down that long work began; gives back its number."""
        with self.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO jobs (kind, started, detail) VALUES (?, ?, ?)", (kind, time.time(), detail)
            )
        return int(cursor.lastrowid or 0)

    def last_finished_job(self) -> int:
        """The number of the newest job that has ended; 0 where there is none."""
        row = self._row("SELECT coalesce(max(id), 0) FROM jobs WHERE finished NOT NULL")
        return int(row[0]) if row else 0

    def last_indexed(self) -> float | None:
        """When the newest indexing run ended, in seconds since 1970; None where none did."""
        row = self._row("SELECT max(finished) FROM jobs WHERE kind = 'index'")
        return float(row[0]) if row and row[0] is not None else None

    def finish_job(self, number: int, outcome: str, detail: str) -> None:
        with self.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET finished = ?, outcome = ?, detail = ? WHERE id = ?",
                (time.time(), outcome, detail, number),
            )


def _put_files(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write down files, at most `_AT_ONCE`, and note the pictures that have a path more or less for it."""
    places = ", ".join("?" * len(rows))
    known = connection.execute(
        f"SELECT path, image_id FROM files WHERE path IN ({places})", [row[_PATH] for row in rows]
    )
    before: dict[bytes, bytes | None] = dict(known)
    connection.executemany(f"INSERT OR REPLACE INTO files ({_FILE_COLUMNS}) VALUES ({_PLACES})", rows)
    touched: set[bytes | None] = set()
    for row in rows:
        path, image_id = row[_PATH], row[_IMAGE]
        if path not in before or before[path] != image_id:
            touched |= {image_id, before.get(path)}
        before[path] = image_id
    connection.executemany("INSERT OR IGNORE INTO stale_metadata VALUES (?)", ((i,) for i in touched - {None}))


def _range(folder: bytes) -> tuple[bytes, bytes]:
    """Every path below a folder is greater than the first and less than the second."""
    begin = folder.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep)
    return begin, begin[:-1] + bytes([begin[-1] + 1])
