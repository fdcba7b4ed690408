"""A record with its answers, which are read when first asked for."""

from __future__ import annotations

import threading

from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.evaluation.record import Answers, Record


class OpenedRecord:
    """What the pages about one record share."""

    def __init__(self, folders: Folders, record: Record) -> None:
        self.record = record
        self._folders = folders
        self._lock = threading.Lock()
        self._answers: Answers | None = None

    def answers(self) -> Answers:
        """For worker threads: the answers, read once. Raises `StorageError`."""
        from revsearch_tui.core.evaluation.records import read_answers

        with self._lock:
            if self._answers is None:
                self._answers = read_answers(self._folders, self.record)
            return self._answers
