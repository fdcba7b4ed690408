"""Where query pictures come from: a file, standard input, a URL."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from revsearch_tui.api import UsageError


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """A query as bytes, with the name users know it by."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds on fetching a query from the network: bytes, and seconds for each wait and for the whole."""

    max_bytes: int = 50_000_000
    timeout_s: float = 10.0
    total_s: float = 60.0


def read_query(source: str, limits: FetchLimits | None = None) -> QueryPicture:
    """The bytes behind a path, `-` (standard input) or an http(s) URL. Raises `UsageError`."""
    limits = limits or FetchLimits()
    if source == "-":
        data = sys.stdin.buffer.read(limits.max_bytes + 1)
        if not data:
            raise UsageError("nothing came on standard input; pipe a picture into '-'")
        if len(data) > limits.max_bytes:
            raise UsageError(f"what came on standard input is larger than {limits.max_bytes // 1_000_000} MB")
        return QueryPicture("-", data)
    if source.startswith(("http://", "https://")):
        from revsearch_tui.core.search.fetch import fetch

        return QueryPicture(source, fetch(source, limits))
    path = Path(source).expanduser()
    if path.is_dir():
        raise UsageError(f"'{source}' is a folder; give a picture as the query")
    try:
        return QueryPicture(source, path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"'{source}' does not exist; give a picture file, a URL or '-'") from None
    except OSError as error:
        raise UsageError(f"'{source}' cannot be read: {error.strerror or error}") from None
