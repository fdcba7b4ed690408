"""Find what is the same in a collection, or which pictures of one are in another.

A group is made about one picture, which takes those that are the same as it, each by evidence of its own: first about
the one that most others are near, and of equals the best by the rules. What is left alone then is looked for once more,
feature by feature, among what groups were made about and what else is alone. So no chain of likenesses makes a group,
and a collage or a page that shows several pictures does not hold them together. Of a group the best file by the rules
is kept that all others were found to be copies of, so nothing goes that was not itself found to be a copy of what
stays.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control
from revsearch_tui.core.groups.file_facts import FileFacts, files_of
from revsearch_tui.core.groups.group import Duplicates, Evidence, Group, GroupTier, Member
from revsearch_tui.core.groups.keeping import reason
from revsearch_tui.core.groups.look_for import LookFor, spared
from revsearch_tui.core.groups.pixel_agreement import agreement, stretched
from revsearch_tui.core.groups.proposing import Proposal, Proposals, propose, propose_again
from revsearch_tui.core.groups.turned_hashes import AS_IT_IS, CHANGES
from revsearch_tui.core.groups.verifying import MIDDLE, SHOWN, Verified, Verifier, is_one_frame
from revsearch_tui.core.search.scores import score_of

if TYPE_CHECKING:
    from revsearch_tui.core.groups.sides import Side

_MOST_VERIFIED = 400
"""Pictures that one picture is verified against."""
_BATCH, _FIRST_ASKED = 16, 4
_UNDOUBTED_BITS = 12 / 256
"""Of a hash, where half of the places must agree and no more. Slides of one template differ in 22 of 256, forms in
24."""
_KEEPERS_TRIED = 3
"""Better files of a group than that of the picture it was made about."""
_MIDDLE_OF, _MAY_LOSE = 2, 8
"""Others that a group has to have before another picture is looked for that it is about; of so many it may lose one."""
_PEERS, _SAME_FRAME = 2, 0.9
"""Members of a group that what is not the same as its first picture is held against, and the share of either that the
other must show."""
_MEMBERS_ASKED = 3
"""Copies of the first picture that one is verified against that is the same thing as it."""


def find_duplicates(side: Side, look_for: LookFor, control: Control, note: Callable[[str], None]) -> Duplicates:
    """The groups of one collection, the one that frees most first. Raises `MethodUnavailableError`, `Cancelled`."""
    started = time.monotonic()
    finder = _Finder(side, side, look_for, control, note)
    groups = sorted(finder.groups(), key=lambda group: (-group.freed, str(group.keep.path)))
    return Duplicates(groups, len(side.images), finder.compared, time.monotonic() - started)


def find_in_library(
    new: Side, library: Side, look_for: LookFor, control: Control, note: Callable[[str], None]
) -> Iterator[Group]:
    """The pictures of one collection that are in another, each as soon as it is found; what is kept is always the
    other's. Raises as above."""
    return _Finder(new, library, look_for, control, note).known()


class _Finder:
    def __init__(
        self, first: Side, second: Side, look_for: LookFor, control: Control, note: Callable[[str], None]
    ) -> None:
        self._first, self._second, self._look_for, self._control = first, second, look_for, control
        self._proposals: Proposals = propose(first, second, look_for.radius, control, note, look_for.any_orientation)
        self._refused = first.judgements.all_refused()
        for image_id, refused in second.judgements.all_refused().items():
            self._refused[image_id] = self._refused.get(image_id, set()) | refused
        self._labels = list(first.opened)
        self._verifiers = [
            Verifier(label, first, second)
            for label, opened in first.opened.items()
            if opened.choice.info.shape == "local"
        ]

    @property
    def compared(self) -> int:
        """Pairs that were verified."""
        return sum(verifier.compared for verifier in self._verifiers)

    def groups(self) -> Iterator[Group]:
        """One about each picture that others are the same as."""
        rules = self._look_for.rules
        asked = {number for number, image in enumerate(self._first.images) if len(image.paths) > 1}
        files = {number: self._files_of(self._first, number) for number in asked.union(self._proposals.numbers)}
        nowhere = {number for number, found in files.items() if not found}
        about: dict[int, dict[int, Evidence]] = {}
        self._join(about, files, set(nowhere), self._proposals)
        if self._verifiers:
            about_which = np.arange(len(self._first.images))
            for number, same in about.items():
                about_which[list(same)] = number
            more = propose_again(self._first, about_which, self._proposals, self._control)
            for verifier in self._verifiers:
                verifier.forget(self._first.overlooked(verifier.label))
            for number in set(more.numbers) - files.keys():
                files[number] = self._files_of(self._first, number)
            nowhere = {number for number, found in files.items() if not found}
            held = {number for same in about.values() for number in same}
            self._join(about, files, held | nowhere, more)
        held = {number for same in about.values() for number in same}
        for number in asked - held - nowhere:
            about.setdefault(number, {})
        for number, same in about.items():
            kept, evidence_of = self._kept(number, same, files)
            keep, *rest = files[kept]
            others = [(file, _SAME_FILE) for file in rest]
            others += [(file, evidence) for other, evidence in evidence_of.items() for file in files[other]]
            if others:
                is_best = not any(rules.order_of(file) < rules.order_of(keep) for file, _ in others)
                yield self._group(keep, others, "" if is_best else "the others are all copies of it")

    def _join(
        self,
        about: dict[int, dict[int, Evidence]],
        files: Mapping[int, Sequence[FileFacts]],
        taken: set[int],
        proposals: Proposals,
    ) -> None:
        """Add to groups, by the pictures that they are about, what is the same as these and not taken, and new ones."""
        near = proposals.others
        numbers = [number for number in proposals.numbers if number not in taken]
        size = {number: len(same) for number, same in about.items()}
        numbers.sort(key=lambda number: (-size.get(number, 0), -near[number], self._order(files[number])))
        for done, number in enumerate(numbers):
            self._control.check()
            self._control.progress(done, len(numbers), "comparing pictures")
            if number in taken:
                continue
            taken.add(number)
            known = about.get(number, {})
            same = self._same_as(number, taken, proposals, known)
            for other in [other for other in same if other in about]:
                same.update(self._also(number, list(about.pop(other)), {**known, **same}))
            taken.update(same)
            if same or known:
                found = number, {**known, **same}
                if proposals is self._proposals and self._verifiers:
                    found = self._about_the_middle(*found)  # while its pictures are remembered
                about[found[0]] = found[1]

    def _about_the_middle(self, number: int, same: dict[int, Evidence]) -> tuple[int, dict[int, Evidence]]:
        """The group about that of its pictures which is proposed most often with the others, where these are the
        same as that, too: what was not changed itself is found to be the same as more."""
        if len(same) < _MIDDLE_OF:
            return number, same
        everyone = {number, *same}
        inner = {
            each: sum(1 + proposal.sure for proposal in self._proposals.of(each) if proposal.other in everyone)
            for each in everyone
        }
        for candidate in sorted(everyone, key=lambda each: (-inner[each], each))[:_KEEPERS_TRIED]:
            if candidate == number:
                break
            found = self._also(candidate, [each for each in everyone if each != candidate], {})
            if len(found) >= len(same) - len(same) // _MAY_LOSE:
                return candidate, found
        return number, same

    def _also(self, number: int, others: Sequence[int], same: Mapping[int, Evidence]) -> dict[int, Evidence]:
        """Of others those that are the same as a picture, as those are that are known to be."""
        wanted = set(others)
        found: dict[int, Evidence] = dict(same)
        for proposal in reversed(self._proposals.of(number)):
            if proposal.sure and proposal.other in wanted and self._is_sure(number, proposal):
                found[proposal.other] = self._sure(proposal)
        weak: dict[int, Evidence] = {}
        for other, evidence in self._verified(number, [each for each in others if each not in found]):
            (found if evidence.tier == "copy" else weak)[other] = evidence
        self._add_by_members(found, weak)
        if self._look_for.same_thing:
            found.update((other, evidence) for other, evidence in weak.items() if other not in found)
        refused = [other for other in others if self._is_refused(number, other, set(found) - {other})]
        return {other: found[other] for other in others if other in found and other not in refused}

    def _order(self, files: Sequence[FileFacts]) -> Any:
        return self._look_for.rules.order_of(files[0])

    def _kept(
        self, number: int, same: dict[int, Evidence], files: Mapping[int, Sequence[FileFacts]]
    ) -> tuple[int, dict[int, Evidence]]:
        """Of a picture and those that are the same as it the best by the rules that all others are the same as, and by
        what evidence they are."""
        everyone = [number, *same]
        everyone.sort(key=lambda each: self._look_for.rules.order_of(files[each][0]))
        for candidate in everyone[:_KEEPERS_TRIED]:
            if candidate == number:
                break
            left = [each for each in everyone if each != candidate]
            if (found := self._all_same(candidate, left, same)) is not None:
                return candidate, found
        return number, same

    def _all_same(
        self, number: int, others: Sequence[int], known: Mapping[int, Evidence]
    ) -> dict[int, Evidence] | None:
        """By what evidence these are the same as a picture; None where one of them is not. `known` is what they were
        found by: those that most likely are not are asked first."""
        wanted = set(others)
        found = {
            proposal.other: self._sure(proposal)
            for proposal in reversed(self._proposals.of(number))
            if proposal.sure and proposal.other in wanted
        }
        asked = [each for each in others if each not in found]
        asked.sort(key=lambda each: _doubt(known[each]) if each in known else 0.0, reverse=True)
        for start in [0, *range(_FIRST_ASKED, len(asked), _BATCH)]:
            part = asked[start : start + (_BATCH if start else _FIRST_ASKED)]
            found.update(
                (other, evidence)
                for other, evidence in self._verified(number, part)
                if evidence.tier == "copy" or self._look_for.same_thing
            )
            if any(each not in found for each in part):
                return None
        return {each: found[each] for each in others}

    def known(self) -> Iterator[Group]:
        """One for each picture of the first side that is in the second by another file."""
        places = {image_id: number for number, image_id in enumerate(self._second.image_ids)}
        for number in range(len(self._first.images)):
            self._control.check()
            self._control.progress(number, len(self._first.images), "comparing pictures")
            files = self._files_of(self._first, number)
            if not files:
                continue
            mine = {path for file in files for path in (file.path, *file.links)}
            itself = places.get(self._first.image_ids[number])
            same: dict[int, Evidence] = {} if itself is None else {itself: _SAME_FILE}
            found = self._best(same, mine)
            if found is None:
                same = self._same_as(number, set(same), self._proposals)
                found = self._best(same, mine)
            if found is not None:
                other, keep = found
                yield self._group(keep, [(file, same[other]) for file in files], "in the library already")

    def _best(self, numbers: Iterable[int], mine: set[Path]) -> tuple[int, FileFacts] | None:
        """The best file of some pictures of the second side that is none of these."""
        found = [(number, file) for number in numbers for file in self._files_of(self._second, number)]
        found = [(number, file) for number, file in found if file.path not in mine]
        return min(found, key=lambda pair: self._look_for.rules.order_of(pair[1]), default=None)

    def _same_as(
        self, number: int, taken: set[int], proposals: Proposals, known: Mapping[int, Evidence] | None = None
    ) -> dict[int, Evidence]:
        """The pictures that are the same as one, of those that are not taken; also those that the first of them lead
        to, each by evidence of its own. `known` are those that were found before."""
        same: dict[int, Evidence] = dict(known or {})
        weak: dict[int, Evidence] = {}
        is_one = self._first is self._second
        tried = {number} if is_one else set()
        asked = proposals.of(number)
        while asked and len(tried) < _MOST_VERIFIED:
            fresh: list[int] = []
            uncertain: list[int] = []
            for proposal in asked:
                if proposal.other in tried or proposal.other in taken:
                    continue
                tried.add(proposal.other)
                if self._is_refused(number, proposal.other, same):
                    continue
                if proposal.sure and self._is_sure(number, proposal):
                    same[proposal.other] = self._sure(proposal)
                    fresh.append(proposal.other)
                else:
                    uncertain.append(proposal.other)
            for other, evidence in self._verified(number, uncertain):
                if self._is_refused(number, other, same):
                    continue
                if evidence.tier == "copy":
                    same[other] = evidence
                    fresh.append(other)
                else:
                    weak[other] = evidence
            # What is near one that is the same may be too; that is for the first one to say.
            asked = []
            if self._verifiers and is_one:
                asked = [proposal._replace(sure=False) for other in fresh for proposal in proposals.of(other)]
        if is_one:
            self._add_by_members(same, weak)
            if known:
                self._add_by_peers(number, same, tried - {number}, known)
        if self._look_for.same_thing:
            for other, evidence in weak.items():
                if other not in same and not self._is_refused(number, other, same):
                    same[other] = evidence
        return {other: evidence for other, evidence in same.items() if not known or other not in known}

    def _add_by_members(self, same: dict[int, Evidence], weak: Mapping[int, Evidence]) -> None:
        """Take in what shows the same thing as the first picture and is a copy of a copy of it: it has been changed too
        much to be told from another shot by the first alone."""
        waiting = [other for other, found in weak.items() if max(found.overlap or (0.0,)) >= SHOWN]
        while waiting:
            left = []
            for other in waiting:
                if self._is_refused(other, other, same):
                    continue
                known = [proposal for proposal in self._proposals.of(other) if proposal.other in same]
                sure = (proposal.other for proposal in known if proposal.sure and self._is_sure(other, proposal))
                through = next(sure, None)
                if through is None:
                    asked = [proposal.other for proposal in known[:_MEMBERS_ASKED]]
                    through = next((each for each, found in self._verified(other, asked) if found.tier == "copy"), None)
                if through is None:
                    left.append(other)
                else:
                    path = self._first.images[through].paths[0]
                    same[other] = replace(weak[other], tier="copy", through=path)
            if len(left) == len(waiting):
                return
            waiting = left

    def _add_by_peers(
        self, number: int, same: dict[int, Evidence], tried: Iterable[int], known: Mapping[int, Evidence]
    ) -> None:
        """Take in what is a copy of a picture that shows all that the first one does, and nothing else: the first may
        be the worse of them."""
        near = self._proposals.others
        full = [each for each, found in known.items() if min(found.overlap or (1.0, 1.0)) >= _SAME_FRAME]
        for peer in sorted(full, key=lambda each: (-near[each], each))[:_PEERS]:
            left = [each for each in tried if each not in same and not self._is_refused(number, each, same)]
            path = self._first.images[peer].paths[0]
            for other, evidence in self._verified(peer, left):
                if evidence.tier == "copy" and not self._is_refused(number, other, same):
                    same[other] = replace(evidence, through=path)

    def _is_refused(self, number: int, other: int, same: Iterable[int]) -> bool:
        """Whether users judged `other` to be no match of a picture, or of one that is in its group already."""
        mine, theirs = self._first.image_ids, self._second.image_ids
        refused = self._refused.get(theirs[other], ())
        return bool(refused) and (mine[number] in refused or any(theirs[each] in refused for each in same))

    def _is_sure(self, number: int, proposal: Proposal) -> bool:
        """Whether a hash is near and the pixels confirm it: forms that are filled in otherwise, and slides of one
        template, differ in no more bits than bad copies do; a blank form and one filled in by pencil in 8 of 256."""
        journal = self._first.opened[self._labels[proposal.method]].exact.journal
        if journal.metric != "hamming":
            return True
        near = proposal.distance <= _UNDOUBTED_BITS * journal.dim
        if not self._verifiers or self._look_for.radius is not None or proposal.turn != AS_IT_IS:
            return True
        ours, theirs = self._first.tones(number), self._second.tones(proposal.other)
        if ours is None or theirs is None:
            return True
        pixels = agreement(ours, theirs, stretched(ours.shape, theirs.shape))
        return pixels.telling == 0 or (near and pixels.middle >= MIDDLE) or is_one_frame(pixels)

    def _sure(self, proposal: Proposal) -> Evidence:
        opened = self._first.opened[self._labels[proposal.method]]
        journal = opened.exact.journal
        score, raw, unit = score_of(opened.choice.info, journal.metric, journal.dim, proposal.distance)
        return Evidence("copy", opened.choice.label, score, raw, unit, CHANGES[proposal.turn])

    def _verified(self, number: int, others: Sequence[int]) -> Iterator[tuple[int, Evidence]]:
        waiting = list(others)
        for verifier in self._verifiers:
            left = []
            for start in range(0, len(waiting), _BATCH):
                self._control.check()
                part = waiting[start : start + _BATCH]
                for other, verified in zip(part, verifier.verify(number, part), strict=True):
                    if verified is not None:
                        yield other, _evidence(verifier.label, verified)
                    else:
                        left.append(other)
            waiting = left

    def _group(self, keep: FileFacts, others: Iterable[tuple[FileFacts, Evidence]], why: str = "") -> Group:
        members = tuple(Member(file, evidence, spared(file, self._look_for)) for file, evidence in others)
        why = why or reason(self._look_for.rules, keep, [member.file for member in members])
        return Group(keep, why, members)

    def _files_of(self, side: Side, number: int) -> list[FileFacts]:
        """The best first."""
        found = files_of(side.images[number], hard_links=self._look_for.hard_links)
        return sorted(found, key=self._look_for.rules.order_of)


_SAME_FILE = Evidence("same file", "bytes", 1.0, 0.0, "bytes differ")


def _doubt(evidence: Evidence) -> float:
    """How likely it is that what was found so is not found to be the same as another picture, 0 to 2."""
    return (evidence.through is not None) + 1 - evidence.score


def _evidence(label: str, verified: Verified) -> Evidence:
    tier: GroupTier = "copy" if verified.is_copy else "same thing"
    return Evidence(tier, label, verified.share, float(verified.inliers), "inliers", verified.change, verified.overlap)
