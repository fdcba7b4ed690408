"""Open a collection's SQLite file and bring its schema up to date."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from revsearch_tui.api import StorageError

SCHEMA_VERSION = 3


class CatalogDamagedError(StorageError):
    """The file is no database any more, or not all of it is."""


# `path` is a blob: file names are bytes, and not all are text. `key` is an index key's id.
_SCHEMA = """
CREATE TABLE images (
    image_id BLOB PRIMARY KEY, width INTEGER NOT NULL, height INTEGER NOT NULL, format TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE files (
    path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    image_id BLOB, error TEXT, decoder INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_image ON files (image_id);
CREATE TABLE index_keys (
    key TEXT PRIMARY KEY, label TEXT NOT NULL, method TEXT NOT NULL, model TEXT, model_sha256 TEXT,
    options TEXT NOT NULL, version INTEGER NOT NULL, decoder INTEGER NOT NULL, shape TEXT NOT NULL,
    metric TEXT NOT NULL, dim INTEGER NOT NULL, created REAL NOT NULL, complete INTEGER NOT NULL DEFAULT 0,
    chroma_rows INTEGER NOT NULL DEFAULT 0, chroma_state TEXT
);
CREATE TABLE marks (
    key TEXT NOT NULL, image_id BLOB NOT NULL, PRIMARY KEY (key, image_id)
) WITHOUT ROWID;
CREATE TABLE stale_metadata (image_id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started REAL NOT NULL, finished REAL, outcome TEXT, detail TEXT
);
"""

# What each version added to the one before. `evaluations` lists the records that concern the collection; the records
# themselves lie in the folder of evaluations. `failures` are pictures that a method cannot embed, and why.
_ADDED = {
    2: """
CREATE TABLE evaluations (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, started TEXT NOT NULL, name TEXT NOT NULL, summary TEXT NOT NULL
) WITHOUT ROWID
""",
    3: """
ALTER TABLE files ADD COLUMN ctime_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN device INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN inode INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN note TEXT;
CREATE TABLE failures (
    key TEXT NOT NULL, image_id BLOB NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (key, image_id)
) WITHOUT ROWID
""",
}


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """A connection in WAL mode, usable from any one thread at a time.

    Raises `StorageError` where the file is missing, damaged, out of reach or made by a newer program.
    """
    if not create and not path.exists():
        raise StorageError(f"the catalog {path} is missing; run: revsearch index")
    try:
        try:
            return _open(path)
        except sqlite3.OperationalError as error:
            if create or not _name(error).startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_FULL")):
                raise
            # The disk is full, perhaps: what is there can be read without the file that connections share.
            return _open(path, alone=True)
    except sqlite3.Error as error:
        raise storage_error(path, error) from error


def damaged(path: Path, why: str) -> CatalogDamagedError:
    """What to tell the user of a catalog that is damaged, or lost."""
    return CatalogDamagedError(
        f"the catalog {path} is damaged ({why}); run: revsearch index -c {path.parent.name}, "
        "which makes it anew and keeps the embeddings"
    )


def storage_error(path: Path, error: sqlite3.Error) -> StorageError:
    """What to tell the user of a failure to open or read the catalog."""
    if _name(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return damaged(path, str(error))
    return StorageError(f"the catalog {path} cannot be used ({error}); make room on the disk or mend that, and go on")


def _open(path: Path, *, alone: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=1 if alone else 30, isolation_level=None, check_same_thread=False)
    try:
        if alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _name(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", ""))


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = _version(connection)
    if version > SCHEMA_VERSION:
        raise StorageError(f"{path} was made by a newer revsearch; use that version, or drop and index anew")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if version == 0:
        _upgrade(connection)
    elif version < SCHEMA_VERSION:
        # What an older version has can be read as it is where the disk is full or read-only.
        with contextlib.suppress(sqlite3.OperationalError):
            _upgrade(connection)


def _upgrade(connection: sqlite3.Connection) -> None:
    """From whatever version there is, none included, to the newest, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # another process may have been faster
        scripts = [_SCHEMA] if version == 0 else []
        scripts += [_ADDED[step] for step in range(max(version, 1) + 1, SCHEMA_VERSION + 1)]
        for statement in ";".join(scripts).split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # a full disk has rolled it back by itself
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
