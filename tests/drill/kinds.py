"""Every kind of file in a home: one file of each stands for the rest. And the ways in which a file is damaged."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from revsearch_tui.core.storage.journal.segment import Segment

_GARBLED_BYTES = 64
_C = "data/collections/pictures"


@dataclass(frozen=True, slots=True)
class Kind:
    """`pattern` is a glob below the home, whose first match is damaged. `home` names the home among those prepared.

    `by_user` are files that only the user can restore, `check` what looks at the file besides searching and indexing:
    `records`, `cache` (of evaluations) or `thumbnail`.
    """

    pattern: str
    by_user: bool = False
    check: str = ""
    home: str = "home"


KINDS: Mapping[str, Kind] = {
    "catalog": Kind(f"{_C}/catalog.sqlite"),
    "catalog's WAL": Kind(f"{_C}/catalog.sqlite-wal", home="home-wal"),
    "catalog.checked": Kind(f"{_C}/catalog.checked"),
    "collection.json": Kind(f"{_C}/collection.json", by_user=True),
    "writer.lock": Kind(f"{_C}/writer.lock"),
    "writer.json": Kind(f"{_C}/writer.json"),
    "description of an index key": Kind(f"{_C}/journal/sift-*.json"),
    **{
        f"journal of {method}, {part}": Kind(f"{_C}/journal/{method}-*/{part}")
        for method in ("phash", "sift", "cnn-softmax")
        for part in ("meta.json", "checked.json", *(f"segment-0000.{stream}" for stream in ("log", "ids", "vec")))
    },
    **{
        f"features, {part}": Kind(f"{_C}/features/sift-*/{part}")
        for part in ("meta.json", "checked.json", *(f"segment-0000.{s}" for s in ("log", "ids", "blob", "end")))
    },
    "ChromaDB, chroma.sqlite3": Kind(f"{_C}/chroma/phash-*/chroma.sqlite3"),
    **{
        f"ChromaDB, {part}": Kind(f"{_C}/chroma/phash-*/*/{part}")
        for part in ("header.bin", "data_level0.bin", "length.bin", "link_lists.bin", "index_metadata.pickle")
    },
    "config.toml": Kind("config/config.toml", by_user=True),
    "model's manifest": Kind("data/models/colours/manifest.json", by_user=True),
    "model's network": Kind("data/models/colours/network.onnx", by_user=True),
    "evaluation, record.json": Kind("data/evaluations/*/record.json", by_user=True, check="records"),
    "evaluation, answers.json": Kind("data/evaluations/*/answers.json", by_user=True, check="records"),
    **{
        f"evaluation's cache, {part}": Kind(f"cache/evaluation/phash-*/{part}", check="cache")
        for part in (
            *("cost.json", "writer.lock", "vectors/meta.json", "vectors/checked.json"),
            *(f"vectors/segment-0000.{stream}" for stream in ("log", "ids", "vec")),
        )
    },
    "descriptions of plugins": Kind("cache/descriptions/plugins-*.kept"),
    "thumbnail": Kind("cache/thumbnails/*/*/*.jpg", check="thumbnail"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` to `stop` are not what they were."""

    start: int
    stop: int


def _truncated(file: Path) -> Span:
    size = file.stat().st_size
    with file.open("rb+") as opened:
        opened.truncate(size // 2)
    return Span(size // 2, size)


def _garbled_at(part: int) -> Callable[[Path], Span]:
    def garbled(file: Path) -> Span:
        size = file.stat().st_size
        start = size // part
        count = min(_GARBLED_BYTES, size - start) or _GARBLED_BYTES
        with file.open("rb+") as opened:
            opened.seek(start)
            opened.write(random.Random(f"{file.name} {part}").randbytes(count))
        return Span(start, start + count)

    return garbled


def _deleted(file: Path) -> Span:
    size = file.stat().st_size
    file.unlink()
    return Span(0, size)


DAMAGES: Mapping[str, Callable[[Path], Span]] = {
    "truncated": _truncated,
    "garbled in the middle": _garbled_at(2),
    "garbled in the first quarter": _garbled_at(4),
    "deleted": _deleted,
}


def of_kind(home: Path, kind: Kind) -> Path:
    """The file of a home that stands for a kind."""
    return sorted(home.glob(kind.pattern))[0]


def rows_lost(file: Path, span: Span) -> int:
    """How many rows of a journal's segment are lost with these bytes: those of every commit that has any of them."""
    streams = ("ids", "blob", "end") if "features" in file.parts else ("ids", "vec")
    segment = Segment(file.with_suffix(""), streams)
    before = [0, *(commit.rows for commit in segment.commits)]
    stream = file.suffix[1:]
    if stream == "log":  # what one record says is needed to make sense of those behind it
        record = file.stat().st_size // len(segment.commits)
        return segment.rows - before[min(span.start // record, len(segment.commits))]
    place = streams.index(stream)
    starts = [0, *(commit.ends[place] for commit in segment.commits)]
    return sum(
        before[number + 1] - before[number]
        for number in range(len(segment.commits))
        if starts[number] < span.stop and span.start < starts[number + 1]
    )
