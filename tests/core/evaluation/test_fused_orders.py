"""Fusing whole galleries is the fusion that a search does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from revsearch_tui.core.evaluation.whole_rankings import fuse_orders
from revsearch_tui.core.search.fusion import fuse
from revsearch_tui.core.search.results import Hit


def hit(rank: int, position: int, method: str) -> Hit:
    path = Path(str(position))
    return Hit(rank, method, f"{position:04d}", path, (path,), 1.0, 1.0, "", None, True, 1, 1)


def test_whole_galleries_fuse_as_lists_of_hits_do() -> None:
    chance = np.random.default_rng(4)
    orders = [chance.permutation(30) for _ in range(3)]
    weights = {"one": 1.0, "two": 0.3, "three": 2.0}
    places, scores = fuse_orders(orders, 30, list(weights.values()))
    rankings = [
        [hit(rank, int(place), method) for rank, place in enumerate(order, 1)]
        for method, order in zip(weights, orders, strict=True)
    ]
    expected = fuse(rankings, 30, weights=weights)
    assert [f"{place:04d}" for place in places] == [each.image_id for each in expected]
    assert np.allclose(scores, [each.score for each in expected])


def test_what_is_in_no_gallery_is_not_ranked() -> None:
    places, _ = fuse_orders([np.array([2, 0]), np.array([0, 2])], 4, [1, 1])
    assert places.tolist() == [0, 2]
