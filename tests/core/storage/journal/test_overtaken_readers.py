"""A compaction may come between any two looks that a reader takes at the disk: the reader finds one whole journal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal.folders import journal_rows
from revsearch_tui.core.storage.journal.vectors import VectorJournal

ROWS = 6
LOOKS = {"stat", "scandir", "open", "listdir"}


def image_id(number: int) -> bytes:
    return number.to_bytes(32, "big")


WHOLE = {image_id(row) for row in range(ROWS)}
KEPT = {image_id(row) for row in range(0, ROWS, 2)}


class Compaction:
    """One compaction that halts twice: when the old journal has been moved away, and in the middle of deleting it."""

    def __init__(self, journal: VectorJournal) -> None:
        self._allowed = threading.Semaphore(0)
        self._arrived = threading.Semaphore(0)
        self._calls: list[str] = []
        self._thread = threading.Thread(target=self._compact, args=(journal,))
        self._thread.start()

    def go_on(self) -> None:
        """To the next halt, or to the end."""
        self._allowed.release()
        assert self._arrived.acquire(timeout=30)

    def finish(self) -> None:
        self._allowed.release(3)
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _compact(self, journal: VectorJournal) -> None:
        self._allowed.acquire()
        with calls_watched({"rename", "unlink"}, self._halt):
            journal.compact(KEPT)
        self._arrived.release()

    def _halt(self, function: str) -> None:
        self._calls.append(function)
        if self._calls[-2:] == ["rename"] * 2 or self._calls[-3:] == ["rename", "unlink", "unlink"]:
            self._arrived.release()
            self._allowed.acquire()


@contextmanager
def calls_watched(names: set[str], before: Callable[[str], None]) -> Iterator[None]:
    """Within, `before` is given the name of each of these functions that this thread is about to call."""

    def watch(frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and function.__name__ in names:
            sys.setprofile(None)
            before(function.__name__)
            sys.setprofile(watch)

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)


class Looks:
    """The looks that a reader takes at the disk; the compaction goes on before some of them."""

    def __init__(self, compaction: Compaction, overtaken_at: Sequence[int]) -> None:
        self.taken = 0
        self._compaction = compaction
        self._overtaken_at = overtaken_at

    def take(self, _: str) -> None:
        for _ in range(self._overtaken_at.count(self.taken)):
            self._compaction.go_on()
        self.taken += 1


def journal_of(folder: Path) -> VectorJournal:
    journal = VectorJournal(folder, metric="l2", dim=2)
    journal.append([image_id(row) for row in range(ROWS)], np.zeros((ROWS, 2), np.float32))
    return journal


def rows_read(folder: Path) -> int:
    index = ExactIndex(VectorJournal(folder))
    found = {index.id_of(row) for row in range(index.rows)}
    assert found in (WHOLE, KEPT)
    return len(found)


@pytest.mark.parametrize("read", [rows_read, journal_rows])
def test_a_reader_finds_one_whole_journal_wherever_a_compaction_overtakes_it(
    tmp_path: Path, read: Callable[[Path], int]
) -> None:
    for first in count():
        for second in (first, first + 1):
            folder = tmp_path / f"{first}-{second}"
            compaction = Compaction(journal_of(folder))
            looks = Looks(compaction, [first, second])
            try:
                with calls_watched(LOOKS, looks.take):
                    found = read(folder)
            finally:
                compaction.finish()
            assert found in (len(WHOLE), len(KEPT)), (first, second)
        if looks.taken <= first:
            break
    assert first > 4
