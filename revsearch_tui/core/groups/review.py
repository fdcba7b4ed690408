"""What a user decides about groups that were found: which file of each stays, and which go. Plain state."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import UsageError
from revsearch_tui.core.groups.group import (
    TIERS,
    Evidence,
    Group,
    GroupTier,
    describe,
    describe_beside,
    planned_file,
    stays_too,
)
from revsearch_tui.core.groups.look_for import spared
from revsearch_tui.core.groups.plan import Plan, PlannedGroup

if TYPE_CHECKING:
    from revsearch_tui.core.groups.file_facts import FileFacts
    from revsearch_tui.core.groups.look_for import LookFor

_CHOSEN = "you chose it"


class Shown(NamedTuple):
    """The `number` of an entry that shows all that another does, by `evidence`; None once that is gone."""

    number: int | None
    evidence: Evidence


class Entry(NamedTuple):
    """A file of a group; without `evidence` it is the one that all others were found to be the same as. `spared` tells
    why it is left alone unless asked. Where something would be `lost` with it for that one, it goes `beside` another
    that stays, if there is any."""

    file: FileFacts
    evidence: Evidence | None
    spared: str = ""
    lost: str = ""
    beside: Shown | None = None


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

    @property
    def may_go(self) -> int:
        """How many of the entries are neither kept nor left alone."""
        return sum(number != self.kept and not self.left_alone(number) for number in range(len(self.entries)))

    def keep_why(self) -> str:
        """Why that one stays."""
        return _CHOSEN if self.entries[self.kept].evidence is not None else self.base_why

    def stays_for(self, number: int) -> int | None:
        """The number of the entry that stays and shows all that one does which goes; None where there is none."""
        beside = self.entries[number].beside
        if beside is not None:
            return None if beside.number in self.marked else beside.number
        if not self.entries[self.kept].lost:
            return self.kept
        return 0 if self.entries[0].evidence is None and number and 0 not in self.marked else None

    def left_alone(self, number: int) -> str:
        """Why an entry is left alone unless asked; empty where it may go."""
        entry = self.entries[number]
        if entry.spared or self.stays_for(number) is not None:
            return entry.spared
        return entry.lost or "what is kept may not show all of it"

    def going(self) -> dict[int, list[int]]:
        """The numbers of the entries that go, by that of the one that stays for them, the kept one first."""
        found: dict[int, list[int]] = {self.kept: []}
        for number in sorted(self.marked):
            stays = self.stays_for(number)
            found.setdefault(self.kept if stays is None else stays, []).append(number)
        return {number: going for number, going in found.items() if going}

    def stay_why(self, number: int) -> str:
        """Why an entry stays that others go for."""
        return self.keep_why() if number == self.kept else stays_too(self.left_alone(number))

    def evidence_of(self, number: int) -> Evidence | None:
        """By what an entry is the same as the one that stays for it, or else as the one that is kept."""
        entry = self.entries[number]
        if entry.beside is not None and self.stays_for(number) is not None:
            return entry.beside.evidence
        return entry.evidence or self.entries[self.kept].evidence

    def why(self, number: int) -> str:
        """The same in words."""
        entry, stays = self.entries[number], self.stays_for(number)
        if entry.beside is not None and stays is not None:
            return describe_beside(entry.file, self.entries[stays].file, entry.beside.evidence)
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

    def toggle(self, group: ReviewedGroup, number: int) -> int:
        """Let an entry go, or not; gives how many that were to go stay now, for what stayed for them does not. Raises
        `UsageError` for the one that stays and for what is protected."""
        file = group.entries[number].file
        if number == group.kept:
            raise UsageError(f"'{file.path.name}' is the one that is kept; keep another of the group first")
        if number not in group.marked and self.look_for.rules.is_protected(file):
            raise UsageError(f"'{file.path.name}' lies in a protected folder")
        return self._decide(group, group.marked ^ {number}, group.kept)

    def keep(self, group: ReviewedGroup, number: int) -> int:
        """Have an entry stay in the place of the one that did; gives the same."""
        first = group.entries[0]
        if group.kept == 0 != number and first.evidence is None:
            group.entries = (first._replace(spared=spared(first.file, self.look_for)), *group.entries[1:])
        return self._decide(group, group.marked - {number}, number)

    def apply_rules(self) -> None:
        """Keep of each group what the rules keep, and let all others go but those that are spared."""
        for group in self.groups:
            if group.entries[0].evidence is None:
                group.kept = 0
            group.marked = set()
            going = (number for number in range(len(group.entries)) if not group.left_alone(number))
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

    def _decide(self, group: ReviewedGroup, marked: set[int], kept: int) -> int:
        """Mark these and keep that; what was to go for something that is to go now stays, and how many do is given."""
        files, freed = len(group.marked), group.freed
        relying = {number for number in group.marked & marked if group.stays_for(number) is not None}
        group.marked, group.kept = marked, kept
        stays = {number for number in relying if group.stays_for(number) is None}
        group.marked = marked - stays
        self.files += len(group.marked) - files
        self.bytes += group.freed - freed
        return len(stays)

    def _count(self) -> None:
        self.files = sum(len(group.marked) for group in self.groups)
        self.bytes = sum(group.freed for group in self.groups)


def plan_of_chosen(groups: Sequence[ReviewedGroup], source: str) -> Plan:
    """What is to be done with the marked files of groups: of each an entry for every file that others go for."""
    planned = []
    for group in groups:
        for stays, numbers in group.going().items():
            files = (
                planned_file(group.entries[number].file, _tier(group, number), group.why(number)) for number in numbers
            )
            keep = planned_file(group.entries[stays].file, group.tier, group.stay_why(stays))
            planned.append(PlannedGroup(keep, tuple(files)))
    return Plan(source, tuple(planned))


def _tier(group: ReviewedGroup, number: int) -> GroupTier:
    """The weaker of what leads from an entry to the one that is kept; or to the one that stays for it."""
    beside = group.entries[number].beside
    if beside is not None and group.stays_for(number) is not None:
        return beside.evidence.tier
    evidence = (group.entries[number].evidence, group.entries[group.kept].evidence)
    return max((each.tier for each in evidence if each is not None), key=TIERS.index)


def _reviewed(group: Group) -> ReviewedGroup:
    numbers = {member.file.path: number for number, member in enumerate(group.others, start=1)}
    others = (
        Entry(
            member.file,
            member.evidence,
            member.spared,
            member.lost,
            Shown(numbers[member.beside.file.path], member.beside.evidence) if member.beside is not None else None,
        )
        for member in group.others
    )
    return ReviewedGroup(group.keep, group.why, (Entry(group.keep, None), *others))


def _left(group: ReviewedGroup, gone: AbstractSet[Path]) -> ReviewedGroup:
    numbers = [number for number, entry in enumerate(group.entries) if entry.file.path not in gone]
    now: dict[int | None, int] = {old: new for new, old in enumerate(numbers)}
    entries = tuple(
        entry._replace(beside=entry.beside and entry.beside._replace(number=now.get(entry.beside.number)))
        for entry in (group.entries[number] for number in numbers)
    )
    kept = now.get(group.kept, 0)
    marked = {now[old] for old in group.marked if old in now and now[old] != kept}
    return ReviewedGroup(group.base, group.base_why, entries, kept, marked)
