"""Retrieval quality on real pictures, through the product's own indexing, candidates and verification.

Usage: python -m benchmarks.retrieval corel1k|covers FOLDER_OF_PICTURES METHOD...

`corel1k`: a folder of class folders; every picture is a query against the others; precision@10 by class.
`covers`: folders `reference` and photographs of the same names; recall@1 of the reference, and where it ranks.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace

TOP = 10


def indexed(workspace: Workspace, name: str, folder: Path, methods: Iterable[str]) -> SearchEngine:
    """A search engine over a folder, indexed by these methods."""
    index_collection(workspace, name, [folder], list(methods), control=NullControl())
    return open_engine(workspace, workspace.collection(name), NullControl(), print)


def precision_by_class(workspace: Workspace, folder: Path, methods: list[str]) -> dict[str, dict[str, float]]:
    """Per method, per class: the mean share of the 10 nearest other pictures that are of the query's class."""
    engine = indexed(workspace, "quality", folder, methods)
    queries = sorted(path for path in folder.glob("*/*") if path.is_file())
    result = {}
    for choice in workspace.choose(methods):
        by_class: dict[str, list[float]] = defaultdict(list)
        request = search_request(workspace, [choice], k=TOP + 1)
        for query in queries:
            hits = engine.search([read_query(str(query))], request)[0].hits
            others = [hit for hit in hits if query not in hit.paths][:TOP]
            assert hits[0].score == 1 and query in hits[0].paths, f"{query} is not its own first hit"
            by_class[query.parent.name].append(sum(h.path.parent.name == query.parent.name for h in others) / TOP)
        result[choice.label] = {name: statistics.fmean(values) for name, values in sorted(by_class.items())}
    engine.close()
    return result


def recall_of_references(workspace: Workspace, folder: Path, methods: list[str]) -> dict[str, dict[str, float]]:
    """Per method: the share of photographs whose reference comes first, among the first 5 and first 10."""
    engine = indexed(workspace, "references", folder / "reference", methods)
    queries = sorted(path for path in folder.glob("*/*.jpg") if path.parent.name != "reference")
    result = {}
    for choice in workspace.choose(methods):
        request = search_request(workspace, [choice], k=10)
        ranks = []
        for query in queries:
            hits = engine.search([read_query(str(query))], request)[0].hits
            ranks.append(next((hit.rank for hit in hits if hit.path.name == query.name), 10**6))
        result[choice.label] = {
            f"recall@{depth}": sum(rank <= depth for rank in ranks) / len(ranks) for depth in (1, 5, 10)
        } | {"queries": len(ranks)}
    engine.close()
    return result


def main(arguments: list[str]) -> None:
    """Measure in a home of its own, with the user's registered models."""
    kind, folder, *methods = arguments
    models = Workspace().folders.models
    with tempfile.TemporaryDirectory() as home:
        os.environ["REVSEARCH_HOME"] = home
        workspace = Workspace()
        if models.is_dir():
            workspace.folders.data.mkdir(parents=True)
            workspace.folders.models.symlink_to(models, target_is_directory=True)
        measure = {"corel1k": precision_by_class, "covers": recall_of_references}[kind]
        for label, figures in measure(workspace, Path(folder), methods or ["phash", "sift"]).items():
            print(label, *(f"{name}={value:.3f}" for name, value in figures.items()), sep="  ")
            if kind == "corel1k":
                print(f"{label}  mean={statistics.fmean(figures.values()):.4f}")


if __name__ == "__main__":
    main(sys.argv[1:])
