"""Of pictures that are the same: which one is kept, and which files of the others may go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import Control
from revsearch_tui.core.groups.group import Beside, Evidence, Group, Member
from revsearch_tui.core.groups.keeping import reason
from revsearch_tui.core.groups.letting_go import MOST_OF, LettingGo, Loss
from revsearch_tui.core.groups.look_for import LookFor, spared
from revsearch_tui.core.groups.pair_evidence import BATCH, SAME_FILE, PairEvidence
from revsearch_tui.core.groups.staying_too import StayingToo

if TYPE_CHECKING:
    from revsearch_tui.core.groups.file_facts import FileFacts
    from revsearch_tui.core.groups.proposing import Proposals

_FIRST_ASKED = 4
_LOOKED_AT, _ENOUGH = 6, 0.5
"""Pictures that are looked at to tell whether one is worth keeping, and the share of them that has to go then."""
_KEEPERS_TRIED = 3
"""Better files of a group than that of the picture it was made about, which show the whole of that."""


class _Choice(NamedTuple):
    """A picture that may be kept, by what evidence the others are the same, and what would be lost with each, as far as
    that says. `seen`: the same of some of those with which nothing would, once they are looked at."""

    number: int
    evidence: dict[int, Evidence]
    losses: dict[int, Loss]
    seen: dict[int, Loss]

    @property
    def share(self) -> float:
        """Of those that were looked at, how many may go."""
        return sum(not loss.why for loss in self.seen.values()) / max(1, len(self.seen))

    @property
    def worth(self) -> tuple[float, int]:
        """How many of the others may go, and with how few of them content would be lost."""
        losses = self.losses.values()
        return self.share * sum(not loss.why for loss in losses), -sum(loss.of_content for loss in losses)


class ChoosingKept:
    """Of groups of one side."""

    def __init__(
        self, pairs: PairEvidence, letting_go: LettingGo, proposals: Proposals, look_for: LookFor, control: Control
    ) -> None:
        self._pairs, self._letting_go, self._proposals = pairs, letting_go, proposals
        self._look_for, self._control = look_for, control
        self._staying = StayingToo(pairs, letting_go, proposals, look_for, control)

    def group(
        self, number: int, same: Mapping[int, Evidence], files: Mapping[int, Sequence[FileFacts]]
    ) -> Group | None:
        """A picture and those that are the same as it, with the best file by the rules kept that all others are the
        same as and with which most of these may go; None where there is but one file. `files` of each, the best first.
        """
        rules = self._look_for.rules
        best = sorted([number, *same], key=lambda each: rules.order_of(files[each][0]))
        whole = [each for each in best if each == number or min(same[each].overlap or (1.0,)) >= MOST_OF]
        tried = [*whole[:_KEEPERS_TRIED], number, *[each for each in best if each not in whole][:1]]
        if rules.is_asked_for(files[best[0]][0], files[tried[0]][0]):
            tried.insert(0, best[0])
        found: _Choice | None = None
        for candidate in dict.fromkeys(tried):
            if found is not None and rules.is_asked_for(files[found.number][0], files[candidate][0]):
                continue
            evidence = dict(same) if candidate == number else self._all_same(candidate, best, same)
            if evidence is None:
                continue
            choice = self._choice(candidate, evidence, files)
            if found is None or choice.worth > found.worth:
                found = choice
            if choice.share >= _ENOUGH and choice.worth[0] > 0:
                break
        assert found is not None
        keep, *rest = files[found.number]
        losses: dict[int, Loss] = {}
        for other, evidence_of in found.evidence.items():
            self._control.check()
            losses[other] = found.seen.get(other, found.losses[other])
            if not losses[other].why and other not in found.seen:
                losses[other] = self._letting_go.seen_loss(found.number, other, evidence_of)
        stays = self._staying.choose([other for other, loss in losses.items() if loss.why], files)
        beside = {other: Beside(self._stays(files[each.number]), each.evidence) for other, each in stays.items()}
        members = [self._member(file, SAME_FILE) for file in rest]
        going: dict[int, list[int]] = {}
        for other, each in stays.items():
            going.setdefault(each.number, []).append(other)
        staying = [[other, *going.get(other, ())] for other, loss in losses.items() if loss.why and other not in stays]
        for other in [*(other for other, loss in losses.items() if not loss.why), *chain.from_iterable(staying)]:
            members += self._members(files[other], found.evidence[other], losses[other], beside.get(other))
        if not members:
            return None
        is_best = not any(rules.order_of(member.file) < rules.order_of(keep) for member in members)
        why = reason(rules, keep, [member.file for member in members]) if is_best else "the others are all copies of it"
        return Group(keep, why, tuple(members))

    def in_library(
        self, number: int, files: Sequence[FileFacts], found: Sequence[tuple[int, FileFacts, Evidence]]
    ) -> Group:
        """The files of a picture, of which something is the same in a library: these by their numbers there, the best
        first. Kept is the first of them with which nothing is lost."""
        losses: list[Loss] = []
        for other, file, evidence in found[:_KEEPERS_TRIED]:
            loss = self._letting_go.loss(file, files[0], evidence)
            losses.append(loss if loss.why else self._letting_go.seen_loss(number, other, evidence))
            if not losses[-1].why:
                break
        best = min(range(len(losses)), key=lambda each: (bool(losses[each].why), losses[each].of_content, each))
        _, keep, evidence = found[best]
        return Group(keep, "in the library already", tuple(self._members(files, evidence, losses[best])))

    def _choice(self, number: int, evidence: dict[int, Evidence], files: Mapping[int, Sequence[FileFacts]]) -> _Choice:
        keep = files[number][0]
        losses = {other: self._letting_go.loss(keep, files[other][0], each) for other, each in evidence.items()}
        asked = [other for other, loss in losses.items() if not loss.why][:_LOOKED_AT]
        seen = {other: self._letting_go.seen_loss(number, other, evidence[other]) for other in asked}
        return _Choice(number, evidence, losses, seen)

    def _all_same(
        self, number: int, everyone: Iterable[int], known: Mapping[int, Evidence]
    ) -> dict[int, Evidence] | None:
        """By what evidence the others are the same as a picture; None where one of them is not. `known` is what they
        were found by: those that most likely are not are asked first."""
        others = [each for each in everyone if each != number]
        wanted = set(others)
        found = {
            proposal.other: self._pairs.sure(proposal)
            for proposal in reversed(self._proposals.of(number))
            if proposal.sure and proposal.other in wanted
        }
        asked = [each for each in others if each not in found]
        asked.sort(key=lambda each: _doubt(known[each]) if each in known else 0.0, reverse=True)
        for start in [0, *range(_FIRST_ASKED, len(asked), BATCH)]:
            part = asked[start : start + (BATCH if start else _FIRST_ASKED)]
            found.update(
                (other, evidence)
                for other, evidence in self._pairs.verified(number, part)
                if evidence.tier == "copy" or self._look_for.same_thing
            )
            if any(each not in found for each in part):
                return None
        return {each: found[each] for each in others}

    def _members(
        self, files: Sequence[FileFacts], evidence: Evidence, loss: Loss, beside: Beside | None = None
    ) -> list[Member]:
        """Of the files of one picture with which something would be lost, one is left, unless they go beside another
        picture's."""
        members = [replace(self._member(file, evidence), lost=loss.why) for file in files]
        if loss.why:
            stays = self._stays(files)
            if beside is None:
                beside = Beside(stays, SAME_FILE)
                at = files.index(stays)
                members[at] = replace(members[at], spared=members[at].spared or loss.why)
            members = [each if each.spared else replace(each, beside=beside) for each in members]
        return members

    def _stays(self, files: Sequence[FileFacts]) -> FileFacts:
        """Of the files of a picture that is left alone the one that is left whatever goes."""
        return next((file for file in files if spared(file, self._look_for)), files[0])

    def _member(self, file: FileFacts, evidence: Evidence) -> Member:
        return Member(file, evidence, spared(file, self._look_for))


def _doubt(evidence: Evidence) -> float:
    """How likely it is that what was found so is not found to be the same as another picture, 0 to 2."""
    return (evidence.through is not None) + 1 - evidence.score
