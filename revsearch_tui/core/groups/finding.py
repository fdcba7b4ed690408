"""What makes figures of labelled pictures wrong, picture by picture: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

FindingKind: TypeAlias = Literal["leak", "two labels", "doubtful label"]
KINDS: tuple[FindingKind, ...] = ("leak", "two labels", "doubtful label")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture of the data."""

    path: Path
    part: str
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A picture that is a copy of the `other`, which is in another part or under another label; or one whose label its
    neighbours do not share, who have the label `instead`. `why` says so in words."""

    kind: FindingKind
    picture: Labelled
    why: str
    other: Labelled | None = None
    instead: str = ""

    @property
    def parts(self) -> list[str]:
        """Those that the pictures are in, as far as the data is divided."""
        pictures = [self.picture, *([self.other] if self.other else [])]
        return list(dict.fromkeys(each.part for each in pictures if each.part))


def by_kind(findings: list[Finding]) -> dict[str, int]:
    """How many there are of each kind."""
    return {kind: sum(each.kind == kind for each in findings) for kind in KINDS}
