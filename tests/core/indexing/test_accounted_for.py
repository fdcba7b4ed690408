"""Every file of a folder is in the index, or is listed with the reason; what is left out by default can be let in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.api import NullControl, ReaderInfo
from revsearch_tui.core.config.settings import load_config
from revsearch_tui.core.indexing.index_report import IndexSettings
from revsearch_tui.core.indexing.indexer import run_indexing
from revsearch_tui.core.storage.catalog.catalog import Catalog
from tests.support.library import Library
from tests.support.program import revsearch, revsearch_json
from tests.support.stored import collection_of
from tests.support.texture import draw

READER = """
def make():
    from PIL import Image
    return lambda data: Image.new("RGB", (30, 20), (1, 2, 3))
"""


def notes(library: Library) -> dict[str, str]:
    with Catalog(collection_of(library.home).catalog_file) as catalog:
        return {path.name: note for path, note in catalog.notes()}


def raw_file(path: Path, seed: int = 5) -> Path:
    """A raw file as cameras write them, as far as decoders without a reader for it see: a TIFF with a preview."""
    drawn = draw(path.with_suffix(".png"), seed)
    Image.open(drawn).save(path, "TIFF")
    drawn.unlink()
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_that_lead_nowhere_are_listed_once_and_until_they_lead_somewhere(library: Library, folder: Path) -> None:
    for name, target in (("gone.png", "nothing.png"), ("itself", "itself"), ("folder", "no-folder")):
        (folder / name).symlink_to(target)
    report = library.index(folder)
    assert {path.name for path, _ in report.skipped} == {"gone.png", "itself", "folder"}
    assert set(library.skipped().values()) == {"a link that leads nowhere"}
    again = library.index()
    assert (again.skipped, again.files, again.unchanged, again.notes) == ([], 4, 1, [])
    draw(folder / "nothing.png", 2)
    (folder / "itself").unlink()
    assert library.index().pictures == 2
    assert {path.name for path in library.skipped()} == {"folder"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_picture_whose_link_leads_nowhere_any_more_is_let_go_and_listed(library: Library, folder: Path) -> None:
    target = draw(folder.parent / "outside.png", 3)
    (folder / "link.png").symlink_to(target)
    assert library.index(folder).pictures == 2
    target.unlink()
    assert library.index().pictures == 1
    assert {path.name for path in library.skipped()} == {"link.png"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_folder_of_nothing_but_links_to_an_unplugged_drive_keeps_its_pictures(
    library: Library, tmp_path: Path
) -> None:
    for number in range(3):
        target = draw(tmp_path / "drive" / f"{number}.png", number)
        (tmp_path / "links").mkdir(exist_ok=True)
        (tmp_path / "links" / target.name).symlink_to(target)
    library.index(tmp_path / "links")
    (tmp_path / "drive").rename(tmp_path / "unplugged")
    report = library.index()
    assert (report.pictures, library.skipped()) == (3, {})
    assert any("3 files" in note for note in report.notes)
    assert library.index(prune=True).pictures == 0
    assert len(library.skipped()) == 3


def test_collections_list_counts_what_collections_skipped_lists(tmp_path: Path, folder: Path) -> None:
    (folder / "notes.txt").write_text("no picture")
    (folder / "cut.png").write_bytes((folder / "one.png").read_bytes()[:90])
    revsearch(tmp_path / "home", "index", folder, "-m", "phash")
    (listed,) = revsearch_json(tmp_path / "home", "collections", "list")
    skipped = revsearch_json(tmp_path / "home", "collections", "skipped")
    assert {Path(row["path"]).name for row in skipped} == {"notes.txt", "cut.png"}
    assert (listed["files"], listed["skipped"], listed["pictures"]) == (3, 2, 1)


def test_a_raw_file_seen_by_its_preview_alone_says_so(library: Library, folder: Path) -> None:
    raw_file(folder / "photo.DNG")
    report = library.index(folder)
    assert (report.pictures, report.raw) == (2, 1)
    assert [note for note in report.notes if "raw" in note] == [
        "1 raw file was seen only by an embedded preview, see: revsearch collections skipped pictures --notes"
    ]
    assert list(notes(library)) == ["photo.DNG"]
    assert "64x64" in notes(library)["photo.DNG"]
    assert library.index().notes == []
    (row,) = revsearch_json(library.home, "collections", "skipped", "--notes")
    assert Path(row["path"]).name == "photo.DNG" and "raw file" in row["reason"]
    assert revsearch(library.home, "collections", "skipped").returncode == 1, "it is in the index"


def test_copies_of_a_raw_file_say_so_too_and_a_jpeg_of_that_name_does_not(library: Library, folder: Path) -> None:
    raw_file(folder / "photo.nef")
    shutil.copy(folder / "photo.nef", folder / "twin.nef")
    Image.open(draw(folder / "b.png", 7)).save(folder / "jpeg.cr2", "JPEG")
    Image.open(folder / "b.png").save(folder / "plain.tif")
    library.index(folder)
    assert set(notes(library)) == {"photo.nef", "twin.nef"}
    shutil.copy(folder / "photo.nef", folder / "later.nef")
    assert library.index().raw == 1
    assert set(notes(library)) == {"photo.nef", "twin.nef", "later.nef"}


def test_a_raw_file_that_a_plugin_reads_carries_no_note(
    library: Library, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raw_reader_of_tests.py").write_text(READER)
    monkeypatch.syspath_prepend(str(tmp_path))
    reader = ReaderInfo("toy", "Toy", "", suffixes=(".dng",), factory="raw_reader_of_tests:make")
    raw_file(folder / "photo.dng")
    library.index(folder)
    assert set(notes(library)) == {"photo.dng"}
    shutil.rmtree(library.home)
    library.index(folder.parent / "pictures", ignore=["*.dng"])
    report = run_indexing(
        library.workspace.collection("pictures"),
        library.workspace.choose(["phash"]),
        [reader],
        IndexSettings(),
        NullControl(),
    )
    assert (report.pictures, report.raw, notes(library)) == (2, 0, {})


LEFT_OUT = (
    "node_modules/icon/logo.png",
    "Fotos.photoslibrary/resources/derivatives/a/small.png",
    "2020/Fotos.photoslibrary/resources/derivatives/small.png",
    "Catalog Previews.lrdata/A/preview.png",
    ".thumbnails/normal/small.png",
    "@eaDir/one.png/SYNOPHOTO.png",
)


def test_what_software_keeps_beside_pictures_is_left_out_and_let_in_by_an_empty_list(
    library: Library, folder: Path
) -> None:
    for number, name in enumerate(LEFT_OUT):
        draw(folder / name, 100 + number, side=16)
    draw(folder / "Fotos.photoslibrary" / "originals" / "0" / "photo.png", 50)
    assert library.index(folder).pictures == 2
    assert library.index(ignore=[]).added == len(LEFT_OUT)


@pytest.mark.parametrize("root", ["Fotos.photoslibrary", "Fotos.photoslibrary/resources"])
def test_a_photo_library_is_known_where_it_or_a_part_of_it_is_the_folder(
    library: Library, tmp_path: Path, root: str
) -> None:
    base = tmp_path / "deep" / "Fotos.photoslibrary"
    draw(base / "resources" / "derivatives" / "small.png", 1)
    draw(base / "resources" / "renders" / "edited.png", 2)
    report = library.index(tmp_path / "deep" / root)
    assert (report.pictures, report.added) == (1, 1)


def test_a_pattern_of_a_path_holds_below_the_folder_only(library: Library, folder: Path) -> None:
    for number, name in enumerate(("cache/a.png", "deep/cache/b.png", "deep/er/cache/c.png")):
        draw(folder / name, 60 + number)
    assert library.index(folder, ignore=["deep/cache"]).pictures == 3
    assert library.index(ignore=["*/cache"]).pictures == 2, "the one at the top lies in no folder"
    assert library.index(ignore=["cache"]).pictures == 1


def test_the_list_can_be_emptied_in_the_file_and_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    assert "node_modules" in load_config(file, {}).texts("index.ignore")
    file.write_text("[index]\nignore = []\n")
    assert load_config(file, {}).texts("index.ignore") == []
    file.unlink()
    assert load_config(file, {"REVSEARCH_INDEX_IGNORE": ""}).texts("index.ignore") == []


def test_an_empty_list_of_the_environment_lets_hidden_files_in(tmp_path: Path, folder: Path) -> None:
    draw(folder / ".hidden" / "two.png", 2)
    home = tmp_path / "home"
    revsearch(home, "index", folder, "-m", "phash", environment={"REVSEARCH_INDEX_IGNORE": ""})
    assert revsearch_json(home, "collections", "show")["pictures"] == 2
