"""`python -m benchmarks.isolation`: what a process of its own costs a method, until it is ready and for each picture.

In batches of 64 of 256 x 256, in this process and in one of its own by turns. The method does next to nothing, which
leaves what the way there and back costs.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from revsearch_tui.api import MethodInfo, NullControl
from revsearch_tui.core.methods.resolving import MethodChoice, make_method
from revsearch_tui.core.plugins.isolation import Limits

_BATCH = 64
_SIDE = 256
_ROUNDS = 15
_BATCHES = 10
_HERE = MethodChoice(
    MethodInfo("trivial", "T", "S.", "vector", "l2", 3, "benchmarks.isolation:Trivial"), {}, label="trivial"
)


class Trivial:
    """Looks at one pixel of each picture."""

    def __init__(self, options: object, model: object) -> None:
        self.dim = 3

    def load(self, control: object) -> None:
        """Nothing to load."""

    def close(self) -> None:
        """Nothing to let go of."""

    def embed(self, pictures: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
        return np.array([picture[0, 0] for picture in pictures], np.float32)


def main() -> None:
    ways = {"in this process": _HERE, "in one of its own": replace(_HERE, apart=Limits())}
    ready: dict[str, list[float]] = {way: [] for way in ways}
    each: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(_ROUNDS):
        for way, choice in ways.items():
            start, taken = measured(choice)
            ready[way].append(start)
            each[way] += taken
    for way in ways:
        print(f"{way}: ready after {quartiles(ready[way])} ms, {quartiles(each[way])} ms a picture")


def measured(choice: MethodChoice) -> tuple[float, list[float]]:
    """Milliseconds until the first picture is embedded, and for each picture of further batches."""
    chance = np.random.default_rng(0)
    pictures = tuple(chance.integers(0, 256, (_SIDE, _SIDE, 3), np.uint8) for _ in range(_BATCH))
    began = time.perf_counter()
    method = make_method(choice, NullControl())
    method.embed(pictures[:1])
    start, taken = (time.perf_counter() - began) * 1000, []
    for _ in range(_BATCHES):
        began = time.perf_counter()
        method.embed(pictures)
        taken.append((time.perf_counter() - began) * 1000 / _BATCH)
    method.close()
    return start, taken


def quartiles(taken: list[float]) -> str:
    low, middle, high = statistics.quantiles(taken, n=4)
    return f"{middle:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
