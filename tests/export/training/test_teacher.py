"""Learning from another network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from revsearch_cnn.plugin import TRAIN_OPTIONS
from revsearch_export.exporting.finish import Framing
from revsearch_export.networks.layers import BothSides
from revsearch_export.networks.small import BestNetwork
from revsearch_export.networks.weights import WEIGHTS_FILE, save_weights
from revsearch_export.trainers.network import load_teacher
from revsearch_export.training.assess import Teacher, distance_to_teacher

from revsearch_tui.api import ModelError, UsageError

_FRAMING = Framing(32, "stretch", 1.0)
_MEAN, _STD = (120.0, 110.0, 100.0), (60.0, 50.0, 40.0)


def _stored(folder: Path, **options: Any) -> BestNetwork:
    """A model's folder as training leaves it, save the ONNX files."""
    torch.manual_seed(1)
    network = BestNetwork(2, width=0.1).eval()
    save_weights(network, folder / WEIGHTS_FILE)
    settings = {"kind": "network", "side": 32, "resize": "stretch", "crop": 1.0, "classes": ["a", "b"]}
    chosen = {spec.name: spec.default for spec in TRAIN_OPTIONS} | {"width": 0.1} | options
    del chosen["cutmix"]  # as if the option had come later
    scaling = {"mean": list(_MEAN), "std": list(_STD)}
    training = {"method": "cnn", "options": chosen, "scaling": scaling}
    (folder / "manifest.json").write_text(json.dumps({"settings": settings, "training": training}))
    return network


def test_there_is_no_distance_to_the_same_scores_and_one_to_others() -> None:
    scores = torch.randn(5, 7)
    assert float(distance_to_teacher(scores, scores)) == pytest.approx(0, abs=1e-6)
    assert float(distance_to_teacher(scores + 3, scores)) == pytest.approx(0, abs=1e-5)
    assert float(distance_to_teacher(scores.flip(1), scores)) > 0.05


def test_the_distance_is_that_of_softened_classes_times_the_softness_squared() -> None:
    own, other = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 0.0]])
    soft = torch.softmax(own / 2, 1)
    expected = 4 * (0.5 * torch.log(0.5 / soft)).sum()
    assert float(distance_to_teacher(own, other)) == pytest.approx(float(expected), rel=1e-5)


def test_a_teacher_sees_the_pictures_in_its_own_scale() -> None:
    network = BestNetwork(2, width=0.1)
    raw = torch.randint(0, 256, (4, 3, 16, 16)).float()
    teacher = Teacher(network, _MEAN, _STD).moved(torch.device("cpu"))

    def scaled(mean: tuple[float, float, float], std: tuple[float, float, float]) -> torch.Tensor:
        first, second = (torch.tensor(values).view(1, 3, 1, 1) for values in (mean, std))
        return (raw - first) / second

    other = ((90.0, 95.0, 99.0), (70.0, 71.0, 72.0))
    with torch.no_grad():
        expected = network.classifier(network.features(scaled(_MEAN, _STD)))
    assert torch.allclose(teacher.scores(scaled(_MEAN, _STD), _MEAN, _STD), expected, atol=1e-5)
    assert torch.allclose(teacher.scores(scaled(*other), *other), expected, atol=1e-4)


@pytest.mark.parametrize("both_sides", [False, True])
def test_a_teacher_is_the_network_of_its_model(both_sides: bool, tmp_path: Path) -> None:
    stored = _stored(tmp_path, both_sides=both_sides)
    teacher = load_teacher(tmp_path, ["a", "b"], _FRAMING)
    assert (teacher.mean, teacher.std) == (_MEAN, _STD)
    pictures = torch.randn(3, 3, 32, 32)
    network = BothSides(stored) if both_sides else stored
    with torch.no_grad():
        expected = network.classifier(network.features(pictures))
    scores = teacher.moved(torch.device("cpu")).scores(pictures, _MEAN, _STD)
    assert torch.allclose(scores, expected, atol=1e-5)


def _without_scaling(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["training"]["scaling"]
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("spoil", "classes", "framing", "error", "words"),
    [
        (lambda folder: None, ["a", "c"], _FRAMING, UsageError, "knows other classes"),
        (lambda folder: None, ["a", "b"], Framing(48, "stretch", 1.0), UsageError, "-O side=32 -O crop=1.0"),
        (_without_scaling, ["a", "b"], _FRAMING, ModelError, "train it again"),
        (lambda folder: (folder / "manifest.json").unlink(), ["a", "b"], _FRAMING, ModelError, "not the manifest"),
        (lambda folder: (folder / WEIGHTS_FILE).unlink(), ["a", "b"], _FRAMING, ModelError, "no file of weights"),
    ],
)
def test_an_unfit_teacher_is_refused_in_a_sentence(
    spoil: Callable[[Path], None],
    classes: list[str],
    framing: Framing,
    error: type[Exception],
    words: str,
    tmp_path: Path,
) -> None:
    _stored(tmp_path)
    spoil(tmp_path)
    with pytest.raises(error, match=words):
        load_teacher(tmp_path, classes, framing)


def test_a_file_is_no_teacher(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of a model"):
        load_teacher(tmp_path / WEIGHTS_FILE, ["a", "b"], _FRAMING)
