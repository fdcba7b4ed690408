"""What the contract exchanges comes through between processes as it was, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import BitDiff, ClassBars, Features, FitReport, HeatMap, KeypointLines, ModelFile, PairMatch
from revsearch_tui.core.plugins.wire import NotCarriedError, packed, unpacked

POINTS = np.arange(12, dtype=np.float32).reshape(3, 4)
BARS = ClassBars(("a", "b"), np.array([0.25, 0.75], np.float32), np.array([1, 0], np.float32))
VALUES = [
    None,
    True,
    -3,
    0.1,
    float("inf"),
    "tüte \udcff",
    [1, ["x", ()]],
    (POINTS, [POINTS[:0]]),
    {"tuple": {"array": [POINTS.T]}, "class": ("a",)},
    Path("/a/\udcffb"),
    np.float32(1.5),
    np.array(["ab", "c"]),
    np.zeros((0, 5), np.uint8),
    np.arange(6, dtype=">i2")[::2],
    np.ones((2, 3), complex),
    Features(POINTS, POINTS.astype(np.uint8), 1.5, whole=POINTS[::2]),
    PairMatch(3, np.eye(3), POINTS, mirrored=True, tentative=7),
    KeypointLines(POINTS),
    HeatMap(POINTS, "query", 0.5, BARS),
    BitDiff(POINTS.astype(np.uint8), POINTS.astype(np.uint8)),
    FitReport(5, {"loss": [1.0, 0.5]}),
    ModelFile("m", Path("/m"), "00", {"classes": ["a"], "n": 1}),
]


def through(value: Any) -> Any:
    plain, blocks = packed(value)
    return unpacked(json.loads(json.dumps(plain)), b"".join(blocks))


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_of_the_contract_comes_through_as_it_was(value: Any) -> None:
    def told(each: Any) -> Any:
        if isinstance(each, np.ndarray | np.generic):
            return (type(each), each.dtype, each.tolist(), each.shape)
        if isinstance(each, list | tuple):
            return [type(each), *map(told, each)]
        if isinstance(each, dict):
            return {key: told(one) for key, one in each.items()}
        if hasattr(each, "__dataclass_fields__"):
            return [type(each), *(told(getattr(each, name)) for name in each.__dataclass_fields__)]
        return (type(each), each)

    assert told(through(value)) == told(value)


def test_pictures_arrive_read_only() -> None:
    (picture,) = through((np.zeros((2, 2, 3), np.uint8),))
    with pytest.raises(ValueError, match="read-only|writeable"):
        picture[:] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        picture.flags.writeable = True


@pytest.mark.parametrize(
    "value", [object(), np.array([None]), {1: 2}, {1}, b"bytes"], ids=lambda value: type(value).__name__
)
def test_what_is_not_of_the_contract_is_refused(value: object) -> None:
    with pytest.raises(NotCarriedError):
        packed([value])
