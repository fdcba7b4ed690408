"""Checks of a rule of fusion, in the order they run, on ballots that the kit makes up."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from revsearch_tui.api.infos import FusionInfo
from revsearch_tui.api.testing.bench import resolve
from revsearch_tui.api.testing.outcomes import CheckResult, attempt
from revsearch_tui.api.types import Ballot

_NEAR = 1e-9
_ARRAYS = ("ranks", "scores", "evidence", "likeness", "verified")


def run_fusion_checks(info: FusionInfo) -> list[CheckResult]:
    """Every check, in order."""
    results: list[CheckResult] = []
    for check in CHECKS:
        attempt(results, info.name, check.__name__, lambda check=check: check(info))  # type: ignore[misc]
    return results


def scores(info: FusionInfo) -> None:
    """(n,) finite numbers from 0 to 1, also where there is little or nothing to go by."""
    for ballots in (
        _ballots(),
        _ballots(candidates=1),
        _ballots(candidates=0),
        _ballots(methods=1),
        _tied(),
        _silent(),
    ):
        _fused(info, ballots)


def repeatable(info: FusionInfo) -> None:
    """The same for the same, by another object too, and nothing that it is given is changed."""
    import numpy as np

    ballots = _ballots()
    rule = resolve(info.factory)()
    first, second, other = (np.array(each(ballots)) for each in (rule, rule, resolve(info.factory)()))
    assert np.array_equal(first, second) and np.array_equal(first, other), "the same ballots are fused otherwise again"


def methods_order(info: FusionInfo) -> None:
    """It does not matter which method is named first."""
    import numpy as np

    ballots = _ballots()
    there, back = _fused(info, ballots), _fused(info, ballots[::-1])
    assert np.allclose(there, back, atol=_NEAR), "the order of the methods makes a difference"


def numbering(info: FusionInfo) -> None:
    """It does not matter which number a candidate has."""
    import numpy as np

    ballots = _ballots()
    order = np.random.default_rng(3).permutation(len(ballots[0].ranks))
    there, moved = _fused(info, ballots), _fused(info, [_taken(ballot, order) for ballot in ballots])
    assert np.allclose(there[order], moved, atol=_NEAR), "the numbers of the candidates make a difference"


def unanimous(info: FusionInfo) -> None:
    """What every method puts first, and verifies if it can, comes first."""
    import numpy as np

    ballots = [_with_first(ballot, 4) for ballot in _ballots()]
    fused = _fused(info, ballots)
    assert fused[4] > np.max(np.delete(fused, 4)), "what every method puts first does not come first"


def rising(info: FusionInfo) -> None:
    """A candidate that changes places with the one above it, in one method, does not fall behind that."""
    ballots = _ballots()
    before = _fused(info, ballots)
    for number, ballot in enumerate(ballots):
        listed = sorted((rank, place) for place, rank in enumerate(ballot.ranks.tolist()) if rank < float("inf"))
        for (_, upper), (_, lower) in zip(listed, listed[1:], strict=False):
            after = _fused(info, [*ballots[:number], _exchanged(ballot, upper, lower), *ballots[number + 1 :]])
            fell = before[lower] >= before[upper] - _NEAR and after[lower] < after[upper] - _NEAR
            assert not fell and after[lower] >= before[lower] - _NEAR, "a candidate that rises with one method falls"


def weights(info: FusionInfo) -> None:
    """Of two methods of contrary opinion the one that counts for more decides."""
    import numpy as np

    one, other = _contrary()
    for heavy, light in ((one, other), (other, one)):
        fused = _fused(info, [dataclasses.replace(heavy, weight=1000.0), dataclasses.replace(light, weight=0.001)])
        best, worst = np.argsort(heavy.ranks)[[0, -1]]
        assert fused[best] >= np.max(fused) and fused[best] > fused[worst], (
            "weights do not count: what the heavier of two methods puts first does not come first"
        )


CHECKS = (scores, repeatable, methods_order, numbering, unanimous, rising, weights)


def _fused(info: FusionInfo, ballots: Sequence[Ballot]) -> Any:
    """What the rule gives, checked."""
    import numpy as np

    count = len(ballots[0].ranks)
    given = np.asarray(resolve(info.factory)()(ballots))
    assert given.shape == (count,), f"it gives {given.shape} for {count} candidates"
    assert given.dtype.kind == "f", f"scores are floats, not {given.dtype}"
    assert np.isfinite(given).all(), "scores are not finite"
    assert not count or (given.min() >= 0 and given.max() <= 1), "scores lie in 0..1"
    return given


def _ballots(methods: int = 3, candidates: int = 12) -> list[Ballot]:
    """What methods might say; each has returned some of the candidates, the last one verifies."""
    import numpy as np

    chance = np.random.default_rng(7)
    made = []
    for number in range(methods):
        order = chance.permutation(candidates)[: candidates if number == 0 else max(1, candidates - 2 * number)]
        values = np.sort(chance.random(len(order)))[::-1]
        ranks, shown = np.full(candidates, np.inf), np.full(candidates, np.nan)
        evidence, likeness, verified = np.zeros(candidates), np.zeros(candidates), np.zeros(candidates, np.bool_)
        ranks[order], shown[order] = np.arange(1, len(order) + 1), values
        evidence[order], likeness[order] = np.maximum(0, 8 * values - 5), 6 * values - 2
        verifies = number == methods - 1 and methods > 1
        verified[order[:2]] = verifies
        made.append(_read_only(Ballot(f"method-{number}", 1.0, verifies, ranks, shown, evidence, likeness, verified)))
    return made


def _contrary() -> tuple[Ballot, Ballot]:
    """Two that have returned all candidates, in opposite orders."""
    import numpy as np

    count = 8
    values = np.linspace(0.9, 0.1, count)
    nothing = np.zeros(count, np.bool_)
    one = Ballot("one", 1.0, False, np.arange(1.0, count + 1), values, 8 * values, 6 * values - 2, nothing)
    order = np.arange(count)[::-1]
    return _read_only(one), dataclasses.replace(_taken(one, order), method="other")


def _tied() -> list[Ballot]:
    """Ballots with one score for all."""
    import numpy as np

    return [
        _read_only(dataclasses.replace(ballot, scores=np.where(np.isnan(ballot.scores), np.nan, 1.0)))
        for ballot in _ballots()
    ]


def _silent() -> list[Ballot]:
    """One method that has returned nothing, beside others."""
    import numpy as np

    first, *others = _ballots()
    count = len(first.ranks)
    unknown = (np.full(count, np.inf), np.full(count, np.nan), np.zeros(count), np.zeros(count))
    return [_read_only(Ballot(first.method, 1.0, False, *unknown, np.zeros(count, np.bool_))), *others]


def _with_first(ballot: Ballot, place: int) -> Ballot:
    """The ballot with a candidate put first, with more of everything than any other."""
    import numpy as np

    ranks = np.where(np.isfinite(ballot.ranks), ballot.ranks + 1, np.inf)
    ranks[place] = 1
    found = np.flatnonzero(np.isfinite(ranks))
    ranks[found] = np.argsort(np.argsort(ranks[found])) + 1.0
    arrays = {name: getattr(ballot, name).copy() for name in ("scores", "evidence", "likeness", "verified")}
    arrays["scores"][place] = 1.0
    arrays["evidence"][place], arrays["likeness"][place] = 10.0, 10.0
    arrays["verified"][place] = ballot.verifies
    return _read_only(dataclasses.replace(ballot, ranks=ranks, **arrays))


def _exchanged(ballot: Ballot, one: int, other: int) -> Ballot:
    """The ballot with what it says of two candidates exchanged."""
    import numpy as np

    order = np.arange(len(ballot.ranks))
    order[[one, other]] = order[[other, one]]
    return _taken(ballot, order)


def _taken(ballot: Ballot, order: Any) -> Ballot:
    return _read_only(dataclasses.replace(ballot, **{name: getattr(ballot, name)[order] for name in _ARRAYS}))


def _read_only(ballot: Ballot) -> Ballot:
    for name in _ARRAYS:
        getattr(ballot, name).flags.writeable = False
    return ballot
