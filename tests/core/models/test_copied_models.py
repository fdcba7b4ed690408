"""A stored model's folder, brought from another machine, becomes a model here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from revsearch_tui.api import ModelError, TrainedModel, UsageError
from revsearch_tui.core.models.model_store import copy_model, get_model, list_models, save_trained


def write_two_files(folder: Path) -> TrainedModel:
    (folder / "weights").mkdir()
    (folder / "weights" / "net.onnx").write_bytes(b"weights")
    (folder / "machine.npz").write_bytes(b"vectors")
    return TrainedModel("machine.npz", {"kernel": "linear"}, {"seconds": 3})


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """The folder of the model `birds` in another home."""
    save_trained(tmp_path / "elsewhere", "birds", "svm", write_two_files)
    return tmp_path / "elsewhere" / "birds"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "here"


@pytest.mark.parametrize("name", [None, "my-birds"])
def test_a_copied_model_is_the_same_model_by_any_name(store: Path, elsewhere: Path, name: str | None) -> None:
    (original,) = list_models(elsewhere.parent)
    copied = copy_model(store, elsewhere, name=name)
    assert list_models(store) == [copied]
    assert copied.name == (name or "birds")
    assert copied.sha256 == original.sha256
    assert (copied.main, copied.settings, copied.training) == ("machine.npz", {"kernel": "linear"}, {"seconds": 3})
    assert (get_model(store, copied.name).folder / "weights" / "net.onnx").read_bytes() == b"weights"
    assert get_model(elsewhere.parent, "birds").folder == elsewhere


def test_a_damaged_folder_is_refused_and_leaves_nothing(store: Path, elsewhere: Path) -> None:
    (elsewhere / "machine.npz").write_bytes(b"victors")
    with pytest.raises(ModelError, match="copy the model's whole folder anew"):
        copy_model(store, elsewhere)
    assert list_models(store) == []


def test_a_manifest_cannot_name_files_outside_its_folder(store: Path, elsewhere: Path) -> None:
    manifest = json.loads((elsewhere / "manifest.json").read_text())
    manifest["files"][0]["name"] = "../secret"
    (elsewhere / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="damaged"):
        copy_model(store, elsewhere)


def test_any_other_folder_is_refused(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no manifest.json"):
        copy_model(store, tmp_path)


def test_a_model_of_that_name_is_kept_unless_it_is_to_be_replaced(store: Path, elsewhere: Path) -> None:
    copy_model(store, elsewhere)
    with pytest.raises(UsageError, match="already"):
        copy_model(store, elsewhere)
    copy_model(store, elsewhere, replace=True)
