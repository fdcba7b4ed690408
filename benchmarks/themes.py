"""Themes: how well they match classes, or what 100,000 generated embeddings take.

Usage: python -m benchmarks.themes FOLDER_OF_CLASS_FOLDERS [METHOD]
       python -m benchmarks.themes NUMBER

The latter plants 60 themes of unlike sizes, and a tenth of outliers, among embeddings of 1,280 numbers on the disk.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retrieval import indexed
from revsearch_tui.api import NullControl
from revsearch_tui.core.groups.themes import Themes, find_themes, smallest_theme
from revsearch_tui.core.search.start_search import search_request
from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal.vectors import VectorJournal
from revsearch_tui.core.workspace import Workspace

_DIM, _THEMES, _OUTLIERS, _SPREAD = 1280, 60, 0.1, 1.0
_BLOCK = 5000


def told(themes: Themes, classes: Any) -> str:
    """How well themes match classes (n,) of whole numbers, -1 for what is like nothing."""
    from sklearn.metrics import adjusted_rand_score

    inside = themes.labels >= 0
    right = sum(np.bincount(classes[themes.labels == theme] + 1).max() for theme in range(themes.labels.max() + 1))
    rand = adjusted_rand_score(classes[inside], themes.labels[inside])
    return (
        f"{themes.labels.max() + 1} themes, {np.mean(~inside):.3f} of the pictures in none, of the others "
        f"{right / inside.sum():.3f} with most of their theme, adjusted Rand index {rand:.3f}"
    )


def planted(count: int, folder: Path) -> tuple[ExactIndex, list[bytes], Any]:
    """A journal of so many embeddings of length 1 with their ids, and the theme of each, -1 where it has none: such a
    picture has something of two themes."""
    chance = np.random.default_rng(0)
    classes = chance.choice(_THEMES, count, p=chance.dirichlet(np.full(_THEMES, 3.0)))
    middles = chance.standard_normal((_THEMES, _DIM), np.float32)
    is_outlier = chance.random(count) < _OUTLIERS
    journal = VectorJournal(folder, metric="cosine", dim=_DIM)
    ids = [hashlib.sha256(str(number).encode()).digest() for number in range(count)]
    for start in range(0, count, _BLOCK):
        part = slice(start, min(count, start + _BLOCK))
        others = middles[chance.integers(0, _THEMES, len(classes[part]))]
        share = chance.uniform(0.3, 0.7, (len(others), 1)).astype(np.float32) * is_outlier[part, None]
        rows = (1 - share) * middles[classes[part]] + share * others
        rows += chance.standard_normal(rows.shape, np.float32) * _SPREAD
        journal.append(ids[part], rows / np.linalg.norm(rows, axis=1, keepdims=True))
    return ExactIndex(VectorJournal(folder)), ids, np.where(is_outlier, -1, classes)


def generated(count: int, folder: Path) -> None:
    """Print what it takes to find planted themes."""
    exact, ids, classes = planted(count, folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, used = time.monotonic(), time.process_time()
    themes = find_themes(
        count, lambda places: exact.stored([ids[place] for place in places])[0], smallest_theme(count), NullControl()
    )
    print(f"{count:,} embeddings: {time.monotonic() - started:.1f} s, {time.process_time() - used:.1f} s of processors")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory: {after / 1024:.0f} MB at most, of which {before / 1024:.0f} were taken making the embeddings")
    print(told(themes, classes))


def real(folder: Path, method: str, home: Path) -> None:
    """Print how well themes match the folders."""
    os.environ["REVSEARCH_HOME"] = str(home)
    workspace = Workspace()
    engine = indexed(workspace, "themes", folder, [method])
    request = search_request(workspace, workspace.choose([method]))
    ((opened,), _) = engine.opened_for(request.methods, request)
    images = list(engine.catalog.images(sorted(engine.catalog.image_ids())).values())
    names = sorted({image.paths[0].parent.name for image in images})
    classes = np.array([names.index(image.paths[0].parent.name) for image in images])
    ids = [image.image_id for image in images]
    themes = find_themes(
        len(ids),
        lambda places: opened.exact.stored([ids[n] for n in places])[0],
        smallest_theme(len(ids)),
        NullControl(),
    )
    engine.close()
    print(f"{len(ids):,} pictures of {len(names)} classes: {told(themes, classes)}")


def main(arguments: list[str]) -> None:
    """Measure in a folder of its own."""
    with tempfile.TemporaryDirectory() as home:
        if arguments[0].isdigit():
            generated(int(arguments[0]), Path(home) / "journal")
        else:
            real(Path(arguments[0]).resolve(), (arguments[1:] or ["efficientnet"])[0], Path(home))


if __name__ == "__main__":
    main(sys.argv[1:])
