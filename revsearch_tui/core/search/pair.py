"""How alike two given pictures are, by methods and by their pixels, with no collection that could tell how alike others
are.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from revsearch_tui.api import Control, Features, MethodUnavailableError, PictureError, ReaderInfo, UsageError
from revsearch_tui.core.images.crop import parse_crop
from revsearch_tui.core.images.decoded_picture import ORIENTATION_NAMES, all_orientations
from revsearch_tui.core.images.pool import DecodePool
from revsearch_tui.core.methods.embedding import embed_pictures
from revsearch_tui.core.methods.regions import Regions
from revsearch_tui.core.methods.resolving import MethodChoice, embedding_dim, guarded, make_method
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S
from revsearch_tui.core.search.results import QueryClass, Tier
from revsearch_tui.core.search.scores import score_of, unverified_score, verified_score

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.search.sources import QueryPicture

SAME: tuple[Tier, ...] = ("same file", "copy", "same thing")
"""Tiers that say: it is the same."""
_SIGMAS = 5.0
"""How many standard deviations fewer bits than half must differ for two hashes to be alike, not so by chance."""

_SIDE = 32
_ASPECT = 0.05
"""How much longer than the other's, relatively, a picture of the same form may be."""
COPY_MEAN, COPY_WORST, COPY_CORRELATION = 6.0, 48.0, 0.98
"""A copy differs by at most this much. The nearest of the 499,500 pairs of photos of Corel-1k differ by 9.6 and by 92,
and correlate by 0.934; JPEG of quality 20, half the size, a blur of 2 pixels and 256 colours stay within."""
ALIKE_CORRELATION = 0.9
"""Passed by 2 of the same 499,500 pairs."""


@dataclass(frozen=True, slots=True)
class PairScore:
    """What one method says of a pair; the fields are those of `Hit`. `inliers` is None but for local methods,
    `classes` holds what a classifier takes the first and the second for. `plain`: one of them, or both, is too plain to
    tell by this method."""

    method: str
    score: float
    raw: float
    unit: str
    verified: bool | None = None
    inliers: int | None = None
    orientation: str = ""
    classes: tuple[QueryClass, ...] = ()
    beyond_chance: bool = False
    plain: bool = False


Look: TypeAlias = "Callable[[MethodChoice, Any, PairScore, Picture, Picture], None]"
"""Gets a loaded method, its score, and both pictures as it saw them for that."""


@dataclass(frozen=True, slots=True)
class PairResult:
    """`tier` in words, `why` in a few more; the `pixels` where the first as it is, or turned, is nearest."""

    tier: Tier
    why: str
    pixels: PixelDifference
    orientation: str
    scores: tuple[PairScore, ...]


def compare_pair(
    first: QueryPicture,
    second: QueryPicture,
    choices: Sequence[MethodChoice],
    readers: Sequence[ReaderInfo],
    control: Control,
    *,
    any_orientation: bool = False,
    crop: str | None = None,
    named: bool = True,
    note: Callable[[str], None],
    timeout_s: float = METHOD_TIMEOUT_S,
    look: Look | None = None,
) -> PairResult:
    """Compare two pictures by their bytes, their pixels and these methods, which must work where they are `named`; of
    the first the part `crop` alone, as `parse_crop` reads it.

    `look` is called for each method in turn, as soon as it has its score.
    Raises `UsageError` for what is no picture, `MethodUnavailableError`.
    """
    with DecodePool(1, readers) as decoder:
        a, b = _decoded(decoder, first, crop), _decoded(decoder, second)
    ways = all_orientations(a) if any_orientation else [a]
    scores = []
    regions = Regions()
    try:
        for choice in choices:
            control.check()
            try:
                scores.append(_score(choice, regions, ways, b, control, timeout_s, look))
            except MethodUnavailableError as error:
                if named:
                    raise
                note(f"left out: {error}")
    finally:
        regions.close()
    differences = [pixel_difference(way, b) for way in ways]
    turn = min(range(len(ways)), key=lambda number: differences[number].mean)
    is_file = crop is None and hashlib.sha256(first.data).digest() == hashlib.sha256(second.data).digest()
    tier, why = judge(is_file, differences[turn], scores)
    return PairResult(tier, why, differences[turn], ORIENTATION_NAMES[turn] if turn else "", tuple(scores))


def judge(is_file: bool, pixels: PixelDifference, scores: Sequence[PairScore]) -> tuple[Tier, str]:
    """The tier, and what it rests on. Likeness that no geometry and no pixels confirm is `alike` at most."""
    plain = ", ".join(score.method for score in scores if score.plain)
    if is_file:
        return "same file", "the same bytes"
    if pixels.same:
        return "copy", "the same pixels"
    if pixels.is_copy and not plain:
        return "copy", "the same pixels but for size, format and quality"
    verified = [score for score in scores if score.verified]
    if verified:
        best = max(verified, key=lambda score: score.inliers or 0)
        return "same thing", f"{best.inliers} points of both agree on one geometry, by {best.method}"
    if plain:
        return "alike" if pixels.is_alike else "different", f"too plain to tell by {plain}"
    if pixels.is_alike:
        return "alike", "the same distribution of light and dark"
    for score in scores:
        if score.beyond_chance:
            return "alike", f"only {score.raw:g} bits differ, by {score.method}"
    return "different", "nothing says that they have something in common"


def _decoded(decoder: DecodePool, query: QueryPicture, crop: str | None = None) -> Picture:
    try:
        return decoder.decode(query.data, query.name, parse_crop(crop) if crop is not None else None).picture
    except PictureError as error:
        raise UsageError(f"'{query.name}' cannot be compared: {error.reason}") from None


def _score(
    choice: MethodChoice,
    regions: Regions,
    ways: Sequence[Picture],
    other: Picture,
    control: Control,
    timeout_s: float,
    look: Look | None,
) -> PairScore:
    method = make_method(choice, control, timeout_s)
    try:
        pictures = method.run(lambda: list(regions.of([*ways, other], choice.region)))
        score, turn = _scored(choice, method, pictures)
        if look is not None:
            look(choice, method, score, pictures[turn], pictures[-1])
        return score
    finally:
        method.close()


def _scored(choice: MethodChoice, method: Any, pictures: Sequence[Picture]) -> tuple[PairScore, int]:
    """The score of the last picture beside the one of the others that is nearest, and which that is."""
    dim = embedding_dim(choice, method)
    rows, features = embed_pictures(choice, method, dim, pictures)
    distances = [_distance(choice.info.metric, row, rows[-1]) for row in rows[:-1]]
    turn = int(np.argmin(distances))
    orientation = ORIENTATION_NAMES[turn] if turn else ""
    score, raw, unit = score_of(choice.info, choice.info.metric, dim, distances[turn])
    if choice.info.shape == "local":
        with guarded(choice):
            matches = [_agreeing(method, each, features[-1]) for each in features[:-1]]
        turn, least = int(np.argmax(matches)), int(method.min_inliers)
        inliers, keypoints = matches[turn], len(features[turn].keypoints)
        if inliers < least:
            low = unverified_score(score, least, keypoints)
            return PairScore(choice.label, low, raw, "aggregate cosine", False, inliers, orientation), turn
        orientation = ORIENTATION_NAMES[turn] if turn else ""
        high = verified_score(inliers, keypoints)
        return PairScore(choice.label, high, float(inliers), "inliers", True, inliers, orientation), turn
    if choice.info.shape == "classifier":
        classes = tuple(_class_of(choice, method, row) for row in (rows[turn], rows[-1]))
        return PairScore(choice.label, score, raw, unit, orientation=orientation, classes=classes), turn
    if choice.info.plain_rows and not all(row.any() for row in (rows[turn], rows[-1])):
        return PairScore(choice.label, 0.0, raw, unit, orientation=orientation, plain=True), turn
    chance = choice.info.metric == "hamming" and raw <= dim / 2 - _SIGMAS * math.sqrt(dim) / 2
    return PairScore(choice.label, score, raw, unit, orientation=orientation, beyond_chance=chance), turn


def _agreeing(method: Any, a: Features, b: Features) -> int:
    """Inliers that both directions have: which of the two was named first decides nothing, and neither does luck."""
    return min(int(method.match(a, b).inliers), int(method.match(b, a).inliers))


def _distance(metric: str, a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    """As an index has it, whose embeddings are of length 1 where cosines are compared."""
    one, two = a.astype(np.float64), b.astype(np.float64)
    if metric == "cosine":
        lengths = float(np.linalg.norm(one) * np.linalg.norm(two))
        return 1 - float(one @ two) / lengths if lengths else 1.0
    return float(np.square(one - two).sum())


def _class_of(choice: MethodChoice, method: Any, roots: npt.NDArray[Any]) -> QueryClass:
    best = int(np.argmax(roots))
    return QueryClass(choice.label, str(method.classes[best]), float(np.square(roots[best], dtype=np.float64)))


@dataclass(frozen=True, slots=True)
class PixelDifference:
    """Of two pictures that were both scaled to 32 x 32: the `mean` difference, and that of the `worst` pixel, of 255;
    the `correlation` of brightness, -1 to 1, which is 1 for two of one brightness throughout. `fits`: both have the
    same form, and so can be one picture. `same`: every pixel is, unscaled."""

    mean: float
    worst: float
    correlation: float
    fits: bool
    same: bool = False

    @property
    def is_copy(self) -> bool:
        """One is the other, but for size, format and quality."""
        small = self.mean <= COPY_MEAN and self.worst <= COPY_WORST and self.correlation >= COPY_CORRELATION
        return self.fits and small

    @property
    def is_alike(self) -> bool:
        return self.fits and self.correlation >= ALIKE_CORRELATION


def pixel_difference(first: Picture, second: Picture) -> PixelDifference:
    """How two pictures, uint8 RGB H x W x 3 of any size, differ."""
    a, b = _scaled(first), _scaled(second)
    difference = np.abs(a - b)
    forms = [picture.shape[1] / picture.shape[0] for picture in (first, second)]
    return PixelDifference(
        float(difference.mean()),
        float(difference.mean(axis=2).max()),
        _correlation(a.mean(axis=2), b.mean(axis=2)),
        max(forms) / min(forms) <= 1 + _ASPECT,
        np.array_equal(first, second),
    )


def _scaled(picture: Picture) -> npt.NDArray[np.float32]:
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32)


def _correlation(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    a, b = a - a.mean(), b - b.mean()
    lengths = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    if not lengths:
        return float(not a.any() and not b.any())
    return float((a * b).sum()) / lengths
