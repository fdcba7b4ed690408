"""Checks of methods that learn from pictures."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from revsearch_tui.api.errors import Cancelled, ModelError
from revsearch_tui.api.protocols import Fittable
from revsearch_tui.api.testing.bench import Bench
from revsearch_tui.api.testing.outcomes import NotApplicable
from revsearch_tui.api.testing.pictures import labelled_pictures, sample_pictures
from revsearch_tui.api.types import FitReport, ModelFile, NullControl

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
