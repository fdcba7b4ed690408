"""Checks of methods that learn from pictures and of methods that explain."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from revsearch_tui.api.errors import Cancelled, ModelError
from revsearch_tui.api.protocols import Explainable, Fittable
from revsearch_tui.api.testing.bench import Bench
from revsearch_tui.api.testing.outcomes import NotApplicable
from revsearch_tui.api.testing.pictures import labelled_pictures, odd_pictures, sample_pictures
from revsearch_tui.api.types import BitDiff, ClassBars, FitReport, HeatMap, KeypointLines, ModelFile, NullControl

_WELL_KNOWN = 0.75
"""The part of the pictures it was fitted to that a classifier must know again."""


def fitting(bench: Bench) -> None:
    """Fit, save, restore: the restored method is the fitted one; nothing is pickled; cancelling stops it."""
    if bench.info.fit == "none":
        raise NotApplicable("it is not fitted")
    method = bench.bare()
    assert isinstance(method, Fittable), f"its info says fit={bench.info.fit!r}, but it has no fit, save and restore"
    try:
        method.fit(_samples(bench), _Cancelling())
    except Cancelled:
        pass
    else:
        raise AssertionError("fit never calls control.check(), or keeps Cancelled to itself")
    fitted = _fitted(bench)
    if bench.info.shape == "classifier" and bench.info.fit == "supervised":
        _check_classes(bench, fitted)
    anew = _fitted(bench)
    _check_same(bench, fitted, anew, "fitted to the same pictures anew it is another one: give its chance a seed")
    anew.close()
    pictures = sample_pictures(3)
    rows = bench.vectors(fitted, pictures)
    with tempfile.TemporaryDirectory() as name:
        model = _saved(bench, fitted, Path(name))
        assert bench.same(rows, bench.vectors(fitted, pictures)), "saving changes what is saved"
        restored: Any = bench.make(model)
        restored.restore(model.folder)
        _check_same(bench, fitted, restored, "restore is not what was saved")
        restored.close()
        if bench.info.models != "none":
            loaded = bench.make(model)
            loaded.load(NullControl())
            _check_same(bench, fitted, loaded, "loaded with the saved model it is not what was saved")
            loaded.close()
    fitted.close()
    with tempfile.TemporaryDirectory() as name:
        try:
            bench.bare().restore(Path(name))
        except ModelError:
            return
        raise AssertionError("restoring from an empty folder does not raise ModelError")


def fitted_model(bench: Bench, folder: Path) -> ModelFile:
    """A model in the empty folder, fitted to the kit's own pictures."""
    method = _fitted(bench)
    model = _saved(bench, method, folder)
    method.close()
    return model


def explaining(bench: Bench) -> None:
    """The capability `explain` and the function `explain` come together, and it returns data to draw."""
    method = bench.make()
    declared = "explain" in bench.info.capabilities
    assert declared == isinstance(method, Explainable), "the capability 'explain' and the function explain disagree"
    if not declared:
        raise NotApplicable("it does not explain")
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
    if bench.info.fit == "supervised":
        yield from labelled_pictures()
    else:
        yield from ((picture, None) for picture in sample_pictures(24, 180, 240))


def _fitted(bench: Bench) -> Any:
    method = bench.bare()
    report = method.fit(_samples(bench), NullControl())
    assert isinstance(report, FitReport) and report.samples > 0, "fit returns a FitReport that counts its samples"
    return method


def _saved(bench: Bench, method: Any, folder: Path) -> ModelFile:
    """What the method saves into the folder, as the host describes it to who loads it."""
    method.save(folder)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    assert paths, "save writes no file"
    assert not any(_is_pickle(path) for path in paths), "save writes a pickle, which runs code when it is read"
    files = [
        {
            "name": path.relative_to(folder).as_posix(),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in paths
    ]
    manifest = {"name": "fitted", "method": bench.info.name, "main": "", "files": files}
    return ModelFile("fitted", folder, "0" * 64, manifest | {"settings": {}, "facts": {}, "training": {}})


def _check_classes(bench: Bench, method: Any) -> None:
    """It knows the classes it learned, and the columns of `predict` are theirs."""
    import numpy as np

    pictures, labels = zip(*labelled_pictures(), strict=True)
    assert sorted(method.classes) == sorted(set(labels)), (
        f"its classes are {list(method.classes)}, not those that it was fitted to: {sorted(set(labels))}"
    )
    best = [method.classes[column] for column in np.argmax(bench.vectors(method, pictures), axis=1)]
    right = sum(found == label for found, label in zip(best, labels, strict=True))
    assert right >= _WELL_KNOWN * len(labels), (
        f"it finds the classes of {right} of the {len(labels)} pictures that it was fitted to, which are easy to tell "
        "apart: are the columns of predict in the order of classes?"
    )


def _check_same(bench: Bench, fitted: Any, other: Any, complaint: str) -> None:
    pictures = sample_pictures(3)
    if bench.info.shape == "classifier":
        assert list(fitted.classes) == list(other.classes), f"{complaint}: its classes are {list(other.classes)}"
    assert bench.same(bench.vectors(fitted, pictures), bench.vectors(other, pictures)), complaint


def _is_pickle(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(2)
    return path.suffix in (".pkl", ".pickle", ".joblib", ".pt", ".pth") or (head[:1] == b"\x80" and head[1:] < b"\x06")


def _check_explanation(explanation: object) -> None:
    import numpy as np

    if isinstance(explanation, KeypointLines):
        pairs, transform = explanation.pairs, explanation.transform
        assert pairs.ndim == 2 and pairs.shape[1] == 4, "the pairs of lines are (n, 4)"
        assert np.isfinite(pairs).all(), "the pairs of lines are finite"
        assert transform is None or transform.shape == (3, 3), "the transform of lines is (3, 3) or None"
        assert explanation.tentative == 0 or explanation.tentative >= len(pairs), (
            f"{len(pairs)} lines of {explanation.tentative} tentative matches"
        )
    elif isinstance(explanation, HeatMap):
        values = explanation.values
        assert values.ndim == 2 and values.dtype == np.float32, "a heat map is (h, w) float32"
        assert values.min() >= 0 and values.max() <= 1, "a heat map lies in 0..1"
        assert explanation.on in ("candidate", "query"), "a heat map lies on the candidate or the query"
        if explanation.classes is not None:
            _check_explanation(explanation.classes)
    elif isinstance(explanation, BitDiff):
        assert explanation.query.shape == explanation.candidate.shape, "both hashes have the same shape"
        assert explanation.query.ndim == 2 and explanation.query.dtype == np.uint8, "hashes are (rows, columns) uint8"
        assert max(explanation.query.max(), explanation.candidate.max()) <= 1, "hashes hold zeros and ones"
        for seen in (explanation.query_seen, explanation.candidate_seen):
            assert seen is None or (seen.ndim == 2 and seen.dtype == np.uint8), "what a hash sees is (h, w) uint8"
    elif isinstance(explanation, ClassBars):
        assert len(explanation.classes) == len(explanation.query) == len(explanation.candidate), "one bar per class"
        both = np.concatenate([explanation.query, explanation.candidate])
        assert ((both >= 0) & (both <= 1)).all(), "the bars of classes lie in 0..1"
    else:
        raise AssertionError(f"explain returns a {type(explanation).__name__}, which is no explanation")
