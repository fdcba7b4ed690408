"""A catalog that an older program made goes on as it is, with what is new added."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.storage.catalog.evaluations import EvaluationRow, listed_evaluations, put_evaluation


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A catalog of version 1: without evaluations, failures and what tells files apart."""
    file = tmp_path / "catalog.sqlite"
    with Catalog(file, create=True) as catalog:
        catalog.commit(images=[(b"i" * 32, 4, 3, "PNG")])
    with sqlite3.connect(file) as connection:
        for table in ("evaluations", "failures"):
            connection.execute(f"DROP TABLE {table}")
        for column in ("ctime_ns", "device", "inode", "note"):
            connection.execute(f"ALTER TABLE files DROP COLUMN {column}")
        connection.execute("INSERT INTO files VALUES (?, 1, 2, ?, NULL, 1)", (b"/a.png", b"i" * 32))
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    return file


def test_an_older_catalog_keeps_its_pictures_and_gains_evaluations(first_version: Path) -> None:
    with Catalog(first_version) as catalog:
        assert catalog.has_image(b"i" * 32)
        assert list(catalog.files()) == [FileRow(b"/a.png", 1, 2, b"i" * 32, None, 1)]
    row = EvaluationRow("one", "robustness", "2026-01-01T00:00:00+00:00", "holiday", {"queries": 3})
    put_evaluation(first_version, row)
    assert listed_evaluations(first_version) == [row]


def test_a_newer_catalog_is_refused(first_version: Path) -> None:
    with sqlite3.connect(first_version) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageError, match="newer revsearch"):
        Catalog(first_version)
