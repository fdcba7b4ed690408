"""Of pictures that are left alone, for the kept one does not show all that they do: which of them stay, and which may
go because one of these shows all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import Control
from revsearch_tui.core.groups.group import Evidence
from revsearch_tui.core.groups.letting_go import LettingGo
from revsearch_tui.core.groups.look_for import LookFor, spared
from revsearch_tui.core.groups.pair_evidence import PairEvidence
from revsearch_tui.core.groups.turned_hashes import inverse

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
        stay: dict[int, None] = {}
        found: dict[int, StaysFor] = {}
        for number in sorted(left, key=lambda each: self._look_for.rules.order_of(files[each][0])):
            self._control.check()
            stays_anyway = any(spared(file, self._look_for) for file in files[number])
            chosen = None if stays_anyway else self._shown_by(number, stay, files)
            if chosen is None:
                stay[number] = None
            else:
                found[number] = chosen
        return found

    def _shown_by(
        self, number: int, stay: Collection[int], files: Mapping[int, Sequence[FileFacts]]
    ) -> StaysFor | None:
        """The nearest of what stays, if that shows all that a picture does; the first one where none is near."""
        nearest: dict[int, Proposal | None] = {}
        near = [proposal for proposal in self._proposals.of(number) if proposal.other in stay]
        for proposal in near:
            if (proposal.sure, proposal.distance) == (near[0].sure, near[0].distance):
                nearest.setdefault(proposal.other, proposal)
        for keeper, proposed in list((nearest or dict.fromkeys(islice(stay, 1))).items())[:_TRIED]:
            evidence = self._evidence(keeper, number, proposed)
            if evidence is None or self._letting_go.loss(files[keeper][0], files[number][0], evidence).why:
                continue
            if not self._letting_go.seen_loss(keeper, number, evidence).why:
                return StaysFor(keeper, evidence)
        return None

    def _evidence(self, keeper: int, number: int, proposal: Proposal | None) -> Evidence | None:
        """By which a picture is the same as one that stays; None where it is not found to be. `proposal` is of the
        picture, with that as the other."""
        if proposal is not None and proposal.sure:
            turned_round = proposal._replace(other=number, turn=inverse(proposal.turn))
            if self._pairs.is_sure(keeper, turned_round):
                return self._pairs.sure(turned_round)
        return next((evidence for _, evidence in self._pairs.verified(keeper, [number])), None)
