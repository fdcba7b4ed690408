"""Values of the plugin contract as JSON and blocks of bytes, to be carried between processes. No pickle.

What can be carried: None, bool, int, float, str, paths, lists, tuples, mappings with texts as keys, numpy arrays and
numbers by dtype, shape and bytes, and the data classes of `revsearch_tui.api.types` by name. Arrays arrive read-only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import types
from revsearch_tui.core.base.messages import Block

if TYPE_CHECKING:
    import numpy.typing as npt

_ALIGNED = 16
_CLASSES: Mapping[str, Any] = {
    kind.__name__: kind
    for kind in (
        *(types.BitDiff, types.Box, types.ClassBars, types.Features, types.FitReport, types.HeatMap),
        *(types.KeypointLines, types.ModelFile, types.PairMatch),
    )
}


class NotCarriedError(TypeError):
    """A value of a kind that is not of the contract."""


def _nobody(_value: object) -> str:
    return ""


def packed(value: object, given: Callable[[object], str] = _nobody) -> tuple[Any, list[Block]]:
    """The value as JSON, and the blocks of bytes that belong to it.

    `given` tells the name of what the other side has something of its own for, or an empty text. Raises
    `NotCarriedError`.
    """
    blocks: list[Block] = []
    at = 0

    def pack(each: Any) -> Any:
        if each is None or isinstance(each, bool | int | float | str):
            return each if each is None else _plain(each)
        name = given(each)
        if name:
            return {"given": name}
        if isinstance(each, list):
            return [pack(one) for one in each]
        if isinstance(each, tuple):
            return {"tuple": [pack(one) for one in each]}
        if isinstance(each, Path):
            return {"path": str(each)}
        if isinstance(each, Mapping):
            if not all(isinstance(key, str) for key in each):
                raise NotCarriedError("a mapping whose keys are no texts")
            return {"map": {str(key): pack(one) for key, one in each.items()}}
        if dataclasses.is_dataclass(each) and _CLASSES.get(type(each).__name__) is type(each):
            fields = {field.name: pack(getattr(each, field.name)) for field in dataclasses.fields(each)}
            return {"class": type(each).__name__, "fields": fields}
        if hasattr(each, "__array__"):
            return pack_array(each)
        raise NotCarriedError(f"a value of type {type(each).__name__}, which is not of the contract")

    def pack_array(each: Any) -> dict[str, Any]:
        nonlocal at
        import numpy as np

        array: npt.NDArray[Any] = np.asarray(each)
        if array.dtype.hasobject or array.dtype.kind == "V":
            raise NotCarriedError(f"values of type {array.dtype}, not real numbers")
        array = np.asarray(array, order="C")
        told = {"array": array.dtype.str, "shape": list(array.shape), "at": at}
        if isinstance(each, np.generic):
            told["number"] = True
        if array.nbytes:
            blocks.append(array.reshape(-1).view(np.uint8).data)
            filling = -array.nbytes % _ALIGNED
            if filling:
                blocks.append(bytes(filling))
            at += array.nbytes + filling
        return told

    return pack(value), blocks


def unpacked(plain: Any, payload: bytes, given: Mapping[str, object] | None = None) -> Any:
    """The value again; its arrays lie in `payload`. `given` is what stands for the names of `packed`.

    Raises `NotCarriedError` or another TypeError, ValueError or KeyError where it is no such value.
    """
    if isinstance(plain, list):
        return [unpacked(one, payload, given) for one in plain]
    if not isinstance(plain, dict):
        return plain
    if "array" in plain:
        return _array(plain, payload)
    if "tuple" in plain:
        return tuple(unpacked(one, payload, given) for one in plain["tuple"])
    if "class" in plain:
        fields = {name: unpacked(one, payload, given) for name, one in plain["fields"].items()}
        return _CLASSES[plain["class"]](**fields)
    if "map" in plain:
        return {name: unpacked(one, payload, given) for name, one in plain["map"].items()}
    if "path" in plain:
        return Path(plain["path"])
    if given is not None and plain.get("given") in given:
        return given[plain["given"]]
    raise NotCarriedError("a value of no known kind")


def _array(plain: Mapping[str, Any], payload: bytes) -> Any:
    import numpy as np

    dtype, shape = np.dtype(plain["array"]), tuple(plain["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    if dtype.hasobject:
        raise NotCarriedError("an array of objects")
    if not count * dtype.itemsize:
        return np.zeros(shape, dtype)
    found = np.frombuffer(payload, dtype, count, plain["at"]).reshape(shape)
    return found[()] if plain.get("number") else found


def _plain(value: Any) -> Any:
    """The number or text itself, also of one of a class of its own, as of an enumeration or a numpy float."""
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    raise NotCarriedError(f"a value of type {type(value).__name__}")
