"""Models as a table: what each is of, what it knows, where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from revsearch_tui.core.models.manifests import ModelRecord
from revsearch_tui.tui.text import clip, size_text, when_text
from revsearch_tui.tui.widgets.accuracy.table import Cell, Column, Row
from revsearch_tui.tui.widgets.training.run_detail import data_text

_MOST_METHOD, _MOST_NAME = 14, 28
_FIXED = {"classes": 7, "added": 10, "size": 8, "origin": 7}
_BETWEEN = 2
_LEAST_NAME, _LEAST_DATA = 8, 10
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
    """The table in so many cells; where the room is small, what it was trained on gives way, and then the date."""
    method = min(_MOST_METHOD, max((len(record.method) for record in records), default=0))
    room = width - _BETWEEN * (len(_FIXED) + 3) - sum(_FIXED.values()) - method
    longest = min(_MOST_NAME, max((len(record.name) for record in records), default=0))
    dated = room >= longest + _LEAST_DATA
    if not dated:
        room += _FIXED["added"] + _BETWEEN
    name = max(_LEAST_NAME, min(longest, room - _LEAST_DATA))
    data = max(_LEAST_DATA, room - name)
    columns = [
        Column("method", "method", most=_MOST_METHOD),
        Column("name", "name", most=name),
        Column("classes", "classes", True),
        Column("data", "trained on", most=data),
        *([Column("added", "added")] if dated else []),
        Column("size", "size", True),
        Column("origin", "from"),
    ]
    return columns, [_row(record, dated, data) for record in records]


def _row(record: ModelRecord, dated: bool, data: int) -> Row:
    classes = len(classes_of(record))
    told = clip(trained_on(record), data, keep_end=is_place(record))
    cells = [
        Cell(record.method, kind="" if not record.problem else "bad"),
        Cell(record.name, kind="" if not record.problem else "bad"),
        Cell(f"{classes:,}" if classes else "", kind="faint"),
        Cell("✗ unusable" if record.problem else told, kind="bad" if record.problem else "faint"),
        *([Cell(when_text(record.added)[:10], kind="faint")] if dated else []),
        Cell(size_text(record.bytes), kind="faint"),
        Cell(origin_text(record), kind="accent" if record.origin == "own" else "faint"),
    ]
    return Row(model_key(record), cells)
