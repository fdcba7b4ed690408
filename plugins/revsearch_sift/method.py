"""The `sift` method: features, their aggregate, and the exact comparison of two pictures."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from revsearch_sift.extract import Bytes, Floats, extract
from revsearch_sift.fitting import fit_vocabulary
from revsearch_sift.geometry import agree, points, unit_transform
from revsearch_sift.matching import distinct_places, tentative
from revsearch_sift.opencv import cv2
from revsearch_sift.vocabulary import Vocabulary
from revsearch_tui.api import Control, Features, FitReport, KeypointLines, ModelError, ModelFile, Options, PairMatch

FILE_NAME = "vocabulary.npz"
"""The vocabulary's file, in a model's folder as in this package."""

_WORKERS = min(8, os.cpu_count() or 1)
_MOST_PICTURES = 1000
_BATCH = 32


class Sift:
    """RootSIFT keypoints, VLAD candidates, verification by MAGSAC.

    `dim` is the length of what `aggregate` returns and is known once loaded; `min_inliers` is the option's value.
    """

    def __init__(self, options: Options, model: ModelFile | None = None) -> None:
        self._model = model
        self._limit = int(options["features"])
        self._max_side = int(options["max_side"])
        self._upscale = bool(options["upscale"])
        self._ratio = float(options["ratio"])
        self._within = float(options["ransac_px"])
        self.min_inliers = int(options["min_inliers"])
        self.dim = 0
        self._vocabulary: Vocabulary | None = None
        self._pool: ThreadPoolExecutor | None = None

    def load(self, control: Control) -> None:
        """Read the model's vocabulary, or the built-in one. Raises `ModelError` where it is unusable."""
        # Pictures go to threads here, one each: OpenCV's own threads on top of them cost a quarter of the speed.
        cv2.setNumThreads(1)
        self.restore(self._model.folder if self._model else Path(__file__).parent)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="sift")

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def extract(self, pictures: Sequence[Bytes]) -> list[Features]:
        """Keypoints, the strongest first, and (k, 128) uint8 descriptors of uint8 RGB pictures."""
        if self._pool is None or len(pictures) < 2:
            return [self._one(picture) for picture in pictures]
        return list(self._pool.map(self._one, pictures))

    def aggregate(self, features: Sequence[Features]) -> Floats:
        """(n, dim) float32 rows of unit length, zero where a picture has no keypoints."""
        vocabulary = self._ready()
        rows = np.zeros((len(features), vocabulary.dim), np.float32)
        for row, each in zip(rows, features, strict=True):
            row[:] = vocabulary.encode(each.descriptors)
        return rows

    def match(self, query: Features, candidate: Features) -> PairMatch:
        """Ratio test, then geometry where enough is left for `min_inliers`. Deterministic and thread-safe.

        Matches between the same two places count once, except that a picture has all its keypoints in common with
        itself.
        """
        if _same(query, candidate):
            # Repeated patterns would otherwise pair with their twins elsewhere in the same picture.
            pairs = np.concatenate([query.keypoints[:, :2], candidate.keypoints[:, :2]], axis=1)
            return PairMatch(len(pairs), np.eye(3) if len(pairs) else None, pairs)
        ours, theirs = tentative(query.descriptors, candidate.descriptors, self._ratio)
        nothing = PairMatch(0, None, np.zeros((0, 4), np.float32))
        if len(ours) < self.min_inliers:
            return nothing
        starts, stops = points(query)[ours], points(candidate)[theirs]
        places = distinct_places(starts, stops)
        if len(places) < self.min_inliers:
            return nothing
        transform, agreeing = agree(starts[places], stops[places], self._within, self.min_inliers)
        if transform is None:
            return nothing
        kept = places[agreeing]
        ends = (query.keypoints[ours[kept], :2], candidate.keypoints[theirs[kept], :2])
        return PairMatch(len(kept), unit_transform(transform), np.concatenate(ends, axis=1))

    def explain(self, query: Bytes, candidate: Bytes) -> KeypointLines:
        """The matched keypoints that agree on one geometry."""
        first, second = self.extract([query, candidate])
        return KeypointLines(self.match(first, second).pairs)

    def fit(self, samples: Iterable[tuple[Bytes, str | None]], control: Control) -> FitReport:
        """Learn a vocabulary from at most 1,000 of the pictures, drawn evenly; labels are not looked at.

        Raises `UsageError` where there are too few pictures or keypoints.
        """
        drawn: dict[int, Features] = {}
        waiting: dict[int, Bytes] = {}
        chance = random.Random(0)

        def flush() -> None:
            drawn.update(zip(waiting, self.extract(list(waiting.values())), strict=True))
            waiting.clear()

        for seen, (picture, _) in enumerate(samples):
            control.check()
            slot = seen if seen < _MOST_PICTURES else chance.randrange(seen + 1)
            if slot < _MOST_PICTURES:
                waiting[slot] = picture
            if len(waiting) >= _BATCH:
                flush()
            control.progress(seen + 1, None, "reading pictures for the SIFT vocabulary")
        flush()
        vocabulary, report = fit_vocabulary([drawn[slot] for slot in sorted(drawn)], control)
        self._use(vocabulary)
        return report

    def save(self, folder: Path) -> None:
        """Write the vocabulary to `vocabulary.npz` in an existing folder."""
        self._ready().save(folder / FILE_NAME)

    def restore(self, folder: Path) -> None:
        """Read what `save` wrote. Raises `ModelError`."""
        self._use(Vocabulary.load(folder / FILE_NAME))

    def _one(self, picture: Bytes) -> Features:
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
