"""Compare a ChromaDB folder with its journal, row by row. Run as a child process: damaged index files can crash it.

Usage: python -m revsearch_tui.core.storage.store.comparing CHROMA_FOLDER KEY METRIC JOURNAL_FOLDER ROWS LIVE_FILE
PENDING_FILE
The two files hold image ids, 32 bytes each: pictures that some file holds, and pictures whose change ChromaDB has not
followed yet. Exit status 0: ChromaDB has the live ones of the first ROWS journal rows, nothing that is neither live
nor pending, every embedding as the journal has it, and answers queries.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import VectorStore
from revsearch_tui.core.base.child import environment

if TYPE_CHECKING:
    from revsearch_tui.core.storage.exact import ExactIndex
    from revsearch_tui.core.storage.journal.vectors import VectorJournal

CHUNK_ROWS = 5_000
_SAMPLES = 10
_START_S = 120.0
_ROWS_PER_S = 500.0


def is_sound(
    chroma_folder: Path, key: str, metric: str, journal_folder: Path, rows: int, live_file: Path, pending_file: Path
) -> bool:
    """Run the comparison in a child process; a crash of it counts as damage, and so does hanging."""
    paths = [str(chroma_folder), key, metric, str(journal_folder), str(rows), str(live_file), str(pending_file)]
    child = subprocess.Popen(
        # -P: a file named chromadb.py among the user's pictures is not imported.
        [sys.executable, "-P", "-m", "revsearch_tui.core.storage.store.comparing", *paths],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    try:
        return child.wait(timeout=_START_S + rows / _ROWS_PER_S) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        child.kill()
        child.wait()
        if child.stdin is not None:
            child.stdin.close()


def _compare(
    chroma_folder: Path, key: str, metric: str, journal_folder: Path, rows: int, live: set[bytes], pending: set[bytes]
) -> bool:
    from revsearch_tui.core.storage.journal.vectors import VectorJournal
    from revsearch_tui.core.storage.store.chroma import ChromaIndex

    return holds(ChromaIndex(chroma_folder, key, metric), VectorJournal(journal_folder), rows, live, pending)


def holds(index: VectorStore, journal: VectorJournal, rows: int, live: set[bytes], pending: set[bytes]) -> bool:
    """Whether a store has what it should: see above. Raises what the store does."""
    import numpy as np

    from revsearch_tui.core.storage.exact import ExactIndex

    exact = ExactIndex(journal)
    required = {image_id for image_id in journal.ids()[:rows] if image_id in live} - pending
    count = index.count()
    seen: set[bytes] = set()
    start = 0
    while start < count:
        ids, embeddings = index.read(start, CHUNK_ROWS)
        if not ids:
            break
        start += len(ids)
        seen.update(ids)
        stored = [exact.embedding(image_id) for image_id in ids]
        if any(row is None for row in stored) or not np.allclose(np.asarray(stored), embeddings, atol=1e-5):
            return False
    if len(seen) != count or not required <= seen <= live | pending:
        return False
    return not seen or _answers(index, exact, sorted(seen))


def _answers(index: VectorStore, exact: ExactIndex, ids: list[bytes]) -> bool:
    """Whether queries work, and stored rows find their like; an approximate index need not find every one."""
    import numpy as np

    found = 0
    for image_id in ids[:: max(1, len(ids) // _SAMPLES)]:
        embedding = exact.embedding(image_id)
        assert embedding is not None
        nearest = [exact.embedding(value) for value in index.query(embedding, 3)]
        found += any(row is not None and np.allclose(row, embedding, atol=1e-5) for row in nearest)
    return found > 0


def _read_ids(path: str) -> set[bytes]:
    data = Path(path).read_bytes()
    return {data[start : start + 32] for start in range(0, len(data), 32)}


def _end_with_parent() -> None:
    """Two processes must never write to one ChromaDB folder: a comparison does not outlive who asked for it."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    _end_with_parent()
    _chroma, _key, _metric, _journal, _rows, _live, _pending = sys.argv[1:]
    _sound = _compare(Path(_chroma), _key, _metric, Path(_journal), int(_rows), _read_ids(_live), _read_ids(_pending))
    # At once: what ChromaDB does when it is taken down may hang where its files are damaged.
    os._exit(0 if _sound else 1)
