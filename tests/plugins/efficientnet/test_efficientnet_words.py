"""Words that the shipped network's classes stand for, and the last layer that makes directions of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from revsearch_efficientnet.methods import EfficientNetClasses, EfficientNetEmbedding
from revsearch_efficientnet.plugin import revsearch_methods
from revsearch_efficientnet.words import ClassWords
from revsearch_onnx.last_layer import read_last_layer

from revsearch_tui.api import ModelError, ModelFile, NullControl
from revsearch_tui.core.models.model_store import get_model
from revsearch_tui.core.models.offered import load_model, shipped_models
from tests.support.tiny_network import CLASSES, DIM, store_network

INFO = revsearch_methods()[0]


@pytest.fixture(scope="module")
def model() -> ModelFile:
    return load_model(shipped_models(INFO)[0])


@pytest.fixture(scope="module")
def words(model: ModelFile) -> ClassWords:
    return ClassWords(model.manifest["settings"]["classes"])


def taken_for(words: ClassWords, model: ModelFile, text: str) -> list[str]:
    weights, classes = words.weights(text), model.manifest["settings"]["classes"]
    return [classes[number] for number in np.argsort(-weights, kind="stable") if weights[number] > 0]


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("elephant", {"Indian elephant", "African elephant"}),
        ("Elephants!", {"Indian elephant", "African elephant"}),
        ("a photo of geese", {"goose"}),
        ("polar bear", {"ice bear"}),  # another name of it
        ("polar bears", {"ice bear"}),
        ("red wine", {"red wine"}),
        ("bus", {"minibus", "school bus", "trolleybus"}),
        ("mountain", {"alp", "volcano"}),
    ],
)
def test_names_of_classes_and_of_what_is_above_them_mean_these_classes(
    words: ClassWords, model: ModelFile, text: str, classes: set[str]
) -> None:
    assert set(taken_for(words, model, text)) == classes
    assert words.weights(text).sum() == pytest.approx(1)


def test_a_kind_of_many_classes_means_all_of_them_alike(words: ClassWords) -> None:
    weights = words.weights("dog")
    assert np.count_nonzero(weights) == 118
    assert weights.max() == pytest.approx(weights[weights > 0].min())


@pytest.mark.parametrize(("text", "one_of_them"), [("sea", "seashore"), ("beach", "sandbar"), ("baby", "cradle")])
def test_what_is_no_class_means_what_is_described_alike(
    words: ClassWords, model: ModelFile, text: str, one_of_them: str
) -> None:
    assert one_of_them in taken_for(words, model, text)


def test_names_count_more_than_other_words(words: ClassWords, model: ModelFile) -> None:
    assert set(taken_for(words, model, "snowy mountain")[:2]) == {"alp", "volcano"}


@pytest.mark.parametrize("text", ["", "the of", "xyzzy", "zwölf", "?!", "a picture of an entity"])
def test_what_says_nothing_means_no_class(words: ClassWords, text: str) -> None:
    assert not words.weights(text).any()


def test_a_model_of_other_classes_is_asked_by_their_names() -> None:
    words = ClassWords(["Tom's cat", "red_bus", "bus stop"])
    assert words.weights("buses").tolist() == [0, 0.5, 0.5]
    assert words.weights("red bus").tolist() == [0, 1, 0]
    assert words.weights("cat").tolist() == [1, 0, 0]


def test_the_last_layer_is_read_from_the_file_that_ships(model: ModelFile) -> None:
    onnx = pytest.importorskip("onnx")
    layer = read_last_layer(model.folder / "network-int8.onnx", 1000, 1280)
    assert layer is not None
    stored = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for tensor in onnx.load(model.folder / "network-int8.onnx").graph.initializer
    }
    steps, scales = (stored[f"network._fc.weight.{part}"] for part in ("steps", "scales"))
    assert np.array_equal(layer.weights, steps.astype(np.float32) * scales)
    assert np.array_equal(layer.bias, stored["network._fc.bias"])


def test_a_file_that_is_cut_off_or_no_model_is_refused(model: ModelFile, tmp_path: Path) -> None:
    content = (model.folder / "network-int8.onnx").read_bytes()
    for number, part in enumerate((content[: len(content) // 2], b"\xff" * 100, b"nonsense")):
        file = tmp_path / f"{number}.onnx"
        file.write_bytes(part)
        with pytest.raises(ModelError, match="is not an ONNX model, or it is damaged"):
            read_last_layer(file, 1000, 1280)


def test_a_network_of_ones_own_takes_its_classes_for_words(tmp_path: Path) -> None:
    store_network(tmp_path, "colours", "efficientnet")
    embedding = EfficientNetEmbedding(INFO.defaults(), get_model(tmp_path, "colours"))
    embedding.load(NullControl())
    red, nothing = embedding.embed_text(["red", "elephant"])
    assert embedding.takes_text and red.shape == (DIM,)
    assert np.linalg.norm(red) == pytest.approx(1) and red[0] > 0 > red[2]
    assert not nothing.any()
    (name, _), *_ = embedding.names(red[None])
    assert name == CLASSES[0]
    embedding.close()
    classes = EfficientNetClasses(INFO.defaults(), get_model(tmp_path, "colours"))
    classes.load(NullControl())
    assert classes.embed_text(["red", "elephant"]).tolist() == [[1, 0, 0], [0, 0, 0]]
    classes.close()
