"""Every plugin that ships passes the conformance kit it recommends to others."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from importlib.metadata import entry_points

import pytest

from revsearch_tui.api import MethodInfo, ModelFile
from revsearch_tui.api.testing import CHECK_NAMES, ConformanceWarning, check_plugin
from tests.support.tiny_network import store_network
from tests.support.tiny_onnx import write_tiny_onnx
from tests.support.tiny_svm import assembled

NETWORK_METHODS = tuple(
    f"{network}{suffix}" for network in ("cnn", "inception", "efficientnet") for suffix in ("", "-softmax")
)

os.environ["ORT_DISABLE_TELEMETRY"] = "1"


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelFile]:
    """A real ONNX encoder, registered as a user would."""
    from revsearch_tui.core.models.model_store import add_model, get_model
    from revsearch_tui.core.models.trial import vector_check
    from revsearch_tui.core.plugins.registry import Registry

    folder = tmp_path_factory.mktemp("models")
    file = write_tiny_onnx(folder / "tiny.onnx")
    info = next(row.info for row in Registry().methods() if row.name == "onnx")
    add_model(folder / "store", file, check=vector_check(info))
    yield get_model(folder / "store", "tiny")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """A real trained network, stored as training leaves one."""
    from revsearch_tui.core.models.model_store import get_model

    folder = tmp_path_factory.mktemp("networks")
    store_network(folder, "colours")
    return get_model(folder, "colours")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """A support vector machine in a folder of its own."""
    folder = tmp_path_factory.mktemp("machine")
    assembled().save(folder)
    return ModelFile("shapes", folder, "0" * 64)


@pytest.fixture(scope="module")
def general() -> ModelFile:
    """The network that ships for pictures of all kinds, which `copies` cannot do without."""
    from revsearch_efficientnet.plugin import COPIES

    from revsearch_tui.core.models.offered import load_model, shipped_models

    return load_model(shipped_models(COPIES)[0])


def shipped() -> list[str]:
    return sorted(
        entry.value
        for entry in entry_points(group="revsearch")
        if entry.dist is not None and entry.dist.name == "revsearch-tui"
    )


@pytest.mark.parametrize("module", shipped())
def test_a_shipped_plugin_conforms(
    module: str, tiny_model: ModelFile, network: ModelFile, machine: ModelFile, general: ModelFile
) -> None:
    models = {"onnx": tiny_model, "svm": machine, "copies": general} | dict.fromkeys(NETWORK_METHODS, network)
    results = check_plugin(importlib.import_module(module), models=models, strict=True)
    assert {result.outcome for result in results} <= {"passed", "not applicable"}


def test_the_shipped_plugins_offer_the_methods_they_are_known_for() -> None:
    offered = {info.name for module in shipped() for info in _methods(module)}
    assert {"phash", "sift", "xfeat", "svm", "onnx", "copies", *NETWORK_METHODS} <= offered


def _methods(module: str) -> list[MethodInfo]:
    hook = getattr(importlib.import_module(module), "revsearch_methods", list)
    return list(hook())


def test_a_method_that_needs_a_model_is_skipped_without_one() -> None:
    with pytest.warns(ConformanceWarning, match="onnx: all: not tried: needs a model, and none was given"):
        results = check_plugin(importlib.import_module("revsearch_onnx.plugin"))
    assert [(r.subject, r.reason) for r in results if r.check == "all"] == [
        ("onnx", "needs a model, and none was given")
    ]
    assert not {r.check for r in results} & set(CHECK_NAMES)
