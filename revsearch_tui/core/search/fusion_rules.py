"""Rules of plugins that make one ranking of several: found by name, kept behind glass, their answers checked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.api import Ballot, Control, FusionInfo, MethodUnavailableError, UsageError
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S, Contained
from revsearch_tui.core.plugins.loading import load_factory
from revsearch_tui.core.search.evidence import View
from revsearch_tui.core.search.fusion import Fused, by_picture, fuse, merged
from revsearch_tui.core.search.results import FUSIONS, Fusion, Hit, SearchRequest
from revsearch_tui.core.search.weighing import Answer, views_of, weigh, weighed_hits

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.plugins.registry import Registry
    from revsearch_tui.core.workspace import Workspace

    Floats = npt.NDArray[np.float64]


def fusion_named(registry: Registry, name: str) -> Fusion:
    """Our own rule of that name, or a plugin's. Raises `UsageError` where there is none, `MethodUnavailableError` where
    it does not work."""
    for own in FUSIONS:
        if own == name:
            return own
    known = [*FUSIONS, *(row.name for row in registry.rows() if row.kind == "fusion rule")]
    if name not in known:
        raise UsageError(f"there is no rule of fusion '{name}'; there are: {', '.join(dict.fromkeys(known))}")
    return registry.fusion(name)


class Listed(NamedTuple):
    """What one method returned: candidates by their numbers, best first, with their scores."""

    method: str
    weight: float
    places: npt.NDArray[np.int64]
    scores: Floats


def ballots_of(listed: Sequence[Listed], views: Sequence[View]) -> list[Ballot]:
    """What a rule is told; `views` are those of the same methods of all n candidates, unweighed."""
    ballots = []
    for each, view in zip(listed, views, strict=True):
        count = len(view.similar)
        ranks, scores = np.full(count, np.inf), np.full(count, np.nan)
        ranks[each.places] = np.arange(1, len(each.places) + 1)
        scores[each.places] = np.clip(each.scores, 0, 1)
        verified = view.verified if view.least else np.zeros(count, np.bool_)
        arrays = (ranks, scores, view.evidence, view.likeness, verified)
        for array in arrays:
            array.flags.writeable = False
        ballots.append(Ballot(each.method, each.weight, view.least > 0, *arrays))
    return ballots


class OpenedRule:
    """A plugin's rule, at work."""

    def __init__(self, info: FusionInfo, control: Control, timeout_s: float = METHOD_TIMEOUT_S) -> None:
        """Raises `MethodUnavailableError`."""
        self.info = info
        self._who = f"the rule of fusion '{info.name}'"
        self._held = Contained(self._who, lambda: _Rule(load_factory(info.factory)()), control, timeout_s)

    def scores(self, ballots: Sequence[Ballot]) -> Floats:
        """(n,) scores of the candidates. Raises `MethodUnavailableError` where the rule fails, or gives other things
        than numbers from 0 to 1."""
        count = len(ballots[0].ranks) if ballots else 0
        given = self._held.fuse(ballots)
        try:
            scores = np.array(given, np.float64)
        except (TypeError, ValueError):
            raise MethodUnavailableError(f"{self._who} gave {type(given).__name__}, no numbers") from None
        if scores.shape != (count,):
            raise MethodUnavailableError(f"{self._who} gave {scores.shape} scores for {count:,} candidates")
        if not np.isfinite(scores).all() or (count and (scores.min() < -_SLACK or scores.max() > 1 + _SLACK)):
            raise MethodUnavailableError(f"{self._who} gave scores that are not between 0 and 1")
        return np.clip(scores, 0, 1)

    def order(self, ballots: Sequence[Ballot]) -> tuple[npt.NDArray[np.int64], Floats]:
        """The candidates by number, best first, and their scores; of equal ones the first number goes before."""
        scores = self.scores(ballots)
        order = np.argsort(-scores, kind="stable")
        return order, scores[order]

    def close(self) -> None:
        """Let it go."""
        self._held.close()


class Fuser:
    """Makes one ranking of several as a request says; rules of plugins are opened once."""

    def __init__(self, control: Control, timeout_s: float) -> None:
        self._control, self._timeout_s = control, timeout_s
        self._rules: dict[FusionInfo, OpenedRule] = {}

    def fuse(
        self, answers: Sequence[Answer], rankings: Sequence[Sequence[Hit]], k: int, request: SearchRequest
    ) -> list[Hit]:
        """At most k hits. Raises `MethodUnavailableError` where a plugin's rule does not work."""
        rule = request.fusion
        if rule == "evidence":
            return weighed_hits(weigh(answers, request.weights), rankings, k)
        if not isinstance(rule, FusionInfo):
            return fuse(rankings, k, rule, request.weights)
        if rule not in self._rules:
            self._rules[rule] = OpenedRule(rule, self._control, self._timeout_s)
        return fuse_by_rule(self._rules[rule], answers, rankings, k, request.weights)

    def close(self) -> None:
        """Let the rules go."""
        for rule in self._rules.values():
            rule.close()
        self._rules.clear()


@contextlib.contextmanager
def opened_rules(workspace: Workspace, fusions: Iterable[Fused], control: Control) -> Iterator[dict[str, OpenedRule]]:
    """The rules of plugins that some fusions go by, by name. Raises `MethodUnavailableError`."""
    timeout_s = workspace.config.real("index.method_timeout_s")
    found: dict[str, OpenedRule] = {}
    try:
        for name in sorted({fused.rule for fused in fusions if fused.rule}):
            found[name] = OpenedRule(workspace.registry.fusion(name), control, timeout_s)
        yield found
    finally:
        for rule in found.values():
            rule.close()


_SLACK = 1e-6


class _Rule:
    """Its function by a name, for the glass."""

    def __init__(self, rule: Any) -> None:
        self._rule = rule

    def fuse(self, ballots: Sequence[Ballot]) -> object:
        return self._rule(ballots)

    def close(self) -> None:
        """There is nothing to let go of."""


def fuse_by_rule(
    rule: OpenedRule,
    answers: Sequence[Answer],
    rankings: Sequence[Sequence[Hit]],
    k: int,
    weights: Mapping[str, float],
) -> list[Hit]:
    """One ranking from several, at most k hits. `answers` and `rankings` are those of the same methods."""
    ids, views, _ = views_of(answers, {})
    if not ids:
        return []
    places = {image_id.hex(): place for place, image_id in enumerate(ids)}
    listed = []
    for answer, ranking in zip(answers, rankings, strict=True):
        found = np.array([places[hit.image_id] for hit in ranking], np.int64)
        scores = np.array([hit.score for hit in ranking], np.float64)
        label = answer.opened.choice.label
        listed.append(Listed(label, weights.get(label, 1.0), found, scores))
    hits = by_picture(rankings)
    order, scores = rule.order(ballots_of(listed, views))
    found_ids = [(ids[place].hex(), float(score)) for place, score in zip(order, scores, strict=True)]
    return [
        merged(hits[image_id], rank, score, score, rule.info.name)
        for rank, (image_id, score) in enumerate(found_ids[:k], start=1)
    ]
