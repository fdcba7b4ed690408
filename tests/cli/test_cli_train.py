"""`revsearch train` and `revsearch runs`, from labelled pictures to a model that is searched."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.support.labelled import draw_classes
from tests.support.processes import finish, kill_group, start, wait_until
from tests.support.program import revsearch, revsearch_json

_SMALL = [
    word
    for option in ("epochs=3", "batch=16", "width=0.1", "side=16", "threads=1", "dropout=0.2", "checkpoint_s=0")
    for word in ("-O", option)
]


def _command(data: Path, name: str, more: Sequence[str] = ()) -> list[str | Path]:
    return ["train", "cnn", "-d", data, "-n", name, *_SMALL, *more]


def _forget_option(run: Path, name: str) -> None:
    """Leave a run as a version before this option wrote it."""
    told = json.loads(run.read_text())
    del told["request"]["options"][name]
    run.write_text(json.dumps(told))


def _models(home: Path) -> Path:
    return home / "data" / "models"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_classes(tmp_path_factory.mktemp("labelled") / "patterns")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """With the model `first`, trained without disturbance."""
    base = tmp_path_factory.mktemp("trained")
    done = revsearch(base, *_command(data, "first"))
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert any(line.startswith("test  softmax accuracy") and "95 % interval" in line for line in lines), lines
    assert any(line.startswith("validation  neighbour accuracy") for line in lines), lines
    return base


def test_a_trained_model_is_registered_with_its_record(home: Path) -> None:
    manifest = json.loads((_models(home) / "first" / "manifest.json").read_text())
    assert manifest["settings"]["classes"] == ["checks", "rows", "stripes"]
    assert manifest["settings"]["side"] == 16
    training = manifest["training"]
    assert training["data"]["counts"] == {"train": 51, "validation": 3, "test": 6}
    assert training["largest_difference_to_torch"] <= 1e-4
    assert [line["epoch"] for line in training["curves"]] == [1, 2, 3]
    assert {"softmax", "neighbour", "calibration_error"} <= training["metrics"]["test"].keys()


def test_the_exported_files_tell_what_they_are(home: Path) -> None:
    import onnx

    model = onnx.load(_models(home) / "first" / "network.onnx")
    assert [output.name for output in model.graph.output] == ["embedding", "probabilities"]
    assert not model.graph.input[0].type.tensor_type.shape.dim[0].HasField("dim_value"), "the batch is not free"
    told = {entry.key: json.loads(entry.value) for entry in model.metadata_props if entry.key.startswith("revsearch.")}
    assert told["revsearch.classes"] == ["checks", "rows", "stripes"]
    for name in ("network.onnx", "network-int8.onnx", "network-fp16.onnx"):
        written = (_models(home) / "first" / name).read_bytes()
        assert len(written) > 1000
        assert b'File "' not in written and b"stack_trace" not in written, "it tells of the machine it is from"


def test_a_trained_model_is_searched_by_embedding_and_by_class(home: Path, data: Path) -> None:
    done = revsearch(home, "index", data, "-m", "cnn:first", "-m", "cnn-softmax:first")
    assert done.returncode == 0, done.stderr.decode()
    query = data / "rows" / "003.png"
    for method in ("cnn:first", "cnn-softmax:first"):
        found = revsearch_json(home, "search", query, "-m", method, "-k", "3")
        hits = found["results"][0]["hits"] if isinstance(found, dict) else found[0]["hits"]
        assert Path(hits[0]["path"]) == query


@pytest.mark.drill
def test_a_killed_training_ends_with_the_weights_of_an_undisturbed_one(home: Path, data: Path) -> None:
    checkpoint = home / "data" / "runs" / "killed" / "checkpoint.npz"
    process = start(home, *_command(data, "killed"))
    assert wait_until(checkpoint.exists, 120)
    assert kill_group(process), "it ended before it was killed"
    _forget_option(checkpoint.with_name("run.json"), "both_sides")
    again = revsearch(home, *_command(data, "killed", ["-O", "checkpoint_s=9"]))
    assert again.returncode == 0, again.stderr.decode()
    assert b"going on with the training run" in again.stderr
    with (
        np.load(_models(home) / "first" / "weights.npz") as straight,
        np.load(_models(home) / "killed" / "weights.npz") as resumed,
    ):
        assert sorted(straight.files) == sorted(resumed.files)
        for name in straight.files:
            assert np.array_equal(straight[name], resumed[name]), name


@pytest.mark.drill
def test_a_model_is_taught_by_another_and_an_unfit_teacher_is_refused(home: Path, data: Path) -> None:
    taught = revsearch(home, *_command(data, "taught", ["-O", "teacher=first", "-O", "cutmix=0.5"]))
    assert taught.returncode == 0, taught.stderr.decode()
    options = json.loads((_models(home) / "taught" / "manifest.json").read_text())["training"]["options"]
    assert Path(options["teacher"]).name == "first"
    refused = revsearch(home, *_command(data, "refused", ["-O", "teacher=first", "-O", "side=20"]))
    assert refused.returncode == 2 and b"the teacher 'first' sees pictures of side 16" in refused.stderr
    assert not (home / "data" / "runs" / "refused" / "pictures").exists()


def test_ctrl_c_saves_the_state(home: Path, data: Path) -> None:
    run = home / "data" / "runs" / "stopped"
    process = start(home, *_command(data, "stopped", ["-O", "epochs=500"]))
    assert wait_until((run / "checkpoint.npz").exists, 120)
    process.send_signal(signal.SIGINT)
    status, _, err = finish(process)
    assert status == 130 and "what was done so far is kept" in err
    assert json.loads((run / "run.json").read_text())["state"] == "stopped"
    assert not (_models(home) / "stopped").exists()


@pytest.mark.drill
def test_a_run_of_the_same_name_with_other_settings_is_not_overwritten(home: Path, data: Path) -> None:
    done = revsearch(home, *_command(data, "first", ["-O", "dropout=0.4"]))
    assert done.returncode == 2 and b"there is a model 'first' already" in done.stderr
    assert revsearch(home, "models", "remove", "first", "-y").returncode == 0
    try:
        done = revsearch(home, *_command(data, "first", ["-O", "dropout=0.4"]))
        assert done.returncode == 2
        assert b"with other settings (dropout was 0.2)" in done.stderr and b"--restart" in done.stderr
    finally:
        again = revsearch(home, *_command(data, "first"))  # not trained again, only registered
        assert again.returncode == 0, again.stderr.decode()
    assert len(revsearch_json(home, "runs", "show", "first")["curves"]) == 3


@pytest.mark.drill
def test_a_sweep_compares_values_on_the_validation_part(home: Path, data: Path) -> None:
    done = revsearch(home, *_command(data, "swept", ["-O", "epochs=1", "--sweep", "dropout=0,0.5"]))
    assert done.returncode == 0, done.stderr.decode()
    rows = done.stdout.decode().splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["0", "0.5"]
    assert sum(row.endswith("*") for row in rows) == 1
    names = {run["name"] for run in revsearch_json(home, "runs", "list")}
    assert {"swept-dropout-0", "swept-dropout-0-5"} <= names


@pytest.mark.drill
@pytest.mark.parametrize(("suffix", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_curves_are_drawn_into_a_file(suffix: str, magic: bytes, home: Path, tmp_path: Path) -> None:
    file = tmp_path / f"curves{suffix}"
    done = revsearch(home, "runs", "plot", "first", "-o", file)
    assert done.returncode == 0, done.stderr.decode()
    assert file.read_bytes().startswith(magic)


@pytest.mark.drill
@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["train", "cn", "-d", "DATA", "-n", "other"], 4, "did you mean 'cnn'?"),
        (["train", "phash", "-d", "DATA", "-n", "other"], 4, "no method 'phash' that can be trained"),
        (["train", "cnn", "-d", "DATA", "-n", "other", "-O", "epoch=3"], 2, "did you mean 'epochs'?"),
        (["train", "cnn", "-d", "DATA", "-n", "other", "-O", "dropout=2"], 2, "'dropout' is at most 0.95"),
        (["train", "cnn", "-d", "DATA", "-n", "X"], 2, "not a usable name"),
        (["train", "cnn", "-d", "DATA", "-n", "other", "-O", "start=nothing"], 2, "'nothing', but there is no model"),
        (["train", "cnn", "-d", "DATA", "-n", "other", "-O", "optimiser=adamw"], 2, "give one for 'adamw'"),
        (["train", "svm", "-d", "DATA", "-n", "other", "-O", "network=none"], 2, "option 'network' names 'none'"),
        (["train", "cnn", "-d", "/no/such/place", "-n", "other"], 2, "/no/such/place"),
        (["train", "inception", "-d", "DATA", "-n", "other", "-O", "preset=tune"], 2, "needs weights to start from"),
        (["train", "cnn", "-d", "DATA", "-n", "other", "--sweep", "dropout=1"], 2, "two values or more"),
        (["runs", "show", "firts"], 2, "did you mean 'first'?"),
        (["runs", "plot", "first", "-o", "curves.txt"], 2, ".png, .svg, .pdf"),
    ],
)
def test_a_request_that_cannot_be_met_is_told_in_a_sentence(
    arguments: Sequence[str], status: int, sentence: str, home: Path, data: Path
) -> None:
    done = revsearch(home, *(str(data) if word == "DATA" else word for word in arguments))
    err = done.stderr.decode()
    assert (done.returncode, sentence in err, "Traceback" in err) == (status, True, False), err
