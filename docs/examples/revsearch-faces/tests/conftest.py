"""Tiny networks with the inputs and outputs of YuNet and SFace, for which a face is whatever is red."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from revsearch_tui.api import ModelFile

_OUTPUTS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks")
    _write(folder / "recognizer.onnx", *_recognizer())
    _write(folder / "detector.onnx", *_detector())
    return folder


@pytest.fixture(autouse=True)
def named(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACES_DETECTOR", str(files / "detector.onnx"))


@pytest.fixture
def model(files: Path, tmp_path: Path) -> ModelFile:
    (tmp_path / "recognizer.onnx").write_bytes((files / "recognizer.onnx").read_bytes())
    return ModelFile("tiny", tmp_path, "0" * 64, {"main": "recognizer.onnx"})


def _write(
    file: Path, nodes: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any], arrays: dict[str, Any]
) -> None:
    stored = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, stored)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)


def _recognizer() -> tuple[Any, ...]:
    weights = np.random.default_rng(0).normal(size=(48, 128)).astype(np.float32)
    nodes = [
        helper.make_node("AveragePool", ["data"], ["means"], kernel_shape=[28, 28], strides=[28, 28]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["fc1"]),
    ]
    given = [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 112, 112])]
    return nodes, given, [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, 128])], {"weights": weights}


def _detector() -> tuple[Any, ...]:
    """A field of 32 pixels is a face of 64, as surely as it is redder than blue and green together."""
    nodes: list[Any] = []
    arrays: dict[str, Any] = {}
    for stride in (8, 16, 32):
        nodes.append(
            helper.make_node(
                "AveragePool", ["input"], [f"mean{stride}"], kernel_shape=[stride] * 2, strides=[stride] * 2
            )
        )
        for name, channels in _OUTPUTS.items():
            weights = np.zeros((channels, 3, 1, 1), np.float32)
            if (name, stride) == ("cls", 32):
                weights[0, :, 0, 0] = np.array([-1, -1, 1]) / 255  # blue, green, red
            biases = {
                "cls": [0],
                "obj": [1],
                "bbox": [0.5, 0.5, np.log(2), np.log(2)],
                "kps": [0.2, 0.3, 0.8, 0.3, 0.5, 0.5, 0.3, 0.8, 0.7, 0.8],
            }
            key = f"{name}_{stride}"
            arrays |= {f"{key}_w": weights, f"{key}_b": np.array(biases[name], np.float32)}
            arrays[f"{key}_shape"] = np.array([1, -1, channels], np.int64)
            nodes += [
                helper.make_node("Conv", [f"mean{stride}", f"{key}_w", f"{key}_b"], [f"{key}_map"]),
                helper.make_node("Transpose", [f"{key}_map"], [f"{key}_rows"], perm=[0, 2, 3, 1]),
                helper.make_node("Reshape", [f"{key}_rows", f"{key}_shape"], [key]),
            ]
    outputs = [
        helper.make_tensor_value_info(f"{name}_{stride}", TensorProto.FLOAT, [1, None, channels])
        for name, channels in _OUTPUTS.items()
        for stride in (8, 16, 32)
    ]
    return nodes, [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "high", "wide"])], outputs, arrays
