"""Methods by one word: what a new collection is indexed by where nobody says, and the quick set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

DEFAULT = ("phash", "sift", "efficientnet")
"""Copies, the same thing, the same kind of thing."""

QUICK = "quick"
SETS: Mapping[str, tuple[str, ...]] = {QUICK: ("phash",)}
"""Words that stand for methods wherever methods are named. They go before a method or model of that name."""


def expanded(specs: Iterable[str]) -> list[str]:
    """The methods that these words name, each once."""
    return list(dict.fromkeys(method for spec in specs for method in SETS.get(spec, (spec,))))
