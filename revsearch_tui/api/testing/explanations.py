"""Checks of methods that explain: what is drawn lies inside the pictures and is made of finite numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from revsearch_tui.api.protocols import Explainable
from revsearch_tui.api.testing.outcomes import NotApplicable
from revsearch_tui.api.testing.pictures import odd_pictures, sample_pictures
from revsearch_tui.api.types import BitDiff, ClassBars, HeatMap, KeypointLines, NullControl

if TYPE_CHECKING:
    from revsearch_tui.api.testing.bench import Bench

_OUTSIDE = 0.01
"""How far, of the width or height, a keypoint may lie outside: its centre is rounded."""
_ASTRAY = 0.05
"""How far, of the longest side, half of the matched points may be from where the transform takes them."""


def explaining(bench: Bench) -> None:
    """The capability `explain` and the function `explain` come together, and it returns data to draw."""
    method = bench.make()
    declared = "explain" in bench.info.capabilities
    assert declared == isinstance(method, Explainable), "the capability 'explain' and the function explain disagree"
    if not declared:
        raise NotApplicable("it does not explain")
    method.load(NullControl())
    (first, second), (wide,) = sample_pictures(2), sample_pictures(1, 90, 240)
    odd = odd_pictures()
    pairs = ((first, first), (first, second), (first, wide), (odd["1x1"], second), (second, odd["500x1"]))
    for query, candidate in pairs:
        check_explanation(method.explain(query, candidate), _aspect(query), _aspect(candidate))
    method.close()


def check_lines(lines: Any, query_aspect: float, candidate_aspect: float) -> None:
    """Matched points lie in their pictures, and the transform, in its own unit, takes the ones to the others. `lines`
    are a `PairMatch` or `KeypointLines`, an aspect is width / height."""
    import numpy as np

    pairs, transform = lines.pairs, lines.transform
    assert pairs.ndim == 2 and pairs.shape[1] == 4, f"the pairs of points are (n, 4), not {pairs.shape}"
    assert np.isfinite(pairs).all(), "the pairs of points are finite"
    assert pairs.size == 0 or (pairs.min() >= -_OUTSIDE and pairs.max() <= 1 + _OUTSIDE), (
        f"pairs of points lie at fractions of the width and height, 0 to 1, not {pairs.min():g} to {pairs.max():g}"
    )
    assert lines.tentative == 0 or lines.tentative >= len(pairs), (
        f"{len(pairs)} pairs of points of {lines.tentative} tentative matches"
    )
    if transform is None:
        return
    assert transform.shape == (3, 3), f"a transform is (3, 3) or None, not {transform.shape}"
    assert np.isfinite(transform).all(), "a transform is finite"
    if len(pairs):
        query, candidate = (
            points * (min(1.0, aspect), min(1.0, 1.0 / aspect))
            for points, aspect in ((pairs[:, :2], query_aspect), (pairs[:, 2:], candidate_aspect))
        )
        moved = np.column_stack([query, np.ones(len(query))]) @ np.asarray(transform, np.float64).T
        with np.errstate(all="ignore"):
            astray = float(np.median(np.linalg.norm(moved[:, :2] / moved[:, 2:] - candidate, axis=1)))
        assert astray <= _ASTRAY, (
            f"the transform takes points {astray:.2g} past their partners: it maps those of the query to those of the "
            "candidate, in pixels of pictures whose longest side is 1"
        )


def check_explanation(explanation: object, query_aspect: float, candidate_aspect: float) -> None:
    """What can be drawn; pictures are of these aspects."""
    import numpy as np

    if isinstance(explanation, KeypointLines):
        check_lines(explanation, query_aspect, candidate_aspect)
    elif isinstance(explanation, HeatMap):
        values = explanation.values
        assert values.ndim == 2 and values.dtype == np.float32, "a heat map is (h, w) float32"
        assert values.size, "a heat map has at least one field"
        assert np.isfinite(values).all(), "a heat map is finite"
        assert values.min() >= 0 and values.max() <= 1, "a heat map lies in 0..1"
        assert explanation.on in ("candidate", "query"), "a heat map lies on the candidate or the query"
        assert np.isfinite(explanation.most), "what 1 stands for in a heat map is finite"
        if explanation.classes is not None:
            check_explanation(explanation.classes, query_aspect, candidate_aspect)
    elif isinstance(explanation, BitDiff):
        assert explanation.query.shape == explanation.candidate.shape, "both hashes have the same shape"
        assert explanation.query.ndim == 2 and explanation.query.size, "hashes are (rows, columns), with a bit at least"
        assert explanation.query.dtype == explanation.candidate.dtype == np.uint8, "hashes are uint8"
        assert max(explanation.query.max(), explanation.candidate.max()) <= 1, "hashes hold zeros and ones"
        for seen in (explanation.query_seen, explanation.candidate_seen):
            assert seen is None or (seen.ndim == 2 and seen.dtype == np.uint8), "what a hash sees is (h, w) uint8"
            assert seen is None or seen.size, "what a hash sees has at least one pixel"
    elif isinstance(explanation, ClassBars):
        lengths = [len(explanation.classes), len(explanation.query), len(explanation.candidate)]
        assert len(set(lengths)) == 1, f"there is one bar per class, not {lengths}"
        both = np.concatenate([explanation.query, explanation.candidate])
        assert np.isfinite(both).all(), "the bars of classes are finite"
        assert ((both >= 0) & (both <= 1)).all(), "the bars of classes lie in 0..1"
    else:
        raise AssertionError(f"explain returns a {type(explanation).__name__}, which is no explanation")


def _aspect(picture: Any) -> float:
    return float(picture.shape[1] / picture.shape[0])
