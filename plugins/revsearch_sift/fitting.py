"""Learning a vocabulary from pictures' features."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from revsearch_sift.descriptors import SCALE, Bytes, Floats
from revsearch_sift.layout import faced, mirror_axis
from revsearch_sift.projection import Projection, learn
from revsearch_sift.vocabulary import Vocabulary, nearest_word, vlad
from revsearch_tui.api import Control, Features, FitReport, UsageError

WORDS = 64
REDUCED = 64
DIM = 512
LAYOUT_DIM = 256
FEWEST_PICTURES = 10
"""Pictures with keypoints that a fit needs at least."""
FEWEST_LAYOUTS = 1000
"""Fewer pictures tell less about layouts than the built-in projection knows already."""
_FEWEST_DESCRIPTORS = 20 * WORDS
_MOST_DESCRIPTORS = 100_000
_MOST_VECTORS = 3000
_ROUNDS = 15
_PARTS = 3
_FEWEST_IN_PART = 10

T = TypeVar("T")
_BATCH = 32


def fit_vocabulary(
    features: Sequence[Features],
    layouts: tuple[Floats, Projection],
    control: Control,
    seed: int = 0,
) -> tuple[Vocabulary, FitReport]:
    """A vocabulary, deterministic for the same features and seed, and how the fit went.

    `layouts` are its axis and projection for layouts. The report's curves are `distortion`, the mean squared distance
    of a descriptor to its word after each round, and `variance`, the share of the VLADs' variance that the first 1, 2,
    ... numbers of the vector keep. A VLAD becomes at most 512 numbers, less where there are few pictures. Raises
    `UsageError` where there are too few, `Cancelled` when asked to.
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
    projection, variance = learn(vlads, DIM)
    control.progress(_ROUNDS + 2, _ROUNDS + 2, "learning the SIFT vocabulary")
    return Vocabulary(mean, basis, words, projection, *layouts), FitReport(
        len(seen), {"distortion": distortion, "variance": variance}
    )


def fit_layouts(layouts: Bytes) -> tuple[Floats, Projection]:
    """The axis that says which of (n, 1152) layouts are mirrored, and the projection of those that are turned by it."""
    kept = layouts[layouts.any(axis=1)]
    axis = mirror_axis(kept.astype(np.float32) / np.float32(SCALE))
    return axis, learn(faced(kept, axis), LAYOUT_DIM)[0]


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


class Drawn(Generic[T]):
    """At most `most` of the pictures offered, each as likely (Vitter, Random sampling with a reservoir, 1985).

    Of the pictures only what `work` makes of a batch of them is kept. The same pictures in the same order give the
    same draw.
    """

    def __init__(self, most: int, work: Callable[[Sequence[Bytes]], Sequence[T]]) -> None:
        self._most, self._work = most, work
        self._seen = 0
        self._kept: dict[int, T] = {}
        self._waiting: dict[int, Bytes] = {}
        self._chance = random.Random(0)

    def offer(self, picture: Bytes) -> None:
        """Take the picture, or let it pass."""
        slot = self._seen if self._seen < self._most else self._chance.randrange(self._seen + 1)
        self._seen += 1
        if slot < self._most:
            self._waiting[slot] = picture
        if len(self._waiting) >= _BATCH:
            self._flush()

    def all(self) -> list[T]:
        """What was made of those drawn, in the order of their slots."""
        self._flush()
        return [self._kept[slot] for slot in sorted(self._kept)]

    def _flush(self) -> None:
        self._kept.update(zip(self._waiting, self._work(list(self._waiting.values())), strict=True))
        self._waiting.clear()
