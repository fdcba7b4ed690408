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
class Member:
    """A file of a group and why it is in it. `spared` tells why it is left alone; empty where it may go."""

    file: FileFacts
    evidence: Evidence
    spared: str = ""


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


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What was found among so many pictures, in how many seconds; `compared` pairs were verified."""

    groups: list[Group]
    pictures: int
    compared: int
    seconds: float


def plan_of(groups: Sequence[Group], source: str) -> Plan:
    """Keep what is to be kept, let go what may go."""
    planned = []
    for group in groups:
        going = [member for member in group.others if not member.spared]
        if going:
            planned.append(
                PlannedGroup(
                    _planned(group.keep, group.tier, group.why),
                    tuple(_planned(each.file, each.evidence.tier, describe(each.evidence)) for each in going),
                )
            )
    return Plan(source, tuple(planned))


def describe(evidence: Evidence) -> str:
    """Evidence in a few words."""
    if evidence.tier == "same file":
        return "the same bytes"
    words = f"{evidence.method}: {evidence.raw:g} {evidence.unit}"
    if evidence.overlap is not None:
        words += f", shows {evidence.overlap[0]:.0%} of it, {evidence.overlap[1]:.0%} of itself"
    words += f", {evidence.change}" if evidence.change else ""
    return f"{words}, and a copy of {evidence.through.name}" if evidence.through else words


def _planned(file: FileFacts, tier: str, why: str) -> PlannedFile:
    return PlannedFile(str(file.path), file.image_id.hex(), file.bytes, tier, why)
