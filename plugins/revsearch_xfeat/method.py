"""The `xfeat` method: features, their aggregate, and the exact comparison of two pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from revsearch_onnx.session import open_session
from revsearch_sift.geometry import Doubles, agree, distinct_places, points, tentative, unit_transform
from revsearch_sift.layout import layout
from revsearch_sift.opencv import cv2

from revsearch_tui.api import Control, Features, KeypointLines, ModelError, ModelFile, Options, PairMatch
from revsearch_xfeat.keypoints import SMALL, Bytes, Floats, from_maps, interleaved, unit_rows, working_size
from revsearch_xfeat.vocabulary import Vocabulary

NETWORK_FILE = "xfeat.onnx"
VOCABULARY_FILE = "vocabulary.npz"

_FOLDER = Path(__file__).parent
_WORKERS = min(8, os.cpu_count() or 1)

_MOST_TURN = 60.0
_MOST_STRETCH = 3.0


def believable(transform: Doubles, at: Doubles) -> bool:
    """Whether the descriptors of what lies at the query's point (2,) could still be alike under the transform (3, 3).

    They do not survive a turn by much over 45 degrees, nor a strong slant: matches that agree on one, such as those
    along two straight edges, do so by chance.
    """
    square = np.array([at, at + [1.0, 0.0], at + [0.0, 1.0]])
    moved = np.column_stack([square, np.ones(3)]) @ transform.T
    middle, right, below = moved[:, :2] / moved[:, 2:]
    across, down = right - middle, below - middle
    turn = np.degrees(np.arctan2(across[1] - down[0], across[0] + down[1]))
    stretch = np.linalg.svd(np.array([across, down]), compute_uv=False)
    return bool(abs(turn) <= _MOST_TURN and stretch[0] <= _MOST_STRETCH * stretch[1])


class XFeat:
    """Learned keypoints; candidates by their VLAD and the picture's layout; mutual neighbours, verified by MAGSAC.

    `dim` is the length of what `aggregate` returns and is known once loaded; `min_inliers` is the option's value.
    """

    def __init__(self, options: Options, model: ModelFile | None = None) -> None:
        self._limit = int(options["features"])
        self._max_side = int(options["max_side"])
        self._upscale = bool(options["upscale"])
        self._cosine = float(options["cosine"])
        self._within = float(options["ransac_px"])
        self.min_inliers = int(options["min_inliers"])
        self.dim = 0
        self._session: Any = None
        self._vocabulary: Vocabulary | None = None
        self._pool: ThreadPoolExecutor | None = None

    def load(self, control: Control) -> None:
        """Open the network and read the vocabulary. Raises `ModelError` where one is unusable."""
        self._vocabulary = Vocabulary.load(_FOLDER / VOCABULARY_FILE)
        self.dim = self._vocabulary.dim
        self.open()

    def open(self) -> None:
        """Open the network alone: enough to extract and to match."""
        # Pictures go to threads here, one each; and vectors must not depend on the device, so there is no GPU.
        cv2.setNumThreads(1)
        self._session = open_session(_FOLDER / NETWORK_FILE, "cpu", threads=1)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="xfeat")

    def close(self) -> None:
        """Stop the threads, and let the network go."""
        if self._pool is not None:
            self._pool.shutdown()
        self._pool = self._session = None

    def extract(self, pictures: Sequence[Bytes]) -> list[Features]:
        """Keypoints, the surest first, (k, 64) int8 descriptors and the layout of uint8 RGB pictures."""
        if self._session is None or self._pool is None:
            raise ModelError("the method 'xfeat' has no network yet: load it first")
        return list(self._pool.map(self._one, pictures))

    def aggregate(self, features: Sequence[Features]) -> Floats:
        """(n, dim) float32 rows of unit length, zero where there is nothing to see in a picture."""
        if self._vocabulary is None:
            raise ModelError("the method 'xfeat' has no vocabulary yet: load it first")
        rows = np.zeros((len(features), self.dim), np.float32)
        for row, each in zip(rows, features, strict=True):
            row[:] = self._vocabulary.encode(each)
        return rows

    def match(self, query: Features, candidate: Features) -> PairMatch:
        """Mutual nearest neighbours above a cosine, then geometry where enough is left for `min_inliers`.
        Deterministic and thread-safe."""
        nothing = PairMatch(0, None, np.zeros((0, 4), np.float32))
        first, second = unit_rows(query.descriptors), unit_rows(candidate.descriptors)
        ours, theirs = tentative(first, second, 1.0)
        sure = np.einsum("ij,ij->i", first[ours], second[theirs]) >= self._cosine
        ours, theirs = ours[sure], theirs[sure]
        if len(ours) < self.min_inliers:
            return nothing
        starts, stops = points(query)[ours], points(candidate)[theirs]
        places = distinct_places(starts, stops)
        if len(places) < self.min_inliers:
            return nothing
        transform, agreeing = agree(starts[places], stops[places], self._within, self.min_inliers)
        if transform is None or not believable(transform, starts[places][agreeing].mean(axis=0)):
            return nothing
        kept = places[agreeing]
        ends = (query.keypoints[ours[kept], :2], candidate.keypoints[theirs[kept], :2])
        return PairMatch(len(kept), unit_transform(transform), np.concatenate(ends, axis=1), tentative=len(ours))

    def explain(self, query: Bytes, candidate: Bytes) -> KeypointLines:
        """The matched keypoints that agree on one geometry, and which that is."""
        first, second = self.extract([query, candidate])
        return KeypointLines.of(self.match(first, second))

    def _one(self, picture: Bytes) -> Features:
        longest = max(picture.shape[:2])
        found = self._at(picture, min(longest, self._max_side))
        if self._upscale and longest < SMALL:
            found = interleaved(found, self._at(picture, SMALL), self._limit)
        return replace(found, whole=layout(picture))

    def _at(self, picture: Bytes, longest: int) -> Features:
        grey = working_size(picture, longest)
        maps = self._session.run(None, {"pictures": grey[None, None]})
        descriptors, heat, reliability = maps[0][0], maps[1][0, 0], maps[2][0, 0]
        return from_maps(grey, descriptors, heat, reliability, self._limit, picture.shape[1] / picture.shape[0])
