"""An index that follows what changes in its folders."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from revsearch_tui.api import Cancelled
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.indexing import watching
from revsearch_tui.core.indexing.index_report import IndexReport
from revsearch_tui.core.indexing.watching import watch_collection
from tests.support.library import Library
from tests.support.texture import draw


class Watched:
    """A collection that is watched in a thread, until it is told to stop."""

    def __init__(self, library: Library) -> None:
        self.reports: list[IndexReport] = []
        self.notes: list[str] = []
        self.error: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(library,))
        self._thread.start()

    def _run(self, library: Library) -> None:
        try:
            for report in watch_collection(library.workspace, "pictures", self, self.notes.append):
                self.reports.append(report)
        except Cancelled:
            pass
        except Exception as error:
            self.error = error

    def check(self) -> None:
        if self._stop.is_set():
            raise Cancelled("stopped")

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        self.check()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def until(self, happened: Callable[[], object]) -> None:
        for _ in range(600):
            assert self.error is None, self.error
            if happened():
                return
            time.sleep(0.1)
        raise AssertionError("it did not happen")


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked again at once."""
    monkeypatch.setattr(watching, "_LOOK_AGAIN_S", 0.5)
    monkeypatch.setattr(watching, "_STEP_MS", 200)


@pytest.fixture
def watched(library: Library, folder: Path) -> Iterator[Watched]:
    library.index(folder)
    watched = Watched(library)
    try:
        watched.until(lambda: watched.reports)
        yield watched
    finally:
        watched.stop()
        assert watched.error is None


def test_what_is_added_changed_and_removed_is_followed(watched: Watched, folder: Path) -> None:
    draw(folder / "two.png", 2)
    watched.until(lambda: sum(report.added for report in watched.reports) == 1)
    draw(folder / "two.png", 3)
    watched.until(lambda: sum(report.changed for report in watched.reports) == 1)
    (folder / "one.png").unlink()
    watched.until(lambda: sum(report.removed for report in watched.reports) == 1)
    assert watched.reports[-1].pictures == 1


def test_nothing_is_indexed_where_nothing_changes(folder: Path) -> None:
    library = Library(folder / "home")  # the index lies among the pictures
    library.index(folder)
    watched = Watched(library)
    watched.until(lambda: watched.reports)
    time.sleep(3)
    watched.stop()
    assert len(watched.reports) == 1


def test_an_index_that_somebody_writes_to_is_waited_for(watched: Watched, library: Library, folder: Path) -> None:
    home = library.workspace.collection("pictures").home
    with writer_lock(home, "testing"):
        draw(folder / "two.png", 2)
        watched.until(lambda: watched.notes)
        assert "it is waited for" in watched.notes[0]
    watched.until(lambda: sum(report.added for report in watched.reports) == 1)


def test_a_folder_that_was_missing_is_watched_when_it_is_there(watched: Watched, folder: Path) -> None:
    away = folder.rename(folder.with_name("away"))
    time.sleep(1)
    draw(away / "two.png", 2)
    away.rename(folder)
    watched.until(lambda: sum(report.added for report in watched.reports) == 1)
    assert watched.reports[-1].pictures == 2
