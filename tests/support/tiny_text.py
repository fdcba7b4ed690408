"""A real pair of ONNX models of a few kilobytes, for pictures and for words: both tell colours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

COLOURS = {"red": (1, -1, -1), "green": (-1, 1, -1), "blue": (-1, -1, 1)}


def write_pair(folder: Path, name: str = "pair", *, dim: int = 3, length: int | str = "L", **manifest: Any) -> Path:
    """`NAME.onnx` with its manifest, `NAME-text.onnx` that takes `length` tokens and gives `dim` numbers, and
    `tokenizer.json`."""
    onnx = pytest.importorskip("onnx")
    helper, numpy_helper, kinds = onnx.helper, onnx.numpy_helper, onnx.TensorProto
    pictures = helper.make_graph(
        [helper.make_node("ReduceMean", ["image"], ["vector"], axes=[2, 3], keepdims=0)],
        "pictures",
        [helper.make_tensor_value_info("image", kinds.FLOAT, ["N", 3, 8, 8])],
        [helper.make_tensor_value_info("vector", kinds.FLOAT, ["N", 3])],
    )
    table = np.zeros((2 + len(COLOURS), dim), np.float32)
    table[2:, : min(3, dim)] = np.array(list(COLOURS.values()), np.float32)[:, :dim]
    texts = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["tokens"], axis=0),
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=kinds.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "two"], ["weights"]),
            helper.make_node("Mul", ["tokens", "weights"], ["weighed"]),
            helper.make_node("ReduceSum", ["weighed", "one"], ["text_embeds"], keepdims=0),
        ],
        "texts",
        [helper.make_tensor_value_info(each, kinds.INT64, ["N", length]) for each in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("text_embeds", kinds.FLOAT, ["N", dim])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.int64([1]), "one"),
            numpy_helper.from_array(np.int64([2]), "two"),
        ],
    )
    for graph, file in ((pictures, folder / f"{name}.onnx"), (texts, folder / f"{name}-text.onnx")):
        onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)
    write_tokenizer(folder / "tokenizer.json")
    said = {"range": [-1, 1], "text_model": f"{name}-text.onnx", "tokenizer": "tokenizer.json"} | manifest
    (folder / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")
    return folder / f"{name}.onnx"


def write_tokenizer(file: Path) -> None:
    """Words of colours, and one token for all others."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = {"[PAD]": 0, "[UNK]": 1} | {word: place for place, word in enumerate(COLOURS, start=2)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    tokenizer.save(str(file))
