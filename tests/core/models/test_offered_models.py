"""Which model a method runs with: the user's own, or one that comes with its plugin."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from revsearch_tui.api import MethodUnavailableError, ModelError, UsageError
from revsearch_tui.core.methods.resolving import MethodChoice, choose_method, resolve_spec
from revsearch_tui.core.models.offered import offered_models, own_models, shipped_models
from revsearch_tui.core.plugins.registry import Registry
from tests.support.shipped import install_colour_net
from tests.support.tiny_network import store_network


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the model that `colour-net` ships."""
    folder = install_colour_net(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def choose(store: Path, spec: str, model: str | None = None) -> MethodChoice:
    registry = _registry(store)
    return choose_method(registry, store, spec, model=model)


def _registry(store: Path) -> Registry:
    return Registry(lambda info: bool(offered_models(store, info)))


def test_the_shipped_model_is_used_where_none_is_named(shipped: Path, store: Path) -> None:
    choice = choose(store, "colour-net")
    assert choice.model is not None and choice.model.folder == shipped
    assert choice.label == "colour-net"


def test_nothing_of_the_package_that_holds_a_model_is_imported(shipped: Path, store: Path) -> None:
    choose(store, "colour-net")
    assert "colour_net_models" not in sys.modules


def test_both_methods_run_with_the_same_models(shipped: Path, store: Path) -> None:
    store_network(store, "own", "colour-net")
    for method in ("colour-net", "colour-net-classes"):
        info = choose(store, method).info
        assert [(record.name, record.origin) for record in offered_models(store, info)] == [
            ("own", "own"),
            ("colours", "shipped"),
        ]
        assert choose(store, f"{method}:own").label == f"{method}:own"


def test_an_own_model_goes_before_a_shipped_one_of_its_name(shipped: Path, store: Path) -> None:
    record = store_network(store, "colours", "colour-net", sharpness=3)
    for choice in (choose(store, "colour-net"), choose(store, "colour-net:colours")):
        assert choice.model is not None and choice.model.folder == record.folder
        assert choice.label == "colour-net:colours", "the bare name is for the model that came with the method"


def test_a_model_is_named_after_the_colon_or_on_its_own(shipped: Path, store: Path) -> None:
    store_network(store, "own", "colour-net", sharpness=3)
    named = [choose(store, "colour-net:own"), choose(store, "colour-net", "own"), choose(store, "own")]
    assert len({choice.key for choice in named}) == 1
    assert choose(store, "colours").key == choose(store, "colour-net").key
    assert resolve_spec(_registry(store), store, "colours") == ("colour-net", "colours")


def test_the_key_follows_the_models_contents(shipped: Path, store: Path) -> None:
    store_network(store, "other", "colour-net", sharpness=3)
    same = store_network(store, "same", "colour-net")
    default = choose(store, "colour-net")
    assert choose(store, "colour-net:other").key != default.key
    assert same.sha256 == default.model.sha256 and choose(store, "colour-net:same").key == default.key  # type: ignore[union-attr]


def test_a_model_nobody_has_is_answered_with_the_nearest(shipped: Path, store: Path) -> None:
    with pytest.raises(MethodUnavailableError, match="has no model 'colour'; did you mean 'colours'"):
        choose(store, "colour-net:colour")


def test_models_of_one_method_are_not_offered_to_another(store: Path) -> None:
    store_network(store, "mine", "inception")
    store_network(store, "other", "cnn")
    with pytest.raises(MethodUnavailableError, match="the method 'cnn' has no model 'mine'"):
        choose(store, "cnn:mine")
    assert choose(store, "inception-softmax:mine").model is not None


def test_without_any_model_the_method_waits_for_one(store: Path) -> None:
    (row,) = [row for row in _registry(store).methods() if row.name == "inception-softmax"]
    assert row.state == "needs-model" and "revsearch train inception" in row.reason
    store_network(store, "mine", "inception")
    (row,) = [row for row in _registry(store).methods() if row.name == "inception-softmax"]
    assert row.state == "available"


def test_the_only_model_needs_no_name_and_several_do(store: Path) -> None:
    store_network(store, "first", "inception")
    assert choose(store, "inception-softmax").label == "inception-softmax:first"
    store_network(store, "second", "inception", sharpness=3)
    with pytest.raises(UsageError, match="say which: inception-softmax:first, inception-softmax:second"):
        choose(store, "inception-softmax")


def test_a_shipped_file_that_was_changed_is_not_used(shipped: Path, store: Path) -> None:
    file = shipped / "network.onnx"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(ModelError, match="was changed or is damaged: install the package that brings it again"):
        choose(store, "colour-net")


def test_a_shipped_manifest_that_is_damaged_is_a_listed_problem(shipped: Path, store: Path) -> None:
    info = choose(store, "colour-net").info
    (shipped / "manifest.json").write_text("{")
    (record,) = shipped_models(info)
    assert (record.name, record.origin) == ("colours", "shipped") and "is damaged" in record.problem
    with pytest.raises(ModelError, match="the manifest of the model 'colours' .* is damaged: install the package"):
        choose(store, "colour-net")


def test_an_own_manifest_that_is_damaged_is_said_when_its_model_is_named(shipped: Path, store: Path) -> None:
    record = store_network(store, "own", "colour-net")
    (record.folder / "manifest.json").write_text("{")
    with pytest.raises(ModelError, match="the manifest of the model 'own' .* is damaged: remove the model"):
        choose(store, "colour-net:own")
    assert own_models(store, choose(store, "colour-net").info) == []
