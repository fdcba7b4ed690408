"""Why two pictures match: what each method that can explain itself shows of the pair, with its score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import (
    BitDiff,
    ClassBars,
    Control,
    Explanation,
    HeatMap,
    KeypointLines,
    MethodUnavailableError,
    ReaderInfo,
    UsageError,
)
from revsearch_tui.core.methods.resolving import MethodChoice, guarded
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S
from revsearch_tui.core.search.pair import PairResult, PairScore, compare_pair

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.search.sources import QueryPicture

EXPLAIN = "explain"
"""The capability of methods that have `explain`."""
_ALIKE_COSINE = 0.5
"""Reached by 0.2 % of 40,000 pairs of photos of different kinds (Corel-1k, EfficientNet-Lite0), by 65 % of one kind."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What one method shows of a pair, and both pictures, uint8 RGB, as it saw them."""

    score: PairScore
    data: Explanation
    query: Picture
    candidate: Picture

    @property
    def says_something(self) -> bool:
        """Whether the method takes the two for alike at all."""
        score = self.score
        if score.verified is not None:
            return score.verified
        if score.classes:
            return score.classes[0].label == score.classes[1].label
        if score.unit == "bits":
            return score.beyond_chance and not score.plain
        return score.score >= _ALIKE_COSINE


def explaining(choices: Sequence[MethodChoice], *, named: bool) -> list[MethodChoice]:
    """Those that explain; unless they were `named`, those first that tell most, which point at places.

    Raises `UsageError` where none does, or one that was `named` does not.
    """
    able = [choice for choice in choices if EXPLAIN in choice.info.capabilities]
    unable = next((choice.label for choice in choices if choice not in able), "")
    if unable and (named or not able):
        raise UsageError(f"the method '{unable}' explains nothing; leave -m out for all that do")
    return able if named else sorted(able, key=lambda choice: choice.info.shape != "local")


def verdict(result: PairResult, parts: Sequence[Explained]) -> str:
    """What it all comes to, in a sentence."""
    kind = [shown.score.method for shown in parts if shown.says_something]
    if result.tier == "different" and kind:
        return f"alike in kind, by {' and '.join(kind)}; nothing says that they are the same"
    return f"{result.tier}: {result.why}"


def explain_pair(
    first: QueryPicture,
    second: QueryPicture,
    choices: Sequence[MethodChoice],
    readers: Sequence[ReaderInfo],
    control: Control,
    *,
    any_orientation: bool = False,
    crop: str | None = None,
    named: bool = True,
    note: Callable[[str], None],
    told: Callable[[Explained], None],
    timeout_s: float = METHOD_TIMEOUT_S,
) -> PairResult:
    """Compare two pictures, or the part `crop` of the first and the second, by methods that explain; `told` gets what
    each shows, as soon as it is there.

    Raises as `compare_pair` does.
    """

    def look(choice: MethodChoice, method: Any, score: PairScore, query: Picture, candidate: Picture) -> None:
        shown = checked(method.explain(query, candidate), choice)
        told(Explained(score, shown, query, candidate))

    return compare_pair(
        first,
        second,
        choices,
        readers,
        control,
        any_orientation=any_orientation,
        crop=crop,
        named=named,
        note=note,
        timeout_s=timeout_s,
        look=look,
    )


def checked(data: Any, choice: MethodChoice) -> Explanation:
    """What a method gave, if it can be drawn. Raises `MethodUnavailableError`."""
    with guarded(choice):
        if _is_drawable(data):
            found: Explanation = data
            return found
    raise MethodUnavailableError(f"the method '{choice.label}' explains by what cannot be drawn: {type(data).__name__}")


def _is_drawable(data: Any) -> bool:
    if isinstance(data, KeypointLines):
        transform = data.transform
        is_square = transform is None or (np.shape(transform) == (3, 3) and _are_finite(transform))
        return is_square and np.ndim(data.pairs) == 2 and data.pairs.shape[1] == 4 and _are_finite(data.pairs)
    if isinstance(data, HeatMap):
        is_map = np.ndim(data.values) == 2 and data.values.size > 0 and _are_finite(data.values)
        return is_map and (data.classes is None or _is_drawable(data.classes))
    if isinstance(data, BitDiff):
        seen = [each for each in (data.query_seen, data.candidate_seen) if each is not None]
        return np.ndim(data.query) == 2 and data.query.shape == data.candidate.shape and all(map(_is_grey, seen))
    if isinstance(data, ClassBars):
        return len(data.classes) == len(data.query) == len(data.candidate) and _are_finite(data.query, data.candidate)
    return False


def _is_grey(picture: Any) -> bool:
    return bool(np.ndim(picture) == 2 and picture.size and picture.dtype == np.uint8)


def _are_finite(*arrays: Any) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)
