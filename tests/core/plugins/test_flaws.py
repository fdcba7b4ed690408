"""What is wrong with what a plugin offers."""

from __future__ import annotations

from typing import Any

import pytest

from revsearch_tui.api import DatasetInfo, Download, MethodInfo
from revsearch_tui.core.plugins.declarations import flaw

ITEM = Download("http://127.0.0.1/x", "x", "md5:00")


def dataset(**more: Any) -> DatasetInfo:
    return DatasetInfo("data", "T", "S.", "module:read", **more)


def test_a_sound_answer_has_no_flaw() -> None:
    assert flaw([dataset(downloads=(ITEM,), unpack="module:unpack")], DatasetInfo) == ""


@pytest.mark.parametrize("more", [{"options": ["x"]}, {"downloads": (1,)}, {"downloads": [ITEM]}, {"requires": None}])
def test_a_field_of_the_wrong_type_is_named(more: dict[str, Any]) -> None:
    (field,) = more
    assert flaw([dataset(**more)], DatasetInfo) == f"the info 'data' whose '{field}' is of the wrong type"


def test_a_download_of_a_model_says_how_it_is_converted() -> None:
    method = MethodInfo("some", "T", "S.", "vector", "l2", 3, "module:Method", downloads=(ITEM,))  # type: ignore[arg-type]
    assert flaw([method], MethodInfo) == "the info 'some' whose 'downloads' is of the wrong type"
