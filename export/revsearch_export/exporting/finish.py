"""From trained weights to a model folder: export, check against torch, reduce, and measure what search will run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from revsearch_export.exporting.heads import Calibrated, fit_calibration, fit_within_class, neighbour_accuracy
from revsearch_export.exporting.onnx_file import REFERENCE, OnnxRunner, Scaling, check_parity, export_network
from revsearch_export.exporting.precision import FLOAT16, write_float16, write_int8
from revsearch_export.figures import measure, nearest_labels
from revsearch_export.training.arrays import Part, Parts
from revsearch_export.training.assess import Scaler, run_over
from revsearch_tui.api import ModelError, TrainedModel

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor, nn

    from revsearch_export.networks.layers import Network
    from revsearch_tui.api import Control

LARGEST_INT8_LOSS = 0.003
"""What int8 may cost in accuracy, of 1, to be what processors run."""
_CALIBRATION_PICTURES, _PARITY_PICTURES, _QUICK_GALLERY = 512, 256, 5000


@dataclass(frozen=True, slots=True)
class Framing:
    """How pictures are brought to the network: see `revsearch_onnx.pictures`."""

    side: int
    resize: str
    crop: float


def finish_network(
    network: Network, parts: Parts, classes: Sequence[str], framing: Framing, folder: Path, control: Control
) -> TrainedModel:
    """Fill a model folder with ONNX files. Its record holds the calibration, the parity, what int8 costs, and the
    figures on the validation and test parts, measured with the file that processors run. Raises ModelError."""
    module = cast("nn.Module", network).cpu()
    scale = Scaler(parts.mean, parts.std, torch.device("cpu"))
    judged = parts.validation if len(parts.validation) else parts.train
    control.progress(0, None, "judging the embedding")
    vectors, logits = run_over(network, judged, scale)
    calibrated = fit_calibration(logits.numpy(), judged.labels.numpy())
    norm, normed = _choose_norm(network, parts, vectors, scale)
    scaling = Scaling(parts.mean, parts.std)
    export_network(
        module,
        folder,
        side=framing.side,
        classes=classes,
        scaling=scaling,
        control=control,
        calibrated=calibrated,
        norm=norm,
    )
    difference = _parity(folder, judged, vectors, logits, norm, calibrated)
    files, reduced = _reduce(folder, parts, judged, control)
    settings = {
        "kind": "network",
        "side": framing.side,
        "resize": framing.resize,
        "crop": framing.crop,
        "dim": network.dim,
        "classes": list(classes),
        "files": files,
    }
    record: dict[str, Any] = {
        "calibration": calibrated.as_record(),
        "largest_difference_to_torch": difference,
        "within_class_norm": normed,
        "int8": reduced,
        "metrics": _figures(folder / files["cpu"], parts, control),
    }
    return TrainedModel(files["cpu"], settings, record)


def _choose_norm(
    network: Network, parts: Parts, vectors: Tensor, scale: Scaler
) -> tuple[nn.Module, dict[str, float | bool]]:
    """What makes embeddings of features: a normalisation of what varies within classes where that names more of the
    validation pictures, whose features are given, by their nearest neighbours among training pictures."""
    plain: nn.Module = torch.nn.Identity()
    if not len(parts.validation):
        return plain, {"used": False}
    seen = _few(parts.train, _QUICK_GALLERY)
    gallery, _ = run_over(network, seen, scale)
    norm = fit_within_class(gallery, seen.labels)
    before, after = (
        neighbour_accuracy(each(vectors), parts.validation.labels, each(gallery), seen.labels) for each in (plain, norm)
    )
    used = after > before
    return norm if used else plain, {"neighbour": after, "neighbour_without": before, "used": used}


def _few(part: Part, count: int) -> Part:
    """So many pictures of a part, or all, by chance but always the same."""
    order = torch.randperm(len(part), generator=torch.Generator().manual_seed(0))[:count]
    return Part(part.pictures[order], part.labels[order])


def _parity(
    folder: Path, part: Part, vectors: Tensor, logits: Tensor, norm: nn.Module, calibrated: Calibrated
) -> float:
    """How far the file is from torch on the first pictures of a part, whose features and logits are given."""
    return check_parity(
        folder / REFERENCE,
        part.pictures[:_PARITY_PICTURES].numpy(),
        torch.nn.functional.normalize(norm(vectors[:_PARITY_PICTURES]), dim=1).numpy(),
        calibrated(logits[:_PARITY_PICTURES]).numpy(),
    )


def _reduce(
    folder: Path, parts: Parts, judged: Part, control: Control
) -> tuple[dict[str, str], dict[str, float | bool]]:
    """Write the smaller files, and choose what runs where. int8 is judged by what it loses on the validation part, in
    its classes and in its nearest neighbours among training pictures, whichever loses more."""
    control.progress(0, None, "quantising to int8")
    reference = folder / REFERENCE
    int8 = write_int8(reference, _few(parts.train, _CALIBRATION_PICTURES).pictures.numpy())
    write_float16(reference)
    seen = _few(parts.train, _QUICK_GALLERY)
    by_class, by_neighbour = [], []
    for file in (reference, int8):
        control.check()
        runner = OnnxRunner(file)
        embeddings, probabilities = runner.run(judged.pictures.numpy())
        nearest = nearest_labels(embeddings, runner.run(seen.pictures.numpy())[0], seen.labels.numpy())
        by_class.append(float((probabilities.argmax(1) == judged.labels.numpy()).mean()))
        by_neighbour.append(float((nearest == judged.labels.numpy()).mean()))
    loss = max(by_class[0] - by_class[1], by_neighbour[0] - by_neighbour[1])
    used = loss < LARGEST_INT8_LOSS
    files = {"reference": REFERENCE, "cpu": int8.name if used else REFERENCE, "cuda": FLOAT16}
    return files, {"softmax": by_class[1], "softmax_fp32": by_class[0], "loss": loss, "used": used}


def _figures(file: Path, parts: Parts, control: Control) -> dict[str, Any]:
    """Measured with every picture of the training part as the gallery."""
    runner = OnnxRunner(file)
    gallery = _embed(runner, parts.train, control, "embedding the gallery")
    figures = {}
    for name, part in (("validation", parts.validation), ("test", parts.test)):
        if len(part):
            embeddings, probabilities = runner.run(part.pictures.numpy())
            if not np.isfinite(embeddings).all():
                raise ModelError(f"the exported {file.name} gives numbers that are not finite")
            labels = part.labels.numpy()
            figures[name] = dict(measure(embeddings, probabilities, labels, gallery, parts.train.labels.numpy()))
    return figures


def _embed(runner: OnnxRunner, part: Part, control: Control, what: str) -> npt.NDArray[np.float32]:
    rows, step = [], 1024
    for start in range(0, len(part), step):
        control.check()
        control.progress(start, len(part), what)
        rows.append(runner.run(part.pictures[start : start + step].numpy())[0])
    return np.concatenate(rows)
