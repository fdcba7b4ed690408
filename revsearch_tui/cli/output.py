"""Rows of data in the format the user asked for: table, json, jsonl, csv, paths."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import data as standard_output
from revsearch_tui.cli.console import held, printable, use_colour, write, write_bytes
from revsearch_tui.core.durable import new_file

Row = Mapping[str, Any]


class Format(StrEnum):
    """What stdout carries."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    paths = "paths"


def emit(
    rows: Sequence[Row],
    form: Format,
    *,
    columns: Sequence[str] = (),
    path_key: str = "path",
    nul: bool = False,
    output: Path | None = None,
    document: object = None,
    table: str | None = None,
) -> None:
    """Write rows. `columns` are those of table and csv (all where empty); `document` replaces the rows in json, the
    text `table` replaces them in table.

    In `paths` each row's path is one line, or ends with NUL with `nul`, bytes as they are on the disk.
    """
    if nul:
        form = Format.paths
    if form is Format.paths:
        if any(path_key not in row for row in rows):
            raise UsageError("this command has no paths to give; use the format table, json, jsonl or csv")
        end = b"\0" if nul else b"\n"
        data = b"".join(os.fsencode(str(row[path_key])) + end for row in rows)
    elif form is Format.json:
        data = (json.dumps(rows if document is None else document, indent=2, default=_plain) + "\n").encode()
    elif form is Format.jsonl:
        data = "".join(json.dumps(row, default=_plain) + "\n" for row in rows).encode()
    elif form is Format.csv:
        data = _csv(rows, columns or _all_columns(rows))
    else:
        stream = standard_output() if output is None else None
        text = _table(rows, columns or _all_columns(rows), stream) if table is None else table
        data = text.encode()
    if output is None:
        if form in (Format.paths, Format.csv):
            write_bytes(data)
        else:
            write(data.decode())
        return
    with new_file(output) as file:
        file.write(data)


def _all_columns(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value) if not isinstance(value, tuple) else list(value)
    raise TypeError(f"not data: {value!r}")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(item) for item in value)
    return printable(str(value))


def _csv(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            [
                row.get(name, "") if not isinstance(row.get(name), (list, tuple)) else _cell(row[name])
                for name in columns
            ]
        )
    return text.getvalue().encode("utf-8", "surrogateescape")


def _table(rows: Sequence[Row], columns: Sequence[str], stream: TextIO | None) -> str:
    if not rows:
        return ""
    cells = [[held(_cell(row.get(name)), stream) for name in columns] for row in rows]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(columns)]
    numeric = [
        all(isinstance(row.get(name), (int, float)) and not isinstance(row.get(name), bool) for row in rows)
        for name in columns
    ]

    def line(values: Sequence[str]) -> str:
        padded = [v.rjust(w) if right else v.ljust(w) for v, w, right in zip(values, widths, numeric, strict=True)]
        return "  ".join(padded).rstrip()

    head = line(list(columns))
    head = f"\x1b[1m{head}\x1b[0m" if use_colour(stream) else head
    return "\n".join([head, *(line(row) for row in cells)]) + "\n"
