"""What `revsearch search` prints of results."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from revsearch_tui.cli.output import Format, Stream
from revsearch_tui.core.search.result_values import hit_row, result_values
from revsearch_tui.core.search.results import Hit, SearchResult

_COLUMNS = ("rank", "score", "raw", "unit", "tier", "verified", "class", "confidence", "why", "search", "path")
_TOLD_BY_TIER = ("raw", "unit", "verified", "class", "confidence")
_CSV_COLUMNS = ("query", "method", *_COLUMNS[:-1], "orientation", "file", "missing", "path")


ONLY_ALIKE = "no copy of it was found, nor another picture of the same thing; the hits are only alike"
"""Said of an answer where nothing speaks for more."""

_FIGURE = re.compile(r"(?<!\S)\d[\d,]*(?!\S)")


class Notes:
    """Says what results note once each; of notes that differ in a figure alone, the first and the last."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: dict[str, str] = {}
        self._newest: dict[str, str] = {}

    def add(self, lines: Sequence[str]) -> None:
        for line in lines:
            kind = _FIGURE.sub("#", line)
            self._newest[kind] = line
            if kind not in self._said:
                self._said[kind] = line
                self._say(line)

    def close(self) -> None:
        """Say the newest figures."""
        for kind, line in self._newest.items():
            if line != self._said[kind]:
                self._say(line)


def add_result(stream: Stream, result: SearchResult, *, names_query: bool) -> None:
    """Write one result; `names_query` has tables say whose hits they hold."""
    if stream.form in (Format.csv, Format.paths):
        rows = [row for hit in result.hits for row in _file_rows(result, hit)]
    else:
        rows = [(_table_row if stream.form is Format.table else hit_row)(result, hit) for hit in result.hits]
    columns = _CSV_COLUMNS if stream.form is Format.csv else _columns(result.hits)
    if names_query and stream.form is Format.table:
        columns = ("query", *columns)
    stream.add(rows, columns=columns, document=result_values(result) if stream.form is Format.json else None)


def _columns(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The columns of a table for people: those that tell something. Where hits have tiers, these say what evidence,
    verification and guesses at a class amount to; the other formats have it all."""
    left_out = {
        *(["verified"] if all(hit.verified is None for hit in hits) else []),
        *(_TOLD_BY_TIER if any(hit.tier for hit in hits) else ["tier"]),
        *([] if any(hit.label for hit in hits) else ["class", "confidence"]),
        *([] if any(hit.why for hit in hits) else ["why"]),
        *(["search"] if all(hit.exact for hit in hits) else []),
    }
    columns = tuple(name for name in _COLUMNS if name not in left_out)
    if any(hit.orientation for hit in hits):
        columns = (*columns[:-1], "orientation", "path")
    return columns


def _table_row(result: SearchResult, hit: Hit) -> dict[str, Any]:
    """A row whose path says as well whether it is there, and how many more there are."""
    told = " (missing)" if hit.path in hit.missing else ""
    told += f" +{len(hit.copies)} more" if hit.copies else ""
    told += f" +{len(hit.links)} linked" if hit.links else ""
    return {**hit_row(result, hit), "path": f"{hit.path}{told}"}


def _file_rows(result: SearchResult, hit: Hit) -> list[dict[str, Any]]:
    """A row for each of the hit's files."""
    row = hit_row(result, hit)
    return [
        {
            **row,
            "path": str(path),
            "file": "link" if path in hit.links else "copy" if number else "first",
            "missing": path in hit.missing,
        }
        for number, path in enumerate(hit.paths)
    ]
