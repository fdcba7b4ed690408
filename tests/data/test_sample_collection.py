"""The sample collection: what is in it, that it is reproducible, and how it treats folders that are not empty."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
import pytest
from PIL import Image
from revsearch_data import catalogue
from revsearch_data.sample_collection import (
    GROUND_TRUTH,
    TRANSFORMATIONS,
    Copy,
    SampleSummary,
    draw_item,
    make_sample_collection,
    planned_copies,
)

from revsearch_tui.api.errors import Cancelled, StorageError, UsageError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return make_sample_collection(tmp_path_factory.mktemp("samples") / "new" / "folder")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Collections of one quickly drawn family, so that tests about folders take no time."""
    marbles = next(family for family in catalogue.FAMILIES if family.folder == "marbles")
    monkeypatch.setattr(catalogue, "_WIDE", [(64, 48)])
    items = [catalogue._item(marbles, index) for index in range(4)]
    copies = [Copy(f"copies/marble-001 {name}.jpg", items[0].path, name) for name in ("crop", "jpeg 20")]
    monkeypatch.setattr("revsearch_data.sample_collection.originals", lambda: items)
    monkeypatch.setattr("revsearch_data.sample_collection.planned_copies", lambda seed: copies)


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / GROUND_TRUTH).read_text())
    return manifest


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.drill
def test_the_collection_has_the_announced_number_of_pictures_and_nothing_else(made: SampleSummary) -> None:
    files = [path for path in made.folder.rglob("*") if path.is_file()]
    assert (made.originals, made.copies, made.created) == (240, 70, True)
    assert len(files) == 240 + 70 + 1
    assert sum(path.parent.name == "copies" for path in files) == 70


def test_every_picture_can_be_read_and_has_the_format_of_its_name(made: SampleSummary) -> None:
    formats = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
    seen = set()
    for path in made.folder.rglob("*.*"):
        if path.name == GROUND_TRUTH:
            continue
        with Image.open(path) as picture:
            picture.load()
            assert picture.format == formats[path.suffix]
            assert picture.mode == "RGB"
            assert min(picture.size) >= 200 and max(picture.size) <= 1000
            assert np.asarray(picture.convert("L")).std() > 5, f"{path.name} is next to empty"
            seen.add((picture.format, picture.width > picture.height, picture.width == picture.height))
    assert {name for name, _, _ in seen} == set(formats.values())
    assert {(wide, square) for _, wide, square in seen} == {(True, False), (False, False), (False, True)}


def test_the_ground_truth_names_existing_files_and_every_transformation(made: SampleSummary) -> None:
    copies = manifest_of(made.folder)["copies"]
    assert {entry["transformation"] for entry in copies} == set(TRANSFORMATIONS)
    for entry in copies:
        assert (made.folder / entry["copy"]).is_file()
        assert (made.folder / entry["original"]).is_file()
        assert entry["copy"] == f"copies/{Path(entry['original']).stem} {entry['transformation']}.jpg"


def test_no_two_originals_are_near_duplicates(made: SampleSummary) -> None:
    hashes = []
    for path in manifest_of(made.folder)["originals"]:
        with Image.open(made.folder / path) as picture:
            hashes.append(imagehash.phash(picture))
    distances = np.array([a - b for a, b in combinations(hashes, 2)])
    assert (distances > 6).mean() >= 0.999
    assert distances.min() > 0


def test_copies_that_keep_the_layout_hash_close_to_their_original(made: SampleSummary) -> None:
    for entry in manifest_of(made.folder)["copies"]:
        if entry["transformation"] in ("half size", "jpeg 20", "blurred", "grey"):
            with (
                Image.open(made.folder / entry["copy"]) as copy,
                Image.open(made.folder / entry["original"]) as original,
            ):
                assert imagehash.phash(copy) - imagehash.phash(original) <= 8, entry["copy"]


def test_a_picture_drawn_again_on_its_own_has_the_same_bytes(made: SampleSummary, tmp_path: Path) -> None:
    items = catalogue.originals()
    copies = planned_copies(7)
    for family in catalogue.FAMILIES:
        item = next(i for i in items if i.family is family and any(c.original == i.path for c in copies))
        mine = [entry for entry in copies if entry.original == item.path]
        (tmp_path / family.folder).mkdir()
        (tmp_path / "copies").mkdir(exist_ok=True)
        draw_item(tmp_path, 7, item, mine)
        for path in [item.path, *(entry.copy for entry in mine)]:
            assert (tmp_path / path).read_bytes() == (made.folder / path).read_bytes(), path


def test_another_seed_draws_other_pictures(made: SampleSummary) -> None:
    for item in catalogue.originals()[::40]:
        assert not np.array_equal(catalogue.render(item, 7), catalogue.render(item, 8))


@pytest.mark.usefixtures("small")
def test_a_complete_collection_is_left_alone(tmp_path: Path) -> None:
    make_sample_collection(tmp_path)
    picture = tmp_path / "marbles" / "marble-002.jpg"
    picture.write_bytes(b"changed by its owner")
    assert not make_sample_collection(tmp_path).created
    assert picture.read_bytes() == b"changed by its owner"


@pytest.mark.usefixtures("small")
def test_a_collection_with_a_missing_picture_is_made_whole(tmp_path: Path) -> None:
    make_sample_collection(tmp_path)
    before = snapshot(tmp_path)
    (tmp_path / "marbles" / "marble-001.jpg").unlink()
    assert make_sample_collection(tmp_path).created
    assert snapshot(tmp_path) == before


@pytest.mark.usefixtures("small")
def test_an_interrupted_collection_is_made_whole(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        make_sample_collection(tmp_path, progress=stop)
    assert make_sample_collection(tmp_path).created
    assert not make_sample_collection(tmp_path).created


@pytest.mark.usefixtures("small")
def test_an_older_version_is_replaced_and_other_files_stay(tmp_path: Path) -> None:
    make_sample_collection(tmp_path)
    manifest = manifest_of(tmp_path)
    old = tmp_path / "copies" / "marble-009 old.jpg"
    old.write_bytes(b"old")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.jpg"
    outside.write_bytes(b"mine")
    mine = tmp_path / "copies" / "my own.jpg"
    mine.write_bytes(b"mine")
    originals = [*manifest["originals"], f"../{outside.name}"]
    listed = [*manifest["copies"], {"copy": "copies/marble-009 old.jpg", "original": "", "transformation": ""}]
    (tmp_path / GROUND_TRUTH).write_text(
        json.dumps({**manifest, "version": 0, "originals": originals, "copies": listed})
    )
    assert make_sample_collection(tmp_path).created
    assert not old.exists()
    assert mine.read_bytes() == outside.read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["holiday.jpg", GROUND_TRUTH])
def test_a_folder_with_other_files_is_refused_and_untouched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"copies": []}')
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match="already holds other files"):
        make_sample_collection(tmp_path)
    assert snapshot(tmp_path) == before


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        make_sample_collection(tmp_path / "file")


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="seed"):
        make_sample_collection(tmp_path, seed=-1)


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        make_sample_collection(tmp_path / "file" / "below")


@pytest.mark.usefixtures("small")
def test_progress_counts_every_file_once(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    summary = make_sample_collection(tmp_path, progress=lambda done, total: calls.append((done, total)))
    total = summary.originals + summary.copies
    assert calls[-1] == (total, total)
    assert calls == sorted(set(calls))
