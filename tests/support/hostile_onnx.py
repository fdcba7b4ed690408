"""ONNX models that do not end, take all memory or give what are no numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
helper = onnx.helper
FLOAT, INT64, BOOL = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64, onnx.TensorProto.BOOL

Nodes = Sequence[Any]


def write(
    file: Path, nodes: Nodes, constants: dict[str, Any] | None = None, inputs: int = 1, dtype: int = FLOAT
) -> Path:
    """8 x 8 pixels in, `flat` of them for the nodes, their `vector` out."""
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["image"], ["flat"], axis=1), *nodes],
        "hostile",
        [helper.make_tensor_value_info(f"image{number or ''}", dtype, ["N", 3, 8, 8]) for number in range(inputs)],
        [helper.make_tensor_value_info("vector", dtype, None)],
        [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()],
    )
    onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)
    file.with_suffix(".json").write_text('{"range": [0, 1]}', encoding="utf-8")
    return file


def node(kind: str, *names: str, **attributes: Any) -> Any:
    """A node from all names but the last to the last."""
    return helper.make_node(kind, names[:-1], names[-1:], **attributes)


def endless(start: str) -> list[Any]:
    """`vector` is `start`, after it was taken over a number of times that nobody lives to see."""
    body = helper.make_graph(
        [node("Identity", "go", "on"), node("Cos", "before", "after")],
        "body",
        [helper.make_tensor_value_info(name, kind, []) for name, kind in (("n", INT64), ("go", BOOL))]
        + [helper.make_tensor_value_info("before", FLOAT, None)],
        [helper.make_tensor_value_info("on", BOOL, []), helper.make_tensor_value_info("after", FLOAT, None)],
    )
    return [helper.make_node("Loop", ["times", "", start], ["vector"], body=body)]


def in_the_run(file: Path) -> Path:
    return write(file, endless("flat"), {"times": np.int64(2**62)})


def in_the_opening(file: Path) -> Path:
    """The runtime works out beforehand what does not depend on the pictures."""
    fixed = {"times": np.int64(2**62), "start": np.ones((1, 5), np.float32)}
    return write(file, endless("start"), fixed)


def of_a_size(elements: int) -> Callable[[Path], Path]:
    nodes = [
        node("ConstantOfShape", "shape", "large"),
        node("ReduceMax", "large", "top", keepdims=0),
        node("Add", "flat", "top", "vector"),
    ]
    return lambda file: write(file, nodes, {"shape": np.array([elements], np.int64)})


def by(*nodes: Any, **constants: Any) -> Callable[[Path], Path]:
    return lambda file: write(file, nodes, constants)
