"""A real ONNX encoder of a few kilobytes, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest


def write_tiny_onnx(file: Path, seed: int = 0) -> Path:
    """8 x 8 pixels in, 12 numbers out, by a random matrix; its manifest lies beside it."""
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    weights = np.random.default_rng(seed).normal(size=(192, 12)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"], axis=1),
            helper.make_node("MatMul", ["flat", "weights"], ["vector"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["N", 3, 8, 8])],
        [helper.make_tensor_value_info("vector", onnx.TensorProto.FLOAT, ["N", 12])],
        [onnx.numpy_helper.from_array(weights, "weights")],
    )
    onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)
    file.with_suffix(".json").write_text(json.dumps({"range": [-1, 1]}), encoding="utf-8")
    return file
