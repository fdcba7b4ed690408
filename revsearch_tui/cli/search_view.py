"""What `revsearch search` prints of results."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from revsearch_tui.cli.output import Format, Stream
from revsearch_tui.core.search.results import Hit, SearchResult

_COLUMNS = ("rank", "score", "raw", "unit", "tier", "verified", "class", "confidence", "why", "search", "path")
_CSV_COLUMNS = ("query", "method", *_COLUMNS[:-1], "orientation", "file", "missing", "path")


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
        rows = [(_table_row if stream.form is Format.table else _row)(result, hit) for hit in result.hits]
    columns = _CSV_COLUMNS if stream.form is Format.csv else _columns(result.hits)
    if names_query and stream.form is Format.table:
        columns = ("query", *columns)
    stream.add(rows, columns=columns, document=_document(result) if stream.form is Format.json else None)


def _columns(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The columns of a table for people: those that tell something."""
    columns: tuple[str, ...] = _COLUMNS
    if all(hit.verified is None for hit in hits):
        columns = tuple(name for name in columns if name != "verified")
    if not any(hit.tier for hit in hits):
        columns = tuple(name for name in columns if name != "tier")
    if not any(hit.label for hit in hits):
        columns = tuple(name for name in columns if name not in ("class", "confidence"))
    if not any(hit.why for hit in hits):
        columns = tuple(name for name in columns if name != "why")
    if any(hit.orientation for hit in hits):
        columns = (*columns[:-1], "orientation", "path")
    return columns


def _row(result: SearchResult, hit: Hit) -> dict[str, Any]:
    row: dict[str, Any] = {
        "query": result.query,
        "method": hit.method,
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "raw": round(hit.raw, 6),
        "unit": hit.unit,
        "verified": hit.verified,
        "tier": hit.tier,
        "class": hit.label or None,
        "confidence": _rounded(hit.confidence),
        "why": list(hit.why),
        "search": "exact" if hit.exact else "approximate",
        "path": str(hit.path),
        "copies": [str(path) for path in hit.copies],
        "links": [str(path) for path in hit.links],
        "missing": [str(path) for path in hit.missing],
        "image_id": hit.image_id,
        "width": hit.width,
        "height": hit.height,
        "orientation": hit.orientation,
    }
    if hit.fused:
        row["methods"] = {part.method: {"rank": part.rank, "score": round(part.score, 6)} for part in hit.fused}
    return row


def _table_row(result: SearchResult, hit: Hit) -> dict[str, Any]:
    """A row whose path says as well whether it is there, and how many more there are."""
    told = " (missing)" if hit.path in hit.missing else ""
    told += f" +{len(hit.copies)} more" if hit.copies else ""
    told += f" +{len(hit.links)} linked" if hit.links else ""
    return {**_row(result, hit), "path": f"{hit.path}{told}"}


def _file_rows(result: SearchResult, hit: Hit) -> list[dict[str, Any]]:
    """A row for each of the hit's files."""
    row = _row(result, hit)
    return [
        {
            **row,
            "path": str(path),
            "file": "link" if path in hit.links else "copy" if number else "first",
            "missing": path in hit.missing,
        }
        for number, path in enumerate(hit.paths)
    ]


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)


def _document(result: SearchResult) -> dict[str, Any]:
    return {
        "query": result.query,
        "method": result.method,
        "gallery": result.gallery,
        "seconds": round(result.seconds, 4),
        "query_classes": [
            {"method": told.method, "class": told.label, "confidence": _rounded(told.confidence)}
            for told in result.query_classes
        ],
        "taken_for": list(result.taken_for),
        "hits": [{name: value for name, value in _row(result, hit).items() if name != "query"} for hit in result.hits],
    }
