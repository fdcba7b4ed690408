"""The store of models: nothing enters it unchecked, nothing in it is used unverified, nothing is lost."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from revsearch_tui.api import ModelError, ModelFile, StorageError, TrainedModel, UsageError
from revsearch_tui.core.models.model_store import (
    add_model,
    get_model,
    list_models,
    name_for,
    remove_model,
    save_fitted,
    save_trained,
)


def accept(model: ModelFile) -> Mapping[str, Any]:
    return {"dim": 7}


def refuse(model: ModelFile) -> Mapping[str, Any]:
    raise ModelError("this one is no good")


def write_words(folder: Path) -> None:
    (folder / "words.npz").write_bytes(b"learned words")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models"


@pytest.fixture
def net(tmp_path: Path) -> Path:
    file = tmp_path / "My_Net v2.onnx"
    file.write_bytes(b"graph and weights")
    file.with_suffix(".json").write_text('{"size": 32, "range": [-1, 1]}')
    return file


def left_over(store: Path) -> list[str]:
    return [path.name for path in store.iterdir() if path.name.startswith(".")] if store.exists() else []


def test_an_added_model_is_listed_and_fetched_with_its_settings_and_facts(store: Path, net: Path) -> None:
    record = add_model(store, net, check=accept)
    assert record.name == "my-net-v2"
    assert list_models(store) == [record]
    model = get_model(store, "my-net-v2")
    assert (model.folder / model.manifest["main"]).read_bytes() == b"graph and weights"
    assert model.manifest["settings"] == {"size": 32, "range": [-1, 1]}
    assert model.manifest["facts"] == {"dim": 7}
    assert record.files[0].sha256 == hashlib.sha256(b"graph and weights").hexdigest()
    assert record.bytes == 17
    assert left_over(store) == []


def test_the_store_keeps_its_own_copy(store: Path, net: Path) -> None:
    add_model(store, net, check=accept, name="kept")
    net.unlink()
    assert get_model(store, "kept").name == "kept"


def test_the_check_sees_the_complete_copy_before_it_is_installed(store: Path, net: Path) -> None:
    seen = []

    def check(model: ModelFile) -> Mapping[str, Any]:
        seen.append((model.folder / model.manifest["main"]).read_bytes())
        assert list_models(store) == []
        return {}

    add_model(store, net, check=check)
    assert seen == [b"graph and weights"]


def test_a_refused_model_leaves_nothing_behind(store: Path, net: Path) -> None:
    with pytest.raises(ModelError, match="no good"):
        add_model(store, net, check=refuse)
    assert list_models(store) == [] and left_over(store) == []


def test_other_settings_make_another_model_of_the_same_file(store: Path, net: Path) -> None:
    first = add_model(store, net, check=accept, name="first")
    net.with_suffix(".json").write_text('{"size": 32, "range": [0, 1]}')
    second = add_model(store, net, check=accept, name="second")
    assert first.files == second.files and first.sha256 != second.sha256


def test_the_same_file_and_settings_have_the_same_identity(store: Path, net: Path) -> None:
    first = add_model(store, net, check=accept, name="first")
    assert add_model(store, net, check=accept, name="second").sha256 == first.sha256


def test_a_toml_manifest_is_read_and_a_given_manifest_wins(store: Path, net: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.toml"
    given.write_text('size = [24, 48]\nrange = [0, 1]\noutput = "out"\n')
    record = add_model(store, net, check=accept, manifest_file=given)
    assert record.settings == {"size": [24, 48], "range": [0, 1], "output": "out"}


def test_two_manifests_beside_a_file_are_a_question(store: Path, net: Path) -> None:
    net.with_suffix(".toml").write_text("size = 32")
    with pytest.raises(UsageError, match="which is its manifest"):
        add_model(store, net, check=accept)


@pytest.mark.parametrize(
    "text", ['{"size": ', "[1, 2]", '"words"', '{"mean": NaN}', "\udcff", "[" * 100_000], ids=range(6)
)
def test_an_unusable_manifest_is_one_sentence(store: Path, net: Path, text: str) -> None:
    net.with_suffix(".json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=r"manifest .*\.json") as raised:
        add_model(store, net, check=accept)
    assert "\n" not in str(raised.value)


def test_a_file_that_its_manifest_does_not_describe_is_refused(store: Path, net: Path) -> None:
    net.with_suffix(".json").write_text(json.dumps({"sha256": "0" * 64}))
    with pytest.raises(ModelError, match="sha-256 differ"):
        add_model(store, net, check=accept)


def test_weights_beside_the_file_come_along_and_are_verified(store: Path, net: Path) -> None:
    weights = net.with_name(net.name + ".data")
    weights.write_bytes(b"more weights")
    record = add_model(store, net, check=accept, name="large")
    assert [part.name for part in record.files] == [net.name, weights.name]
    (record.folder / weights.name).write_bytes(b"MORE weights")
    with pytest.raises(ModelError, match="changed or is damaged"):
        get_model(store, "large")


def test_a_changed_file_is_not_used(store: Path, net: Path) -> None:
    record = add_model(store, net, check=accept, name="abc")
    (record.folder / net.name).write_bytes(b"graph and weightz")
    with pytest.raises(ModelError, match=r"My_Net v2\.onnx of the model 'abc' was changed"):
        get_model(store, "abc")


def test_a_shortened_or_missing_file_is_not_used(store: Path, net: Path) -> None:
    record = add_model(store, net, check=accept, name="abc")
    (record.folder / net.name).write_bytes(b"graph")
    with pytest.raises(ModelError, match="changed or is damaged"):
        get_model(store, "abc")
    (record.folder / net.name).unlink()
    with pytest.raises(ModelError, match="lacks its file"):
        get_model(store, "abc")


def test_settings_changed_by_hand_in_the_store_are_not_used(store: Path, net: Path) -> None:
    path = add_model(store, net, check=accept, name="abc").folder / "manifest.json"
    path.write_text(path.read_text().replace('"size": 32', '"size": 64'))
    with pytest.raises(ModelError, match="manifest of the model 'abc'.* was changed"):
        get_model(store, "abc")


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "a\\..\\b", "c:x", ""])
def test_a_stored_manifest_cannot_point_outside_its_folder(store: Path, net: Path, name: str) -> None:
    path = add_model(store, net, check=accept, name="abc").folder / "manifest.json"
    raw = json.loads(path.read_text())
    raw["files"][0]["name"] = name
    path.write_text(json.dumps(raw))
    with pytest.raises(ModelError, match="damaged"):
        get_model(store, "abc")


def test_a_damaged_manifest_is_listed_with_its_problem_and_can_be_removed(store: Path, net: Path) -> None:
    add_model(store, net, check=accept, name="good")
    (add_model(store, net, check=accept, name="bad").folder / "manifest.json").write_text("{")
    bad, good = list_models(store)
    assert "damaged" in bad.problem and good.problem == ""
    remove_model(store, "bad")
    assert [record.name for record in list_models(store)] == ["good"]


def test_a_model_of_a_newer_program_is_not_touched(store: Path, net: Path) -> None:
    path = add_model(store, net, check=accept, name="abc").folder / "manifest.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(ModelError, match="newer revsearch"):
        get_model(store, "abc")


def test_a_name_in_use_is_not_taken_without_asking(store: Path, net: Path) -> None:
    add_model(store, net, check=accept, name="abc")
    net.write_bytes(b"other weights")
    with pytest.raises(UsageError, match="already"):
        add_model(store, net, check=accept, name="abc")
    assert add_model(store, net, check=accept, name="abc", replace=True).bytes == 13
    assert get_model(store, "abc").name == "abc" and left_over(store) == []


def test_a_failed_replacement_keeps_the_old_model(store: Path, net: Path) -> None:
    old = add_model(store, net, check=accept, name="abc")
    net.write_bytes(b"other weights")
    with pytest.raises(ModelError):
        add_model(store, net, check=refuse, name="abc", replace=True)
    assert get_model(store, "abc").sha256 == old.sha256


def test_an_exchange_cut_short_is_undone(store: Path, net: Path) -> None:
    record = add_model(store, net, check=accept, name="abc")
    record.folder.rename(store / ".aside-abc.0123")
    assert get_model(store, "abc").sha256 == record.sha256
    assert left_over(store) == []


@pytest.mark.parametrize("name", ["ab", "Big", "1st", "a b c", "../abc", "a" * 41])
def test_unusable_names_are_refused(store: Path, net: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not a usable name"):
        add_model(store, net, check=accept, name=name)
    with pytest.raises(UsageError, match="not a usable name"):
        get_model(store, name)


def test_a_name_is_made_from_the_file_or_asked_for() -> None:
    assert name_for(Path("MobileNet_v2 (1.0).onnx")) == "mobilenet-v2-1-0"
    with pytest.raises(UsageError, match="give one of your own"):
        name_for(Path("1.onnx"))


def test_an_unknown_model_is_told_with_the_known_ones(store: Path, net: Path) -> None:
    with pytest.raises(ModelError, match="none is stored yet"):
        get_model(store, "abc")
    add_model(store, net, check=accept, name="other")
    with pytest.raises(ModelError, match="stored are: other"):
        remove_model(store, "abc")


def test_a_missing_file_is_one_sentence(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no model file"):
        add_model(store, tmp_path / "nothing.onnx", check=accept)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_an_unwritable_store_is_one_sentence(tmp_path: Path, net: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        add_model(closed / "models", net, check=accept)


def test_a_store_that_is_a_file_is_one_sentence(tmp_path: Path, net: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageError, match="cannot be stored"):
        add_model(tmp_path / "taken" / "models", net, check=accept)


def test_what_a_method_learned_is_stored_with_its_training(store: Path) -> None:
    record = save_fitted(store, "holiday-words", "sift", write_words, {"samples": 12, "seed": 1})
    model = get_model(store, "holiday-words")
    assert (model.folder / "words.npz").read_bytes() == b"learned words"
    assert model.manifest["training"] == {"samples": 12, "seed": 1}
    assert (record.method, record.main) == ("sift", "")


def test_a_failing_write_leaves_nothing_behind(store: Path) -> None:
    def write(folder: Path) -> None:
        write_words(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left on device"):
        save_fitted(store, "holiday-words", "sift", write, {})
    assert list_models(store) == [] and left_over(store) == []


def test_a_write_without_files_is_an_error(store: Path) -> None:
    with pytest.raises(ModelError, match="wrote no file"):
        save_fitted(store, "holiday-words", "sift", lambda folder: None, {})


def test_a_second_fit_replaces_the_first_only_when_told(store: Path) -> None:
    first = save_fitted(store, "words", "sift", write_words, {})
    with pytest.raises(UsageError, match="already"):
        save_fitted(store, "words", "sift", write_words, {})
    second = save_fitted(store, "words", "sift", lambda folder: (folder / "w").touch(), {}, replace=True)
    assert first.sha256 != second.sha256 == get_model(store, "words").sha256


def trained(settings: Mapping[str, Any], main: str = "network.onnx") -> Any:
    def write(folder: Path) -> TrainedModel:
        (folder / "network.onnx").write_bytes(b"graph and weights")
        return TrainedModel(main, settings, {"epochs": 3, "metrics": {"test": {"accuracy": 0.5}}})

    return write


def test_a_trained_model_is_stored_with_its_main_file_settings_and_training(store: Path) -> None:
    record = save_trained(store, "own-net", "cnn", trained({"side": 32, "classes": ("a", "b")}))
    model = get_model(store, "own-net")
    assert (record.method, model.manifest["main"]) == ("cnn", "network.onnx")
    assert model.manifest["settings"] == {"side": 32, "classes": ["a", "b"]}
    assert model.manifest["training"] == {"epochs": 3, "metrics": {"test": {"accuracy": 0.5}}}


def test_other_settings_make_another_trained_model_of_the_same_files(store: Path) -> None:
    first = save_trained(store, "first", "cnn", trained({"side": 32}))
    second = save_trained(store, "second", "cnn", trained({"side": 64}))
    assert first.files == second.files and first.sha256 != second.sha256


@pytest.mark.parametrize("settings", [{"side": float("nan")}, {"side": Path("x")}])
def test_a_trained_model_that_json_cannot_describe_is_refused(store: Path, settings: Mapping[str, Any]) -> None:
    with pytest.raises(ModelError, match="JSON"):
        save_trained(store, "own-net", "cnn", trained(settings))
    assert list_models(store) == [] and left_over(store) == []


def test_a_trained_model_without_its_main_file_is_refused(store: Path) -> None:
    with pytest.raises(ModelError, match=r"wrote no file other\.onnx"):
        save_trained(store, "own-net", "cnn", trained({}, main="other.onnx"))


def test_listing_imports_nothing_heavy(store: Path, net: Path) -> None:
    add_model(store, net, check=accept, name="abc")
    program = (
        "import sys; from pathlib import Path; from revsearch_tui.core.models.model_store import list_models;"
        "assert [r.name for r in list_models(Path(sys.argv[1]))] == ['abc'];"
        "print([m for m in ('numpy', 'cv2', 'onnxruntime', 'PIL', 'chromadb', 'textual') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    done = subprocess.run([sys.executable, "-c", program, str(store)], capture_output=True, text=True, env=environment)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
