"""Learning a vocabulary from pictures' features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_sift.extract import SCALE
from revsearch_sift.vocabulary import Vocabulary, nearest_word, vlad
from revsearch_tui.api import Control, Features, FitReport, UsageError

Floats: TypeAlias = npt.NDArray[np.float32]

WORDS = 64
REDUCED = 64
DIM = 512
FEWEST_PICTURES = 10
"""Pictures with keypoints that a fit needs at least."""

_FEWEST_DESCRIPTORS = 20 * WORDS
_MOST_DESCRIPTORS = 100_000
_MOST_VECTORS = 3000
_ROUNDS = 15
_PARTS = 3
_FEWEST_IN_PART = 10
_LEVELS = 15
_WHITENING = 0.5


def fit_vocabulary(features: Sequence[Features], control: Control, seed: int = 0) -> tuple[Vocabulary, FitReport]:
    """A vocabulary, deterministic for the same features and seed, and how the fit went.

    The report's curves are `distortion`, the mean squared distance of a descriptor to its word after each round, and
    `variance`, the share of the VLADs' variance that the first 1, 2, ... numbers of the vector keep. `dim` is at most
    512, less where there are few pictures. Raises `UsageError` where there are too few, `Cancelled` when asked to.
    """
    random = np.random.default_rng(seed)
    seen = [each for each in features if len(each.keypoints)]
    total = sum(len(each.keypoints) for each in seen)
    if len(seen) < FEWEST_PICTURES or total < _FEWEST_DESCRIPTORS:
        raise UsageError(
            f"a SIFT vocabulary needs at least {FEWEST_PICTURES} pictures and {_FEWEST_DESCRIPTORS} keypoints, "
            f"and there are {len(seen)} with {total}: add pictures, or use the built-in vocabulary"
        )
    control.progress(0, _ROUNDS + 2, "learning the SIFT vocabulary")
    sample = np.concatenate([each.descriptors for each in seen])
    sample = sample[random.permutation(total)[:_MOST_DESCRIPTORS]].astype(np.float32) / np.float32(SCALE)
    mean = sample.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov((sample - mean).T))
    basis = np.ascontiguousarray(vectors[:, ::-1][:, :REDUCED], np.float32)
    words, distortion = _words((sample - mean) @ basis, random, control)

    def whole(descriptors: npt.NDArray[np.uint8]) -> Floats:
        return vlad((descriptors.astype(np.float32) / np.float32(SCALE) - mean) @ basis, words)

    vlads = np.array([whole(part) for each in _spread(seen, random) for part in _with_parts(each, random)])
    control.check()
    centre, directions, variance = _principal(vlads)
    steps = np.abs(directions).max(axis=1) / _LEVELS
    projection = np.rint(directions / steps[:, None]).astype(np.int8)
    control.progress(_ROUNDS + 2, _ROUNDS + 2, "learning the SIFT vocabulary")
    vocabulary = Vocabulary(mean, basis, words, centre, projection, steps.astype(np.float32))
    return vocabulary, FitReport(len(seen), {"distortion": distortion, "variance": variance})


def _words(points: Floats, random: np.random.Generator, control: Control) -> tuple[Floats, list[float]]:
    """k-means: (w, d) centres, started as k-means++ does (Arthur and Vassilvitskii 2007), and the distortions."""
    few = points[:20_000]
    words = few[:1].copy()
    away = ((few - words[0]) ** 2).sum(axis=1, dtype=np.float64)
    while len(words) < WORDS:
        chosen = few[random.choice(len(few), p=away / away.sum())] if away.any() else few[random.integers(len(few))]
        words = np.vstack([words, chosen])
        away = np.minimum(away, ((few - chosen) ** 2).sum(axis=1, dtype=np.float64))
    distortion = []
    for done in range(_ROUNDS):
        control.check()
        owner = nearest_word(points, words)
        away = ((points - words[owner]) ** 2).sum(axis=1, dtype=np.float64)
        distortion.append(float(away.mean()))
        far = iter(np.argsort(-away)[:WORDS])
        for word in range(WORDS):
            own = points[owner == word]
            words[word] = own.mean(axis=0) if len(own) else points[next(far)]
        control.progress(done + 1, _ROUNDS + 2, "learning the SIFT vocabulary")
    return words, distortion


def _spread(seen: Sequence[Features], random: np.random.Generator) -> list[Features]:
    """At most so many pictures that whole ones and parts stay within what the principal components are made of."""
    most = _MOST_VECTORS // (1 + _PARTS)
    return [seen[index] for index in np.sort(random.permutation(len(seen))[:most])]


def _with_parts(features: Features, random: np.random.Generator) -> list[npt.NDArray[np.uint8]]:
    """The descriptors of the whole picture and of random boxes in it: more to learn from where pictures are few."""
    parts = [features.descriptors]
    for _ in range(_PARTS):
        side = random.uniform(0.4, 0.8)
        low = random.uniform(0.0, 1.0 - side, 2)
        inside = np.all((features.keypoints[:, :2] >= low) & (features.keypoints[:, :2] < low + side), axis=1)
        if inside.sum() >= _FEWEST_IN_PART:
            parts.append(features.descriptors[inside])
    return parts


def _principal(vlads: Floats) -> tuple[Floats, Floats, list[float]]:
    """Mean (s,), half-whitened principal directions (dim, s) of (n, s) vectors, and the share of variance they keep.

    Half of the usual whitening exponent did best: full whitening lifts directions that few training pictures shaped.
    """
    centre = vlads.mean(axis=0)
    centred = (vlads - centre).astype(np.float64)
    values, vectors = np.linalg.eigh(centred @ centred.T)
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = min(DIM, int((values > values[0] * 1e-6).sum()))
    directions = (vectors[:, :kept] / np.sqrt(values[:kept])).T @ centred
    directions /= (values[:kept, None] / len(vlads)) ** (_WHITENING / 2)
    share = np.cumsum(values[:kept]) / values[values > 0].sum()
    return centre.astype(np.float32), directions.astype(np.float32), [float(each) for each in share]
