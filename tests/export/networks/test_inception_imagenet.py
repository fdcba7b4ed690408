"""The published weights of Inception-V3, converted; here such a file is made from a network with drawn weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from revsearch_export.exporting.inception_imagenet import convert
from revsearch_export.networks.inception import Inception
from revsearch_export.networks.weights import start_from
from revsearch_inception.plugin import DOWNLOADS
from revsearch_onnx.network_settings import read_network_settings
from revsearch_onnx.session import open_session
from torch import nn

from revsearch_tui.api import Cancelled, ModelError, ModelFile, NullControl
from revsearch_tui.core.plugins.loading import load_factory


@pytest.fixture(scope="module")
def published() -> Inception:
    """Drawn weights whose normalisations were set to fit them, so that no value runs away."""
    torch.manual_seed(0)
    network = Inception(1000).train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network.features(torch.rand(4, 3, 96, 96) * 2 - 1)
    return network.eval()


@pytest.fixture(scope="module")
def file(published: Inception, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "inception.pth"
    torch.save(published.state_dict(), path)
    return path


class Recorder(NullControl):
    def __init__(self) -> None:
        self.seen: list[tuple[int, int | None]] = []

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        self.seen.append((done, total))


def test_the_download_names_this_converter() -> None:
    (download,) = DOWNLOADS
    assert load_factory(download.convert) is convert
    assert download.download.checksum.partition(":")[2] in download.download.url


@pytest.mark.drill
def test_a_published_file_becomes_a_model_that_gives_what_the_network_gives(
    published: Inception, file: Path, tmp_path: Path
) -> None:
    control = Recorder()
    model = convert(file, tmp_path, control)
    assert control.seen[-1][0] == control.seen[-1][1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["network.onnx", "weights.npz"]
    assert {*model.settings["files"].values(), model.main} == {"network.onnx"}
    manifest = {"settings": model.settings, "files": [{"name": "network.onnx"}]}
    settings = read_network_settings(ModelFile("inception-imagenet", tmp_path, "", manifest))
    side = settings.side
    assert (side, settings.resize, settings.crop, len(settings.classes)) == (299, "crop", 0.875, 1000)
    assert json.loads(json.dumps(model.training))["difference_to_torch"] < 1e-4

    pixels = np.random.default_rng(0).integers(0, 256, (1, 3, side, side)).astype(np.float32)
    session = open_session(tmp_path / model.main, "cpu")
    embedding, probabilities = session.run(["embedding", "probabilities"], {"pictures": pixels})
    with torch.inference_mode():
        features = published.features(torch.from_numpy(pixels) / 127.5 - 1)
        expected = published.classifier(features).softmax(1)
    assert np.allclose(embedding, nn.functional.normalize(features).numpy(), atol=1e-4)
    assert np.allclose(probabilities, expected.numpy(), atol=1e-4)

    mine = Inception(3)
    assert len(start_from(mine, tmp_path)) == 4
    assert torch.equal(mine.Conv2d_1a_3x3.conv.weight, published.Conv2d_1a_3x3.conv.weight)


def test_a_file_that_broke_off_is_refused(file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pth"
    broken.write_bytes(file.read_bytes()[:5_000_000])
    refuse(broken, tmp_path, r"broken\.pth' is not a usable torch file")


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.pth"
    page.write_text("<html>Not found</html>")
    refuse(page, tmp_path, r"page\.pth' is not a usable torch file")


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    module = tmp_path / "module.pth"
    torch.save(nn.Linear(2, 2), module)
    refuse(module, tmp_path, r"module\.pth' is not a usable torch file")


def test_a_file_with_more_than_weights_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.pth"
    torch.save({"epoch": 3, "model": {"fc.bias": torch.zeros(3)}}, checkpoint)
    refuse(checkpoint, tmp_path, "holds more than weights by name")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.pth"
    torch.save(nn.Linear(2, 2).state_dict(), other)
    refuse(other, tmp_path, r"other\.pth' are those of another network \('AuxLogits")


def test_weights_for_other_classes_are_refused(tmp_path: Path) -> None:
    with torch.device("meta"):
        description = Inception(10)
    ten = tmp_path / "ten.pth"
    torch.save(description.to_empty(device="cpu").state_dict(), ten)
    refuse(ten, tmp_path, r"'AuxLogits.fc.bias' has the shape \(10,\) there, and \(1000,\) here")


def test_converting_can_be_stopped(file: Path, tmp_path: Path) -> None:
    class Stopped(NullControl):
        def check(self) -> None:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        convert(file, tmp_path, Stopped())


def refuse(file: Path, base: Path, reason: str) -> None:
    folder = base / "model"
    folder.mkdir()
    with pytest.raises(ModelError, match=reason):
        convert(file, folder, NullControl())
    assert list(folder.iterdir()) == []
