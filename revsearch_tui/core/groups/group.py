"""Groups of files that are the same, as they are shown and planned by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from revsearch_tui.core.groups.file_facts import FileFacts
from revsearch_tui.core.groups.plan import Plan, PlannedFile, PlannedGroup

GroupTier: TypeAlias = Literal["same file", "copy", "same thing"]
TIERS: tuple[GroupTier, ...] = ("same file", "copy", "same thing")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a picture is the same as the kept one: by which method, with what score (0 to 1), made of `raw` in `unit`.

    `change` tells what was done to the kept one where geometry found that; `overlap` the shares of the kept picture's
    area, and of this one's, that the other shows, where it was verified. `through` is a copy of the kept picture that
    this is surely a copy of, where the two alone could be two shots of one thing.
    """

    tier: GroupTier
    method: str
    score: float
    raw: float
    unit: str
    change: str = ""
    overlap: tuple[float, float] | None = None
    through: Path | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """A `file` of a group that stays and shows all that another does, by `evidence`."""

    file: FileFacts
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a group and why it is in it. `spared` tells why it is left alone; empty where it may go: for the kept
    file, or `beside` one that stays too where something would be `lost` with it for the kept one."""

    file: FileFacts
    evidence: Evidence
    spared: str = ""
    lost: str = ""
    beside: Beside | None = None

    @property
    def why(self) -> str:
        """Why it goes, or is in the group and left alone."""
        if self.beside is not None:
            return describe_beside(self.file, self.beside.file, self.beside.evidence)
        told = describe(self.evidence)
        return f"{told}; {self.spared}" if self.spared else told


@dataclass(frozen=True, slots=True)
class Group:
    """`keep` is the file to keep, and `why`; every one of the `others` is the same as that by evidence of its own."""

    keep: FileFacts
    why: str
    others: tuple[Member, ...]

    @property
    def tier(self) -> GroupTier:
        """The weakest that holds it together."""
        return max((member.evidence.tier for member in self.others), key=TIERS.index)

    @property
    def freed(self) -> int:
        """Bytes of the files that may go."""
        return sum(member.file.bytes for member in self.others if not member.spared)

    def stays_for(self, member: Member) -> Beside:
        """What stays for one of the others, should that go, and by what evidence it shows all of it."""
        return member.beside or Beside(self.keep, member.evidence)


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What was found among so many pictures, in how many seconds; `compared` pairs were verified."""

    groups: list[Group]
    pictures: int
    compared: int
    seconds: float


def plan_of(groups: Sequence[Group], source: str) -> Plan:
    """Keep what is to be kept, let go what may go: of a group an entry for each file that others go for."""
    planned = []
    for group in groups:
        going: dict[Path, list[PlannedFile]] = {}
        for member in group.others:
            if not member.spared:
                stays = group.stays_for(member)
                file = planned_file(member.file, stays.evidence.tier, member.why)
                going.setdefault(stays.file.path, []).append(file)
        kept = {group.keep.path: planned_file(group.keep, group.tier, group.why)}
        kept |= {
            member.file.path: planned_file(member.file, member.evidence.tier, stays_too(member.spared))
            for member in group.others
            if member.file.path in going
        }
        planned += [PlannedGroup(kept[path], tuple(files)) for path, files in going.items()]
    return Plan(source, tuple(planned))


def planned_file(file: FileFacts, tier: str, why: str) -> PlannedFile:
    """For a plan."""
    return PlannedFile(str(file.path), file.image_id.hex(), file.bytes, tier, why)


def describe(evidence: Evidence) -> str:
    """Evidence in a few words."""
    if evidence.tier == "same file":
        return "the same bytes"
    words = f"{evidence.method}: {evidence.raw:g} {evidence.unit}"
    if evidence.overlap is not None:
        words += f", shows {evidence.overlap[0]:.0%} of it, {evidence.overlap[1]:.0%} of itself"
    words += f", {evidence.change}" if evidence.change else ""
    return f"{words}, and a copy of {evidence.through.name}" if evidence.through else words


def describe_beside(file: FileFacts, stays: FileFacts, evidence: Evidence) -> str:
    """Why a file goes beside one that is not the kept one, in a few words."""
    name = stays.path.name if stays.path.name != file.path.name else str(stays.path)
    return f"all of it is in {name}, which stays: {describe(evidence)}"


def stays_too(spared: str) -> str:
    """Why a file stays that others go for and that is not the kept one."""
    return f"stays too: {spared}"
