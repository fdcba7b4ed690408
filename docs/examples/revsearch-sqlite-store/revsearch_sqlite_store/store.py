"""One table of rows in one file, which queries go through as a whole.

Nothing is approximate here: SQLite is what other programs read, and its transactions are why a kill leaves whole rows.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

if TYPE_CHECKING:
    from revsearch_tui.api import StorePlace

FILE = "rows.sqlite"
_AT_ONCE = 500
"""Ids in one statement."""
_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rows
(number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, vector BLOB NOT NULL, metadata TEXT);
"""


class SqliteStore:
    """A `VectorStore`. Vectors are little-endian float32, those of the metric `hamming` packed bits, the first bit of a
    byte being its highest. Errors of SQLite come out as they are."""

    def __init__(self, place: StorePlace) -> None:
        self._metric, self._dim = place.metric, place.dim
        self._matrix: tuple[list[bytes], Any] | None = None
        """Ids and stored rows, once there was a query."""
        path = place.folder / FILE
        address = f"file:{quote(os.fsencode(path))}?mode={'rwc' if place.is_writing else 'ro'}"
        self._database = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        if place.is_writing:
            self._database.executescript(_TABLES)
            about = {"key": place.key, "metric": place.metric, "dim": place.dim, "made_by": "revsearch-sqlite-store"}
            with self._transaction() as database:
                database.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())

    def count(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM rows").fetchone()[0])

    def upsert(self, ids: Sequence[bytes], rows: Any, metadata: Sequence[Mapping[str, Any]]) -> None:
        stored = self._stored(np.asarray(rows))
        with self._transaction() as database:
            database.executemany(
                "INSERT INTO rows (id, vector, metadata) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET vector = excluded.vector, metadata = excluded.metadata",
                [
                    (image_id, row.tobytes(), _json(told))
                    for image_id, row, told in zip(ids, stored, metadata, strict=True)
                ],
            )

    def update_metadata(self, ids: Sequence[bytes], metadata: Sequence[Mapping[str, Any]]) -> None:
        with self._transaction() as database:
            database.executemany(
                "UPDATE rows SET metadata = ? WHERE id = ?",
                [(_json(told), image_id) for image_id, told in zip(ids, metadata, strict=True)],
            )

    def delete(self, ids: Sequence[bytes]) -> None:
        with self._transaction() as database:
            database.executemany("DELETE FROM rows WHERE id = ?", [(image_id,) for image_id in ids])

    def present(self, ids: Sequence[bytes]) -> set[bytes]:
        found: set[bytes] = set()
        for start in range(0, len(ids), _AT_ONCE):
            part = list(ids[start : start + _AT_ONCE])
            marks = ",".join("?" * len(part))
            found.update(row[0] for row in self._database.execute(f"SELECT id FROM rows WHERE id IN ({marks})", part))
        return found

    def query(self, embedding: Any, k: int) -> list[bytes]:
        if self._matrix is None:
            self._matrix = self._read("", ())
        ids, rows = self._matrix
        if not ids:
            return []
        asked = self._stored(np.asarray(embedding)[None])[0]
        if self._metric == "hamming":
            distances = np.bitwise_count(rows ^ asked).sum(axis=1, dtype=np.int64)
        elif self._metric == "cosine":
            distances = -(rows @ asked)
        else:
            distances = np.square(rows).sum(axis=1) - 2 * (rows @ asked)
        return [ids[place] for place in np.argsort(distances, kind="stable")[:k]]

    def read(self, start: int, count: int) -> tuple[list[bytes], Any]:
        ids, stored = self._read("LIMIT ? OFFSET ?", (count, start))
        rows = np.unpackbits(stored, axis=1, count=self._dim) if self._metric == "hamming" else stored
        return ids, rows.astype(np.float32)

    def flush(self) -> None:
        """Every transaction is on the disk."""

    def close(self) -> None:
        self._database.close()

    def _read(self, which: str, values: tuple[int, ...]) -> tuple[list[bytes], Any]:
        """Ids and rows as they are stored, by their numbers."""
        found = self._database.execute(f"SELECT id, vector FROM rows ORDER BY number {which}", values).fetchall()
        kind = np.uint8 if self._metric == "hamming" else np.dtype("<f4")
        rows = np.frombuffer(b"".join(row[1] for row in found), kind)
        return [row[0] for row in found], rows.reshape(len(found), -1 if found else self._dim)

    def _stored(self, rows: Any) -> Any:
        """Rows (n, dim) as they are kept."""
        return np.packbits(rows > 0.5, axis=1) if self._metric == "hamming" else rows.astype("<f4")

    def _transaction(self) -> _Transaction:
        self._matrix = None
        return _Transaction(self._database)


class _Transaction:
    """All or nothing."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> sqlite3.Connection:
        self._database.execute("BEGIN IMMEDIATE")
        return self._database

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")


def _json(told: Mapping[str, Any]) -> str:
    """In ASCII, which holds any name."""
    return json.dumps(dict(told), sort_keys=True)
