"""From process start to the first frame and to the collection, as seen from the other end of a real terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.collection import small_collection
from benchmarks.measure import Bench, Row, environment, interleave, revsearch
from benchmarks.terminal import seconds_until

_PEERS = Path(__file__).parent / "peers"
SHOWN = "Results"
"""Heads the largest part of the Search screen."""


def run(bench: Bench) -> list[Row]:
    """The installed program with a small collection, a hello world, and a layout without a program behind it."""
    _, home = small_collection(bench)
    apps: dict[str, tuple[list[str], str]] = {
        "revsearch": ([revsearch()], SHOWN),
        # The first line tells how many pictures there are once the collection was read.
        "read": ([revsearch()], f"{bench.size(100, 3)} pictures"),
        "hello": ([sys.executable, str(_PEERS / "hello.py")], "Hello-World"),
        "layout": ([sys.executable, str(_PEERS / "layout.py")], "Nothing-Chosen"),
    }

    def action(arguments: list[str], shown: str) -> Callable[[], float]:
        return lambda: seconds_until(shown, arguments, environment(home))

    actions = {name: action(*app) for name, app in apps.items()}
    for warm in actions.values():
        warm()
    found = interleave(actions, bench.size(15, 1))
    name = "first frame of the Search screen"
    return [
        Row(name, found["revsearch"], "Textual hello world", found["hello"], most_ratio=1.75),
        Row(name, found["revsearch"], "bare Textual layout", found["layout"]),
        Row("until the collection is read", found["read"], "Textual hello world", found["hello"]),
    ]
