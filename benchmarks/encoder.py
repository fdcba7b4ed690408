"""An ONNX encoder with the layers of a small mobile network and random weights: it costs what a real one does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

_SIDE = 224
_STAGES = ((3, 32, 2), (32, 64, 2), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2))
"""Channels in, channels out, stride: a depthwise convolution of 3x3 and a pointwise one each, after the first."""


def add_encoder(home: Path, real: Path | None = None) -> None:
    """Register the encoder, or a real model file, as a model of the method `onnx`, below `home`."""
    from revsearch_tui.api import MethodInfo
    from revsearch_tui.core.base.paths import Folders
    from revsearch_tui.core.models.model_store import add_model
    from revsearch_tui.core.models.trial import vector_check
    from revsearch_tui.core.plugins.registry import Registry

    home.mkdir(parents=True, exist_ok=True)
    file = real or home / "encoder.onnx"
    if real is None:
        write_encoder(file)
        file.with_suffix(".json").write_text(json.dumps({"size": _SIDE, "range": [0, 1]}), encoding="utf-8")
    folders = Folders(home / "data", home / "cache", home / "config")
    info: MethodInfo = Registry(lambda _info: True).method("onnx")
    add_model(folders.models, file, check=vector_check(info), name="encoder")


def write_encoder(path: Path) -> None:
    """Images N x 3 x 224 x 224 in, vectors N x 512 out."""
    import onnx
    from onnx import helper, numpy_helper

    chance = np.random.default_rng(0)
    nodes: list[Any] = []
    weights: list[Any] = []
    last = "image"

    def convolve(channels: int, made: int, size: int, stride: int, group: int = 1) -> None:
        nonlocal last
        name = f"layer{len(weights)}"
        spread = np.sqrt(2 / (channels // group * size * size))
        kernel = chance.standard_normal((made, channels // group, size, size)) * spread
        weights.append(numpy_helper.from_array(kernel.astype(np.float32), f"{name}.weight"))
        pads = [size // 2] * 4
        nodes.append(
            helper.make_node("Conv", [last, f"{name}.weight"], [name], strides=[stride] * 2, pads=pads, group=group)
        )
        nodes.append(helper.make_node("Relu", [name], [f"{name}.relu"]))
        last = f"{name}.relu"

    for number, (channels, made, stride) in enumerate(_STAGES):
        if number == 0:
            convolve(channels, made, 3, stride)
        else:
            convolve(channels, channels, 3, stride, group=channels)
            convolve(channels, made, 1, 1)
    nodes.append(helper.make_node("GlobalAveragePool", [last], ["pooled"]))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["embedding"], axis=1))
    graph = helper.make_graph(
        nodes,
        "encoder",
        [helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["N", 3, _SIDE, _SIDE])],
        [helper.make_tensor_value_info("embedding", onnx.TensorProto.FLOAT, ["N", _STAGES[-1][1]])],
        weights,
    )
    onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
