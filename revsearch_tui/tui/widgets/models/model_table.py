"""Models as a table: what each is of, what it knows, where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from revsearch_tui.core.models.manifests import ModelRecord
from revsearch_tui.tui.text import clip, size_text, when_text
from revsearch_tui.tui.widgets.accuracy.table import BETWEEN, Cell, Column, Row, cells_of
from revsearch_tui.tui.widgets.training.run_detail import data_text

DATA = "data"
_COLUMNS = (
    Column("method", "method", most=14),
    Column("name", "name", most=28),
    Column("classes", "classes", True),
    Column(DATA, "trained on"),
    Column("added", "added"),
    Column("size", "size", True),
    Column("origin", "from"),
)
_LEAVING = ("added", "size", DATA, "origin")
"""Columns that give way where the room is small, the first one first."""
_LEAST_DATA = 10
_YOURS, _SHIPPED = "yours", "shipped"


def model_key(record: ModelRecord) -> str:
    """Tells a model from all others: a shipped one and one of the user's may have the same name."""
    return f"{record.origin} {record.name}"


def origin_text(record: ModelRecord) -> str:
    """Whether it came with a plugin, or is the user's."""
    return _SHIPPED if record.origin == "shipped" else _YOURS


def classes_of(record: ModelRecord) -> tuple[str, ...]:
    """The classes that it knows; empty where it knows none."""
    classes = record.settings.get("classes")
    return tuple(map(str, classes)) if isinstance(classes, list | tuple) else ()


def trained_on(record: ModelRecord) -> str:
    """What it was trained on or fitted to, as far as its record tells."""
    data = record.training.get("data")
    if isinstance(data, Mapping):
        if data.get("name"):
            return str(data["name"])
        if data.get("root"):
            return data_text(f"{data.get('dataset', '')}:{data['root']}")
        counts = data.get("counts")
        if isinstance(counts, Mapping) and isinstance(counts.get("train"), int):
            return f"{counts['train']:,} pictures"
    if record.training.get("collection"):
        return f"collection {record.training['collection']}"
    return ""


def is_place(record: ModelRecord) -> bool:
    """Whether what it was trained on is told by its path, whose end tells most."""
    data = record.training.get("data")
    return isinstance(data, Mapping) and not data.get("name") and bool(data.get("root"))


def listing(records: Sequence[ModelRecord], width: int) -> tuple[list[Column], list[Row]]:
    """The table in so many cells."""
    cells = [_cells(record) for record in records]
    for number in range(len(_LEAVING) + 1):
        columns = [column for column in _COLUMNS if column.key not in _LEAVING[:number]]
        room = width - sum(cells_of(each, [row[each.key] for row in cells]) for each in columns if each.key != DATA)
        has_data = any(column.key == DATA for column in columns)
        if room >= (_LEAST_DATA + BETWEEN if has_data else 0):
            break
    rows = []
    for record, row in zip(records, cells, strict=True):
        told = clip(row[DATA].text, max(_LEAST_DATA, room - BETWEEN), keep_end=is_place(record))
        row[DATA] = row[DATA]._replace(text=told)
        rows.append(Row(model_key(record), [row[column.key] for column in columns]))
    return columns, rows


def _cells(record: ModelRecord) -> dict[str, Cell]:
    classes, kind = len(classes_of(record)), "bad" if record.problem else ""
    return {
        "method": Cell(record.method, kind=kind),
        "name": Cell(record.name, kind=kind),
        "classes": Cell(f"{classes:,}" if classes else "", kind="faint"),
        DATA: Cell("✗ unusable", kind="bad") if record.problem else Cell(trained_on(record), kind="faint"),
        "added": Cell(when_text(record.added)[:10], kind="faint"),
        "size": Cell(size_text(record.bytes), kind="faint"),
        "origin": Cell(origin_text(record), kind="accent" if record.origin == "own" else "faint"),
    }
