"""How large a gallery may be before ChromaDB's approximate index takes over."""

from __future__ import annotations

import pytest

from revsearch_tui.core.config.settings import BY_KEY
from revsearch_tui.core.search.engine import LONGEST_EXACT_S
from revsearch_tui.core.storage.exact import exact_seconds


@pytest.mark.parametrize(
    ("metric", "dim", "rows"), [("hamming", 64, 5_000_000), ("hamming", 256, 3_000_000), ("cosine", 384, 500_000)]
)
def test_a_large_gallery_is_searched_exactly_where_that_is_quick(metric: str, dim: int, rows: int) -> None:
    assert BY_KEY["search.exact_limit"].default == 0
    assert exact_seconds(metric, dim, rows) < LONGEST_EXACT_S


@pytest.mark.parametrize(("metric", "dim", "rows"), [("hamming", 64, 200_000_000), ("cosine", 1280, 5_000_000)])
def test_a_gallery_that_takes_long_to_compare_with_is_not(metric: str, dim: int, rows: int) -> None:
    assert exact_seconds(metric, dim, rows) > LONGEST_EXACT_S
