"""Rows of data in the format the user asked for: table, json, jsonl, csv, paths; at once, or while the work goes on."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, TextIO

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import (
    ReaderGoneError,
    flush,
    held,
    printable,
    stdout_is_terminal,
    use_colour,
    write,
    write_bytes,
)
from revsearch_tui.cli.console import data as standard_output
from revsearch_tui.core.base.files import new_file

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

    In `paths` each row's path is one line, or ends with NUL with `nul`.
    """
    if nul:
        form = Format.paths
    if form is Format.json:
        data = f"{json_text(rows if document is None else document, indent=2)}\n".encode()
    elif form is Format.table and table is not None:
        data = table.encode()
    else:
        data = encoded(
            rows, form, columns or _all_columns(rows), path_key=path_key, nul=nul, to_file=output is not None
        )
    if output is None:
        to_stdout(data, form)
        return
    with new_file(output) as file:
        file.write(data)


def encoded(
    rows: Sequence[Row],
    form: Format,
    columns: Sequence[str],
    *,
    path_key: str = "path",
    nul: bool = False,
    to_file: bool = False,
    has_head: bool = True,
) -> bytes:
    """Rows in any format but json; csv without its head where that is not wanted. Raises `UsageError`.

    File names are given as they are, but a terminal, which would obey what some hold, is shown them escaped.
    """
    exact = to_file or not stdout_is_terminal()
    if form is Format.paths:
        if any(path_key not in row for row in rows):
            raise UsageError("this command has no paths to give; use the format table, json, jsonl or csv")
        end = b"\0" if nul else b"\n"
        names = [str(row[path_key]) for row in rows]
        return b"".join((os.fsencode(name) if exact else printable(name).encode()) + end for name in names)
    if form is Format.jsonl:
        return "".join(f"{json_text(row)}\n" for row in rows).encode()
    if form is Format.csv:
        return _csv(rows, columns, exact, has_head)
    return _table(rows, columns, None if to_file else standard_output()).encode()


def to_stdout(data: bytes, form: Format) -> None:
    """Write what was encoded for stdout."""
    if form in (Format.paths, Format.csv) and not stdout_is_terminal():
        write_bytes(data)
    else:
        write(data.decode())


def json_text(value: object, indent: int | None = None) -> str:
    """Data as JSON in ASCII, so that nothing in it is obeyed by a terminal."""
    return json.dumps(value, indent=indent, default=_plain)


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


def _csv(rows: Sequence[Row], columns: Sequence[str], exact: bool, has_head: bool) -> bytes:
    import csv

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if has_head:
        writer.writerow(columns)
    for row in rows:
        cells = [row.get(name, "") for name in columns]
        values = [_cell(cell) if isinstance(cell, (list, tuple)) else cell for cell in cells]
        writer.writerow(values if exact else [printable(v) if isinstance(v, (str, Path)) else v for v in values])
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


class Stream:
    """Parts of an output, each written when it is added."""

    def __init__(self, form: Format, file: IO[bytes] | None, nul: bool) -> None:
        self.form = Format.paths if nul else form
        self._file, self._nul = file, nul
        self.parts = 0

    def add(self, rows: Sequence[Row], *, columns: Sequence[str], document: object) -> None:
        """Write one more part: `rows`, or in json the `document` as one more item of an array.

        Csv has the columns of the first part for a head; in table each part is a table of its own.
        """
        if self.form is Format.json:
            item = json_text(document, indent=2).replace("\n", "\n  ")
            data = f"{',' if self.parts else '['}\n  {item}".encode()
        else:
            data = encoded(
                rows, self.form, columns, nul=self._nul, to_file=self._file is not None, has_head=not self.parts
            )
            if self.form is Format.table and self.parts:
                data = b"\n" + data
        self.parts += 1
        self._put(data)

    def end(self) -> None:
        """Write what closes the output."""
        if self.form is Format.json:
            self._put(b"\n]\n" if self.parts else b"[]\n")

    def _put(self, data: bytes) -> None:
        if self._file is None:
            to_stdout(data, self.form)
            flush()
        else:
            self._file.write(data)
            self._file.flush()


@contextlib.contextmanager
def streamed(form: Format, *, nul: bool = False, output: Path | None = None) -> Iterator[Stream]:
    """An output to add parts to, on stdout or in a file, which appears whole or, after an error, not at all.

    Json on stdout is a whole array after an error too. Raises `UsageError` where the file cannot be written.
    """
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(new_file(output)) if output is not None else None
        stream = Stream(form, file, nul)
        try:
            yield stream
        except ReaderGoneError:
            raise
        except BaseException:
            if file is None and stream.parts:
                stream.end()
            raise
        stream.end()
