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

from revsearch_export.exporting.int8_gelu import gelu_in_int8
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


def write_int8(reference: Path, pictures: npt.NDArray[np.uint8]) -> Path:
    """Write the int8 file beside the float32 one: statically quantised, its ranges calibrated on these pictures,
    (n, 3, side, side), which should be training pictures.

    Weights keep 7 bits, since processors without VNNI saturate on products of 8. Activations are cut off at the
    percentile 99.997 of their values. The first convolution, which sees the pixels, and the layers after the last one
    stay float32: to quantise them cost more accuracy than it saved time. GELU between quantised layers is computed on
    8 bits, too: see `gelu_in_int8`."""
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
            op_types_to_quantize=["Conv", "MaxPool", "Add"],
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
