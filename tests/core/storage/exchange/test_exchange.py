"""Indexes are carried from one home to another, joined and refused where they are damaged; no vector is computed."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from revsearch_tui.api import Cancelled, NullControl, StorageError, UsageError
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import open_collection
from revsearch_tui.core.storage.exchange.archive import ArchiveSource
from revsearch_tui.core.storage.exchange.carrying import export, follow, merge, take_file
from revsearch_tui.core.storage.judgements import judge, judgements_of
from tests.support.drawn import draw, draw_folder
from tests.support.library import Library
from tests.support.stored import catalog_rows, collection_of, journals, keys_of, stored_bytes

METHODS = ("phash", "sift")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders of six pictures each, two of them in both and one in one of them twice, and their indexes `one`,
    `two` and `both`; `one` has a file that is no picture."""
    base = tmp_path_factory.mktemp("exchange")
    draw_folder(base / "pictures" / "one", range(6))
    draw_folder(base / "pictures" / "two", range(4, 10))
    shutil.copy(base / "pictures" / "one" / "p00.png", base / "pictures" / "one" / "again.png")
    (base / "pictures" / "one" / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    for name, folders in {"one": ("one",), "two": ("two",), "both": ("one", "two")}.items():
        Library(base / name, METHODS).index(*(base / "pictures" / folder for folder in folders))
    return base


def carried(home: Path, to: Path) -> Path:
    """The file in which the collection of a home was exported."""
    notes: list[str] = []
    collection = open_collection(home / "data" / "collections", "pictures")
    file = export(collection, to, NullControl(), notes.append)
    assert not notes
    return file


def arrived(file: Path, home: Path) -> Library:
    """A home in which the file was imported, and ChromaDB has followed."""
    joined = take_file(home / "data" / "collections", file, "pictures", "chroma", NullControl())
    assert not joined.notes
    follow(joined.collection, NullControl(), lambda _line: None)
    return Library(home, METHODS)


def homes_of(home: Path) -> list[str]:
    """What lies among the collections of a home."""
    return sorted(path.name for path in (home / "data" / "collections").glob("*"))


def test_what_was_imported_is_what_was_exported(base: Path, tmp_path: Path) -> None:
    library = arrived(carried(base / "one", tmp_path), tmp_path / "home")
    assert stored_bytes(tmp_path / "home") == stored_bytes(base / "one")
    assert catalog_rows(tmp_path / "home") == catalog_rows(base / "one")
    assert library.skipped() == Library(base / "one").skipped() != {}
    query = base / "pictures" / "two" / "p04.png"
    assert library.search(query) == Library(base / "one", METHODS).search(query)
    assert library.in_chroma() == Library(base / "one").in_chroma()


def test_the_next_run_over_what_was_imported_decodes_nothing(base: Path, tmp_path: Path) -> None:
    library = arrived(carried(base / "one", tmp_path), tmp_path / "home")
    report = library.index()
    assert (report.decoded, report.removed, report.unchanged) == (0, 0, 8)
    assert all(key.complete for key in keys_of(tmp_path / "home"))


def test_the_same_index_makes_the_same_file(base: Path, tmp_path: Path) -> None:
    first = carried(base / "one", tmp_path / "first.revsearch").read_bytes()
    assert first == carried(base / "one", tmp_path / "second.revsearch").read_bytes()


def test_two_joined_are_as_if_they_had_been_indexed_together(base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "collections"
    files = [str(carried(base / name, tmp_path / f"{name}.revsearch")) for name in ("one", "two")]
    for _ in range(2):  # the second time there is nothing to do
        joined = merge(folder, files, "pictures", "chroma", NullControl())
        follow(joined.collection, NullControl(), lambda _line: None)
        assert not joined.notes
        assert stored_bytes(tmp_path) == stored_bytes(base / "both")
        assert catalog_rows(tmp_path) == catalog_rows(base / "both")
    library = Library(tmp_path, METHODS)
    assert library.in_chroma() == Library(base / "both").in_chroma()
    query = base / "pictures" / "two" / "p05.png"
    hits = library.search(query)
    assert len(hits[0].paths) == 2, "one row of both files"
    assert hits == Library(base / "both", METHODS).search(query)


def test_collections_by_name_are_joined_into_one_that_is_there(base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "collections"
    shutil.copytree(base / "two" / "data" / "collections" / "pictures", folder / "other")
    description = folder / "other" / "collection.json"
    arrived(carried(base / "one", tmp_path), tmp_path)
    joined = merge(folder, ["other"], "pictures", "chroma", NullControl())
    assert joined.rows == {"phash": 4, "sift": 4}
    assert stored_bytes(tmp_path) == stored_bytes(base / "both")
    assert description.exists(), "what was taken in stays"
    with pytest.raises(UsageError, match="into itself"):
        merge(folder, ["other", "pictures"], "pictures", "chroma", NullControl())


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_is_refused_and_nothing_is_taken(base: Path, tmp_path: Path, seed: int) -> None:
    whole = carried(base / "one", tmp_path).read_bytes()
    damaged, chance = tmp_path / "damaged.revsearch", random.Random(seed)
    for _ in range(4):
        position = chance.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[position] ^= 1 << chance.randrange(8)
        cut = whole[: chance.randrange(len(whole))]
        for content in (bytes(flipped), cut, cut + bytes(len(whole) - len(cut))):
            damaged.write_bytes(content)
            try:
                take_file(tmp_path / "data" / "collections", damaged, "pictures", "chroma", NullControl())
            except StorageError as error:
                assert str(error).startswith(f"'{damaged}'") and "\n" not in str(error)
                assert homes_of(tmp_path) == []
            else:  # a bit that says nothing, such as the year of a member
                assert content == bytes(flipped)
                assert stored_bytes(tmp_path) == stored_bytes(base / "one")
                assert catalog_rows(tmp_path) == catalog_rows(base / "one")
                shutil.rmtree(tmp_path / "data")


class StopsAt(NullControl):
    """Is cancelled at the n-th time it is asked."""

    def __init__(self, number: int) -> None:
        self.left = number

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled("stopped")


def test_an_import_that_is_stopped_leaves_nothing(base: Path, tmp_path: Path) -> None:
    file, folder = carried(base / "one", tmp_path), tmp_path / "data" / "collections"
    stops = 0
    while True:
        try:
            take_file(folder, file, "pictures", "chroma", StopsAt(stops))
        except Cancelled:
            assert homes_of(tmp_path) == []
            assert not list((tmp_path / "data").glob("arriving/*"))
            stops += 1
        else:
            break
    assert stops > 10
    assert stored_bytes(tmp_path) == stored_bytes(base / "one")


def test_a_merge_that_is_stopped_anywhere_can_be_called_again(base: Path, tmp_path: Path) -> None:
    file, folder = carried(base / "two", tmp_path / "two.revsearch"), tmp_path / "data" / "collections"
    arrived(carried(base / "one", tmp_path), tmp_path)
    before = catalog_rows(tmp_path)
    stops = 0
    while True:
        try:
            merge(folder, [str(file)], "pictures", "chroma", StopsAt(stops))
        except Cancelled:
            stops += 1
            journals(tmp_path)  # fails where an id is there twice
            assert catalog_rows(tmp_path) in (before, catalog_rows(base / "both")) or stops > 10
        else:
            break
    assert stored_bytes(tmp_path) == stored_bytes(base / "both")
    assert catalog_rows(tmp_path) == catalog_rows(base / "both")


def test_what_is_left_of_a_killed_import_is_cleared_by_the_next(base: Path, tmp_path: Path) -> None:
    left = tmp_path / "data" / "arriving" / "other"
    left.mkdir(parents=True)
    (left / "catalog.sqlite").write_bytes(b"half")
    arrived(carried(base / "one", tmp_path), tmp_path)
    assert not left.exists()


def test_a_name_that_is_taken_is_not_imported_over(base: Path, tmp_path: Path) -> None:
    file = carried(base / "one", tmp_path)
    arrived(file, tmp_path)
    with pytest.raises(UsageError, match="give another name"):
        take_file(tmp_path / "data" / "collections", file, "pictures", "chroma", NullControl())
    assert stored_bytes(tmp_path) == stored_bytes(base / "one")


def test_methods_with_other_options_are_kept_apart_and_that_is_said(base: Path, tmp_path: Path) -> None:
    other = Library(tmp_path / "other", ("phash",))
    (tmp_path / "other" / "config").mkdir(parents=True)
    (tmp_path / "other" / "config" / "config.toml").write_text("[methods.phash]\nsize = 8\n")
    other.index(base / "pictures" / "two")
    file = str(carried(tmp_path / "other", tmp_path / "other.revsearch"))
    joined = merge(base / "one" / "data" / "collections", ["pictures", file], "mixed", "chroma", NullControl())
    phash, sift = joined.notes
    assert "'phash' was not made in one way everywhere" in phash and "size=8: 6 pictures" in phash
    assert sift.startswith("4 of 10 pictures have no 'sift'")
    assert len([key for key in keys_of(base / "one", "mixed") if key.label == "phash"]) == 2


def test_files_of_one_path_and_other_contents_are_told(base: Path, tmp_path: Path) -> None:
    pictures, library = tmp_path / "pictures", Library(tmp_path / "first")
    draw_folder(pictures, range(2))
    library.index(pictures)
    draw(50).save(pictures / "p00.png")
    Library(tmp_path / "second").index(pictures)
    files = [str(carried(tmp_path / name, tmp_path / f"{name}.revsearch")) for name in ("second", "first")]
    for order in (files, files[::-1]):
        home = tmp_path / Path(order[0]).stem / "joined"
        joined = merge(home / "data" / "collections", order, "pictures", "chroma", NullControl())
        (note,) = joined.notes
        assert "1 file has the same path" in note and "relocate" in note
        assert catalog_rows(home) == catalog_rows(tmp_path / "second")


def test_folders_of_another_machine_are_told_and_kept(base: Path, tmp_path: Path) -> None:
    pictures = draw_folder(tmp_path / "pictures", range(3))
    Library(tmp_path / "there").index(pictures)
    file = carried(tmp_path / "there", tmp_path)
    (pictures / "p00.png").unlink()
    joined = take_file(tmp_path / "here" / "data" / "collections", file, None, "chroma", NullControl())
    assert ["1 files are not at their paths" in note for note in joined.notes] == [True]
    shutil.rmtree(pictures)
    joined = take_file(tmp_path / "here" / "data" / "collections", file, "again", "chroma", NullControl())
    (note,) = joined.notes
    assert note.startswith(f"'{pictures}' is not on this machine") and "relocate" in note
    with Catalog(collection_of(tmp_path / "here", "again").catalog_file) as catalog:
        assert catalog.counts()[1] == 3


def test_judgements_go_along(base: Path, tmp_path: Path) -> None:
    shutil.copytree(base / "one", tmp_path / "judged")
    home = collection_of(tmp_path / "judged").home
    ids = sorted(Library(tmp_path / "judged").pictures())[:2]
    judge(home, [(ids[0], ids[1])], [("a", "b")], "no match")
    arrived(carried(tmp_path / "judged", tmp_path), tmp_path)
    assert judgements_of(collection_of(tmp_path).home) == judgements_of(home) != []


def test_what_is_damaged_in_a_journal_is_left_out_and_told(base: Path, tmp_path: Path) -> None:
    shutil.copytree(base / "one", tmp_path / "torn")
    collection = collection_of(tmp_path / "torn")
    (key,) = (key.key for key in keys_of(tmp_path / "torn") if key.label == "phash")
    vectors = collection.journal_folder(key) / "segment-0000.vec"
    content = bytearray(vectors.read_bytes())
    content[0] ^= 1
    vectors.write_bytes(content)
    notes: list[str] = []
    file = export(collection, tmp_path, NullControl(), notes.append)
    (note,) = notes
    assert "embeddings by 'phash' are damaged" in note and "export again" in note
    source = ArchiveSource(file)
    rows = {found.key.label: sum(len(b.ids) for b in source.rows(found.key.key)) for found in source.keys}
    source.close()
    assert rows["phash"] < rows["sift"] == 6


def test_a_file_of_a_newer_program_and_one_of_another_kind_are_refused(tmp_path: Path) -> None:
    import json
    import zipfile

    file = tmp_path / "new.revsearch"
    for manifest, words in (
        ({"kind": "revsearch index", "format": 2}, "by a newer revsearch"),
        ({"kind": "something", "format": 1}, "is no exported index"),
        ({"kind": "revsearch index", "format": 1}, "damaged or cut short"),
        ([], "damaged or cut short"),
    ):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("manifest.json", json.dumps(manifest))
        with pytest.raises(StorageError, match=words):
            ArchiveSource(file)


def test_no_key_of_a_file_leads_out_of_its_folder(base: Path, tmp_path: Path) -> None:
    import json
    import zipfile

    file = carried(base / "one", tmp_path)
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    manifest["keys"][0]["key"] = "../../out"
    members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(StorageError, match="damaged or cut short"):
        ArchiveSource(file)


def test_parquet_has_every_row(base: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import numpy as np
    import pyarrow.parquet as pq

    from revsearch_tui.core.storage.exchange.carrying import export_parquet

    files = export_parquet(collection_of(base / "one"), tmp_path, None, NullControl(), lambda _line: None)
    expected = journals(base / "one")
    assert len(files) == len(METHODS)
    for file in files:
        table = pq.read_table(file)
        (label,) = set(table.column("method").to_pylist())
        found = {bytes.fromhex(row["sha256"]): row for row in table.to_pylist()}
        assert found.keys() == expected[label].keys() and table.num_rows == 6
        for image_id, row in found.items():
            np.testing.assert_array_equal(np.asarray(row["vector"], np.float32), expected[label][image_id])
        assert sorted(len(row["paths"]) for row in found.values()) == [1, 1, 1, 1, 1, 2]
