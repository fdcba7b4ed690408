"""Training on drawn pictures, from labelled data to a model that predicts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from revsearch_export.svm.choose import folded
from revsearch_export.svm.parts import choose_crop, learn_patches, zca
from revsearch_export.svm.rows import Rows
from revsearch_export.svm.trainer import SvmTrainer
from revsearch_svm.method import SvmMethod
from revsearch_svm.plugin import TRAIN_OPTIONS

from revsearch_tui.api import Cancelled, ModelError, ModelFile, NullControl, UsageError
from tests.support.tiny_network import network_settings, write_network
from tests.support.tiny_svm import CLASSES, DrawnData, draw, trained


def loaded(model: Path) -> SvmMethod:
    method = SvmMethod({}, ModelFile("shapes", model, ""))
    method.load(NullControl())
    return method


@pytest.mark.parametrize(
    ("features", "kernel"),
    [("hog", "nystroem"), ("hog", "linear"), ("patches", "linear"), ("hog+patches", "rbf"), ("pixels", "nystroem")],
)
def test_a_trained_machine_predicts_what_it_was_measured_by(features: str, kernel: str, tmp_path: Path) -> None:
    found = trained(tmp_path / "model", tmp_path / "run", features=features, kernel=kernel)
    data = DrawnData()
    truth = np.array([CLASSES.index(sample.label) for sample in data.test])
    predicted = loaded(tmp_path / "model").predict([p for p in data.pictures(data.test) if p is not None])
    np.testing.assert_allclose(predicted.sum(axis=1), 1, atol=1e-5)
    measured = found.training["metrics"]["test"]
    assert (predicted.argmax(axis=1) == truth).mean() == pytest.approx(measured["accuracy"])
    assert measured["n"] == len(truth)
    if features != "pixels":
        assert measured["accuracy"] > 0.8


def test_the_record_and_the_curves_tell_how_it_was_chosen(tmp_path: Path) -> None:
    found = trained(tmp_path / "model", tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "curves.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, len(lines) + 1))
    best = max(line["validation_accuracy"] for line in lines)
    chosen = [line for line in lines if (line["c"], line["gamma"]) == (found.training["c"], found.training["gamma"])]
    assert [line["validation_accuracy"] for line in chosen] == [best]
    validation = found.training["metrics"]["validation"]
    assert (validation["n"], validation["cross_validation"]) == (54, 4)
    assert validation["accuracy"] == pytest.approx(best)
    assert found.main == "svm.npz"
    assert found.settings["classes"] == list(CLASSES)
    json.dumps([found.settings, found.training])


def test_a_stopped_training_goes_on_with_the_points_it_has_tried(tmp_path: Path) -> None:
    class Stop(NullControl):
        """Stops when it has seen so many trials begin."""

        def __init__(self, left: int) -> None:
            self.left = left
            self.trials = 0

        def progress(self, done: int, total: int | None, what: str) -> None:
            self.trials += what.startswith("trying")

        def check(self) -> None:
            if self.trials > self.left:
                raise Cancelled("stopped")

    trained(tmp_path / "straight", tmp_path / "straight-run")
    run, model = tmp_path / "run", tmp_path / "model"
    with pytest.raises(Cancelled):
        trained(model, run, control=Stop(9))
    tried = (run / "curves.jsonl").read_text().splitlines()
    assert len(tried) == 2, "4 trials a point: two points are whole, the third was begun"
    again = Stop(1000)
    trained(model, run, control=again)
    curves = (run / "curves.jsonl").read_text().splitlines()
    assert curves[:2] == tried
    assert again.trials == 4 * 3, "two more widths, and the penalties at the best width together"
    undisturbed = json.loads((tmp_path / "straight-run" / "curves.jsonl").read_text().splitlines()[-1])
    assert {**json.loads(curves[-1]), "seconds": 0} == {**undisturbed, "seconds": 0}
    with np.load(tmp_path / "straight" / "svm.npz") as first, np.load(model / "svm.npz") as second:
        assert all(np.array_equal(first[name], second[name]) for name in first.files)


def test_points_tried_on_other_pictures_are_tried_again(tmp_path: Path) -> None:
    trained(tmp_path / "model", tmp_path / "run")
    before = (tmp_path / "run" / "curves.jsonl").read_text()
    trained(tmp_path / "model", tmp_path / "run", DrawnData((17, 2, 6)))
    assert json.loads((tmp_path / "run" / "curves.jsonl").read_text().splitlines()[0])["pictures"] == 57
    assert before != (tmp_path / "run" / "curves.jsonl").read_text()


def test_the_same_seed_gives_the_same_machine(tmp_path: Path) -> None:
    for name in ("first", "second"):
        trained(tmp_path / name, tmp_path / f"{name}-run", features="hog+patches")
    pictures = [draw(label, 99) for label in CLASSES]
    first, second = (loaded(tmp_path / name).predict(pictures) for name in ("first", "second"))
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_a_large_validation_part_decides_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revsearch_export.svm.trainer.ENOUGH", 10)
    data = DrawnData((16, 4, 4))
    found = trained(tmp_path / "model", tmp_path / "run", data)
    assert found.training["rows"] == 2 * 48, "the validation part is not trained on"
    assert found.training["metrics"]["validation"]["n"] == 12


def test_given_c_and_gamma_are_taken(tmp_path: Path) -> None:
    found = trained(tmp_path / "model", tmp_path / "run", c=2.0, gamma=0.3, mirror=False)
    assert (found.training["c"], found.training["gamma"], found.training["rows"]) == (2.0, 0.3, 54)
    assert len((tmp_path / "run" / "curves.jsonl").read_text().splitlines()) == 1


def test_unreadable_pictures_are_left_out(tmp_path: Path) -> None:
    data = DrawnData(unreadable=frozenset({0, 1, 16, 18}))
    found = trained(tmp_path / "model", tmp_path / "run", data)
    assert found.training["rows"] == 2 * (54 - 9)
    assert found.training["metrics"]["test"]["n"] == 15


def test_small_pictures_are_told_apart_by_their_patches_too(tmp_path: Path) -> None:
    found = trained(tmp_path / "model", tmp_path / "run", features="auto", side=0, kernel="linear")
    assert [part["kind"] for part in found.settings["features"]] == ["hog", "hog", "colours", "patches"]


def test_a_machine_over_a_network_carries_its_file(tmp_path: Path) -> None:
    network = tmp_path / "network"
    network.mkdir()
    write_network(network / "network.onnx")
    manifest = {"settings": network_settings(), "files": [{"name": "network.onnx"}]}
    (network / "manifest.json").write_text(json.dumps(manifest))
    trained(tmp_path / "model", tmp_path / "run", features="embedding", network=str(network))
    assert sorted(file.name for file in (tmp_path / "model").iterdir()) == ["network.onnx", "svm.npz"]
    method = loaded(tmp_path / "model")
    assert method.predict([draw("bars", 1)]).shape == (1, 3)
    (tmp_path / "model" / "network.onnx").unlink()
    with pytest.raises(ModelError, match="network.onnx"):
        loaded(tmp_path / "model")


@pytest.mark.parametrize("named", ["", "nowhere"])
def test_a_network_that_is_none_is_told(named: str, tmp_path: Path) -> None:
    network = str(tmp_path / named) if named else ""
    with pytest.raises((UsageError, ModelError), match="trained network"):
        trained(tmp_path / "model", tmp_path / "run", features="embedding", network=network)


def test_one_class_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 2 classes"):
        trained(tmp_path / "model", tmp_path / "run", DrawnData(classes=("bars",)))


def test_nothing_readable_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can be read"):
        trained(tmp_path / "model", tmp_path / "run", DrawnData((2, 0, 0), unreadable=frozenset(range(9))))


def test_training_can_be_stopped(tmp_path: Path) -> None:
    class Stop(NullControl):
        def check(self) -> None:
            raise Cancelled("stopped")

    options = {option.name: option.default for option in TRAIN_OPTIONS}
    with pytest.raises(Cancelled):
        SvmTrainer(options).train(DrawnData(), tmp_path, tmp_path, Stop())


def test_too_few_patches_for_the_centroids_are_told() -> None:
    kinds = {"crop": 1.0, "side": 7, "stride": 1, "grid": 2}
    with pytest.raises(UsageError, match="too few for 50 centroids"):
        learn_patches([draw("bars", 1)], 1, **kinds, centroids=50, seed=0, control=NullControl())  # type: ignore[arg-type]


def test_whitening_leaves_no_correlation() -> None:
    chance = np.random.default_rng(0)
    rows = (chance.normal(size=(5000, 4)) @ chance.normal(size=(4, 4)) * 10).astype(np.float32)
    mean, whitening = zca(rows)
    np.testing.assert_allclose(np.cov((rows - mean) @ whitening, rowvar=False), np.eye(4), atol=0.05)


def test_folds_judge_every_picture_once_by_others_and_spread_the_classes() -> None:
    labels = np.repeat(np.arange(3), 8)
    rows = Rows(np.arange(24, dtype=np.float32)[:, None], labels)
    trials = folded(rows, 4, 0)
    judged = np.concatenate([trial.places for trial in trials])
    assert sorted(judged) == list(range(24))
    for trial in trials:
        assert set(trial.judge.matrix[:, 0]).isdisjoint(trial.learn.matrix[:, 0])
        assert list(np.bincount(trial.judge.labels)) == [2, 2, 2]


def test_the_crop_around_what_matters_is_found() -> None:
    class Surrounded(DrawnData):
        def pictures(self, samples):  # type: ignore[no-untyped-def]
            for sample, picture in zip(samples, super().pictures(samples), strict=True):
                around = int(sample.path.name) * 7
                scene = draw(CLASSES[around % 3], around, 160).copy()
                scene[60:100, 60:100] = picture
                yield scene

    crop, tried = choose_crop(Surrounded((12, 0, 0)), 0, NullControl())
    assert crop < 1
    assert tried["1"] < tried[f"{crop:g}"]
