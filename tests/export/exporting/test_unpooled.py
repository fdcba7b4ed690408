"""Rows and columns that max-pooling drops are not computed, and nothing else changes."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from revsearch_export.exporting.onnx_file import drop_unpooled


def _model(
    side: int | str, *, pads: int = 1, stride: int = 1, window: int = 2, ceil: int = 0, seen: bool = False
) -> onnx.ModelProto:
    """A convolution of 3 x 3 and a max-pooling; `seen`: the convolution's output is asked for, too."""
    weight = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
    outputs = ["pooled", *(["convolved"] if seen else [])]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["convolved"], pads=[pads] * 4, strides=[stride] * 2),
            helper.make_node(
                "MaxPool", ["convolved"], ["pooled"], kernel_shape=[window] * 2, strides=[2, 2], ceil_mode=ceil
            ),
        ],
        "pooled",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, side, side])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(weight, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def _pooled(model: onnx.ModelProto, side: int) -> np.ndarray:
    pictures = np.random.default_rng(1).normal(size=(2, 3, side, side)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    answer: np.ndarray = session.run(["pooled"], {"x": pictures})[0]
    return answer


def _pads(model: onnx.ModelProto) -> list[int]:
    return next(list(entry.ints) for entry in model.graph.node[0].attribute if entry.name == "pads")


@pytest.mark.parametrize(
    "side, options, pads",
    [
        (15, {}, [1, 1, 0, 0]),
        (14, {}, [1, 1, 1, 1]),
        (15, {"window": 3}, [1, 1, 1, 1]),
        (16, {"window": 3}, [1, 1, 0, 0]),
        (17, {"pads": 0}, [0, 0, 0, 0]),
        (17, {"pads": 2}, [2, 2, 1, 1]),
        (15, {"ceil": 1}, [1, 1, 1, 1]),
        (13, {"stride": 2}, [1, 1, 1, 1]),
        (15, {"seen": True}, [1, 1, 1, 1]),
    ],
)
def test_padding_that_no_window_reaches_goes_and_the_output_stays(
    side: int, options: dict[str, int], pads: list[int]
) -> None:
    model = _model(side, **options)  # type: ignore[arg-type]
    before = _pooled(model, side)
    drop_unpooled(model)
    assert _pads(model) == pads
    np.testing.assert_allclose(_pooled(model, side), before, atol=1e-5)


def test_shapes_told_of_what_was_trimmed_are_forgotten() -> None:
    model = onnx.shape_inference.infer_shapes(_model(15))
    assert "convolved" in {value.name for value in model.graph.value_info}
    drop_unpooled(model)
    assert "convolved" not in {value.name for value in model.graph.value_info}
    onnx.checker.check_model(model, full_check=True)


def test_where_sides_may_change_nothing_is_trimmed() -> None:
    model = _model("any", window=3)
    drop_unpooled(model)
    assert _pads(model) == [1, 1, 1, 1]
