"""Questions to the catalog and changes of it. Every change is one transaction."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.catalog.database import CatalogDamagedError, connect, damaged, storage_error


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


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An index key and how far it has come. `images` counts the pictures embedded."""

    key: str
    label: str
    method: str
    model: str | None
    options: dict[str, object]
    version: int
    decoder: int
    shape: str
    metric: str
    dim: int
    images: int
    complete: bool
    chroma_rows: int


class Catalog:
    """One connection to a collection's catalog. Not for two threads at once; open one each."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self._connection = connect(path, create=create)
        self._path = path

    def __enter__(self) -> Catalog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises `StorageError` where the disk does not take it."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException as error:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise StorageError(
                    f"cannot write to {self._path}: {error}; what was stored before is safe, "
                    "so make room or mend that, and run the command again"
                ) from error
            raise

    def _rows(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a question. Raises `StorageError` where the file is damaged or cannot be read."""
        try:
            yield from self._connection.execute(sql, values)
        except sqlite3.Error as error:
            raise storage_error(self._path, error) from error

    def _row(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row of a question."""
        try:
            row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise storage_error(self._path, error) from error
        return row

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

    def files(self) -> Iterator[FileRow]:
        """Every file, by path."""
        rows = self._rows(f"SELECT {_FILE_COLUMNS} FROM files ORDER BY path")
        return (FileRow(*row) for row in rows)

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
            for row in files:
                old = connection.execute("SELECT image_id FROM files WHERE path = ?", (row.path,)).fetchone()
                connection.execute(
                    f"INSERT OR REPLACE INTO files ({_FILE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    astuple(row),
                )
                if not old or old[0] != row.image_id:
                    touched = {row.image_id, old[0] if old else None} - {None}
                    connection.executemany("INSERT OR IGNORE INTO stale_metadata VALUES (?)", [(i,) for i in touched])
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
            for path in paths:
                old = connection.execute("SELECT image_id FROM files WHERE path = ?", (path,)).fetchone()
                connection.execute("DELETE FROM files WHERE path = ?", (path,))
                if old and old[0]:
                    connection.execute("INSERT OR IGNORE INTO stale_metadata VALUES (?)", (old[0],))
            orphans = (
                "SELECT image_id FROM images WHERE image_id NOT IN (SELECT image_id FROM files WHERE image_id NOT NULL)"
            )
            gone = [row[0] for row in connection.execute(orphans)]
            connection.executemany("DELETE FROM images WHERE image_id = ?", [(i,) for i in gone])
            # By key: these tables are ordered by it, and would else be read whole for every picture.
            for (key,) in connection.execute("SELECT key FROM index_keys").fetchall():
                for table in ("marks", "failures"):
                    connection.executemany(
                        f"DELETE FROM {table} WHERE key = ? AND image_id = ?", [(key, i) for i in gone]
                    )
            connection.executemany("INSERT OR IGNORE INTO stale_metadata VALUES (?)", [(i,) for i in gone])
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
                f"INSERT OR IGNORE INTO files ({_FILE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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

    def skipped(self) -> list[tuple[Path, str, str]]:
        """Files that could not be indexed, why, and what the decoder said, empty where it said nothing."""
        rows = self._rows("SELECT path, error, note FROM files WHERE error NOT NULL ORDER BY path")
        return [(Path(os.fsdecode(path)), error, detail or "") for path, error, detail in rows]

    def notes(self) -> list[tuple[Path, str]]:
        """Files that are in the index though not as they should be, and what to know of them."""
        rows = self._rows("SELECT path, note FROM files WHERE note NOT NULL AND error IS NULL ORDER BY path")
        return [(Path(os.fsdecode(path)), note) for path, note in rows]

    # Index keys

    def put_key(self, key: KeyRow, model_sha256: str | None) -> None:
        """Make an index key known, if it is not yet."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO index_keys (key, label, method, model, model_sha256, options, version, decoder,"
                " shape, metric, dim, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key.key,
                    key.label,
                    key.method,
                    key.model,
                    model_sha256,
                    json.dumps(key.options, sort_keys=True),
                    key.version,
                    key.decoder,
                    key.shape,
                    key.metric,
                    key.dim,
                    time.time(),
                ),
            )

    def index_keys(self) -> list[KeyRow]:
        """All index keys, oldest first."""
        rows = self._rows(
            "SELECT key, label, method, model, options, version, decoder, shape, metric, dim,"
            " (SELECT count(*) FROM marks WHERE marks.key = index_keys.key), complete, chroma_rows"
            " FROM index_keys ORDER BY created"
        )
        try:
            return [
                KeyRow(k, label, method, model, json.loads(o), version, d, shape, metric, dim, n, bool(c), r)
                for k, label, method, model, o, version, d, shape, metric, dim, n, c, r in rows
            ]
        except ValueError as error:
            raise damaged(self._path, f"options that are no JSON: {error}") from error

    def index_key(self, key: str) -> KeyRow | None:
        """One index key."""
        return next((row for row in self.index_keys() if row.key == key), None)

    def model_sha256(self, key: str) -> str | None:
        """The checksum of the model that an index key was made with."""
        row = self._row("SELECT model_sha256 FROM index_keys WHERE key = ?", (key,))
        return row[0] if row else None

    def set_complete(self, key: str, complete: bool) -> None:
        """Note whether the last run covered every picture for this key."""
        with self.transaction() as connection:
            connection.execute("UPDATE index_keys SET complete = ? WHERE key = ?", (complete, key))

    def drop_key(self, key: str) -> None:
        """Forget an index key and its marks."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM marks WHERE key = ?", (key,))
            connection.execute("DELETE FROM failures WHERE key = ?", (key,))
            connection.execute("DELETE FROM index_keys WHERE key = ?", (key,))

    def marked(self, key: str) -> set[bytes]:
        """The ids of pictures embedded for a key."""
        return {row[0] for row in self._rows("SELECT image_id FROM marks WHERE key = ?", (key,))}

    def set_marks(self, key: str, image_ids: Iterable[bytes]) -> None:
        """Make exactly these pictures the embedded ones, as far as they are known at all."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM marks WHERE key = ?", (key,))
            connection.executemany(
                "INSERT OR IGNORE INTO marks SELECT ?, image_id FROM images WHERE image_id = ?",
                [(key, i) for i in image_ids],
            )

    def unmarked_files(self, keys: Sequence[str]) -> dict[bytes, bytes]:
        """Pictures that lack an embedding for some of the keys: image id -> one path that holds it.

        Those that a key's method fails on do not count as lacking it.
        """
        found: dict[bytes, bytes] = {}
        for key in keys:
            rows = self._rows(
                "SELECT image_id, min(path) FROM files WHERE image_id NOT NULL AND NOT EXISTS"
                " (SELECT 1 FROM marks WHERE marks.key = ? AND marks.image_id = files.image_id) AND NOT EXISTS"
                " (SELECT 1 FROM failures WHERE failures.key = ? AND failures.image_id = files.image_id)"
                " GROUP BY image_id",
                (key, key),
            )
            found.update((image_id, path) for image_id, path in rows)
        return found

    # What methods fail on

    def failures(self, key: str) -> dict[bytes, str]:
        """The pictures that a key's method fails on, and why."""
        return dict(self._rows("SELECT image_id, reason FROM failures WHERE key = ?", (key,)))

    def failed_files(self) -> list[tuple[Path, str, str]]:
        """Every file with a picture that some method fails on: its path, the method's label, the reason."""
        rows = self._rows(
            "SELECT path, label, reason FROM failures JOIN index_keys USING (key) JOIN files USING (image_id)"
            " ORDER BY path, label"
        )
        return [(Path(os.fsdecode(path)), label, reason) for path, label, reason in rows]

    def forget_failures(self, keys: Iterable[str]) -> None:
        """Have what these keys' methods failed on tried again."""
        with self.transaction() as connection:
            connection.executemany("DELETE FROM failures WHERE key = ?", [(key,) for key in keys])

    # The state of ChromaDB

    def chroma_state(self, key: str) -> tuple[int, str | None]:
        """(journal rows that ChromaDB has, fingerprint of its files; None while it is being written)."""
        row = self._row("SELECT chroma_rows, chroma_state FROM index_keys WHERE key = ?", (key,))
        return (int(row[0]), row[1]) if row else (0, None)

    def set_chroma_state(self, key: str, rows: int, fingerprint: str | None) -> None:
        with self.transaction() as connection:
            connection.execute(
                "UPDATE index_keys SET chroma_rows = ?, chroma_state = ? WHERE key = ?", (rows, fingerprint, key)
            )

    def renew_chroma_state(self, key: str, old: str, new: str) -> None:
        """Note the same files under other times, unless somebody else has noted anything since `old` was read."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE index_keys SET chroma_state = ? WHERE key = ? AND chroma_state = ?", (new, key, old)
            )

    def forget_servers(self) -> None:
        """Have what ChromaDB servers hold made anew."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE index_keys SET chroma_rows = 0, chroma_state = NULL WHERE chroma_state LIKE 'server %'"
            )

    def stale_metadata(self) -> list[bytes]:
        """Pictures whose paths changed, to none perhaps, since ChromaDB last followed."""
        return [row[0] for row in self._rows("SELECT image_id FROM stale_metadata")]

    def clear_stale_metadata(self) -> None:
        with self.transaction() as connection:
            connection.execute("DELETE FROM stale_metadata")

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

    def finish_job(self, number: int, outcome: str, detail: str) -> None:
        with self.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET finished = ?, outcome = ?, detail = ? WHERE id = ?",
                (time.time(), outcome, detail, number),
            )


def _range(folder: bytes) -> tuple[bytes, bytes]:
    """Every path below a folder is greater than the first and less than the second."""
    begin = folder.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep)
    return begin, begin[:-1] + bytes([begin[-1] + 1])
