"""What six judgements do to a search: precision@20 before and after, through the product, beside an exemplar SVM.

Usage: python -m benchmarks.feedback FOLDER_OF_CLASS_FOLDERS [METHOD]

Every picture whose precision@20 is below 0.9 is searched for again with the first 3 right and the first 3 wrong of its
20 hits as `--like` and `--unlike`. Judged pictures and the query are taken out of both rankings.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retrieval import indexed
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.question import Part, feedback, read_question, with_feedback
from revsearch_tui.core.search.results import SearchRequest
from revsearch_tui.core.search.start_search import search_request
from revsearch_tui.core.search.word_search import search_any
from revsearch_tui.core.workspace import Workspace

TOP, JUDGED, ENOUGH = 20, 3, 0.9
_POOL = 100
"""Pictures of the collection that the SVM takes for wrong."""


def found(
    engine: SearchEngine, request: SearchRequest, query: Path, judged: Sequence[Path] = (), right: int = 0
) -> Any:
    """The hits' paths, of which the first `right` of the judged are liked; without the query and the judged."""
    names = [str(path) for path in judged]
    question = with_feedback((Part(source=str(query)),), feedback(names[:right], names[right:]))
    hits = search_any(engine, read_question(question, engine.read), request).hits
    gone = {query, *judged}
    return [hit.path for hit in hits if not gone.intersection(hit.paths)]


def precision(query: Path, paths: Sequence[Path]) -> float:
    """The share of the first 20 that are of the query's class."""
    return sum(path.parent == query.parent for path in paths[:TOP]) / TOP


def by_svm(rows: Any, paths: Sequence[Path], query: Path, judged: Sequence[Path], right: int) -> list[Path]:
    """All pictures as a linear SVM ranks them: query and right ones against wrong ones, which have half of that side's
    weight, and a sample of the collection (Malisiewicz et al., Ensemble of exemplar-SVMs, ICCV 2011)."""
    from sklearn.svm import LinearSVC

    places = {path: place for place, path in enumerate(paths)}
    pool = np.random.default_rng(0).choice(len(rows), min(len(rows), _POOL), replace=False)
    wanted = [places[path] for path in (query, *judged[:right])]
    wrong = [places[path] for path in judged[right:]]
    weights = [10 / len(wanted)] * len(wanted) + [5 / max(1, len(wrong))] * len(wrong) + [5 / len(pool)] * len(pool)
    labels = [1] * len(wanted) + [0] * (len(wrong) + len(pool))
    svm = LinearSVC(C=0.1, max_iter=5000)
    svm.fit(rows[[*wanted, *wrong, *pool]], labels, sample_weight=weights)
    order = np.argsort(-(rows @ svm.coef_[0]), kind="stable")
    return [path for place in order if (path := paths[place]) != query and path not in judged]


def main(arguments: list[str]) -> None:
    """Measure in a home of its own, and print."""
    folder, method = Path(arguments[0]).resolve(), (arguments[1:] or ["efficientnet"])[0]
    with tempfile.TemporaryDirectory() as home:
        os.environ["REVSEARCH_HOME"] = home
        workspace = Workspace()
        engine = indexed(workspace, "judged", folder, [method])
        request = search_request(workspace, workspace.choose([method]), k=TOP + 2 * JUDGED + 1)
        (opened,), _ = engine.opened_for(request.methods, request)
        images = engine.catalog.images(sorted(engine.catalog.image_ids()))
        rows, _ = opened.exact.stored(list(images))
        paths = [image.paths[0] for image in images.values()]
        before, after, svm = [], [], []
        for query in paths:
            first = found(engine, request, query)
            if precision(query, first) >= ENOUGH:
                continue
            right = [path for path in first[:TOP] if path.parent == query.parent][:JUDGED]
            judged = [*right, *[path for path in first[:TOP] if path.parent != query.parent][:JUDGED]]
            before.append(precision(query, [path for path in first if path not in judged]))
            after.append(precision(query, found(engine, request, query, judged, len(right))))
            svm.append(precision(query, by_svm(rows, paths, query, judged, len(right))))
        engine.close()
    print(f"{len(before)} of {len(paths)} queries are below {ENOUGH}; the rest of their first {TOP}, by {method}:")
    print(f"before: {np.mean(before):.3f}")
    for name, values in (("--like and --unlike", after), ("exemplar SVM", svm)):
        low, high = _interval(np.array(before), np.array(values))
        share = (np.mean(values) - np.mean(before)) / (1 - np.mean(before))
        print(f"{name}: {np.mean(values):.3f}, closes {share:.2f} of the gap to 1 (95 %: {low:.2f} to {high:.2f})")


def _interval(before: Any, after: Any) -> tuple[float, float]:
    """Of the share of the gap that is closed, by a bootstrap over queries."""
    chance, shares = np.random.default_rng(0), []
    for _ in range(2000):
        drawn = chance.integers(0, len(before), len(before))
        was = before[drawn].mean()
        shares.append((after[drawn].mean() - was) / (1 - was))
    low, high = np.quantile(shares, (0.025, 0.975))
    return float(low), float(high)


if __name__ == "__main__":
    main(sys.argv[1:])
