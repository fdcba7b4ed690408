"""A pair that was judged no match is no hit of either, one that was judged a match comes after the same file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import SearchResult
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import search_request
from revsearch_tui.core.storage.judgements import Verdict, forget, judge
from tests.support.library import Library

METHODS = [("phash",), ("sift",), ("phash", "sift")]


def picture(engine: SearchEngine, number: int) -> Path:
    return engine.collection.roots[0] / f"p{number:02}.png"


def search(
    library: Library, engine: SearchEngine, number: int, methods: tuple[str, ...], **changes: object
) -> SearchResult:
    request = search_request(library.workspace, library.workspace.choose(methods), **changes)
    return engine.search([read_query(str(picture(engine, number)))], request)[0]


def numbers(result: SearchResult) -> list[int]:
    return [int(hit.path.stem[1:]) for hit in result.hits]


class _Said:
    """What is said of pictures by number, until the block ends."""

    def __init__(self, engine: SearchEngine, verdict: Verdict, *pairs: tuple[int, int]) -> None:
        self.home, self.verdict = engine.collection.home, verdict
        self.pairs = [
            tuple(hashlib.sha256(picture(engine, each).read_bytes()).digest() for each in pair) for pair in pairs
        ]

    def __enter__(self) -> None:
        judge(self.home, self.pairs, [("", "")] * len(self.pairs), self.verdict)  # type: ignore[arg-type]

    def __exit__(self, *_: object) -> None:
        forget(self.home, self.pairs)  # type: ignore[arg-type]


@pytest.mark.parametrize("methods", METHODS)
def test_no_match_is_no_hit_in_either_direction_and_is_told(
    library: Library, engine: SearchEngine, methods: tuple[str, ...]
) -> None:
    before = search(library, engine, 3, methods, k=4)
    _, wrong, *rest = numbers(before)
    with _Said(engine, "no match", (3, wrong)):
        after = search(library, engine, 3, methods, k=4)
        assert numbers(after)[:3] == [3, *rest] and len(after.hits) == 4
        assert [hit.rank for hit in after.hits] == [1, 2, 3, 4]
        assert "1 picture is left out as judged no match; see: revsearch judgements -c pictures" in after.notes
        assert 3 not in numbers(search(library, engine, wrong, methods, k=12))
    assert numbers(search(library, engine, 3, methods, k=4)) == numbers(before)


@pytest.mark.parametrize("methods", METHODS)
def test_a_match_comes_right_after_the_same_file_however_far_it_was(
    library: Library, engine: SearchEngine, methods: tuple[str, ...]
) -> None:
    before = numbers(search(library, engine, 3, methods, k=12))
    last = before[-1]
    with _Said(engine, "match", (3, last)):
        after = search(library, engine, 3, methods, k=4)
        assert numbers(after) == [3, last, *before[1:3]]
        assert after.hits[1].why == ("judged a match",) and [hit.rank for hit in after.hits] == [1, 2, 3, 4]
        filtered = search(library, engine, 3, methods, k=12, glob=[f"p{before[1]:02}.png"])
        assert numbers(filtered) == [before[1]], "it passes the filters as other hits do"


def test_part_of_a_picture_is_another_query(library: Library, engine: SearchEngine) -> None:
    whole = numbers(search(library, engine, 3, ("phash",), k=12, crop="0,0,50%,50%"))
    with _Said(engine, "no match", (3, whole[0])):
        assert numbers(search(library, engine, 3, ("phash",), k=12, crop="0,0,50%,50%")) == whole
