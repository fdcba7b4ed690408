"""Whatever happens to ChromaDB's files, the next command puts them right, says so in one line, and answers rightly."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.storage.catalog.catalog import Catalog
from tests.support.library import Library
from tests.support.program import revsearch, revsearch_json
from tests.support.stored import assert_sound, collection_of, journals
from tests.support.texture import draw, draw_many


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `pictures` and `home`, 220 pictures indexed: enough for ChromaDB to write its index."""
    base = tmp_path_factory.mktemp("indexed")
    draw_many(base / "pictures", 220, side=16)
    done = revsearch(base / "home", "index", base / "pictures", "-m", "phash", "--quiet")
    assert done.returncode == 0, done.stderr
    return base


def _database(folder: Path) -> Path:
    return next(folder.glob("*/chroma.sqlite3"))


def _index_file(folder: Path, name: str) -> Path:
    return next(folder.glob(f"*/*/{name}"))


def _garble(path: Path) -> None:
    path.write_bytes(bytes(byte ^ 0x5A for byte in path.read_bytes()))


def _truncate(path: Path) -> None:
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size // 3)


HARM: dict[str, Callable[[Path], object]] = {
    "the folder is deleted": shutil.rmtree,
    "one database is deleted": lambda folder: shutil.rmtree(_database(folder).parent),
    "the database is truncated": lambda folder: _truncate(_database(folder)),
    "the database is garbled": lambda folder: _garble(_database(folder)),
    "the vectors are garbled": lambda folder: _garble(_index_file(folder, "data_level0.bin")),
    "the links are garbled": lambda folder: _garble(_index_file(folder, "link_lists.bin")),
    "the header is truncated": lambda folder: _truncate(_index_file(folder, "header.bin")),
    "the table of ids is deleted": lambda folder: _index_file(folder, "index_metadata.pickle").unlink(),
}


CASES = [
    pytest.param(name, ("search", "index")[number % 2], marks=[pytest.mark.drill] if number > 3 else [])
    for number, name in enumerate(HARM)
]
CASES.append(pytest.param("the folder is deleted", "index", marks=pytest.mark.drill))


@pytest.mark.parametrize(("harm", "command"), CASES)
def test_harm_done_by_hand_is_mended_by_the_next_command(
    indexed: Path, tmp_path: Path, harm: str, command: str
) -> None:
    home = tmp_path / "home"
    shutil.copytree(indexed / "home", home, copy_function=shutil.copy2)
    expected = journals(home)
    HARM[harm](collection_of(home).home / "chroma")
    query = indexed / "pictures" / "0042.png"
    arguments = {"search": ("search", query, "-m", "phash", "--approximate", "-k", "1"), "index": ("index",)}[command]
    done = revsearch(home, *arguments)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1
    assert "rebuilt from the journal, nothing is lost: 'phash' was" in lines[0]
    hits = revsearch_json(home, "search", query, "-m", "phash", "--approximate", "-k", "1")[0]["hits"]
    assert (hits[0]["path"], hits[0]["raw"]) == (str(query), 0)
    assert_sound([home], expected, tmp_path)


def test_a_copy_of_an_index_with_other_times_stays_right(indexed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(indexed / "home", home, copy_function=shutil.copy)
    assert revsearch(home, "index").returncode == 0
    assert_sound([home], journals(indexed / "home"), tmp_path)


def test_reading_leaves_chromadb_as_it_was(indexed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(indexed / "home", home, copy_function=shutil.copy2)
    library = Library(home)
    query = indexed / "pictures" / "0042.png"
    assert library.found(query, approximate=True) == [query]
    with Catalog(collection_of(home).catalog_file) as catalog:
        from revsearch_tui.core.storage.store.keeper import needs_care

        for key in catalog.index_keys():
            assert not needs_care(collection_of(home), catalog, key)


def test_a_small_collection_can_be_read_without_harm_too(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    paths = draw_many(tmp_path / "pictures", 2, side=16)
    library.index(tmp_path / "pictures")
    for _ in range(2):
        assert library.found(paths[1], approximate=True) == [paths[1]]
    assert library.index().notes == []
    assert library.notes == []


def test_a_rebuild_while_a_search_engine_is_open_disturbs_neither(tmp_path: Path) -> None:
    from revsearch_tui.api import IndexBusyError, NullControl
    from revsearch_tui.core.search.sources import read_query

    library = Library(tmp_path / "home")
    paths = draw_many(tmp_path / "pictures", 10, side=16)
    library.index(tmp_path / "pictures")
    workspace = library.workspace
    engine = open_engine(workspace, workspace.collection("pictures"), NullControl(), library.notes.append)
    request = search_request(workspace, workspace.choose(["phash"]), k=1, exactness="approximate")

    def first(path: Path) -> tuple[Path, bool]:
        hit = engine.search([read_query(str(path))], request)[0].hits[0]
        return hit.path, hit.exact

    assert first(paths[3]) == (paths[3], False)
    shutil.rmtree(collection_of(library.home).home / "chroma")
    draw(tmp_path / "pictures" / "late.png", 99)
    problems: list[BaseException] = []

    def index() -> None:
        try:
            library.index()
        except IndexBusyError:  # the search is mending ChromaDB: wait until that is done
            index()
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=index)
    thread.start()
    while thread.is_alive():
        assert first(paths[5])[0] == paths[5]
    thread.join()
    assert not problems
    late = tmp_path / "pictures" / "late.png"
    assert first(late) == (late, False)
    engine.close()
    assert set(library.in_chroma()) == library.pictures()


def test_nothing_is_stored_as_pickle_by_revsearch(indexed: Path) -> None:
    home = indexed / "home" / "data" / "collections" / "pictures"
    for path in home.rglob("*"):
        if "chroma" not in path.relative_to(home).parts and path.is_file():
            assert path.suffix not in (".pickle", ".pkl", ".npy")
            assert not path.read_bytes().startswith(b"\x80\x04"), os.fspath(path)
