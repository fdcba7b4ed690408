"""Checks of methods that learn from pictures and of methods that explain."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from revsearch_tui.api.errors import Cancelled, ModelError
from revsearch_tui.api.protocols import Explainable, Fittable
from revsearch_tui.api.testing.bench import Bench
from revsearch_tui.api.testing.outcomes import Skip
from revsearch_tui.api.testing.pictures import odd_pictures, sample_pictures
from revsearch_tui.api.types import BitDiff, ClassBars, FitReport, HeatMap, KeypointLines, ModelFile, NullControl


def fitting(bench: Bench) -> None:
    """Fit, save, restore: the restored method is the fitted one; nothing is pickled; cancelling stops it."""
    if bench.info.fit == "none":
        raise Skip("it is not fitted")
    method = bench.make()
    assert isinstance(method, Fittable), f"its info says fit={bench.info.fit!r}, but it has no fit, save and restore"
    try:
        method.fit(_samples(bench), _Cancelling())
    except Cancelled:
        pass
    else:
        raise AssertionError("fit never calls control.check(), or keeps Cancelled to itself")
    fitted: Any = bench.make()
    report = fitted.fit(_samples(bench), NullControl())
    assert isinstance(report, FitReport) and report.samples > 0, "fit returns a FitReport that counts its samples"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fitted.save(folder)
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert files, "save writes no file"
        assert not any(_is_pickle(path) for path in files), "save writes a pickle, which runs code when it is read"
        fresh = bench.make(ModelFile("fitted", folder, "0" * 64))
        fresh.restore(folder)
        pictures = sample_pictures(3)
        assert bench.same(bench.vectors(fitted, pictures), bench.vectors(fresh, pictures)), (
            "restore is not what was saved"
        )
        fresh.close()
    fitted.close()
    with tempfile.TemporaryDirectory() as name:
        try:
            bench.make().restore(Path(name))
        except ModelError:
            return
        raise AssertionError("restoring from an empty folder does not raise ModelError")


def explaining(bench: Bench) -> None:
    """The capability `explain` and the function `explain` come together, and it returns data to draw."""
    method = bench.make()
    declared = "explain" in bench.info.capabilities
    assert declared == isinstance(method, Explainable), "the capability 'explain' and the function explain disagree"
    if not declared:
        raise Skip("it does not explain")
    method.load(NullControl())
    first, second = sample_pictures(2)
    for query, candidate in ((first, first), (first, second), (odd_pictures()["1x1"], second)):
        _check_explanation(method.explain(query, candidate))
    method.close()


class _Cancelling(NullControl):
    def check(self) -> None:
        raise Cancelled("cancelled by the test")


def _samples(bench: Bench) -> Iterator[tuple[Any, str | None]]:
    """Pictures to fit to, in two classes where the method learns from labels."""
    for number, picture in enumerate(sample_pictures(24, 180, 240)):
        yield picture, ("odd" if number % 2 else "even") if bench.info.fit == "supervised" else None


def _is_pickle(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(2)
    return path.suffix in (".pkl", ".pickle", ".joblib", ".pt", ".pth") or (head[:1] == b"\x80" and head[1:] < b"\x06")


def _check_explanation(explanation: object) -> None:
    import numpy as np

    if isinstance(explanation, KeypointLines):
        assert explanation.pairs.ndim == 2 and explanation.pairs.shape[1] == 4, "the pairs of lines are (n, 4)"
    elif isinstance(explanation, HeatMap):
        values = explanation.values
        assert values.ndim == 2 and values.dtype == np.float32, "a heat map is (h, w) float32"
        assert values.min() >= 0 and values.max() <= 1, "a heat map lies in 0..1"
        assert explanation.on in ("candidate", "query"), "a heat map lies on the candidate or the query"
    elif isinstance(explanation, BitDiff):
        assert explanation.query.shape == explanation.candidate.shape, "both hashes have the same shape"
        assert explanation.query.ndim == 2 and explanation.query.dtype == np.uint8, "hashes are (rows, columns) uint8"
        assert max(explanation.query.max(), explanation.candidate.max()) <= 1, "hashes hold zeros and ones"
    elif isinstance(explanation, ClassBars):
        assert len(explanation.classes) == len(explanation.query) == len(explanation.candidate), "one bar per class"
    else:
        raise AssertionError(f"explain returns a {type(explanation).__name__}, which is no explanation")
