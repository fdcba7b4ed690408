"""What a query is narrowed to, and which of its hits were judged right or wrong: plain data, without widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from revsearch_tui.api import UsageError
from revsearch_tui.core.images.crop import Crop
from revsearch_tui.tui.text import count, shown, shown_path

LIKED, UNLIKED = "+", "−"
"""The signs of hits that were judged."""


@dataclass(frozen=True, slots=True)
class JudgedHit:
    """A hit by its image id, and a file that holds it."""

    image_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Refinement:
    """As it is made, nothing is narrowed and nothing was judged.

    `copies` asks for the same picture only, `under` and `glob` are as in a `SearchRequest`, and `k` hits are given, as
    many as configured where it is None. A search is led towards the `likes` and away from the `unlikes`. `crop` is the
    part of the query picture that is searched by, in percent.
    """

    any_orientation: bool = False
    copies: bool = False
    least_score: float | None = None
    under: tuple[Path, ...] = ()
    glob: tuple[str, ...] = ()
    k: int | None = None
    likes: tuple[JudgedHit, ...] = ()
    unlikes: tuple[JudgedHit, ...] = ()
    crop: Crop | None = None

    def __post_init__(self) -> None:
        """Raises `UsageError` for what does not go together."""
        if self.has_feedback and (self.copies or self.any_orientation or self.crop is not None):
            what = "copies are" if self.copies else "a part is" if self.crop is not None else "other orientations are"
            raise UsageError(f"{what} looked for without liked hits; clear what is narrowed, or what was liked, first")

    @property
    def has_feedback(self) -> bool:
        """Whether hits were judged."""
        return bool(self.likes or self.unlikes)

    def sign(self, image_id: str) -> str:
        """`LIKED`, `UNLIKED`, or nothing for a hit that was not judged."""
        if any(hit.image_id == image_id for hit in self.likes):
            return LIKED
        return UNLIKED if any(hit.image_id == image_id for hit in self.unlikes) else ""

    def judged(self, hit: JudgedHit, sign: str) -> Refinement:
        """As this with a hit judged, or no longer judged where it was so before. Raises `UsageError`."""
        wanted = "" if self.sign(hit.image_id) == sign else sign
        likes, unlikes = (
            (*(each for each in known if each.image_id != hit.image_id), *([hit] if wanted == own else []))
            for known, own in ((self.likes, LIKED), (self.unlikes, UNLIKED))
        )
        return replace(self, likes=likes, unlikes=unlikes)

    def for_next(self, *, is_picture: bool) -> Refinement:
        """What of it goes for the query asked next; what was judged and the part do not, nor what words cannot be
        asked."""
        plain = replace(self, likes=(), unlikes=(), crop=None)
        return plain if is_picture else replace(plain, any_orientation=False, copies=False)

    def told(self) -> list[str]:
        """Each choice in a few words; none where there are none."""
        words = [
            part_text(self.crop) if self.crop is not None else "",
            "any orientation" if self.any_orientation else "",
            "copies only" if self.copies else "",
            f"score {self.least_score:g} or more" if self.least_score is not None else "",
            *(f"below {shown_path(folder)}" for folder in self.under),
            *map(shown, self.glob),
            count(self.k, "hit") if self.k is not None else "",
            f"{len(self.likes):,} liked, {len(self.unlikes):,} not" if self.has_feedback else "",
        ]
        return [word for word in words if word]


def part_text(crop: Crop) -> str:
    """`part 30x40 % at 10,20`."""
    left, top, wide, high = (f"{value:.10g}" for value in crop.values)
    return f"part {wide}x{high} % at {left},{top}"
