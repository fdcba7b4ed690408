"""A copy of a home has other times than the original. It is taken for what it is, and real damage is still seen."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.store import keeper
from revsearch_tui.core.storage.store.fingerprint import as_left, fingerprint, index_is_untouched
from tests.support.library import Library
from tests.support.program import revsearch
from tests.support.stored import assert_sound, collection_of, journals, keys_of
from tests.support.texture import draw_many


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `pictures` and `home`, 220 pictures indexed: enough for ChromaDB to write its index."""
    base = tmp_path_factory.mktemp("indexed")
    draw_many(base / "pictures", 220, side=16)
    Library(base / "home").index(base / "pictures")
    return base


def _plainly(home: Path, target: Path) -> None:
    shutil.copytree(home, target, copy_function=shutil.copy)


def _by_tar(home: Path, target: Path) -> None:
    """As an archive in the old format restores it: times in whole seconds."""
    target.mkdir()
    archive = target.with_suffix(".tar")
    subprocess.run(["tar", "--format=ustar", "-C", str(home), "-cf", str(archive), "."], check=True)
    subprocess.run(["tar", "-C", str(target), "-xf", str(archive)], check=True)


def _care(home: Path) -> bool:
    collection = collection_of(home)
    with Catalog(collection.catalog_file) as catalog:
        return any(keeper.needs_care(collection, catalog, key) for key in catalog.index_keys())


def _state(home: Path) -> str:
    collection = collection_of(home)
    with Catalog(collection.catalog_file) as catalog:
        return str(catalog.chroma_state(keys_of(home)[0].key)[1])


def _set_state(home: Path, state: str) -> None:
    with Catalog(collection_of(home).catalog_file) as catalog:
        key = keys_of(home)[0].key
        catalog.set_chroma_state(key, catalog.chroma_state(key)[0], state)


def _chroma(home: Path) -> Path:
    return collection_of(home).chroma_folder(keys_of(home)[0].key)


@pytest.mark.parametrize("copy", [_plainly, pytest.param(_by_tar, marks=pytest.mark.drill)])
def test_a_copied_home_is_not_taken_for_damage(
    indexed: Path, tmp_path: Path, copy: Callable[[Path, Path], None]
) -> None:
    home = tmp_path / "home"
    copy(indexed / "home", home)
    segments = {path.name for path in _chroma(home).iterdir()}
    library = Library(home)
    query = indexed / "pictures" / "0042.png"
    assert library.found(query, approximate=True) == [query]
    assert library.index().notes == library.notes == []
    assert {path.name for path in _chroma(home).iterdir()} == segments
    assert_sound([home], journals(indexed / "home"), tmp_path)


def test_the_times_of_a_copy_are_noted_so_that_it_is_read_once(indexed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    _plainly(indexed / "home", home)
    noted = _state(home)
    assert not _care(home)
    assert _state(home) != noted
    assert as_left(_chroma(home), _state(home)) == _state(home)


@pytest.mark.drill
def test_a_copy_of_an_index_that_is_in_use_is_sound_too(indexed: Path, tmp_path: Path) -> None:
    used, home = tmp_path / "used", tmp_path / "home"
    shutil.copytree(indexed / "home", used, copy_function=shutil.copy2)
    query = indexed / "pictures" / "0007.png"
    assert Library(used).found(query, approximate=True) == [query]  # ChromaDB writes to its database on opening it
    _plainly(used, home)
    library = Library(home)
    segments = {path.name for path in _chroma(home).iterdir()}
    assert library.found(query, approximate=True) == [query]
    assert library.notes == []
    assert {path.name for path in _chroma(home).iterdir()} == segments


def _garble(path: Path) -> None:
    path.write_bytes(bytes(byte ^ 0x5A for byte in path.read_bytes()))


@pytest.mark.parametrize("name", ["data_level0.bin", "link_lists.bin", "chroma.sqlite3"])
def test_damage_to_a_copy_is_seen(indexed: Path, tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    _plainly(indexed / "home", home)
    _garble(next(_chroma(home).rglob(name)))
    library = Library(home)
    assert "rebuilt from the journal" in library.index().notes[0]
    assert_sound([home], journals(indexed / "home"), tmp_path)


@pytest.mark.drill
def test_rows_that_another_program_wrote_to_a_copy_are_seen(indexed: Path, tmp_path: Path) -> None:
    import chromadb
    from chromadb.config import Settings

    home = tmp_path / "home"
    _plainly(indexed / "home", home)
    client = chromadb.PersistentClient(str(_chroma(home)), settings=Settings(anonymized_telemetry=False))
    rows = client.get_collection(keys_of(home)[0].key, embedding_function=None)
    rows.delete(ids=rows.get(limit=3, include=[])["ids"])
    client.close()
    assert _care(home)
    Library(home).index()
    assert_sound([home], journals(indexed / "home"), tmp_path)


def test_a_state_without_contents_goes_by_times_as_it_did(indexed: Path, tmp_path: Path) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy"
    shutil.copytree(indexed / "home", home, copy_function=shutil.copy2)
    plain = json.dumps({name: seen[:2] for name, seen in json.loads(_state(home)).items()}, separators=(",", ":"))
    _set_state(home, plain)
    assert not _care(home)
    assert _state(home) == plain
    _plainly(home, copy)
    assert _care(copy)
    assert not index_is_untouched(_chroma(copy), plain)


def test_contents_of_unchanged_files_are_taken_over(indexed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(indexed / "home", home, copy_function=shutil.copy2)
    before = _state(home)
    told = {name: [*seen[:2], "known"] for name, seen in json.loads(before).items()}
    database = _chroma(home) / "chroma.sqlite3"
    os.utime(database)
    after = json.loads(fingerprint(_chroma(home), json.dumps(told)))
    assert {seen[2] for name, seen in after.items() if name != database.name} == {"known"}
    assert after[database.name][2] == json.loads(before)[database.name][2]


def test_a_state_that_somebody_else_noted_meanwhile_is_not_overwritten(indexed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(indexed / "home", home, copy_function=shutil.copy2)
    key = keys_of(home)[0].key
    with Catalog(collection_of(home).catalog_file) as catalog:
        catalog.set_chroma_state(key, 220, "writing {}")
        catalog.renew_chroma_state(key, "what I read", "what I saw")
        assert catalog.chroma_state(key) == (220, "writing {}")


def test_the_note_of_a_writer_that_was_copied_along_holds_nobody_up(indexed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    _plainly(indexed / "home", home)
    holder = {"pid": os.getpid(), "host": "elsewhere", "purpose": "indexing", "since": 0}
    (collection_of(home).home / "writer.json").write_text(json.dumps(holder))
    (collection_of(home).home / "writer.lock").touch()
    done = revsearch(home, "index", "--quiet")
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_state_of_a_server_says_nothing_about_files(indexed: Path) -> None:
    assert as_left(_chroma(indexed / "home"), "server http://localhost:8000") is None
    assert not index_is_untouched(_chroma(indexed / "home"), "server http://localhost:8000")


def test_the_catalog_of_a_copy_is_whole(indexed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    _plainly(indexed / "home", home)
    with sqlite3.connect(collection_of(home).catalog_file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
