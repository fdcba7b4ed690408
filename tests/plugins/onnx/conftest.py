"""Tiny real ONNX models, made on the spot."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def make_onnx(
    path: Path,
    *,
    shape: tuple[Any, ...] = ("N", 3, 8, 8),
    nodes: list[tuple[str, list[str], list[str], dict[str, Any]]] | None = None,
    outputs: tuple[str, ...] = ("vector",),
    dtype: Any = np.float32,
    constants: dict[str, np.ndarray] | None = None,
    external: str | None = None,
) -> Path:
    """A model file with the input `image`. Without `nodes` the vector is every input value, in order."""
    onnx = pytest.importorskip("onnx")
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    nodes = nodes or [("Flatten", ["image"], ["vector"], {"axis": 1})]
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = helper.make_graph(
        [helper.make_node(op, inputs, names, **attributes) for op, inputs, names, attributes in nodes],
        "tiny",
        [helper.make_tensor_value_info("image", kind, list(shape))],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    model = onnx.shape_inference.infer_shapes(model)
    if external:
        onnx.save_model(
            model, path, save_as_external_data=True, all_tensors_to_one_file=True, location=external, size_threshold=0
        )
    else:
        onnx.save_model(model, path)
    return path


@pytest.fixture
def make() -> Callable[..., Path]:
    return make_onnx
