"""What is searched: a small collection for whole commands and the app, and journals of embeddings."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Bench, child
from benchmarks.pictures import draw_photo

if TYPE_CHECKING:
    from revsearch_tui.core.storage.exact import ExactIndex


def small_collection(bench: Bench) -> tuple[Path, Path]:
    """100 drawn photos, indexed by phash: their folder, and the home of the index."""
    folder, home = bench.folder / "pictures", bench.folder / "home"
    folder.mkdir()
    for number in range(bench.size(100, 3)):
        draw_photo(number, 320, 240, shapes=30).save(folder / f"{number}.jpg", quality=85)
    child("index", str(folder), "phash", home=home)
    return folder, home


def written_journal(folder: Path, metric: str, rows: Any) -> tuple[ExactIndex, list[bytes]]:
    """A journal as indexing writes it, opened anew for reading."""
    from revsearch_tui.core.storage.exact import ExactIndex
    from revsearch_tui.core.storage.journal.vectors import VectorJournal

    ids = [hashlib.sha256(str(number).encode()).digest() for number in range(len(rows))]
    journal = VectorJournal(folder, metric=metric, dim=rows.shape[1])
    for start in range(0, len(rows), 10_000):
        part = slice(start, start + 10_000)
        journal.append(ids[part], rows[part])
    return ExactIndex(VectorJournal(folder)), ids
