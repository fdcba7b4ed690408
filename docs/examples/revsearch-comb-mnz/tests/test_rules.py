"""Rankings small enough to do by hand."""

from __future__ import annotations

import numpy as np
from revsearch_comb_mnz import plugin
from revsearch_comb_mnz.rules import borda, comb_mnz

from revsearch_tui.api import Ballot
from revsearch_tui.api.testing import check_plugin

NONE = float("nan")


def test_the_plugin_conforms() -> None:
    check_plugin(plugin, strict=True)


def ballot(*scores: float, weight: float = 1.0) -> Ballot:
    given = np.array(scores)
    order = np.argsort(np.argsort(-np.nan_to_num(given, nan=-1.0)))
    ranks, nothing = np.where(np.isnan(given), np.inf, order + 1.0), np.zeros(len(given))
    return Ballot("m", weight, False, ranks, given, nothing, nothing, nothing.astype(bool))


def test_comb_mnz_multiplies_by_how_many_found_it() -> None:
    fused = comb_mnz([ballot(0.9, 0.7, 0.5), ballot(NONE, 0.6, 0.2)])
    assert np.allclose(fused, [(1 + 0) / 2 * 1 / 2, (0.5 + 1) / 2, 0])


def test_what_all_put_first_has_score_1() -> None:
    for rule in (comb_mnz, borda):
        assert rule([ballot(0.9, 0.1), ballot(0.4, 0.3)])[0] == 1


def test_borda_shares_what_is_left() -> None:
    assert np.allclose(borda([ballot(0.9, NONE, NONE)]), [1, 1.5 / 3, 1.5 / 3])


def test_weights_multiply_what_a_method_adds() -> None:
    one, other = ballot(1.0, 0.0), ballot(0.0, 1.0, weight=3.0)
    assert np.allclose(borda([one, other]), [(1 + 3 * 0.5) / 4, (0.5 + 3) / 4])
