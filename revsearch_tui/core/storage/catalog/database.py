"""Open a collection's SQLite file and bring its schema up to date."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from revsearch_tui.api import StorageError
from revsearch_tui.core.base.files import is_immutable, may_write

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


_CANNOT_WRITE = ("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_READONLY")
_TRIES = 10


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """A connection in WAL mode, usable from any one thread at a time.

    Without `create`, a catalog that cannot be written to, or not be brought up to date there, is read all the same, as
    it is now; writing to it then fails. Raises `StorageError` where the file is missing, damaged, out of reach or made
    by a newer program.
    """
    if not create and not path.exists():
        raise StorageError(f"the catalog {path} is missing; run: revsearch index -c {path.parent.name}")
    try:
        try:
            return _open(path, create=create)
        except sqlite3.OperationalError as error:
            if create or not _name(error).startswith(_CANNOT_WRITE):
                raise
            if not may_write(path.parent):
                return _open_to_read(path)
            # The disk is full, perhaps: what is there can be read without the file that connections share.
            return _open(path, alone=True)
    except sqlite3.Error as error:
        raise storage_error(path, error) from error
    except OSError as error:
        raise StorageError(f"the catalog {path} cannot be read: {error.strerror or error}") from error


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


def _open(path: Path, *, alone: bool = False, create: bool = False) -> sqlite3.Connection:
    connection = _connection(path, timeout=1 if alone else 30)
    try:
        if alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        current = _is_current(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if current:
            return connection
        try:
            _upgrade(connection)
            return connection
        except sqlite3.OperationalError:
            if create:
                raise
        # The disk is full or not to be written to.
        with contextlib.closing(connection):
            return _in_memory(connection, path)
    except BaseException:
        connection.close()
        raise


def _open_to_read(path: Path) -> sqlite3.Connection:
    """What was committed to a catalog in a place that cannot be written to. Raises OSError, sqlite3.Error.

    SQLite itself wants to make files beside a catalog in WAL mode, unless it is told that nothing changes.
    """
    log = path.with_name(f"{path.name}-wal")
    for _ in range(_TRIES):
        before = [_stamp(path), _stamp(log)]
        if log.exists() and log.stat().st_size:
            # Of a writer that was killed, before it was copied or set aside. The log is read where it can be written.
            import shutil
            import tempfile

            with tempfile.TemporaryDirectory(prefix="revsearch-catalog-") as folder:
                for file in (path, log):
                    shutil.copyfile(file, Path(folder) / file.name)
                with contextlib.closing(_connection(Path(folder) / path.name)) as connection:
                    found = _in_memory(connection, path)
        else:
            found = _connection(path, immutable=True)
            if not is_immutable(path.parent) or not _is_current(found, path):
                with contextlib.closing(found):
                    found = _in_memory(found, path)
        if [_stamp(path), _stamp(log)] == before:
            found.execute("PRAGMA query_only = 1")
            return found
        found.close()
    raise StorageError(f"the catalog {path} is being written all the time; try again later")


def _connection(path: Path | None, *, timeout: float = 30, immutable: bool = False) -> sqlite3.Connection:
    """To a file, or to memory."""
    name = f"{path.absolute().as_uri()}?mode=ro&immutable=1" if path and immutable else path or ":memory:"
    return sqlite3.connect(name, timeout=timeout, isolation_level=None, check_same_thread=False, uri=immutable)


def _in_memory(source: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """A copy in memory, brought up to date, that refuses to be written to."""
    copy = _connection(None)
    try:
        source.backup(copy)
        if not _is_current(copy, path):
            _upgrade(copy)
        copy.execute("PRAGMA query_only = 1")
    except BaseException:
        copy.close()
        raise
    return copy


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _name(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", ""))


def _is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the schema is the newest one. Raises `StorageError` where it is newer than the program."""
    version = _version(connection)
    if version > SCHEMA_VERSION:
        raise StorageError(f"{path} was made by a newer revsearch; use that version, or drop and index anew")
    return version == SCHEMA_VERSION


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
