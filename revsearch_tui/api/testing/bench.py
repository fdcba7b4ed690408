"""A method under test, and what every array it returns must be."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Sequence
from typing import Any

from revsearch_tui.api.infos import MethodInfo, OptionValue
from revsearch_tui.api.types import ModelFile, NullControl

TOLERANCE = 2e-3
"""How far, of its length, a float vector may move with the batch it is computed in."""


@dataclasses.dataclass(slots=True)
class Bench:
    """A method under test."""

    info: MethodInfo
    model: ModelFile | None

    def make(self, model: ModelFile | None = None, /, **options: OptionValue) -> Any:
        return resolve(self.info.factory)({**self.info.defaults(), **options}, model or self.model)

    def bare(self) -> Any:
        """A new object without a model, as one that is to be fitted is made."""
        return resolve(self.info.factory)(self.info.defaults(), None)

    def loaded(self, **options: OptionValue) -> Any:
        method = self.make(None, **options)
        method.load(NullControl())
        return method

    def vectors(self, method: Any, pictures: Sequence[Any]) -> Any:
        """What the host would store, checked: (n, dim)."""
        import numpy as np

        if self.info.shape == "local":
            features = method.extract(pictures)
            assert len(features) == len(pictures), f"extract gave {len(features)} results for {len(pictures)} pictures"
            for each in features:
                check_features(each)
            rows = np.asarray(method.aggregate(features))
        elif self.info.shape == "classifier":
            rows = np.asarray(method.predict(pictures))
        else:
            rows = np.asarray(method.embed(pictures))
        dim = self.info.dim or method.dim if self.info.shape != "classifier" else len(method.classes)
        assert rows.shape == (len(pictures), dim), f"returned {rows.shape}, not {(len(pictures), dim)}"
        if self.info.metric == "hamming":
            assert rows.dtype == np.uint8, f"hamming vectors are uint8, not {rows.dtype}"
            assert rows.max(initial=0) <= 1, "hamming vectors hold zeros and ones only"
        else:
            assert rows.dtype == np.float32, f"vectors are float32, not {rows.dtype}"
            assert np.isfinite(rows).all(), "vectors hold numbers that are not finite"
        if self.info.shape == "classifier":
            assert rows.min(initial=0) >= 0, "probabilities are at least 0"
            assert np.allclose(rows.sum(axis=1), 1, atol=1e-4), "the rows of probabilities sum to 1"
        return rows

    def same(self, first: Any, second: Any) -> bool:
        """Whether two arrays of vectors are equal but for the rounding of floats."""
        import numpy as np

        if self.info.metric == "hamming":
            return bool(np.array_equal(first, second))
        length = np.linalg.norm(first, axis=1) + 1e-6
        return bool((np.linalg.norm(first - second, axis=1) <= TOLERANCE * length).all())

    def distances(self, first: Any, second: Any) -> Any:
        """(n, m) how far vectors (n, dim) are from others (m, dim), as the host measures it."""
        import numpy as np

        first, second = first.astype(np.float64), second.astype(np.float64)
        if self.info.metric != "cosine":
            return ((first[:, None] - second[None]) ** 2).sum(axis=2)
        if self.info.shape == "classifier":
            first, second = np.sqrt(first), np.sqrt(second)
        units = [rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12) for rows in (first, second)]
        return 1 - units[0] @ units[1].T


def resolve(factory: str) -> Any:
    """The object that `package.module:Name` names."""
    name, _, attribute = factory.partition(":")
    return getattr(importlib.import_module(name), attribute)


def check_features(features: Any) -> None:
    """What the host relies on in the features of one picture."""
    import numpy as np

    keypoints = features.keypoints
    assert keypoints.ndim == 2 and keypoints.shape[1] == 4, f"keypoints are (k, 4), not {keypoints.shape}"
    assert keypoints.dtype == np.float32 and np.isfinite(keypoints).all(), "keypoints are finite float32"
    assert keypoints[:, :2].size == 0 or (keypoints[:, :2].min() >= -0.01 and keypoints[:, :2].max() <= 1.01), (
        "keypoints lie at fractions of the width and height"
    )
    assert features.descriptors.ndim == 2, f"descriptors are (k, d), not {features.descriptors.shape}"
    assert len(features.descriptors) == len(keypoints), "there are not as many descriptors as keypoints"
    assert features.aspect > 0, "aspect is width / height"
