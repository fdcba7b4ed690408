"""Compare a ChromaDB folder with its journal, row by row. Run as a child process: damaged index files can crash it.

Usage: python -m revsearch_tui.core.store.check CHROMA_FOLDER KEY METRIC JOURNAL_FOLDER ROWS LIVE_IDS_FILE
Exit status 0: ChromaDB has exactly the first ROWS journal rows that are among the live ids, and answers a query.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHUNK_ROWS = 5_000


def is_sound(chroma_folder: Path, key: str, metric: str, journal_folder: Path, rows: int, live_file: Path) -> bool:
    """Run the comparison in a child process; a crash of it counts as damage."""
    arguments = [str(chroma_folder), key, metric, str(journal_folder), str(rows), str(live_file)]
    outcome = subprocess.run(
        [sys.executable, "-m", "revsearch_tui.core.store.check", *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
    )
    return outcome.returncode == 0


def _compare(chroma_folder: Path, key: str, metric: str, journal_folder: Path, rows: int, live_file: Path) -> bool:
    import numpy as np

    from revsearch_tui.core.exact import ExactIndex
    from revsearch_tui.core.journal.vectors import VectorJournal
    from revsearch_tui.core.store.chroma import ChromaIndex

    journal = VectorJournal(journal_folder)
    exact = ExactIndex(journal)
    data = live_file.read_bytes()
    live = {data[start : start + 32] for start in range(0, len(data), 32)}
    expected = {image_id for image_id in journal.ids()[:rows] if image_id in live}
    index = ChromaIndex(chroma_folder, key, metric)
    if index.count() != len(expected):
        return False
    seen: set[bytes] = set()
    for start in range(0, len(expected), CHUNK_ROWS):
        ids, embeddings = index.read(start, CHUNK_ROWS)
        seen.update(ids)
        stored = [exact.embedding(image_id) for image_id in ids]
        if any(row is None for row in stored) or not np.allclose(np.asarray(stored), embeddings, atol=1e-5):
            return False
    if seen != expected:
        return False
    sample = sorted(expected)[:: max(1, len(expected) // 3)]
    for image_id in sample:
        embedding = exact.embedding(image_id)
        if embedding is None or not index.query(embedding, 1):
            return False
    index.close()
    return True


if __name__ == "__main__":
    _chroma, _key, _metric, _journal, _rows, _live = sys.argv[1:]
    sys.exit(0 if _compare(Path(_chroma), _key, _metric, Path(_journal), int(_rows), Path(_live)) else 1)
