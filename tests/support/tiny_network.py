"""A real trained network of a few kilobytes: it tells which colour a picture has most of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import TrainedModel
from revsearch_tui.core.models.manifests import ModelRecord
from revsearch_tui.core.models.model_store import save_trained

CLASSES = ("mostly-red", "mostly-green", "mostly-blue")
SIDE = 8
DIM = 6


def write_network(
    file: Path,
    *,
    side: int = SIDE,
    classes: int = len(CLASSES),
    outputs: Sequence[str] = ("embedding", "probabilities"),
    input_name: str = "pictures",
    sharpness: float = 2.0,
) -> Path:
    """Mean colours of the upper and the lower half are the embedding; a softmax over the mean colour, the classes."""
    onnx = pytest.importorskip("onnx")
    helper, numpy_helper, kind = onnx.helper, onnx.numpy_helper, onnx.TensorProto.FLOAT
    weights = np.zeros((DIM, classes), np.float32)
    for channel in range(min(3, classes)):
        weights[2 * channel : 2 * channel + 2, channel] = sharpness
    constants = {
        "white": np.float32([255]),
        "halves": np.int64([0, 3, 2, -1]),
        "weights": weights,
        "last": np.int64([-1]),
        "two": np.int64([2]),
    }
    nodes = [
        helper.make_node("Div", [input_name, "white"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "halves"], ["parts"]),
        helper.make_node("ReduceMean", ["parts"], ["means"], axes=[3], keepdims=0),
        helper.make_node("Flatten", ["means"], ["flat"], axis=1),
        helper.make_node("LpNormalization", ["flat"], ["embedding"], axis=1, p=2),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(input_name, kind, ["N", 3, side, side])],
        [
            helper.make_tensor_value_info(output, kind, ["N", {"embedding": DIM, "probabilities": classes}[output]])
            for output in outputs
        ],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )
    onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)
    return file


def network_settings(**changes: Any) -> dict[str, Any]:
    """Settings as an exporter writes them."""
    settings = {
        "kind": "network",
        "side": SIDE,
        "resize": "stretch",
        "crop": 1.0,
        "dim": DIM,
        "classes": list(CLASSES),
        "files": {"reference": "network.onnx", "cpu": "network.onnx"},
    }
    return settings | changes


def store_network(
    models_folder: Path, name: str, method: str = "cnn", settings: Mapping[str, Any] | None = None, **graph: Any
) -> ModelRecord:
    """A stored model as `revsearch train` leaves one; `graph` goes to `write_network`."""

    def write(folder: Path) -> TrainedModel:
        write_network(folder / "network.onnx", **graph)
        return TrainedModel("network.onnx", network_settings(**(settings or {})), {"epochs": 1})

    return save_trained(models_folder, name, method, write)


def paint(red: int, green: int, blue: int, size: tuple[int, int] = (40, 30)) -> np.ndarray:
    """A picture (height, width, 3) of one colour, its lower half darker."""
    picture = np.full((size[1], size[0], 3), (red, green, blue), np.uint8)
    picture[size[1] // 2 :] //= 2
    return picture
