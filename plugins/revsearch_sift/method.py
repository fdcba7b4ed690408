"""The `sift` method: features, their aggregate, and the exact comparison of two pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from revsearch_sift.codes import Codes, encode
from revsearch_sift.descriptors import Bytes, Floats, extract
from revsearch_sift.fitting import FEWEST_LAYOUTS, Drawn, fit_layouts, fit_vocabulary
from revsearch_sift.geometry import agree, distinct_places, points, tentative, unit_transform
from revsearch_sift.layout import layout
from revsearch_sift.opencv import cv2
from revsearch_sift.views import as_inverted, as_mirrored, inverted, mirrored, parts, strongest_of_places, unmirrored
from revsearch_sift.vocabulary import Vocabulary
from revsearch_tui.api import Control, Features, FitReport, KeypointLines, ModelError, ModelFile, Options, PairMatch

FILE_NAME = "vocabulary.npz"
"""The vocabulary's file, in a model's folder as in this package."""

_BUILT_IN = Path(__file__).parent

_WORKERS = min(8, os.cpu_count() or 1)
CLEAR = 30
"""Inliers that settle a pair: with fewer, a picture may be a mirrored one whose symmetrical parts agree."""
STRONGEST = 64
"""So many of the query's keypoints are first looked for mirrored and inverted: the strongest of each of its places, for
the letters of a caption are stronger than all there is in a photograph."""
FEW = 4
"""So many of these must find a match for all to be tried. Of pairs with nothing in common 1 % have as many; of mirrored
copies cut to 20 % of their area, and of those above a caption, 100 of 100, whichever of the two is asked with."""

SURE = 12
"""With fewer inliers a changed form is not believed, and the query as it is only where `AGREEING` of the matches are
inliers: copies have four fifths of them, pairs that agree by chance two fifths."""
AGREEING = 0.35

_MOST_PICTURES = 1000
_MOST_LAYOUTS = 5000

S = TypeVar("S")
T = TypeVar("T")


class Sift:
    """RootSIFT keypoints; candidates by their VLAD and the picture's layout; verification by MAGSAC.

    `dim` is the length of what `aggregate` returns and is known once loaded; `min_inliers` and `expand` are the
    options' values.
    """

    def __init__(self, options: Options, model: ModelFile | None = None) -> None:
        self._model = model
        self._limit = int(options["features"])
        self._max_side = int(options["max_side"])
        self._upscale = bool(options["upscale"])
        self._ratio = float(options["ratio"])
        self._within = float(options["ransac_px"])
        self.min_inliers = int(options["min_inliers"])
        self.expand = int(options["expand"])
        self.dim = 0
        self._vocabulary: Vocabulary | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._changed: tuple[Features | None, Codes] = None, np.zeros((0, 0), np.int8)
        """The query that was asked with last, and the codes of its strongest keypoints mirrored, then inverted."""

    def load(self, control: Control) -> None:
        """Read the model's vocabulary, or the built-in one. Raises `ModelError` where it is unusable."""
        # Pictures go to threads here, one each: OpenCV's own threads on top of them cost a quarter of the speed.
        cv2.setNumThreads(1)
        self.restore(self._model.folder if self._model else _BUILT_IN)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="sift")

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def extract(self, pictures: Sequence[Bytes]) -> list[Features]:
        """Keypoints, the strongest first, (k, 64) int8 codes of descriptors and the layout of uint8 RGB pictures."""
        return self._spread(self._one, pictures)

    def aggregate(self, features: Sequence[Features]) -> Floats:
        """(n, dim) float32 rows of unit length, zero where there is nothing to see in a picture."""
        vocabulary = self._ready()
        rows = np.zeros((len(features), vocabulary.dim), np.float32)
        for row, encoded in zip(rows, self._spread(vocabulary.encode, features), strict=True):
            row[:] = encoded
        return rows

    def match(self, query: Features, candidate: Features) -> PairMatch:
        """Ratio test, then geometry where enough is left for `min_inliers`. Deterministic and thread-safe.

        Matches between the same two places count once, except that a picture has all its keypoints in common with
        itself. Where the query as it is does not have `CLEAR` inliers, it is tried mirrored and inverted too, and what
        has most of them is the answer, a changed form if it has `SURE`.
        """
        if _same(query, candidate):
            # Repeated patterns would otherwise pair with their twins elsewhere in the same picture.
            pairs = np.concatenate([query.keypoints[:, :2], candidate.keypoints[:, :2]], axis=1)
            return PairMatch(len(pairs), np.eye(3) if len(pairs) else None, pairs, tentative=len(pairs))
        found = self._agreeing(query, candidate)
        if found.inliers >= max(CLEAR, self.min_inliers):
            return found
        wanted = max(self.min_inliers, SURE, found.inliers + 1)
        looks_mirrored, looks_inverted = self._looks(query, candidate)
        if looks_mirrored:
            changed = self._agreeing(mirrored(query), candidate)
            found = unmirrored(changed, query.aspect) if changed.inliers >= wanted else found
        if looks_inverted:
            changed = self._agreeing(inverted(query), candidate)
            found = replace(changed, inverted=True) if changed.inliers >= max(wanted, found.inliers + 1) else found
        return found

    def query_views(self, features: Features) -> list[Features]:
        """The query's keypoints alone, mirrored and inverted, and those of its quarters and ninths that have enough."""
        return [replace(features, whole=None), mirrored(features), inverted(features), *parts(features)]

    def _looks(self, query: Features, candidate: Features) -> tuple[bool, bool]:
        """Whether all of the query's keypoints are to be tried mirrored, and inverted, by its strongest; both at once,
        because small products cost hardly less."""
        asked, both = self._changed
        if asked is not query:
            strongest = query.descriptors[strongest_of_places(query, STRONGEST)]
            both = np.concatenate([as_mirrored(strongest), as_inverted(strongest)])
            self._changed = query, both
        rows, _ = tentative(both, candidate.descriptors, self._ratio)
        first = int((rows < len(both) // 2).sum())
        return first >= FEW, len(rows) - first >= FEW

    def _agreeing(self, query: Features, candidate: Features) -> PairMatch:
        """What agrees on one geometry that does not mirror."""
        ours, theirs = tentative(query.descriptors, candidate.descriptors, self._ratio)
        nothing = PairMatch(0, None, np.zeros((0, 4), np.float32))
        if len(ours) < self.min_inliers:
            return nothing
        starts, stops = points(query)[ours], points(candidate)[theirs]
        places = distinct_places(starts, stops)
        if len(places) < self.min_inliers:
            return nothing
        transform, agreeing = agree(starts[places], stops[places], self._within, self.min_inliers)
        count = int(agreeing.sum())
        if transform is None or (self.min_inliers <= count < SURE and count < AGREEING * len(ours)):
            return nothing
        kept = places[agreeing]
        ends = (query.keypoints[ours[kept], :2], candidate.keypoints[theirs[kept], :2])
        return PairMatch(len(kept), unit_transform(transform), np.concatenate(ends, axis=1), tentative=len(ours))

    def explain(self, query: Bytes, candidate: Bytes) -> KeypointLines:
        """The matched keypoints that agree on one geometry, and which that is."""
        first, second = self.extract([query, candidate])
        return KeypointLines.of(self.match(first, second))

    def fit(self, samples: Iterable[tuple[Bytes, str | None]], control: Control) -> FitReport:
        """Learn from pictures that are drawn evenly, 1,000 at most for the vocabulary and 5,000 for the layouts.

        Labels are not looked at. With fewer than `FEWEST_LAYOUTS` pictures the built-in projection of layouts stays.
        Raises `UsageError` where there are too few pictures or keypoints.
        """
        drawn = Drawn(_MOST_PICTURES, lambda pictures: self._spread(self.exact, pictures))
        layouts = Drawn(_MOST_LAYOUTS, lambda pictures: self._spread(layout, pictures))
        for seen, (picture, _) in enumerate(samples):
            control.check()
            drawn.offer(picture)
            layouts.offer(picture)
            control.progress(seen + 1, None, "reading pictures for the SIFT vocabulary")
        whole = layouts.all()
        if len(whole) >= FEWEST_LAYOUTS:
            learned = fit_layouts(np.array(whole))
        else:
            built_in = Vocabulary.load(_BUILT_IN / FILE_NAME)
            learned = built_in.axis, built_in.layouts
        vocabulary, report = fit_vocabulary(drawn.all(), learned, control)
        self._use(vocabulary)
        return report

    def save(self, folder: Path) -> None:
        """Write the vocabulary to `vocabulary.npz` in an existing folder."""
        self._ready().save(folder / FILE_NAME)

    def restore(self, folder: Path) -> None:
        """Read what `save` wrote. Raises `ModelError`."""
        self._use(Vocabulary.load(folder / FILE_NAME))

    def _spread(self, work: Callable[[S], T], things: Sequence[S]) -> list[T]:
        """What `work` makes of each, of pictures or of their features, on several threads where there are several."""
        threads = self._pool is not None and len(things) > 1
        return list(self._pool.map(work, things) if self._pool and threads else map(work, things))

    def _one(self, picture: Bytes) -> Features:
        found = self.exact(picture)
        return Features(found.keypoints, encode(found.descriptors), found.aspect, layout(picture)).rounded()

    def exact(self, picture: Bytes) -> Features:
        """The keypoints of one picture with (k, 128) uint8 descriptors, of which a vocabulary is learned."""
        return extract(picture, self._limit, self._max_side, self._upscale)

    def _use(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.dim = vocabulary.dim

    def _ready(self) -> Vocabulary:
        if self._vocabulary is None:
            raise ModelError("the SIFT method has no vocabulary yet: load or fit it first")
        return self._vocabulary


def _same(query: Features, candidate: Features) -> bool:
    return np.array_equal(query.keypoints, candidate.keypoints) and np.array_equal(
        query.descriptors, candidate.descriptors
    )
