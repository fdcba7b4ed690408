"""Find what is the same in a collection, or which pictures of one are in another.

A group is made about one picture, which takes those that are the same as it, each by evidence of its own: first about
the one that most others are near, and of equals the best by the rules. What is left alone then is looked for once more,
feature by feature, among what groups were made about and what else is alone. So no chain of likenesses makes a group,
and a collage or a page that shows several pictures does not hold them together. What is kept of a group, and that
nothing goes but copies of that with which nothing is lost, see `choosing_kept`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control
from revsearch_tui.core.groups.choosing_kept import ChoosingKept
from revsearch_tui.core.groups.file_facts import FileFacts, files_of
from revsearch_tui.core.groups.group import Duplicates, Evidence, Group
from revsearch_tui.core.groups.keeping import CAMERA
from revsearch_tui.core.groups.letting_go import LettingGo
from revsearch_tui.core.groups.look_for import LookFor
from revsearch_tui.core.groups.pair_evidence import SAME_FILE, PairEvidence
from revsearch_tui.core.groups.proposing import Proposals, propose, propose_again
from revsearch_tui.core.groups.verifying import SHOWN

if TYPE_CHECKING:
    from revsearch_tui.core.groups.sides import Side

_MOST_VERIFIED = 400
"""Pictures that one picture is verified against."""
_MIDDLES_TRIED = 3
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
        self._pairs = PairEvidence(first, second, look_for, control)
        self._known_rules = look_for.rules.without(CAMERA)  # for which no file that may be alone has to be opened
        self._choosing = ChoosingKept(
            self._pairs,
            LettingGo(first, second, self._pairs, look_for, keeps_second=first is not second),
            self._proposals,
            look_for,
            control,
        )

    @property
    def compared(self) -> int:
        """Pairs that were verified."""
        return self._pairs.compared

    def groups(self) -> Iterator[Group]:
        """One about each picture that others are the same as."""
        asked = {number for number, image in enumerate(self._first.images) if len(image.paths) > 1}
        files = {number: self._files_of(self._first, number) for number in asked.union(self._proposals.numbers)}
        nowhere = {number for number, found in files.items() if not found}
        about: dict[int, dict[int, Evidence]] = {}
        self._join(about, files, set(nowhere), self._proposals)
        if self._pairs.verifiers:
            about_which = np.arange(len(self._first.images))
            for number, same in about.items():
                about_which[list(same)] = number
            more = propose_again(self._first, about_which, self._proposals, self._control)
            for verifier in self._pairs.verifiers:
                verifier.forget(self._first.overlooked(verifier.label))
            for number in set(more.numbers) - files.keys():
                files[number] = self._files_of(self._first, number)
            nowhere = {number for number, found in files.items() if not found}
            held = {number for same in about.values() for number in same}
            self._join(about, files, held | nowhere, more)
        held = {number for same in about.values() for number in same}
        for number in asked - held - nowhere:
            about.setdefault(number, {})
        for done, (number, same) in enumerate(about.items()):
            self._control.check()
            self._control.progress(done, len(about), "looking at what would be lost")
            if (group := self._choosing.group(number, same, files)) is not None:
                yield group

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
                if proposals is self._proposals and self._pairs.verifiers:
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
        for candidate in sorted(everyone, key=lambda each: (-inner[each], each))[:_MIDDLES_TRIED]:
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
            if proposal.sure and proposal.other in wanted and self._pairs.is_sure(number, proposal):
                found[proposal.other] = self._pairs.sure(proposal)
        weak: dict[int, Evidence] = {}
        for other, evidence in self._pairs.verified(number, [each for each in others if each not in found]):
            (found if evidence.tier == "copy" else weak)[other] = evidence
        self._add_by_members(found, weak)
        if self._look_for.same_thing:
            found.update((other, evidence) for other, evidence in weak.items() if other not in found)
        refused = [other for other in others if self._pairs.is_refused(number, other, set(found) - {other})]
        return {other: found[other] for other in others if other in found and other not in refused}

    def _order(self, files: Sequence[FileFacts]) -> Any:
        return self._known_rules.order_of(files[0])

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
            same: dict[int, Evidence] = {} if itself is None else {itself: SAME_FILE}
            found = self._in_library(same, mine)
            if not found:
                same = {
                    other: _turned_round(evidence)
                    for other, evidence in self._same_as(number, set(same), self._proposals).items()
                }
                found = self._in_library(same, mine)
            if found:
                yield self._choosing.in_library(number, files, [(other, file, same[other]) for other, file in found])

    def _in_library(self, numbers: Iterable[int], mine: set[Path]) -> list[tuple[int, FileFacts]]:
        """The files of some pictures of the second side that are none of these, the best first."""
        found = [(number, file) for number in numbers for file in self._files_of(self._second, number)]
        found = [(number, file) for number, file in found if file.path not in mine]
        return sorted(found, key=lambda pair: self._look_for.rules.order_of(pair[1]))

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
                if self._pairs.is_refused(number, proposal.other, same):
                    continue
                if proposal.sure and self._pairs.is_sure(number, proposal):
                    same[proposal.other] = self._pairs.sure(proposal)
                    fresh.append(proposal.other)
                else:
                    uncertain.append(proposal.other)
            for other, evidence in self._pairs.verified(number, uncertain):
                if self._pairs.is_refused(number, other, same):
                    continue
                if evidence.tier == "copy":
                    same[other] = evidence
                    fresh.append(other)
                else:
                    weak[other] = evidence
            # What is near one that is the same may be too; that is for the first one to say.
            asked = []
            if self._pairs.verifiers and is_one:
                asked = [proposal._replace(sure=False) for other in fresh for proposal in proposals.of(other)]
        if is_one:
            self._add_by_members(same, weak)
            if known:
                self._add_by_peers(number, same, tried - {number}, known)
        if self._look_for.same_thing:
            for other, evidence in weak.items():
                if other not in same and not self._pairs.is_refused(number, other, same):
                    same[other] = evidence
        return {other: evidence for other, evidence in same.items() if not known or other not in known}

    def _add_by_members(self, same: dict[int, Evidence], weak: Mapping[int, Evidence]) -> None:
        """Take in what shows the same thing as the first picture and is a copy of a copy of it: it has been changed too
        much to be told from another shot by the first alone."""
        waiting = [other for other, found in weak.items() if max(found.overlap or (0.0,)) >= SHOWN]
        while waiting:
            left = []
            for other in waiting:
                if self._pairs.is_refused(other, other, same):
                    continue
                known = [proposal for proposal in self._proposals.of(other) if proposal.other in same]
                sure = (proposal.other for proposal in known if proposal.sure and self._pairs.is_sure(other, proposal))
                through = next(sure, None)
                if through is None:
                    asked = [proposal.other for proposal in known[:_MEMBERS_ASKED]]
                    through = next(
                        (each for each, found in self._pairs.verified(other, asked) if found.tier == "copy"), None
                    )
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
            left = [each for each in tried if each not in same and not self._pairs.is_refused(number, each, same)]
            path = self._first.images[peer].paths[0]
            for other, evidence in self._pairs.verified(peer, left):
                if evidence.tier == "copy" and not self._pairs.is_refused(number, other, same):
                    same[other] = replace(evidence, through=path)

    def _files_of(self, side: Side, number: int) -> list[FileFacts]:
        """The best first."""
        found = files_of(side.images[number], hard_links=self._look_for.hard_links)
        return sorted(found, key=self._known_rules.order_of)


def _turned_round(evidence: Evidence) -> Evidence:
    """The same, about the other of the two pictures."""
    return replace(evidence, overlap=evidence.overlap and (evidence.overlap[1], evidence.overlap[0]))
