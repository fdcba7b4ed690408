"""Write a network as one ONNX file: raw pixels in, embedding and calibrated probabilities out; and see that the file
computes what the network computes.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import onnx
import torch
import torch.nn.functional as functional
from revsearch_onnx.session import open_session
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from revsearch_export.exporting.heads import Calibrated
from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_export.networks.layers import Network
    from revsearch_tui.api import Control

INPUT, EMBEDDING, PROBABILITIES = "pictures", "embedding", "probabilities"
REFERENCE = "network.onnx"
_OPSET = 20

LARGEST_DIFFERENCE = 1e-4


@dataclass(frozen=True, slots=True)
class Scaling:
    """What the network was trained on: (value - mean) / std per channel, of values 0..255."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class _Whole(nn.Module):
    """The network with everything around it, as search needs it."""

    def __init__(self, network: nn.Module, scaling: Scaling, calibrated: Calibrated, norm: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.norm = norm
        self.calibrated = calibrated
        self.register_buffer("mean", torch.tensor(scaling.mean).view(1, 3, 1, 1))
        self.register_buffer("scale", 1 / torch.tensor(scaling.std).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        network = cast("Network", self.network)
        scaled = (pictures - cast("Tensor", self.mean)) * cast("Tensor", self.scale)
        vectors = network.features(scaled)
        logits = network.classifier(vectors)
        return functional.normalize(self.norm(vectors), dim=1), self.calibrated(logits)


def export_network(
    network: nn.Module,
    folder: Path,
    *,
    side: int,
    classes: Sequence[str],
    scaling: Scaling,
    control: Control,
    calibrated: Calibrated | None = None,
    norm: nn.Module | None = None,
) -> None:
    """Write `folder / "network.onnx"`: input `pictures` float32 (batch, 3, side, side) of 0..255, outputs `embedding`
    (batch, dim) of length 1 and `probabilities` (batch, classes). Any batch goes. `calibrated` makes probabilities of
    logits, `norm` makes embeddings of features, where they are to differ from these. Raises ModelError."""
    control.check()
    control.progress(0, None, "exporting to ONNX")
    calibrated = calibrated or Calibrated()
    whole = _Whole(_folded(network), scaling, calibrated, norm or nn.Identity()).eval().cpu()
    example = torch.zeros(2, 3, side, side)
    try:
        with silence():
            program = torch.onnx.export(
                whole,
                (example,),
                input_names=[INPUT],
                output_names=[EMBEDDING, PROBABILITIES],
                dynamic_shapes={"pictures": {0: torch.export.Dim("batch", min=1)}},
                opset_version=_OPSET,
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        assert program is not None
        model = program.model_proto
    except Exception as error:  # the exporter raises whatever it meets
        reason = " ".join(str(error).split())[:300]
        raise ModelError(f"the network cannot be exported to ONNX: {type(error).__name__}: {reason}") from error
    forget_sources(model)
    drop_unpooled(model)
    _write_metadata(model, {"classes": list(classes), "side": side, "calibration": calibrated.as_record()})
    onnx.checker.check_model(model)
    (folder / REFERENCE).write_bytes(model.SerializeToString())


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """The exporter prints its progress to stdout and logs what does not matter here."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def forget_sources(model: Any) -> None:
    """Take out which lines of whose files made each node: paths of this machine, and a hundred kilobytes."""
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""


def _write_metadata(model: Any, values: dict[str, Any]) -> None:
    """Tell in the file itself what it is, for other programs and for people."""
    model.producer_name = "revsearch"
    for name, value in {"input": "RGB, 0..255", **values}.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = f"revsearch.{name}", json.dumps(value)


def _folded(network: nn.Module) -> nn.Module:
    """A copy for inference, its normalisations folded into the convolutions before them where the network says so."""
    inference = copy.deepcopy(network).cpu().eval()
    pairs = getattr(inference, "convolutions_with_norms", None)
    for parent, convolution, norm in pairs() if pairs else ():
        setattr(parent, convolution, fuse_conv_bn_eval(getattr(parent, convolution), getattr(parent, norm)))
        setattr(parent, norm, nn.Identity())
    return inference


def drop_unpooled(model: Any) -> None:
    """Of a convolution whose output goes to a max-pooling alone, leave out the last rows and columns that no window of
    the pooling reaches, by taking less padding there: 2 x 2 windows reach 14 of 15 rows. What the pooling gives stays
    the same. `model` is an onnx.ModelProto with fixed sides; it is changed in place."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(model).graph
    sides = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim[2:]]
        for value in graph.value_info
    }
    outputs = {value.name for value in model.graph.output}
    trimmed = set()
    for convolution in model.graph.node:
        if convolution.op_type != "Conv" or convolution.output[0] in outputs:
            continue
        readers = [node for node in model.graph.node if convolution.output[0] in node.input]
        to_pooling = len(readers) == 1 and readers[0].op_type == "MaxPool"
        if to_pooling and _take_less_padding(convolution, readers[0], sides.get(convolution.output[0], [])):
            trimmed.add(convolution.output[0])
    told = [value for value in model.graph.value_info if value.name not in trimmed]
    del model.graph.value_info[:]
    model.graph.value_info.extend(told)


def _take_less_padding(convolution: Any, pooling: Any, sides: list[int]) -> bool:
    """Whether there was less to take."""
    import onnx

    its, pools = _attributes(convolution), _attributes(pooling)
    kernel = pools["kernel_shape"]
    axes = len(kernel)
    ones, pads = [1] * axes, its.get("pads", [0] * 2 * axes)
    plain = (
        len(sides) == axes
        and all(sides)
        and its.get("strides", ones) == ones
        and its.get("auto_pad", b"NOTSET") == pools.get("auto_pad", b"NOTSET") == b"NOTSET"
        and not any(pools.get("pads", []))
        and not pools.get("ceil_mode", 0)
        and pools.get("dilations", ones) == ones
    )
    if not plain:
        return False
    windows = zip(sides, kernel, pools.get("strides", ones), strict=True)
    unreached = [(side - window) % stride for side, window, stride in windows]
    after = [max(0, pad - rows) for pad, rows in zip(pads[axes:], unreached, strict=True)]
    if after == pads[axes:]:
        return False
    kept = [attribute for attribute in convolution.attribute if attribute.name != "pads"]
    del convolution.attribute[:]
    convolution.attribute.extend([*kept, onnx.helper.make_attribute("pads", [*pads[:axes], *after])])
    return True


def _attributes(node: Any) -> dict[str, Any]:
    import onnx

    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


class OnnxRunner:
    """Runs an exported file over arrays of pictures on the processor."""

    def __init__(self, file: Path) -> None:
        self._session: Any = open_session(file, "cpu")

    def run(
        self, pictures: npt.NDArray[np.uint8], batch: int = 64
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """`embeddings` (n, dim) and `probabilities` (n, classes) of pictures (n, 3, side, side)."""
        answers = [
            self._session.run([EMBEDDING, PROBABILITIES], {INPUT: pictures[start : start + batch].astype(np.float32)})
            for start in range(0, len(pictures), batch)
        ]
        return np.concatenate([answer[0] for answer in answers]), np.concatenate([answer[1] for answer in answers])


def check_parity(
    file: Path,
    pictures: npt.NDArray[np.uint8],
    embeddings: npt.NDArray[np.float32],
    probabilities: npt.NDArray[np.float32],
) -> float:
    """The largest difference between the file's outputs on these pictures and torch's.

    Raises ModelError where it is over 1e-4 or a picture gets another class.
    """
    found_embeddings, found_probabilities = OnnxRunner(file).run(pictures)
    difference = max(
        float(np.abs(found_embeddings - embeddings).max()), float(np.abs(found_probabilities - probabilities).max())
    )
    others = int((found_probabilities.argmax(1) != probabilities.argmax(1)).sum())
    if difference > LARGEST_DIFFERENCE or others:
        raise ModelError(
            f"the exported {file.name} differs from the trained network by {difference:.2g}, and gives {others} of "
            f"{len(pictures)} pictures another class: this file is not kept"
        )
    return difference
