"""Compaction rewrites a journal beside the old one: neither a kill at any step nor a reader meanwhile loses a row."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal.folders import journal_rows
from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal

ROWS = 40


def image_id(number: int) -> bytes:
    return number.to_bytes(32, "big")


def fill(folder: Path, rows: int = ROWS) -> VectorJournal:
    journal = VectorJournal(folder, metric="l2", dim=2)
    for row in range(rows):
        journal.append([image_id(row)], np.full((1, 2), row, np.float32))
    return journal


def content(journal: VectorJournal) -> dict[bytes, float]:
    return content_of(ExactIndex(journal))


def content_of(index: ExactIndex) -> dict[bytes, float]:
    found = {}
    for value in map(index.id_of, range(index.rows)):
        embedding = index.embedding(value)
        assert embedding is not None
        found[value] = float(embedding[0])
    return found


KEPT = {image_id(row) for row in range(0, ROWS, 2)}
COMPACTED = {image_id(row): float(row) for row in range(0, ROWS, 2)}
WHOLE = {image_id(row): float(row) for row in range(ROWS)}


def test_compaction_keeps_exactly_what_is_wanted_and_frees_the_rest(tmp_path: Path) -> None:
    journal = fill(tmp_path / "journal")
    journal.append([image_id(0)], np.full((1, 2), 0, np.float32))  # a repeated id goes too
    journal.compact(KEPT)
    assert content(journal) == content(VectorJournal(tmp_path / "journal")) == COMPACTED
    assert (tmp_path / "journal" / "segment-0000.vec").stat().st_size == len(KEPT) * 8
    assert [path.name for path in tmp_path.iterdir()] == ["journal"]
    journal.append([image_id(99)], np.full((1, 2), 99, np.float32))
    assert content(VectorJournal(tmp_path / "journal")) == {**COMPACTED, image_id(99): 99.0}


def test_compacted_blobs_are_those_of_their_ids(tmp_path: Path) -> None:
    journal = BlobJournal(tmp_path / "blobs", create=True)
    for row in range(ROWS):
        journal.append([image_id(row)], [f"blob {row}".encode()])
    before = BlobJournal(tmp_path / "blobs")
    assert bytes(before.get(image_id(4)) or b"") == b"blob 4"
    unopened = BlobJournal(tmp_path / "blobs")
    journal.compact(KEPT)
    for reader in (journal, before, unopened, BlobJournal(tmp_path / "blobs")):
        assert bytes(reader.get(image_id(38)) or b"") == b"blob 38"
    assert journal.get(image_id(1)) is None


_KILLED_AT = """
import os, signal, sys
from pathlib import Path
from revsearch_tui.core.storage.journal.vectors import VectorJournal

step = int(sys.argv[2])
seen = 0

def watch(event, arguments):
    global seen
    if event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "open", "os.truncate", "shutil.rmtree"):
        if event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            return
        seen += 1
        if seen > step:
            os.kill(os.getpid(), signal.SIGKILL)

journal = VectorJournal(Path(sys.argv[1]), metric="l2", dim=2)
sys.addaudithook(watch)
journal.compact({row.to_bytes(32, "big") for row in range(0, 40, 2)})
"""


@pytest.mark.drill
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_a_compaction_killed_before_any_of_its_steps_leaves_the_old_or_the_new_journal(tmp_path: Path) -> None:
    fill(tmp_path / "original")
    outcomes = []
    for step in range(60):
        folder = tmp_path / f"step{step}" / "journal"
        shutil.copytree(tmp_path / "original", folder)
        code = subprocess.run([sys.executable, "-c", _KILLED_AT, str(folder), str(step)], check=False).returncode
        found = content(VectorJournal(folder))  # a reader, before any writer has come
        assert journal_rows(folder) == len(found)
        assert found in (WHOLE, COMPACTED)
        writer = VectorJournal(folder, metric="l2", dim=2)
        writer.recover()
        assert content(writer) == found
        assert [path.name for path in folder.parent.iterdir()] == ["journal"], "leftovers keep the disk"
        outcomes.append(found == COMPACTED)
        if code == 0:
            break
        assert code == -signal.SIGKILL
    else:
        raise AssertionError("the compaction never came to its end")
    assert outcomes == sorted(outcomes)
    assert len(outcomes) > 8
    assert outcomes.count(True) > 1
    assert not outcomes[0]


def test_readers_see_a_whole_journal_while_it_is_compacted_over_and_over(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    fill(folder)
    done = threading.Event()
    problems: list[object] = []

    def read() -> None:
        while not done.is_set():
            try:
                index = ExactIndex(VectorJournal(folder))
                rows = content_of(index)
            except Exception as error:
                problems.append(error)
                return
            if any(value != int.from_bytes(key, "big") for key, value in rows.items()) or not rows.keys() >= KEPT:
                problems.append(rows)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    journal = VectorJournal(folder, metric="l2", dim=2)
    for _ in range(15):
        journal.compact(KEPT)
        odd = [row for row in range(ROWS) if row % 2]
        journal.append([image_id(row) for row in odd], np.array([[row, row] for row in odd], np.float32))
    done.set()
    for reader in readers:
        reader.join()
    assert not problems


def test_an_open_journal_knows_that_it_was_replaced(tmp_path: Path) -> None:
    journal = fill(tmp_path / "journal")
    reader = VectorJournal(tmp_path / "journal")
    assert reader.is_current()
    journal.compact(KEPT)
    journal.append([image_id(row) for row in range(1, ROWS, 2)], np.zeros((ROWS // 2, 2), np.float32))
    assert journal_rows(tmp_path / "journal") == reader.rows  # as many rows, and yet others
    assert not reader.is_current()
    assert os.fspath(reader.folder) == os.fspath(journal.folder)
