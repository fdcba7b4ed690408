"""Damage to what is stored is said at once, searching goes on with what is sound, and the next run mends just that."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from revsearch_tui.api import StorageError
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.upkeep import verify_keys
from tests.support.library import Library
from tests.support.program import revsearch, revsearch_json
from tests.support.stored import assert_sound, collection_of, features, journals, keys_of
from tests.support.texture import draw_many

PICTURES = 24


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an index of 24 pictures by phash and sift, committed 8 at a time, and its pictures."""
    folder = tmp_path_factory.mktemp("base")
    draw_many(folder / "pictures", PICTURES, side=96)
    library = Library(folder / "home", ("phash", "sift"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("revsearch_tui.core.indexing.indexer.COMMIT_PICTURES", 8)
        patch.setattr("revsearch_tui.core.indexing.indexer.COMMIT_SECONDS", 1e9)
        library.index(folder / "pictures")
    return folder


@pytest.fixture
def home(base: Path, tmp_path: Path) -> Path:
    """A copy of that home, over the same pictures."""
    shutil.copytree(base / "home", tmp_path / "home")
    return tmp_path / "home"


def file_of(home: Path, method: str, name: str, kind: str = "journal") -> Path:
    (key,) = (key.key for key in keys_of(home) if key.label == method)
    return collection_of(home).home / kind / key / name


def garble(path: Path, at: float = 0.1) -> None:
    """Change 16 bytes."""
    data = bytearray(path.read_bytes())
    start = int(len(data) * at)
    for place in range(start, min(start + 16, len(data))):
        data[place] ^= 0x5A
    path.write_bytes(data)


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def searched(home: Path, query: Path, method: str) -> tuple[list[Path], list[str]]:
    """Every hit's file, best first, and what was said."""
    library = Library(home, (method,))
    hits = library.search(query, k=PICTURES)
    return [hit.path for hit in hits], library.notes


def verdicts(home: Path) -> dict[str, str]:
    with Catalog(collection_of(home).catalog_file) as catalog:
        return {found.label: found.problem for found in verify_keys(collection_of(home), catalog)}


def test_verify_ends_with_3_where_something_is_damaged(home: Path) -> None:
    garble(file_of(home, "phash", "segment-0000.vec"))
    done = revsearch(home, "collections", "verify")
    assert done.returncode == 3
    assert b"phash: 1 damaged commits, 8 of 24 embeddings are damaged or lost\nsift: sound\n" in done.stderr


@pytest.mark.parametrize(
    "damage",
    [garble, pytest.param(halve, marks=pytest.mark.drill), Path.unlink],
    ids=["garbled", "truncated", "deleted"],
)
@pytest.mark.parametrize("stream", ["vec", "ids", "log"])
def test_damage_to_embeddings_is_said_and_mended(
    base: Path, home: Path, tmp_path: Path, damage: Callable[[Path], None], stream: str
) -> None:
    query = next((base / "pictures").glob("*.png"))
    damage(file_of(home, "phash", f"segment-0000.{stream}"))
    hits: list[Path] = []
    try:
        hits, (said,) = searched(home, query, "phash")
    except StorageError as error:  # nothing at all is left
        said = str(error)
    assert f"{PICTURES - len(hits)} of {PICTURES} embeddings are damaged or lost on the disk" in said
    assert "run: revsearch index -c pictures" in said
    if hits:
        assert searched(home, query, "phash") == (hits, [said]), "it is said as long as it is so"
    assert "embeddings are damaged or lost" in verdicts(home)["phash"]

    report = Library(home, ()).index()
    assert report.embedded == {"phash": PICTURES - len(hits), "sift": 0}, "only what was lost is made anew"
    assert_sound([home], journals(base / "home"), tmp_path)
    hits, notes = searched(home, query, "phash")
    assert len(hits) == PICTURES and not any("damaged or lost" in line for line in notes)
    assert set(verdicts(home).values()) == {""}


def test_damage_in_an_old_commit_leaves_the_others_searchable(base: Path, home: Path) -> None:
    garble(file_of(home, "phash", "segment-0000.vec"), at=0.1)
    query = next((base / "pictures").glob("*.png"))
    hits, (said,) = searched(home, query, "phash")
    assert len(hits) == PICTURES - 8 and "'phash': 8 of 24 embeddings" in said


@pytest.mark.parametrize(
    "damage",
    [garble, pytest.param(halve, marks=pytest.mark.drill), Path.unlink],
    ids=["garbled", "truncated", "deleted"],
)
@pytest.mark.parametrize("stream", ["blob", "end", "ids", "log"])
def test_damage_to_local_features_is_said_and_mended(
    base: Path, home: Path, tmp_path: Path, damage: Callable[[Path], None], stream: str
) -> None:
    query = next((base / "pictures").glob("*.png"))
    damage(file_of(home, "sift", f"segment-0000.{stream}", "features"))
    hits, (said,) = searched(home, query, "sift")
    assert len(hits) == PICTURES
    assert f"of {PICTURES} pictures are damaged or lost on the disk, and they are not verified" in said
    assert "local features of" in verdicts(home)["sift"]
    Library(home, ()).index()
    assert_sound([home], journals(base / "home"), tmp_path)
    assert features(home, "sift") == features(base / "home", "sift")
    assert not any("damaged or lost" in line for line in searched(home, query, "sift")[1])


def test_features_that_are_damaged_after_all_was_found_whole_are_missed(base: Path, home: Path) -> None:
    query = next((base / "pictures").glob("*.png"))
    assert searched(home, query, "sift")[1] == []
    garble(file_of(home, "sift", "segment-0000.blob", "features"))
    assert any("local features of 8 of 24 pictures" in line for line in searched(home, query, "sift")[1])


def test_a_large_journal_is_checked_beside_the_first_answer(
    base: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revsearch_tui.core.search.opened.LARGE_BYTES", 0)
    garble(file_of(home, "phash", "segment-0000.vec"))
    library = Library(home)
    library.search(next((base / "pictures").glob("*.png")))
    assert any("8 of 24 embeddings are damaged" in note for note in library.notes), "said before the engine is closed"


def test_damaged_features_of_a_large_journal_are_noticed_when_they_are_used(
    base: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revsearch_tui.core.search.opened.LARGE_BYTES", 0)
    garble(file_of(home, "sift", "segment-0000.blob", "features"))
    library = Library(home, ("sift",))
    query = next((base / "pictures").glob("*.png"))
    hits = library.search(query, k=PICTURES)
    assert len(hits) == PICTURES


def test_what_was_looked_at_is_not_looked_at_again_until_it_changes(
    base: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from revsearch_tui.core.storage.journal.segment import Segment

    looked: list[Path] = []
    original = Segment.damaged_commits

    def watched(self: Segment, streams: tuple[str, ...] = ()) -> list[int]:
        looked.append(self.stem)
        return original(self, streams)

    monkeypatch.setattr(Segment, "damaged_commits", watched)
    library = Library(base / "home")
    query = next((base / "pictures").glob("*.png"))
    library.search(query)
    assert looked == [], "what this program wrote itself it need not look at"
    library = Library(home)
    library.search(query)
    assert len(looked) == 1, "a copy is another file"
    library.search(query)
    assert len(looked) == 1
    os.utime(file_of(home, "phash", "segment-0000.vec"))
    library.search(query)
    assert len(looked) == 2


def test_an_open_engine_notices_damage_that_comes_later(base: Path, home: Path) -> None:
    from revsearch_tui.api import NullControl
    from revsearch_tui.core.search.sources import read_query

    library = Library(home)
    engine = open_engine(
        library.workspace, library.workspace.collection("pictures"), NullControl(), library.notes.append
    )
    query = [read_query(str(next((base / "pictures").glob("*.png"))))]
    request = search_request(library.workspace, library.workspace.choose(["phash"]), k=PICTURES)
    try:
        assert engine.search(query, request)[0].notes == ()
        garble(file_of(home, "phash", "segment-0000.vec"))
        (result,) = engine.search(query, request)
    finally:
        engine.close()
    assert len(result.hits) == PICTURES - 8 and "8 of 24 embeddings are damaged" in result.notes[0]


def zero(path: Path) -> None:
    os.truncate(path, 0)


def garble_pages(path: Path) -> None:
    for at in (0.2, 0.4, 0.6, 0.8):
        garble(path, at)


@pytest.mark.drill
@pytest.mark.parametrize(
    "damage", [garble_pages, halve, zero, Path.unlink], ids=["garbled", "truncated", "emptied", "deleted"]
)
def test_a_lost_catalog_is_made_anew_without_embedding(
    base: Path, home: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    with Catalog(collection_of(home).catalog_file) as catalog:
        files = [(row.path, row.image_id) for row in catalog.files()]
    damage(collection_of(home).catalog_file)
    query = next((base / "pictures").glob("*.png"))
    done = revsearch(home, "search", query)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"is damaged" in done.stderr and b"run: revsearch index -c pictures" in done.stderr
    done = revsearch(home, "index", "-f", "json")
    assert done.returncode == 0, done.stderr
    assert b"it is made anew from the folders, embeddings are kept" in done.stderr
    assert json.loads(done.stdout)["embedded"] == {"phash": 0, "sift": 0}
    assert_sound([home], journals(base / "home"), tmp_path)
    with Catalog(collection_of(home).catalog_file) as catalog:
        assert [(row.path, row.image_id) for row in catalog.files()] == files
    assert searched(home, query, "sift")[0] == searched(base / "home", query, "sift")[0]


def test_an_index_that_was_dropped_does_not_come_back(home: Path) -> None:
    assert revsearch(home, "collections", "drop", "pictures", "-m", "sift", "--yes").returncode == 0
    collection_of(home).catalog_file.unlink()
    report = revsearch_json(home, "index")
    assert report["embedded"] == {"phash": 0}
