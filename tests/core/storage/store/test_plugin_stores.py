"""Vector stores of plugins keep what the journal holds, as ChromaDB does, and nothing is lost with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from revsearch_tui.api import MethodUnavailableError, NullControl, StorageError, StorePlace, UsageError
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.storage.adoption import adopt
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.dropping import drop
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw_folder
from tests.support.library import Library
from tests.support.site import install
from tests.support.stored import keys_of
from tests.support.stores import FileStore

SOURCE = """
from revsearch_tui.api import StoreInfo, hookimpl
from tests.support.stores import FileStore

@hookimpl
def revsearch_vector_stores():
    return [
        StoreInfo("files", "Files", "One file.", "tests.support.stores:FileStore"),
        StoreInfo("broken", "Broken", "Writes nothing.", "more_stores:Broken"),
    ]

class Broken(FileStore):
    def upsert(self, ids, rows, metadata):
        raise SystemExit("no")
"""


class Kept(Library):
    """A collection with a store of its own."""

    store = "files"

    @property
    def collection(self) -> Collection:
        return self.workspace.collection("pictures")

    def index(self, *roots: Path, **changes: object):
        return index_collection(
            self.workspace, "pictures", roots, self.methods,
            control=NullControl(), changes={"workers": 1, **changes}, store=self.store if roots else None,
        )  # fmt: skip

    def again(self) -> None:
        """As a new start of the program."""
        self.workspace = Workspace(self.workspace.folders)

    def in_store(self) -> set[bytes]:
        place = self.collection.store_folder(keys_of(self.home)[0].key)
        return set(FileStore(StorePlace(place, "k", "hamming", 256)).rows)

    def rows_noted(self) -> int:
        with Catalog(self.collection.catalog_file) as catalog:
            return catalog.chroma_state(keys_of(self.home)[0].key)[0]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_folder(tmp_path / "pictures", range(8))


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    install(tmp_path / "site", "more-stores", SOURCE)
    monkeypatch.syspath_prepend(tmp_path / "site")
    return Kept(tmp_path / "home")


def queried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Filled with the number of hits asked for, at each query of the store."""
    asked: list[int] = []
    query = FileStore.query

    def counted(self: FileStore, embedding: object, k: int) -> list[bytes]:
        asked.append(k)
        return query(self, embedding, k)

    monkeypatch.setattr(FileStore, "query", counted)
    return asked


def test_a_new_collection_has_its_vectors_in_the_store_and_remembers_that(library: Kept, pictures: Path) -> None:
    library.index(pictures)
    collection = library.collection
    assert collection.store == "files" and json.loads((collection.home / "collection.json").read_text())["store"]
    assert library.in_store() == library.in_journal() == library.pictures()
    assert not (collection.home / "chroma").exists()
    library.again()
    draw_folder(pictures, range(8, 10))
    assert not library.index().notes and library.in_store() == library.pictures() and library.rows_noted() == 10


def test_approximate_searches_ask_the_store_and_exact_ones_do_not(
    library: Kept, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index(pictures)
    asked = queried(monkeypatch)
    query = pictures / "p03.png"
    exact = library.search(query)
    assert not asked
    assert [hit.image_id for hit in library.search(query, approximate=True)] == [hit.image_id for hit in exact]
    assert asked


def test_the_store_follows_what_becomes_of_files(library: Kept, pictures: Path) -> None:
    library.index(pictures)
    (pictures / "p01.png").rename(pictures / "new name.png")
    (pictures / "p02.png").unlink()
    library.index()
    assert library.in_store() == library.pictures() and len(library.in_store()) == 7


@pytest.mark.parametrize("harm", ["cut", "gone", "killed"])
def test_a_store_that_was_harmed_is_made_anew_of_the_journal(library: Kept, pictures: Path, harm: str) -> None:
    library.index(pictures)
    key = keys_of(library.home)[0].key
    file = library.collection.store_folder(key) / "rows.npz"
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:100])
    elif harm == "gone":
        file.unlink()
    else:
        with Catalog(library.collection.catalog_file) as catalog:
            catalog.set_chroma_state(key, 4, "writing {}")
    assert library.search(pictures / "p03.png", approximate=True)[0].path.name == "p03.png"
    word = {"cut": "damaged", "gone": "missing", "killed": "left unfinished"}[harm]
    assert library.notes == [
        f"the store 'files''s data was rebuilt from the journal, nothing is lost: 'phash' was {word}"
    ]
    assert library.in_store() == library.pictures()


def test_without_its_plugin_a_collection_is_searched_and_indexed_all_the_same(
    library: Kept, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index(pictures)
    monkeypatch.setenv("REVSEARCH_LOAD_PLUGINS", "phash")
    library.again()
    draw_folder(pictures, range(8, 10))
    (note,) = library.index().notes
    assert "there is no store 'files'" in note and "searches are exact" in note
    assert library.search(pictures / "p09.png", approximate=True)[0].path.name == "p09.png"
    monkeypatch.delenv("REVSEARCH_LOAD_PLUGINS")
    library.again()
    library.index()
    assert library.in_store() == library.pictures() and len(library.in_store()) == 10


def test_a_store_that_fails_costs_no_embedding(library: Kept, pictures: Path) -> None:
    library.store = "broken"
    with pytest.raises(StorageError, match=r"the store 'broken' could not be written \(.*SystemExit: no\); the emb"):
        library.index(pictures)
    assert len(library.in_journal()) == 8
    assert library.search(pictures / "p03.png", approximate=True)[0].path.name == "p03.png"


def test_a_store_is_chosen_when_a_collection_is_made(library: Kept, pictures: Path) -> None:
    library.store = "filed"
    with pytest.raises(MethodUnavailableError, match="there is no store 'filed'; did you mean 'files'"):
        library.index(pictures)
    assert not library.workspace.collections()
    library.store = "files"
    library.index(pictures)
    library.store = "chroma"
    with pytest.raises(UsageError, match="has its vectors in 'files', as was chosen when it was made; for 'chroma'"):
        library.index(pictures)


def test_the_configured_store_is_that_of_new_collections(
    library: Kept, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVSEARCH_STORE_NAME", "files")
    index_collection(library.workspace, "other", [pictures], ["phash"], control=NullControl(), changes={"workers": 1})
    assert library.workspace.collection("other").store == "files"


def test_an_index_that_lost_its_description_is_taken_up_with_its_store(library: Kept, pictures: Path) -> None:
    library.index(pictures)
    (library.collection.home / "collection.json").unlink()
    assert adopt(library.workspace.folders.collections, "pictures").store == "files"
    assert not library.index().notes and len(library.in_store()) == 8


def test_dropping_frees_the_store(library: Kept, pictures: Path) -> None:
    library.index(pictures)
    collection, keys = library.collection, keys_of(library.home)
    drop(collection, keys, store=library.workspace.store_kind(collection))
    assert not collection.store_folder(keys[0].key).exists()
