"""Trained networks: checked when they are opened, shared between methods, one forward pass for both outputs."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from revsearch_onnx import occlusion
from revsearch_onnx.network import TrainedNetwork, acquire, open_networks, release
from revsearch_onnx.network_methods import NetworkClasses, NetworkEmbedding
from revsearch_onnx.pictures import prepare

from revsearch_tui.api import ClassBars, HeatMap, MethodUnavailableError, ModelError, ModelFile, NullControl
from revsearch_tui.core.models.model_store import get_model
from tests.support.tiny_network import CLASSES, DIM, network_settings, paint, store_network, write_network

OPTIONS = {"device": "cpu", "batch": 32}
RED, GREEN, BLUE = paint(220, 20, 30), paint(10, 200, 40), paint(20, 30, 210)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    folder = tmp_path_factory.mktemp("models")
    store_network(folder, "colours")
    return get_model(folder, "colours")


@pytest.fixture
def counted(model: ModelFile) -> Iterator[tuple[TrainedNetwork, list[int]]]:
    """The shared network of the model, and the sizes of the batches its session has run."""
    network = acquire(model, "cpu")
    session, sizes = network._session, []

    class Counting:
        def run(self, outputs: Any, inputs: Any) -> Any:
            sizes.append(len(inputs["pictures"]))
            return session.run(outputs, inputs)

    network._session = Counting()
    yield network, sizes
    release(network)


def test_one_pass_gives_embeddings_of_length_one_and_probabilities(model: ModelFile) -> None:
    embeddings, probabilities = TrainedNetwork(model, "cpu").run([RED, GREEN, BLUE])
    assert (embeddings.dtype, embeddings.shape) == (np.float32, (3, DIM))
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    assert probabilities.dtype == np.float32 and np.allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert [CLASSES[row] for row in probabilities.argmax(axis=1)] == list(CLASSES)


def test_what_comes_out_is_what_onnxruntime_makes_of_raw_pixels(model: ModelFile) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model.folder / "network.onnx"))
    pixels = prepare(RED, 8, "stretch").transpose(2, 0, 1)[None].astype(np.float32)
    embedding, probabilities = session.run(["embedding", "probabilities"], {"pictures": pixels})
    mine = TrainedNetwork(model, "cpu").run([RED])
    assert np.allclose(mine[0], embedding, atol=1e-6) and np.allclose(mine[1], probabilities, atol=1e-6)


def test_batches_of_any_size_give_the_same(model: ModelFile) -> None:
    pictures = [paint(red, 90, 255 - red) for red in range(0, 250, 25)]
    whole = TrainedNetwork(model, "cpu").run(pictures)
    parts = TrainedNetwork(model, "cpu").run(pictures, 3)
    assert all(np.allclose(one, other, atol=1e-6) for one, other in zip(whole, parts, strict=True))


def test_a_batch_is_run_in_parts_of_the_size_asked_for(counted: tuple[TrainedNetwork, list[int]]) -> None:
    network, sizes = counted
    network.run([paint(level, 0, 0) for level in range(7)], 3)
    assert sizes == [3, 3, 1]


def test_two_methods_over_one_model_run_it_once(model: ModelFile, counted: tuple[TrainedNetwork, list[int]]) -> None:
    _, sizes = counted
    embedding, classes = NetworkEmbedding(OPTIONS, model), NetworkClasses(OPTIONS, model)
    embedding.load(NullControl())
    classes.load(NullControl())
    pictures = [RED, GREEN, BLUE]
    embedding.embed(pictures)
    classes.predict(list(pictures))
    assert sizes == [3]
    classes.predict([GREEN, RED.copy()])
    assert sizes == [3, 1], "what is known is not run again, equal pixels in another array are"
    embedding.close()
    classes.close()


def test_rows_follow_the_order_of_the_pictures_whatever_was_known(model: ModelFile) -> None:
    network = TrainedNetwork(model, "cpu")
    first = network.run([RED, GREEN, BLUE])[0]
    again = network.run([BLUE, paint(9, 9, 9), RED, BLUE])[0]
    assert np.array_equal(again[[0, 2, 3]], first[[2, 0, 2]])


def test_the_last_method_to_close_closes_the_network(model: ModelFile) -> None:
    before = open_networks()
    first, second = NetworkEmbedding(OPTIONS, model), NetworkClasses(OPTIONS, model)
    first.load(NullControl())
    second.load(NullControl())
    assert open_networks() == before + 1 and first.network is second.network
    first.close()
    first.close()
    assert second.predict([RED]).shape == (1, 3), "the other method goes on"
    second.close()
    assert open_networks() == before


def test_threads_get_their_own_pictures_results(model: ModelFile) -> None:
    network = TrainedNetwork(model, "cpu")
    pictures = [[paint(level, 255 - level, step) for level in range(0, 250, 50)] for step in range(0, 240, 30)]
    alone = [TrainedNetwork(model, "cpu").run(batch)[0] for batch in pictures]
    wrong = []

    def work(number: int) -> None:
        for _ in range(20):
            found = network.run(pictures[number])[0]
            wrong.extend([] if np.allclose(found, alone[number], atol=1e-6) else [number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(pictures))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_method_that_is_not_loaded_says_so(model: ModelFile) -> None:
    with pytest.raises(MethodUnavailableError, match="'colours' is not loaded"):
        NetworkEmbedding(OPTIONS, model).embed([RED])


def test_classes_are_explained_by_both_pictures_probabilities(model: ModelFile) -> None:
    method = NetworkClasses(OPTIONS, model)
    method.load(NullControl())
    bars = method.explain(RED, BLUE)
    assert isinstance(bars, ClassBars) and tuple(bars.classes) == CLASSES
    assert bars.query.argmax() == 0 and bars.candidate.argmax() == 2
    method.close()


def test_the_heat_is_where_the_candidate_is_like_the_query(model: ModelFile) -> None:
    candidate = paint(20, 20, 230)
    candidate[:15] = (230, 10, 10)
    method = NetworkEmbedding(OPTIONS, model)
    method.load(NullControl())
    heat = method.explain(RED, candidate)
    method.close()
    assert isinstance(heat, HeatMap) and heat.values.shape == (8, 8)
    assert heat.values.max() == 1 and heat.most > 0
    assert heat.values[:4].sum() > heat.values[4:].sum(), "the red is above"
    assert heat.classes is not None and heat.classes.query.argmax() == 0


def test_nothing_carries_a_likeness_that_no_place_takes_away(model: ModelFile) -> None:
    method = NetworkEmbedding(OPTIONS, model)
    method.load(NullControl())
    heat = method.explain(RED, np.full((30, 40, 3), 90, np.uint8))
    method.close()
    assert not heat.values.any() and heat.most == 0, "one colour covered by its mean is the same picture"


def test_a_map_that_would_take_too_long_has_fewer_places(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def embed(pictures: Sequence[np.ndarray]) -> np.ndarray:
        asked.append(len(pictures))
        return np.stack([picture.reshape(-1, 3).mean(axis=0) for picture in pictures])

    monkeypatch.setattr(occlusion, "LONGEST_S", -1.0)
    heat = occlusion.occlusion_map(embed, RED, BLUE, 8)
    assert heat.values.shape == (4, 4)
    assert asked == [2, 8, 8, 8], "both pictures, a batch that tells how long it takes, and 16 places"


@pytest.mark.parametrize(
    ("settings", "graph", "says"),
    [
        ({"kind": "svm"}, {}, "is no trained network"),
        ({"resize": "letterbox"}, {}, "'resize' is 'letterbox', not stretch or crop"),
        ({"crop": 1.5}, {}, "'crop' is 1.5"),
        ({"side": "8"}, {}, "'side' is '8', not a whole number"),
        ({"classes": ["one", "one", "two"]}, {}, "not a list of different names"),
        ({"files": {}}, {}, "names no file to run on the cpu"),
        ({"files": {"cpu": "../other.onnx"}}, {}, "not among the model's files"),
        ({"side": 16}, {}, "is N x 3 x 8 x 8, but its manifest says batch x 3 x 16 x 16"),
        ({"dim": 7}, {}, "output 'embedding' of the model 'bad' is tensor(float) of N x 6, but"),
        ({"classes": ["a", "b"]}, {}, "output 'probabilities'"),
        ({}, {"outputs": ("embedding",)}, "has no output 'probabilities'; it has: embedding"),
        ({}, {"outputs": ("probabilities",)}, "has no output 'embedding'"),
        ({}, {"input_name": "image"}, "must have the one input 'pictures', but has: image"),
    ],
)
def test_a_model_that_does_not_fit_is_one_sentence(
    settings: dict[str, Any], graph: dict[str, Any], says: str, tmp_path: Path
) -> None:
    store_network(tmp_path, "bad", settings=settings, **graph)
    method = NetworkEmbedding(OPTIONS, get_model(tmp_path, "bad"))
    with pytest.raises(ModelError) as caught:
        method.load(NullControl())
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_each_device_has_its_file_and_the_reference_is_the_second_choice(tmp_path: Path) -> None:
    from revsearch_onnx.network_settings import read_network_settings

    def files(**named: str) -> dict[str, str]:
        manifest = {
            "settings": network_settings(files=named),
            "files": [{"name": name} for name in ("a.onnx", "b.onnx", "c.onnx")],
        }
        found = read_network_settings(ModelFile("net", tmp_path, "", manifest)).files
        return {device: path.name for device, path in found.items()}

    assert files(reference="a.onnx", cpu="b.onnx", cuda="c.onnx") == {"cpu": "b.onnx", "cuda": "c.onnx"}
    assert files(reference="a.onnx") == {"cpu": "a.onnx", "cuda": "a.onnx"}
    assert files(cpu="b.onnx") == {"cpu": "b.onnx", "cuda": "b.onnx"}


def test_a_file_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "network.onnx"
    file.write_bytes(b"rubbish")
    manifest = {"settings": network_settings(), "files": [{"name": "network.onnx"}]}
    with pytest.raises(ModelError, match="is not an ONNX model"):
        TrainedNetwork(ModelFile("net", tmp_path, "", manifest), "cpu")


def test_numbers_that_are_not_finite_are_an_error(tmp_path: Path) -> None:
    file = write_network(tmp_path / "network.onnx", sharpness=float("nan"))
    manifest = {"settings": network_settings(), "files": [{"name": file.name}]}
    with pytest.raises(ModelError, match="output 'probabilities' of the model 'net' holds NaN"):
        TrainedNetwork(ModelFile("net", tmp_path, "", manifest), "cpu").run([RED])


def test_the_centre_is_cut_out_before_resizing() -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[10:30, 10:30] = 200
    assert (prepare(picture, 8, "stretch", 0.5) == 200).all()
    assert (prepare(picture, 8, "stretch")[0] == 0).all()
