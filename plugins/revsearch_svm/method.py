"""The method `svm`: what a trained support vector machine says about the class of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from revsearch_svm.model import Svm, load_svm
from revsearch_tui.api import ClassBars, MethodUnavailableError, ModelError

if TYPE_CHECKING:
    from revsearch_tui.api import Control, ModelFile, Options
    from revsearch_tui.api.types import Explanation, FloatArray, Picture

_AT_ONCE = 64


class SvmMethod:
    """A classifier over one `svm.npz`. `classes` and `dim`, their number, are there once it is loaded. Thread-safe."""

    classes: Sequence[str] = ()
    dim: int = 0

    def __init__(self, options: Options, model: ModelFile | None) -> None:
        if model is None:
            raise ModelError("the method 'svm' needs a model: train one with 'revsearch train svm --data FOLDER'")
        self._model = model
        self._svm: Svm | None = None

    def load(self, control: Control) -> None:
        """Read the machine. Raises ModelError where it is unusable."""
        control.check()
        self._svm = load_svm(self._model.folder, self._model.name)
        self.classes = self._svm.classes
        self.dim = len(self.classes)

    def predict(self, pictures: Sequence[Picture]) -> FloatArray:
        """(n, classes) float32, rows sum to 1."""
        if self._svm is None:
            raise MethodUnavailableError("the method 'svm' is not loaded")
        found = np.empty((len(pictures), len(self.classes)), np.float32)
        for start in range(0, len(pictures), _AT_ONCE):
            found[start : start + _AT_ONCE] = self._svm.probabilities(pictures[start : start + _AT_ONCE])
        return found

    def explain(self, query: Picture, candidate: Picture) -> Explanation:
        """The probabilities of both, class by class."""
        first, second = self.predict([query, candidate])
        return ClassBars(self.classes, first, second)

    def close(self) -> None:
        """Let the machine go."""
        self._svm = None
