"""Indexing photographs of 12 megapixels by perceptual hash."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

from benchmarks.measure import Bench, Row, child, interleave
from benchmarks.pictures import photo_folder


def run(bench: Bench) -> list[Row]:
    """Every run is a fresh process with a fresh index; the files have been read before and are in the page cache."""
    photos = bench.size(500, 6)
    width, height = (1000, 750) if bench.quick else (4000, 3000)
    bench.say(f"drawing {photos} photographs of {width}x{height}")
    folder = photo_folder(bench.folder / "photos", photos, bench.size(25, 3), width, height)
    megabytes = sum(path.stat().st_size for path in folder.iterdir()) / 1e6 / photos
    fresh = (bench.folder / f"home{number}" for number in count())

    spent: dict[str, float] = {}

    def task(name: str, *arguments: str) -> Callable[[], float]:
        def action() -> float:
            home: Path = next(fresh)
            home.mkdir()
            answer = child(name, str(folder), *arguments, home=home)
            if answer["pictures"] != photos:
                raise AssertionError(f"{name} took {answer['pictures']} of {photos} pictures")
            bench.say(f"  {name} {' '.join(arguments)}: {answer['seconds']:.2f} s")
            spent[name] = answer["processor_seconds"]
            return float(answer["seconds"])

        return action

    found = interleave(
        {
            "ours": task("index", "phash"),
            "decode": task("decode"),
            "usual": task("usual", "1"),
            "usual by two": task("usual", "2"),
        },
        bench.size(3, 1),
        rare={"usual": 1, "usual by two": 1},
    )
    name = f"index {photos} photos of {width * height / 1e6:.0f} MP by phash"
    note = (
        f"{photos / found['ours']:.0f} photos/s, files of {megabytes:.1f} MB; seconds of processor time, which a busy "
        f"machine changes least: {spent['index']:.1f}, decoding {spent['decode']:.1f}, usual way {spent['usual']:.1f}"
    )
    return [
        Row(
            name,
            found["ours"],
            "the same decoding alone, as many processes",
            found["decode"],
            most_ratio=1.25,
            note=note,
        ),
        Row(name, found["ours"], "Pillow and imagehash, 1 process", found["usual"], most_ratio=0.25),
        Row(name, found["ours"], "Pillow and imagehash, 2 processes", found["usual by two"]),
    ]
