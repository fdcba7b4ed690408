"""Journals of embeddings with codes beside them, and what a search of them must find."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np

from revsearch_tui.core.storage.journal.codes import build_codes
from revsearch_tui.core.storage.journal.vectors import VectorJournal


def image_id(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def written(folder: Path, embeddings: Any, parts: int = 1, first: int = 0) -> VectorJournal:
    journal = VectorJournal(folder, metric="cosine", dim=embeddings.shape[1])
    for numbers in np.array_split(np.arange(len(embeddings)), parts):
        journal.append([image_id(first + int(number)) for number in numbers], embeddings[numbers])
    return journal


def make_codes(folder: Path) -> None:
    build_codes(VectorJournal(folder), lambda: None)


def brute(journal: VectorJournal, query: Any, k: int, allowed: Any = None) -> list[tuple[bytes, float]]:
    """Every distance by itself, in float64, and a sort of all of them."""
    asked = journal.pack(query[None])[0].astype(np.float64)
    stored = np.concatenate(journal.blocks()).astype(np.float64)
    cosines = np.array([np.dot(row, asked) for row in stored]).astype(np.float32)
    distances = np.maximum(np.float32(1) - cosines, np.float32(0))
    found = sorted(
        zip(np.where(np.isnan(distances), np.inf, distances).tolist(), journal.ids(), range(len(stored)), strict=True)
    )
    found = [each for each in found if math.isfinite(each[0]) and (allowed is None or allowed[each[2]])]
    return [(name, distance) for distance, name, _ in found][:k]


def embeddings_of(kind: str, count: int, dim: int, seed: int) -> Any:
    """Rows that are hard in one way or another; some "broken" ones are no finite vectors."""
    chance = np.random.default_rng(seed)
    found = chance.standard_normal((count, dim)).astype(np.float32)
    if kind == "clustered":
        centres = chance.standard_normal((max(1, count // 50), dim)).astype(np.float32)
        found = centres[chance.integers(0, len(centres), count)] + np.float32(1e-3) * found
    elif kind == "duplicates":
        found = found[chance.integers(0, max(1, count // 20), count)]
    elif kind == "zeros":
        found[chance.random(count) < 0.3] = 0
    elif kind == "constant":
        found[:, : dim // 2] = 1
        found[:, dim // 2 :] *= np.float32(1e-6)
    elif kind == "spiked":
        found[np.arange(count), chance.integers(0, dim, count)] *= 1_000
    elif kind == "broken":
        for value in (np.nan, np.inf, -np.inf):
            found[chance.random(count) < 0.1, chance.integers(0, dim)] = value
    elif kind == "hidden":  # what tells how near rows are to the first of them is less than a step
        signs = np.where(chance.random((count, dim)) < chance.random((count, 1)), 0.45, -0.45)
        is_plain = chance.random((count, 1)) < 0.5
        found[:] = np.where(is_plain, 0, signs)
        found[:, 1:2] += np.where(is_plain, chance.integers(0, max(2, dim // 3), (count, 1)), 0)
        found[:, 0] = 127
        found[:2] = np.arange(dim) > 0
    elif kind == "one direction":
        found = np.abs(chance.standard_normal((count, 1))).astype(np.float32) * found[:1]
    return found


KINDS = ["random", "clustered", "duplicates", "zeros", "constant", "spiked", "hidden", "one direction"]
