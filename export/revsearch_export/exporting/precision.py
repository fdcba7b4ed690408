"""Smaller and faster copies of an exported file: int8 for processors, float16 for GPUs."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from revsearch_onnx.session import onnxruntime

from revsearch_export.exporting.onnx_file import INPUT

if TYPE_CHECKING:
    import numpy.typing as npt

INT8, FLOAT16 = "network-int8.onnx", "network-fp16.onnx"
_CALIBRATION_BATCH = 32
_PIXELS_AT_ONCE = 512 * 32 * 32
"""How many pixels' activations lie in memory together while ranges are calibrated: some gigabytes."""
_PERCENTILE = 99.997
_FLOAT32 = ["Softmax", "LogSoftmax", "Pow", "Neg", "ReduceL2", "Div", "Clip"]
"""What stays float32 in the float16 file: what could overflow there, or lose the small differences that count."""

_STEEPNESS = 1.75
"""Of the sigmoid: off by 0.016 at most, where the 1.702 of the source is off by 0.020."""
_SCALE, _ZERO = "sigmoid.scale", "sigmoid.zero_point"


def write_int8(reference: Path, pictures: npt.NDArray[np.uint8]) -> Path:
    """Write the int8 file beside the float32 one: statically quantised, its ranges calibrated on these pictures,
    (n, 3, side, side), which should be training pictures.

    Weights keep 7 bits, since processors without VNNI saturate on products of 8. Activations are cut off at the
    percentile 99.997 of their values; ReLU6 becomes part of these ranges. The first convolution, which sees the pixels,
    and the layers after the last one stay float32: to quantise them cost more accuracy than it saved time. GELU between
    quantised layers is computed on 8 bits, too: see `gelu_in_int8`."""
    quantization = _tools("quantization")
    target = reference.with_name(INT8)

    batches, at_once = _in_batches(pictures)

    class _Pictures(quantization.CalibrationDataReader):  # type: ignore[misc, name-defined]
        def __len__(self) -> int:
            return len(batches)

        def set_range(self, start_index: int, end_index: int) -> None:
            self._asked = iter(batches[start_index:end_index])

        def get_next(self) -> dict[str, Any] | None:
            batch = next(self._asked, None)
            return None if batch is None else {INPUT: batch.astype(np.float32)}

    with tempfile.TemporaryDirectory(dir=reference.parent) as scratch, _silence():
        prepared = Path(scratch) / "prepared.onnx"
        _tools("quantization.shape_inference").quant_pre_process(
            str(reference), str(prepared), skip_symbolic_shape=True
        )
        quantization.quantize_static(
            str(prepared),
            str(target),
            _Pictures(),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "MaxPool", "Add", "Clip"],
            nodes_to_exclude=_kept_in_float32(prepared),
            per_channel=True,
            reduce_range=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            calibrate_method=quantization.CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": _PERCENTILE, "CalibStridedMinMax": at_once},
        )
    gelu_in_int8(target)
    return target


def write_float16(reference: Path) -> Path:
    """Write the float16 file beside the float32 one; inputs and outputs stay float32."""
    import onnx

    with _silence():
        smaller = _tools("transformers.float16").convert_float_to_float16(
            onnx.load(str(reference)),
            keep_io_types=True,
            op_block_list=_FLOAT32,
        )
    target = reference.with_name(FLOAT16)
    target.write_bytes(smaller.SerializeToString())
    return target


def _kept_in_float32(model: Path) -> list[str]:
    """The first convolution, wherever it is used (a network that looks at both sides uses it twice), and additions
    that do not end a convolution."""
    import onnx

    nodes = onnx.load(str(model)).graph.node
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    convolved = {output for node in convolutions for output in node.output}
    return [node.name for node in convolutions if node.input[1] == convolutions[0].input[1]] + [
        node.name for node in nodes if node.op_type == "Add" and not convolved.intersection(node.input)
    ]


def _in_batches(pictures: npt.NDArray[np.uint8]) -> tuple[list[npt.NDArray[np.uint8]], int]:
    """Batches all of one size, as the calibration by percentile wants them (a few pictures at the end may be left out),
    and how many of them to hold the activations of together: a number that divides theirs."""
    held = max(1, _PIXELS_AT_ONCE // pictures[0, 0].size)
    size = min(_CALIBRATION_BATCH, len(pictures), held)
    batches = [pictures[start : start + size] for start in range(0, len(pictures) - size + 1, size)]
    return batches, max(
        count for count in range(1, len(batches) + 1) if len(batches) % count == 0 and count * size <= held
    )


def _tools(name: str) -> Any:
    onnxruntime()  # first, so that it starts without telemetry
    return importlib.import_module(f"onnxruntime.{name}")


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """The tools warn through the root logger of what does not matter here, and print their progress to stdout."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(before)


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


def matrices_in_int8(file: Path) -> None:
    """Store the float32 matrix of every fully connected layer of a file in 8 bits, with a scale for each output. It
    becomes float32 again when the file is opened (onnxruntime folds constants), so that only the file is smaller."""
    import onnx

    model = onnx.load(str(file))
    graph = model.graph
    stored = {constant.name: constant for constant in graph.initializer}
    nodes: list[Any] = []
    for node in graph.node:
        matrix = stored.get(node.input[1]) if node.op_type == "Gemm" else None
        if matrix is None or matrix.data_type != onnx.TensorProto.FLOAT:
            continue
        name = matrix.name
        values = onnx.numpy_helper.to_array(matrix)
        transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
        largest = np.abs(values).max(axis=1 if transposed else 0, keepdims=True)
        scales = np.maximum(largest / 127, np.finfo(np.float32).tiny).astype(np.float32)
        steps = np.rint(values / scales).astype(np.int8)
        graph.initializer.remove(matrix)
        graph.initializer.extend(
            [
                onnx.numpy_helper.from_array(steps, f"{name}.steps"),
                onnx.numpy_helper.from_array(scales, f"{name}.scales"),
            ]
        )
        nodes += [
            onnx.helper.make_node("Cast", [f"{name}.steps"], [f"{name}.whole"], to=onnx.TensorProto.FLOAT),
            onnx.helper.make_node("Mul", [f"{name}.whole", f"{name}.scales"], [name]),
        ]
    nodes += graph.node
    del graph.node[:]
    graph.node.extend(nodes)
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
