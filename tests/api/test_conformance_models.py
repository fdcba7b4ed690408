"""The conformance kit finds mistakes in methods that learn, and in those that need a model to run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import (
    FitReport,
    ModelError,
    NullControl,
)
from revsearch_tui.api.testing import (
    CHECK_NAMES,
    CheckResult,
    ConformanceError,
    ConformanceWarning,
    check_method,
)
from tests.support.conformance import MeanColour, failed_checks, info_of


class Whitened(MeanColour):
    """Learns a mean to subtract."""

    def __init__(self, options: Any, model: Any) -> None:
        self.mean = np.zeros(4, np.float32)

    def embed(self, pictures: Sequence[Any]) -> Any:
        return super().embed(pictures) - self.mean

    def fit(self, samples: Any, control: Any) -> FitReport:
        rows = []
        for picture, _label in samples:
            control.check()
            rows.append(super().embed([picture])[0])
        self.mean = np.mean(rows, axis=0, dtype=np.float32)
        return FitReport(len(rows))

    def save(self, folder: Path) -> None:
        np.save(folder / "mean.npy", self.mean)

    def restore(self, folder: Path) -> None:
        from revsearch_tui.api import ModelError

        try:
            self.mean = np.load(folder / "mean.npy")
        except OSError as error:
            raise ModelError(f"{folder} holds no mean: fit it again") from error


def test_a_fitted_method_passes() -> None:
    results = check_method(info_of(Whitened, fit="unsupervised"))
    assert CheckResult("subject", "fitting", "passed") in results


def test_a_fit_that_does_not_survive_saving_is_found() -> None:
    class Forgets(Whitened):
        def restore(self, folder: Path) -> None:
            super().restore(folder)
            self.mean = self.mean * 0

    assert "not what was saved" in failed_checks(Forgets, fit="unsupervised")["fitting"]


def test_a_pickle_is_found() -> None:
    class Pickles(Whitened):
        def save(self, folder: Path) -> None:
            super().save(folder)
            (folder / "state").write_bytes(b"\x80\x04N.")

    assert "pickle" in failed_checks(Pickles, fit="unsupervised")["fitting"]


def test_a_fit_that_cannot_be_cancelled_is_found() -> None:
    class Deaf(Whitened):
        def fit(self, samples: Any, control: Any) -> FitReport:
            from revsearch_tui.api import NullControl

            return super().fit(samples, NullControl())

    assert "control.check" in failed_checks(Deaf, fit="unsupervised")["fitting"]


class MeanClass(MeanColour):
    """Learns the mean colour of each class, and needs what it learned to run."""

    classes: Sequence[str] = ()

    def __init__(self, options: Any, model: Any) -> None:
        self.model = model

    def load(self, control: Any) -> None:
        if self.model is None:
            raise ModelError("it needs a model: fit one")
        self.restore(self.model.folder)

    def predict(self, pictures: Sequence[Any]) -> Any:
        far = np.linalg.norm(self.embed(pictures)[:, None] - self.means[None], axis=2)
        scores = np.exp(-(far - far.min(axis=1, keepdims=True)) / 20)
        return (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)

    def fit(self, samples: Any, control: Any) -> FitReport:
        rows: dict[str, list[Any]] = {}
        for picture, label in samples:
            control.check()
            rows.setdefault(label, []).append(self.embed([picture])[0])
        self.classes = sorted(rows)
        self.means = np.array([np.mean(rows[label], axis=0) for label in self.classes], np.float32)
        return FitReport(sum(map(len, rows.values())))

    def save(self, folder: Path) -> None:
        np.savez(folder / "means.npz", means=self.means, classes=np.array(self.classes))

    def restore(self, folder: Path) -> None:
        try:
            with np.load(folder / "means.npz") as stored:
                self.means, self.classes = stored["means"], stored["classes"].tolist()
        except OSError as error:
            raise ModelError(f"{folder} holds no means: fit it again") from error


SUPERVISED: dict[str, Any] = {
    "shape": "classifier",
    "metric": "cosine",
    "dim": 0,
    "fit": "supervised",
    "models": "required",
}


def test_a_classifier_that_needs_a_model_is_checked_with_one_that_the_kit_fits() -> None:
    results = check_method(info_of(MeanClass, **SUPERVISED), strict=True)
    assert tuple(result.check for result in results) == CHECK_NAMES
    not_here = {"option_bounds", "plain_rows", "turning", "processes", "matching", "viewing", "wording", "naming"}
    not_here |= {"explaining"}
    assert {r.check for r in results if r.outcome == "passed"} == set(CHECK_NAMES) - not_here


class SumsToTwo(MeanClass):
    def predict(self, pictures: Sequence[Any]) -> Any:
        return super().predict(pictures) * 2


class ColumnsTurned(MeanClass):
    def predict(self, pictures: Sequence[Any]) -> Any:
        return super().predict(pictures)[:, ::-1]


class ForgetsMeans(MeanClass):
    def restore(self, folder: Path) -> None:
        super().restore(folder)
        self.means = self.means * np.float32(0.5)


class ForgetsNames(MeanClass):
    def restore(self, folder: Path) -> None:
        super().restore(folder)
        self.classes = ["first", "second"]


class LoadsNothing(MeanClass):
    """Restores soundly, but `load`, which is what the host calls, reads something else."""

    def load(self, control: Any) -> None:
        super().load(control)
        self.means = self.means[::-1]


class CannotStop(MeanClass):
    def fit(self, samples: Any, control: Any) -> FitReport:
        return super().fit(samples, NullControl())


class NumbersItsClasses(MeanClass):
    def fit(self, samples: Any, control: Any) -> FitReport:
        report = super().fit(samples, control)
        self.classes = ["0", "1"]
        return report


class SavesAway(MeanClass):
    def save(self, folder: Path) -> None:
        super().save(folder)
        self.means = self.means * 0


class Judges(MeanClass):
    """Gives the best class alone, as a number."""

    def predict(self, pictures: Sequence[Any]) -> Any:
        return super().predict(pictures).argmax(axis=1)


@pytest.mark.parametrize(
    ("method", "check", "said"),
    [
        (SumsToTwo, "output", "sum to 1"),
        (SumsToTwo, "fitting", "sum to 1"),
        (Judges, "output", "returned (6,), not (6, 2)"),
        (ColumnsTurned, "fitting", "are the columns of predict in the order of classes?"),
        (ForgetsMeans, "fitting", "restore is not what was saved"),
        (ForgetsNames, "fitting", "restore is not what was saved: its classes are ['first', 'second']"),
        (LoadsNothing, "fitting", "loaded with the saved model it is not what was saved"),
        (CannotStop, "fitting", "control.check"),
        (NumbersItsClasses, "fitting", "not those that it was fitted to: ['across', 'down']"),
        (SavesAway, "fitting", "saving changes what is saved"),
    ],
)
def test_a_classifier_that_is_wrong_is_found(method: type, check: str, said: str) -> None:
    assert said in failed_checks(method, **SUPERVISED)[check]


def test_a_classifier_that_cannot_be_fitted_is_found_and_the_rest_is_not_taken_for_tried() -> None:
    class Broken(MeanClass):
        def fit(self, samples: Any, control: Any) -> FitReport:
            raise KeyError("label")

    failures = failed_checks(Broken, strict=True, **SUPERVISED)
    assert "KeyError" in failures["fitting"]
    assert failures["all"] == "not tried: the kit could fit no model to check with"


def test_what_cannot_be_tried_is_warned_of_and_fails_where_it_is_to_be_strict() -> None:
    info = info_of(MeanClass, **SUPERVISED | {"fit": "none"})
    with pytest.warns(
        ConformanceWarning, match="1 not tried\nsubject: all: not tried: needs a model, and none was"
    ) as seen:
        results = check_method(info)
    assert seen[0].filename == __file__, "the warning is of the test that asked"
    assert results == [CheckResult("subject", "all", "skipped", "needs a model, and none was given")]
    with pytest.raises(ConformanceError, match="subject: all: not tried: needs a model"):
        check_method(info, strict=True)
    accepted = check_method(info, strict=True, expected_failures={"subject.all": "its model is not free"})
    assert [r.outcome for r in accepted] == ["expected failure"]
