"""What a method of any shape makes of pictures, checked as it will be stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Features, MethodUnavailableError
from revsearch_tui.core.plugins.containment import contained

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Embeddings, Picture
    from revsearch_tui.core.methods.resolving import MethodChoice

QUERY_VIEWS = "query-views"
"""The capability of methods that have `query_views`."""

_LARGEST_SQUARE = 1e36
"""Above this the squared distance of two rows may pass what float32 holds."""
_SUM_TOLERANCE = 0.01


def embed_pictures(
    choice: MethodChoice, method: Any, dim: int, pictures: Sequence[Picture]
) -> tuple[Embeddings, Sequence[Features]]:
    """(n, dim) rows to search by, and of each picture the local features, `rounded`, where the method has such.

    Rows are uint8 zeros and ones for the hamming metric, else finite float32; those of a classifier are square roots
    of probabilities. Raises `MethodUnavailableError` where the method gives anything else, or raises.
    """
    who = f"the method '{choice.label}'"
    pictures = tuple(pictures)  # the list itself is shared too
    features: Sequence[Features] = ()
    if choice.info.shape == "local":
        features = _checked_features(method.extract(pictures), len(pictures), who)
        rows = method.aggregate(features)
    elif choice.info.shape == "classifier":
        rows = method.predict(pictures)
    else:
        rows = method.embed(pictures)
    with contained(who), np.errstate(all="ignore"):
        stored = _as_stored(np.asarray(rows), choice.info.metric, (len(pictures), dim), who)
        if choice.info.shape == "classifier":
            _check_probabilities(stored, who)
            stored = np.sqrt(stored)
    return stored, [_rounded(each) for each in features]


def embed_views(choice: MethodChoice, method: Any, dim: int, features: Features, *, whole: bool = False) -> Embeddings:
    """(v, dim) further rows to look for candidates by, where a local method offers views of a query; v is 0 else.

    With `whole` those that are of a part of its keypoints are left out. Raises `MethodUnavailableError` as
    `embed_pictures` does.
    """
    if QUERY_VIEWS not in choice.info.capabilities:
        return np.zeros((0, dim), np.float32)
    who = f"the method '{choice.label}'"
    with contained(who):
        views = list(method.query_views(features))
        if whole:
            views = [view for view in views if len(view.keypoints) == len(features.keypoints)]
    _checked_features(views, len(views), who)
    rows = method.aggregate(views)
    with contained(who), np.errstate(all="ignore"):
        return _as_stored(np.asarray(rows), choice.info.metric, (len(views), dim), who)


def turns_rows(choice: MethodChoice, method: Any) -> bool:
    """Whether the method, with its options, knows the rows of turned pictures."""
    return choice.info.turns_rows and bool(getattr(method, "turns_rows", True))


def turned_rows(choice: MethodChoice, method: Any, rows: Embeddings, orientation: int) -> Embeddings:
    """(n, dim) zeros and ones: of `rows` (n, dim) those of the same pictures shown by this EXIF orientation, 1 to 8, as
    nearly as the method knows. Raises `MethodUnavailableError` as `embed_pictures` does."""
    who = f"the method '{choice.label}'"
    found = method.turned_rows(rows, orientation)
    with contained(who), np.errstate(all="ignore"):
        return _as_stored(np.asarray(found), choice.info.metric, rows.shape, who)


def embed_words(choice: MethodChoice, method: Any, dim: int, text: str) -> Embeddings:
    """(dim,) float32 row to search by: what the method makes of a text, zeros where that says nothing to it; of a
    classifier, square roots. Raises `MethodUnavailableError` as `embed_pictures` does."""
    who = f"the method '{choice.label}'"
    rows = method.embed_text((text,))
    with contained(who), np.errstate(all="ignore"):
        row = _as_stored(np.asarray(rows), choice.info.metric, (1, dim), who)
        if choice.info.shape == "classifier" and row.any():
            _check_probabilities(row, who)
            row = np.sqrt(row)
    made: npt.NDArray[Any] = row[0]
    return made


def _as_stored(rows: npt.NDArray[Any], metric: str, shape: tuple[int, int], who: str) -> npt.NDArray[Any]:
    if rows.dtype.kind not in "biuf":
        raise MethodUnavailableError(f"{who} returned values of type {rows.dtype}, not real numbers")
    if rows.shape != shape:
        raise MethodUnavailableError(
            f"{who} returned an array of shape {rows.shape} for {shape[0]} pictures; expected {shape}"
        )
    if metric == "hamming":
        if not np.isin(rows, (0, 1)).all():
            raise MethodUnavailableError(f"{who} returned other bits than zeros and ones")
        return rows.astype(np.uint8)
    stored = rows.astype(np.float32)
    if not np.isfinite(stored).all():
        what = "too large for float32" if np.isfinite(rows).all() else "not finite"
        raise MethodUnavailableError(f"{who} returned numbers that are {what}")
    if metric == "l2" and (np.square(stored, dtype=np.float64).sum(axis=1) > _LARGEST_SQUARE).any():
        raise MethodUnavailableError(f"{who} returned numbers too large to be compared")
    return stored


def _check_probabilities(rows: npt.NDArray[np.float32], who: str) -> None:
    if (rows < 0).any() or (np.abs(rows.sum(axis=1) - 1) > _SUM_TOLERANCE).any():
        raise MethodUnavailableError(f"{who} returned probabilities that are negative or do not sum to 1")


def _rounded(features: Any) -> Features:
    keypoints = np.asarray(features.keypoints, np.float32).reshape(-1, 4)
    whole = getattr(features, "whole", None)
    return Features(keypoints, np.asarray(features.descriptors), float(features.aspect), whole).rounded()


def _checked_features(found: Any, pictures: int, who: str) -> Sequence[Features]:
    """Features that can be stored: of numbers, finite, a descriptor for each keypoint."""
    with contained(who), np.errstate(all="ignore"):
        features = list(found)
        if len(features) != pictures:
            raise MethodUnavailableError(f"{who} returned features of {len(features)} pictures for {pictures}")
        for each in features:
            keypoints, descriptors = np.asarray(each.keypoints), np.asarray(each.descriptors)
            fits = keypoints.ndim == descriptors.ndim == 2 and keypoints.shape == (len(descriptors), 4)
            if not fits and len(keypoints) + len(descriptors):
                raise MethodUnavailableError(
                    f"{who} returned keypoints of shape {keypoints.shape} with descriptors of {descriptors.shape}"
                )
            if keypoints.dtype.kind not in "biuf" or descriptors.dtype.kind not in "biuf":
                raise MethodUnavailableError(
                    f"{who} returned features of types {keypoints.dtype} and {descriptors.dtype}, not real numbers"
                )
            if not (np.isfinite(keypoints.astype(np.float32)).all() and np.isfinite(descriptors).all()):
                raise MethodUnavailableError(f"{who} returned features that are not finite")
            if not 0 < float(each.aspect) < float("inf"):
                raise MethodUnavailableError(f"{who} returned features with an aspect of {each.aspect}")
        return features
