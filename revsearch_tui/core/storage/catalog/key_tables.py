"""What a collection is indexed by: index keys, which pictures each has, what methods fail on, how far ChromaDB
follows.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.catalog.database import connect, damaged, storage_error


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


class Connected:
    """One connection to a catalog, whose changes are transactions."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self._connection = connect(path, create=create)
        self._path = path

    def __enter__(self) -> Self:
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


class IndexKeys(Connected):
    """Questions about index keys, and changes of them."""

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
        return self._index_keys()

    def _index_keys(self, where: str = "", values: Sequence[object] = ()) -> list[KeyRow]:
        rows = self._rows(
            "SELECT key, label, method, model, options, version, decoder, shape, metric, dim,"
            " (SELECT count(*) FROM marks WHERE marks.key = index_keys.key), complete, chroma_rows"
            f" FROM index_keys {where} ORDER BY created",
            values,
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
        return next(iter(self._index_keys("WHERE key = ?", (key,))), None)

    def is_complete(self, key: str) -> bool | None:
        """Whether the last run covered every picture for this key; None where there is no such key. Nothing is counted,
        which takes a while where there are many pictures."""
        row = self._row("SELECT complete FROM index_keys WHERE key = ?", (key,))
        return bool(row[0]) if row else None

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
                "UPDATE index_keys SET chroma_rows = 0, chroma_state = NULL"
                " WHERE chroma_state LIKE 'server %' OR chroma_state LIKE 'writing server %'"
            )

    def stale_metadata(self) -> list[bytes]:
        """Pictures whose paths changed, to none perhaps, since ChromaDB last followed."""
        return [row[0] for row in self._rows("SELECT image_id FROM stale_metadata")]

    def clear_stale_metadata(self) -> None:
        with self.transaction() as connection:
            connection.execute("DELETE FROM stale_metadata")
