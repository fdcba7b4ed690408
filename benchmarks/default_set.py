"""What the methods of a new collection cost: indexing photographs, and a query from its file to the paths found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count, cycle
from pathlib import Path
from statistics import median

from benchmarks.enlarging import enlarge
from benchmarks.measure import Bench, Row, child, command, interleave, revsearch, timed
from benchmarks.pictures import gallery_folder, near_copies, photo_folder
from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.changes import changes_below
from revsearch_tui.core.indexing.start_index import index_collection, index_settings
from revsearch_tui.core.methods.sets import DEFAULT, SETS
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import SearchRequest
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace

_WITHOUT = ("phash", "sift")
"""The default set without its network."""
_SLOWEST = "sift"


def run(bench: Bench) -> list[Row]:
    """The default set against what it cannot do without, the same without its network, and the quick set against it."""
    return [*_indexing(bench), *_queries(bench)]


def _indexing(bench: Bench) -> list[Row]:
    photos = bench.size(500, 6)
    width, height = (1000, 750) if bench.quick else (4000, 3000)
    bench.say(f"drawing {photos} photographs of {width}x{height}")
    folder = photo_folder(bench.folder / "photos", photos, bench.size(24, 3), width, height)
    fresh = (bench.folder / f"home{number}" for number in count())

    spent: dict[str, list[float]] = {}

    def task(name: str, *arguments: str) -> Callable[[], float]:
        def action() -> float:
            answer = child(*arguments, home=next(fresh))
            if answer["pictures"] != photos:
                raise AssertionError(f"{arguments} took {answer['pictures']} of {photos} pictures")
            spent.setdefault(name, []).append(answer["processor_seconds"])
            bench.say(f"  {name}: {answer['seconds']:.2f} s")
            return float(answer["seconds"])

        return action

    sets = {"default": DEFAULT, "without": _WITHOUT, "quick": SETS["quick"]}
    tasks = {name: task(name, "index", str(folder), ",".join(methods)) for name, methods in sets.items()}
    tasks["decode"] = task("decode", "decode", str(folder))
    tasks["slowest"] = task("slowest", "embed", str(folder), _SLOWEST)
    found = interleave(tasks, bench.size(3, 1))
    what = f"index {photos} photos of {width * height / 1e6:.0f} MP"
    busy = {name: 1000 * median(spent[name]) / photos for name in sets}
    note = (
        f"{1000 * found['default'] / photos:.0f} ms a photo; processor time, which a busy machine changes least: "
        f"{busy['default']:.0f} ms, by phash and sift {busy['without']:.0f} ms, by the quick set {busy['quick']:.0f} ms"
    )
    least = found["decode"] + found["slowest"]
    return [
        Row(
            f"{what} by the default set",
            found["default"],
            f"decoding, and after it {_SLOWEST} alone",
            least,
            most_ratio=1.15,
        ),
        Row(f"{what} by the default set", found["default"], "phash and sift", found["without"], note=note),
        Row(f"{what} by the quick set", found["quick"], "the default set", found["default"]),
    ]


def _queries(bench: Bench) -> list[Row]:
    pictures, more = bench.size(1_000, 24), bench.size(50, 3)
    engines: list[SearchEngine] = []
    actions: dict[str, Callable[[], float]] = {}
    for times in (1, more):
        place = bench.folder / f"times{times}"
        folder, kind = gallery_folder(place / "gallery", pictures)
        queries = near_copies(folder, place / "queries", bench.size(10, 2))
        bench.say(f"indexing {pictures} {kind} by the default set")
        workspace = Workspace(Folders(*(place / name for name in ("data", "cache", "config"))))
        index_collection(workspace, "bench", [folder], DEFAULT, control=NullControl())
        collection = workspace.collection("bench")
        if times > 1:
            bench.say(f"making {pictures * times:,} of them")
            enlarge(collection, folder / "links", times)
        if changes := changes_below(collection, folder, index_settings(workspace)):
            raise AssertionError(f"the collection is not as the folder is: {changes}")
        engine = open_engine(workspace, collection, NullControl(), bench.say)
        engines.append(engine)
        for name, methods in (("default", DEFAULT), ("without", _WITHOUT)):
            request = search_request(workspace, workspace.choose(methods), named=False)
            _check(engine, queries[0], request, pictures * times)
            actions[f"{name} {times}"] = _each(queries, engine, request)
        words = (revsearch(), "search", str(queries[0]), "-f", "paths")
        actions[f"folder {times}"] = partial(command, *words, str(folder), home=place)
        actions[f"named {times}"] = partial(command, *words, "-c", "bench", home=place)
    commands = [name for name in actions if name.startswith(("folder", "named"))]
    found = interleave(actions, bench.size(30, 2), rare=dict.fromkeys(commands, bench.size(9, 1)))
    for engine in engines:
        engine.close()
    rows = []
    for times in (1, more):
        among = f"among {pictures * times:,}"
        name = f"query by the default set {among}"
        rows.append(Row(name, found[f"default {times}"], "phash and sift", found[f"without {times}"], note=kind))
        name = f"revsearch search PICTURE FOLDER {among}"
        rows.append(Row(name, found[f"folder {times}"], "the same with -c NAME", found[f"named {times}"]))
    name = f"query by the default set among {pictures * more:,}"
    return [*rows, Row(name, found[f"default {more}"], f"the same among {pictures:,}", found["default 1"])]


def _check(engine: SearchEngine, query: Path, request: SearchRequest, pictures: int) -> None:
    (result,) = engine.search([read_query(str(query))], request)
    if result.gallery != pictures or result.hits[0].tier not in ("copy", "same thing"):
        raise AssertionError(f"among {result.gallery} pictures the near-copy {query.name} was not found")


def _each(queries: list[Path], engine: SearchEngine, request: SearchRequest) -> Callable[[], float]:
    asked = cycle(queries)
    return timed(lambda: engine.search([read_query(str(next(asked)))], request)[0].hits)
