"""Whether two pictures are one, by their local features: how many points agree, of how many that could, and how
exactly; and, where that leaves it open, by their pixels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Features, PairMatch
from revsearch_tui.core.methods.resolving import guarded
from revsearch_tui.core.pixels.closer_look import has_own_edge, is_marked_over
from revsearch_tui.core.pixels.pair_geometry import extent, inside, moved, overlap, turn_words, turned_round
from revsearch_tui.core.pixels.pixel_agreement import Agreement, agreement
from revsearch_tui.core.search.views import change_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.groups.sides import Side

    Doubles = npt.NDArray[Any]

LEAST_INLIERS = 15
"""Two different pictures with a like screen, frame or text had 14 points that agreed; with fewer, pixels must agree
too."""
_COPY_SHARE = 0.42
"""Shots of one scene with a moving animal had up to 0.39, and a median residual of 0.16 and more; half of the changed
copies have 0.6, and 0.1."""
_EXACT_SHARE, _EXACT_INLIERS, _EXACT_RESIDUAL = 0.2, 20, 0.15
_WITHIN = 0.985
"""Of a picture, where the other is asked to show the whole of it before their pixels are looked at: other shots of one
scene show something else at some edge."""
_FRAMED = 0.9
"""Of a picture that shows less than this of itself by the other, where the other is within it: it is another frame, as
a screen or a page has, and no other shot."""
_WORST, _POOR = (0.75, 0.6), (0.88, 0.8)
"""The least correlations of pixels (see `Agreement`), of pictures of one frame and of others. Of shots of one scene
with a moving animal, within one frame, the most alike had 0.69 and 0.86; with another frame 0.49 and 0.79. Of photos of
a bad screen half have 0.66 and 0.84, of other changes nearly all have 0.8 and 0.9."""
MIDDLE, _MIDDLE_POOR = 0.7, 0.25
"""What half of the places must have, and three quarters, where points alone take two for copies: of charts with the
same axes half had at most 0.6, of pictures with stickers and text 0.8 and more."""
SHOWN = 0.7
"""Of one of the pictures, that the other must show for them to be copies: of two parts cut from one photo both
have something of their own to lose. What is turned by 45 degrees and has lost its corners shows 0.78."""
_MARKED = (0.5, 0.65, MIDDLE)
_MARKED_SHARE, _MARKED_INLIERS = 0.08, 30
"""What copies have that are written over everywhere, where the points that are left agree exactly. One form filled in
by two had 0.4 and 0.8, different things on one desk, photographed from one place, had -0.3 and 0.1."""
_CLEAR = (0.5, 0.73, 0.78, 0.4)
"""What pictures within an edge of their own must have where they show something clearly, and the share of these places.
Of photos of the worst screens most have 0.5, 0.74, 0.81 and 0.5; shots of one frame in which something has moved, on
such a screen, had 0.49 and 0.81, 0.45 and 0.61, 0.6 and 0.72; forms filled in otherwise show little clearly, 0.15."""
_CLEAR_FRAME = (0.76, 0.87, 0.9, 0.4)
"""The same of pictures of one frame that have been made small and bad. Other shots of a scene had 0.72 and 0.84."""
_PART, _PART_RESIDUAL = 0.3, 0.25
"""Of a picture that shows the other on less than this, points of a part cut from it agree within that: parts and pages
had 0.18 at the most, two photos from one place, one of them with a longer lens, 0.33."""
_TELLING = 0.2
_LONGEST = 640.0
"""Residuals are in pixels of a picture whose longest side is this."""
_KEPT_FEATURES, _KEPT_PAIRS = 512, 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """Two pictures that agree on one geometry. `share`: of the points that both could have, those that agree.
    `residual`: how far, in the median, these lie from where the other has them. `overlap`: the shares of the first
    picture's area, and of the second's, that the other shows. `change`: what was done to the first. `ways`: the
    transforms there and back. `pixels`: how these agree, where that was looked at. `is_hidden`: whether a closer look
    found what hides a copy from points and pixels, see `closer_look`.
    """

    inliers: int
    share: float
    residual: float
    overlap: tuple[float, float]
    change: str
    ways: tuple[Doubles, Doubles]
    inverted: bool = False
    pixels: Agreement | None = None
    is_hidden: bool = False

    @property
    def is_copy(self) -> bool:
        """Whether one is made from the other, and not another shot of the same."""
        if max(self.overlap) < SHOWN:
            return False
        if min(self.overlap) < _PART and self.residual > _PART_RESIDUAL:
            return self.is_hidden
        if self.pixels is None or self.pixels.telling < _TELLING:
            return self._by_points
        many = self.inliers >= LEAST_INLIERS and self.share >= _COPY_SHARE
        if many and self.pixels.middle >= MIDDLE and self.pixels.poor >= _MIDDLE_POOR:
            return True
        if self.is_hidden or (
            self._is_marked and _all_least((self.pixels.worst, self.pixels.poor, self.pixels.middle), _MARKED)
        ):
            return True
        return max(self.overlap) >= _WITHIN and is_one_frame(self.pixels, framed=min(self.overlap) < _FRAMED)

    @property
    def is_open(self) -> bool:
        """Whether pixels are to be asked."""
        return max(self.overlap) >= SHOWN and (self._by_points or max(self.overlap) >= _WITHIN)

    @property
    def may_be_hidden(self) -> bool:
        """Whether a closer look may tell: enough points agree, and one shows the whole of the other."""
        return self.inliers >= _EXACT_INLIERS and max(self.overlap) >= _WITHIN

    @property
    def is_framed(self) -> bool:
        """Whether one shows the other within something else, and what is clear in both agrees."""
        if self.pixels is None or min(self.overlap) >= _FRAMED:
            return False
        agrees = self.pixels.middle >= MIDDLE and self.pixels.poor >= _MARKED[0]
        return agrees and _all_least(self.pixels.clear, _CLEAR)

    @property
    def _by_points(self) -> bool:
        exact = self.residual <= _EXACT_RESIDUAL and self.share >= _EXACT_SHARE and self.inliers >= _EXACT_INLIERS
        return self.inliers >= LEAST_INLIERS and (exact or self.share >= _COPY_SHARE)

    @property
    def _is_marked(self) -> bool:
        whole = max(self.overlap) >= _WITHIN and self.share >= _MARKED_SHARE and self.inliers >= _MARKED_INLIERS
        return self._by_points or (whole and self.residual <= _EXACT_RESIDUAL)


def _all_least(values: Sequence[float], least: Sequence[float]) -> bool:
    return all(ours >= theirs for ours, theirs in zip(values, least, strict=True))


def is_one_frame(pixels: Agreement, *, framed: bool = False) -> bool:
    """Whether pixels alone say that pictures are one, where one shows the whole of the other; `framed` where one shows
    something else around that."""
    if pixels.worst >= _WORST[framed] and pixels.poor >= _POOR[framed]:
        return True
    return pixels.worst >= _WORST[True] and pixels.poor >= _POOR[True] and _all_least(pixels.clear, _CLEAR_FRAME)


class Verifier:
    """Verifies by one local method, over one side or two; remembers the features it used last, and
    what it found."""

    def __init__(self, label: str, first: Side, second: Side) -> None:
        self.label = label
        self._opened = first.opened[label]
        self._sides = first, second
        self._first = lru_cache(_KEPT_FEATURES)(lambda number: first.features(label, number))
        self._second = (
            self._first if second is first else lru_cache(_KEPT_FEATURES)(lambda number: second.features(label, number))
        )
        self._found: dict[tuple[int, int], Verified | None] = {}
        self.compared = 0

    def forget(self, numbers: Collection[int]) -> None:
        """Read features of these pictures anew when they are next asked for, and verify them anew."""
        self._first.cache_clear()
        self._second.cache_clear()
        self._found = {
            pair: found for pair, found in self._found.items() if pair[0] not in numbers and pair[1] not in numbers
        }

    def verify(self, first: int, seconds: Sequence[int]) -> list[Verified | None]:
        """The first side's picture against some of the second's. Raises `MethodUnavailableError`."""
        if len(self._found) > _KEPT_PAIRS:
            self._found.clear()
        asked = [number for number in seconds if (first, number) not in self._found]
        if asked:
            pairs = [(first, number) for number in asked]
            self._found.update(zip(pairs, self._verify(first, asked), strict=True))
        return [self._found[first, number] for number in seconds]

    def _verify(self, first: int, seconds: Sequence[int]) -> list[Verified | None]:
        query = self._first(first)
        candidates = [self._second(number) for number in seconds]
        if query is None or not len(query.keypoints):
            return [None] * len(candidates)
        self.compared += len(candidates)
        executor = ThreadPoolExecutor(2, thread_name_prefix="verify")
        try:
            found = self._opened.method.run(
                lambda: list(executor.map(lambda each: self._pair(query, each), candidates))
            )
            return list(executor.map(lambda number, each: each and self._settled(first, number, each), seconds, found))
        finally:
            executor.shutdown(wait=False, cancel_futures=True)  # a method that blocks would be waited for

    def _settled(self, first: int, second: int, verified: Verified) -> Verified | None:
        """With what the pixels say, where points leave it open; None where too few agree."""
        if verified.is_open:
            ours, theirs = self._sides[0].tones(first), self._sides[1].tones(second)
            if ours is not None and theirs is not None:
                there, back = verified.ways
                if verified.overlap[0] < verified.overlap[1]:
                    ours, theirs, there = theirs, ours, back
                verified = replace(verified, pixels=agreement(ours, theirs, there, inverted=verified.inverted))
                if not verified.is_copy and verified.may_be_hidden:
                    hidden = (verified.is_framed and has_own_edge(ours, theirs, there)) or (
                        verified.residual <= _EXACT_RESIDUAL
                        and is_marked_over(ours, theirs, there, inverted=verified.inverted)
                    )
                    verified = replace(verified, is_hidden=hidden)
        return verified if verified.is_copy or verified.inliers >= LEAST_INLIERS else None

    def _pair(self, query: Features, candidate: Features | None) -> Verified | None:
        if candidate is None:
            return None
        with guarded(self._opened.choice):
            match: PairMatch = self._opened.method.match(query, candidate)
        return judged(query, candidate, match) if match.inliers >= int(self._opened.method.min_inliers) else None


def judged(query: Features, candidate: Features, match: PairMatch) -> Verified | None:
    """What a match says; None where it has no geometry that can be turned round."""
    ways = turned_round(match.transform)
    if ways is None:
        return None
    there, back = ways
    ours, theirs = extent(query.aspect), extent(candidate.aspect)
    seen = (
        inside(there, query.keypoints[:, :2] * ours, theirs),
        inside(back, candidate.keypoints[:, :2] * theirs, ours),
    )
    possible = max(1, min(int(seen[0].sum()), int(seen[1].sum())))
    residual = _residual(match.pairs[:, :2] * ours, match.pairs[:, 2:] * theirs)
    change = ", ".join(word for word in (change_of(match), turn_words(there)) if word)
    share = min(1.0, match.inliers / possible)
    return Verified(match.inliers, share, residual, overlap(ways, ours, theirs), change, ways, match.inverted)


def _residual(starts: Doubles, stops: Doubles) -> float:
    """The median distance of points from where the homography that fits all best (by least squares of the normalised
    direct linear transform; Hartley, 1997) puts them, in pixels, of the larger picture's scale."""
    start, stop = (_normalised(np.asarray(points, np.float64)) for points in (starts, stops))
    (p, to_p), (q, to_q) = start, stop
    ones, zeros = np.ones((len(p), 1)), np.zeros((len(p), 3))
    source = np.hstack([p, ones])
    equations = np.vstack(
        [np.hstack([source, zeros, -q[:, :1] * source]), np.hstack([zeros, source, -q[:, 1:] * source])]
    )
    _, vectors = np.linalg.eigh(equations.T @ equations)
    fitted = np.linalg.inv(to_q) @ vectors[:, 0].reshape(3, 3) @ to_p
    landed = moved(fitted, starts)
    if abs(fitted[2, 2]) < 1e-12 or not np.isfinite(landed).all():
        return float("inf")
    scale = np.sqrt(abs(np.linalg.det((fitted / fitted[2, 2])[:2, :2])))
    return float(np.median(np.linalg.norm(landed - stops, axis=1))) * _LONGEST / max(1.0, float(scale))


def _normalised(points: Doubles) -> tuple[Doubles, Doubles]:
    """Points about 0 at a mean distance of the square root of 2, and the transform that puts them there."""
    middle = points.mean(axis=0)
    scale = np.sqrt(2) / max(1e-12, float(np.linalg.norm(points - middle, axis=1).mean()))
    return (points - middle) * scale, np.array(
        [[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]]
    )
