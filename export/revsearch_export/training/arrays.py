"""Labelled pictures as arrays at the network's input size: decoded once, kept in a file, mapped into memory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from revsearch_onnx.pictures import prepare

from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from revsearch_tui.api import Control, Sample, TrainingData


@dataclass(frozen=True, slots=True)
class Part:
    """`pictures` (n, 3, side, side) uint8 RGB; `labels` (n,) int64, positions in the data's classes."""

    pictures: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Parts:
    """The three parts of the data. `mean` and `std`, per channel of 0..255, are those of the training part.
    `unreadable` samples were left out."""

    train: Part
    validation: Part
    test: Part
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    unreadable: int


def gather(data: TrainingData, folder: Path, *, side: int, resize: str, crop: float, control: Control) -> Parts:
    """Decode every part of the data to side x side, into files of `folder`; what is there from an earlier call with
    the same samples and sizes is used again. Raises UsageError where a class of the training part has no picture."""
    folder.mkdir(parents=True, exist_ok=True)
    parts, missing = [], 0
    for name in ("train", "validation", "test"):
        samples: Sequence[Sample] = getattr(data, name)
        pictures, labels = _stored(data, samples, folder / name, side, resize, crop, control)
        missing += len(samples) - len(labels)
        parts.append(Part(torch.from_numpy(pictures), torch.from_numpy(labels)))
    train, validation, test = parts
    absent = [label for index, label in enumerate(data.classes) if not bool((train.labels == index).any())]
    if absent:
        raise UsageError(f"the class '{absent[0]}' has no readable picture to train on: add some, or leave it out")
    mean, std = _statistics(train.pictures)
    return Parts(train, validation, test, mean, std, missing)


def _stored(
    data: TrainingData, samples: Sequence[Sample], base: Path, side: int, resize: str, crop: float, control: Control
) -> tuple[np.ndarray, np.ndarray]:
    told = [[str(sample.path), sample.label, str(sample.box)] for sample in samples]
    identity = hashlib.sha256(json.dumps([told, side, resize, crop]).encode()).hexdigest()
    pixels_file, note_file = base.with_suffix(".u8"), base.with_suffix(".json")
    if note_file.is_file() and (note := json.loads(note_file.read_text(encoding="utf-8")))["identity"] == identity:
        labels = np.array(note["labels"], dtype=np.int64)
        return _mapped(pixels_file, len(labels), side), labels
    position = {label: index for index, label in enumerate(data.classes)}
    kept: list[int] = []
    with pixels_file.open("wb") as stream:
        for done, (sample, picture) in enumerate(zip(samples, data.pictures(samples), strict=True), start=1):
            control.check()
            control.progress(done, len(samples), f"reading pictures: {base.name}")
            if picture is not None:
                stream.write(prepare(picture, side, resize, crop).transpose(2, 0, 1).tobytes())
                kept.append(position[sample.label])
        stream.flush()
        os.fsync(stream.fileno())
    note_file.write_text(json.dumps({"identity": identity, "labels": kept}), encoding="utf-8")
    return _mapped(pixels_file, len(kept), side), np.array(kept, dtype=np.int64)


def _mapped(file: Path, count: int, side: int) -> np.ndarray:
    if count == 0:
        return np.empty((0, 3, side, side), dtype=np.uint8)
    # Copy-on-write, because torch wants arrays it may write to.
    return np.memmap(file, dtype=np.uint8, mode="c", shape=(count, 3, side, side))


def _statistics(pictures: Tensor) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    chosen = pictures[:: max(1, len(pictures) // 5000)].float()
    mean, std = chosen.mean(dim=(0, 2, 3)), chosen.std(dim=(0, 2, 3)).clamp_min(1.0)
    first, second = mean.tolist(), std.tolist()
    return (first[0], first[1], first[2]), (second[0], second[1], second[2])
