"""The evaluations that concern a collection, as its catalog lists them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from revsearch_tui.core.storage.catalog.database import connect, storage_error


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One evaluation: `started` is ISO 8601 in UTC, `summary` what a list shows of it."""

    id: str
    kind: str
    started: str
    name: str
    summary: Mapping[str, Any]


def put_evaluation(catalog_file: Path, row: EvaluationRow) -> None:
    """List an evaluation, in place of what was listed under its id. Raises `StorageError`."""
    with _opened(catalog_file) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?)",
            (row.id, row.kind, row.started, row.name, json.dumps(row.summary)),
        )


def listed_evaluations(catalog_file: Path) -> list[EvaluationRow]:
    """The evaluations listed, the newest first. Raises `StorageError`."""
    with _opened(catalog_file) as connection:
        rows = connection.execute("SELECT id, kind, started, name, summary FROM evaluations ORDER BY started DESC")
        return [
            EvaluationRow(i, kind, started, name, json.loads(text)) for i, kind, started, name, text in rows.fetchall()
        ]


def forget_evaluation(catalog_file: Path, evaluation_id: str) -> None:
    """Take an evaluation off the list. Raises `StorageError`."""
    with _opened(catalog_file) as connection:
        connection.execute("DELETE FROM evaluations WHERE id = ?", (evaluation_id,))


@contextlib.contextmanager
def _opened(catalog_file: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(connect(catalog_file)) as connection:
        try:
            yield connection
        except sqlite3.Error as error:
            raise storage_error(catalog_file, error) from error
