"""What a user decides about groups that were found: which file of each stays, and which go. Plain state."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import UsageError
from revsearch_tui.core.groups.group import TIERS, Evidence, Group, GroupTier, describe
from revsearch_tui.core.groups.look_for import spared
from revsearch_tui.core.groups.plan import Plan, PlannedFile, PlannedGroup

if TYPE_CHECKING:
    from revsearch_tui.core.groups.file_facts import FileFacts
    from revsearch_tui.core.groups.look_for import LookFor

_CHOSEN = "you chose it"


class Entry(NamedTuple):
    """A file of a group; without `evidence` it is the one that all others were found to be the same as. `spared` tells
    why it is left alone unless asked."""

    file: FileFacts
    evidence: Evidence | None
    spared: str = ""


@dataclass(slots=True)
class ReviewedGroup:
    """`base` is the file that the evidence is about, also once it is gone; `kept` the number of the entry that stays,
    `marked` those of the entries that go."""

    base: FileFacts
    base_why: str
    entries: tuple[Entry, ...]
    kept: int = 0
    marked: set[int] = field(default_factory=set)

    @property
    def tier(self) -> GroupTier:
        """The weakest that holds it together."""
        return max((entry.evidence.tier for entry in self.entries if entry.evidence), key=TIERS.index)

    @property
    def freed(self) -> int:
        """Bytes of what goes."""
        return sum(bytes_freed(self.entries[number].file) for number in self.marked)

    def keep_why(self) -> str:
        """Why that one stays."""
        return _CHOSEN if self.entries[self.kept].evidence is not None else self.base_why

    def why(self, number: int) -> str:
        """Why an entry that is not kept is the same as the one that is."""
        evidence, kept = self.entries[number].evidence, self.entries[self.kept].evidence
        if evidence is None:
            evidence = kept
            if kept is not None:
                overlap = None if kept.overlap is None else (kept.overlap[1], kept.overlap[0])
                evidence = replace(kept, overlap=overlap, change="")
            return describe(evidence) if evidence is not None else ""
        return describe(evidence) if kept is None else f"{describe(evidence)}, compared with {self.base.path.name}"


def bytes_freed(file: FileFacts) -> int:
    """Bytes that are free once a file is gone: none where it has other names by hard links."""
    return file.bytes if file.names == 1 else 0


class Review:
    """The groups of one search for duplicates, and what was decided. `files` that are to go, of so many `bytes`."""

    def __init__(self, groups: Sequence[ReviewedGroup], look_for: LookFor, pictures: int) -> None:
        self.groups, self.look_for, self.pictures = list(groups), look_for, pictures
        self.files = sum(len(group.marked) for group in groups)
        self.bytes = sum(group.freed for group in groups)

    @classmethod
    def of(cls, groups: Iterable[Group], look_for: LookFor, pictures: int) -> Review:
        """Nothing is to go at first."""
        return cls([_reviewed(group) for group in groups], look_for, pictures)

    def toggle(self, group: ReviewedGroup, number: int) -> None:
        """Let an entry go, or not. Raises `UsageError` for the one that stays and for what is protected."""
        file = group.entries[number].file
        if number == group.kept:
            raise UsageError(f"'{file.path.name}' is the one that is kept; keep another of the group first")
        if number not in group.marked and self.look_for.rules.is_protected(file):
            raise UsageError(f"'{file.path.name}' lies in a protected folder")
        self._mark(group, group.marked ^ {number})

    def keep(self, group: ReviewedGroup, number: int) -> None:
        """Have an entry stay in the place of the one that did."""
        first = group.entries[0]
        if group.kept == 0 != number and first.evidence is None:
            group.entries = (first._replace(spared=spared(first.file, self.look_for)), *group.entries[1:])
        self._mark(group, group.marked - {number})
        group.kept = number

    def apply_rules(self) -> None:
        """Keep of each group what the rules keep, and let all others go but those that are spared."""
        for group in self.groups:
            if group.entries[0].evidence is None:
                group.kept = 0
            going = (number for number, entry in enumerate(group.entries) if not entry.spared)
            group.marked = {number for number in going if number != group.kept}
        self._count()

    def unmark(self) -> None:
        """Let nothing go."""
        for group in self.groups:
            group.marked = set()
        self._count()

    def chosen(self) -> list[ReviewedGroup]:
        """The groups of which something goes."""
        return [group for group in self.groups if group.marked]

    def without(self, gone: AbstractSet[Path]) -> Review:
        """A copy in which these files are no more; groups of one file are none."""
        left = (_left(group, gone) for group in self.groups)
        return Review([group for group in left if len(group.entries) > 1], self.look_for, self.pictures)

    def of_present(self) -> Review:
        """A copy without the files that are not there; looks at each."""
        paths = (entry.file.path for group in self.groups for entry in group.entries)
        return self.without({path for path in paths if not os.path.lexists(path)})

    def _mark(self, group: ReviewedGroup, marked: set[int]) -> None:
        self.files += len(marked) - len(group.marked)
        self.bytes -= group.freed
        group.marked = marked
        self.bytes += group.freed

    def _count(self) -> None:
        self.files = sum(len(group.marked) for group in self.groups)
        self.bytes = sum(group.freed for group in self.groups)


def plan_of_chosen(groups: Sequence[ReviewedGroup], source: str) -> Plan:
    """What is to be done with the marked files of groups."""
    planned = []
    for group in groups:
        keep = _planned(group.entries[group.kept].file, group.tier, group.keep_why())
        others = (
            _planned(group.entries[number].file, _tier(group, number), group.why(number))
            for number in sorted(group.marked)
        )
        planned.append(PlannedGroup(keep, tuple(others)))
    return Plan(source, tuple(planned))


def _tier(group: ReviewedGroup, number: int) -> GroupTier:
    """The weaker of what leads from an entry to the one that is kept."""
    evidence = (group.entries[number].evidence, group.entries[group.kept].evidence)
    return max((each.tier for each in evidence if each is not None), key=TIERS.index)


def _reviewed(group: Group) -> ReviewedGroup:
    others = (Entry(member.file, member.evidence, member.spared) for member in group.others)
    return ReviewedGroup(group.keep, group.why, (Entry(group.keep, None), *others))


def _left(group: ReviewedGroup, gone: AbstractSet[Path]) -> ReviewedGroup:
    numbers = [number for number, entry in enumerate(group.entries) if entry.file.path not in gone]
    kept = numbers.index(group.kept) if group.kept in numbers else 0
    marked = {new for new, old in enumerate(numbers) if old in group.marked and new != kept}
    return ReviewedGroup(group.base, group.base_why, tuple(group.entries[each] for each in numbers), kept, marked)


def _planned(file: FileFacts, tier: GroupTier, why: str) -> PlannedFile:
    return PlannedFile(str(file.path), file.image_id.hex(), file.bytes, tier, why)
