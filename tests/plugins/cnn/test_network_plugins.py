"""The methods over trained networks conform, describe themselves without anything heavy, and share their models."""

from __future__ import annotations

import importlib

import pytest

from revsearch_tui.api import MethodInfo, ModelFile
from revsearch_tui.api.testing import check_plugin
from revsearch_tui.core.models.model_store import get_model
from revsearch_tui.core.models.offered import load_model, shipped_models
from tests.support.tiny_network import store_network

METHODS = {
    "revsearch_cnn.plugin": "cnn",
    "revsearch_inception.plugin": "inception",
    "revsearch_efficientnet.plugin": "efficientnet",
}
TRAINED = ("cnn", "inception")


def methods(module: str) -> list[MethodInfo]:
    found: list[MethodInfo] = importlib.import_module(module).revsearch_methods()
    return found


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    folder = tmp_path_factory.mktemp("models")
    store_network(folder, "colours")
    return get_model(folder, "colours")


@pytest.mark.parametrize(("module", "name"), METHODS.items())
def test_the_plugin_conforms(module: str, name: str, model: ModelFile) -> None:
    models = {name: model, f"{name}-softmax": model}
    # What else there is fits the network that ships, and no other.
    models |= {info.name: load_model(shipped_models(info)[0]) for info in methods(module)[2:]}
    results = check_plugin(importlib.import_module(module), models=models, strict=True)
    assert {result.outcome for result in results} <= {"passed", "not applicable"}
    explaining = {result.subject for result in results if result.check == "explaining" and result.outcome == "passed"}
    assert explaining == {info.name for info in methods(module)}


@pytest.mark.parametrize(("module", "name"), METHODS.items())
def test_both_methods_run_with_the_models_of_one(module: str, name: str) -> None:
    embedding, classes, *_ = methods(module)
    assert (embedding.name, embedding.shape) == (name, "vector")
    assert (classes.name, classes.shape) == (f"{name}-softmax", "classifier")
    assert embedding.models_of == classes.models_of == name
    assert embedding.shipped == classes.shipped
    assert bool(embedding.trainer) is (name in TRAINED) and not classes.trainer, "at most one of them trains"


def test_a_methods_options_change_no_embedding() -> None:
    for module in METHODS:
        assert all(option.stage == "search" for info in methods(module) for option in info.options)
