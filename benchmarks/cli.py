"""Whole commands, from process start to exit."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks.collection import small_collection
from benchmarks.measure import Bench, Row, command, interleave, revsearch


def run(bench: Bench) -> list[Row]:
    """Three commands against a Python program that does nothing, all of them warm."""
    folder, home = small_collection(bench)
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
