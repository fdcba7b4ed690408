"""From process start to the first frame and to the collection, as seen from the other end of a real terminal; and from
the key that quits to the end of the process.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.collection import small_collection
from benchmarks.measure import Bench, Row, environment, interleave, revsearch
from benchmarks.terminal import Terminal, started_until

_PEERS = Path(__file__).parent / "peers"
SHOWN = "Results"
"""Heads the largest part of the Search screen."""
_IDLE_S = 1.5
"""After what is read is shown: what the first search would need is loaded by then."""


def run(bench: Bench) -> list[Row]:
    """The installed program with a small collection, a hello world, and a layout without a program behind it."""
    _, home = small_collection(bench)
    # The first line tells how many pictures there are once the collection was read.
    read = f"{bench.size(100, 3)} pictures"
    ours, hello = [revsearch()], [sys.executable, str(_PEERS / "hello.py")]
    apps: dict[str, tuple[list[str], str]] = {
        "revsearch": (ours, SHOWN),
        "read": (ours, read),
        "hello": (hello, "Hello-World"),
        "layout": ([sys.executable, str(_PEERS / "layout.py")], "Nothing-Chosen"),
    }
    spent: dict[str, list[float]] = {name: [] for name in apps}

    def start(name: str) -> Callable[[], float]:
        def action() -> float:
            arguments, shown = apps[name]
            started = started_until(shown, arguments, environment(home))
            spent[name].append(started.processor_seconds)
            return started.seconds

        return action

    def leave(arguments: list[str], shown: str, keys: str) -> Callable[[], float]:
        def action() -> float:
            program = Terminal(arguments, environment(home))
            try:
                program.wait(shown)
                time.sleep(_IDLE_S)
                return program.leave(keys)
            finally:
                program.close()

        return action

    actions = {name: start(name) for name in apps}
    actions |= {"quit": leave(ours, read, "q"), "hello quit": leave(hello, "Hello-World", "\x11")}
    for warm in actions.values():
        warm()
    for values in spent.values():
        values.clear()
    rare = bench.size(7, 1)
    found = interleave(actions, bench.size(25, 1), rare={"quit": rare, "hello quit": rare})
    name = "first frame of the Search screen"
    busy = {each: median(values) for each, values in spent.items()}
    note = (
        "processor time, which a busy machine changes least: "
        f"{1000 * busy['revsearch']:.0f} ms, {busy['revsearch'] / busy['hello']:.2f} times that of hello world; "
        f"until the collection is read {busy['read'] / busy['hello']:.2f} times"
    )
    return [
        Row(name, found["revsearch"], "Textual hello world", found["hello"], most_ratio=1.4, note=note),
        Row(name, found["revsearch"], "bare Textual layout", found["layout"]),
        Row("until the collection is read", found["read"], "Textual hello world", found["hello"], most_ratio=2),
        Row("quit while nothing runs", found["quit"], "Textual hello world", found["hello quit"], most_seconds=0.5),
    ]
