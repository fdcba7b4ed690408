"""What a collection holds, in short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from revsearch_tui.core.storage.summary import bytes_below, summary_of
from tests.support.library import Library
from tests.support.program import revsearch_json
from tests.support.texture import draw_many


def test_it_tells_the_size_on_the_disk_and_when_it_was_indexed_last(tmp_path: Path) -> None:
    draw_many(tmp_path / "pictures", 3, side=32)
    library = Library(tmp_path / "home")
    before = datetime.now(UTC) - timedelta(seconds=1)
    library.index(tmp_path / "pictures")
    collection = library.workspace.collection("pictures")
    summary = summary_of(collection, lambda _: None)
    on_disk = sum(path.stat().st_size for path in collection.home.rglob("*") if path.is_file())
    assert summary["bytes"] == bytes_below(collection.home) == on_disk > 10_000
    assert before <= datetime.fromisoformat(summary["indexed"]) <= datetime.now(UTC)
    (row,) = revsearch_json(library.home, "collections", "list")
    assert row["indexed"] == summary["indexed"]


def test_what_was_never_indexed_has_no_time(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    (tmp_path / "pictures").mkdir()
    from revsearch_tui.core.storage.collections import ensure_collection

    collection = ensure_collection(library.workspace.folders.collections, "empty", (tmp_path / "pictures",))
    summary = summary_of(collection, lambda _: None)
    assert (summary["indexed"], summary["pictures"]) == (None, 0)
