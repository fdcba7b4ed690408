"""How long the app keeps a user waiting while it indexes: keys, queries, scrolling, a huge record; and what pictures
take in memory. Seen from the other end of a real terminal, beside a bare list in another.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.enlarging import enlarge
from benchmarks.huge_record import NAME, write_huge_record
from benchmarks.measure import Bench, Row, environment, revsearch
from benchmarks.pictures import draw_photo, near_copies, photo_folder
from benchmarks.terminal import Terminal
from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.methods.sets import DEFAULT
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.pictures.loader import BUDGET_BYTES

_PEER = Path(__file__).parent / "peers" / "list.py"
_LIST = "a bare list"
HITS = 1_000
_F3 = "\x1bOR"


def run(bench: Bench) -> list[Row]:
    """A collection of 50,000 pictures by the default set, and what is found in it while more are indexed."""
    pictures, times = bench.size(250, 40), bench.size(200, 30)
    home, gallery = bench.folder / "home", bench.folder / "gallery"
    make(bench, home, gallery, pictures, times)
    queries = near_copies(gallery / "drawn", bench.folder / "queries", bench.size(9, 2))
    bench.say("drawing what is indexed meanwhile")
    photo_folder(gallery / "more", bench.size(2_000, 400), bench.size(20, 3), 1024, 768)
    write_huge_record(Folders(home / "data", home / "cache", home / "config"), bench.size(20_000, 200))
    return measure(bench, home, queries, pictures * times)


def make(bench: Bench, home: Path, gallery: Path, pictures: int, times: int) -> None:
    """Index drawn pictures, and make `times` as many of them."""
    drawn = gallery / "drawn"
    drawn.mkdir(parents=True)
    for number in range(pictures):
        draw_photo(number, 192, 144, shapes=60, grain=2.0).save(drawn / f"{number:05d}.jpg", quality=90)
    bench.say(f"indexing {pictures} drawn pictures by the default set")
    workspace = Workspace(Folders(home / "data", home / "cache", home / "config", home / "state"))
    index_collection(workspace, "bench", [gallery], DEFAULT, control=NullControl())
    bench.say(f"making {pictures * times:,} of them")
    enlarge(workspace.collection("bench"), gallery / "links", times)
    workspace.folders.config.mkdir(parents=True, exist_ok=True)
    workspace.folders.config_file.write_text(f"[search]\nk = {HITS}\n")


def measure(bench: Bench, home: Path, queries: Sequence[Path], among: int) -> list[Row]:
    """Drive the app over the collection of that home, and the bare list beside it."""
    hits = min(HITS, among)
    app = Terminal([revsearch(), "-c", "bench"], environment(home))
    peer = Terminal([sys.executable, str(_PEER)], environment(home))
    try:
        peer.wait("result 1")
        app.wait(f"{among:,} pictures", 60)
        time.sleep(3)
        opening = _ask(app, queries[0], hits)
        app.press("r", "Indexing")
        app.wait("/s", 600)  # it is past looking for files
        looked, asked = zip(*(_ask(app, query, hits) for query in queries[1:]), strict=True)
        spent = _spent(app, peer)
        keys = _keys(app, peer, min(hits - 2, bench.size(200, 10)))
        each = [(now - was) / len(keys[0]) for now, was in zip(_spent(app, peer), spent, strict=True)]
        before = app.memory()
        pages = _pages(app, hits, len(keys[0]) + 2)
        grown = max(0, app.memory() - before)
        app.press(_F3, NAME)
        record = [app.press("\r", "Methods"), app.press("\r", "Classes"), *_keys_of_a_table(app)]
        if not app.has_started("job_process"):
            raise RuntimeError("the job was over before everything was measured")
    finally:
        app.close()
        peer.close()
    told = {
        "key to frame": keys[0],
        "the list's": keys[1],
        "first hits": looked,
        "queries": asked,
        "pages": pages,
        "record": record,
    }
    for name, found in told.items():
        bench.say(f"  {name}: {_spread(found)}")
    middle = median(keys[1])
    busy = f"processor time a key, with all that goes on meanwhile: {1000 * each[0]:.0f} and {1000 * each[1]:.0f} ms"
    spread = f"{_spread(keys[0])}; the list: {_spread(keys[1])}; {busy}"
    queried = f"{hits:,} hits each; {_spread(asked)}; the very first, while nothing was indexed, {opening[1]:.2f} s"
    first_hits = f"{_spread(looked)}; the very first, while nothing was indexed, {opening[0]:.2f} s"
    grew = f"{grown / 1e6:.0f} MB more in memory after {hits:,}; pictures may take {BUDGET_BYTES / 1e6:.0f} MB"
    return [
        Row("key to frame while indexing, median", median(keys[0]), _LIST, middle, None, 0.05, spread),
        Row("key to frame while indexing, 99 %", _percentile(keys[0]), _LIST, _percentile(keys[1]), None, 0.15),
        Row("query to first hits while indexing, median", median(looked), _LIST, middle, None, 0.15, first_hits),
        Row("query to results while indexing, median", median(asked), _LIST, middle, None, None, queried),
        Row(f"{hits:,} results page by page, longest", max(pages), _LIST, max(keys[1]), None, 0.1, grew),
        Row("pages of a huge record, longest", max(record), _LIST, max(keys[1]), None, 0.1, _spread(record)),
    ]


def _ask(app: Terminal, query: Path, hits: int) -> tuple[float, float]:
    """Seconds from Enter to the first hits of another query, and to all results. After that the second hit is
    highlighted, so that the first of the next results can be told from what was there before."""
    app.press("/", "")
    time.sleep(0.3)
    app.press(f"\x1b[200~{query}\x1b[201~", query.name)
    time.sleep(0.7)  # what the line proposes is there
    started = time.perf_counter()
    first = app.press("\r", "a first look", 120)
    seconds = app.wait(f" 1 of {hits:,} · fused", 120) - started
    time.sleep(1.5)  # the pictures are there
    app.press("l", f" 2 of {hits:,}")
    return first, seconds


def _keys(app: Terminal, peer: Terminal, count: int) -> tuple[list[float], list[float]]:
    """Seconds from each key to the frame that tells what it did; the app and the list in turn."""
    chance = random.Random(0)
    ours, theirs = list[float](), list[float]()
    for number in range(3, count + 3):
        time.sleep(chance.uniform(0.05, 0.15))
        ours.append(app.press("l", f" {number:,} of "))
        theirs.append(peer.press("\x1b[B", f" {number - 1:,} of "))
    return ours, theirs


def _spent(*programs: Terminal) -> list[float]:
    return [program.processor_seconds() for program in programs]


def _pages(app: Terminal, hits: int, at: int) -> list[float]:
    """Seconds for each page from that hit to the end, pressed as fast as a held key is."""
    found = []
    while at < hits:
        time.sleep(0.03)
        found.append(app.press("\x1b[6~", f" of {hits:,} · fused"))
        at = int(app.before(f" of {hits:,} · fused").replace(",", ""))
    return found


def _keys_of_a_table(app: Terminal) -> list[float]:
    """Seconds for the views of a method: what it mixes up, and its mistakes, which are read from the disk."""
    return [app.press("]", "True class"), app.press("]", "Mistakes")]


def _spread(seconds: Sequence[float]) -> str:
    found = [1000 * each for each in sorted(seconds)]
    return f"median {median(found):.0f}, 99 % {_percentile(found):.0f}, longest {found[-1]:.0f} ms of {len(found)}"


def _percentile(values: Sequence[float], share: float = 0.99) -> float:
    found = sorted(values)
    return found[min(len(found) - 1, int(share * len(found)))]
