"""Pictures that were marked among the hits: plain data, without widgets."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit

MARK = "◆"
"""The sign of a marked hit."""
MOST_MARKED = 10_000
"""Of a collection."""


class Marked(NamedTuple):
    """A hit as it was when it was marked; `score` is None where it had none, `tier` empty."""

    image_id: str
    path: Path
    score: float | None = None
    tier: str = ""


Marks: TypeAlias = dict[str, Marked]
"""Image id -> what was marked, of one collection, in the order of marking."""


def marked_of(hit: Hit) -> Marked:
    """What is kept of a hit that is marked."""
    return Marked(hit.image_id, hit.path, None if math.isnan(hit.score) else hit.score, hit.tier or "")
