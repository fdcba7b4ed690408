"""The store holds what it is given, in a form that other programs read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from revsearch_sqlite_store import plugin
from revsearch_sqlite_store.store import FILE, SqliteStore

from revsearch_tui.api import StorePlace
from revsearch_tui.api.testing import check_plugin


def test_the_plugin_conforms() -> None:
    check_plugin(plugin, strict=True)


def test_rows_and_metadata_are_in_a_table_that_anybody_reads(tmp_path: Path) -> None:
    store = SqliteStore(StorePlace(tmp_path, "k", "l2", 3, True))
    store.upsert([b"a" * 32], np.array([[1, 2, 3]], np.float32), [{"path": "/größer \udcff.png"}])
    store.close()
    database = sqlite3.connect(tmp_path / FILE)
    ((vector, told),) = database.execute("SELECT vector, metadata FROM rows WHERE id = ?", (b"a" * 32,))
    about = dict(database.execute("SELECT name, value FROM about"))
    database.close()
    assert np.frombuffer(vector, "<f4").tolist() == [1, 2, 3] and json.loads(told) == {"path": "/größer \udcff.png"}
    assert (about["metric"], about["dim"]) == ("l2", 3)


def test_bits_are_packed(tmp_path: Path) -> None:
    store = SqliteStore(StorePlace(tmp_path, "k", "hamming", 256, True))
    store.upsert([b"a" * 32], np.ones((1, 256), np.float32), [{}])
    ((size,),) = sqlite3.connect(tmp_path / FILE).execute("SELECT length(vector) FROM rows")
    assert size == 32
    store.close()


def test_what_was_never_written_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        SqliteStore(StorePlace(tmp_path, "k", "l2", 3)).count()
    assert not list(tmp_path.iterdir())
