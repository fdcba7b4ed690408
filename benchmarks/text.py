"""Queries in words on real pictures, through the product's own indexing and search.

Usage: python -m benchmarks.text corel1k FOLDER_OF_CLASS_FOLDERS [METHOD...]

The queries were written down before any result was seen: for each class of Corel-1k one of one word and one of two. The
pictures are indexed under numbers, so that no name of a file or folder helps. Beside precision@10 of the queries, with
95 % bootstrap intervals over queries, how often the class that is made of stored embeddings is the network's own.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.retrieval import TOP, indexed
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.question import Part, read_question
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import search_request
from revsearch_tui.core.search.word_search import search_any
from revsearch_tui.core.workspace import Workspace

ONE_WORD = {
    "africa": "village",
    "beach": "beach",
    "buildings": "building",
    "buses": "bus",
    "dinosaurs": "dinosaur",
    "elephants": "elephant",
    "flowers": "flower",
    "food": "food",
    "horses": "horse",
    "mountains": "mountain",
}
TWO_WORDS = {
    "africa": "african people",
    "beach": "sandy beach",
    "buildings": "old building",
    "buses": "red bus",
    "dinosaurs": "prehistoric dinosaur",
    "elephants": "wild elephant",
    "flowers": "pink flower",
    "food": "cooked food",
    "horses": "running horse",
    "mountains": "snowy mountain",
}


def numbered(folder: Path, target: Path) -> dict[str, str]:
    """Copies of all pictures under numbers, and the class of each by its name."""
    target.mkdir()
    classes = {}
    for number, path in enumerate(sorted(path for path in folder.glob("*/*") if path.is_file())):
        name = f"{number:05}{path.suffix}"
        shutil.copyfile(path, target / name)
        classes[name] = path.parent.name
    return classes


def precisions(
    workspace: Workspace, engine: SearchEngine, method: str, queries: Mapping[str, str], classes: Mapping[str, str]
) -> dict[str, float]:
    """By query, the share of its first ten pictures that are of its class."""
    request = search_request(workspace, workspace.choose([method]), k=TOP)
    found = {}
    for wanted, words in queries.items():
        result = search_any(engine, read_question((Part(text=words),), read_query), request)
        found[words] = sum(classes[hit.path.name] == wanted for hit in result.hits) / TOP
        print(f"{method}  {words!r}  precision@10={found[words]:.1f}  as: {', '.join(result.taken_for[:5])}")
    return found


def agreement(workspace: Workspace, engine: SearchEngine, folder: Path) -> str:
    """How often the name that `efficientnet` has for a picture is the class of `efficientnet-softmax`, and how far both
    are apart in how sure it is."""
    requests = [
        search_request(workspace, workspace.choose([method]), k=1)
        for method in ("efficientnet", "efficientnet-softmax")
    ]
    same, apart = [], []
    for path in sorted(folder.iterdir()):
        query = read_query(str(path))
        first, second = (engine.search([query], request)[0].hits[0] for request in requests)
        same.append(first.label == second.label)
        apart.append(abs((first.confidence or 0) - (second.confidence or 0)))
    return f"{sum(same)} of {len(same)} classes of stored embeddings are the network's, off by {np.mean(apart):.3f}"


def interval(values: list[float]) -> tuple[float, float]:
    """95 %, by resampling."""
    chance = np.random.default_rng(0)
    means = chance.choice(np.array(values), (10_000, len(values))).mean(axis=1)
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def main(arguments: list[str]) -> None:
    """Measure in a home of its own."""
    kind, folder, *methods = arguments
    assert kind == "corel1k", f"there are queries for corel1k, not for {kind}"
    methods = methods or ["efficientnet", "efficientnet-softmax"]
    with tempfile.TemporaryDirectory() as place:
        os.environ["REVSEARCH_HOME"] = f"{place}/home"
        pictures = Path(place) / "pictures"
        classes = numbered(Path(folder), pictures)
        workspace = Workspace()
        engine = indexed(workspace, "words", pictures, methods)
        for method in methods:
            for queries, label in ((ONE_WORD, "one word"), (TWO_WORDS, "two words")):
                found = list(precisions(workspace, engine, method, queries, classes).values())
                low, high = interval(found)
                print(f"{method}  {label}  mean={statistics.fmean(found):.3f}  ({low:.2f}-{high:.2f})")
        if {"efficientnet", "efficientnet-softmax"} <= set(methods):
            print(agreement(workspace, engine, pictures))
        engine.close()


if __name__ == "__main__":
    main(sys.argv[1:])
