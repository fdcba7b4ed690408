"""Write a network as one ONNX file: raw pixels in, embedding and calibrated probabilities out."""

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

import onnx
import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from revsearch_export.exporting.calibration import Calibrated
from revsearch_export.exporting.unpooled import drop_unpooled
from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    from revsearch_export.networks.contract import Network
    from revsearch_tui.api import Control

INPUT, EMBEDDING, PROBABILITIES = "pictures", "embedding", "probabilities"
REFERENCE = "network.onnx"
_OPSET = 20


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
        with _silence():
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
    _forget_sources(model)
    drop_unpooled(model)
    _write_metadata(model, {"classes": list(classes), "side": side, "calibration": calibrated.as_record()})
    onnx.checker.check_model(model)
    (folder / REFERENCE).write_bytes(model.SerializeToString())


@contextlib.contextmanager
def _silence() -> Iterator[None]:
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


def _forget_sources(model: Any) -> None:
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
