"""Other programs that look for duplicates: `python -m benchmarks.peers.duplicate_finders NAME FOLDER ANSWER`.

The answer, a JSON file: `pairs` of names with a distance, null where they mean nothing; `bounds` of the distance that
are its usual ones; or what is `missing`. Each does by itself all that it does for its users, from the files on.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Answer = dict[str, Any]
_NO_IMAGEDEDUP = (
    "imagededup cannot be imported ({}); it is on PyPI, and its network needs torch and torchvision beside it"
)
_BITS = (0, 2, 4, 6, 8, 10)
_CNN_COSINE = 0.9
_GRADED_COSINE = 0.8
_ROWS = 1000


def imagehash_script(folder: Path) -> Answer:
    """Pillow and imagehash in one process for each processor, 64 bits, each hash compared with each by numpy."""
    try:
        from benchmarks.peers.usual_phash import hash_folder
    except ImportError as error:
        return {"missing": f"{error}; it is on PyPI as imagehash"}
    names = [path.name for path in sorted(folder.iterdir())]
    rows = np.array([int(each, 16) for each in hash_folder(folder, os.cpu_count() or 1)], np.uint64)
    pairs = []
    for start in range(0, len(rows), _ROWS):
        bits = np.bitwise_count(rows[start : start + _ROWS, None] ^ rows)
        for one, other in zip(*np.nonzero(bits <= _BITS[-1]), strict=True):
            if start + one < other:
                pairs.append((names[start + one], names[other], int(bits[one, other])))
    return {"pairs": pairs, "bounds": (8, 10)}


def imagededup_hash(kind: str) -> Callable[[Path], Answer]:
    """imagededup's hashes of that kind, by its own search within its own 10 of 64 bits."""

    def find(folder: Path) -> Answer:
        try:
            methods = _imagededup()
        except Exception as error:
            return {"missing": _NO_IMAGEDEDUP.format(error)}
        found = getattr(methods, kind)(verbose=False).find_duplicates(image_dir=str(folder), scores=True)
        return {"pairs": _each_once(found), "bounds": (10,), "graded": True}

    return find


def imagededup_cnn(folder: Path) -> Answer:
    """imagededup's network, MobileNetV3-small, with its own weights where they can be had; by chance weights only the
    time means anything, and as all embeddings are alike then, their mean is taken off before they are compared."""
    try:
        cnn, trained = _with_network(_imagededup())
    except Exception as error:
        return {"missing": _NO_IMAGEDEDUP.format(error)}
    if trained:
        found = cnn.find_duplicates(image_dir=str(folder))
        return {"pairs": [(*pair, 0) for pair in _each_once(found)], "bounds": (0,)}
    encoded = cnn.encode_images(image_dir=str(folder))
    mean = np.mean(list(encoded.values()), axis=0)
    cnn.find_duplicates(encoding_map={name: row - mean for name, row in encoded.items()})
    return {"pairs": None, "note": "chance weights, for its own could not be downloaded: its time alone means anything"}


def imagededup_stand_in(folder: Path) -> Answer:
    """imagededup's search over another network's embeddings: an ONNX file with an output `embedding` of pictures of
    224 x 224 in -1..1, named by REVSEARCH_STAND_IN."""
    model = os.environ.get("REVSEARCH_STAND_IN", "")
    if not Path(model).is_file():
        return {"missing": "REVSEARCH_STAND_IN names no ONNX file of an encoder"}
    try:
        methods = _imagededup()
    except Exception as error:
        return {"missing": _NO_IMAGEDEDUP.format(error)}
    import onnxruntime
    import torch
    from imagededup.utils.models import CustomModel
    from torchvision.transforms import transforms

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    class Encoder(torch.nn.Module):
        def forward(self, batch: Any) -> Any:
            return torch.from_numpy(session.run(["embedding"], {"image": batch.numpy()})[0])

    cut = (transforms.Resize((256, 256)), transforms.CenterCrop(224), transforms.ToTensor())
    prepared = transforms.Compose([*cut, transforms.Normalize([0.5] * 3, [0.5] * 3)])
    model_config = CustomModel("stand-in", Encoder(), prepared)
    cnn = methods.CNN(verbose=False, model_config=model_config)
    found = cnn.find_duplicates(image_dir=str(folder), min_similarity_threshold=_CNN_COSINE)
    rows = {name: row / np.linalg.norm(row) for name, row in cnn.encoding_map.items()}
    pairs = [(one, other, float(1 - rows[one] @ rows[other])) for one, other in _each_once(found)]
    note = f"{Path(model).stem} in place of its own network, whose weights could not be downloaded"
    return {"pairs": pairs, "bounds": (1.0,), "graded": True, "note": note}


def findimagedupes(folder: Path) -> Answer:
    """The program of that name, by its own 90 %; a group is a line of names."""
    program = shutil.which("findimagedupes")
    if program is None:
        return {"missing": "there is no program findimagedupes; Debian and Ubuntu have it as a package of that name"}
    done = subprocess.run([program, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode == 3 or (done.returncode and not done.stdout):
        return {"missing": f"findimagedupes failed: {done.stderr.strip()[-300:]}"}
    pairs = []
    for line in done.stdout.splitlines():
        names = [Path(part).name for part in line.split()]
        pairs += [(one, other, 0) for place, one in enumerate(names) for other in names[place + 1 :]]
    return {"pairs": pairs, "bounds": (0,)}


def _each_once(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Pairs of a map from names to names, or to names with a distance."""
    pairs: list[tuple[Any, ...]] = []
    for name, others in found.items():
        for other in others:
            pair = (name, *other) if isinstance(other, tuple) else (name, other)
            if pair[0] < pair[1]:
                pairs.append((*pair[:2], *(float(value) for value in pair[2:])))
    return pairs


def _imagededup() -> Any:
    """The package, silent. torchvision says what its own operators give, and fails where its compiled part does not fit
    torch; no network here uses them, so then it says so of none."""
    import torch

    real = torch.library.register_fake

    def registered(name: Any, *more: Any, **named: Any) -> Any:
        if str(name).startswith("torchvision::"):
            return lambda function: function
        return real(name, *more, **named)

    torch.library.register_fake = registered
    try:
        import imagededup.methods
    finally:
        torch.library.register_fake = real
    logging.disable(logging.INFO)
    return imagededup.methods


def _with_network(methods: Any) -> tuple[Any, bool]:
    """Its network, and whether that has weights that were trained."""
    from urllib.error import URLError

    from imagededup.utils import models

    try:
        return methods.CNN(verbose=False), True
    except (URLError, OSError):
        untrained = models.models.mobilenet_v3_small
        models.models.mobilenet_v3_small = lambda weights=None: untrained()
        try:
            return methods.CNN(verbose=False), False
        finally:
            models.models.mobilenet_v3_small = untrained


FINDERS: Mapping[str, Callable[[Path], Answer]] = {
    "imagehash script": imagehash_script,
    "imagededup PHash": imagededup_hash("PHash"),
    "imagededup DHash": imagededup_hash("DHash"),
    "imagededup CNN": imagededup_cnn,
    "imagededup CNN, stand-in": imagededup_stand_in,
    "findimagedupes": findimagedupes,
}


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(json.dumps(FINDERS[sys.argv[1]](Path(sys.argv[2]))), encoding="utf-8")
