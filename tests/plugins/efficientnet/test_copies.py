"""The method `copies`: what it makes of pictures, what it shares, and what it finds that the embedding does not."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from revsearch_data.catalogue import originals, render
from revsearch_efficientnet.copies import FILE, CopyEmbedding, CopyProjection
from revsearch_efficientnet.plugin import COPIES, revsearch_methods
from revsearch_onnx.network import open_networks
from revsearch_onnx.network_methods import NetworkEmbedding

from revsearch_tui.api import ModelError, ModelFile, NullControl
from revsearch_tui.api.testing import check_plugin
from revsearch_tui.core.models.model_store import get_model
from revsearch_tui.core.models.offered import load_model, shipped_models
from tests.support.realdata import real_file
from tests.support.tiny_network import store_network

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture

OF_EACH_FAMILY, SEED = 3, 5


@pytest.fixture(scope="module")
def model() -> ModelFile:
    (record,) = shipped_models(COPIES)
    return load_model(record)


@pytest.fixture(scope="module")
def method(model: ModelFile) -> Iterator[CopyEmbedding]:
    method = CopyEmbedding(COPIES.defaults(), model)
    method.load(NullControl())
    yield method
    method.close()


@pytest.fixture(scope="module")
def embedding(model: ModelFile) -> Iterator[NetworkEmbedding]:
    method = NetworkEmbedding(revsearch_methods()[0].defaults(), model)
    method.load(NullControl())
    yield method
    method.close()


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return [render(item, SEED) for item in originals() if item.index < OF_EACH_FAMILY]


@pytest.mark.drill
def test_it_conforms_with_the_model_that_ships(model: ModelFile) -> None:
    from revsearch_efficientnet import plugin

    models = dict.fromkeys(("efficientnet", "efficientnet-softmax", "copies"), model)
    results = check_plugin(plugin, models=models, strict=True)
    assert {result.outcome for result in results if result.subject == "copies"} == {"passed", "not applicable"}


def test_its_vectors_are_short_and_of_length_1(method: CopyEmbedding, pictures: list[Picture]) -> None:
    made = method.embed(pictures[:4])
    assert made.shape == (4, 512) == (4, method.dim) == (4, COPIES.dim)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert FILE.stat().st_size < 1_500_000


def test_it_runs_the_network_of_the_embedding_and_only_projects(
    method: CopyEmbedding, embedding: NetworkEmbedding, pictures: list[Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_networks() == 1
    made = embedding.embed(pictures[:3])

    def never(*_: object) -> None:
        raise AssertionError("the same pictures go through the network once")

    monkeypatch.setattr(type(method.network), "forward", never)
    assert np.array_equal(method.embed(pictures[:3]), CopyProjection.read(FILE).apply(made))


def test_the_original_of_a_mirrored_negative_and_of_a_quarter_comes_first(
    method: CopyEmbedding, pictures: list[Picture]
) -> None:
    negatives = [np.ascontiguousarray(255 - picture[:, ::-1]) for picture in pictures]
    quarters = [picture[len(picture) // 4 : -len(picture) // 4, 160:480] for picture in pictures]
    numbers = np.arange(len(pictures))
    assert first_is_right(method, negatives, pictures, numbers) > 0.95
    assert first_is_right(method, quarters, pictures, numbers) > 0.85


@pytest.mark.realdata
def test_photos_of_covers_that_it_has_not_seen_find_more_of_them_than_the_embedding_does(
    method: CopyEmbedding, embedding: NetworkEmbedding
) -> None:
    covers: dict[str, dict[str, Picture]] = {}
    with tarfile.open(real_file("covers-dev.tar.gz")) as archive:
        for member in archive:
            camera, name = Path(member.name).parts[-2:]
            content = archive.extractfile(member)
            if content is not None and camera in ("reference", "canon", "palm") and name > "025.jpg":
                opened = Image.open(io.BytesIO(content.read())).convert("RGB")
                covers.setdefault(camera, {})[name] = np.asarray(opened)
    references = list(covers["reference"].values())
    photos = [covers[camera][name] for camera in ("canon", "palm") for name in covers["reference"]]
    owners = np.tile(np.arange(len(references)), 2)
    ours, theirs = (first_is_right(each, photos, references, owners) for each in (method, embedding))
    assert len(references) == 25
    assert ours > theirs, (ours, theirs)


def first_is_right(
    method: CopyEmbedding | NetworkEmbedding,
    queries: Sequence[Picture],
    pictures: Sequence[Picture],
    owners: npt.NDArray[np.intp],
) -> float:
    near = method.embed(queries) @ method.embed(pictures).T
    return float((near.argmax(axis=1) == owners).mean())


def test_a_model_of_another_width_is_refused_in_a_sentence(tmp_path: Path) -> None:
    store_network(tmp_path, "colours")
    before = open_networks()
    method = CopyEmbedding(COPIES.defaults(), get_model(tmp_path, "colours"))
    with pytest.raises(
        ModelError, match=r"'colours' makes embeddings of \d+ numbers, and 'copies' takes those of 1280"
    ):
        method.load(NullControl())
    assert open_networks() == before


def test_a_damaged_projection_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "copies.npz"
    file.write_bytes(FILE.read_bytes()[:5000])
    with pytest.raises(ModelError, match="cannot be read, or is damaged"):
        CopyProjection.read(file)


def test_a_projection_is_written_the_same_each_time_and_read_as_written(tmp_path: Path) -> None:
    projection = CopyProjection.read(FILE)
    projection.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == FILE.read_bytes()
