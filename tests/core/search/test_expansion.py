"""A query that its nearest pictures join finds more of the kind they are of."""

from __future__ import annotations

import numpy as np
import pytest

from revsearch_tui.core.search.scores import expanded

QUERY = np.array([1, 0, 0], np.float32)
NEAR = np.array([0.8, 0.6, 0], np.float32)
LIKE_NEAR = np.array([0.2, 0.98, 0], np.float32)
OTHER = np.array([0.3, 0, 0.954], np.float32)


def test_what_is_only_like_a_neighbour_comes_nearer_than_what_is_like_the_query_alone() -> None:
    assert QUERY @ OTHER > QUERY @ LIKE_NEAR
    joined = expanded(QUERY, NEAR[None], np.array([QUERY @ NEAR]))
    assert joined @ LIKE_NEAR > joined @ OTHER


def test_a_joined_query_has_unit_length_and_no_neighbours_leave_it_as_it_is() -> None:
    joined = expanded(QUERY, np.stack([NEAR, OTHER]), np.array([0.8, 0.3]))
    assert np.linalg.norm(joined) == pytest.approx(1)
    assert expanded(QUERY, np.zeros((0, 3), np.float32), np.zeros(0)) == pytest.approx(QUERY)


def test_neighbours_weigh_as_much_as_they_are_alike_and_opposites_nothing() -> None:
    near, far = (expanded(QUERY, NEAR[None], np.array([cosine])) @ NEAR for cosine in (0.9, 0.1))
    assert near > far
    assert expanded(QUERY, -QUERY[None], np.array([-1.0])) == pytest.approx(QUERY)
