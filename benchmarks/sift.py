"""A query by SIFT: 100 candidates verified geometrically."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from benchmarks.measure import Bench, Row, interleave, timed
from benchmarks.peers.bare_sift import BareSift
from benchmarks.pictures import gallery_folder, near_copies
from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import SearchRequest
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace


def run(bench: Bench) -> list[Row]:
    """Queries are near-copies of members. The peer has the features of the very candidates in memory already."""
    import cv2

    pictures, candidates = bench.size(1000, 24), bench.size(100, 10)
    folder, kind = gallery_folder(bench.folder / "gallery", pictures)
    queries = near_copies(folder, bench.folder / "queries", bench.size(10, 2))
    bench.say(f"indexing {pictures} {kind} by sift")
    workspace = Workspace(Folders(*(bench.folder / name for name in ("data", "cache", "config"))))
    index_collection(workspace, "bench", [folder], ["sift"], control=NullControl())
    engine = open_engine(workspace, workspace.collection("bench"), NullControl(), bench.say)
    request = search_request(workspace, workspace.choose(["sift"]), k=candidates, candidates=candidates)

    peers = {}
    for query in queries:
        (result,) = engine.search([read_query(str(query))], request)
        if not result.hits[0].verified:
            raise AssertionError(f"the near-copy {query.name} was not verified")
        peers[query] = BareSift([hit.path for hit in result.hits])
    threads = cv2.getNumberOfCPUs()

    def bare(query: Path) -> None:
        cv2.setNumThreads(threads)  # the product shares its threads out itself, and leaves OpenCV one
        peers[query].search(query)
        cv2.setNumThreads(1)

    found = interleave(
        {"ours": _each(queries, lambda query: _search(engine, query, request)), "bare": _each(queries, bare)},
        bench.size(30, 2),
    )
    engine.close()
    name = f"sift query, {candidates} of {pictures:,} verified"
    peer = "OpenCV: SIFT, knnMatch, findHomography"
    return [
        Row(
            name,
            found["ours"],
            peer,
            found["bare"],
            most_seconds=0.4,
            note=f"{kind}; decoding the query included in both",
        )
    ]


def _search(engine: SearchEngine, query: Path, request: SearchRequest) -> None:
    engine.search([read_query(str(query))], request)


def _each(queries: list[Path], search: Callable[[Path], None]) -> Callable[[], float]:
    asked = cycle(queries)
    return timed(lambda: search(next(asked)))
