"""A catalog that is lost or damaged, and making it anew: what it was indexed by is written down beside the journals.

Files and pictures come back with the indexing run that follows, embeddings from the journals.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from revsearch_tui.api import StorageError
from revsearch_tui.core.base.files import write_json, write_quickly
from revsearch_tui.core.base.lock import is_writing, writer_lock
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.database import CatalogDamagedError, damaged
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.collections import Collection

_COUNTS = {"images": 0, "complete": False, "chroma_rows": 0}
_MEMORY = "catalog.checked"


def describe_keys(collection: Collection, catalog: Catalog) -> None:
    """Write down what the collection is indexed by, where that is not done yet. For the writer.

    Raises `StorageError`.
    """
    for key in catalog.index_keys():
        file = collection.key_file(key.key)
        if not file.exists() and collection.journal_folder(key.key).exists():
            described = {name: value for name, value in dataclasses.asdict(key).items() if name not in _COUNTS}
            try:
                write_json(file, {**described, "model_sha256": catalog.model_sha256(key.key)})
            except OSError as error:
                raise StorageError(
                    f"cannot write to {file}: {error.strerror or error}; make room or mend that, "
                    "and run the command again"
                ) from error


def described_keys(collection: Collection) -> list[tuple[KeyRow, str | None]]:
    """What is written down beside the journals, and the sha-256 of the model where there is one."""
    found = []
    for file in sorted((collection.home / "journal").glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            data: dict[str, Any] = json.loads(file.read_text("utf-8"))
            sha256 = data.pop("model_sha256", None)
            found.append((KeyRow(**{**data, **_COUNTS}), sha256))
    return found


def mend_catalog(collection: Collection, note: Callable[[str], None]) -> None:
    """For an indexing run, before it: put a new catalog in the place of one that is lost or damaged.

    The damaged one is kept under another name. Raises `IndexBusyError`, and `StorageError` where nothing can be
    written, or the catalog was made by a newer program.
    """
    file = collection.catalog_file
    if _is_remembered(file) if file.exists() else not described_keys(collection):
        return
    with writer_lock(collection.home, "checking the catalog"):
        if file.exists():
            if is_sound(collection):
                return
            file.replace(file.with_name(f"{file.name}.damaged"))
            for name in (f"{file.name}-wal", f"{file.name}-shm"):
                file.with_name(name).unlink(missing_ok=True)
            what = f"damaged (it is kept as {file.name}.damaged)"
        else:
            what = "lost"
        file.with_name(_MEMORY).unlink(missing_ok=True)
        with Catalog(file, create=True) as catalog:
            for key, sha256 in described_keys(collection):
                catalog.put_key(key, sha256)
        note(f"the catalog of '{collection.name}' was {what}; it is made anew from the folders, embeddings are kept")


def is_sound(collection: Collection) -> bool:
    """Whether SQLite finds nothing wrong with the catalog, and what is indexed is on its list. Reads all of it.

    Raises `StorageError` where it cannot be looked at, and where it was made by a newer program.
    """
    try:
        with Catalog(collection.catalog_file) as catalog:
            return catalog.is_sound() and (bool(catalog.index_keys()) or not described_keys(collection))
    except CatalogDamagedError:
        return False


def check_before_reading(collection: Collection) -> None:
    """For a reader: look through a catalog that was changed by other means than an indexing run.

    Raises `StorageError` where it is damaged.
    """
    file = collection.catalog_file
    if _is_remembered(file) or is_writing(collection.home):
        return
    seen = _files(file)
    if not is_sound(collection):
        raise damaged(file, "its contents do not agree with each other")
    _remember(file, [*seen, *_last_run(file)])


def lacks_newest(collection: Collection, catalog: Catalog) -> str:
    """In one sentence: the catalog has lost what runs wrote to it last, its write-ahead log perhaps. Empty elsewhere.

    A catalog of less is sound in itself; only the number of the last run that ended, noted beside it, tells.
    """
    if catalog.last_finished_job() >= max(_last_run(collection.catalog_file), default=0):
        return ""
    return (
        f"the catalog of '{collection.name}' lacks what was last written to it, and pictures may be missing; "
        f"run: revsearch index -c {collection.name}"
    )


def remember_sound(collection: Collection, job: int) -> None:
    """For the writer, after it finished its job: the catalog as it is now is as it should be."""
    _remember(collection.catalog_file, [*_files(collection.catalog_file), job])


def _files(file: Path) -> list[int]:
    status = file.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ino]


def _is_remembered(file: Path) -> bool:
    """Whether the catalog was found sound as its file is now."""
    return _remembered(file)[:3] == _files(file)


def _last_run(file: Path) -> list[int]:
    """The number of the last run that was noted, if one was."""
    return _remembered(file)[3:4]


def _remembered(file: Path) -> list[int]:
    """Size, mtime and inode of the catalog as it was last looked at, and the number of the last run; or less."""
    try:
        found = json.loads(file.with_name(_MEMORY).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return found if isinstance(found, list) and all(isinstance(value, int) for value in found) else []


def _remember(file: Path, seen: list[int]) -> None:
    with contextlib.suppress(OSError):
        write_quickly(file.with_name(_MEMORY), json.dumps(seen))
