"""A journal's tail may be torn anywhere: what was committed before is whole, and the next commit follows it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from revsearch_tui.api import Features, StorageError
from revsearch_tui.core.storage.journal import rows
from revsearch_tui.core.storage.journal.features import pack_features, unpack_features
from revsearch_tui.core.storage.journal.folders import journal_rows
from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal

DIM = 3


def image_id(number: int) -> bytes:
    return number.to_bytes(32, "big")


def vectors(first: int, count: int) -> np.ndarray:
    return np.arange(first * DIM, (first + count) * DIM, dtype=np.float32).reshape(count, DIM)


def append(journal: VectorJournal, first: int, count: int) -> None:
    journal.append([image_id(first + row) for row in range(count)], vectors(first, count))


def content(journal: VectorJournal) -> dict[bytes, list[float]]:
    ids = journal.ids()
    stored = [row.tolist() for block in journal.blocks() for row in journal.unpack(block)]
    assert len(ids) == len(set(ids)) == len(stored)
    return dict(zip(ids, stored, strict=True))


def expected(count: int) -> dict[bytes, list[float]]:
    return {image_id(row): vectors(row, 1)[0].tolist() for row in range(count)}


def open_for_writing(folder: Path) -> VectorJournal:
    journal = VectorJournal(folder, metric="l2", dim=DIM)
    journal.recover()
    return journal


@pytest.fixture
def two_commits(tmp_path: Path) -> Path:
    folder = tmp_path / "journal"
    journal = open_for_writing(folder)
    append(journal, 0, 4)
    append(journal, 4, 2)
    return folder


@pytest.mark.parametrize("stream", ["ids", "vec", "log"])
def test_a_tail_torn_at_any_byte_costs_at_most_the_last_commit(two_commits: Path, tmp_path: Path, stream: str) -> None:
    size = (two_commits / f"segment-0000.{stream}").stat().st_size
    last = {"ids": 2 * 32, "vec": 2 * DIM * 4, "log": size // 2}[stream]
    for cut in range(last + 1):
        folder = tmp_path / f"cut{cut}"
        shutil.copytree(two_commits, folder)
        with (folder / f"segment-0000.{stream}").open("rb+") as file:
            file.truncate(size - cut)
        whole = 6 if cut == 0 else 4
        assert journal_rows(folder) == whole
        assert content(VectorJournal(folder)) == expected(whole)  # a reader sees whole commits only
        journal = open_for_writing(folder)
        append(journal, whole, 3)
        assert content(VectorJournal(folder)) == expected(whole + 3)
        assert VectorJournal(folder).damaged() == 0


@pytest.mark.parametrize("stream", ["ids", "vec", "log"])
def test_bytes_written_without_their_record_are_cut_off(two_commits: Path, stream: str) -> None:
    with (two_commits / f"segment-0000.{stream}").open("ab") as file:
        file.write(b"half a commit")
    assert content(VectorJournal(two_commits)) == expected(6)
    journal = open_for_writing(two_commits)
    append(journal, 6, 1)
    assert content(VectorJournal(two_commits)) == expected(7)
    assert (two_commits / "segment-0000.vec").stat().st_size == 7 * DIM * 4


@pytest.mark.parametrize("stream", ["ids", "vec"])
def test_a_last_commit_with_other_bytes_than_its_checksum_is_dropped_by_the_writer(
    two_commits: Path, stream: str
) -> None:
    path = two_commits / f"segment-0000.{stream}"
    data = bytearray(path.read_bytes())
    data[-1] ^= 0xFF
    path.write_bytes(data)
    assert VectorJournal(two_commits).damaged() == 1
    assert content(open_for_writing(two_commits)) == expected(4)


def test_a_garbled_record_of_the_log_ends_what_counts(two_commits: Path) -> None:
    path = two_commits / "segment-0000.log"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 + 6] ^= 0xFF
    path.write_bytes(data)
    assert content(VectorJournal(two_commits)) == expected(4)


def test_damage_in_the_middle_is_counted(two_commits: Path) -> None:
    path = two_commits / "segment-0000.vec"
    data = bytearray(path.read_bytes())
    data[5] ^= 0xFF
    path.write_bytes(data)
    assert VectorJournal(two_commits).damaged() == 1


def test_a_full_segment_is_followed_by_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SEGMENT_BYTES", 100)
    journal = open_for_writing(tmp_path / "journal")
    for commit in range(5):
        append(journal, 2 * commit, 2)
    assert len(list((tmp_path / "journal").glob("*.log"))) == 3
    assert content(VectorJournal(tmp_path / "journal")) == expected(10)
    assert journal_rows(tmp_path / "journal") == 10
    journal.truncate(3)
    assert content(VectorJournal(tmp_path / "journal")) == expected(2)
    append(journal, 2, 2)
    assert content(VectorJournal(tmp_path / "journal")) == expected(4)


def test_blobs_of_several_segments_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SEGMENT_BYTES", 100)
    journal = BlobJournal(tmp_path / "blobs", create=True)
    made = {}
    for number in range(9):
        points = np.full((number, 4), number / 10, np.float32)
        features = Features(points, np.full((number, 8), number, np.uint8), 1.5).rounded()
        made[image_id(number)] = features
        journal.append([image_id(number)], [pack_features(features)])
    assert len(list((tmp_path / "blobs").glob("*.log"))) > 1
    reader = BlobJournal(tmp_path / "blobs")
    for number in range(9):
        blob = reader.get(image_id(number))
        assert blob is not None
        found = unpack_features(blob)
        np.testing.assert_array_equal(found.keypoints, made[image_id(number)].keypoints)
        np.testing.assert_array_equal(found.descriptors, made[image_id(number)].descriptors)
        assert found.aspect == 1.5
    assert reader.get(image_id(99)) is None


def test_bits_are_packed_and_come_back(tmp_path: Path) -> None:
    bits = np.random.default_rng(0).integers(0, 2, (5, 70), dtype=np.uint8)
    journal = VectorJournal(tmp_path / "journal", metric="hamming", dim=70)
    journal.append([image_id(row) for row in range(5)], bits)
    stored = np.concatenate([journal.unpack(block) for block in VectorJournal(tmp_path / "journal").blocks()])
    np.testing.assert_array_equal(stored, bits)


def test_a_journal_of_a_newer_program_is_refused_in_a_sentence(two_commits: Path) -> None:
    meta = json.loads((two_commits / "meta.json").read_text("utf-8"))
    (two_commits / "meta.json").write_text(json.dumps({**meta, "format": 99}), "utf-8")
    for open_it in (VectorJournal, open_for_writing):
        with pytest.raises(StorageError, match="made by a newer revsearch; use that version, or drop and index anew"):
            open_it(two_commits)
    assert (two_commits / "segment-0000.vec").stat().st_size == 6 * DIM * 4


def test_a_journal_of_another_kind_or_none_is_refused(two_commits: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="holds a journal of vectors, not of blobs"):
        BlobJournal(two_commits)
    with pytest.raises(StorageError, match="cannot be read"):
        VectorJournal(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()  # looking makes nothing


def test_the_writer_writes_an_unreadable_description_anew(two_commits: Path) -> None:
    (two_commits / "meta.json").write_text("{ not json", "utf-8")
    with pytest.raises(StorageError):
        VectorJournal(two_commits)
    assert content(open_for_writing(two_commits)) == expected(6)
