"""Measure what pictures and queries cost at small sizes: `python -m benchmarks.scale_points FILE.json [PART ...]`.

`benchmarks.scale_model` makes plans of them. Times are processor seconds of a process with all it started, so that
other work on the machine counts little; each point is a process of its own, and `revsearch` runs as a user runs it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from benchmarks.measure import environment, revsearch

PHOTO, CAMERA = (1024, 768), (4000, 3000)
"""Sizes of pictures, in pixels."""
CHROMA = {
    "bits256": ("hamming", 256, (10_000, 20_000, 50_000)),
    "float1280": ("cosine", 1280, (10_000, 16_000, 24_000)),
}
EXACT = {
    "bits256": ("hamming", 256, (10_000, 100_000, 1_000_000)),
    "float1280": ("cosine", 1280, (10_000, 30_000, 100_000)),
}
SERVER = {"bits256": ("hamming", 256, (2_500, 10_000, 30_000)), "float1280": ("cosine", 1280, (2_000, 8_000, 16_000))}
IDS = {"ids": ("hamming", 256, (100_000, 400_000, 1_600_000))}
_QUERIES = 20


def main(target: str, *wanted: str) -> None:
    """Measure all, or some parts anew, and write it after each."""
    kept = Path(target)
    points: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.exists() and wanted else {}
    points["machine"] = describe()
    for name, measure in (
        ("ids", lambda folder: _row_points("ids", IDS, folder)),
        ("exact", lambda folder: _row_points("exact", EXACT, folder)),
        ("indexing", _indexing_points),
        ("catalog", _catalog_points),
        ("server", lambda folder: _row_points("server", SERVER, folder)),
        ("chroma", lambda folder: _row_points("chroma", CHROMA, folder)),
    ):
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="revsearch-scale-") as folder:
            points[name] = measure(Path(folder))
        print(name, json.dumps(points[name]), file=sys.stderr, flush=True)
        kept.write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")


def _used(*command: str, home: Path) -> tuple[float, str]:
    """Processor seconds of a process and what it started, and what it printed. Raises RuntimeError where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # More threads of the linear algebra would wait for each other in a loop, which counts as work.
    variables = environment(home, OPENBLAS_NUM_THREADS="1")
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def _indexing_points(folder: Path) -> list[dict[str, Any]]:
    """Indexing pictures of two sizes by one method each: seconds, and bytes of each part."""
    from benchmarks.pictures import photo_folder

    found = []
    for size, methods, counts in (
        (PHOTO, ("phash", "sift", "efficientnet"), (24, 120)),
        (CAMERA, ("phash",), (12, 48)),
    ):
        for count in counts:
            pictures = photo_folder(folder / f"{size[0]}-{count}", count, 8, *size)
            for method in methods:
                home = folder / f"home-{size[0]}-{count}-{method}"
                seconds, _ = _used(revsearch(), "index", str(pictures), "-m", method, "-q", home=home)
                kept = home / "data" / "collections" / "pictures"
                sizes = {part: _bytes(kept / part) for part in ("journal", "features", "chroma")}
                found.append(
                    {
                        "megapixels": size[0] * size[1] / 1e6,
                        "pictures": count,
                        "method": method,
                        "seconds": seconds,
                        "file_bytes": _bytes(pictures),
                        **sizes,
                    }
                )
    return found


def _catalog_points(folder: Path) -> list[dict[str, Any]]:
    """Small pictures by phash: what the catalog takes beside what they cost."""
    from PIL import Image

    found = []
    for count in (500, 2_000, 6_000):
        chance = np.random.default_rng(7)
        pictures = folder / f"tiny-{count}"
        pictures.mkdir()
        for number in range(count):
            Image.fromarray(chance.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(pictures / f"{number:06d}.png")
        home = folder / f"home-{count}"
        seconds, _ = _used(revsearch(), "index", str(pictures), "-m", "phash", "-q", home=home)
        kept = home / "data" / "collections" / "pictures"
        found.append(
            {
                "pictures": count,
                "seconds": seconds,
                "catalog": (kept / "catalog.sqlite").stat().st_size,
                "journal": _bytes(kept / "journal"),
                "chroma": _bytes(kept / "chroma"),
            }
        )
        shutil.rmtree(home)
    return found


def _row_points(kind: str, wanted: dict[str, tuple[str, int, tuple[int, ...]]], folder: Path) -> list[dict[str, Any]]:
    found = []
    for name, (metric, dim, counts) in wanted.items():
        for count in counts:
            place = folder / f"{name}-{count}"
            with _server(place) if kind == "server" else contextlib.nullcontext(("", 0)) as (url, pid):
                seconds, said = _used(
                    *(sys.executable, "-m", "benchmarks.scale_points", "--child", kind),
                    *(metric, str(dim), str(count), str(place), url),
                    home=folder,
                )
                more = {"server_seconds": _process_seconds(pid), "writing_bytes": _resident(pid)} if pid else {}
            if kind == "server":  # what a server holds that was started anew, and asked
                with _server(place) as (url, pid):
                    command = (sys.executable, "-m", "benchmarks.scale_points", "--child", "ask")
                    _used(*command, metric, str(dim), "1", str(place), url, home=folder)
                    more["server_bytes"] = _resident(pid)
            found.append({"kind": name, "dim": dim, "rows": count, "seconds": seconds, **json.loads(said), **more})
            shutil.rmtree(place, ignore_errors=True)
    return found


@contextlib.contextmanager
def _server(place: Path) -> Iterator[tuple[str, int]]:
    """A ChromaDB server of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(place), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.kill()
        server.wait()


def _process_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> int:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


# What a child does


def _rows(metric: str, dim: int, count: int) -> Any:
    """Cosine in clusters of about 100, as pictures of like things are; bits by chance."""
    chance = np.random.default_rng(0)
    if metric == "hamming":
        return chance.integers(0, 2, (count, dim), np.uint8)
    centres = chance.standard_normal((max(1, count // 100), dim), np.float32)
    rows = centres[chance.integers(0, len(centres), count)] + 0.7 * chance.standard_normal((count, dim), np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _child(kind: str, metric: str, dim: str, count: str, place: str, url: str) -> None:
    if kind == "ids":
        before = _resident(os.getpid())
        ids = {os.urandom(32) for _ in range(int(count))}
        print(json.dumps({"bytes": _resident(os.getpid()) - before, "held": len(ids)}))
        return
    if kind == "ask":
        _served(url, metric, is_writing=False).query(_rows(metric, int(dim), 1)[0].astype(np.float32), 40)
        return
    rows = _rows(metric, int(dim), int(count))
    used = resource.getrusage(resource.RUSAGE_SELF)
    before = used.ru_utime + used.ru_stime
    answer = _exact(metric, rows, Path(place)) if kind == "exact" else _chroma(metric, rows, Path(place), url)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"own_seconds": used.ru_utime + used.ru_stime - before, **answer}))


def _served(url: str, metric: str, *, is_writing: bool) -> Any:
    from revsearch_tui.core.storage.store.served import ShardedRows
    from revsearch_tui.core.storage.store.server import Server

    return ShardedRows([Server(url, timeout_s=600)], "scale", metric, "bench", is_writing=is_writing)


def _exact(metric: str, rows: Any, place: Path) -> dict[str, Any]:
    from benchmarks.collection import written_journal

    index, _ = written_journal(place, metric, rows)
    queries = rows[:_QUERIES]
    index.nearest(queries[0], 10)
    started = time.process_time()
    for query in queries:
        index.nearest(query, 10)
    return {"query_seconds": (time.process_time() - started) / len(queries), "bytes": _bytes(place)}


def _chroma(metric: str, rows: Any, place: Path, url: str) -> dict[str, Any]:
    import hashlib

    from revsearch_tui.core.storage.store.chroma import BATCH_ROWS, ChromaIndex

    ids = [hashlib.sha256(str(number).encode()).digest() for number in range(len(rows))]
    index = _served(url, metric, is_writing=True) if url else ChromaIndex(place, "scale", metric)
    entry = {"path": "/pictures/2024/07/IMG_0001.jpg", "method": "m", "width": 4000, "height": 3000, "format": "JPEG"}
    started, wall = time.process_time(), time.monotonic()
    for start in range(0, len(ids), BATCH_ROWS):
        part = slice(start, start + BATCH_ROWS)
        index.upsert(ids[part], rows[part].astype(np.float32), [entry] * len(ids[part]))
    index.flush()
    written, wall = time.process_time() - started, time.monotonic() - wall
    index.query(rows[0].astype(np.float32), 40)
    started = time.process_time()
    for row in rows[:_QUERIES]:
        index.query(row.astype(np.float32), 40)
    asked = (time.process_time() - started) / _QUERIES
    index.close()
    return {"written_seconds": written, "written_wall": wall, "query_seconds": asked, "bytes": _bytes(place)}


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        _child(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
