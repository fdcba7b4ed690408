"""The method `svm` over its file: conformance, what it imports, what it says about damage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import revsearch_svm.plugin
from revsearch_svm.method import SvmMethod
from revsearch_svm.model import FILE_NAME, load_svm

from revsearch_tui.api import ClassBars, MethodUnavailableError, ModelError, ModelFile, NullControl
from revsearch_tui.api.testing import check_plugin, sample_pictures
from tests.support.tiny_svm import CLASSES, assembled, rewrite


@pytest.fixture
def model(tmp_path: Path) -> ModelFile:
    assembled().save(tmp_path)
    return ModelFile("shapes", tmp_path, "0" * 64)


def loaded(model: ModelFile) -> SvmMethod:
    method = SvmMethod({}, model)
    method.load(NullControl())
    return method


def test_the_plugin_conforms(model: ModelFile) -> None:
    results = check_plugin(revsearch_svm.plugin, models={"svm": model}, strict=True)
    assert {result.outcome for result in results} <= {"passed", "not applicable"}
    assert ("explaining", "passed") in {(result.check, result.outcome) for result in results}


def test_a_stored_machine_decides_as_before(model: ModelFile) -> None:
    pictures = sample_pictures(4)
    before, after = assembled(), load_svm(model.folder, model.name)
    assert after.describe() == before.describe()
    np.testing.assert_allclose(after.values(pictures), before.values(pictures), atol=0.02)


def test_a_mirrored_picture_is_judged_alike(model: ModelFile) -> None:
    (picture,) = sample_pictures(1)
    as_is, turned = loaded(model).predict([picture, picture[:, ::-1]])
    np.testing.assert_allclose(as_is, turned, atol=1e-5)


def test_classes_and_bars_are_those_of_the_model(model: ModelFile) -> None:
    method = loaded(model)
    first, second = sample_pictures(2)
    bars = method.explain(first, second)
    assert isinstance(bars, ClassBars)
    assert (tuple(bars.classes), method.dim) == (CLASSES, 3)
    np.testing.assert_allclose([bars.query, bars.candidate], method.predict([first, second]), atol=1e-5)


def test_no_model_and_no_loading_are_told(model: ModelFile) -> None:
    with pytest.raises(ModelError, match="needs a model"):
        SvmMethod({}, None)
    with pytest.raises(MethodUnavailableError, match="not loaded"):
        SvmMethod({}, model).predict(sample_pictures(1))


def test_predicting_imports_no_training_library(model: ModelFile) -> None:
    source = (
        "import sys, json\n"
        "from pathlib import Path\n"
        "from revsearch_svm.method import SvmMethod\n"
        "from revsearch_tui.api import ModelFile, NullControl\n"
        "from revsearch_tui.api.testing import sample_pictures\n"
        "method = SvmMethod({}, ModelFile('m', Path(sys.argv[1]), ''))\n"
        "method.load(NullControl())\n"
        "print(json.dumps([len(method.predict(sample_pictures(2))), sorted(sys.modules)]))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", source, str(model.folder)], capture_output=True, text=True, check=True
    )
    count, modules = json.loads(child.stdout)
    assert count == 2
    assert not {"sklearn", "scipy", "torch", "onnxruntime", "revsearch_export"} & set(modules)


DAMAGE: dict[str, tuple[dict[str, Any], str]] = {
    "an array is missing": ({"machine__coefficients": None}, r"lacks 'machine.coefficients'"),
    "an array has another form": ({"machine__bias": np.zeros(7, np.float32)}, r"'machine.bias' is float32 of \(7,\)"),
    "numbers of another kind": ({"scaling__mean": np.zeros(3, np.int64)}, "'scaling.mean'"),
    "not a number": ({"calibration__bias": np.full(3, np.nan, np.float32)}, "NaN"),
    "too few centroids' numbers": ({"patches__centroids": np.zeros((5, 9), np.float32)}, "patches.centroids"),
    "no description": ({"description": np.array("{}")}, "lacks 'classes'"),
    "no text": ({"description": np.array(3)}, "is no text"),
    "no JSON": ({"description": np.array("{")}, "svm.npz"),
    "a list": ({"description": np.array("[]")}, "svm.npz"),
    "a newer file": ({"format": np.array(99)}, "format 99 is not known"),
}


@pytest.mark.parametrize(("changes", "words"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_told_in_a_sentence(changes: dict[str, Any], words: str, model: ModelFile) -> None:
    rewrite(model.folder / FILE_NAME, **changes)
    with pytest.raises(ModelError, match=words) as error:
        loaded(model)
    assert "shapes" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_archive_is_told(content: bytes, model: ModelFile) -> None:
    (model.folder / FILE_NAME).write_bytes(content)
    with pytest.raises(ModelError, match="cannot be used"):
        loaded(model)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        load_svm(tmp_path / "nowhere", "gone")


def test_an_array_that_would_run_code_is_refused(model: ModelFile) -> None:
    rewrite(model.folder / FILE_NAME, machine__bias=np.array([print, print, print], dtype=object))
    with pytest.raises(ModelError, match="allow_pickle"):
        loaded(model)
