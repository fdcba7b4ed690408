"""Checks of a vector store, in the order they run: each in a folder of its own, for every metric."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from revsearch_tui.api.infos import StoreInfo
from revsearch_tui.api.testing.bench import resolve
from revsearch_tui.api.testing.outcomes import CheckResult, attempt
from revsearch_tui.api.testing.watching import touches, watched
from revsearch_tui.api.types import StorePlace

METRICS = ("hamming", "cosine", "l2")
_DIM, _ROWS, _K = 24, 60, 10
_FOUND, _REACHED = 0.7, 0.9
"""The part of the nearest rows that a store which searches approximately finds of so few, and of all rows."""
_SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a database and takes away again; the host passes it over, too."""
_CHILD = """
import os, sys
from pathlib import Path
import numpy as np
from revsearch_tui.api.testing.bench import resolve
from revsearch_tui.api.testing.stores import made_rows
from revsearch_tui.api.types import StorePlace
store = resolve(sys.argv[1])(StorePlace(Path(sys.argv[2]), "kit-rows", "l2", 24, True))
ids, rows, metadata = made_rows("l2", 1_000_000 // 24, 5)
for start in range(0, len(ids), 100):
    part = slice(start, start + 100)
    store.upsert(ids[part], rows[part], metadata[part])
    print(start, flush=True)
"""


def run_store_checks(info: StoreInfo) -> list[CheckResult]:
    """Every check, in order."""
    results: list[CheckResult] = []
    for check in CHECKS:
        attempt(results, info.name, check.__name__, lambda check=check: check(info))  # type: ignore[misc]
    return results


def made_rows(metric: str, count: int, seed: int) -> tuple[list[bytes], Any, list[dict[str, Any]]]:
    """Ids, rows (count, 24) float32 and metadata, the same for the same numbers."""
    import numpy as np

    chance = np.random.default_rng(seed)
    if metric == "hamming":
        rows = chance.integers(0, 2, (count, _DIM)).astype(np.float32)
    else:
        rows = chance.normal(size=(count, _DIM)).astype(np.float32)
    if metric == "cosine":
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = [hashlib.sha256(f"{seed} {number}".encode()).digest() for number in range(count)]
    metadata = [{"path": f"/a/größer {number}.png", "width": number, "method": "m"} for number in range(count)]
    return ids, rows, metadata


def round_trip(info: StoreInfo) -> None:
    """What was written is there, also once it was closed and opened anew: ids, rows, and their number."""
    for store, place in _each(info):
        ids, rows, metadata = made_rows(place.metric, _ROWS, 1)
        store.upsert(ids[:40], rows[:40], metadata[:40])
        store.upsert(ids[40:], rows[40:], metadata[40:])
        store.upsert([], rows[:0], [])
        _holds(store, ids, rows)
        store.flush()
        store.close()
        store.close()
        for is_writing in (False, True):
            again = _opened(info, place, is_writing)
            _holds(again, ids, rows)
            again.close()


def replacing(info: StoreInfo) -> None:
    """A row of an id that is there takes its place; its metadata can be written anew."""
    import numpy as np

    for store, place in _each(info):
        ids, rows, metadata = made_rows(place.metric, _ROWS, 1)
        _, others, _ = made_rows(place.metric, _ROWS, 2)
        store.upsert(ids, rows, metadata)
        store.upsert(ids[:7], others[:7], metadata[:7])
        store.update_metadata(ids[5:9], [{"path": "/b.png"}] * 4)
        _holds(store, ids, np.concatenate([others[:7], rows[7:]]))
        store.close()


def deleting(info: StoreInfo) -> None:
    """Rows that were removed are gone, and can come back; those that are not there are passed over."""
    for store, place in _each(info):
        ids, rows, metadata = made_rows(place.metric, _ROWS, 1)
        store.upsert(ids, rows, metadata)
        store.delete([*ids[:20], b"\0" * 32])
        store.delete([])
        _holds(store, ids[20:], rows[20:])
        assert not set(store.query(rows[0], _ROWS)) & set(ids[:20]), "a row that was removed is found"
        store.upsert(ids[:20], rows[:20], metadata[:20])
        store.flush()
        store.close()
        again = _opened(info, place)
        _holds(again, [*ids[20:], *ids[:20]], [*rows[20:], *rows[:20]])
        again.close()


def nearest(info: StoreInfo) -> None:
    """Queries find the nearest rows, nearest first, and no more than there are."""
    import numpy as np

    for store, place in _each(info):
        ids, rows, metadata = made_rows(place.metric, _ROWS, 1)
        assert store.query(rows[0], _K) == [], "an empty store finds something"
        store.upsert(ids, rows, metadata)
        store.flush()
        store.close()
        store = _opened(info, place)  # noqa: PLW2901
        _, queries, _ = made_rows(place.metric, 12, 3)
        right = 0
        for query in (*rows[:6], *queries):
            found = store.query(query, _K)
            assert len(found) == len(set(found)) == _K, f"{len(set(found))} different ids where {_K} were asked for"
            distances = _distances(query, rows, place.metric)
            exact = np.sort(distances)[:_K]
            told = np.array([distances[ids.index(each)] for each in found])
            assert (np.diff(told) >= -1e-4).all(), "the nearest ones are not in order"
            right += int((told <= exact[-1] + 1e-4).sum())
        assert right >= _FOUND * 18 * _K, f"of {18 * _K} nearest rows only {right} are found ({place.metric})"
        for number in range(6):
            assert _distances(rows[number], rows, place.metric)[ids.index(store.query(rows[number], 1)[0])] < 1e-4, (
                "a row is not nearest to itself"
            )
        every = len(store.query(rows[0], 10 * _ROWS))  # a graph of neighbours may fail to reach one of its rows
        assert _REACHED * _ROWS <= every <= _ROWS, f"asked for more than there are, it gives {every} of {_ROWS}"
        store.close()


def reading(info: StoreInfo) -> None:
    """Opened to be read it changes no file, and several may do that at once, in other processes too."""
    for store, place in _each(info):
        ids, rows, metadata = made_rows(place.metric, _ROWS, 1)
        store.upsert(ids, rows, metadata)
        store.flush()
        store.close()
        before = _files(place.folder)
        readers = [_opened(info, place) for _ in range(2)]
        for reader in readers:
            assert reader.query(rows[3], 1) == [ids[3]], "the second reader finds something else"
            _holds(reader, ids, rows)
        for reader in readers:
            reader.close()
        assert _files(place.folder) == before, "opening it to read changes its files"


def stays_put(info: StoreInfo) -> None:
    """It writes into its folder alone, and speaks to nobody."""
    for store, place in _each(info):
        ids, rows, metadata = made_rows(place.metric, _ROWS, 1)
        with watched(touches) as seen:
            store.upsert(ids, rows, metadata)
            store.flush()
            store.close()
        beside = [path.name for path in place.folder.parent.iterdir() if path != place.folder]
        assert not seen and not beside, f"it touches the outside: {[*seen, *beside][0]}"


def apart(info: StoreInfo) -> None:
    """Two folders are two stores, and what is deleted from outside is begun anew."""
    import shutil

    for store, place in _each(info):
        ids, rows, metadata = made_rows(place.metric, _ROWS, 1)
        store.upsert(ids, rows, metadata)
        store.close()
        shutil.rmtree(place.folder)
        place.folder.mkdir()
        anew = _opened(info, place, True)
        assert anew.count() == 0, "it remembers rows of a folder that was emptied"
        anew.upsert(ids[:3], rows[:3], metadata[:3])
        _holds(anew, ids[:3], rows[:3])
        anew.close()


def killed(info: StoreInfo) -> None:
    """Killed while it adds rows, it says that it is of no use, or holds no row that was not given."""
    import numpy as np

    ids, rows, _ = made_rows("l2", 1_000_000 // _DIM, 5)
    for batches in (1, 3, 7):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "rows"
            folder.mkdir()
            child = subprocess.Popen(
                [sys.executable, "-c", _CHILD, info.factory, str(folder)],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            assert child.stdout is not None and child.stderr is not None
            told = [child.stdout.readline() for _ in range(batches)]
            child.kill()
            _, error = child.communicate()
            assert all(told), f"it fails in a fresh process: {error.decode(errors='replace').strip()[-200:]}"
            try:
                store = _opened(info, StorePlace(folder, "kit-rows", "l2", _DIM))
                found, stored = store.read(0, store.count())
                store.close()
            except Exception:  # the host begins it anew then
                continue
            place = {each: number for number, each in enumerate(ids)}
            known = all(each in place for each in found)
            assert known and np.allclose(stored, rows[[place[each] for each in found]], atol=1e-5), (
                "killed while it adds rows, it holds some that were not given"
            )


CHECKS = (round_trip, replacing, deleting, nearest, reading, stays_put, apart, killed)


def _each(info: StoreInfo) -> Iterator[tuple[Any, StorePlace]]:
    """An empty store for each metric, open to be written."""
    for metric in METRICS:
        with tempfile.TemporaryDirectory() as name:
            place = StorePlace(Path(name) / "rows", "kit-rows", metric, _DIM)
            place.folder.mkdir()
            yield _opened(info, place, True), place


def _opened(info: StoreInfo, place: StorePlace, is_writing: bool = False) -> Any:
    return resolve(info.factory)(StorePlace(place.folder, place.key, place.metric, place.dim, is_writing))


def _holds(store: Any, ids: list[bytes], rows: Any) -> None:
    """Assert that it has these rows and no others."""
    import numpy as np

    assert store.count() == len(ids), f"it counts {store.count()} rows where there are {len(ids)}"
    assert store.present([*ids, b"\1" * 32]) == set(ids), "present does not tell which ids have a row"
    found: list[bytes] = []
    parts = []
    for start in range(0, len(ids), 25):
        some, stored = store.read(start, 25)
        assert len(some) == len(stored), "read gives not as many ids as rows"
        found += some
        parts.append(np.asarray(stored))
    assert sorted(found) == sorted(ids), "read does not give every row once"
    given = dict(zip(ids, rows, strict=True))
    stored = np.concatenate(parts)
    assert np.allclose(stored, [given[each] for each in found], atol=1e-5), "rows come back changed"


def _distances(query: Any, rows: Any, metric: str) -> Any:
    import numpy as np

    return 1 - rows @ query if metric == "cosine" else np.square(rows - query).sum(axis=1)


def _files(folder: Path) -> dict[str, tuple[int, int, str]]:
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_size,
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(_SIDE_FILES)
    }
