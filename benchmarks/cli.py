"""Whole commands, from process start to exit."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks.measure import Bench, Row, child, command, interleave, revsearch
from benchmarks.pictures import draw_photo


def run(bench: Bench) -> list[Row]:
    """Three commands against a Python program that does nothing, all of them warm."""
    folder, home = bench.folder / "pictures", bench.folder / "home"
    folder.mkdir()
    for number in range(bench.size(100, 3)):
        draw_photo(number, 320, 240, shapes=30).save(folder / f"{number}.jpg", quality=85)
    child("index", str(folder), "phash", home=home)
    commands = {
        "revsearch --version": (revsearch(), "--version"),
        "revsearch plugins": (revsearch(), "plugins"),
        "revsearch search -m phash, 100 pictures": (revsearch(), "search", "-m", "phash", str(folder / "1.jpg")),
        "pass": (sys.executable, "-c", "pass"),
    }
    for arguments in commands.values():
        command(*arguments, home=home)
    found = interleave({name: _action(arguments, bench) for name, arguments in commands.items()}, bench.size(15, 1))
    return [Row(name, found[name], "python -c pass", found["pass"]) for name in list(commands)[:-1]]


def _action(arguments: tuple[str, ...], bench: Bench) -> Callable[[], float]:
    return lambda: command(*arguments, home=bench.folder / "home")
