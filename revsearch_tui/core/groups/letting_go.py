"""What would be lost with a picture, were only the one kept that it is the same as: that is left alone unless asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from revsearch_tui.core.groups.group import Evidence
from revsearch_tui.core.groups.keeping import CAMERA
from revsearch_tui.core.groups.turned_hashes import AS_IT_IS, CHANGES, inverse
from revsearch_tui.core.pixels import ELSEWHERE, SEEN_THROUGH
from revsearch_tui.core.pixels.pixel_agreement import stretched
from revsearch_tui.core.pixels.shown_by import WHOLE, not_shown
from revsearch_tui.core.pixels.what_differs import is_seen_through_elsewhere

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL.Image import Image

    from revsearch_tui.core.groups.file_facts import FileFacts
    from revsearch_tui.core.groups.look_for import LookFor
    from revsearch_tui.core.groups.pair_evidence import PairEvidence
    from revsearch_tui.core.groups.sides import Look, Side

    Doubles = npt.NDArray[Any]

MOST_OF = 0.9
"""Of the kept picture that another must show to be more than a part of it. With a narrow frame a picture has more
pixels, and of that the one without shows 0.83."""
_MORE_PIXELS = 1.05
_ONLY_A_PART = "shows only a part of what is kept"
_NUMBERS = re.compile(r"(\d+)", re.ASCII)
_TURNS = {
    AS_IT_IS: ((1, 0, 0), (0, 1, 0)),
    2: ((-1, 0, 1), (0, 1, 0)),
    3: ((-1, 0, 1), (0, -1, 1)),
    4: ((1, 0, 0), (0, -1, 1)),
    5: ((0, 1, 0), (1, 0, 0)),
    6: ((0, -1, 1), (1, 0, 0)),
    7: ((0, -1, 1), (-1, 0, 1)),
    8: ((0, 1, 0), (-1, 0, 1)),
}
"""By EXIF orientation: where points of a square of side 1 are put."""


class Loss(NamedTuple):
    """`why` something is left alone, in words; empty where it may go. `of_content`: it shows something that what is
    kept does not show, and is no mere part of that."""

    why: str = ""
    of_content: bool = False


def _of_another_moment(keep: FileFacts, other: FileFacts) -> str:
    """What tells, beside the pixels, that neither is made from the other; empty where nothing does. Shots of a burst,
    and frames of a video, hardly differ by more than bad copies do."""
    times = keep.taken, other.taken
    if times[0] is not None and times[1] is not None:
        apart, are_fine = abs(times[0] - times[1]), bool(times[0] % 1 and times[1] % 1)
        return "was taken at another time" if apart >= 1 or (apart and are_fine) else ""
    alike = (keep.format, keep.width, keep.height) == (other.format, other.width, other.height)
    return "is one of a numbered series" if times == (None, None) and alike and _is_series(keep, other) else ""


def _is_series(one: FileFacts, other: FileFacts) -> bool:
    """Whether names in one folder differ in nothing but numbers of two digits or more, each as long as its like."""
    first, second = (_NUMBERS.split(file.path.name) for file in (one, other))
    if one.path.parent != other.path.parent or len(first) != len(second):
        return False
    differing = [each for each in zip(first, second, strict=True) if each[0] != each[1]]
    return all(mine.isdigit() and len(mine) == len(theirs) >= 2 for mine, theirs in differing)


def _seen_through(kept: Look, other: Look, way: Doubles) -> str:
    """Drawings that look the same over one ground need not do so over others: one may have a body, the other holes."""
    if kept.opacity is None or other.opacity is None:
        return ""  # what is opaque is one of the pictures that can be made of what is not
    return SEEN_THROUGH if is_seen_through_elsewhere(kept.opacity, other.opacity, way) else ""


class LettingGo:
    """Of pictures of one side, or of two: what is kept is of the second side with `keeps_second`, else of the first."""

    def __init__(
        self, first: Side, second: Side, pairs: PairEvidence, look_for: LookFor, *, keeps_second: bool = False
    ) -> None:
        self._first, self._second, self._pairs, self._look_for = first, second, pairs, look_for
        self._keeps_second = keeps_second

    def loss(self, keep: FileFacts, other: FileFacts, evidence: Evidence) -> Loss:
        """With a file that is the same as the kept one by such evidence, as far as that and the sizes say."""
        asked = self._look_for
        if evidence.tier == "same file":
            return Loss()
        if evidence.tier == "same thing":
            return Loss("perhaps another shot", of_content=True)
        if not asked.altered and (why := _of_another_moment(keep, other)):
            return Loss(why, of_content=True)
        of_keep, of_other = evidence.overlap or (1.0, 1.0)
        if of_other < WHOLE and not asked.altered:
            return Loss("shows more than what is kept", of_content=True)
        if of_keep < MOST_OF:
            if not asked.parts:
                return Loss(_ONLY_A_PART)
            if of_keep * keep.pixels * _MORE_PIXELS < of_other * other.pixels:
                return Loss("has more pixels of it", of_content=True)
        else:
            # What is as the camera wrote it is kept before what has more pixels; that is no reason to let those go.
            rules = asked.rules if CAMERA in asked.rules.asked else asked.rules.without(CAMERA)
            if rules.order_of(other) < rules.order_of(keep):
                if other.pixels > _MORE_PIXELS * keep.pixels:
                    return Loss("has more pixels", of_content=True)
                if rules.deciding(other, keep) == "lossless":
                    return Loss("is of a format that loses nothing")
            if asked.rules.deciding(other, keep) == CAMERA and other.is_as_shot:
                return Loss("is as the camera wrote it")
        if not asked.altered and other.frames > keep.frames:
            return Loss(f"has {other.frames:,} pictures in it", of_content=True)
        return Loss()

    def seen_loss(self, first: int, second: int, evidence: Evidence) -> Loss:
        """With one of two pictures, as far as their pixels say. Raises `MethodUnavailableError`."""
        if evidence.tier == "same file" or self._look_for.altered:
            return Loss()
        looks = self._first.look(first), self._second.look(second)
        kept, other = looks[:: -1 if self._keeps_second else 1]
        if kept is None or other is None:
            return Loss("cannot be read just now", of_content=True)
        if other.opacity is not None and kept.opacity is None:
            return Loss("is transparent in places", of_content=True)
        why = ELSEWHERE
        for way, of_keep in self._ways(first, second, evidence, kept.image, other.image):
            told = not_shown(kept.image, other.image, way) or _seen_through(kept, other, way)
            if not told:
                is_part = of_keep < MOST_OF and not self._look_for.parts
                return Loss(_ONLY_A_PART) if is_part else Loss()
            why = told if told != ELSEWHERE else why
        return Loss(why, of_content=True)

    def _ways(
        self, first: int, second: int, evidence: Evidence, kept: Image, other: Image
    ) -> Iterator[tuple[Doubles, float]]:
        """Transforms from what may go to what is kept, one of which should be right, each with the share of what is
        kept that is shown then, where `loss` has not asked for that."""
        if evidence.overlap is None:
            turn = CHANGES.index(evidence.change, AS_IT_IS)
            for each in dict.fromkeys((turn, inverse(turn))):
                yield stretched(other.size[::-1], kept.size[::-1], _TURNS[each]), 1.0
        if (verified := self._pairs.way(first, second)) is not None:
            of_keep = verified.overlap[self._keeps_second] if evidence.overlap is None else 1.0
            yield verified.ways[0 if self._keeps_second else 1], of_keep
