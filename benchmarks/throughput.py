"""What reading, decoding, journal, catalog and ChromaDB add to the work of a heavy method."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

from benchmarks.encoder import add_encoder
from benchmarks.measure import Bench, Row, child, interleave
from benchmarks.pictures import draw_photo


def run(bench: Bench) -> list[Row]:
    """Index by SIFT and by an ONNX encoder, against the method's own loop over pictures in memory."""
    pictures = bench.size(200, 8)
    bench.say(f"drawing {pictures} pictures of 1024x768")
    folder = bench.folder / "pictures"
    folder.mkdir()
    for number in range(pictures):
        draw_photo(number, 1024, 768, grain=2.0).save(folder / f"{number:05d}.jpg", quality=90)
    fresh = (bench.folder / f"home{number}" for number in count())

    def task(name: str, method: str) -> Callable[[], float]:
        def action() -> float:
            home: Path = next(fresh)
            if method == "onnx":
                add_encoder(home)
            answer = child(name, str(folder), method, home=home)
            if answer["pictures"] != pictures:
                raise AssertionError(f"{name} took {answer['pictures']} of {pictures} pictures")
            bench.say(f"  {name} {method}: {answer['seconds']:.2f} s")
            return float(answer["seconds"])

        return action

    rows = []
    for method in ("sift", "onnx"):
        found = interleave({"ours": task("index", method), "bare": task("embed", method)}, bench.size(3, 1))
        rates = f"{pictures / found['ours']:.0f} against {pictures / found['bare']:.0f} pictures/s"
        name = f"index {pictures} pictures of 1024x768 by {method}"
        rows.append(Row(name, found["ours"], "the method alone, on decoded pictures", found["bare"], note=rates))
    return rows
