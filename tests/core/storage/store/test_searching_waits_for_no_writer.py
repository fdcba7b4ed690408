"""Searching reads the journal: ChromaDB is mended only where it is asked, and is no reason to wait."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.store.chroma import ChromaIndex
from tests.support.library import Library
from tests.support.program import revsearch, revsearch_json
from tests.support.stored import collection_of
from tests.support.texture import draw_many


@pytest.fixture
def behind(tmp_path: Path) -> Library:
    """A library whose journal holds 300 pictures of which ChromaDB knows 20, as a run killed before it leaves them."""
    library = Library(tmp_path / "home")
    draw_many(tmp_path / "pictures", 20, side=16)
    library.index(tmp_path / "pictures")
    chroma = collection_of(library.home).home / "chroma"
    shutil.copytree(chroma, tmp_path / "before", copy_function=shutil.copy2)
    with Catalog(collection_of(library.home).catalog_file) as catalog:
        (key,) = catalog.index_keys()
        state = catalog.chroma_state(key.key)
    draw_many(tmp_path / "pictures" / "more", 280, side=16, first_seed=20)
    library.index()
    shutil.rmtree(chroma)
    (tmp_path / "before").rename(chroma)
    with Catalog(collection_of(library.home).catalog_file) as catalog:
        catalog.set_chroma_state(key.key, *state)
    return library


def _rows_in_chroma(library: Library) -> int:
    with Catalog(collection_of(library.home).catalog_file) as catalog:
        (key,) = catalog.index_keys()
        return catalog.chroma_state(key.key)[0]


def _last(tmp_path: Path) -> Path:
    return sorted((tmp_path / "pictures" / "more").iterdir())[-1]


def test_an_exact_search_after_an_interrupted_index_leaves_chromadb_alone(behind: Library, tmp_path: Path) -> None:
    before = _rows_in_chroma(behind)
    query = _last(tmp_path)
    hits = revsearch_json(behind.home, "search", query, "-m", "phash", "-k", "1")[0]["hits"]
    assert (hits[0]["path"], hits[0]["search"]) == (str(query), "exact")
    assert _rows_in_chroma(behind) == before


def test_a_search_for_what_chromadb_does_not_know_yet_is_answered_exactly(
    behind: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVSEARCH_SEARCH_EXACT_LIMIT", "10")
    query = _last(tmp_path)
    hits = revsearch_json(behind.home, "search", query, "-m", "phash", "-k", "1")[0]["hits"]
    assert (hits[0]["path"], hits[0]["search"]) == (str(query), "exact")


def test_a_search_that_asks_for_chromadb_has_it_mended(behind: Library, tmp_path: Path) -> None:
    query = _last(tmp_path)
    hits = revsearch_json(behind.home, "search", query, "-m", "phash", "-k", "1", "--approximate")[0]["hits"]
    assert (hits[0]["path"], hits[0]["search"]) == (str(query), "approximate")
    assert _rows_in_chroma(behind) == 300


def test_a_search_that_asks_for_chromadb_does_not_wait_for_who_writes(behind: Library, tmp_path: Path) -> None:
    query = _last(tmp_path)
    with writer_lock(collection_of(behind.home).home, "indexing"):
        hits = revsearch_json(behind.home, "search", query, "-m", "phash", "-k", "1", "--approximate")[0]["hits"]
    assert (hits[0]["path"], hits[0]["search"]) == (str(query), "exact")


def test_the_next_index_run_brings_chromadb_in_step(behind: Library) -> None:
    assert revsearch(behind.home, "index").returncode == 0
    assert _rows_in_chroma(behind) == 300


def test_a_query_of_chromadb_does_not_count_its_rows(
    behind: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert behind.index().notes == []

    def count(_self: ChromaIndex) -> int:
        raise AssertionError("rows are counted at every query")

    monkeypatch.setattr(ChromaIndex, "count", count)
    query = _last(tmp_path)
    (hit,) = behind.search(query, approximate=True, k=1)
    assert (hit.path, hit.exact) == (query, False)
