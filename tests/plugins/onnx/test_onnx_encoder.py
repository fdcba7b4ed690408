"""The method `onnx` gives the numbers the model gives, and a sentence where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from revsearch_onnx.encoder import OnnxEncoder
from revsearch_onnx.plugin import revsearch_methods

from revsearch_tui.api import MethodUnavailableError, ModelError, ModelFile, NullControl
from revsearch_tui.core.models.model_store import add_model, get_model
from revsearch_tui.core.models.trial import vector_check

Make = Callable[..., Path]
INFO = revsearch_methods()[0]
PLAIN = {"range": [0, 1], "normalise": False}


def loaded(file: Path, settings: dict[str, Any], facts: dict[str, Any] | None = None, **options: Any) -> OnnxEncoder:
    manifest = {"main": file.name, "settings": settings, "facts": facts or {}}
    method = OnnxEncoder({**INFO.defaults(), **options}, ModelFile("net", file.parent, "", manifest))
    method.load(NullControl())
    return method


def pictures(count: int, height: int = 8, width: int = 8) -> list[np.ndarray]:
    return list(np.random.default_rng(1).integers(0, 256, (count, height, width, 3), dtype=np.uint8))


def test_planes_come_in_the_order_red_green_blue(make: Make, tmp_path: Path) -> None:
    (picture,) = pictures(1)
    method = loaded(make(tmp_path / "net.onnx"), PLAIN)
    assert method.dim == 192
    expected = picture.transpose(2, 0, 1).reshape(1, -1) / 255
    np.testing.assert_allclose(method.embed([picture]), expected, rtol=1e-6)


def test_channels_can_be_reversed_and_scaled_each(make: Make, tmp_path: Path) -> None:
    (picture,) = pictures(1)
    settings = {"mean": [0.1, 0.2, 0.3], "std": [0.5, 0.6, 0.7], "channels": "BGR", "normalise": False}
    expected = (picture[:, :, ::-1] / 255 - [0.1, 0.2, 0.3]) / [0.5, 0.6, 0.7]
    vector = loaded(make(tmp_path / "net.onnx"), settings).embed([picture])
    np.testing.assert_allclose(vector[0], expected.transpose(2, 0, 1).ravel(), rtol=1e-5, atol=1e-6)


def test_the_heat_is_where_a_registered_model_finds_the_candidate_like_the_query(make: Make, tmp_path: Path) -> None:
    query = np.zeros((8, 8, 3), np.uint8)
    query[:4, :4] = 250
    candidate = query.copy()
    candidate[6:, 6:] = 40
    heat = loaded(make(tmp_path / "net.onnx"), PLAIN).explain(query, candidate)
    row, column = np.unravel_index(heat.values.argmax(), heat.values.shape)
    assert row < 4 and column < 4, "light and dark are where the query has them"
    assert 0 < heat.most < 1 and heat.classes is None


def test_a_model_with_channels_last_is_fed_so(make: Make, tmp_path: Path) -> None:
    (picture,) = pictures(1, 6, 10)
    method = loaded(make(tmp_path / "net.onnx", shape=("N", 6, 10, 3)), PLAIN)
    np.testing.assert_allclose(method.embed([picture])[0], picture.ravel() / 255, rtol=1e-6)


def test_a_model_of_bytes_gets_the_pixels_as_they_are(make: Make, tmp_path: Path) -> None:
    nodes = [("Cast", ["image"], ["f"], {"to": 1}), ("Flatten", ["f"], ["vector"], {"axis": 1})]
    file = make(tmp_path / "net.onnx", dtype=np.uint8, nodes=nodes)
    (picture,) = pictures(1)
    np.testing.assert_array_equal(
        loaded(file, {"normalise": False}).embed([picture])[0], picture.transpose(2, 0, 1).ravel()
    )
    with pytest.raises(ModelError, match="takes uint8"):
        loaded(file, PLAIN)


def test_a_model_of_half_floats_works(make: Make, tmp_path: Path) -> None:
    method = loaded(make(tmp_path / "net.onnx", dtype=np.float16), PLAIN)
    vector = method.embed(pictures(1))
    assert vector.dtype == np.float32 and vector.max() > 0.9


def test_vectors_have_length_one_by_default_and_a_zero_vector_stays_zero(make: Make, tmp_path: Path) -> None:
    method = loaded(make(tmp_path / "net.onnx"), {"range": [0, 1]})
    vectors = method.embed([*pictures(3), np.zeros((8, 8, 3), np.uint8)])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0], rtol=1e-6)


def test_a_vector_does_not_depend_on_its_batch(make: Make, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    constants = {"w": rng.normal(size=(16, 3, 3, 3)).astype(np.float32)}
    nodes = [
        ("Conv", ["image", "w"], ["c"], {"pads": [1, 1, 1, 1]}),
        ("Relu", ["c"], ["r"], {}),
        ("GlobalAveragePool", ["r"], ["vector"], {}),
    ]
    file = make(tmp_path / "net.onnx", nodes=nodes, constants=constants, shape=("N", 3, "H", "W"))
    many = pictures(11, 40, 30)
    settings = {"range": [-1, 1], "size": 24}
    together = loaded(file, settings, batch=4).embed(many)
    alone = np.concatenate([loaded(file, settings, batch=1).embed([picture]) for picture in many])
    assert together.shape == (11, 16)
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_model_of_a_fixed_batch_is_fed_in_such_batches(make: Make, tmp_path: Path) -> None:
    many = pictures(7)
    fixed = loaded(make(tmp_path / "fixed.onnx", shape=(3, 3, 8, 8)), PLAIN).embed(many)
    free = loaded(make(tmp_path / "free.onnx"), PLAIN).embed(many)
    np.testing.assert_array_equal(fixed, free)


def test_a_model_that_mixes_its_batch_is_given_one_picture_at_a_time(make: Make, tmp_path: Path) -> None:
    nodes = [
        ("ReduceMax", ["image"], ["top"], {"axes": [0, 1, 2, 3], "keepdims": 1}),
        ("Div", ["image", "top"], ["d"], {}),
        ("Flatten", ["d"], ["vector"], {"axis": 1}),
    ]
    file = make(tmp_path / "net.onnx", nodes=nodes)
    file.with_suffix(".json").write_text('{"range": [0, 1], "normalise": false}')
    record = add_model(tmp_path / "models", file, check=vector_check(INFO))
    assert record.facts == {"dim": 192, "alone": True}
    method = OnnxEncoder(INFO.defaults(), get_model(tmp_path / "models", record.name))
    method.load(NullControl())
    dark, light = np.full((8, 8, 3), 10, np.uint8), np.full((8, 8, 3), 250, np.uint8)
    np.testing.assert_array_equal(method.embed([dark, light])[0], method.embed([dark])[0])


def test_no_pictures_give_no_vectors(make: Make, tmp_path: Path) -> None:
    assert loaded(make(tmp_path / "net.onnx"), PLAIN).embed([]).shape == (0, 192)


def test_numbers_that_are_none_are_an_error(make: Make, tmp_path: Path) -> None:
    file = make(tmp_path / "net.onnx", nodes=[("Log", ["image"], ["l"], {}), ("Flatten", ["l"], ["vector"], {})])
    method = loaded(file, PLAIN)
    with pytest.raises(ModelError, match="NaN or infinity for 1 of 2 pictures"):
        method.embed([np.full((8, 8, 3), 9, np.uint8), np.zeros((8, 8, 3), np.uint8)])


def test_the_output_to_use_is_named_or_found(make: Make, tmp_path: Path) -> None:
    two = [("Flatten", ["image"], ["flat"], {}), ("GlobalAveragePool", ["image"], ["mean"], {})]
    file = make(tmp_path / "two.onnx", nodes=two, outputs=("flat", "mean"))
    assert loaded(file, {**PLAIN, "output": "mean"}).dim == 3
    with pytest.raises(ModelError, match=r"2 outputs \(flat, mean\).*'output'"):
        loaded(file, PLAIN)
    with pytest.raises(ModelError, match="no output 'embedding'; it has: flat, mean"):
        loaded(file, {**PLAIN, "output": "embedding"})
    named = [("Flatten", ["image"], ["flat"], {}), ("GlobalAveragePool", ["image"], ["embedding"], {})]
    assert loaded(make(tmp_path / "named.onnx", nodes=named, outputs=("flat", "embedding")), PLAIN).dim == 3


def test_an_output_that_is_no_vector_is_refused(make: Make, tmp_path: Path) -> None:
    file = make(tmp_path / "map.onnx", nodes=[("Relu", ["image"], ["vector"], {})])
    with pytest.raises(ModelError, match="not one vector a picture"):
        loaded(file, PLAIN)
    file = make(tmp_path / "sum.onnx", nodes=[("ReduceSum", ["image"], ["vector"], {"keepdims": 0})])
    with pytest.raises(ModelError, match="not one vector a picture"):
        loaded(file, PLAIN)
    file = make(
        tmp_path / "int.onnx",
        nodes=[("Flatten", ["image"], ["f"], {}), ("Cast", ["f"], ["vector"], {"to": 7})],
    )
    with pytest.raises(ModelError, match="int64, not a vector"):
        loaded(file, PLAIN)


@pytest.mark.parametrize(
    ("shape", "settings", "words"),
    [
        (("N", 3, 8, 8), {}, "needs a manifest that tells how pixels are scaled"),
        (("N", 3, 8, 8), {"range": [0, 1], "size": 16}, "8 x 8 .*manifest says 16 x 16"),
        (("N", 3, "H", "W"), {"range": [0, 1]}, "any size: tell one with 'size'"),
        (("N", 1, 8, 8), {"range": [0, 1]}, "not a batch of colour pictures"),
        (("N", 192), {"range": [0, 1]}, "not a batch of colour pictures"),
        (("N", 3, 8, 8), {"range": [0, 1], "layout": "NHWC"}, r"not a batch of colour pictures \(NHWC\)"),
        (("N", 3, 8, 8), {"range": [0, 1], "input": "pixels"}, "no input 'pixels'; it has: image"),
        (("N", 3, 8, 8), {"range": [0, 1], "resize_to": 4}, "less than the crop"),
        (("N", 3, 8, 8), {"range": [0, 1], "sise": 8}, "is 'size' meant"),
    ],
)
def test_model_and_manifest_must_agree(
    make: Make, tmp_path: Path, shape: tuple[Any, ...], settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelError, match=words) as raised:
        loaded(make(tmp_path / "net.onnx", shape=shape), settings)
    assert "net" in str(raised.value) and "\n" not in str(raised.value)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path, make: Make) -> None:
    for name, content in (("text.onnx", b"hello " * 99), ("empty.onnx", b""), ("cut.onnx", None)):
        file = tmp_path / name
        file.write_bytes(make(tmp_path / "whole.onnx").read_bytes()[:-20] if content is None else content)
        with pytest.raises(ModelError, match=f"{name} is not an ONNX model, or it is damaged") as raised:
            loaded(file, PLAIN)
        assert raised.value.exit_code == 4
    with pytest.raises(ModelError, match="there is no model file"):
        loaded(tmp_path / "nothing.onnx", PLAIN)


def test_an_operator_nobody_knows_is_refused(make: Make, tmp_path: Path) -> None:
    file = make(tmp_path / "net.onnx", nodes=[("Flattenize", ["image"], ["vector"], {})])
    with pytest.raises(ModelError, match=r"cannot run .*net\.onnx"):
        loaded(file, PLAIN)


def scaled_by_weights(make: Make, path: Path, location: str) -> Path:
    nodes = [("Flatten", ["image"], ["f"], {}), ("MatMul", ["f", "w"], ["vector"], {})]
    weights = np.random.default_rng(0).normal(size=(192, 5)).astype(np.float32)
    file = make(path, nodes=nodes, constants={"w": weights}, external=location)
    file.with_suffix(".json").write_text('{"range": [0, 1]}')
    return file


def test_weights_in_a_file_beside_the_model_are_used(make: Make, tmp_path: Path) -> None:
    file = scaled_by_weights(make, tmp_path / "net.onnx", "net.onnx.data")
    record = add_model(tmp_path / "models", file, check=vector_check(INFO))
    assert record.facts["dim"] == 5 and len(record.files) == 2


def test_weights_in_a_file_of_another_name_are_asked_for(make: Make, tmp_path: Path) -> None:
    file = scaled_by_weights(make, tmp_path / "net.onnx", "weights.bin")
    with pytest.raises(ModelError, match="keeps its weights in another file"):
        add_model(tmp_path / "models", file, check=vector_check(INFO))


def test_a_model_cannot_read_files_outside_its_folder(make: Make, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    file = scaled_by_weights(make, tmp_path / "net.onnx", "weights.bin")
    model = onnx.load(file, load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = "../weights.bin"
    (tmp_path / "inner").mkdir()
    inner = tmp_path / "inner" / "net.onnx"
    inner.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="keeps its weights in another file"):
        loaded(inner, PLAIN)


def test_a_missing_gpu_is_told_and_auto_goes_on_without(make: Make, tmp_path: Path) -> None:
    from revsearch_onnx.session import cuda_state

    file = make(tmp_path / "net.onnx")
    assert loaded(file, PLAIN, device="auto").embed(pictures(1)).shape == (1, 192)
    if cuda_state() != "none":
        pytest.skip("there is a GPU here")
    with pytest.raises(MethodUnavailableError, match="no GPU that onnxruntime can use: choose device cpu or auto"):
        loaded(file, PLAIN, device="cuda")


def test_a_method_without_a_model_tells_how_to_get_one() -> None:
    with pytest.raises(ModelError, match="revsearch models add FILE"):
        OnnxEncoder(INFO.defaults(), None)


def test_a_closed_method_is_not_used_again(make: Make, tmp_path: Path) -> None:
    method = loaded(make(tmp_path / "net.onnx"), PLAIN)
    method.close()
    with pytest.raises(MethodUnavailableError, match="not loaded"):
        method.embed(pictures(1))


def test_options_do_not_change_the_index_key() -> None:
    assert {option.stage for option in INFO.options} == {"search"}


def run_child(program: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry), **more}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, env=environment)


def test_describing_the_method_imports_nothing_heavy() -> None:
    program = (
        "import sys, revsearch_onnx.plugin as p; p.revsearch_methods();"
        "print([m for m in ('numpy', 'cv2', 'onnxruntime') if m in sys.modules])"
    )
    assert run_child(program).stdout.strip() == "[]"


def test_running_a_model_prints_nothing_and_writes_nothing_into_the_home(make: Make, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    program = (
        "import sys, numpy as np; from pathlib import Path; from revsearch_onnx.session import open_session;"
        "s = open_session(Path(sys.argv[1])); s.run(None, {'image': np.zeros((1, 3, 8, 8), np.float32)})"
    )
    done = run_child(program, str(make(tmp_path / "net.onnx")), HOME=str(home), XDG_CACHE_HOME=str(home / "cache"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(home.rglob("*")) == []


def test_only_the_session_module_imports_onnxruntime() -> None:
    folder = Path(__file__).resolve().parents[3] / "plugins"
    importers = {path.name for path in folder.rglob("*.py") if "import onnxruntime" in path.read_text()}
    assert importers == {"session.py"}
