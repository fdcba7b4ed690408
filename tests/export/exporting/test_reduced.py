"""What the int8 file keeps in float32, what it computes in 8 bits, and how far that is from the network."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from revsearch_export.exporting import precision
from revsearch_export.exporting.onnx_file import REFERENCE, OnnxRunner, Scaling, export_network
from revsearch_export.exporting.precision import gelu_in_int8, write_int8
from revsearch_export.networks.layers import BothSides
from revsearch_export.networks.small import BestNetwork
from revsearch_onnx.session import open_session

from revsearch_tui.api import NullControl

SIDE = 24


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The float32 and the int8 file of a network that looks at both sides."""
    import torch

    folder = tmp_path_factory.mktemp("exported")
    torch.manual_seed(0)
    network = BothSides(BestNetwork(5, width=0.2).eval())
    export_network(
        network.eval(),
        folder,
        side=SIDE,
        classes=list("abcde"),
        scaling=Scaling((127.5,) * 3, (64.0,) * 3),
        control=NullControl(),
    )
    return folder / REFERENCE, write_int8(folder / REFERENCE, pictures(64))


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 3, SIDE, SIDE), dtype=np.uint8)


@pytest.mark.drill
def test_both_uses_of_the_first_convolution_stay_float32(exported: tuple[Path, Path]) -> None:
    nodes = onnx.load(str(exported[1])).graph.node
    made_by = {output: node.op_type for node in nodes for output in node.output}
    in_float32 = [node for node in nodes if node.op_type == "Conv" and node.input[1] not in made_by]
    assert len(in_float32) == 2
    assert len({node.input[1] for node in in_float32}) == 1
    assert sum(node.op_type == "Conv" for node in nodes) == 20


@pytest.mark.drill
def test_between_quantised_layers_no_gelu_is_left(exported: tuple[Path, Path]) -> None:
    nodes = onnx.load(str(exported[1])).graph.node
    kinds = [node.op_type for node in nodes]
    assert kinds.count("Sigmoid") == 16  # a side: ten, without the first and the one before the last pooling
    assert kinds.count("Gelu") == 4  # these two of each side


@pytest.mark.drill
def test_the_int8_file_says_nearly_what_the_float32_file_says(exported: tuple[Path, Path]) -> None:
    asked = pictures(40)
    (exact, _), (quantised, _) = (OnnxRunner(file).run(asked) for file in exported)
    assert (exact * quantised).sum(1).min() > 0.99


@pytest.mark.drill
def test_ranges_calibrated_a_few_pictures_at_a_time_are_nearly_the_same(
    exported: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "_PIXELS_AT_ONCE", 16 * SIDE * SIDE)
    copy = Path(shutil.copy(exported[0], tmp_path))
    asked = pictures(40)
    (whole, _), (parted, _) = (OnnxRunner(file).run(asked) for file in (exported[1], write_int8(copy, pictures(64))))
    assert not np.array_equal(whole, parted)
    assert (whole * parted).sum(1).min() > 0.99


@pytest.mark.parametrize("side, size, at_once", [(32, 32, 16), (64, 32, 4), (75, 32, 2), (96, 32, 1), (299, 5, 1)])
def test_so_many_activations_lie_in_memory_together_as_of_512_small_pictures(
    side: int, size: int, at_once: int
) -> None:
    batches, together = precision._in_batches(np.zeros((512, 3, side, side), np.uint8))
    assert {len(batch) for batch in batches} == {size}
    assert together == at_once
    assert len(batches) % together == 0


@pytest.mark.parametrize("low, high", [(-1.0, 1.0), (-8.0, 8.0), (-0.5, 30.0)])
def test_gelu_of_8_bits_is_off_by_the_approximation_and_the_steps(tmp_path: Path, low: float, high: float) -> None:
    file = _quantised_gelu(tmp_path / "gelu.onnx", low, high)
    exact = _run(file)
    gelu_in_int8(file)
    step = (high + 0.2) / 255
    assert not np.array_equal(_run(file), exact)
    assert np.abs(_run(file) - exact).max() < 0.016 + high / 510 + 1.5 * step


def test_a_gelu_of_float32_is_left_alone(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("Gelu", ["x"], ["y"])],
        "float",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])],
    )
    file = tmp_path / "float.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), str(file))
    before = file.read_bytes()
    gelu_in_int8(file)
    assert file.read_bytes() == before


def _quantised_gelu(file: Path, low: float, high: float) -> Path:
    """A file of one GELU between two quantised tensors, of values in these bounds."""
    scale = (high - low) / 255
    constants = {
        "in_scale": np.float32(scale),
        "in_zero": np.uint8(round(-low / scale)),
        "out_scale": np.float32((high + 0.2) / 255),
        "out_zero": np.uint8(round(0.2 / ((high + 0.2) / 255))),
    }
    graph = helper.make_graph(
        [
            helper.make_node("QuantizeLinear", ["x", "in_scale", "in_zero"], ["xq"]),
            helper.make_node("DequantizeLinear", ["xq", "in_scale", "in_zero"], ["xd"]),
            helper.make_node("Gelu", ["xd"], ["g"]),
            helper.make_node("QuantizeLinear", ["g", "out_scale", "out_zero"], ["gq"]),
            helper.make_node("DequantizeLinear", ["gq", "out_scale", "out_zero"], ["y"]),
        ],
        "gelu",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1001])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1001])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(model, str(file))
    return file


def _run(file: Path, low: float = -40.0, high: float = 40.0) -> np.ndarray:
    values = np.linspace(low, high, 1001, dtype=np.float32)
    answer: np.ndarray = open_session(file, "cpu").run(None, {"x": values})[0]
    return answer
