"""Large JSON read in pieces is what it is read whole."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revsearch_tui.core.base import large_json
from revsearch_tui.core.base.large_json import read_large

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=40,
)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few characters are a large text."""
    monkeypatch.setattr(large_json, "_PIECE", 4)


@settings(deadline=None, max_examples=300)
@given(VALUES, st.sampled_from([None, 1]))
def test_it_is_what_it_is_read_whole(value: Any, indent: int | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large_json, "_PIECE", 4)
        text = json.dumps(value, indent=indent)
        assert read_large(text) == json.loads(text) == value


@pytest.mark.parametrize(
    "text",
    ["[1, 2, ", "[1, 2]]", "[1, 2,]", '{"a": [1, 2, 3]', '{"a" [1, 2]}', "{1: [2, 3]}", "[[1, 2], [3", "[[1,2],,[3]]"],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        json.loads(text)
    with pytest.raises(ValueError):
        read_large(text)


def test_other_threads_go_on_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_json, "_PIECE", 1 << 16)
    text = json.dumps({"methods": [{"returned": [list(range(10))] * 60_000, "value": [0.5] * 60_000}] * 3})
    turns, done, switching = 0, False, sys.getswitchinterval()
    sys.setswitchinterval(0.001)

    def count() -> None:
        nonlocal turns
        while not done:
            time.sleep(0)
            turns += 1

    thread = threading.Thread(target=count)
    thread.start()
    try:
        json.loads(text)
        before = turns
        read_large(text)
        assert turns - before > 20, "of hundreds of pieces at least some were read while the other waited"
    finally:
        done = True
        thread.join()
        sys.setswitchinterval(switching)
