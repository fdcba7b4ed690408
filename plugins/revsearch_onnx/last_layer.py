"""The last layer of a trained network, read from its ONNX file: what makes scores of classes of an embedding.

onnxruntime gives no weights back, and the package onnx is not installed for searching, so the file is read here as far
as is needed: an ONNX file is a protocol buffer, of which field 7 is the graph, field 5 of that a stored array, with its
sides in field 1, its type in 2, its name in 8 and its values in 9 (onnx/onnx.proto3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from revsearch_tui.api.types import FloatArray

_GRAPH, _ARRAY = 7, 5
_SIDES, _TYPE, _NAME, _VALUES = 1, 2, 8, 9
_TYPES: Mapping[int, type[np.generic]] = {1: np.float32, 3: np.int8, 10: np.float16}
_VARINT, _LONG, _BYTES, _SHORT = 0, 1, 2, 5


class LastLayer(NamedTuple):
    """Scores of classes are `weights` (classes, dim) @ the embedding before it got length 1 + `bias` (classes,)."""

    weights: FloatArray
    bias: FloatArray


def read_last_layer(file: Path, classes: int, dim: int) -> LastLayer | None:
    """The only stored matrix of these sides, either way round, with its bias (zeros where there is none); None where
    there is no such matrix, or more than one.

    A matrix in 8 bits is stored as `NAME.steps`, with a factor for each row in `NAME.scales`. Raises `ModelError` where
    the file is no ONNX file.
    """
    try:
        arrays = dict(_arrays(memoryview(file.read_bytes())))
    except (OSError, ValueError, IndexError) as error:
        raise ModelError(f"{file} is not an ONNX model, or it is damaged") from error
    found: list[npt.NDArray[np.float32]] = []
    for name, values in arrays.items():
        if values.shape not in ((classes, dim), (dim, classes)):
            continue
        matrix = values.astype(np.float32)
        if name.endswith(".steps"):
            scales = arrays.get(name.removesuffix("steps") + "scales")
            if scales is None:
                return None
            matrix = matrix * scales.astype(np.float32)
        found.append(matrix if matrix.shape == (classes, dim) else matrix.T)
    if len(found) != 1 or classes == dim:
        return None
    biases = [values for values in arrays.values() if values.shape == (classes,) and values.dtype == np.float32]
    bias = biases[0] if len(biases) == 1 else np.zeros(classes, np.float32)
    return LastLayer(np.ascontiguousarray(found[0]), np.asarray(bias, np.float32))


def _arrays(content: memoryview) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    for graph in (value for field, value in _fields(content) if field == _GRAPH and isinstance(value, memoryview)):
        for field, value in _fields(graph):
            if field == _ARRAY and isinstance(value, memoryview):
                array = _array(value)
                if array is not None:
                    yield array


def _array(content: memoryview) -> tuple[str, npt.NDArray[np.generic]] | None:
    """Name and values of a stored array; None for what is stored in another way or type."""
    sides: list[int] = []
    kind, name, values = 0, "", memoryview(b"")
    for field, value in _fields(content):
        if field == _SIDES:
            sides += [value] if isinstance(value, int) else list(_varints(value))
        elif field == _TYPE and isinstance(value, int):
            kind = value
        elif field == _NAME and isinstance(value, memoryview):
            name = bytes(value).decode("utf-8", "replace")
        elif field == _VALUES and isinstance(value, memoryview):
            values = value
    dtype = _TYPES.get(kind)
    if dtype is None or not values or int(np.prod(sides, dtype=object)) * np.dtype(dtype).itemsize != len(values):
        return None
    return name, np.frombuffer(values, dtype).reshape(sides)


def _fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field: a whole number, or bytes."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(content, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(content, at)
        else:
            length = {_LONG: 8, _SHORT: 4}.get(kind, -1)
        if length < 0 or at + length > len(content):
            raise ValueError("no protocol buffer")
        yield key >> 3, content[at : at + length]
        at += length


def _varints(content: memoryview) -> Iterator[int]:
    at = 0
    while at < len(content):
        value, at = _varint(content, at)
        yield value


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError("no protocol buffer")
