"""The training loop, its checkpoints and its curves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from revsearch_export.networks.small import BestNetwork, SeedNetwork
from revsearch_export.trainers.presets import muon_recipe
from revsearch_export.training.arrays import Part, Parts
from revsearch_export.training.assess import Teacher
from revsearch_export.training.loop import CHECKPOINT, Training
from revsearch_export.training.recipe import Augmentation, Recipe

from revsearch_tui.api import Cancelled, ModelError, NullControl
from revsearch_tui.api.curves import CURVES, read_curves

_RECIPE = muon_recipe(3, 16, 0.1, 32, augmentation=Augmentation(mirror="random", shift=1, mixup=0.3), checkpoint_s=0.0)


class _StopAfter(NullControl):
    """Cancels at a step, as Ctrl-C would."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled("stopped")


def _parts() -> Parts:
    chance = torch.Generator().manual_seed(3)
    labels = torch.arange(64) % 2
    pictures = torch.randint(0, 120, (64, 3, 16, 16), generator=chance, dtype=torch.uint8)
    pictures[labels == 1, :, :, ::2] += 120
    part = Part(pictures, labels)
    return Parts(part, Part(pictures[:10], labels[:10]), part, (90.0,) * 3, (60.0,) * 3, 0)


def _network(dropout: float = 0.3) -> BestNetwork:
    torch.manual_seed(0)
    return BestNetwork(2, width=0.07, dropout=dropout)


def _weights(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_training_learns_what_can_be_learned(tmp_path: Path) -> None:
    network = _network()
    outcome = Training(network, _parts(), replace(_RECIPE, epochs=8), tmp_path, NullControl()).run()
    assert (outcome.steps, outcome.epochs, outcome.stopped) == (32, 8, False)
    curves = read_curves(tmp_path)
    assert [line["epoch"] for line in curves] == list(range(1, 9))
    assert curves[-1]["loss"] < curves[0]["loss"]
    assert curves[-1]["validation_accuracy"] == 1.0
    assert list((tmp_path / "tensorboard").glob("events.*"))


@pytest.mark.parametrize("optimiser", ["muon", "muon-adamw", "adamw"])
@pytest.mark.parametrize("stop", [1, 5, 11])
def test_a_stopped_training_ends_with_the_same_weights(optimiser: str, stop: int, tmp_path: Path) -> None:
    recipe = Recipe(3, 16, 1e-3, optimiser=optimiser, head_lr=1e-3, decay=1e-4, checkpoint_s=1e9)
    if optimiser == "muon":
        recipe = _RECIPE
    straight = _network()
    (tmp_path / "a").mkdir()
    Training(straight, _parts(), recipe, tmp_path / "a", NullControl()).run()
    (tmp_path / "b").mkdir()
    with pytest.raises(Cancelled):
        Training(_network(), _parts(), recipe, tmp_path / "b", _StopAfter(stop)).run()
    torch.manual_seed(99)  # whatever another process would have in its generator
    resumed = BestNetwork(2, width=0.07, dropout=0.3)
    Training(resumed, _parts(), recipe, tmp_path / "b", NullControl()).run()
    for name, value in _weights(straight).items():
        assert torch.equal(value, _weights(resumed)[name]), name
    without_time = [
        [{key: value for key, value in line.items() if key != "seconds"} for line in read_curves(tmp_path / run)]
        for run in ("a", "b")
    ]
    assert without_time[0] == without_time[1]


def test_a_mixed_picture_counts_as_the_one_it_is_mostly_of(tmp_path: Path) -> None:
    Training(_network(0.0), _parts(), replace(_RECIPE, epochs=24), tmp_path, NullControl()).run()
    accuracies = [line["accuracy"] for line in read_curves(tmp_path)[-12:]]
    assert sum(accuracies) / len(accuracies) > 0.9


def test_training_stops_early_when_validation_no_longer_improves(tmp_path: Path) -> None:
    recipe = replace(_RECIPE, epochs=60, patience=2, lr=1e-6, shift_lr=1e-9, head_lr=1e-9)
    outcome = Training(_network(0.0), _parts(), recipe, tmp_path, NullControl()).run()
    assert outcome.stopped and outcome.epochs < 60


def test_a_damaged_checkpoint_and_one_of_another_network_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        Training(_network(), _parts(), _RECIPE, tmp_path, _StopAfter(2)).run()
    with pytest.raises(ModelError, match=r"checkpoint .* cannot be used"):
        Training(SeedNetwork(2, width=0.1, dim=8, grid=2), _parts(), _RECIPE, tmp_path, NullControl()).run()
    (tmp_path / CHECKPOINT).write_bytes((tmp_path / CHECKPOINT).read_bytes()[:-200])
    with pytest.raises(ModelError, match="delete it, or start"):
        Training(_network(), _parts(), _RECIPE, tmp_path, NullControl()).run()


@pytest.mark.drill
def test_a_network_learns_what_its_teacher_says_whatever_the_labels_are(tmp_path: Path) -> None:
    parts = _parts()
    swapped = Parts(
        Part(parts.train.pictures, 1 - parts.train.labels),
        Part(parts.validation.pictures, 1 - parts.validation.labels),
        parts.test,
        parts.mean,
        parts.std,
        0,
    )
    recipe = replace(_RECIPE, epochs=24)
    taught = _network(0.0)
    (tmp_path / "teacher").mkdir()
    Training(taught, swapped, recipe, tmp_path / "teacher", NullControl()).run()
    pupil = _network(0.0)
    (tmp_path / "pupil").mkdir()
    teacher = Teacher(taught, parts.mean, parts.std)
    Training(pupil, parts, recipe, tmp_path / "pupil", NullControl(), lambda: teacher).run()
    assert read_curves(tmp_path / "pupil")[-1]["validation_accuracy"] == 0.0


def test_an_ended_training_tells_where_it_ran_and_fetches_no_teacher(tmp_path: Path) -> None:
    parts = _parts()
    teacher = Teacher(_network(), parts.mean, parts.std)
    first = Training(_network(), parts, _RECIPE, tmp_path, NullControl(), lambda: teacher).run()
    with np.load(tmp_path / CHECKPOINT) as stored:
        arrays = {name: stored[name] for name in stored.files}
    progress = json.loads(arrays["progress"].tobytes()) | {"device": "cuda", "precision": "bf16"}
    arrays["progress"] = np.frombuffer(json.dumps(progress).encode(), dtype=np.uint8)
    np.savez(tmp_path / CHECKPOINT, **arrays)

    def none_there() -> Teacher:
        raise AssertionError("fetched")

    again = Training(_network(), parts, _RECIPE, tmp_path, NullControl(), none_there).run()
    assert (first.device, again.device, again.precision) == ("cpu", "cuda", "bf16")


def test_a_loss_that_is_no_number_is_told_with_what_to_do(tmp_path: Path) -> None:
    recipe = Recipe(2, 16, 1e30, optimiser="sgd")
    with pytest.raises(ModelError, match="diverged at step .* lower rate"):
        Training(_network(), _parts(), recipe, tmp_path, NullControl()).run()


def test_curves_end_where_a_line_was_cut_off(tmp_path: Path) -> None:
    (tmp_path / CURVES).write_text('{"epoch": 1, "loss": 2.0}\n{"epoch": 2, "lo')
    assert read_curves(tmp_path) == [{"epoch": 1, "loss": 2.0}]
