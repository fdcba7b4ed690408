"""Of pictures that are left alone, for the kept one does not show all that they do: which of them stay, and which may
go because one of these shows all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import Control
from revsearch_tui.core.groups.group import Evidence
from revsearch_tui.core.groups.letting_go import LettingGo
from revsearch_tui.core.groups.look_for import LookFor, spared
from revsearch_tui.core.groups.pair_evidence import PairEvidence

if TYPE_CHECKING:
    from revsearch_tui.core.groups.file_facts import FileFacts
    from revsearch_tui.core.groups.proposing import Proposal, Proposals

_TRIED = 4
"""Pictures that stay and are equally near to another, which that is laid upon. Of 60 pictures that differ in little,
and two copies of each, the nearest is the one that these are copies of; to try more takes milliseconds each, and one
may by mistake seem to show all of it."""


class StaysFor(NamedTuple):
    """The picture that stays for another, by number, and by what evidence both are the same."""

    number: int
    evidence: Evidence


class StayingToo:
    """Of groups of one side."""

    def __init__(
        self, pairs: PairEvidence, letting_go: LettingGo, proposals: Proposals, look_for: LookFor, control: Control
    ) -> None:
        self._pairs, self._letting_go, self._proposals = pairs, letting_go, proposals
        self._look_for, self._control = look_for, control

    def choose(self, left: Sequence[int], files: Mapping[int, Sequence[FileFacts]]) -> dict[int, StaysFor]:
        """Of pictures of one group those that may go, with what stays for each. The best by the rules stays, then each
        next one of which none that stays shows everything. `files` of each, the best first."""
        near: dict[int, list[Proposal]] = {number: [] for number in left}
        stay: list[int] = []
        found: dict[int, StaysFor] = {}
        for number in sorted(left, key=lambda each: self._look_for.rules.order_of(files[each][0])):
            self._control.check()
            from_staying = near.pop(number)
            if stay and not any(spared(file, self._look_for) for file in files[number]):
                chosen = self._shown_by(number, from_staying, stay[0], files)
                if chosen is not None:
                    found[number] = chosen
                    continue
            stay.append(number)
            for proposal in self._proposals.of(number):
                if proposal.other in near:
                    near[proposal.other].append(proposal._replace(other=number))
        return found

    def _shown_by(
        self, number: int, near: Sequence[Proposal], best: int, files: Mapping[int, Sequence[FileFacts]]
    ) -> StaysFor | None:
        """The nearest of what stays, if that shows all that a picture does. `near` are the pairs of these with it, each
        with the one that stays as the other; `best` is asked where there are none."""
        nearest: dict[int, Proposal | None] = {}
        by_distance = sorted(near, key=lambda each: (not each.sure, each.distance, each.turn))
        for proposal in by_distance:
            if (proposal.sure, proposal.distance) == (by_distance[0].sure, by_distance[0].distance):
                nearest.setdefault(proposal.other, proposal)
        for keeper, proposed in list((nearest or {best: None}).items())[:_TRIED]:
            evidence = self._evidence(keeper, number, proposed)
            if evidence is None or self._letting_go.loss(files[keeper][0], files[number][0], evidence).why:
                continue
            if not self._letting_go.seen_loss(keeper, number, evidence).why:
                return StaysFor(keeper, evidence)
        return None

    def _evidence(self, keeper: int, number: int, proposal: Proposal | None) -> Evidence | None:
        """By which a picture is the same as one that stays; None where it is not found to be."""
        if proposal is not None and proposal.sure:
            proposal = proposal._replace(other=number)
            if self._pairs.is_sure(keeper, proposal):
                return self._pairs.sure(proposal)
        return next((evidence for _, evidence in self._pairs.verified(keeper, [number])), None)
