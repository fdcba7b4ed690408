"""Data that is written while the work goes on: what is answered is there to be read, and held in memory no longer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from revsearch_tui.cli.console import ReaderGoneError, flush
from revsearch_tui.cli.output import Format, Row, encoded, json_text, to_stdout
from revsearch_tui.core.base.files import new_file


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
